package nats_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// What waited out an outage is fenced like everything else: long after it was sent
// a loss leaves nothing in doubt.
func TestMessagesOfAnOutageAreFenced(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		publishNumbers(t, nc, "a", 0, 100)
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		s.Last().WaitOp("PUB", 100)
		time.Sleep(10 * time.Second) // of virtual time
		s.Last().HangUp()
		r.wait(t, "reconnected", 2)
		if r.inDoubt() != 0 {
			t.Errorf("%d in doubt ten seconds after they were sent", r.inDoubt())
		}
	})
}

// PublishConfirmed never says yes to a message that was lost, in whichever moment
// the connection dies.
func TestPublishConfirmedIsNeverWrong(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		var mu sync.Mutex
		confirmed := make(map[string]bool)
		var all sync.WaitGroup
		stop := make(chan struct{})
		for g := range 20 {
			all.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					p := fmt.Sprintf("%d.%d", g, i)
					err := nc.PublishConfirmed(context.Background(), &nats.Msg{Subject: "a", Data: []byte(p)})
					if err == nil {
						mu.Lock()
						confirmed[p] = true
						mu.Unlock()
					} else if !errors.Is(err, nats.ErrInDoubt) {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := 1; i <= 300; i++ {
			for _, l := range n.Links(addrA) {
				l.LoseAfter(natstest.ToServer, 1+37*i%3000)
			}
			r.wait(t, "reconnected", i)
		}
		close(stop)
		all.Wait()
		for _, p := range payloads("a", s) {
			delete(confirmed, p)
		}
		if len(confirmed) > 0 {
			t.Errorf("%d confirmed, but no server has read them", len(confirmed))
		}
	})
}

// A limit on what is unconfirmed asks for a fence when it is reached, however rare
// the program wants them.
func TestAtLeastOnceLimitAsksForAFence(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		nc := connect(t, s.URL(), quick(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.AtLeastOnceLimit(10_000),
			nats.FenceEvery(math.MaxInt, math.MaxInt64))...)
		done := make(chan error, 1)
		go func() {
			for range 100 {
				if err := nc.PublishWithContext(context.Background(), &nats.Msg{Subject: "a", Data: make([]byte, 1000)}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		must(t, receive(t, "100 messages within the limit of ten", done))
		must(t, nc.Flush())
		if got := len(payloads("a", s)); got != 100 {
			t.Errorf("%d arrived", got)
		}
	})
}

// Reports that a slow handler hasn't come to are summed up, so that dropping at
// full speed takes no memory.
func TestReportsOfDroppedMessagesAreSummedUp(t *testing.T) {
	for name, opt := range map[string]func(f func(n int)) nats.Option{
		"dropped handler": func(f func(n int)) nats.Option {
			return nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) { f(m.Msgs) })
		},
		"error handler": func(f func(n int)) nats.Option {
			return nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
				var d *nats.DroppedError
				if errors.As(err, &d) {
					f(d.Msg.Msgs)
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA)
				let := make(chan struct{})
				var mu sync.Mutex
				calls, msgs := 0, 0
				nc := connect(t, s.URL(), nats.SetCustomDialer(n), nats.MaxReconnects(-1),
					nats.OutboundFull(nats.DropOldest), nats.ReconnectBufSize(1000), opt(func(n int) {
						<-let
						mu.Lock()
						calls++
						msgs += n
						mu.Unlock()
					}))
				n.Refuse(addrA)
				s.Last().HangUp()
				synctest.Wait()
				const total = 50_000
				publishNumbers(t, nc, "a", 0, total)
				left := nc.Stats().OutMsgs
				nc.Close()
				close(let)
				synctest.Wait()
				if msgs != total || left != total {
					t.Errorf("%d reported as dropped of %d", msgs, total)
				}
				if calls > 10 {
					t.Errorf("%d calls for what happened during the first", calls)
				}
			})
		})
	}
}

// A server that isn't in the pool is named without its secrets.
func TestNoSecretInTheErrorOfAServerNotInThePool(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.ReconnectToServer(func([]nats.Server, nats.ServerInfo) (*nats.Server, time.Duration) {
				return &nats.Server{URL: mustURL(t, "nats://s3cr3t@10.9.9.9:4222")}, 0
			}))...)
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		for _, h := range r.of("attempt failed") {
			if strings.Contains(h.err.Error(), "s3cr3t") {
				t.Errorf("shows the token: %v", h.err)
			}
		}
	})
}

// PINGs that wait in the queue of a slow link aren't unanswered yet.
func TestPingIntervalRaisesNoFalseAlarmOnASlowLink(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		n.SetBuffer(1 << 10)
		s := memServer(t, n, addrA, behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "PUB" {
				time.Sleep(100 * time.Millisecond) // of virtual time: the server's speed
			}
			return op.Kind == "PUB"
		}})))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.PingInterval(time.Second), nats.FenceEvery(math.MaxInt, math.MaxInt64))...)
		for range 300 { // half a minute's worth
			must(t, nc.Publish("a", make([]byte, 1000)))
		}
		time.Sleep(time.Minute) // of virtual time
		must(t, nc.Flush())
		if r.count("disconnected") != 0 {
			t.Errorf("a false alarm: %v", r.of("disconnected")[0].err)
		}
		n.BlackHole(addrA, natstest.ToClient) // a real one is noticed in the time it always took
		begin := time.Now()
		h := r.wait(t, "disconnected", 1)
		if d := h.at.Sub(begin); d > 4*time.Second || !errors.Is(h.err, nats.ErrStaleConnection) {
			t.Errorf("%v after %v", h.err, d)
		}
	})
}
