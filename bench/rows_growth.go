package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

const growthSection = "How cost grows"

// point is one point of a curve: what the job is there, and how its process is set.
type point struct {
	label string
	set   func(j *job, o *order)
	env   []string
}

// curve is what changes, and the work that is done at each point.
type curve struct {
	kind, name string
	points     []point
}

func curves() []curve {
	number := func(n int, set func(j *job, o *order, n int)) point {
		label := fmt.Sprint(n)
		if n >= 1000 {
			label = fmt.Sprintf("%d,%03d", n/1000, n%1000)
		}
		return point{label: label, set: func(j *job, o *order) { set(j, o, n) }}
	}
	numbers := func(set func(j *job, o *order, n int), ns ...int) (ps []point) {
		for _, n := range ns {
			ps = append(ps, number(n, set))
		}
		return ps
	}
	conns := numbers(func(j *job, _ *order, n int) { j.Conns = n }, 1, 10, 1000)
	subjects := numbers(func(_ *job, o *order, n int) { o.subject = subjectOf(n) }, 10, 200)
	heads := numbers(func(_ *job, o *order, n int) { o.headers = n }, 0, 2, 20)
	same := func(*job, *order) {}
	procs := []point{{"1", same, []string{"GOMAXPROCS=1"}}, {"2", same, []string{"GOMAXPROCS=2"}}}
	return []curve{
		{"receive", "subscriptions", numbers(func(_ *job, o *order, n int) { o.subs = n }, 1, 10, 1000, 100_000)},
		{"receive", "connections in one process", conns},
		{"publish", "connections in one process", conns},
		{"receive", "bytes of subject", subjects},
		{"publish", "bytes of subject", subjects},
		{"receive", "headers", heads},
		{"publish", "headers", heads},
		{"receive", "GOMAXPROCS", procs},
		{"publish", "GOMAXPROCS", procs},
		{"receive", "GOMEMLIMIT, megabytes in use beside", []point{
			{"none, 0", same, nil},
			{"64 MiB, 0", same, []string{"GOMEMLIMIT=64MiB"}},
			{"64 MiB, 48", func(j *job, _ *order) { j.Ballast = 48 }, []string{"GOMEMLIMIT=64MiB"}},
		}},
	}
}

// subjectOf makes a subject of so many bytes, in tokens of nine.
func subjectOf(n int) string {
	return strings.Repeat("growing.", n/8+1)[:n-1] + "x"
}

// growthRows: one figure at a time grows, the rest stays: 128 B, one connection, one
// subscription with a callback or one goroutine that publishes.
func growthRows(e *env) []*row {
	var rows []*row
	for _, c := range curves() {
		for _, p := range c.points {
			rows = append(rows, &row{
				section: growthSection,
				name:    fmt.Sprintf("%s, %s: %s", c.kind, c.name, p.label),
				curve:   c.kind + ": " + c.name,
				at:      p.label,
				metrics: []metric{cpuNs, allocs},
				rounds:  5,
				setup: func(e *env, l lib) (func() sample, func()) {
					j := job{Kind: c.kind, Lib: l.name, Conns: 1, URL: e.peer.source}
					o := order{subject: subjectOf(10), msgs: e.scale(400_000), size: 128, subs: 1}
					if c.kind == "publish" {
						j.URL = e.peer.sink
					}
					p.set(&j, &o)
					j.Order = o.String()
					return func() sample { return inChild(j, p.env...) }, func() {}
				},
			})
		}
	}
	return rows
}

// publishJob publishes from one goroutine for each connection.
func publishJob(j job, l lib) sample {
	o := parseOrder(j.Order)
	publish := client.publish
	if o.headers > 0 {
		publish = withHeaders(o.headers)
	}
	each := o.msgs / j.Conns
	data := make([]byte, o.size)
	clients := connectAll(j, l)
	var wg sync.WaitGroup
	round := func(n int) {
		for _, c := range clients {
			wg.Go(func() {
				for range n {
					must(publish(c, o.subject, data))
				}
				must(c.flush())
			})
		}
		wg.Wait()
	}
	return measured(j, each*j.Conns, func() { round(each/4 + 1) }, func() { round(each) })
}

// receiveJob receives the same number of messages on each connection.
func receiveJob(j job, l lib) sample {
	o := parseOrder(j.Order)
	w := window(o.size)
	o.msgs = (o.msgs/j.Conns + w - 1) / w * w
	if j.Conns >= 100 {
		o.msgs = w / 4 // the least that there can be
	}
	var receive []func()
	for _, c := range connectAll(j, l) {
		receive = append(receive, receiver(c, byCallback, o))
	}
	var wg sync.WaitGroup
	round := func() {
		for _, r := range receive {
			wg.Go(r)
		}
		wg.Wait()
	}
	return measured(j, o.msgs*j.Conns, round, round)
}

// requestJob makes requests from many callers on one connection.
func requestJob(j job, l lib) sample {
	o := parseOrder(j.Order)
	c := connectAll(j, l)[0]
	data := make([]byte, o.size)
	var wg sync.WaitGroup
	round := func(n int) {
		for range j.Callers {
			wg.Go(func() {
				for range n / j.Callers {
					must(c.request(o.subject, data, 10*time.Second))
				}
			})
		}
		wg.Wait()
	}
	return measured(j, o.msgs, func() { round(o.msgs / 10) }, func() { round(o.msgs) })
}

func connectAll(j job, l lib) (clients []client) {
	for range j.Conns {
		clients = append(clients, connect(l, j.URL, connOptions{}))
	}
	return clients
}

// measured is what the work costs for each message, after some to get warm.
func measured(j job, msgs int, warm, work func()) sample {
	data := make([]byte, j.Ballast<<20)
	defer runtime.KeepAlive(&data)
	warm()
	m := startMeter()
	work()
	return m.stop(msgs).sample()
}
