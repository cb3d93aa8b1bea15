package lossless

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/internal/natstest"
)

// TestDeadServersAreNoticedInTime stops a real server's process, or drops what is
// on the way to and from it, under a client that is idle and under one that
// publishes: each notices it within 1.2 times StaleAfter.
func TestDeadServersAreNoticedInTime(t *testing.T) {
	const budget = 3 * time.Second
	for name, fault := range map[string]func(s *cluster.Server, p *natstest.Proxy) error{
		"SIGSTOP":                 func(s *cluster.Server, _ *natstest.Proxy) error { return s.Pause() },
		"everything is dropped":   func(_ *cluster.Server, p *natstest.Proxy) error { p.BlackHole(natstest.Both); return nil },
		"its answers are dropped": func(_ *cluster.Server, p *natstest.Proxy) error { p.BlackHole(natstest.ToClient); return nil },
		"the link takes no more":  func(_ *cluster.Server, p *natstest.Proxy) error { p.Stall(natstest.Both); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := servers(t, cluster.Config{Servers: 1})
			s := c.Server(0)
			proxy := natstest.NewProxy(t, s.Addr())
			type loss struct {
				kind string
				at   time.Time
				err  error
			}
			losses := make(chan loss, 100)
			open := func(kind string) *nats.Conn {
				return connect(t, proxy.URL(), nats.StaleAfter(budget), nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1),
					nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
					nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { losses <- loss{kind, time.Now(), err} }))
			}
			open("idle")
			busy := open("busy")
			var stalled atomic.Int64
			stop, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				tick := time.NewTicker(10 * time.Millisecond)
				defer tick.Stop()
				for last := time.Now(); ; {
					select {
					case now := <-tick.C:
						if gap := now.Sub(last); gap > budget/12 {
							stalled.Add(int64(gap)) // this process didn't run, which doesn't count
						}
						last = now
						_ = busy.Publish("a", make([]byte, 2000))
					case <-stop:
						return
					}
				}
			}()
			defer func() { close(stop); <-done }()
			select { // nothing is wrong yet
			case l := <-losses:
				t.Fatalf("a false alarm of the %s one: %v", l.kind, l.err)
			case <-time.After(budget):
			}
			begin := time.Now()
			stalled.Store(0)
			if err := fault(s, proxy); err != nil {
				t.Fatal(err)
			}
			for seen := make(map[string]bool); len(seen) < 2; {
				select {
				case l := <-losses:
					if seen[l.kind] {
						continue
					}
					seen[l.kind] = true
					d := l.at.Sub(begin)
					t.Logf("%s: noticed after %v, %.2f of the budget", l.kind, d.Round(time.Millisecond), float64(d)/float64(budget))
					if d-time.Duration(stalled.Load()) > budget*12/10 {
						t.Errorf("%s: noticed after %v, the budget is %v", l.kind, d, budget)
					}
					if !errors.Is(l.err, nats.ErrStaleConnection) {
						t.Errorf("%s: lost with %v", l.kind, l.err)
					}
				case <-time.After(patience):
					t.Fatal("not noticed")
				}
			}
			if name == "SIGSTOP" {
				if err := s.Resume(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
