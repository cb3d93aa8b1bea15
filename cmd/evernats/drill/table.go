package drill

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

// optional is a time that there may be none of.
func optional(v *float64, none string) string {
	if v == nil {
		return none
	}
	return terminal.Duration(duration(*v))
}

func figure(v float64) string { return terminal.Duration(duration(v)) }

// back is when the program was back.
func (o *Outcome) back() string {
	switch {
	case o.Closed:
		return "closed"
	case o.Recovery == nil:
		return "never"
	case *o.Recovery == 0:
		return "no pause"
	}
	return optional(o.Recovery, "")
}

func (o *Outcome) longestGap() float64 {
	return max(o.Publisher.LongestGap, o.Subscriber.LongestGap, o.Queue.LongestGap, o.Requester.LongestGap)
}

func three(a, b, c uint64) string {
	return terminal.Thousands(a) + " " + terminal.Thousands(b) + " " + terminal.Thousands(c)
}

// table is the report for a terminal.
func (r *Report) table(p terminal.Palette) string {
	var b strings.Builder
	where := "a cluster of its own, three servers"
	if len(r.Servers) > 0 {
		where = strings.Join(r.Servers, ", ")
	}
	strikes := "the server that the program sits on is struck"
	if r.Everywhere {
		strikes = "all servers are struck"
	}
	fmt.Fprintf(&b, "\n%s\n%s; %s, for %s\n\n", p.Bold("evernats drill, options: "+r.Options), where, strikes, figure(r.Outage))
	head := []string{"scenario", "library", "back", "noticed", "dials", "lost", "twice", "disordered", "failed", "longest gap", "Publish"}
	sub := []string{"", "", "after", "after", "", "pub sub queue", "p s q", "pub sub", "pub req", "", "p50, p99, max"}
	rows := [][]string{head, sub}
	var good []bool
	for _, s := range r.Scenarios {
		for i := range s.Runs {
			o := &s.Runs[i]
			name := s.Name
			if i > 0 {
				name = ""
			}
			rows = append(rows, []string{
				name, o.Library, o.back(), optional(o.Noticed, "–"), terminal.Thousands(uint64(o.Attempts)),
				three(o.Publisher.Lost, o.Subscriber.Lost, o.Queue.Lost),
				three(o.Publisher.Duplicated, o.Subscriber.Duplicated, o.Queue.Duplicated),
				terminal.Thousands(o.Publisher.Reordered) + " " + terminal.Thousands(o.Subscriber.Reordered),
				terminal.Thousands(o.Publisher.Failed) + " " + terminal.Thousands(o.Requester.Failed),
				figure(o.longestGap()),
				figure(o.Publish.P50) + ", " + figure(o.Publish.P99) + ", " + figure(o.Publish.Max),
			})
			good = append(good, o.Survived)
		}
	}
	width := make([]int, len(head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for k, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", width[k]-utf8.RuneCountInString(cell)+2))
		}
		text := strings.TrimRight(line.String(), " ")
		switch {
		case i < 2:
			text = p.Soft(text)
		case !good[i-2]:
			text = p.Bad(text)
		}
		b.WriteString(text + "\n")
	}
	b.WriteString("\n")
	// What disturbs all of them is said once.
	paused := 0.0
	for _, s := range r.Scenarios {
		for _, o := range s.Runs {
			paused = max(paused, o.Control)
			if o.Witness > 0 {
				fmt.Fprintf(&b, "%s, %s: the witness lost its connection too; what is lost may not be the program's.\n", s.Name, o.Library)
			}
		}
	}
	if paused >= disturbing {
		fmt.Fprintf(&b, "Messages that no fault struck paused too, for up to %s: this machine or the servers are\nbusy. Gaps that come of it don't count, times may be that much longer.\n", figure(paused))
	}
	if r.Interrupted {
		b.WriteString("Interrupted: these are the scenarios that were through.\n")
	}
	verdict := p.Good("The program came back from everything.")
	if bad := r.survived(); len(bad) > 0 {
		verdict = p.Bad("The program didn't come back from " + strings.Join(bad, ", ") + ".")
	}
	b.WriteString(verdict + "\n")
	return b.String()
}
