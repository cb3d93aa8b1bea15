package main

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// requestRows: answered by a bare socket in another process, through a server.
func requestRows(e *env) []*row {
	var rows []*row
	for _, callers := range []int{1, 64} {
		r := &row{
			section: "Request",
			name:    plural(callers, "caller"),
			metrics: []metric{p50us, p99us, cpuNs, wallNs, allocs},
			setup: func(e *env, l lib) (func() sample, func()) {
				return requests(e, l, callers)
			},
		}
		if callers == 1 {
			r.targets = map[metric]target{p50us: {ratio: 1}, cpuNs: {ratio: 0.8}, allocs: {atMost: 4}}
		} else {
			r.targets = map[metric]target{cpuNs: {ratio: 0.6}, wallNs: {ratio: 1 / 1.2}, allocs: {atMost: 4}}
		}
		rows = append(rows, r)
	}
	return append(rows, &row{
		section: "Request",
		name:    "64 callers, a process for each library",
		metrics: []metric{cpuNs, wallNs, allocs},
		targets: map[metric]target{cpuNs: {ratio: 0.6}},
		setup: func(e *env, l lib) (func() sample, func()) {
			e.responder()
			o := order{subject: echoSubject, msgs: e.scale(100_000) / 64 * 64, size: 16}
			j := job{Kind: "request", Lib: l.name, URL: e.server(), Conns: 1, Callers: 64, Order: o.String()}
			return func() sample { return inChild(j) }, func() {}
		},
	})
}

const echoSubject = "bench.echo"

var startResponder sync.Once

// responder sees to it that the peer answers requests on "bench.echo".
func (e *env) responder() {
	startResponder.Do(func() {
		e.peer.tell("responder %s", hostOf(e.server()))
		if line := <-e.peer.lines; line != "ready" {
			fatal(fmt.Errorf("the responder said %q", line))
		}
	})
}

func requests(e *env, l lib, callers int) (func() sample, func()) {
	e.responder()
	c := connect(l, e.server(), connOptions{})
	data := make([]byte, 16)
	n := e.scale(10_000)
	if callers > 1 {
		n = e.scale(100_000)
	}
	n = n / callers * callers
	took := make([]time.Duration, n)
	return func() sample {
		m := startMeter()
		var wg sync.WaitGroup
		for i := range callers {
			mine := took[i*n/callers : (i+1)*n/callers]
			wg.Go(func() {
				for j := range mine {
					t := time.Now()
					must(c.request(echoSubject, data, 10*time.Second))
					mine[j] = time.Since(t)
				}
			})
		}
		wg.Wait()
		return latencies(took, m.stop(n).sample())
	}, c.close
}

// latencies adds the percentiles to s.
func latencies(took []time.Duration, s sample) sample {
	sorted := slices.Clone(took)
	slices.Sort(sorted)
	at := func(p float64) float64 {
		return float64(sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]) / 1e3
	}
	s[p50us], s[p99us], s[p999us], s[maxUs] = at(0.5), at(0.99), at(0.999), at(1)
	return s
}
