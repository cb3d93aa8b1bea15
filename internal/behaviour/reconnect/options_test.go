package reconnect_test

import (
	"errors"
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

func TestMaxReconnectsGivesUp(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b := MemServer(t, n, AddrA), MemServer(t, n, AddrB)
		var r Recorder
		nc := Connect(t, a.URL()+","+b.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(),
			nats.MaxReconnects(3), nats.ReconnectWait(time.Second), nats.ReconnectJitter(0, 0))...)
		Must(t, nc.Publish("a", nil))
		Must(t, nc.Flush())
		n.Refuse(AddrB)
		a.Stop()
		r.Wait(t, "disconnected", 1)
		PublishNumbers(t, nc, "a", 0, 5)
		r.Wait(t, "closed", 1)
		if got := r.Count("attempt failed"); got != 6 {
			t.Errorf("%d attempts, want 3 for each of 2 servers", got)
		}
		if !errors.Is(nc.LastError(), nats.ErrNoServers) {
			t.Errorf("LastError: %v", nc.LastError())
		}
		if err := nc.Publish("a", nil); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("Publish: %v", err)
		}
		if r.Dropped() != 5 {
			t.Errorf("%d messages reported as given up, want 5", r.Dropped())
		}
		synctest.Wait()
		if r.Count("closed") != 1 {
			t.Errorf("%d × closed", r.Count("closed"))
		}
	})
}

func TestNoReconnectClosesAtALoss(t *testing.T) {
	for name, c := range map[string]struct {
		opt  nats.Option
		next nats.Status // announced before CLOSED
	}{
		"NoReconnect":      {nats.NoReconnect(), nats.DISCONNECTED},
		"MaxReconnects(0)": {nats.MaxReconnects(0), nats.RECONNECTING},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), c.opt)...)
				statuses := nc.StatusChanged()
				sub, err := nc.SubscribeSync("a")
				Must(t, err)
				waiting := make(chan error, 1)
				go func() { _, err := sub.NextMsg(time.Hour); waiting <- err }()
				synctest.Wait()
				s.Last().HangUp()
				r.Wait(t, "closed", 1)
				if r.Count("disconnected") != 1 || n.Dials(AddrA) != 1 || nc.LastError() == nil {
					t.Errorf("%d disconnects, %d dials, LastError %v", r.Count("disconnected"), n.Dials(AddrA), nc.LastError())
				}
				if err := Receive(t, "NextMsg", waiting); !errors.Is(err, nats.ErrConnectionClosed) {
					t.Errorf("NextMsg: %v", err)
				}
				announced := announcedToTheEnd(t, statuses)
				if want := []nats.Status{c.next, nats.CLOSED}; !slices.Equal(announced, want) {
					t.Errorf("announced %v, want %v", announced, want)
				}
			})
		})
	}
}

// announcedToTheEnd returns what a channel has, in a bubble, once a connection has
// ended.
func announcedToTheEnd(t *testing.T, statuses <-chan nats.Status) (all []nats.Status) {
	t.Helper()
	for last := nats.CONNECTED; last != nats.CLOSED; {
		last = Receive(t, "a status", statuses)
		all = append(all, last)
	}
	synctest.Wait()
	for len(statuses) > 0 {
		all = append(all, <-statuses)
	}
	return all
}

// The user's own Close announces nothing but CLOSED.
func TestCloseAnnouncesClosedAlone(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n), nats.NoReconnect())
		statuses := nc.StatusChanged()
		nc.Close()
		announced := announcedToTheEnd(t, statuses)
		if !slices.Equal(announced, []nats.Status{nats.CLOSED}) {
			t.Errorf("announced %v", announced)
		}
	})
}

// With RetryOnFailedConnect no server is no error of Connect, even when there is no
// attempt after the first: handlers say what came of it.
func TestRetryOnFailedConnectWithoutFurtherAttempts(t *testing.T) {
	for name, opts := range map[string][]nats.Option{
		"MaxReconnects(0)":                 {nats.MaxReconnects(0)},
		"MaxReconnects(0) and NoReconnect": {nats.MaxReconnects(0), nats.NoReconnect()},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				n.Refuse(AddrA)
				var r Recorder
				nc := Connect(t, "nats://"+AddrA, r.Options(append(opts, nats.SetCustomDialer(n), nats.RetryOnFailedConnect(true))...)...)
				r.Wait(t, "closed", 1)
				synctest.Wait()
				if !nc.IsClosed() || !errors.Is(nc.LastError(), nats.ErrNoServers) {
					t.Errorf("status %v, LastError %v", nc.Status(), nc.LastError())
				}
				if n.Dials(AddrA) != 1 || r.Count("attempt failed") != 1 || r.Count("closed") != 1 || r.Count("disconnected") != 0 {
					t.Errorf("%d dials, %d × attempt failed, %d × closed, %d × disconnected",
						n.Dials(AddrA), r.Count("attempt failed"), r.Count("closed"), r.Count("disconnected"))
				}
			})
		})
	}
}

// passes returns the times between failed attempts at one server.
func passes(t *testing.T, n *natstest.Network, count int, opts ...nats.Option) (waits []time.Duration) {
	t.Helper()
	s := MemServer(t, n, AddrA)
	var r Recorder
	Connect(t, s.URL(), r.Options(append(opts, nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)...)
	n.Refuse(AddrA)
	s.Last().HangUp()
	r.WaitIn(t, time.Hour, "attempt failed", count+1)
	failed := r.Of("attempt failed")
	for i := range count {
		waits = append(waits, failed[i+1].At.Sub(failed[i].At))
	}
	return waits
}

func TestWaitsBetweenPasses(t *testing.T) {
	for name, c := range map[string]struct {
		opts     []nats.Option
		min, max time.Duration
	}{
		"ReconnectWait":           {[]nats.Option{nats.ReconnectWait(3 * time.Second), nats.ReconnectJitter(0, 0)}, 3 * time.Second, 3 * time.Second},
		"ReconnectJitter":         {[]nats.Option{nats.ReconnectWait(3 * time.Second), nats.ReconnectJitter(2*time.Second, 0)}, 3 * time.Second, 5 * time.Second},
		"ReconnectJitterMax":      {[]nats.Option{nats.ReconnectWait(3 * time.Second), nats.ReconnectJitter(time.Minute, 0), nats.ReconnectJitterMax(time.Second)}, 3 * time.Second, 4 * time.Second},
		"defaults":                {nil, 2 * time.Second, 2100 * time.Millisecond},
		"ReconnectBackoff":        {[]nats.Option{nats.ReconnectBackoff(time.Second, 5*time.Second)}, 0, 5 * time.Second},
		"CustomReconnectDelay":    {[]nats.Option{nats.CustomReconnectDelay(func(int) time.Duration { return 7 * time.Second })}, 7 * time.Second, 7 * time.Second},
		"CustomReconnectDelay, 0": {[]nats.Option{nats.CustomReconnectDelay(func(int) time.Duration { return 0 })}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				for i, d := range passes(t, n, 20, c.opts...) {
					if d < c.min || d > c.max {
						t.Errorf("wait %d was %v, want between %v and %v", i, d, c.min, c.max)
					}
				}
			})
		})
	}
}

func TestReconnectBackoffGrows(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		waits := passes(t, n, 40, nats.ReconnectBackoff(100*time.Millisecond, 10*time.Second))
		for i, d := range waits[:4] {
			if bound := 100 * time.Millisecond << i; d > bound {
				t.Errorf("wait %d was %v, the bound is %v", i, d, bound)
			}
		}
		if longest := slices.Max(waits); longest < time.Second {
			t.Errorf("the longest of %d waits was %v: it doesn't grow", len(waits), longest)
		}
	})
}

func TestCustomReconnectDelayIsToldTheNumberOfPasses(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var mu sync.Mutex
		var told []int
		passes(t, n, 5, nats.CustomReconnectDelay(func(n int) time.Duration {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, n)
			return time.Second
		}))
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(told[:5], []int{1, 2, 3, 4, 5}) {
			t.Errorf("told %v", told)
		}
	})
}

func TestDisconnectedCB(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var old, withErr atomic.Int32
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.DisconnectHandler(func(*nats.Conn) { old.Add(1) }))...)
		s.Last().HangUp()
		Until(t, "the deprecated handler", func() bool { return old.Load() == 1 })
		Must(t, nc.WaitConnected(t.Context()))
		nc.SetDisconnectErrHandler(func(*nats.Conn, error) { withErr.Add(1) })
		s.Last().HangUp()
		Until(t, "the handler", func() bool { return withErr.Load() == 1 })
		synctest.Wait()
		if old.Load() != 1 {
			t.Error("the deprecated handler was called beside the other")
		}
	})
}

func TestNoCallbacksAfterClientClose(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.NoCallbacksAfterClientClose())...)
		synctest.Wait()
		r.Wait(t, "connected", 1)
		nc.Close()
		synctest.Wait()
		if r.Count("closed")+r.Count("disconnected") != 0 {
			t.Errorf("called: %v", r.All())
		}
		// Another end is told.
		nc = Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.NoCallbacksAfterClientClose(), nats.NoReconnect())...)
		s.Last().HangUp()
		r.Wait(t, "closed", 1)
	})
}
