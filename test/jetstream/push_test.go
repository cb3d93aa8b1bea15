package jetstream

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

func pushOf(t testing.TB, js jetstream.JetStream, cfg jetstream.ConsumerConfig) jetstream.PushConsumer {
	t.Helper()
	if cfg.Durable == "" && cfg.Name == "" {
		cfg.Durable = "P"
	}
	if cfg.DeliverSubject == "" {
		cfg.DeliverSubject = "to.p"
	}
	return must1[jetstream.PushConsumer](t)(js.CreateOrUpdatePushConsumer(within(t), "S", cfg))
}

// pushed starts a Consume whose messages and errors come by channels.
func pushed(t testing.TB, c jetstream.PushConsumer) (chan string, chan error, jetstream.ConsumeContext) {
	t.Helper()
	msgs, errs := make(chan string, 100_000), make(chan error, 1000)
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		m.Ack()
		msgs <- string(m.Data())
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { errs <- err })))
	t.Cleanup(cc.Stop)
	return msgs, errs, cc
}

func TestAPushConsumerGoesOnAtOnceOverALostLink(t *testing.T) {
	_, nc, js, _ := single(t)
	other := newJS(t, connect(t, nc.ConnectedUrl()))
	back := make(chan time.Time, 1)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- time.Now() })
	msgs, errs, _ := pushed(t, pushOf(t, js, jetstream.ConsumerConfig{IdleHeartbeat: 500 * time.Millisecond, FlowControl: true}))
	for i := range 3 {
		must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.x", []byte(fmt.Sprint(i))))
		receive(t, "a message", msgs)
		must(t, nc.ForceReconnect())
		at := receive(t, "the reconnect", back)
		must(t, nc.FlushTimeout(patience)) // the server has the subscription
		must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.x", []byte("again")))
		receive(t, "a message after it", msgs)
		soon(t, "the next message after the reconnect", time.Since(at))
	}
	select {
	case err := <-errs:
		t.Errorf("it reported %v", err)
	default:
	}
}

func TestAPushConsumerGoesOnAtOnceAfterAServerRestart(t *testing.T) {
	s, nc, js, _ := single(t)
	msgs, errs, _ := pushed(t, pushOf(t, js, jetstream.ConsumerConfig{IdleHeartbeat: 500 * time.Millisecond}))
	for range 2 {
		s.down()
		until(t, "the loss", func() bool { return !nc.IsConnected() })
		select {
		case err := <-errs:
			t.Errorf("it reported %v", err)
		case <-time.After(1500 * time.Millisecond): // three heartbeats
		}
		s.up()
		look := newJS(t, connect(t, s.url()))
		until(t, "the consumer", func() bool {
			c, err := look.PushConsumer(moment(t), "S", "P")
			return err == nil && c.CachedInfo().PushBound
		})
		at := time.Now()
		must1[*jetstream.PubAck](t)(look.Publish(within(t), "s.x", []byte("x")))
		receive(t, "a message", msgs)
		soon(t, "the next message after the restart", time.Since(at))
	}
	for len(errs) > 0 {
		if err := <-errs; errors.Is(err, jetstream.ErrConsumerDeleted) {
			t.Errorf("it reported %v", err)
		}
	}
}

func TestAPushConsumerThatDidntOutliveARestartIsReported(t *testing.T) {
	for _, hb := range []time.Duration{0, 500 * time.Millisecond} {
		t.Run(fmt.Sprint(hb), func(t *testing.T) {
			t.Parallel()
			s, nc, js, _ := single(t)
			cfg := jetstream.ConsumerConfig{Name: "E", MemoryStorage: true, IdleHeartbeat: hb, InactiveThreshold: time.Hour}
			msgs, errs, cc := pushed(t, pushOf(t, js, cfg))
			fill(t, js, 1)
			receive(t, "a message", msgs)
			s.down()
			until(t, "the loss", func() bool { return !nc.IsConnected() })
			s.up()
			for {
				if err := receive(t, "the report", errs); errors.Is(err, jetstream.ErrConsumerDeleted) {
					break
				} else if hb == 0 || !errors.Is(err, jetstream.ErrNoHeartbeat) {
					t.Fatalf("it reported %v", err)
				}
			}
			// One with the same subject is consumed from as if nothing had been.
			pushOf(t, js, cfg)
			receive(t, "the message again", msgs)
			select {
			case <-cc.Closed():
				t.Error("it has ended")
			default:
			}
		})
	}
}

func TestHeartbeatsOfAPushConsumerThatAreMissedAreReported(t *testing.T) {
	_, _, js, st := single(t)
	msgs, errs, _ := pushed(t, pushOf(t, js, jetstream.ConsumerConfig{IdleHeartbeat: 200 * time.Millisecond}))
	fill(t, js, 1)
	receive(t, "a message", msgs)
	at := time.Now()
	select {
	case err := <-errs:
		t.Errorf("it reported %v", err)
	case <-time.After(time.Second):
	}
	must(t, st.DeleteConsumer(within(t), "P"))
	at = time.Now()
	if err := receive(t, "a report", errs); err != jetstream.ErrNoHeartbeat {
		t.Errorf("first it reported %v", err)
	}
	if d := time.Since(at); d < 150*time.Millisecond {
		t.Errorf("after %v", d)
	}
	if err := receive(t, "a report", errs); err != jetstream.ErrConsumerDeleted {
		t.Errorf("then it reported %v", err)
	}
	for range 3 { // that it is gone is told once
		if err := receive(t, "a report", errs); err != jetstream.ErrNoHeartbeat {
			t.Errorf("at last it reported %v", err)
		}
	}
}

// With flow control a slow handler makes the server wait: it never has more for the client
// than it may, and all of it comes, once and in order.
func TestFlowControlWaitsForTheHandler(t *testing.T) {
	s, _, js, _ := single(t)
	const n, size = 400, 50_000
	payload := strings.Repeat("x", size)
	for range n {
		must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.x", []byte(payload)))
	}
	look := connect(t, s.url())
	var mu sync.Mutex
	sent, asked := 0, 0
	release, done := make(chan struct{}), make(chan struct{})
	k := 0
	c := pushOf(t, js, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, FlowControl: true, IdleHeartbeat: 500 * time.Millisecond})
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		<-release
		k++
		if meta, err := m.Metadata(); err != nil || meta.Sequence.Stream != uint64(k) {
			t.Errorf("message %d is %v, %v", k, meta, err)
		}
		if k == n {
			close(done)
		}
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { t.Errorf("it reported %v", err) })))
	defer cc.Stop()
	// A subscriber that only counts sees what is sent.
	_, err := look.Subscribe("to.p", func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if m.Header.Get("Status") != "" {
			asked++
		} else {
			sent++
		}
	})
	must(t, err)
	counts := func() (int, int) { mu.Lock(); defer mu.Unlock(); return sent, asked }
	until(t, "the server to wait", func() bool {
		s1, _ := counts()
		time.Sleep(1200 * time.Millisecond) // two heartbeats
		s2, a := counts()
		return s1 == s2 && a > 0
	})
	held, _ := counts()
	if held == n {
		t.Fatal("the server sent all of it to a handler that took nothing")
	}
	close(release)
	receive(t, "all messages", done)
	_, a := counts()
	t.Logf("%d of %d messages waited for the handler; asked %d times", held, n, a)
}

// Messages that nobody waits for and the server doesn't hold back are bounded.
func TestAPushConsumerDropsWhatWaitsTooMuch(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := single(t)
	payload := []byte(strings.Repeat("x", 1_000_000))
	const n = 70
	for range n {
		must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.x", payload))
	}
	release := make(chan struct{})
	errs, got := make(chan error, 100), make(chan uint64, 1000)
	c := pushOf(t, js, jetstream.ConsumerConfig{AckWait: 5 * time.Second})
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		<-release
		meta, _ := m.Metadata()
		if m.Ack() == nil {
			got <- meta.Sequence.Stream
		}
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { errs <- err })))
	defer cc.Stop()
	until(t, "all to come", func() bool { return nc.Stats().InMsgs >= 2*n }) // acks and messages
	close(release)
	seen := map[uint64]bool{}
	for len(seen) < n { // what was dropped comes again
		seen[receive(t, "a message", got)] = true
	}
	if err := receive(t, "a report", errs); err != nats.ErrSlowConsumer {
		t.Errorf("it reported %v", err)
	}
}

// What waits for a slow handler until the server delivers it again isn't handled twice for
// that.
func TestAPushConsumerLeavesOutWhatHasExpired(t *testing.T) {
	t.Parallel()
	_, _, js, _ := single(t)
	const n = 16
	fill(t, js, n)
	c := pushOf(t, js, jetstream.ConsumerConfig{AckWait: 3 * time.Second})
	var mu sync.Mutex
	handled := map[string]int{}
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		mu.Lock()
		handled[string(m.Data())]++
		mu.Unlock()
		time.Sleep(300 * time.Millisecond)
		m.Ack()
	}))
	until(t, "the acknowledgements", func() bool {
		info, err := c.Info(moment(t))
		return err == nil && info.AckFloor.Stream == n
	})
	cc.Drain() // what was delivered again is handled, too
	receive(t, "the end", cc.Closed())
	mu.Lock()
	defer mu.Unlock()
	twice := 0
	for _, k := range handled {
		if k > 1 {
			twice++
		}
	}
	// Without, six or more. One or two where this process was kept waiting.
	if twice > 2 {
		t.Errorf("%d of %d were handled more than once", twice, n)
	}
}

func TestAPushConsumersDrainIsPartOfTheConnections(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := single(t)
	c := pushOf(t, js, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
	began, release := make(chan struct{}, 100), make(chan struct{})
	n := 0
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(jetstream.Msg) {
		n++
		began <- struct{}{}
		<-release
	}))
	fill(t, js, 5)
	receive(t, "the first", began)
	until(t, "the server to have sent all", func() bool {
		info, err := c.Info(moment(t))
		return err == nil && info.Delivered.Consumer == 5
	})
	must(t, nc.Flush())
	must(t, nc.Drain())
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	receive(t, "the end", cc.Closed())
	if n != 5 {
		t.Errorf("%d messages were handled, want 5", n)
	}
	until(t, "the end of the connection", nc.IsClosed)
}

// A replicated push consumer goes on when its leader steps down, when the leader's server
// is killed, and when the client's own server is.
func TestPushConsumingGoesOnOverChangesOfTheLeader(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	lead := func() *cluster.Server {
		c, err := x.js.PushConsumer(within(t), "S", "P")
		if err != nil || c.CachedInfo().Cluster == nil {
			return nil
		}
		return x.named(c.CachedInfo().Cluster.Leader)
	}
	nc := connect(t, strings.Join(x.URLs(), ","))
	js := newJS(t, nc)
	c := pushOf(t, js, jetstream.ConsumerConfig{IdleHeartbeat: 500 * time.Millisecond, FlowControl: true, AckWait: 2 * time.Second, MaxAckPending: 100_000})
	var mu sync.Mutex
	seen := map[string]bool{}
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		mu.Lock()
		seen[string(m.Data())] = true
		mu.Unlock()
		m.Ack()
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if errors.Is(err, jetstream.ErrConsumerDeleted) {
			t.Errorf("it reported %v", err)
		}
	})))
	defer cc.Stop()
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
	stop := pump(t, js)
	more := func(what string) {
		t.Helper()
		n := count()
		until(t, what, func() bool { return count() > n+20 })
	}
	more("messages")
	x.stepDown("CONSUMER", "S.P")
	more("messages of the next leader")
	var led *cluster.Server
	until(t, "a leader", func() bool { led = lead(); return led != nil })
	must(t, led.Kill())
	more("messages when the leader was killed")
	must(t, led.Restart(within(t)))
	must(t, x.WaitFormed(within(t)))
	own := x.ByAddr(nc.ConnectedAddr())
	must(t, own.Kill())
	more("messages when the client's server was killed")
	must(t, own.Restart(within(t)))
	n := stop()
	until(t, "all messages", func() bool { return count() == n })
	t.Logf("%d messages were published and came", n)
}
