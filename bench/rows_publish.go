package main

import (
	"fmt"
	"net"
	"sync"
)

// publishRows: into a bare socket in another process, until it has read all.
func publishRows(e *env) []*row {
	var rows []*row
	for _, size := range []int{16, 128, 4096} {
		for _, writers := range []int{1, 4, 16} {
			n := e.scale(map[int]int{16: 2_000_000, 128: 1_000_000, 4096: 100_000}[size])
			r := &row{
				section: "Publish",
				name:    fmt.Sprintf("%d B, %s", size, plural(writers, "goroutine")),
				metrics: []metric{cpuNs, wallNs, allocs},
				setup:   publishSetup(n, size, writers, client.publish),
			}
			if writers == 1 {
				r.limit = publishLimit(n, size, 0)
			}
			switch {
			case size == 16 && writers == 1:
				r.targets = map[metric]target{cpuNs: {ratio: 0.5}, allocs: {atMost: 0.01}}
			case size == 16 && writers == 4:
				r.targets = map[metric]target{wallNs: {ratio: 1 / 1.5}, allocs: {atMost: 0.01}}
			}
			rows = append(rows, r)
		}
	}
	n := e.scale(300_000)
	return append(rows, &row{
		section: "Publish",
		name:    "128 B and two headers, 1 goroutine",
		metrics: []metric{cpuNs, wallNs, allocs},
		setup:   publishSetup(n, 128, 1, withHeaders(2)),
		limit:   publishLimit(n, 128, 2),
	})
}

// withHeaders publishes with n headers.
func withHeaders(n int) func(client, string, []byte) error {
	h := headers(n)
	return func(c client, subj string, data []byte) error { return c.publishHeader(subj, data, h) }
}

func publishSetup(n, size, writers int, publish func(client, string, []byte) error) func(*env, lib) (func() sample, func()) {
	return func(e *env, l lib) (func() sample, func()) {
		c := connect(l, e.peer.sink, connOptions{})
		data := make([]byte, size)
		return func() sample {
			m := startMeter()
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for range n / writers {
						must(publish(c, subject, data))
					}
				})
			}
			wg.Wait()
			must(c.flush())
			return m.stop(n).sample()
		}, c.close
	}
}

func publishLimit(n, size, headers int) func(*env) (func() sample, func()) {
	return func(e *env) (func() sample, func()) {
		c := dialRaw(e.peer.sink)
		b := pubBlock(size, headers)
		return func() sample {
			m := startMeter()
			rawPublish(c, b, n)
			return m.stop(n).sample()
		}, func() { closeConn(c) }
	}
}

func closeConn(c net.Conn) { c.Close() }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
