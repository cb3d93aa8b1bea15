package chaos

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// durables are the consumers, the first of which has two workers.
var durables = []string{"shared", "single"}

// publishers publishes with ids, asynchronously, and writes down what becomes of each. The
// first has one message on its way at a time, and so all of them in order.
func (r *run) publishers(p int) {
	js := r.js(fmt.Sprint("publisher ", p), jetstream.WithPublishAsyncMaxPending(1000))
	type pending struct {
		f     jetstream.PubAckFuture
		ended func(uint64, error, bool)
	}
	wait := func(f pending) {
		// A future that never ends is left open.
		select {
		case ack := <-f.f.Ok():
			f.ended(ack.Sequence, nil, false)
		case err := <-f.f.Err():
			r.h.event("publishing %s: %v", f.f.Msg().Header.Get(jetstream.MsgIDHeader), err)
			f.ended(0, err, errors.Is(err, nats.ErrInDoubt))
		case <-time.After(2 * patience):
			r.h.event("the future of %s doesn't end", f.f.Msg().Subject)
		}
	}
	futures := make(chan pending, 100_000)
	r.wg.Go(func() {
		defer close(futures)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-r.work.Done():
				return
			case <-tick.C:
			}
			ended := r.h.publish(p, n)
			f, err := js.PublishAsync(fmt.Sprint("chaos.p", p), fmt.Appendf(nil, "%d %d", p, n),
				jetstream.WithMsgID(id(p, n)), jetstream.WithStallWait(patience))
			switch {
			case err != nil:
				ended(0, err, false)
			case p == 0:
				wait(pending{f, ended})
			default:
				futures <- pending{f, ended}
			}
		}
	})
	r.wg.Go(func() {
		for f := range futures {
			wait(f)
		}
	})
}

// parse reads a message's publisher and number.
func parse(t testing.TB, data []byte) (m stored) {
	if _, err := fmt.Sscan(string(data), &m.publisher, &m.n); err != nil {
		t.Errorf("a message %q: %v", data, err)
	}
	return m
}

// consumers takes messages from the durable consumers. What it returns waits until there
// are no more.
func (r *run) consumers() (finish func()) {
	var running []jetstream.ConsumeContext
	for i, name := range []string{durables[0], durables[0], durables[1]} {
		who := fmt.Sprintf("worker %d of %s", i, name)
		js := r.js(who)
		r.until(who, func(ctx context.Context) error {
			c, err := js.Consumer(ctx, "CHAOS", name)
			if err != nil {
				return err
			}
			cc, err := c.Consume(func(msg jetstream.Msg) {
				meta, err := msg.Metadata()
				if err != nil {
					r.Errorf("%s: %v", who, err)
					return
				}
				m := parse(r, msg.Data())
				m.seq = meta.Sequence.Stream
				r.h.consume(name, m)
				if err := msg.Ack(); err != nil {
					r.h.event("%s: acknowledging %d: %v", who, m.seq, err)
				}
			}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { r.h.event("%s: %v", who, err) }))
			if err == nil {
				running = append(running, cc)
			}
			return err
		})
	}
	return func() {
		for _, name := range durables {
			var left uint64
			for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				c, err := r.look.Consumer(ctx, "CHAOS", name)
				cancel()
				left = 1
				if err == nil {
					left = c.CachedInfo().NumPending + uint64(c.CachedInfo().NumAckPending)
				}
				if left == 0 {
					break
				}
			}
			r.h.do(func(time.Duration) { r.h.left[name] = left })
		}
		for _, cc := range running {
			cc.Stop()
			<-cc.Closed()
		}
	}
}

// ordered reads the whole stream with an ordered consumer.
func (r *run) ordered() (finish func()) {
	js := r.js("the ordered consumer")
	var cc jetstream.ConsumeContext
	r.until("the ordered consumer", func(ctx context.Context) error {
		c, err := js.OrderedConsumer(ctx, "CHAOS", jetstream.OrderedConsumerConfig{})
		if err != nil {
			return err
		}
		cc, err = c.Consume(func(msg jetstream.Msg) {
			meta, err := msg.Metadata()
			if err != nil {
				r.Error(err)
				return
			}
			m := parse(r, msg.Data())
			m.seq = meta.Sequence.Stream
			r.h.do(func(at time.Duration) {
				m.at = at
				r.h.ordered = append(r.h.ordered, m)
			})
		}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			r.h.event("the ordered consumer: %v", err)
		}))
		return err
	})
	return func() {
		r.reaches("the ordered consumer", func() bool { return len(r.h.ordered) >= len(r.h.stored) })
		cc.Stop()
		<-cc.Closed()
	}
}

// reaches waits for what is written down to come so far; the checker says what is
// missing if it doesn't.
func (r *run) reaches(who string, enough func() bool) {
	for end := time.Now().Add(patience / 2); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		ok := false
		r.h.do(func(time.Duration) { ok = enough() })
		if ok {
			return
		}
	}
	r.h.event("%s hasn't reached the end", who)
}
