package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Report is the account of a run. Its JSON form is what --json prints.
type Report struct {
	OK          bool     `json:"ok"`
	Broken      []string `json:"broken"`      // the promises that didn't hold
	Interrupted bool     `json:"interrupted"` // ended early by a signal

	Servers     int     `json:"servers"`
	Rate        int     `json:"rate"`
	Seed        uint64  `json:"seed"`
	AtLeastOnce bool    `json:"at_least_once"`
	Seconds     float64 `json:"seconds"` // from the first connect to the last message

	Published  uint64 `json:"published"`
	Refused    uint64 `json:"refused"` // Publish returned an error
	Delivered  uint64 `json:"delivered"`
	Lost       uint64 `json:"lost"`
	Queued     uint64 `json:"queued"`   // still with the client when the run was cut short
	InDoubt    uint64 `json:"in_doubt"` // what the client said may be lost
	Dropped    uint64 `json:"dropped"`  // what the client said it gave up
	Duplicated uint64 `json:"duplicated"`
	OutOfOrder uint64 `json:"out_of_order"`

	Requests         uint64 `json:"requests"`
	RequestsFailed   uint64 `json:"requests_failed"`
	RequestsInDoubt  uint64 `json:"requests_in_doubt"`  // those of them that were in flight at a loss
	RequestsCutShort uint64 `json:"requests_cut_short"` // they still waited at the end
	RequestsRefused  uint64 `json:"requests_refused"`   // not made: the buffer was full

	Disconnects      int     `json:"disconnects"`
	RecoveryMedianMS float64 `json:"recovery_median_ms"`
	RecoveryWorstMS  float64 `json:"recovery_worst_ms"`
	OutageMS         float64 `json:"no_server_ms"` // how long no server ran; not part of a recovery

	LongestPublishMS float64 `json:"longest_publish_ms"`
	SlowPublishes    uint64  `json:"publishes_over_1ms"`
	LongestPauseMS   float64 `json:"longest_machine_pause_ms"`

	Rolling   *RollingReport `json:"rolling_restart,omitempty"` // nil with one server
	JetStream *StreamReport  `json:"jetstream,omitempty"`       // with --jetstream

	Events []Event `json:"events"`
}

func (r *run) report(interrupted, settled bool, streams *StreamReport) *Report {
	f := r.load.figures()
	rep := &Report{
		Broken: r.broken, Interrupted: interrupted, JetStream: streams,
		Servers: r.cfg.Servers, Rate: r.cfg.Rate, Seed: r.cfg.Seed, AtLeastOnce: r.cfg.AtLeastOnce,
		Seconds:   time.Since(r.events.began).Seconds(),
		Published: f.published, Refused: r.load.refused.Load(), Delivered: f.delivered,
		InDoubt: r.load.inDoubt.Load(), Dropped: r.load.dropped.Load(),
		Duplicated: f.duplicated, OutOfOrder: f.outOfOrder,
		Requests: f.asked, RequestsInDoubt: r.load.unsure.Load(),
		RequestsFailed:   r.load.unsure.Load() + r.load.failed.Load(),
		RequestsCutShort: r.load.abandoned.Load(), RequestsRefused: r.load.unasked.Load(),
		OutageMS:         ms(r.outages.total()),
		LongestPublishMS: ms(r.load.publish.max()), SlowPublishes: r.load.publish.slow.Load(),
		LongestPauseMS: ms(r.load.pause.max()),
		Events:         r.events.list(),
	}
	if settled {
		rep.Lost = f.published - f.delivered
	} else {
		rep.Queued = f.published - f.delivered
	}
	if r.rolling != nil {
		rep.Rolling = r.rolling
		rep.Rolling.Lost = r.load.ledger.missing(r.rollingFrom, r.rollingTo)
	}
	rep.Disconnects, _ = r.events.balance()
	rep.RecoveryMedianMS, rep.RecoveryWorstMS = r.recovery()
	rep.judge()
	for what, err := range map[string]error{"publish": r.load.refusal, "request": r.load.requestErr} {
		if err != nil {
			rep.Events = append(rep.Events, Event{AtMS: rep.Seconds * 1000, Kind: kindError,
				Text: fmt.Sprintf("the first %s that failed: %v", what, err)})
		}
	}
	return rep
}

// recovery is how long the client took to come back, in the median and at worst.
func (r *run) recovery() (median, worst float64) {
	var all []time.Duration
	for _, g := range r.events.gaps() {
		all = append(all, r.outages.recovery(g[0], g[1]))
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	middle := (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	return ms(middle), ms(all[len(all)-1])
}

// publishLimit is how long a Publish may take. Waiting for a server would show
// as seconds; below the limit it may be the machine, whose own pauses are added.
const publishLimit = 100 * time.Millisecond

// judge compares the figures with what the client promises.
func (r *Report) judge() {
	broken := func(held bool, format string, args ...any) {
		if !held {
			r.Broken = append(r.Broken, fmt.Sprintf(format, args...))
		}
	}
	broken(r.Lost <= r.InDoubt, "%d messages lost, of which the client reported %d as in doubt", r.Lost, r.InDoubt)
	if r.AtLeastOnce {
		broken(r.InDoubt == 0, "%d messages in doubt, though all are kept until they are confirmed", r.InDoubt)
		broken(r.RequestsFailed == 0, "%d of %d requests failed", r.RequestsFailed, r.Requests)
	} else {
		broken(r.Duplicated == 0, "%d messages arrived twice, though none was to be sent again", r.Duplicated)
		broken(r.RequestsFailed == r.RequestsInDoubt, "%d requests failed that were not in flight when a connection was lost",
			r.RequestsFailed-r.RequestsInDoubt)
	}
	broken(r.RequestsCutShort == 0 || r.Interrupted, "%d requests were never answered", r.RequestsCutShort)
	broken(r.Dropped == 0, "%d messages given up by the client", r.Dropped)
	broken(r.OutOfOrder == 0, "%d messages out of order", r.OutOfOrder)
	broken(r.Queued == 0 || r.Interrupted, "%d messages never reached a server", r.Queued)
	broken(r.LongestPublishMS <= ms(publishLimit)+r.LongestPauseMS,
		"a Publish took %.1f ms, while the machine itself paused for %.1f ms at most", r.LongestPublishMS, r.LongestPauseMS)
	if r.Rolling != nil {
		r.Rolling.judge(broken)
	}
	if r.JetStream != nil {
		r.JetStream.judge(broken)
	}
	if r.Broken == nil {
		r.Broken = []string{} // an empty list in JSON too
	}
	r.OK = len(r.Broken) == 0
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteTable writes the report as a table for people.
func (r *Report) WriteTable(w io.Writer) {
	row := func(what, value, remark string) {
		fmt.Fprintf(w, "  %-22s %12s", what, value)
		if remark != "" {
			fmt.Fprintf(w, "   %s", remark)
		}
		fmt.Fprintln(w)
	}
	number := func(what string, n uint64, remark string) { row(what, thousands(n), remark) }
	some := func(n uint64, remark string) string {
		if n == 0 {
			return ""
		}
		return remark
	}
	millis := func(f float64) string { return duration(time.Duration(f * float64(time.Millisecond))) }

	fmt.Fprintln(w)
	number("published", r.Published, some(r.Refused, thousands(r.Refused)+" more were refused: the buffer was full"))
	number("delivered", r.Delivered, some(r.Queued, thousands(r.Queued)+" more were still queued at the end"))
	number("lost", r.Lost, some(r.InDoubt, "of "+thousands(r.InDoubt)+" reported as in doubt"))
	number("duplicated", r.Duplicated, some(r.Duplicated, "sent again, since no confirmation had come"))
	number("out of order", r.OutOfOrder, "")
	number("requests", r.Requests, some(r.RequestsCutShort, thousands(r.RequestsCutShort)+" unanswered at the end"))
	number("requests failed", r.RequestsFailed, some(r.RequestsInDoubt, thousands(r.RequestsInDoubt)+" in flight when a connection was lost"))
	if r.Rolling != nil {
		r.Rolling.row(row, millis)
	}
	if r.JetStream != nil {
		r.JetStream.rows(number, millis)
	}
	number("disconnects", uint64(r.Disconnects), "")
	row("recovery, median", millis(r.RecoveryMedianMS), "")
	without := ""
	if r.OutageMS > 0 {
		without = "beyond the " + millis(r.OutageMS) + " without any server"
	}
	row("recovery, worst", millis(r.RecoveryWorstMS), without)
	row("longest Publish", millis(r.LongestPublishMS), some(r.SlowPublishes,
		fmt.Sprintf("%s took over 1 ms; the machine paused up to %s", thousands(r.SlowPublishes), millis(r.LongestPauseMS))))
	fmt.Fprintln(w)
	if r.OK {
		fmt.Fprintln(w, "Everything promised held.")
		return
	}
	fmt.Fprintln(w, "Not everything promised held:")
	for _, b := range r.Broken {
		fmt.Fprintln(w, "  -", b)
	}
	for _, e := range r.Events {
		if e.Kind == kindError {
			fmt.Fprintf(w, "    (%s)\n", e.Text)
		}
	}
	if r.JetStream != nil {
		r.JetStream.explain(w)
	}
}
