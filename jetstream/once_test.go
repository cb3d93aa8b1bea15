package jetstream_test

import (
	"context"
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
	"github.com/evernats/nats/jetstream"
)

// publishing is a way to publish a message with an id, until the end of patience.
type publishing struct {
	name    string
	publish func(t *testing.T, nc *nats.Conn) (end <-chan error)
}

const longPatience = 10 * time.Minute

func inTheBack(f func() error) <-chan error {
	end := make(chan error, 1)
	go func() { end <- f() }()
	return end
}

// sync and async are the ways of both faces.
var (
	syncWays = []publishing{
		{"sync", func(t *testing.T, nc *nats.Conn) <-chan error {
			js, err := jetstream.New(nc)
			Must(t, err)
			return inTheBack(func() error {
				ctx, cancel := context.WithTimeout(context.Background(), longPatience)
				defer cancel()
				_, err := js.Publish(ctx, "s.x", nil, jetstream.WithMsgID("1"))
				return err
			})
		}},
		{"older sync", func(t *testing.T, nc *nats.Conn) <-chan error {
			js, err := nc.JetStream()
			Must(t, err)
			return inTheBack(func() error {
				ctx, cancel := context.WithTimeout(context.Background(), longPatience)
				defer cancel()
				_, err := js.Publish("s.x", nil, nats.MsgId("1"), nats.Context(ctx))
				return err
			})
		}},
	}
	asyncWays = []publishing{
		{"async", func(t *testing.T, nc *nats.Conn) <-chan error {
			js, err := jetstream.New(nc)
			Must(t, err)
			f, err := js.PublishAsync("s.x", nil, jetstream.WithMsgID("1"))
			Must(t, err)
			return f.Err()
		}},
		{"older async", func(t *testing.T, nc *nats.Conn) <-chan error {
			js, err := nc.JetStream()
			Must(t, err)
			f, err := js.PublishAsync("s.x", nil, nats.MsgId("1"))
			Must(t, err)
			return f.Err()
		}},
	}
)

// taken is a stream that takes messages and says nothing: the times at which it got copies.
func taken(t *testing.T, url string, n *natstest.Network) (copies func() []time.Duration) {
	nc := Connect(t, url, Quick(nats.SetCustomDialer(n), nats.PingInterval(time.Hour))...)
	born := time.Now()
	var mu sync.Mutex
	var all []time.Duration
	_, err := nc.Subscribe("s.x", func(*nats.Msg) {
		mu.Lock()
		all = append(all, time.Since(born))
		mu.Unlock()
	})
	Must(t, err)
	Must(t, nc.Flush())
	return func() []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// A message that a stream may have, and whose answer was lost, goes out again for as long as
// streams remember ids, which is two minutes; and not behind that, whatever waits where for
// a link. What can't be known then is said.
func TestNoCopyGoesOutThatMayBeStoredTwice(t *testing.T) {
	stuck := func(t *testing.T, nc *nats.Conn, n *natstest.Network) {
		n.Stall(AddrA, natstest.ToServer)
		Must(t, nc.Publish("fill", make([]byte, 256<<10))) // more than the network holds
		time.Sleep(8 * time.Second)                        // the next copy waits behind it
	}
	for _, c := range []struct {
		name    string
		ways    []publishing
		trouble func(t *testing.T, nc *nats.Conn, n *natstest.Network)
		more    int // copies that may come besides the first
		opts    []nats.Option
	}{
		{"the stream is silent", syncWays, nil, 200, nil},
		{"the link is lost", syncWays, func(*testing.T, *nats.Conn, *natstest.Network) {}, 0, nil},
		{"a copy is stuck", syncWays, stuck, 0, nil},
		{"a copy is stuck", asyncWays, stuck, 0, nil},
		{"the connection sends it again", append(syncWays, asyncWays...), func(*testing.T, *nats.Conn, *natstest.Network) {}, 0,
			[]nats.Option{nats.AtLeastOnce()}},
	} {
		for _, way := range c.ways {
			t.Run(c.name+", "+way.name, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					bus := natstest.NewBus()
					cluster := func(cfg *natstest.Config) { cfg.Bus = bus }
					a, b := MemServer(t, n, AddrA, cluster), MemServer(t, n, AddrB, cluster)
					copies := taken(t, b.URL(), n)
					nc := Connect(t, a.URL(), Quick(append(c.opts, nats.SetCustomDialer(n), nats.PingInterval(time.Hour), nats.ReconnectWait(time.Second))...)...)
					if c.opts != nil {
						n.BlackHole(AddrA, natstest.ToClient) // the server's confirmation is lost, too
					}
					end := way.publish(t, nc)
					synctest.Wait()
					if c.trouble != nil {
						c.trouble(t, nc, n)
						n.Refuse(AddrA)
						n.Cut(AddrA)
						time.Sleep(3 * time.Minute)
						n.Heal(AddrA)
					}
					var err error
					select {
					case err = <-end:
					case <-time.After(5 * time.Minute):
					}
					if !errors.Is(err, nats.ErrInDoubt) {
						t.Errorf("it ends with %v", err)
					}
					time.Sleep(10 * time.Second)
					got := copies()
					if len(got) == 0 || len(got) > 1+c.more || got[len(got)-1] > 2*time.Minute {
						t.Errorf("copies came at %v", got)
					}
				})
			})
		}
	}
}

// What waited for its first link for an hour is stored, and goes out again when that link
// is lost.
func TestWhatDidNotGoOutIsNotOld(t *testing.T) {
	for _, way := range append(syncWays, asyncWays...) {
		t.Run(way.name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				bus := natstest.NewBus()
				cluster := func(cfg *natstest.Config) { cfg.Bus = bus }
				a, b := MemServer(t, n, AddrA, cluster), MemServer(t, n, AddrB, cluster)
				stream := Connect(t, b.URL(), Quick(nats.SetCustomDialer(n))...)
				var copies atomic.Int32
				_, err := stream.Subscribe("s.x", func(m *nats.Msg) {
					if copies.Add(1) > 1 {
						m.Respond([]byte(`{"stream":"S","seq":1}`))
					}
				})
				Must(t, err)
				nc := Connect(t, a.URL(), Quick(nats.SetCustomDialer(n), nats.ReconnectWait(time.Second))...)
				n.Refuse(AddrA)
				n.Cut(AddrA)
				synctest.Wait()
				end := way.publish(t, nc)
				time.Sleep(5 * time.Minute)
				n.Heal(AddrA)
				for copies.Load() == 0 {
					time.Sleep(10 * time.Millisecond)
				}
				n.Cut(AddrA)
				time.Sleep(10 * time.Second)
				if copies.Load() != 2 {
					t.Errorf("%d copies came", copies.Load())
				}
				select {
				case err := <-end:
					if err != nil {
						t.Errorf("it ends with %v", err)
					}
				default: // a future without an error
				}
			})
		})
	}
}

// What the connection's buffer gives up ends its future at once, in both faces.
func TestAFutureHearsWhatTheConnectionGaveUp(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []nats.Option
		want error
	}{
		{"full", []nats.Option{nats.OutboundFull(nats.DropOldest), nats.ReconnectBufSize(100)}, nats.ErrMessageDropped},
		{"too old", []nats.Option{nats.PublishTTL(time.Second)}, nats.ErrMessageExpired},
	} {
		for _, way := range asyncWays {
			t.Run(c.name+", "+way.name, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA)
					nc := Connect(t, s.URL(), Quick(append(c.opts, nats.SetCustomDialer(n), nats.ReconnectWait(time.Second))...)...)
					n.Refuse(AddrA)
					n.Cut(AddrA)
					synctest.Wait()
					end := way.publish(t, nc)
					Must(t, nc.Publish("other", make([]byte, 100)))
					Must(t, nc.Publish("other", nil))
					if err := Receive(t, "an end", end); !errors.Is(err, c.want) {
						t.Errorf("it ends with %v", err)
					}
				})
			})
		}
	}
}
