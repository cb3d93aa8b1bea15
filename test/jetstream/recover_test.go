package jetstream

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// quick is how soon consuming goes on after all that it needs is there again. It is
// 250 ms on a machine that has nothing else to do.
const quick = 250 * time.Millisecond

// soon fails when something that began d ago took longer than it may, with some mercy for
// a busy machine.
func soon(t testing.TB, what string, d time.Duration) {
	t.Helper()
	late := machine.late(d)
	t.Logf("%s: %v", what, d.Round(time.Millisecond))
	if d > 4*quick+mercy*late {
		t.Errorf("%s took %v; the machine was late by %v", what, d, late)
	}
}

// consuming starts a Consume whose messages and errors come by channels.
func consuming(t *testing.T, c jetstream.Consumer, opts ...jetstream.PullConsumeOpt) (chan string, chan error, jetstream.ConsumeContext) {
	t.Helper()
	msgs, errs := make(chan string, 10_000), make(chan error, 1000)
	opts = append(opts, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { errs <- err }))
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		m.Ack()
		msgs <- string(m.Data())
	}, opts...))
	t.Cleanup(cc.Stop)
	return msgs, errs, cc
}

func receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: nothing within %v", what, patience)
		panic("unreachable")
	}
}

func TestAConsumerGoesOnAtOnceOverALostLink(t *testing.T) {
	_, nc, _, st := single(t)
	other := newJS(t, connect(t, nc.ConnectedUrl()))
	back := make(chan time.Time, 1)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- time.Now() })
	pulls := make(chan struct{}, 1000)
	_, err := other.Conn().Subscribe("$JS.API.CONSUMER.MSG.NEXT.S.*", func(*nats.Msg) { pulls <- struct{}{} })
	must(t, err)
	must(t, other.Conn().Flush())
	msgs, errs, _ := consuming(t, consumerOf(t, st))
	it := must1[jetstream.MessagesContext](t)(consumerOf(t, st, jetstream.ConsumerConfig{Durable: "D"}).Messages())
	defer it.Stop()
	for i := range 3 {
		must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.x", []byte(fmt.Sprint(i))))
		receive(t, "a message", msgs)
		must1[jetstream.Msg](t)(it.Next(jetstream.NextContext(within(t))))
		for len(pulls) > 0 {
			<-pulls
		}
		// Between two calls of Next, and with nothing on its way.
		must(t, nc.ForceReconnect())
		at := receive(t, "the reconnect", back)
		for range 2 {
			receive(t, "a pull", pulls)
		}
		must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.x", []byte("again")))
		receive(t, "a message after it", msgs)
		must1[jetstream.Msg](t)(it.Next(jetstream.NextContext(within(t))))
		soon(t, "the next message after the reconnect", time.Since(at))
	}
	select {
	case err := <-errs:
		t.Errorf("it reported %v", err)
	default:
	}
}

func TestAConsumerGoesOnAtOnceAfterAServerRestart(t *testing.T) {
	s, nc, _, st := single(t)
	msgs, _, _ := consuming(t, consumerOf(t, st), jetstream.PullHeartbeat(500*time.Millisecond), jetstream.PullExpiry(time.Second))
	for range 2 {
		s.down()
		until(t, "the loss", func() bool { return !nc.IsConnected() })
		s.up()
		js := newJS(t, connect(t, s.url()))
		var at time.Time
		until(t, "the consumer", func() bool {
			_, err := js.Consumer(moment(t), "S", "C")
			at = time.Now()
			return err == nil
		})
		must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.x", []byte("x")))
		receive(t, "a message", msgs)
		soon(t, "the next message after the restart", time.Since(at))
	}
}

func TestNoHeartbeatIsMissedWhileTheLinkIsDown(t *testing.T) {
	s, nc, _, st := single(t)
	_, errs, _ := consuming(t, consumerOf(t, st), jetstream.PullHeartbeat(500*time.Millisecond), jetstream.PullExpiry(time.Second))
	it := must1[jetstream.MessagesContext](t)(consumerOf(t, st).Messages(jetstream.PullHeartbeat(500*time.Millisecond), jetstream.PullExpiry(time.Second)))
	defer it.Stop()
	s.down()
	until(t, "the loss", func() bool { return !nc.IsConnected() })
	if m, err := it.Next(jetstream.NextMaxWait(2500 * time.Millisecond)); err != nats.ErrTimeout {
		t.Errorf("the iterator gave %v, %v", m, err)
	}
	s.up()
	until(t, "the link", nc.IsConnected)
	for len(errs) > 0 {
		if err := <-errs; errors.Is(err, jetstream.ErrNoHeartbeat) {
			t.Errorf("it reported %v", err)
		}
	}
}

func TestAnEphemeralConsumerThatIsGoneAfterARestartIsReported(t *testing.T) {
	s, _, _, st := single(t)
	c := must1[jetstream.Consumer](t)(st.CreateConsumer(within(t), jetstream.ConsumerConfig{MemoryStorage: true, InactiveThreshold: time.Hour}))
	_, errs, cc := consuming(t, c)
	it := must1[jetstream.MessagesContext](t)(c.Messages())
	s.down()
	s.up()
	end := make(chan error, 1)
	go func() {
		for {
			if _, err := it.Next(); err != nil {
				end <- err
				return
			}
		}
	}()
	begin := time.Now()
	receive(t, "the end", cc.Closed())
	var last error
	for len(errs) > 0 {
		last = <-errs
	}
	if last != jetstream.ErrConsumerDeleted {
		t.Errorf("the last report is %v", last)
	}
	if err := receive(t, "the iterator's end", end); err != jetstream.ErrConsumerDeleted {
		t.Errorf("the iterator ended with %v", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestADeletedConsumerEndsAllThatWait(t *testing.T) {
	_, _, _, st := single(t)
	c := consumerOf(t, st)
	_, errs, cc := consuming(t, c)
	it := must1[jetstream.MessagesContext](t)(c.Messages())
	end := make(chan error, 1)
	go func() {
		_, err := it.Next()
		end <- err
	}()
	b := must1[jetstream.MessageBatch](t)(c.Fetch(10))
	until(t, "three pulls", func() bool {
		info, err := c.Info(moment(t))
		return err == nil && info.NumWaiting == 3
	})
	must(t, st.DeleteConsumer(within(t), "C"))
	receive(t, "the end", cc.Closed())
	if err := receive(t, "a report", errs); err != jetstream.ErrConsumerDeleted {
		t.Errorf("it reported %v", err)
	}
	if err := receive(t, "the iterator's end", end); err != jetstream.ErrConsumerDeleted {
		t.Errorf("the iterator ended with %v", err)
	}
	if _, err := it.Next(); err != jetstream.ErrMsgIteratorClosed {
		t.Errorf("behind its end it says %v", err)
	}
	for range b.Messages() {
	}
	if err := b.Error(); err != jetstream.ErrConsumerDeleted {
		t.Errorf("the fetch ended with %v", err)
	}
	// One that was never there isn't waited for, either.
	begin := time.Now()
	if _, err := c.Next(); err != nats.ErrNoResponders || time.Since(begin) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}

func TestAFetchGoesOnOverALostLink(t *testing.T) {
	t.Parallel()
	_, nc, js, st := single(t)
	b := must1[jetstream.MessageBatch](t)(consumerOf(t, st).Fetch(3, jetstream.FetchMaxWait(20*time.Second)))
	fill(t, js, 1)
	receive(t, "the first", b.Messages())
	back := make(chan struct{}, 1)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- struct{}{} })
	must(t, nc.ForceReconnect())
	receive(t, "the reconnect", back)
	fill(t, js, 2)
	got := 0
	for range b.Messages() {
		got++
	}
	if got != 2 || b.Error() != nil {
		t.Errorf("got %d after it, and %v", got, b.Error())
	}
}

func TestDrainHandlesWhatCameAndStopDoesnt(t *testing.T) {
	t.Parallel()
	_, nc, js, st := single(t)
	fill(t, js, 100)
	c := consumerOf(t, st)
	handled := 0
	first, others := make(chan struct{}), make(chan struct{})
	before := nc.Stats().InMsgs
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		if handled++; handled == 1 {
			close(first)
			<-others // a slow one: the rest waits
		}
		m.Ack()
	}))
	receive(t, "the first", first)
	// What the server has counted as delivered may not be on its way yet.
	until(t, "the others", func() bool { return nc.Stats().InMsgs-before >= 100 })
	cc.Drain()
	close(others)
	receive(t, "the drain", cc.Closed())
	if handled != 100 {
		t.Errorf("%d were handled", handled)
	}
	until(t, "the acknowledgements", func() bool {
		info, err := c.Info(moment(t))
		return err == nil && info.NumAckPending == 0 && info.NumWaiting == 0
	})

	fill(t, js, 100)
	handled = 0
	got := make(chan jetstream.ConsumeContext, 1)
	cc = must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		if handled++; handled == 5 {
			(<-got).Stop() // from the handler itself
		}
	}))
	got <- cc
	receive(t, "the end", cc.Closed())
	if handled != 5 {
		t.Errorf("%d were handled", handled)
	}
	cc.Stop()
	cc.Drain()

	d := consumerOf(t, st, jetstream.ConsumerConfig{Durable: "D"})
	before = nc.Stats().InMsgs
	it := must1[jetstream.MessagesContext](t)(d.Messages())
	must1[jetstream.Msg](t)(it.Next())
	until(t, "some more", func() bool { return nc.Stats().InMsgs-before >= 50 })
	it.Drain()
	rest := 0
	for {
		_, err := it.Next()
		if err != nil {
			if err != jetstream.ErrMsgIteratorClosed {
				t.Errorf("it ended with %v", err)
			}
			break
		}
		rest++
	}
	if rest == 0 {
		t.Error("what was on its way is dropped")
	}
}

func TestNextEndsWithWhateverEndsTheIterator(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(*nats.Conn, jetstream.MessagesContext)
		want error
	}{
		"stop":  {func(_ *nats.Conn, it jetstream.MessagesContext) { it.Stop() }, jetstream.ErrMsgIteratorClosed},
		"drain": {func(_ *nats.Conn, it jetstream.MessagesContext) { it.Drain() }, jetstream.ErrMsgIteratorClosed},
		"close": {func(nc *nats.Conn, _ jetstream.MessagesContext) { nc.Close() }, jetstream.ErrConnectionClosed},
	} {
		t.Run(name, func(t *testing.T) {
			_, nc, _, st := single(t)
			c := consumerOf(t, st)
			it := must1[jetstream.MessagesContext](t)(c.Messages())
			b := must1[jetstream.MessageBatch](t)(c.Fetch(1, jetstream.FetchMaxWait(300*time.Millisecond)))
			ends := make(chan error, 4)
			for range 4 {
				go func() {
					_, err := it.Next()
					ends <- err
				}()
			}
			tc.end(nc, it)
			for range 4 {
				if err := receive(t, "the end", ends); !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			}
			if _, err := it.Next(); !errors.Is(err, tc.want) {
				t.Errorf("afterwards: %v", err)
			}
			for range b.Messages() {
				t.Error("a message from nowhere")
			}
		})
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	_, nc, js, st := single(t)
	c := consumerOf(t, st)
	round := func() {
		fill(t, js, 3)
		must1[jetstream.Msg](t)(c.Next())
		b := must1[jetstream.MessageBatch](t)(c.Fetch(2))
		got := 0
		for range b.Messages() {
			got++
		}
		if got != 2 || b.Error() != nil {
			t.Errorf("of two it got %d, and %v", got, b.Error())
		}
		b = must1[jetstream.MessageBatch](t)(c.FetchNoWait(1))
		for range b.Messages() {
			t.Error("there is one more")
		}
		ctx, cancel := context.WithCancel(within(t))
		b = must1[jetstream.MessageBatch](t)(c.Fetch(1, jetstream.FetchContext(ctx)))
		cancel()
		for range b.Messages() {
		}
		if err := b.Error(); err != context.Canceled {
			t.Errorf("a fetch whose context ended: %v", err)
		}
		cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(jetstream.Msg) {}))
		cc.Stop()
		receive(t, "the end", cc.Closed())
		it := must1[jetstream.MessagesContext](t)(c.Messages())
		it.Stop()
		it = must1[jetstream.MessagesContext](t)(c.Messages())
		it.Drain()
		if _, err := it.Next(jetstream.NextContext(within(t))); err != jetstream.ErrMsgIteratorClosed {
			t.Errorf("a drained iterator: %v", err)
		}
	}
	round()
	subs, routines := nc.NumSubscriptions(), runtime.NumGoroutine()
	for range 50 {
		round()
	}
	until(t, "the subscriptions", func() bool { return nc.NumSubscriptions() <= subs })
	until(t, "the goroutines", func() bool { return runtime.NumGoroutine() <= routines+2 })
}

// A drain of the connection lets handlers finish, and their acknowledgements go out.
func TestADrainOfTheConnectionWaitsForHandlers(t *testing.T) {
	t.Parallel()
	s, nc, js, st := single(t)
	fill(t, js, 50)
	c := consumerOf(t, st)
	var handled, failed atomic.Int64
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		handled.Add(1)
		time.Sleep(time.Millisecond)
		if m.DoubleAck(within(t)) != nil {
			failed.Add(1)
		}
	}))
	it := must1[jetstream.MessagesContext](t)(consumerOf(t, st, jetstream.ConsumerConfig{Durable: "D"}).Messages())
	must1[jetstream.Msg](t)(it.Next(jetstream.NextContext(within(t))))
	until(t, "some", func() bool { return handled.Load() > 3 })
	closed := make(chan struct{})
	nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
	must(t, nc.Drain())
	for {
		if _, err := it.Next(); err != nil {
			if err != jetstream.ErrMsgIteratorClosed {
				t.Errorf("the iterator ended with %v", err)
			}
			break
		}
	}
	receive(t, "the consumption's end", cc.Closed())
	receive(t, "the connection's", closed)
	if failed.Load() != 0 {
		t.Errorf("%d of %d acknowledgements failed", failed.Load(), handled.Load())
	}
	other := newJS(t, connect(t, s.url()))
	info := must1[jetstream.Consumer](t)(other.Consumer(within(t), "S", "C")).CachedInfo()
	if int64(info.AckFloor.Consumer) != handled.Load() {
		t.Errorf("%d were handled, and %d acknowledged", handled.Load(), info.AckFloor.Consumer)
	}
}

// A fetch of bytes doesn't wait when no byte is left.
func TestAFetchOfBytesEndsWithItsLastByte(t *testing.T) {
	_, _, js, st := single(t)
	for range 20 {
		must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.x", make([]byte, 100)))
	}
	c := consumerOf(t, st)
	m := must1[jetstream.Msg](t)(c.Next())
	size := len(m.Subject()) + len(m.Reply()) + len(m.Data())
	for d, want := range map[int]int{-1: 1, 0: 2, 1: 2} {
		begin := time.Now()
		b := must1[jetstream.MessageBatch](t)(c.FetchBytes(2*size+d, jetstream.FetchMaxWait(5*time.Second)))
		n := 0
		for range b.Messages() {
			n++
		}
		if n != want || b.Error() != nil || time.Since(begin) > 3*time.Second {
			t.Errorf("of twice %d%+d bytes it got %d, and %v after %v", size, d, n, b.Error(), time.Since(begin))
		}
	}
}
