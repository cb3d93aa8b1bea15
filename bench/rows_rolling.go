package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

const (
	gapMs   metric = "longest gap ms"
	lost    metric = "lost"
	doubled metric = "doubled"
	failed  metric = "requests failed"
)

// rollingGrace is enough for the four of ten seconds in which a client begins to move,
// and for a move.
const rollingGrace = 7 * time.Second

// The traffic of each library.
const (
	rollingMsgs     = 2000 // a second
	rollingRequests = 200
	rollingPatience = 2 * time.Second // of a request
)

func rollingRows(e *env) []*row {
	restarts := &restarts{}
	return []*row{{
		section: "In a rolling restart",
		name: fmt.Sprintf("each of three servers is a lame duck, ends and is started, under %d messages and %d requests a second",
			rollingMsgs, rollingRequests),
		metrics: []metric{gapMs, lost, doubled, failed},
		targets: map[metric]target{gapMs: {atMost: 5}, lost: {atMost: 0}, doubled: {atMost: 0}, failed: {atMost: 0}},
		rounds:  1,
		setup:   restarts.setup,
		limit:   func(*env) (func() sample, func()) { return restarts.setup(nil, lib{name: machine}) },
	}, {
		section: "In a rolling restart",
		name:    fmt.Sprintf("a move with %d subscriptions, against a ForceReconnect with its gap, for each subscription", e.scale(10_000)),
		metrics: []metric{cpuNs, allocs, millis},
		rounds:  e.few(),
		setup:   moveMany,
	}}
}

// restarts are rolling restarts that both libraries live through side by side, so what
// the servers and the machine do meets both. The first to ask has them made.
type restarts struct {
	mu      sync.Mutex
	samples map[string][]sample // not asked for yet, by library
}

// machine is whose pauses are the limit: by how much a goroutine that wants to run each
// millisecond is late at most meanwhile.
const machine = "the machine"

func (r *restarts) setup(_ *env, l lib) (func() sample, func()) {
	return func() sample {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.samples[l.name]) == 0 {
			r.samples = rollingRestart()
		}
		s := r.samples[l.name][0]
		r.samples[l.name] = r.samples[l.name][1:]
		return s
	}, func() {}
}

func rollingRestart() map[string][]sample {
	quiet.Store(true)
	defer quiet.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	servers, err := cluster.Start(ctx, cluster.Config{Servers: 3, LameDuckGrace: rollingGrace, LameDuckDuration: rollingGrace + 2*time.Second})
	must(err)
	defer servers.Close()
	must(servers.WaitFormed(ctx))
	libs := []lib{ours}
	if theirs.name != ours.name {
		libs = append(libs, theirs)
	}
	var users []*rollingUser
	for _, l := range libs {
		u := newRollingUser(l, servers)
		defer u.close()
		users = append(users, u)
	}
	time.Sleep(500 * time.Millisecond) // interest is everywhere
	for _, u := range users {
		u.start()
	}
	pause := watchPauses()
	for i := range servers.Servers() {
		s := servers.Server(i)
		must(s.LameDuck(ctx))
		<-s.Gone()
		must(s.Restart(ctx))
		must(servers.WaitFormed(ctx))
	}
	samples := map[string][]sample{machine: {{gapMs: pause().Seconds() * 1e3}}}
	for _, u := range users {
		s := u.end()
		samples[u.l.name] = []sample{s}
		if len(libs) == 1 {
			samples[u.l.name] = []sample{s, s}
		}
	}
	return samples
}

func watchPauses() (end func() time.Duration) {
	stop, longest := make(chan struct{}), make(chan time.Duration)
	go func() {
		var most time.Duration
		for {
			begin := time.Now()
			select {
			case <-stop:
				longest <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, time.Since(begin)-time.Millisecond)
			}
		}
	}()
	return func() time.Duration { close(stop); return <-longest }
}

// rollingUser is a publisher, a subscriber, one who asks and one who answers, each with
// a connection of its own.
type rollingUser struct {
	l                     lib
	pub, sub, ask, answer client
	stop                  chan struct{}
	wg                    sync.WaitGroup
	sent                  uint64
	failed                atomic.Int64

	mu      sync.Mutex
	seen    map[uint64]int
	came    time.Time // the last message
	longest time.Duration
}

func newRollingUser(l lib, servers *cluster.Cluster) *rollingUser {
	at := func(i int) client {
		return connect(l, servers.Server(i).URL(), connOptions{reconnectSoon: true, migrate: true})
	}
	u := &rollingUser{l: l, sub: at(0), pub: at(1), ask: at(2), answer: at(1), stop: make(chan struct{}), seen: make(map[uint64]int)}
	must(u.sub.receive(byCallback, "bench.rolling."+l.name, 1<<16, u.got))
	must(u.answer.serve("bench.asked."+l.name, func(respond func([]byte) error) { _ = respond(nil) }))
	must(u.sub.flush())
	must(u.answer.flush())
	return u
}

func (u *rollingUser) got(data []byte) {
	n := binary.BigEndian.Uint64(data)
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[n]++
	if !u.came.IsZero() {
		u.longest = max(u.longest, now.Sub(u.came))
	}
	u.came = now
}

func (u *rollingUser) start() {
	u.every(rollingMsgs, func() {
		data := binary.BigEndian.AppendUint64(make([]byte, 0, 16), u.sent)
		if u.pub.publish("bench.rolling."+u.l.name, data) == nil {
			u.sent++
		}
	})
	u.every(rollingRequests, func() {
		u.wg.Go(func() {
			if u.ask.request("bench.asked."+u.l.name, nil, rollingPatience) != nil {
				u.failed.Add(1)
			}
		})
	})
}

// every does something so many times a second until the end.
func (u *rollingUser) every(n int, do func()) {
	u.wg.Go(func() {
		tick := time.NewTicker(500 * time.Microsecond)
		defer tick.Stop()
		for done, began := 0, time.Now(); ; {
			select {
			case <-u.stop:
				return
			case <-tick.C:
			}
			for due := int(time.Since(began).Seconds() * float64(n)); done < due; done++ {
				do()
			}
		}
	})
}

// end ends the traffic, waits for what is under way and says what came of it.
func (u *rollingUser) end() sample {
	close(u.stop)
	u.wg.Wait()
	must(u.pub.flush())
	for before := -1; ; time.Sleep(200 * time.Millisecond) {
		u.mu.Lock()
		n := len(u.seen)
		u.mu.Unlock()
		if n == before {
			break
		}
		before = n
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	s := sample{gapMs: u.longest.Seconds() * 1e3, failed: float64(u.failed.Load()), lost: 0, doubled: 0}
	for i := range u.sent {
		switch n := u.seen[i]; {
		case n == 0:
			s[lost]++
		case n > 1:
			s[doubled]++
		}
	}
	return s
}

func (u *rollingUser) close() {
	for _, c := range []client{u.pub, u.sub, u.ask, u.answer} {
		c.close()
	}
}

// moveMany takes what it costs to be at another server with many subscriptions.
func moveMany(e *env, l lib) (func() sample, func()) {
	quiet.Store(true)
	n := e.scale(10_000)
	servers := startServers(3)
	again := make(chan struct{}, 1)
	c := connect(l, servers.Server(0).URL(), connOptions{reconnectSoon: true, reconnected: func() { again <- struct{}{} }})
	for i := range n {
		must(c.idle(fmt.Sprint("bench.move.", i)))
	}
	must(c.flush())
	return func() sample {
			m := startMeter()
			begin := time.Now()
			if c.(interface{ move() (reconnects bool) }).move() {
				<-again
			}
			must(c.flush())
			took := time.Since(begin)
			cost := m.stop(n)
			return sample{millis: took.Seconds() * 1e3, cpuNs: cost.cpu, allocs: cost.allocs}
		}, func() {
			c.close()
			servers.Close()
			quiet.Store(false)
		}
}
