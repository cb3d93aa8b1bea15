package drill

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"
)

// curve is one flow's line in a timeline.
type curve struct {
	Name     string
	Variable template.CSS
	values   func(o *Outcome) []uint32
}

var curves = []curve{
	{"published", "--line-1", func(o *Outcome) []uint32 { return o.Publisher.Curve }},
	{"to the subscriber", "--line-2", func(o *Outcome) []uint32 { return o.Subscriber.Curve }},
	{"to the queue group", "--line-3", func(o *Outcome) []uint32 { return o.Queue.Curve }},
	{"answers to requests", "--line-4", func(o *Outcome) []uint32 { return o.Requester.Curve }},
}

// drawing is the size of a timeline, in pixels at which its letters are right.
type drawing struct{ width, left, right float64 }

var (
	wideDrawing   = drawing{width: 880, left: 64, right: 12}
	narrowDrawing = drawing{width: 340, left: 44, right: 8}
)

// The parts of a timeline from top to bottom.
const (
	eventsTop  = 22.0
	eventsHigh = 26.0
	flowTop    = 66.0
	flowHigh   = 44.0
	flowPitch  = 58.0
	callsGap   = 22.0
	callsHigh  = 64.0
	axisHigh   = 40.0
)

// timeline draws a run: what happened, how many messages arrived, what Publish took.
func (o *Outcome) timeline(d drawing) string {
	callsTop := flowTop + flowPitch*float64(len(curves)) + callsGap
	bottom := callsTop + callsHigh
	high := bottom + axisHigh
	length := max(o.Length, 1)
	x := func(ms float64) float64 { return d.left + min(max(ms/length, 0), 1)*(d.width-d.left-d.right) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" xmlns="http://www.w3.org/2000/svg" font-size="11" font-family="system-ui, sans-serif" fill="var(--ink)">`, d.width, high)
	fmt.Fprintf(&b, `<rect class="outage" x="%.1f" y="%g" width="%.1f" height="%g" fill="var(--outage)"/>`, x(o.Struck), eventsTop, max(x(o.Lifted)-x(o.Struck), 1), bottom-eventsTop)
	label := func(at, y float64, anchor, text, fill string) {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="var(%s)">%s</text>`, at, y, anchor, fill, text)
	}
	label(min(max(x((o.Struck+o.Lifted)/2), d.left+24), d.width-d.right-24), eventsTop-8, "middle", "the fault", "--soft")

	// The link: whether there is a connection.
	fmt.Fprintf(&b, `<rect x="%.1f" y="%g" width="%.1f" height="%g" fill="var(--good)" opacity=".35"/>`, x(0), eventsTop+8, x(length)-x(0), eventsHigh-16)
	// Events: the times without a connection, and the marks of what was told.
	gone := -1.0
	mark := func(at float64, variable string) {
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="var(%s)" stroke-width="2"/>`, x(at), x(at), eventsTop, eventsTop+eventsHigh, variable)
	}
	down := func(to float64) {
		if gone >= 0 {
			fmt.Fprintf(&b, `<rect x="%.1f" y="%g" width="%.1f" height="%g" fill="var(--card)"/>`, x(gone), eventsTop+8, max(x(to)-x(gone), 1), eventsHigh-16)
			fmt.Fprintf(&b, `<rect class="gone" x="%.1f" y="%g" width="%.1f" height="%g" fill="var(--bad)" opacity=".7"/>`, x(gone), eventsTop+8, max(x(to)-x(gone), 1), eventsHigh-16)
		}
		gone = -1
	}
	for _, e := range o.Events {
		switch e.Kind {
		case "disconnected":
			if gone < 0 {
				gone = e.At
			}
			mark(e.At, "--bad")
		case "reconnected":
			down(e.At)
			mark(e.At, "--good")
		case "closed":
			mark(e.At, "--bad")
		case "refused":
			fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="var(--soft)"/>`, x(e.At), x(e.At), eventsTop+eventsHigh-6, eventsTop+eventsHigh)
		}
	}
	down(length)
	label(d.left-6, eventsTop+16, "end", "link", "--soft")

	for i, c := range curves {
		top := flowTop + flowPitch*float64(i)
		// The last step isn't whole.
		values := c.values(o)
		steps := int(length / ms(step))
		most, highest, peak := scale(values)
		base := top + flowHigh
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%g" y2="%g" stroke="var(--grid)"/>`, d.left, d.width-d.right, base, base)
		label(d.left-6, top+12, "end", perSecond(most), "--soft")
		label(d.left-6, base, "end", "0", "--soft")
		var path strings.Builder
		fmt.Fprintf(&path, "M%.1f %.1f", x(0), base)
		for k := range steps {
			v := 0.0
			if k < len(values) {
				v = float64(values[k])
			}
			y := base - flowHigh*min(v/most, 1)
			fmt.Fprintf(&path, "L%.1f %.1fL%.1f %.1f", x(float64(k)*ms(step)), y, x(float64(k+1)*ms(step)), y)
		}
		fmt.Fprintf(&path, "L%.1f %.1fZ", x(float64(steps)*ms(step)), base)
		fmt.Fprintf(&b, `<path class="flow" d="%s" fill="var(%s)" fill-opacity=".3" stroke="var(%s)" stroke-width="1.5" stroke-linejoin="round"/>`, path.String(), c.Variable, c.Variable)
		if highest > most { // it goes on above the top
			at := x((float64(peak) + 0.5) * ms(step))
			label(min(max(at, d.left+30), d.width-d.right-30), top-1, "middle", "↑ "+perSecond(highest), "--soft")
		}
	}

	// The longest Publish of each step, on a logarithmic scale from 1 µs.
	most := 1.0
	for _, v := range o.Publish.Curve {
		most = max(most, v)
	}
	top := math.Ceil(math.Log10(most * 1000)) // decades above a microsecond
	y := func(ms float64) float64 { return bottom - callsHigh*math.Log10(max(ms*1000, 1))/top }
	label(d.left, callsTop-6, "start", "longest Publish in 100 ms", "--soft")
	for e := 0.0; e <= top; e += 3 {
		v := math.Pow(10, e-3)
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="var(--grid)"/>`, d.left, d.width-d.right, y(v), y(v))
		label(d.left-6, y(v)+4, "end", []string{"1 µs", "1 ms", "1 s", "1,000 s"}[min(int(e/3), 3)], "--soft")
	}
	for i, v := range o.Publish.Curve {
		if at := float64(i) * ms(step); v > 0 && at < length {
			fmt.Fprintf(&b, `<line class="call" x1="%.1f" x2="%.1f" y1="%.1f" y2="%g" stroke="var(--line-1)" stroke-width="%.1f"/>`, x(at+ms(step)/2), x(at+ms(step)/2), y(v), bottom, max((x(ms(step))-x(0))*0.7, 1))
		}
	}

	every := axis(length/1000, (d.width-d.left-d.right)/56)
	for s := 0.0; s*1000 <= length; s += every {
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="var(--soft)"/>`, x(s*1000), x(s*1000), bottom, bottom+5)
		label(x(s*1000), bottom+18, "middle", fmt.Sprintf("%g", s), "--soft")
	}
	label(d.width-d.right, bottom+34, "end", "seconds", "--soft")
	b.WriteString("</svg>")
	return b.String()
}

// scale is what the top of a curve stands for, and its highest point. A burst after a
// pause may be higher than three times the usual, which would leave the rest flat.
func scale(values []uint32) (top, highest float64, peak int) {
	var some []uint32
	for i, v := range values {
		if v > 0 {
			some = append(some, v)
		}
		if float64(v) > highest {
			highest, peak = float64(v), i
		}
	}
	if len(some) == 0 {
		return 1, 0, 0
	}
	slices.Sort(some)
	return max(1, min(highest, 3*float64(some[len(some)/2]))), highest, peak
}

// perSecond is so many in a step.
func perSecond(v float64) string {
	v *= float64(time.Second / step)
	if v >= 10_000 {
		return fmt.Sprintf("%.0fk/s", v/1000)
	}
	return fmt.Sprintf("%.0f/s", v)
}

// axis is the distance of marks, in seconds, so that there are not more than so many.
func axis(length, most float64) float64 {
	for _, every := range []float64{0.5, 1, 2, 5, 10, 20, 60, 120, 300} {
		if length/every <= most {
			return every
		}
	}
	return 600
}
