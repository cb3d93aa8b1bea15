package drill

import (
	"strconv"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

// row is one line of a scenario's table on the page: a figure of the report by its
// path in the JSON, and how it is shown.
type row struct {
	name, path string
	value      func(o *Outcome) (raw, text string)
}

func count(get func(o *Outcome) uint64) func(*Outcome) (string, string) {
	return func(o *Outcome) (string, string) {
		v := get(o)
		return strconv.FormatUint(v, 10), terminal.Thousands(v)
	}
}

func timed(get func(o *Outcome) *float64, none string) func(*Outcome) (string, string) {
	return func(o *Outcome) (string, string) {
		v := get(o)
		if v == nil {
			return "null", none
		}
		return strconv.FormatFloat(*v, 'f', -1, 64), figure(*v)
	}
}

func rows() []row {
	rows := []row{
		{"back after", "recovery_ms", func(o *Outcome) (string, string) {
			raw, _ := timed(func(o *Outcome) *float64 { return o.Recovery }, "")(o)
			return raw, o.back()
		}},
		{"loss of the connection noticed after", "noticed_ms", timed(func(o *Outcome) *float64 { return o.Noticed }, "–")},
		{"connections lost", "disconnects", count(func(o *Outcome) uint64 { return uint64(o.Disconnects) })},
		{"dials", "attempts", count(func(o *Outcome) uint64 { return uint64(o.Attempts) })},
		{"Publish, median", "publish.p50_ms", timed(func(o *Outcome) *float64 { return &o.Publish.P50 }, "")},
		{"Publish, 99 of 100", "publish.p99_ms", timed(func(o *Outcome) *float64 { return &o.Publish.P99 }, "")},
		{"Publish, longest", "publish.max_ms", timed(func(o *Outcome) *float64 { return &o.Publish.Max }, "")},
		{"longest pause that no fault made", "control_pause_ms", timed(func(o *Outcome) *float64 { return &o.Control }, "")},
		{"reported as in doubt", "in_doubt", func(o *Outcome) (string, string) {
			if o.InDoubt == nil {
				return "null", "–"
			}
			return strconv.FormatUint(*o.InDoubt, 10), terminal.Thousands(*o.InDoubt)
		}},
	}
	for _, f := range []struct {
		name, path string
		get        func(o *Outcome) *Flow
		requests   bool
	}{
		{"published", "publisher", func(o *Outcome) *Flow { return &o.Publisher }, false},
		{"to the subscriber", "subscriber", func(o *Outcome) *Flow { return &o.Subscriber }, false},
		{"to the queue group", "queue", func(o *Outcome) *Flow { return &o.Queue }, false},
		{"requests", "requester", func(o *Outcome) *Flow { return &o.Requester }, true},
	} {
		add := func(name, path string, get func(f *Flow) uint64) {
			rows = append(rows, row{f.name + ": " + name, f.path + "." + path, count(func(o *Outcome) uint64 { return get(f.get(o)) })})
		}
		if f.requests {
			add("answered", "arrived", func(f *Flow) uint64 { return f.Arrived })
			add("failed", "failed", func(f *Flow) uint64 { return f.Failed })
		} else {
			add("sent", "sent", func(f *Flow) uint64 { return f.Sent })
			if f.path == "publisher" {
				add("failed", "failed", func(f *Flow) uint64 { return f.Failed })
			}
			add("lost", "lost", func(f *Flow) uint64 { return f.Lost })
			add("twice", "duplicated", func(f *Flow) uint64 { return f.Duplicated })
			if f.path != "queue" { // two members have no order
				add("out of order", "reordered", func(f *Flow) uint64 { return f.Reordered })
			}
		}
		rows = append(rows, row{f.name + ": longest gap", f.path + ".longest_gap_ms", timed(func(o *Outcome) *float64 { return &f.get(o).LongestGap }, "")})
	}
	return rows
}
