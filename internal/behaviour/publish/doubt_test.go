package publish_test

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
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// What waited out an outage is fenced like everything else: long after it was sent
// a loss leaves nothing in doubt.
func TestMessagesOfAnOutageAreFenced(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		PublishNumbers(t, nc, "a", 0, 100)
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		s.Last().WaitOp("PUB", 100)
		time.Sleep(10 * time.Second) // of virtual time
		s.Last().HangUp()
		r.Wait(t, "reconnected", 2)
		if r.InDoubt() != 0 {
			t.Errorf("%d in doubt ten seconds after they were sent", r.InDoubt())
		}
	})
}

// PublishConfirmed never says yes to a message that was lost, in whichever moment
// the connection dies.
func TestPublishConfirmedIsNeverWrong(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
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
			for _, l := range n.Links(AddrA) {
				l.LoseAfter(natstest.ToServer, 1+37*i%3000)
			}
			r.Wait(t, "reconnected", i)
		}
		close(stop)
		all.Wait()
		for _, p := range Payloads("a", s) {
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.AtLeastOnceLimit(10_000),
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
		Must(t, Receive(t, "100 messages within the limit of ten", done))
		Must(t, nc.Flush())
		if got := len(Payloads("a", s)); got != 100 {
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
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				let := make(chan struct{})
				var mu sync.Mutex
				calls, msgs := 0, 0
				nc := Connect(t, s.URL(), nats.SetCustomDialer(n), nats.MaxReconnects(-1),
					nats.OutboundFull(nats.DropOldest), nats.ReconnectBufSize(1000), opt(func(n int) {
						<-let
						mu.Lock()
						calls++
						msgs += n
						mu.Unlock()
					}))
				n.Refuse(AddrA)
				s.Last().HangUp()
				synctest.Wait()
				const total = 50_000
				PublishNumbers(t, nc, "a", 0, total)
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.ReconnectToServer(func([]nats.Server, nats.ServerInfo) (*nats.Server, time.Duration) {
				return &nats.Server{URL: MustURL(t, "nats://s3cr3t@10.9.9.9:4222")}, 0
			}))...)
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		for _, h := range r.Of("attempt failed") {
			if strings.Contains(h.Err.Error(), "s3cr3t") {
				t.Errorf("shows the token: %v", h.Err)
			}
		}
	})
}

// PINGs that wait in the queue of a slow link aren't unanswered yet.
func TestPingIntervalRaisesNoFalseAlarmOnASlowLink(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		n.SetBuffer(1 << 10)
		s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "PUB" {
				time.Sleep(100 * time.Millisecond) // of virtual time: the server's speed
			}
			return op.Kind == "PUB"
		}})))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.PingInterval(time.Second), nats.FenceEvery(math.MaxInt, math.MaxInt64))...)
		for range 300 { // half a minute's worth
			Must(t, nc.Publish("a", make([]byte, 1000)))
		}
		time.Sleep(time.Minute) // of virtual time
		Must(t, nc.Flush())
		if r.Count("disconnected") != 0 {
			t.Errorf("a false alarm: %v", r.Of("disconnected")[0].Err)
		}
		n.BlackHole(AddrA, natstest.ToClient) // a real one is noticed in the time it always took
		begin := time.Now()
		h := r.Wait(t, "disconnected", 1)
		if d := h.At.Sub(begin); d > 4*time.Second || !errors.Is(h.Err, nats.ErrStaleConnection) {
			t.Errorf("%v after %v", h.Err, d)
		}
	})
}
