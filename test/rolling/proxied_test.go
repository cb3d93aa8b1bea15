package rolling_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
	"github.com/evernats/nats/internal/natstest"
)

// far is what the proxies of these tests hold everything back for.
const far = 20 * time.Millisecond

// A member of a queue group drains in the middle of its connection's move to a server
// that is far away: it handles all that either server has given it, and the group loses
// nothing.
func TestAQueueDrainsInAMove(t *testing.T) {
	t.Parallel()
	cl := clustertest.StartN(t, 3)
	proxy := natstest.NewProxy(t, cl.Server(1).Addr())
	proxy.Delay(far)
	connect := func(urls string) *nats.Conn {
		nc, err := nats.Connect(urls, nats.DontRandomize(), nats.IgnoreDiscoveredServers())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
	mover, member, pub := connect(cl.Server(0).URL()+","+proxy.URL()), connect(cl.Server(1).URL()), connect(cl.Server(2).URL())
	group, all := newTally(), newTally()
	subscribe := func(nc *nats.Conn, queue string, c *tally) *nats.Subscription {
		sub, err := nc.QueueSubscribe("x", queue, func(m *nats.Msg) { c.note(m.Data) })
		if err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		return sub
	}
	mine := subscribe(mover, "group", group)
	subscribe(member, "group", group)
	subscribe(pub, "all", all)
	time.Sleep(300 * time.Millisecond) // interest is everywhere
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-stop:
				sent <- n
				return
			case <-tick.C:
			}
			for range 4 {
				if err := pub.Publish("x", fmt.Append(nil, n)); err != nil {
					t.Errorf("publish: %v", err)
				}
				n++
			}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	moved := make(chan error, 1)
	go func() { moved <- mover.Migrate(ctx) }()
	for proxy.Conns() == 0 { // it overlaps for more than a second
		time.Sleep(time.Millisecond)
	}
	time.Sleep(600 * time.Millisecond)
	if url := mover.ConnectedUrl(); url != cl.Server(0).URL() {
		t.Logf("the machine was slow: it has moved to %s already", url)
	}
	if err := mine.Drain(); err != nil {
		t.Fatal(err)
	}
	for mine.IsValid() {
		if ctx.Err() != nil {
			t.Fatal("the subscription doesn't end")
		}
		time.Sleep(time.Millisecond)
	}
	if err := <-moved; err != nil {
		t.Errorf("the move: %v", err)
	}
	close(stop)
	n := <-sent
	if lost, doubled, _ := group.count(n); lost+doubled > 0 {
		t.Errorf("of %d messages the group lost %d and got %d twice", n, lost, doubled)
	}
	if lost, _, _ := all.count(n); lost > 0 {
		t.Errorf("somebody else lost %d", lost)
	}
}

// Everything to and from the old server is swallowed at the switch, its end included:
// publishing goes on at the new one after a moment, in order, and what the old one
// hasn't confirmed comes again.
func TestTheOldServerIsSwallowedAtTheSwitch(t *testing.T) {
	t.Parallel()
	cl := clustertest.StartN(t, 2)
	proxy := natstest.NewProxy(t, cl.Server(0).Addr())
	proxy.Delay(far)
	nc, err := nats.Connect(proxy.URL()+","+cl.Server(1).URL(), nats.DontRandomize(), nats.IgnoreDiscoveredServers(), nats.AtLeastOnce(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				t.Errorf("disconnected: %v", err)
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	other, err := nats.Connect(cl.Server(1).URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	got := newTally()
	if _, err := other.Subscribe("x", func(m *nats.Msg) { got.note(m.Data) }); err != nil {
		t.Fatal(err)
	}
	if err := other.Flush(); err != nil {
		t.Fatal(err)
	}
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				sent <- n
				return
			case <-tick.C:
			}
			if err := nc.Publish("x", fmt.Append(nil, n)); err != nil {
				t.Errorf("publish: %v", err)
			}
		}
	}()
	time.Sleep(300 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	moved := make(chan error, 1)
	go func() { moved <- nc.Migrate(ctx) }()
	for nc.ConnectedUrl() != cl.Server(1).URL() { // the switch: what is written behind it doesn't arrive for far
		if ctx.Err() != nil {
			t.Fatal("there is no switch")
		}
		time.Sleep(100 * time.Microsecond)
	}
	proxy.BlackHole(natstest.Both)
	begin := time.Now()
	if err := <-moved; err != nil {
		t.Fatalf("the move: %v", err)
	}
	took := time.Since(begin)
	time.Sleep(100 * time.Millisecond)
	close(stop)
	n := <-sent
	lost, doubled, _ := got.count(n)
	t.Logf("publishing stood still for %v, and a subscriber saw nothing for %v; of %d messages %d came twice", took, got.gap, n, doubled)
	if lost > 0 {
		t.Errorf("%d were lost", lost)
	}
	if took > 3*time.Second {
		t.Errorf("the old server was waited for for %v", took)
	}
}
