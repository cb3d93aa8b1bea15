package lossless

import (
	"errors"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/internal/natstest"
)

// TestDeadServersAreNoticedInTime stops a real server's process, or drops what is
// on the way to and from it, under a client that is idle and under one that
// publishes: it is noticed within 1.2 times StaleAfter.
func TestDeadServersAreNoticedInTime(t *testing.T) {
	const budget = 3 * time.Second
	faults := map[string]func(s *cluster.Server, p *natstest.Proxy) error{
		"SIGSTOP":                         func(s *cluster.Server, _ *natstest.Proxy) error { return s.Pause() },
		"link drops everything":           func(_ *cluster.Server, p *natstest.Proxy) error { p.BlackHole(natstest.Both); return nil },
		"link drops what the server says": func(_ *cluster.Server, p *natstest.Proxy) error { p.BlackHole(natstest.ToClient); return nil },
		"link takes nothing more":         func(_ *cluster.Server, p *natstest.Proxy) error { p.Stall(natstest.Both); return nil },
	}
	for name, fault := range faults {
		for kind, busy := range map[string]bool{"idle": false, "busy": true} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				c := servers(t, cluster.Config{Servers: 1})
				s := c.Server(0)
				proxy := natstest.NewProxy(t, s.Addr())
				lost := make(chan error, 1)
				nc := connect(t, proxy.URL(), nats.StaleAfter(budget), nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1),
					nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
						select {
						case lost <- err:
						default:
						}
					}))
				stop, done := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(done)
					for tick := time.NewTicker(10 * time.Millisecond); busy; {
						select {
						case <-tick.C:
							_ = nc.Publish("a", make([]byte, 2000))
						case <-stop:
							tick.Stop()
							return
						}
					}
				}()
				defer func() { close(stop); <-done }()
				if err := nc.Flush(); err != nil {
					t.Fatal(err)
				}
				select { // nothing is wrong yet
				case err := <-lost:
					t.Fatal("a false alarm:", err)
				case <-time.After(3 * budget / 2):
				}
				begin := time.Now()
				if err := fault(s, proxy); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-lost:
					d := time.Since(begin)
					t.Logf("noticed after %v, that is %.2f of the budget", d.Round(time.Millisecond), float64(d)/float64(budget))
					if !errors.Is(err, nats.ErrStaleConnection) {
						t.Errorf("lost with %v", err)
					}
					if d > budget*12/10 {
						t.Errorf("noticed after %v, the budget is %v", d, budget)
					}
				case <-time.After(patience):
					t.Fatal("not noticed")
				}
				if name == "SIGSTOP" {
					if err := s.Resume(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}
