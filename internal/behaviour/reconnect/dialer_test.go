package reconnect_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// auditing embeds a net.Dialer, as dialers for proxies and audits do, and so has
// a DialContext that goes around its own Dial.
type auditing struct {
	net.Dialer
	calls atomic.Int32
}

func (d *auditing) Dial(network, address string) (net.Conn, error) {
	d.calls.Add(1)
	return d.Dialer.Dial(network, address)
}

func TestCustomDialersOwnDialIsCalledThoughItEmbedsANetDialer(t *testing.T) {
	for name, ws := range map[string]bool{"nats": false, "websocket": true} {
		t.Run(name, func(t *testing.T) {
			s := natstest.NewServer(t, natstest.Config{WebSocket: ws})
			d := &auditing{}
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(d), nats.ReconnectWait(time.Millisecond))...)
			Must(t, nc.ForceReconnect())
			r.Wait(t, "reconnected", 1)
			if d.calls.Load() != 2 {
				t.Errorf("its own Dial was called %d times, want 2", d.calls.Load())
			}
		})
	}
}

// overlapping counts how many calls of Dial are under way, each of which takes a
// while and heeds nothing.
type overlapping struct {
	n               *natstest.Network
	takes           time.Duration
	now, most, done atomic.Int32
}

func (d *overlapping) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d *overlapping) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.most.Store(max(d.most.Load(), d.now.Add(1)))
	defer d.done.Add(1)
	defer d.now.Add(-1)
	time.Sleep(d.takes) // of virtual time
	return d.n.DialContext(ctx, network, address)
}

// unfit is one that doesn't say that it is ready for several calls at once.
type unfit struct{ *overlapping }

// fit says that it is.
type fit struct{ *overlapping }

func (d fit) DialServer(ctx context.Context, network, address string) (net.Conn, error) {
	return d.DialContext(ctx, network, address)
}

func TestCustomDialerIsCalledFromOneGoroutineAtATimeUnlessAsked(t *testing.T) {
	for name, c := range map[string]struct {
		opts []nats.Option
		fit  bool
		most int32
	}{
		"by default":               {nil, false, 1},
		"delay of zero":            {[]nats.Option{nats.ConnectionAttemptDelay(0)}, false, 1},
		"negative delay":           {[]nats.Option{nats.ConnectionAttemptDelay(-1)}, false, 1},
		"delay that was asked for": {[]nats.Option{nats.ConnectionAttemptDelay(100 * time.Millisecond)}, false, 2},
		"resilient":                {[]nats.Option{nats.Resilient()}, false, 2},
		"a dialer that is ready":   {nil, true, 2},
	} {
		// Longer than Timeout: an attempt is over before its Dial is.
		for _, takes := range []time.Duration{time.Second, 3 * time.Second} {
			t.Run(name+" "+takes.String(), func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					d := &overlapping{n: n, takes: takes}
					var dialer nats.CustomDialer = unfit{d}
					if c.fit {
						dialer = fit{d}
					}
					urls := "nats://" + AddrA + ",nats://" + AddrB + ",nats://" + AddrC
					_, err := nats.Connect(urls, append(c.opts, nats.SetCustomDialer(dialer), nats.RetryOnFailedConnect(false))...)
					if err == nil {
						t.Fatal("connected to nobody")
					}
					time.Sleep(10 * time.Second) // of virtual time: the last call has returned
					most := d.most.Load()
					if c.most == 1 && most != 1 || c.most > 1 && most < 2 {
						t.Errorf("up to %d calls at once, want %d", most, c.most)
					}
				})
			})
		}
	}
}
