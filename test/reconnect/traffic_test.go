package reconnect_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
)

// numbered publishes 1, 2, 3 … until stop, and returns how many were taken.
// Publish may refuse while the connection is away; what it took counts.
func numbered(t testing.TB, nc *nats.Conn, subj string, stop <-chan struct{}) (taken int) {
	t.Helper()
	for {
		select {
		case <-stop:
			return taken
		default:
		}
		if err := nc.Publish(subj, []byte(strconv.Itoa(taken+1))); err != nil {
			t.Errorf("publish %d: %v", taken+1, err)
			return taken
		}
		taken++
		if taken%64 == 0 {
			// A pace that the server bears, so that the test ends.
			if err := nc.FlushTimeout(patience); err != nil && !errors.Is(err, nats.ErrInDoubt) {
				t.Errorf("flush: %v", err)
			}
		}
	}
}

// Publishes arrive in the order of the calls across any number of reconnects:
// some may be missing, those that the dead server took with it, none is out of
// order and none comes twice. Publisher and subscriber sit on the same server,
// since a message that crossed over to another one may be late there.
func TestOrderAcrossReconnects(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	s := c.Server(0)
	var box inbox
	in := connect(t, s.URL(), quick()...)
	_, err := in.Subscribe("n", box.take)
	must(t, err)
	must(t, in.Flush())
	d := newDiary()
	nc := connect(t, s.URL(), d.options(quick()...)...)

	stop := make(chan struct{})
	var wg sync.WaitGroup
	var taken int
	wg.Go(func() { taken = numbered(t, nc, "n", stop) })
	for round := range 5 {
		box.await(t, len(box.all())+200)
		must(t, s.Kill())
		must(t, s.Restart(within(t)))
		d.wait(t, "reconnected", round+1)
	}
	until(t, "the subscriber there", in.IsConnected)
	box.await(t, len(box.all())+1)
	close(stop)
	wg.Wait()
	must(t, nc.Publish("n", []byte("end")))
	until(t, "the last message", func() bool { all := box.all(); return all[len(all)-1] == "end" })

	last, seen := 0, 0
	for _, text := range box.all() {
		if text == "end" {
			break
		}
		n, err := strconv.Atoi(text)
		must(t, err)
		if n <= last {
			t.Fatalf("%d came after %d", n, last)
		}
		last, seen = n, seen+1
	}
	if last != taken {
		t.Errorf("the last number is %d of %d", last, taken)
	}
	t.Logf("%d of %d arrived", seen, taken)
}

// What is published while no server is there arrives, whole and in order, when
// one is there again.
func TestQueueSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	var box inbox
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	_, err := nc.Subscribe("n", box.take)
	must(t, err)
	must(t, nc.Flush())
	must(t, c.Server(0).Kill())
	d.wait(t, "disconnected", 1)
	const count = 5000
	for i := range count {
		must(t, nc.Publish("n", []byte(strconv.Itoa(i))))
	}
	must(t, c.Server(0).Restart(within(t)))
	for i, text := range box.await(t, count) {
		if text != strconv.Itoa(i) {
			t.Fatalf("message %d is %q", i, text)
		}
	}
}

// Queue groups are joined again, so that each message goes to one member.
func TestQueueGroupsComeBack(t *testing.T) {
	t.Parallel()
	c := start(t, 2)
	var left, right, alone atomic.Int32
	count := func(n *atomic.Int32) nats.MsgHandler { return func(*nats.Msg) { n.Add(1) } }
	var diaries []*diary
	var members []*nats.Conn
	for range 3 {
		d := newDiary()
		diaries = append(diaries, d)
		nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
		for queue, n := range map[string]*atomic.Int32{"left": &left, "right": &right} {
			_, err := nc.QueueSubscribe("work", queue, count(n))
			must(t, err)
		}
		must(t, nc.Flush())
		members = append(members, nc)
		until(t, "both servers known", func() bool { return len(nc.Servers()) == 2 })
	}
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	_, err := nc.Subscribe("work", count(&alone))
	must(t, err)
	until(t, "both servers known", func() bool { return len(nc.Servers()) == 2 })
	must(t, c.Server(0).Kill())
	for _, d := range append(diaries, d) {
		d.wait(t, "reconnected", 1)
	}
	for _, member := range members {
		must(t, member.Flush())
	}
	const count2 = 300
	for range count2 {
		must(t, nc.Publish("work", nil))
	}
	until(t, "all messages", func() bool { return left.Load()+right.Load()+alone.Load() >= 3*count2 })
	must(t, nc.Flush())
	if l, r, a := left.Load(), right.Load(), alone.Load(); l != count2 || r != count2 || a != count2 {
		t.Errorf("left %d, right %d, alone %d, want %d each", l, r, a, count2)
	}
}

// What is left of an auto-unsubscribe count goes on at the next server.
func TestAutoUnsubscribeCountsOn(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	sub, err := nc.SubscribeSync("a")
	must(t, err)
	must(t, sub.AutoUnsubscribe(5))
	receive := func(n int) {
		t.Helper()
		for range n {
			must(t, nc.Publish("a", nil))
			_, err := sub.NextMsg(patience)
			must(t, err)
		}
	}
	receive(2)
	for round := range 2 {
		must(t, c.Server(0).Kill())
		must(t, c.Server(0).Restart(within(t)))
		d.wait(t, "reconnected", round+1)
		receive(1)
	}
	for range 3 {
		must(t, nc.Publish("a", nil))
	}
	must(t, nc.Flush())
	_, err = sub.NextMsg(patience)
	must(t, err)
	if m, err := sub.NextMsg(patience); !errors.Is(err, nats.ErrMaxMessages) {
		t.Errorf("a sixth message: %v, %v", m, err)
	}
	until(t, "the server to forget it", func() bool {
		z, err := c.Server(0).Connz(within(t), nil)
		must(t, err)
		return len(z.Conns) == 1 && z.Conns[0].NumSubs == 0
	})
}

// Requests go on working after the server of the requester, of the responder
// and of both was killed; one that is under way when its server dies ends with
// an error of its own, not with another's answer.
func TestRequestsAfterKills(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	d, e := newDiary(), newDiary()
	responder := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	_, err := responder.Subscribe("echo", func(m *nats.Msg) {
		if err := m.Respond(m.Data); err != nil {
			t.Errorf("respond: %v", err)
		}
	})
	must(t, err)
	must(t, responder.Flush())
	requester := connect(t, c.Server(1).URL(), e.options(quick()...)...)
	ask := func(text string) {
		t.Helper()
		until(t, "an answer", func() bool {
			m, err := requester.Request("echo", []byte(text), 2*time.Second)
			if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrTimeout) {
				// Interest is still on its way between the servers, or that of one that
				// is dead still known to the others, who send it the request.
				return false
			}
			must(t, err)
			if string(m.Data) != text {
				t.Fatalf("asked %q, answered %q", text, m.Data)
			}
			return true
		})
	}
	ask("before")
	until(t, "all servers known", func() bool { return len(responder.Servers()) == 3 && len(requester.Servers()) == 3 })
	must(t, seat(t, c, responder).Kill())
	d.wait(t, "reconnected", 1)
	ask("after the responder's server")
	before := len(e.of("reconnected"))
	s := seat(t, c, requester)
	must(t, s.Kill())
	e.wait(t, "reconnected", before+1)
	ask("after the requester's server")
}

// A hundred losses in a row leave the client as it was: no more connections and
// subscriptions at the server than before.
func TestHundredDisconnects(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	s := c.Server(0)
	d := newDiary()
	nc := connect(t, s.URL(), d.options(quick()...)...)
	for i := range 5 {
		_, err := nc.SubscribeSync(fmt.Sprintf("s.%d", i))
		must(t, err)
	}
	must(t, nc.Flush())
	for round := range 100 {
		id, err := nc.GetClientID()
		must(t, err)
		must(t, s.Disconnect(within(t), id))
		d.wait(t, "reconnected", round+1)
	}
	must(t, nc.Flush())
	// So many losses make subscriptions suspect: some may be made a moment later.
	until(t, "five subscriptions on one connection", func() bool {
		z, err := s.Connz(within(t), nil)
		return err == nil && z.NumConns == 1 && z.Conns[0].NumSubs == 5
	})
	if n := nc.Stats().Reconnects; n != 100 {
		t.Errorf("%d reconnects counted", n)
	}
}

// A drain survives the loss of its server: it delivers what was queued at the
// next one and then closes.
func TestDrainAcrossAKill(t *testing.T) {
	t.Parallel()
	c := start(t, 2)
	var box inbox
	in := connect(t, c.Server(1).URL(), quick()...)
	_, err := in.Subscribe("n", box.take)
	must(t, err)
	must(t, in.Flush())
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	until(t, "both known", func() bool { return len(nc.Servers()) == 2 })
	busy := make(chan struct{})
	_, err = nc.Subscribe("work", func(*nats.Msg) {
		<-busy
		if err := nc.Publish("n", []byte("worked")); err != nil {
			t.Errorf("publish while draining: %v", err)
		}
	})
	must(t, err)
	must(t, nc.Publish("work", nil))
	must(t, nc.Flush())
	must(t, nc.Drain())
	must(t, c.Server(0).Kill())
	d.wait(t, "disconnected", 1)
	close(busy)
	d.wait(t, "closed", 1)
	if got := box.await(t, 1); len(got) != 1 || got[0] != "worked" {
		t.Errorf("arrived: %q", got)
	}
	if errs := d.of("error"); len(errs) > 0 {
		t.Errorf("drain reports %v", errs[0].err)
	}
}

// Close ends everything promptly while no server can be had.
func TestCloseDuringAnOutage(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick(nats.ReconnectWait(1<<40))...)...)
	sub, err := nc.SubscribeSync("a")
	must(t, err)
	must(t, c.Server(0).Kill())
	d.wait(t, "attempt failed", 1)
	waiting := make(chan error, 1)
	go func() {
		_, err := sub.NextMsgWithContext(context.Background())
		waiting <- err
	}()
	nc.Close()
	if err := <-waiting; !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("NextMsg ends with %v", err)
	}
	d.wait(t, "closed", 1)
}
