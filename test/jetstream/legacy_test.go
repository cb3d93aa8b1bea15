package jetstream

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

func older(t testing.TB, nc *nats.Conn, opts ...nats.JSOpt) nats.JetStreamContext {
	t.Helper()
	return must1[nats.JetStreamContext](t)(nc.JetStream(opts...))
}

// A fetch that waits goes on over a lost link and a restart, and gets the next message at
// once.
func TestAnOlderFetchGoesOnOverALostLink(t *testing.T) {
	s, nc, _, _ := single(t)
	js := older(t, nc)
	sub := must1[*nats.Subscription](t)(js.PullSubscribe("s.>", "P"))
	back := make(chan time.Time, 1)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- time.Now() })
	for i := range 4 {
		got := make(chan string, 1)
		go func() {
			msgs, err := sub.Fetch(5, nats.MaxWait(patience))
			if err != nil {
				got <- err.Error()
				return
			}
			got <- string(msgs[0].Data) + fmt.Sprint(msgs[0].AckSync())
		}()
		until(t, "the pull", func() bool {
			info, err := sub.ConsumerInfo()
			return err == nil && info.NumWaiting > 0
		})
		if i%2 == 0 {
			must(t, nc.ForceReconnect())
		} else {
			s.down()
			s.up()
		}
		receive(t, "the reconnect", back)
		other := newJS(t, connect(t, s.url()))
		until(t, "the stream", func() bool { _, err := other.Stream(moment(t), "S"); return err == nil })
		at := time.Now()
		// Five, so that the fetch has all it wants.
		for range 5 {
			must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.x", []byte(fmt.Sprint(i))))
		}
		if m := receive(t, "a message", got); m != fmt.Sprint(i)+"<nil>" {
			t.Errorf("got %q", m)
		}
		soon(t, "the message after the link", time.Since(at))
		must(t, js.PurgeStream("S"))
	}
}

func TestAFetchWithoutALinkSaysSo(t *testing.T) {
	t.Parallel()
	s, nc, _, _ := single(t)
	sub := must1[*nats.Subscription](t)(older(t, nc).PullSubscribe("s.>", "P"))
	s.down()
	until(t, "the loss", func() bool { return !nc.IsConnected() })
	for _, n := range []int{1, 5} {
		if _, err := sub.Fetch(n, nats.MaxWait(100*time.Millisecond)); !errors.Is(err, nats.ErrFetchDisconnected) {
			t.Errorf("got %v", err)
		}
	}
	s.up()
}

// A message that is sent again while the first is still being stored isn't refused: it is
// asked for until the stream says what became of it.
func TestAMessageThatIsBeingStoredIsAwaited(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := single(t)
	old := older(t, nc)
	answers := make(chan string, 10)
	_, err := nc.Subscribe("raw.x", func(m *nats.Msg) { m.Respond([]byte(<-answers)) })
	must(t, err)
	const busy, stored = `{"error":{"code":409,"err_code":10158,"description":"duplicate message id is in process"}}`, `{"stream":"S","seq":7,"duplicate":true}`
	for range 2 {
		answers <- busy
		answers <- busy
		answers <- stored
	}
	if a, err := old.Publish("raw.x", nil, nats.MsgId("1")); err != nil || a.Sequence != 7 {
		t.Errorf("the older API: %+v, %v", a, err)
	}
	if a, err := js.Publish(within(t), "raw.x", nil, jetstream.WithMsgID("1")); err != nil || a.Sequence != 7 {
		t.Errorf("package jetstream: %+v, %v", a, err)
	}
	answers <- busy
	if _, err := old.Publish("raw.x", nil); err == nil {
		t.Error("without an id it is no answer to wait for")
	}
	answers <- busy
	answers <- stored
	f := must1[nats.PubAckFuture](t)(old.PublishAsync("raw.x", nil, nats.MsgId("1")))
	if a := receive(t, "the acknowledgement", f.Ok()); a.Sequence != 7 {
		t.Errorf("asynchronously: %+v", a)
	}
}

// A server that leads again may hold the id of a message that was never stored. When newer ones
// are stored that is known, and the error says so, and that nothing is in doubt.
func TestAnIDThatIsHeldIsToldWithoutDoubt(t *testing.T) {
	t.Parallel()
	_, nc, _, _ := single(t)
	const limit = 7 * time.Second // the second copy goes out after 5 s
	js := newJS(t, nc, jetstream.WithPublishAsyncTimeout(limit))
	old := older(t, nc, nats.PublishAsyncTimeout(limit))
	var seq atomic.Int64
	_, err := nc.Subscribe("raw.*", func(m *nats.Msg) {
		if m.Subject == "raw.held" {
			m.Respond([]byte(`{"error":{"code":409,"err_code":10158,"description":"duplicate message id is in process"},"stream":"S","seq":0}`))
			return
		}
		m.Respond(fmt.Appendf(nil, `{"stream":"S","seq":%d}`, seq.Add(1)))
	})
	must(t, err)
	for _, newer := range []bool{true, false} {
		ours := must1[jetstream.PubAckFuture](t)(js.PublishAsync("raw.held", nil, jetstream.WithMsgID("1")))
		theirs := must1[nats.PubAckFuture](t)(old.PublishAsync("raw.held", nil, nats.MsgId("1")))
		must(t, nc.Flush())
		// The answers are here when this one's is.
		_, err := nc.Request("raw.other", nil, patience)
		must(t, err)
		if newer {
			a := must1[jetstream.PubAckFuture](t)(js.PublishAsync("raw.x", nil, jetstream.WithMsgID("2")))
			b := must1[nats.PubAckFuture](t)(old.PublishAsync("raw.x", nil, nats.MsgId("2")))
			receive(t, "the newer one", a.Ok())
			receive(t, "the newer one, by the older API", b.Ok())
		}
		var code *jetstream.APIError
		if err := receive(t, "its end", ours.Err()); errors.Is(err, nats.ErrInDoubt) == newer || errors.As(err, &code) != newer || newer && code.ErrorCode != 10158 {
			t.Errorf("package jetstream, newer ones %v: %v", newer, err)
		}
		var olderCode *nats.APIError
		if err := receive(t, "its end, by the older API", theirs.Err()); errors.Is(err, nats.ErrInDoubt) == newer || errors.As(err, &olderCode) != newer || newer && olderCode.ErrorCode != 10158 {
			t.Errorf("the older API, newer ones %v: %v", newer, err)
		}
	}
}

// orderly is an ordered subscription that checks what it gets.
func orderly(t *testing.T, js nats.JetStreamContext, form string, n int64) (got *atomic.Int64, sub *nats.Subscription) {
	t.Helper()
	got = new(atomic.Int64)
	take := func(m *nats.Msg) {
		if want := got.Load(); string(m.Data) != strconv.FormatInt(want, 10) {
			t.Errorf("%s: got %s, want %d", form, m.Data, want)
		}
		got.Add(1)
	}
	switch form {
	case "handler":
		sub = must1[*nats.Subscription](t)(js.Subscribe("s.>", take, nats.OrderedConsumer()))
	case "sync":
		sub = must1[*nats.Subscription](t)(js.SubscribeSync("s.>", nats.OrderedConsumer()))
		go func() {
			for got.Load() < n {
				m, err := sub.NextMsg(patience)
				if err != nil {
					t.Errorf("sync: %v", err)
					return
				}
				take(m)
			}
		}()
	case "chan":
		ch := make(chan *nats.Msg, 200) // less than comes at once
		sub = must1[*nats.Subscription](t)(js.ChanSubscribe("s.>", ch, nats.OrderedConsumer()))
		go func() {
			for got.Load() < n {
				select {
				case m := <-ch:
					take(m)
				case <-time.After(patience):
					t.Error("chan: nothing")
					return
				}
			}
		}()
	}
	return got, sub
}

// Each message comes once and in order, whatever happens: the consumer is deleted, the link
// is lost, the server restarts and has forgotten it, the program is slow.
func TestAnOrderedSubscriptionGivesEachMessageOnceInOrder(t *testing.T) {
	t.Parallel()
	s, nc, _, _ := single(t)
	js := older(t, nc)
	pub := newJS(t, connect(t, s.url()))
	const n = 6000
	go func() {
		for i := range n {
			if _, err := pub.PublishAsync("s.x", []byte(strconv.Itoa(i)), jetstream.WithMsgID(fmt.Sprint(i)), jetstream.WithStallWait(patience)); err != nil {
				t.Error(err)
				return
			}
			if i%20 == 0 {
				time.Sleep(2 * time.Millisecond)
			}
		}
	}()
	var counts []*atomic.Int64
	var subs []*nats.Subscription
	for _, form := range []string{"handler", "sync", "chan"} {
		got, sub := orderly(t, js, form, n)
		counts, subs = append(counts, got), append(subs, sub)
	}
	least := func() int64 { return min(counts[0].Load(), counts[1].Load(), counts[2].Load()) }
	for i := range 6 {
		at := least()
		until(t, "some more", func() bool { return least() > min(at+300, n-1) })
		switch i % 3 {
		case 0:
			must(t, nc.ForceReconnect())
		case 1:
			for _, sub := range subs {
				if info, err := sub.ConsumerInfo(); err == nil {
					js.DeleteConsumer("S", info.Name)
				}
			}
		case 2:
			s.down()
			s.up()
		}
	}
	until(t, "the end", func() bool { return least() == n })
	for _, sub := range subs {
		must(t, sub.Unsubscribe())
	}
	until(t, "the consumers' removal", func() bool {
		info, err := js.StreamInfo("S")
		return err == nil && info.State.Consumers == 0
	})
}

func TestAnOrderedSubscriptionGoesOnAtOnceOverALostLink(t *testing.T) {
	s, nc, _, _ := single(t)
	other := newJS(t, connect(t, s.url()))
	back := make(chan time.Time, 1)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- time.Now() })
	got, _ := orderly(t, older(t, nc), "handler", 1<<60)
	for i := range int64(4) {
		must(t, nc.ForceReconnect())
		at := receive(t, "the reconnect", back)
		must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.x", []byte(fmt.Sprint(i))))
		until(t, "the message", func() bool { return got.Load() == i+1 })
		soon(t, "the message after the reconnect", time.Since(at))
	}
}

// An ordered subscription ends with its stream, and says so.
func TestAnOrderedSubscriptionEndsWithItsStream(t *testing.T) {
	t.Parallel()
	_, nc, _, _ := single(t)
	js := older(t, nc)
	told := make(chan error, 10)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { told <- err })
	sub := must1[*nats.Subscription](t)(js.SubscribeSync("s.>", nats.OrderedConsumer()))
	must(t, js.DeleteStream("S"))
	if err := receive(t, "the error", told); !errors.Is(err, nats.ErrStreamNotFound) {
		t.Errorf("told %v", err)
	}
	until(t, "the end", func() bool { return !sub.IsValid() })
}

// The server that leads the consumer is killed while the client is connected to another: a
// fetch that waits, and an ordered subscription, go on as soon as there is a leader again.
func TestOlderSubscriptionsGoOnOverALeadersDeath(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	led := x.leader()
	until(t, "a leader", func() bool { led = x.leader(); return led != nil })
	at := x.elsewhere(led)
	nc := connect(t, at.URL())
	js := older(t, nc)
	sub := must1[*nats.Subscription](t)(js.PullSubscribe("", "", nats.Bind("S", "C")))
	type arrival struct {
		data string
		at   time.Time
	}
	fetched, ordered := make(chan arrival, 1000), make(chan arrival, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			msgs, err := sub.Fetch(1, nats.MaxWait(patience))
			if err != nil {
				return
			}
			fetched <- arrival{string(msgs[0].Data), time.Now()}
			msgs[0].Ack()
		}
	}()
	os := must1[*nats.Subscription](t)(js.Subscribe("s.>", func(m *nats.Msg) { ordered <- arrival{string(m.Data), time.Now()} }, nats.OrderedConsumer()))
	pub := func(data string) {
		t.Helper()
		must1[*jetstream.PubAck](t)(x.js.Publish(within(t), "s.x", []byte(data), jetstream.WithMsgID(data)))
	}
	pub("1")
	receive(t, "a fetched message", fetched)
	receive(t, "an ordered message", ordered)
	until(t, "the pull", func() bool {
		info, err := sub.ConsumerInfo()
		return err == nil && info.NumWaiting > 0
	})
	told := elections(t, connect(t, at.URL()))
	must(t, led.Kill())
	elected := receive(t, "the election", told)
	pub("2")
	published := time.Now()
	m := receive(t, "a fetched message", fetched)
	if m.data != "2" {
		t.Errorf("fetched %s", m.data)
	}
	if published.After(elected) {
		elected = published
	}
	soon(t, "the fetched message after the election", m.at.Sub(elected))

	// The ordered consumer lives on one server, perhaps on this one.
	if m := receive(t, "an ordered message", ordered); m.data != "2" {
		t.Errorf("got %s", m.data)
	}
	must(t, led.Restart(within(t)))
	must(t, x.WaitFormed(within(t)))
	var info *nats.ConsumerInfo
	until(t, "the ordered consumer", func() bool {
		var err error
		info, err = os.ConsumerInfo()
		return err == nil && info.Cluster != nil && x.named(info.Cluster.Leader) != nil
	})
	lives := x.named(info.Cluster.Leader)
	if lives == at {
		t.Log("the ordered consumer is on the client's own server, whose end is a lost link")
	}
	begin := time.Now()
	must(t, lives.Kill())
	// It is known to be dead after two heartbeats, or with the link, and another is made by the
	// leader of all, which may have been the same server.
	pub("3")
	stored := time.Since(begin)
	x.answers(t)
	led3 := time.Now()
	t.Logf("after the kill a message is stored after %v, the API answers after %v", stored, led3.Sub(begin))
	if dead := begin.Add(2 * time.Second); dead.After(led3) {
		led3 = dead
	}
	m = receive(t, "an ordered message", ordered)
	if m.data != "3" {
		t.Errorf("got %s", m.data)
	}
	soon(t, "the ordered message after there are leaders", m.at.Sub(led3))
	must(t, sub.Unsubscribe())
	<-done
}
