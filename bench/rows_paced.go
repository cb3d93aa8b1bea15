package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// pacedRows: what a service does that publishes now and then from its own hot
// path. The figures are the caller's: how long the call kept it, and after how
// long a subscriber on another connection had the message.
func pacedRows(e *env) []*row {
	var rows []*row
	for _, gap := range []time.Duration{50 * time.Microsecond, 200 * time.Microsecond, time.Millisecond, 10 * time.Millisecond} {
		for _, callers := range []int{1, 8} {
			p := pace{gap: gap, callers: callers, calls: e.pacedCalls(gap, callers)}
			rows = append(rows, p.row("from a goroutine", plural(callers, "goroutine"), p.publish))
		}
		p := pace{gap: gap, callers: 1, calls: e.pacedCalls(gap, 1)}
		rows = append(rows, p.row("from a handler", "1 handler", p.fromHandler))
	}
	for _, gap := range []time.Duration{200 * time.Microsecond, 10 * time.Millisecond} {
		p := pace{gap: gap, callers: 1, calls: e.pacedCalls(gap, 1)}
		rows = append(rows, p.row("Respond", "1 handler", p.respond))
		q := p.row("Request", "1 goroutine", p.request)
		q.metrics = []metric{p50us, p99us, p999us, cpuNs}
		q.targets = map[metric]target{p50us: {ratio: 1}}
		rows = append(rows, q)
	}
	return rows
}

// pacedCalls makes a round last a second, or two where that is too few calls.
func (e *env) pacedCalls(gap time.Duration, callers int) int {
	return e.scale(int(max(time.Second/(gap+60*time.Microsecond), 200))) / callers * callers
}

// pace is work at a slow beat: callers that together call so often, each with a
// pause between its calls.
type pace struct {
	gap     time.Duration // between two calls of all callers
	callers int
	calls   int
}

func (p pace) row(what, who string, setup func(e *env, l lib) (func() sample, func())) *row {
	return &row{
		section: "Paced",
		name:    fmt.Sprintf("%s, every %v, %s", what, p.gap, who),
		metrics: []metric{p50us, p99us, p999us, arrive50us, arrive99us, cpuNs},
		targets: map[metric]target{
			p50us: {ratio: 1.5}, p99us: {ratio: 1.2}, arrive50us: {ratio: 1}, cpuNs: {ratio: 0.9},
		},
		rounds: 3,
		setup:  setup,
	}
}

// arrivals collects how long messages take, which say when they were sent.
type arrivals struct {
	base time.Time
	took []time.Duration
	done chan struct{}
}

func newArrivals(n int) *arrivals {
	return &arrivals{base: time.Now(), took: make([]time.Duration, 0, n), done: make(chan struct{}, 1)}
}

// stamp writes the time into a message.
func (a *arrivals) stamp(data []byte) {
	binary.BigEndian.PutUint64(data, uint64(time.Since(a.base)))
}

// got takes a message; the handler calls it, one at a time.
func (a *arrivals) got(data []byte) {
	sent := time.Duration(binary.BigEndian.Uint64(data))
	if a.took = append(a.took, time.Since(a.base)-sent); len(a.took) == cap(a.took) {
		a.done <- struct{}{}
	}
}

// round waits until all have come.
func (a *arrivals) round(m *meter, n int, calls []time.Duration) sample {
	<-a.done
	s := latencies(calls, m.stop(n).sample())
	late := latencies(a.took, sample{})
	s[arrive50us], s[arrive99us] = late[p50us], late[p99us]
	a.took = a.took[:0]
	return s
}

// publish has ordinary goroutines publish.
func (p pace) publish(e *env, l lib) (func() sample, func()) {
	pub, sub := connect(l, e.server(), connOptions{}), connect(l, e.server(), connOptions{})
	topic := p.topic(l, "publish")
	a := newArrivals(p.calls)
	must(sub.receive(byCallback, topic, p.calls, a.got))
	must(sub.flush())
	calls := make([]time.Duration, p.calls)
	return func() sample {
			m := startMeter()
			var all sync.WaitGroup
			for i := range p.callers {
				mine := calls[i*p.calls/p.callers : (i+1)*p.calls/p.callers]
				all.Go(func() {
					data := make([]byte, 128)
					for j := range mine {
						time.Sleep(p.gap * time.Duration(p.callers))
						a.stamp(data)
						t := time.Now()
						must(pub.publish(topic, data))
						mine[j] = time.Since(t)
					}
				})
			}
			all.Wait()
			return a.round(m, p.calls, calls)
		}, func() {
			pub.close()
			sub.close()
		}
}

// fromHandler has a message handler publish, as a service does that passes on what
// it has worked out.
func (p pace) fromHandler(e *env, l lib) (func() sample, func()) {
	pub, sub := connect(l, e.server(), connOptions{}), connect(l, e.server(), connOptions{})
	topic, trigger := p.topic(l, "handler"), p.topic(l, "trigger")
	a := newArrivals(p.calls)
	must(sub.receive(byCallback, topic, p.calls, a.got))
	var calls []time.Duration
	data := make([]byte, 128)
	must(pub.receive(byCallback, trigger, p.calls, func([]byte) {
		a.stamp(data)
		t := time.Now()
		must(pub.publish(topic, data))
		calls = append(calls, time.Since(t))
	}))
	must(sub.flush())
	must(pub.flush())
	beat := dialRaw(e.server())
	frame := wire.AppendPub(nil, trigger, "", nil, []byte("x"))
	return func() sample {
			calls = calls[:0]
			m := startMeter()
			for range p.calls {
				time.Sleep(p.gap)
				_, err := beat.Write(frame)
				must(err)
			}
			return a.round(m, p.calls, calls)
		}, func() {
			beat.Close()
			pub.close()
			sub.close()
		}
}

// respond has a service answer requests that a bare socket makes.
func (p pace) respond(e *env, l lib) (func() sample, func()) {
	svc := connect(l, e.server(), connOptions{})
	topic, inbox := p.topic(l, "service"), p.topic(l, "inbox")
	a := newArrivals(p.calls)
	var calls []time.Duration
	data := make([]byte, 128)
	must(svc.serve(topic, func(respond func([]byte) error) {
		a.stamp(data)
		t := time.Now()
		must(respond(data))
		calls = append(calls, time.Since(t))
	}))
	must(svc.flush())
	asker := dialRaw(e.server())
	go readMessages(asker, inbox, a.got)
	frame := wire.AppendPub(nil, topic, inbox, nil, []byte("x"))
	return func() sample {
			calls = calls[:0]
			m := startMeter()
			for range p.calls {
				time.Sleep(p.gap)
				_, err := asker.Write(frame)
				must(err)
			}
			return a.round(m, p.calls, calls)
		}, func() {
			asker.Close()
			svc.close()
		}
}

// request asks a service in another process.
func (p pace) request(e *env, l lib) (func() sample, func()) {
	e.responder()
	c := connect(l, e.server(), connOptions{})
	data := make([]byte, 16)
	calls := make([]time.Duration, p.calls)
	return func() sample {
		m := startMeter()
		for i := range calls {
			time.Sleep(p.gap)
			t := time.Now()
			must(c.request("bench.echo", data, 10*time.Second))
			calls[i] = time.Since(t)
		}
		return latencies(calls, m.stop(p.calls).sample())
	}, c.close
}

func (p pace) topic(l lib, what string) string {
	return fmt.Sprintf("bench.paced.%s.%d.%d.%s", l.name, p.gap, p.callers, what)
}

// readMessages subscribes on a bare socket and hands over what comes, until the
// socket is closed.
func readMessages(c net.Conn, subject string, each func(data []byte)) {
	_, err := io.WriteString(c, "SUB "+subject+" 1\r\n")
	must(err)
	var p wire.Parser
	var op wire.Op
	buf := make([]byte, 64<<10)
	have := 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used := 0
		for {
			n, err := p.Next(buf[used:have], &op)
			must(err)
			if n == 0 {
				break
			}
			used += n
			switch op.Kind {
			case wire.Msg:
				each(op.Payload)
			case wire.Ping:
				if _, err := c.Write(pongLine); err != nil {
					return
				}
			}
		}
		have = copy(buf, buf[used:have])
	}
}
