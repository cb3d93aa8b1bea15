package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// receiveRows: from a bare socket in another process that sends as fast as it can.
func receiveRows(e *env) []*row {
	var rows []*row
	var ballast int // megabytes
	add := func(how string, size, subs, headers int) *row {
		n := e.scale(map[int]int{16: 1_500_000, 128: 1_000_000, 4096: 80_000}[size])
		if how != byCallback || subs > 1 || headers > 0 {
			n /= 2
		}
		w := window(size)
		n = (n + w - 1) / w * w
		o := order{subject: subject, msgs: n, size: size, subs: subs, headers: headers}
		name := fmt.Sprintf("%d B, %s", size, how)
		if subs > 1 {
			name += fmt.Sprintf(", %d subscriptions", subs)
		}
		if headers > 0 {
			name += ", two headers"
		}
		if ballast > 0 {
			name += fmt.Sprintf(", beside %d MB of other data", ballast)
		}
		r := &row{
			section: "Receive",
			name:    name,
			metrics: []metric{cpuNs, wallNs, allocs},
			setup:   receiveSetup(how, o, ballast),
		}
		if how == byCallback && subs == 1 && ballast == 0 {
			r.limit = receiveLimit(o)
		}
		rows = append(rows, r)
		return r
	}
	for _, how := range []string{byCallback, byChannel, byNextMsg, byIterator} {
		for _, size := range []int{16, 128, 4096} {
			r := add(how, size, 1, 0)
			if how == byCallback { // the targets are of these
				r.targets = map[metric]target{
					cpuNs:  {ratio: map[int]float64{16: 0.25, 128: 0.35, 4096: 0.5}[size]},
					allocs: {atMost: map[int]float64{16: 0.2, 128: 0.2, 4096: 2}[size]},
				}
			}
		}
	}
	add(byCallback, 16, 1000, 0)
	add(byCallback, 128, 1000, 0)
	add(byCallback, 128, 1, 2)
	// Of a program that has more in its heap than a benchmark the collector takes
	// less.
	ballast = 64
	for _, size := range []int{16, 128, 4096} {
		add(byCallback, size, 1, 0)
	}
	rows = append(rows, lentRows(e)...)
	rows = append(rows, &row{
		section: "Receive",
		name:    "16 B, callback, one at a time",
		metrics: []metric{cpuNs, allocs},
		targets: map[metric]target{allocs: {atMost: 2}},
		setup:   loneSetup,
	})
	return rows
}

// lentRows compare messages that are lent with a bare socket, which doesn't look at them.
func lentRows(e *env) (rows []*row) {
	for _, size := range []int{16, 128, 4096} {
		n, w := e.scale(map[int]int{16: 3_000_000, 128: 2_000_000, 4096: 160_000}[size]), window(size)
		o := order{subject: subject, msgs: (n + w - 1) / w * w, size: size, subs: 1}
		rows = append(rows, &row{
			section: "Receive",
			name:    fmt.Sprintf("%d B, lent", size),
			metrics: []metric{cpuNs, wallNs, allocs},
			targets: map[metric]target{
				cpuNs:  {ratio: map[int]float64{16: 4, 128: 2.5, 4096: 1.3}[size]},
				allocs: {atMost: 0.01},
			},
			setup:   receiveSetup(byLent, o, 0),
			against: receiveLimit(o),
			versus:  "bare socket",
		})
	}
	return rows
}

func receiveSetup(how string, o order, ballast int) func(*env, lib) (func() sample, func()) {
	return func(e *env, l lib) (func() sample, func()) {
		c := connect(l, e.peer.source, connOptions{})
		receive := receiver(c, how, o)
		return func() sample {
			data := make([]byte, ballast<<20)
			defer runtime.KeepAlive(&data)
			m := startMeter()
			receive()
			return m.stop(o.msgs).sample()
		}, c.close
	}
}

// receiver subscribes to what an order names. The function that it returns gives the
// order and waits for the last message.
func receiver(c client, how string, o order) (receive func()) {
	all := make(chan struct{}, 1)
	quarter := int64(window(o.size) / 4) // of which the messages are a multiple
	acked := int64(0)                    // in this round; by one handler at a time
	ack := func() {
		must(c.publish(ackTopic, []byte{'+'}))
		if acked += quarter; acked == int64(o.msgs) {
			acked = 0
			all <- struct{}{}
		}
	}
	// The handler does next to nothing, since it is the client that is measured.
	due := quarter
	each := func([]byte) {
		if due--; due == 0 {
			due = quarter
			ack()
		}
	}
	if o.subs > 1 {
		var got atomic.Int64
		var mu sync.Mutex
		each = func([]byte) {
			if got.Add(1)%quarter == 0 {
				mu.Lock()
				ack()
				mu.Unlock()
			}
		}
	}
	for i := range o.subs {
		must(c.receive(how, o.subName(i), window(o.size), each))
	}
	must(c.flush())
	return func() {
		must(c.publish(goSubject, []byte(o.String())))
		<-all
	}
}

func receiveLimit(o order) func(*env) (func() sample, func()) {
	return func(e *env) (func() sample, func()) {
		c := dialRaw(e.peer.source)
		_, err := fmt.Fprintf(c, "SUB %s 1\r\n", subject)
		must(err)
		b := msgBlock(o, func(string) uint64 { return 1 })
		return func() sample {
			m := startMeter()
			rawReceive(c, b, o)
			return m.stop(o.msgs).sample()
		}, func() { closeConn(c) }
	}
}

// loneSetup asks for one message after another: each comes alone. Allocations
// count what a publish, the way there and the message cost.
func loneSetup(e *env, l lib) (func() sample, func()) {
	c := connect(l, e.server(), connOptions{})
	back := make(chan struct{}, 1)
	topic := "bench.lone." + l.name
	must(c.receive(byCallback, topic, 16, func([]byte) { back <- struct{}{} }))
	must(c.flush())
	n := e.scale(20_000)
	data := make([]byte, 16)
	return func() sample {
		m := startMeter()
		for range n {
			must(c.publish(topic, data))
			<-back
		}
		return m.stop(n).sample()
	}, c.close
}
