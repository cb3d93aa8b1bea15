package demo

import (
	"fmt"
	"io"
)

// StreamReport is the account of what --jetstream adds. Its JSON form is the field
// jetstream of the report.
type StreamReport struct {
	Published    uint64  `json:"published"` // into the stream, with ids
	Acknowledged uint64  `json:"acknowledged"`
	Failed       uint64  `json:"failed"` // their futures ended with an error
	SlowestAckMS float64 `json:"slowest_acknowledgement_ms"`

	Delivered       uint64  `json:"delivered"` // by the consumer, different ones
	Missing         uint64  `json:"missing"`   // acknowledged, and never delivered
	Redelivered     uint64  `json:"delivered_again"`
	ConsumerPauseMS float64 `json:"longest_consumer_pause_ms"`

	Written           uint64  `json:"written"` // to the bucket
	Updates           uint64  `json:"updates"` // that the watch gave, different ones
	UpdatesMissing    uint64  `json:"updates_missing"`
	UpdatesTwice      uint64  `json:"updates_twice"`
	UpdatesOutOfOrder uint64  `json:"updates_out_of_order"`
	WatchPauseMS      float64 `json:"longest_watch_pause_ms"`

	settled bool // false: the run was cut short, and something may be under way
	err     error
}

func (s *streams) report(settled bool) *StreamReport {
	r := &StreamReport{
		Published: s.published.Load(), Acknowledged: s.acked.Load(), Failed: s.failed.Load(), SlowestAckMS: ms(s.slowest.max()),
		Written: s.written.Load(), ConsumerPauseMS: ms(s.consumer.max()), WatchPauseMS: ms(s.watcher.max()),
		settled: settled,
	}
	r.Delivered, r.Redelivered, _ = s.consumed.counts()
	r.Updates, r.UpdatesTwice, r.UpdatesOutOfOrder = s.updates.counts()
	if settled {
		// What isn't known to be stored may be delivered too.
		r.Missing = r.Acknowledged - min(r.Acknowledged, r.Delivered)
		r.UpdatesMissing = r.Written - min(r.Written, r.Updates)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.err = s.firstErr
	return r
}

// judge compares the figures with what package jetstream promises. Messages may be
// delivered again, as acknowledgements may be lost; updates may not.
func (r *StreamReport) judge(broken func(held bool, format string, args ...any)) {
	broken(r.Failed == 0, "%d messages to the stream failed", r.Failed)
	broken(r.Acknowledged+r.Failed == r.Published || !r.settled,
		"%d messages to the stream were never acknowledged", r.Published-r.Acknowledged-r.Failed)
	broken(r.Missing == 0, "%d messages of the stream were never delivered", r.Missing)
	broken(r.UpdatesMissing == 0, "%d updates missing in the watch", r.UpdatesMissing)
	broken(r.UpdatesTwice == 0, "%d updates came twice", r.UpdatesTwice)
	broken(r.UpdatesOutOfOrder == 0, "%d updates out of order", r.UpdatesOutOfOrder)
}

// rows are the table's.
func (r *StreamReport) rows(row func(what string, n uint64, remark string), millis func(float64) string) {
	row("stream", r.Acknowledged, fmt.Sprintf("acknowledged of %s; the slowest after %s", thousands(r.Published), millis(r.SlowestAckMS)))
	row("consumer", r.Delivered, fmt.Sprintf("%s missing, %s delivered again; longest pause %s",
		thousands(r.Missing), thousands(r.Redelivered), millis(r.ConsumerPauseMS)))
	row("watch", r.Updates, fmt.Sprintf("%s missing of %s written, %s twice; longest pause %s",
		thousands(r.UpdatesMissing), thousands(r.Written), thousands(r.UpdatesTwice), millis(r.WatchPauseMS)))
}

// explain shows the first error, below what didn't hold.
func (r *StreamReport) explain(w io.Writer) {
	if r.err != nil {
		fmt.Fprintf(w, "    (the stream's first error: %v)\n", r.err)
	}
}
