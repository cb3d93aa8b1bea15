package main

import (
	"fmt"
	"io"
	"slices"
)

// metric names one figure of a row and its unit.
type metric string

const (
	cpuNs  metric = "CPU ns"
	wallNs metric = "wall ns"
	allocs metric = "allocs"
	p50us  metric = "p50 µs"
	p99us  metric = "p99 µs"
	p999us metric = "p99.9 µs"
	maxUs  metric = "max µs"

	// Until a subscriber has the message.
	arrive50us metric = "arrives p50 µs"
	arrive99us metric = "arrives p99 µs"
	millis     metric = "ms"
	kbytes     metric = "KB"
	routine    metric = "goroutines"
)

// sample is the outcome of one round.
type sample map[metric]float64

// row is one piece of work that the libraries are compared at.
type row struct {
	section string
	name    string
	curve   string   // of the picture that shows how cost grows; empty: none
	at      string   // on it
	metrics []metric // shown, in this order
	targets map[metric]target
	rounds  int // 0: as many as asked for
	// setup prepares one library and returns what one round does.
	setup func(e *env, l lib) (round func() sample, done func())
	// limit, when set, is the same without a client.
	limit func(e *env) (round func() sample, done func())
	// oursOnly rows have no counterpart; against compares with another way.
	against func(e *env) (round func() sample, done func())
	versus  string
}

// target is what a metric has to be: a bound on the ratio, or on the figure.
type target struct {
	ratio, atMost float64 // 0: none
}

// result is a row's samples: three series, in step.
type result struct {
	row                 *row
	ours, theirs, limit []sample
}

// measure runs the rounds of a row: each in turn, the order changing, so that
// whatever else the machine does meets all alike.
func (e *env) measure(r *row, progress io.Writer) *result {
	res := &result{row: r}
	type side struct {
		round func() sample
		into  *[]sample
	}
	var sides []side
	add := func(round func() sample, done func(), into *[]sample) func() {
		sides = append(sides, side{round, into})
		return done
	}
	round, done := r.setup(e, ours)
	defer add(round, done, &res.ours)()
	if r.against != nil {
		round, done = r.against(e)
	} else {
		round, done = r.setup(e, theirs)
	}
	defer add(round, done, &res.theirs)()
	if r.limit != nil {
		round, done = r.limit(e)
		defer add(round, done, &res.limit)()
	}
	rounds := e.rounds
	if r.rounds > 0 {
		rounds = min(rounds, r.rounds)
	} else {
		for _, s := range sides {
			s.round() // warm
		}
	}
	for i := range rounds {
		for j := range sides {
			s := sides[(i+j)%len(sides)]
			*s.into = append(*s.into, s.round())
		}
	}
	fmt.Fprintf(progress, "%s: %s\n", r.section, r.name)
	if r.limit != nil {
		fmt.Fprintf(progress, "    %-14s %10s  is the limit\n", r.metrics[0], figure(spreadOf(res.limit, r.metrics[0]).mid))
	}
	for _, m := range r.metrics {
		a, b := spreadOf(res.ours, m), spreadOf(res.theirs, m)
		fmt.Fprintf(progress, "    %-14s %10s  against %10s  ratio %s\n", m, figure(a.mid), figure(b.mid), res.ratio(m))
	}
	return res
}

// spread is a median and what lies around it.
type spread struct{ mid, min, max float64 }

func spreadOf(s []sample, m metric) spread {
	var v []float64
	for _, x := range s {
		v = append(v, x[m])
	}
	return spreadOfValues(v)
}

func spreadOfValues(v []float64) spread {
	if len(v) == 0 {
		return spread{}
	}
	slices.Sort(v)
	mid := v[len(v)/2]
	if len(v)%2 == 0 {
		mid = (mid + v[len(v)/2-1]) / 2
	}
	return spread{mid, v[0], v[len(v)-1]}
}

// ratio compares the rounds pair by pair.
func (r *result) ratio(m metric) spread {
	var v []float64
	if m == allocs && spreadOf(r.theirs, m).mid < 0.1 {
		return spread{} // nothing to be compared with
	}
	for i := range min(len(r.ours), len(r.theirs)) {
		if b := r.theirs[i][m]; b > 0 {
			v = append(v, r.ours[i][m]/b)
		}
	}
	return spreadOfValues(v)
}

func (s spread) String() string {
	if s == (spread{}) {
		return "–"
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.mid, s.min, s.max)
}

// figure prints three digits that count.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
