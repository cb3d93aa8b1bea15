package nats_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

func TestMaxReconnectsGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b := memServer(t, n, addrA), memServer(t, n, addrB)
		var r recorder
		nc := connect(t, a.URL()+","+b.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(),
			nats.MaxReconnects(3), nats.ReconnectWait(time.Second), nats.ReconnectJitter(0, 0))...)
		must(t, nc.Publish("a", nil))
		must(t, nc.Flush())
		n.Refuse(addrB)
		a.Stop()
		r.wait(t, "disconnected", 1)
		publishNumbers(t, nc, "a", 0, 5)
		r.wait(t, "closed", 1)
		if got := r.count("attempt failed"); got != 6 {
			t.Errorf("%d attempts, want 3 for each of 2 servers", got)
		}
		if !errors.Is(nc.LastError(), nats.ErrNoServers) {
			t.Errorf("LastError: %v", nc.LastError())
		}
		if err := nc.Publish("a", nil); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("Publish: %v", err)
		}
		if r.dropped() != 5 {
			t.Errorf("%d messages reported as given up, want 5", r.dropped())
		}
		synctest.Wait()
		if r.count("closed") != 1 {
			t.Errorf("%d × closed", r.count("closed"))
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
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA)
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), c.opt)...)
				statuses := nc.StatusChanged()
				sub, err := nc.SubscribeSync("a")
				must(t, err)
				waiting := make(chan error, 1)
				go func() { _, err := sub.NextMsg(time.Hour); waiting <- err }()
				synctest.Wait()
				s.Last().HangUp()
				r.wait(t, "closed", 1)
				if r.count("disconnected") != 1 || n.Dials(addrA) != 1 || nc.LastError() == nil {
					t.Errorf("%d disconnects, %d dials, LastError %v", r.count("disconnected"), n.Dials(addrA), nc.LastError())
				}
				if err := receive(t, "NextMsg", waiting); !errors.Is(err, nats.ErrConnectionClosed) {
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
		last = receive(t, "a status", statuses)
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		nc := connect(t, s.URL(), nats.SetCustomDialer(n), nats.NoReconnect())
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
			bubble(t, func(t *testing.T, n *natstest.Network) {
				n.Refuse(addrA)
				var r recorder
				nc := connect(t, "nats://"+addrA, r.options(append(opts, nats.SetCustomDialer(n), nats.RetryOnFailedConnect(true))...)...)
				r.wait(t, "closed", 1)
				synctest.Wait()
				if !nc.IsClosed() || !errors.Is(nc.LastError(), nats.ErrNoServers) {
					t.Errorf("status %v, LastError %v", nc.Status(), nc.LastError())
				}
				if n.Dials(addrA) != 1 || r.count("attempt failed") != 1 || r.count("closed") != 1 || r.count("disconnected") != 0 {
					t.Errorf("%d dials, %d × attempt failed, %d × closed, %d × disconnected",
						n.Dials(addrA), r.count("attempt failed"), r.count("closed"), r.count("disconnected"))
				}
			})
		})
	}
}

// passes returns the times between failed attempts at one server.

func passes(t *testing.T, n *natstest.Network, count int, opts ...nats.Option) (waits []time.Duration) {
	t.Helper()
	s := memServer(t, n, addrA)
	var r recorder
	connect(t, s.URL(), r.options(append(opts, nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)...)
	n.Refuse(addrA)
	s.Last().HangUp()
	r.waitIn(t, time.Hour, "attempt failed", count+1)
	failed := r.of("attempt failed")
	for i := range count {
		waits = append(waits, failed[i+1].at.Sub(failed[i].at))
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
			bubble(t, func(t *testing.T, n *natstest.Network) {
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var old, withErr atomic.Int32
		nc := connect(t, s.URL(), quick(nats.SetCustomDialer(n), nats.DisconnectHandler(func(*nats.Conn) { old.Add(1) }))...)
		s.Last().HangUp()
		until(t, "the deprecated handler", func() bool { return old.Load() == 1 })
		must(t, nc.WaitConnected(t.Context()))
		nc.SetDisconnectErrHandler(func(*nats.Conn, error) { withErr.Add(1) })
		s.Last().HangUp()
		until(t, "the handler", func() bool { return withErr.Load() == 1 })
		synctest.Wait()
		if old.Load() != 1 {
			t.Error("the deprecated handler was called beside the other")
		}
	})
}

func TestNoCallbacksAfterClientClose(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.NoCallbacksAfterClientClose())...)
		synctest.Wait()
		r.wait(t, "connected", 1)
		nc.Close()
		synctest.Wait()
		if r.count("closed")+r.count("disconnected") != 0 {
			t.Errorf("called: %v", r.events)
		}
		// Another end is told.
		nc = connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.NoCallbacksAfterClientClose(), nats.NoReconnect())...)
		s.Last().HangUp()
		r.wait(t, "closed", 1)
	})
}

// A program started with one URL outlives that server, and those after it.

// countingDialer counts the writes of the connections that it makes.

// Subscriptions that begin, end or are limited while there is no connection.

// Whatever a callback returns is asked for at each attempt, and signed for the

// server's own nonce.
