package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Everything that a connection does goes on while it moves to and fro: messages of
// others and its own, a queue group, answers; and nobody is told of anything.
func TestNothingIsLostOrDoubledByAMove(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		p := newPlace(t, n)
		var plain, lent, queued, away numbers
		_, err := p.nc.Subscribe("in", plain.handle)
		Must(t, err)
		_, err = p.nc.SubscribeLent("in", lent.handleLent)
		Must(t, err)
		_, err = p.nc.QueueSubscribe("in", "group", queued.handle)
		Must(t, err)
		_, err = p.other[1].QueueSubscribe("in", "group", queued.handle)
		Must(t, err)
		_, err = p.nc.QueueSubscribeLent("in", "group", queued.handleLent)
		Must(t, err)
		_, err = p.other[0].Subscribe("out", away.handle)
		Must(t, err)
		_, err = p.other[1].Subscribe("ask", func(m *nats.Msg) { _ = m.Respond(m.Data) })
		Must(t, err)
		for _, nc := range []*nats.Conn{p.nc, p.other[0], p.other[1]} {
			Must(t, nc.Flush())
		}
		in, out := stream(t, p.other[0], "in"), stream(t, p.nc, "out")
		var asked sync.WaitGroup
		done := make(chan struct{})
		asked.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				case <-time.After(time.Millisecond):
				}
				asked.Go(func() {
					if m, err := p.nc.Request("ask", fmt.Append(nil, i), 2*time.Second); err != nil || string(m.Data) != fmt.Sprint(i) {
						t.Errorf("request: %v", err)
					}
				})
			}
		})
		for i := range 4 {
			Must(t, p.migrate())
			p.at([]*natstest.Server{p.b, p.a}[i%2])
		}
		close(done)
		asked.Wait()
		received := in()
		plain.are(t, "the subscriber", received, true)
		lent.are(t, "the subscriber that messages are lent to", received, true)
		queued.are(t, "the queue group", received, false)
		away.are(t, "the other program", out(), true)
		// On virtual time nobody is held up by a machine: one message comes each
		// millisecond, and what publishes is held up by the switch alone.
		if plain.gap > 2*time.Millisecond || queued.gap > 2*time.Millisecond || away.gap >= 5*time.Millisecond {
			t.Errorf("the longest gaps: %v, of the queue group %v, of the other program %v", plain.gap, queued.gap, away.gap)
		}
		p.quiet()
		if s := p.nc.Stats(); s.Reconnects != 0 {
			t.Errorf("statistics: %+v", s)
		}
	})
}

// A lame duck is left before it hangs up, and its handler is called as ever; without the
// option it isn't left.
func TestALameDuckIsLeft(t *testing.T) {
	for _, on := range []bool{true, false} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			p := newPlace(t, n, nats.LameDuckMigration(on))
			conn := p.a.Conns()[0]
			conn.SendInfo(natstest.Info{ServerID: p.a.Info().ServerID, LameDuckMode: true})
			p.r.Wait(t, "lame duck", 1)
			time.Sleep(9 * time.Second)
			if on {
				p.at(p.b)
			} else {
				p.at(p.a)
			}
			p.quiet("lame duck")
		})
	}
}

// A program that asks for a move, and then doesn't wait for it, doesn't keep the
// connection from leaving a lame duck, nor from what somebody else still waits for.
func TestAMoveThatOneWaitsForNoMore(t *testing.T) {
	for what, begin := range map[string]func(p *place){
		"a lame duck": func(p *place) {
			p.a.Conns()[0].SendInfo(natstest.Info{ServerID: p.a.Info().ServerID, LameDuckMode: true})
			p.r.Wait(p.t, "lame duck", 1)
		},
		"somebody else": func(p *place) {
			go func() {
				if err := p.migrate(); err != nil {
					p.t.Errorf("the one who waits: %v", err)
				}
			}()
			time.Sleep(10 * time.Millisecond)
		},
		"nobody": func(*place) {},
	} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			p := newPlace(t, n)
			begin(p)
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			if err := p.nc.Migrate(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", what, err)
			}
			time.Sleep(9 * time.Second)
			if what == "nobody" {
				p.at(p.a)
			} else {
				p.at(p.b)
			}
			p.quiet("lame duck")
		})
	}
}

// Counts of messages, and what is subscribed to or not in the middle of a move, hold on
// the new server.
func TestSubscriptionsThatChangeInAMove(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		p := newPlace(t, n)
		var limited, late, lateQueue, ended numbers
		count, err := p.nc.Subscribe("in", limited.handle)
		Must(t, err)
		Must(t, count.AutoUnsubscribe(3500))
		gone, err := p.nc.Subscribe("gone", ended.handle)
		Must(t, err)
		Must(t, p.nc.Flush())
		in := stream(t, p.other[0], "in")
		moved := make(chan error, 1)
		time.Sleep(100 * time.Millisecond)
		go func() { moved <- p.migrate() }()
		time.Sleep(500 * time.Millisecond)
		_, err = p.nc.Subscribe("late", late.handle)
		Must(t, err)
		_, err = p.nc.QueueSubscribe("late", "group", lateQueue.handle)
		Must(t, err)
		shortened, err := p.nc.SubscribeSync("in")
		Must(t, err)
		Must(t, shortened.AutoUnsubscribe(2000))
		Must(t, gone.Unsubscribe())
		Must(t, p.nc.Flush())
		for i := range 100 {
			Must(t, p.other[1].Publish("late", fmt.Append(nil, i)))
			Must(t, p.other[1].Publish("gone", fmt.Append(nil, i)))
			time.Sleep(10 * time.Millisecond)
		}
		Must(t, Receive(t, "the end of the move", moved))
		time.Sleep(4 * time.Second)
		in()
		limited.are(t, "the one with a count", 3500, true)
		late.are(t, "the new one", 100, true)
		lateQueue.are(t, "the new one of a queue", 100, true)
		for i := range 2000 {
			if _, err := shortened.NextMsg(time.Second); err != nil {
				t.Fatalf("message %d of the one with a new count: %v", i, err)
			}
		}
		if _, err := shortened.NextMsg(time.Second); !errors.Is(err, nats.ErrMaxMessages) {
			t.Errorf("after the last: %v", err)
		}
		ended.are(t, "the one that ended", 0, true)
		p.at(p.b)
		if subs := p.b.Last().Subscriptions(); len(subs) != 2 {
			t.Errorf("subscriptions there: %v", subs)
		}
		p.quiet()
	})
}

// There is nobody else, or nobody who can be reached: the connection stays, and is made
// anew when it is lost.
func TestNoOtherServer(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var rests []time.Duration
		p := newPlace(t, n, nats.EventHandler(func(_ *nats.Conn, e nats.Event) {
			if e.Kind == nats.EventAttemptFailed {
				rests = append(rests, e.NextDelay)
			}
		}))
		n.Refuse(AddrB)
		Must(t, p.nc.SetServerPool([]string{p.a.URL()}))
		if err := p.migrate(); !errors.Is(err, nats.ErrMigration) {
			t.Errorf("with one server: %v", err)
		}
		Must(t, p.nc.SetServerPool([]string{p.a.URL(), p.b.URL()}))
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := p.nc.Migrate(ctx); !errors.Is(err, nats.ErrMigration) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with none that answers: %v", err)
		}
		p.quiet()
		synctest.Wait()
		if len(rests) < 3 || slices.Min(rests) < 100*time.Millisecond || slices.Max(rests) > 3*time.Second {
			t.Errorf("between the attempts it rests for %v", rests)
		}
		p.a.Conns()[0].HangUp()
		p.r.Wait(t, "reconnected", 1)
	})
}

// No other server can be reached in the ten seconds of a lame duck, which goes on serving
// for longer, as servers do that hang up on one client after the other: whoever has asked
// is told when these are over, and the connection moves as soon as it can.
func TestALameDuckThatGoesOn(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		p := newPlace(t, n)
		n.Refuse(AddrB)
		p.a.Conns()[0].SendInfo(natstest.Info{ServerID: p.a.Info().ServerID, LameDuckMode: true})
		p.r.Wait(t, "lame duck", 1)
		begin := time.Now()
		err := p.nc.Migrate(context.Background())
		if took := time.Since(begin); !errors.Is(err, nats.ErrMigration) || took < 10*time.Second || took > 11*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
		time.Sleep(40 * time.Second)
		n.Heal(AddrB)
		time.Sleep(6 * time.Second)
		p.at(p.b)
		p.quiet("lame duck")
	})
}

// What Migrate says of a connection that can't be moved.
func TestMigrateErrors(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var none *nats.Conn
		if err := none.Migrate(context.Background()); err != nats.ErrInvalidConnection {
			t.Errorf("nil: %v", err)
		}
		p := newPlace(t, n)
		if err := p.nc.Migrate(nil); err != nats.ErrInvalidContext { //nolint:staticcheck // that is the case
			t.Errorf("no context: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		told := make(chan error, 1)
		go func() { told <- p.nc.Migrate(ctx) }()
		time.Sleep(500 * time.Millisecond)
		cancel()
		if err := Receive(t, "the end", told); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		time.Sleep(time.Second)
		p.at(p.a)
		go func() { told <- p.migrate() }()
		time.Sleep(500 * time.Millisecond)
		p.nc.Close()
		if err := Receive(t, "the end", told); !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrMigration) {
			t.Errorf("closed meanwhile: %v", err)
		}
		if err := p.migrate(); err != nats.ErrConnectionClosed {
			t.Errorf("closed: %v", err)
		}
	})
}

// A drain in the middle of a move ends as it would without.
func TestADrainInAMove(t *testing.T) {
	for _, after := range []time.Duration{200 * time.Millisecond, 1300 * time.Millisecond, 1600 * time.Millisecond, 3 * time.Second} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			p := newPlace(t, n)
			var got atomic.Int64
			_, err := p.nc.Subscribe("in", func(*nats.Msg) { got.Add(1) })
			Must(t, err)
			Must(t, p.nc.Flush())
			in := stream(t, p.other[0], "in")
			go func() { _ = p.migrate() }()
			time.Sleep(after)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			begin := time.Now()
			Must(t, p.nc.DrainWithContext(ctx))
			if took := time.Since(begin); took > time.Second {
				t.Errorf("begun after %v, the drain took %v", after, took)
			}
			if n, sent := got.Load(), int64(in()); n < int64(after/time.Millisecond)*9/10 || n > sent {
				t.Errorf("after %v: %d of %d messages", after, n, sent)
			}
			p.quiet("closed", "disconnected")
		})
	}
}

// A program that may not publish to its own inbox moves without a proof, in more time.
func TestAMoveWithoutProbes(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		p := newPlace(t, n)
		refuse := func(*natstest.Conn) natstest.Behavior {
			return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
				if op.Kind == "PUB" && len(op.Subject) > 7 && op.Subject[:7] == "_INBOX." {
					c.SendErr(fmt.Sprintf(`Permissions Violation for Publish to "%s"`, op.Subject))
					return true
				}
				return false
			}}
		}
		p.a.Conns()[0].Update(func(b *natstest.Behavior) { *b = refuse(nil) })
		p.b.Behave(refuse)
		var plain numbers
		_, err := p.nc.Subscribe("in", plain.handle)
		Must(t, err)
		Must(t, p.nc.Flush())
		in := stream(t, p.other[0], "in")
		Must(t, p.migrate())
		plain.are(t, "the subscriber", in(), true)
		p.at(p.b)
		p.quiet()
	})
}
