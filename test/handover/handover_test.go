// Package handover_test moves clients between real servers by the steps of
// internal/overlap, with raw sockets and no client library: what the steps promise
// must be true of the servers as they are.
package handover_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

// traffic is publishers that go on until they are told to stop.
type traffic struct {
	stop chan struct{}
	wg   sync.WaitGroup
	mu   sync.Mutex
	sent map[string]int
}

func newTraffic() *traffic { return &traffic{stop: make(chan struct{}), sent: map[string]int{}} }

// every lets a publisher publish n messages each tick.
func (tr *traffic) every(tick time.Duration, n int, who string, publish func(payload string), end func()) {
	tr.wg.Go(func() {
		t := time.NewTicker(tick)
		defer t.Stop()
		for i := 0; ; {
			select {
			case <-tr.stop:
				end()
				tr.mu.Lock()
				tr.sent[who] = i
				tr.mu.Unlock()
				return
			case <-t.C:
			}
			for range n {
				publish(fmt.Sprintf("%s:%d", who, i))
				i++
			}
		}
	})
}

func (tr *traffic) end() map[string]int {
	close(tr.stop)
	tr.wg.Wait()
	return tr.sent
}

// journey lets a client move, once for each of the servers that it is given, while
// 5,000 messages a second come in from publishers at some servers, and 500 requests
// a second go out.
func journey(t *testing.T, cl *cluster.Cluster, publishersAt []int, move func(m *mover)) {
	addr := func(i int) string { return cl.Server(i).Addr() }
	quiet := func(int, string, []byte) {}

	all, work, replies := newTally(), newTally(), newTally()
	m := newMover(t, "mover", addr(0), func(sid int, payload string) {
		switch sid {
		case plain:
			all.note(payload)
		case queued:
			work.note(payload)
		case inbox:
			replies.note(payload)
		}
	})
	// The rest of the queue group, someone who answers, and watchers of the order in
	// which requests come in.
	var watchers []*tally
	for _, i := range publishersAt {
		member := dial(t, addr(i), func(_ int, _ string, payload []byte) { work.note(string(payload)) })
		member.send("SUB x group 1\r\n")
		member.fence()
		w := newTally()
		watchers = append(watchers, w)
		watcher := dial(t, addr(i), func(_ int, _ string, payload []byte) { w.note(string(payload)) })
		watcher.send("SUB request 1\r\n")
		watcher.fence()
	}
	at := publishersAt[len(publishersAt)-1]
	var server *raw
	ready := make(chan struct{})
	server = dial(t, addr(at), func(_ int, _ string, payload []byte) {
		<-ready
		server.publish("mover.inbox."+strings.ReplaceAll(string(payload), ":", "-"), string(payload))
	})
	close(ready)
	server.send("SUB request 1\r\n")
	server.fence()
	settled(t, cl)

	tr := newTraffic()
	for _, i := range publishersAt {
		p := dial(t, addr(i), quiet)
		n := 10 / len(publishersAt)
		tr.every(2*time.Millisecond, n, fmt.Sprintf("p%d", i), func(payload string) { p.publish("x", payload) }, p.fence)
	}
	tr.every(2*time.Millisecond, 1, "requests", func(payload string) {
		m.publish("request", "mover.inbox."+strings.ReplaceAll(payload, ":", "-"), payload)
	}, func() {})
	move(m)
	sent := tr.end()

	for who, n := range sent {
		if n == 0 {
			t.Errorf("%s sent nothing", who)
		}
		for name, c := range map[string]*tally{"subscriber": all, "queue group": work} {
			if who != "requests" {
				check(t, name, c, who, n, name == "subscriber")
			}
		}
		if who == "requests" {
			check(t, "requester", replies, who, n, true)
			for i, w := range watchers {
				check(t, fmt.Sprintf("watcher at server %d", publishersAt[i]), w, who, n, true)
			}
		}
	}
	t.Logf("%d moves; %v; %d messages held at most; publishing paused for %v at most", m.moves, sent, m.most, m.pause)
}

// check waits for the last messages and holds what came against what was sent.
func check(t *testing.T, name string, c *tally, who string, n int, ordered bool) {
	t.Helper()
	lost, doubled := c.missing(who, n)
	for late := time.Now().Add(5 * time.Second); lost > 0 && time.Now().Before(late); lost, doubled = c.missing(who, n) {
		time.Sleep(10 * time.Millisecond)
	}
	c.mu.Lock()
	swaps := c.swaps
	c.mu.Unlock()
	if lost+doubled > 0 || ordered && swaps > 0 {
		t.Errorf("%s: %d of %s's %d messages were lost, %d came more than once, %d came out of order", name, lost, who, n, doubled, swaps)
	}
}

// settled waits until all servers know of each other's subscriptions.
func settled(t *testing.T, cl *cluster.Cluster) {
	t.Helper()
	for i := range cl.Servers() {
		for k := range cl.Servers() {
			heard := make(chan struct{}, 1000)
			to := dial(t, cl.Server(i).Addr(), func(int, string, []byte) { heard <- struct{}{} })
			to.send("SUB settled.%d.%d 1\r\n", i, k)
			to.fence()
			from := dial(t, cl.Server(k).Addr(), nil)
			for again := true; again; {
				from.publish(fmt.Sprintf("settled.%d.%d", i, k), "")
				select {
				case <-heard:
					again = false
				case <-time.After(5 * time.Millisecond):
				}
			}
			to.close()
			from.close()
		}
	}
}

// A client goes round a cluster, with publishers at the server that it leaves, at the
// one that it goes to and at the third.
func TestMovesOnARealCluster(t *testing.T) {
	cl := clustertest.StartN(t, 3)
	journey(t, cl, []int{0, 1, 2}, func(m *mover) {
		for i := range 9 {
			m.move(cl.Server((i + 1) % 3).Addr())
		}
	})
}

// A lame duck goes on delivering until its client has moved.
func TestMovesFromALameDuck(t *testing.T) {
	cl := clustertest.Start(t, cluster.Config{Servers: 3, LameDuckGrace: 5 * time.Second, LameDuckDuration: 6 * time.Second})
	journey(t, cl, []int{1, 2}, func(m *mover) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := cl.Server(0).LameDuck(ctx); err != nil {
			t.Fatal(err)
		}
		m.move(cl.Server(1).Addr())
		select {
		case <-cl.Server(0).Gone():
		case <-ctx.Done():
			t.Error("the lame duck doesn't end")
		}
	})
}
