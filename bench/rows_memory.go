package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

func memoryRows(e *env) []*row {
	kept := 1_000_000
	if e.short {
		kept = 200_000
	}
	return []*row{{
		section: "Memory",
		name:    fmt.Sprintf("%d idle connections with one subscription, each", e.scale(5000)),
		metrics: []metric{kbytes, routine},
		targets: map[metric]target{kbytes: {atMost: 12}, routine: {atMost: 2}},
		rounds:  5,
		setup: func(e *env, l lib) (func() sample, func()) {
			j := job{Kind: "idle", Lib: l.name, URL: e.peer.source, Conns: e.scale(5000)}
			return func() sample { return inChild(j) }, func() {}
		},
	}, {
		section: "Memory",
		name:    fmt.Sprintf("heap per message of 128 B kept, one in a thousand of %d", kept),
		metrics: []metric{kbytes},
		targets: map[metric]target{kbytes: {atMost: 4.5}},
		rounds:  5,
		setup: func(e *env, l lib) (func() sample, func()) {
			return keepSome(e, l, kept)
		},
	}}
}

// idleJob holds idle connections: each library in a process of its own, since memory
// that one has used once isn't given back.
func idleJob(j job, l lib) sample {
	n, url := j.Conns, j.URL
	// The first connection pays for what all share.
	first := connect(l, url, connOptions{})
	must(first.idle(subject))
	must(first.flush())
	debug.FreeOSMemory()
	memory, routines := residentBytes(), runtime.NumGoroutine()
	clients := make([]client, n)
	for i := range clients {
		clients[i] = connect(l, url, connOptions{})
		must(clients[i].idle(subject))
	}
	for _, c := range clients {
		must(c.flush())
	}
	debug.FreeOSMemory()
	s := sample{
		kbytes:  float64(residentBytes()-memory) / 1024 / float64(n),
		routine: float64(runtime.NumGoroutine()-routines) / float64(n),
	}
	runtime.KeepAlive(clients)
	runtime.KeepAlive(first)
	return s
}

// keepSome receives a million messages and keeps one in a thousand.
func keepSome(e *env, l lib, n int) (func() sample, func()) {
	const size = 128
	w := window(size)
	n = (n + w - 1) / w * w
	c := connect(l, e.peer.source, connOptions{})
	var got atomic.Int64
	var kept []any
	all := make(chan struct{}, 1)
	must(c.keep(subject, func(m any) {
		i := got.Add(1)
		if i%1000 == 0 {
			kept = append(kept, m)
		}
		if i%int64(w/4) == 0 {
			must(c.publish(ackTopic, []byte{'+'}))
			if i == int64(n) {
				all <- struct{}{}
			}
		}
	}))
	must(c.flush())
	o := order{subject: subject, msgs: n, size: size, subs: 1}
	return func() sample {
		kept = make([]any, 0, n/1000+1)
		got.Store(0)
		before := liveHeap()
		must(c.publish(goSubject, []byte(o.String())))
		<-all
		after := liveHeap()
		s := sample{kbytes: float64(after-before) / 1024 / float64(len(kept))}
		kept = nil
		return s
	}, c.close
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
