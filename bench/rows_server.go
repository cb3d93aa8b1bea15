package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// serverRows: through a real nats-server, publisher and subscribers with a
// connection each, all in this process.
func serverRows(e *env) []*row {
	var rows []*row
	for _, subs := range []int{1, 10} {
		r := &row{
			section: "Through a server",
			name:    fmt.Sprintf("128 B, one publisher, %s", plural(subs, "subscriber")),
			metrics: []metric{cpuNs, wallNs, allocs},
			setup: func(e *env, l lib) (func() sample, func()) {
				return e.through(l, subs, connOptions{})
			},
		}
		if subs == 1 {
			r.targets = map[metric]target{cpuNs: {ratio: 0.5}, wallNs: {ratio: 1 / 1.3}}
		}
		rows = append(rows, r)
	}
	rows = append(rows, &row{
		section: "Through a server",
		name:    "128 B, one subscriber: AtLeastOnce against the default",
		metrics: []metric{cpuNs, wallNs, allocs},
		versus:  "evernats without AtLeastOnce",
		setup: func(e *env, l lib) (func() sample, func()) {
			return e.through(l, 1, connOptions{atLeastOnce: true})
		},
		against: func(e *env) (func() sample, func()) {
			return e.through(ours, 1, connOptions{})
		},
	})
	return append(rows, &row{
		section: "Through a server",
		name:    "ping-pong of single messages, two connections",
		metrics: []metric{p50us, p99us, cpuNs},
		targets: map[metric]target{p50us: {ratio: 1}, p99us: {ratio: 1}},
		setup:   pingPong,
	})
}

// through publishes at full speed, never more than a window ahead of the slowest
// subscriber: the server would drop a client that lags.
func (e *env) through(l lib, subs int, o connOptions) (func() sample, func()) {
	const size, ahead = 128, 16 << 10
	url := e.server()
	n := e.scale(600_000)
	if subs > 1 {
		n = e.scale(100_000)
	}
	pub := connect(l, url, o)
	clients := []client{pub}
	permits := make(chan struct{}, 8)
	all := make(chan struct{}, 1)
	var blocks []*atomic.Int64 // how many subscribers have had the i-th block
	topic := fmt.Sprintf("bench.through.%s.%d.%t", l.name, subs, o.atLeastOnce)
	const quarter = ahead / 4
	n = (n + quarter - 1) / quarter * quarter
	for range n / quarter {
		blocks = append(blocks, new(atomic.Int64))
	}
	for range subs {
		c := connect(l, url, connOptions{})
		clients = append(clients, c)
		got := 0
		must(c.receive(byCallback, topic, ahead, func([]byte) {
			if got++; got%quarter != 0 {
				return
			}
			i := got/quarter - 1
			if got == n {
				got = 0
			}
			if blocks[i].Add(1) == int64(subs) {
				blocks[i].Store(0)
				permits <- struct{}{}
				if i == len(blocks)-1 {
					all <- struct{}{}
				}
			}
		}))
		must(c.flush())
	}
	data := make([]byte, size)
	round := func() sample {
		m := startMeter()
		room := 4
		for range n / quarter {
			if room == 0 {
				<-permits
				room++
			}
			for range quarter {
				must(pub.publish(topic, data))
			}
			room--
		}
		<-all
		for len(permits) > 0 {
			<-permits
		}
		return m.stop(n).sample()
	}
	return round, func() {
		for _, c := range clients {
			c.close()
		}
	}
}

func pingPong(e *env, l lib) (func() sample, func()) {
	a, b := connect(l, e.server(), connOptions{}), connect(l, e.server(), connOptions{})
	data := make([]byte, 16)
	back := make(chan struct{}, 1)
	ping, pong := "bench.ping."+l.name, "bench.pong."+l.name
	must(b.receive(byCallback, ping, 16, func(d []byte) { must(b.publish(pong, d)) }))
	must(a.receive(byCallback, pong, 16, func([]byte) { back <- struct{}{} }))
	must(a.flush())
	must(b.flush())
	n := e.scale(10_000)
	took := make([]time.Duration, n)
	return func() sample {
			m := startMeter()
			for i := range n {
				t := time.Now()
				must(a.publish(ping, data))
				<-back
				took[i] = time.Since(t)
			}
			c := m.stop(n)
			return latencies(took, sample{cpuNs: c.cpu})
		}, func() {
			a.close()
			b.close()
		}
}
