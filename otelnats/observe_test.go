package otelnats_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/otelnats"
)

// A life with a loss, three seconds without a server, and messages, to the last figure.
func TestMetricsSayWhatHappened(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		c := newCollected(t)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n), nats.Name("billing"), nats.AtLeastOnce(),
			nats.ReconnectWait(3*time.Second), nats.ReconnectJitter(0, 0))
		_, err := otelnats.Observe(nc, c.option(), otelnats.WithAttributes(attribute.String("team", "a")))
		Must(t, err)
		got := make(chan *nats.Msg, 10)
		_, err = nc.ChanSubscribe("a", got)
		Must(t, err)
		PublishNumbers(t, nc, "a", 0, 3)
		Must(t, nc.Flush())
		for range 3 {
			Receive(t, "a message", got)
		}
		const id = "{billing,team=a"
		state := func(name string) string {
			return "nats.client.connection.count" + id[:8] + ",nats.client.connection.state=" + name + ",team=a}"
		}
		connected := "nats.client.connection.count{billing,nats.client.connection.state=connected,server.address=10.0.0.1,server.port=4222,team=a}"
		c.expect(t, map[string]float64{
			connected: 1, state("reconnecting"): 0, state("connecting"): 0,
			"messaging.client.sent.messages{billing,messaging.operation.name=publish,team=a}":     3,
			"messaging.client.consumed.messages{billing,messaging.operation.name=receive,team=a}": 3,
			"nats.client.io{billing,network.io.direction=transmit,team=a}":                        3,
			"nats.client.io{billing,network.io.direction=receive,team=a}":                         3,
			"nats.client.reconnects" + id + "}":                                                   0,
			"nats.client.queue.size" + id + "}":                                                   0,
			"nats.client.queue.limit" + id + "}":                                                  float64(nats.DefaultReconnectBufSize),
			"nats.client.unconfirmed.messages" + id + "}":                                         0,
			"nats.client.subscription.count" + id + "}":                                           1,
			"nats.client.in_doubt.messages" + id + "}":                                            0,
			"nats.client.slow_consumer.count" + id + "}":                                          0,
			"nats.client.slow_consumer.dropped.messages" + id + "}":                               0,
			"nats.client.permission.denials" + id + "}":                                           0,
			"nats.client.events.lost" + id + "}":                                                  0,
		})

		s.Last().SendErr(`Permissions Violation for Publish to "x"`)
		s.Last().Update(Mute)
		PublishNumbers(t, nc, "b", 0, 2)
		synctest.Wait()
		c.expect(t, map[string]float64{"nats.client.unconfirmed.messages" + id + "}": 2, "nats.client.permission.denials" + id + "}": 1})
		s.Kill()
		Until(t, "a loss", nc.IsReconnecting)
		PublishNumbers(t, nc, "b", 2, 1)
		time.Sleep(time.Second)
		c.expect(t, map[string]float64{
			state("connected"): 0, state("reconnecting"): 1,
			"nats.client.in_doubt.messages" + id + "}": 2,
			"nats.client.reconnects" + id + "}":        0,
			"nats.client.connection.attempts{billing,error.type=dial,nats.client.connection.attempt.result=failed,server.address=10.0.0.1,server.port=4222,team=a}": 1,
		})
		if size := c.all(t)["nats.client.queue.size"+id+"}"]; size < 3*float64(len("PUB b 1\r\n0\r\n")) {
			t.Errorf("%v bytes wait", size)
		}
		s.Behave(nil)
		s.Start()
		Until(t, "a reconnect", nc.IsConnected)
		Must(t, nc.Flush())
		c.expect(t, map[string]float64{
			connected: 1, state("reconnecting"): 0,
			"nats.client.in_doubt.messages" + id + "}":    2,
			"nats.client.replayed.messages" + id + "}":    2,
			"nats.client.reconnects" + id + "}":           1,
			"nats.client.outage.duration" + id + "}":      1,
			"nats.client.outage.duration" + id + "} sum":  3,
			"nats.client.queue.size" + id + "}":           0,
			"nats.client.unconfirmed.messages" + id + "}": 0,
			"nats.client.connection.attempts{billing,nats.client.connection.attempt.result=succeeded,server.address=10.0.0.1,server.port=4222,team=a}": 1,
			"messaging.client.sent.messages{billing,messaging.operation.name=publish,team=a}":                                                          6,
		})
	})
}

// Moves to another server are counted, with those that were given up.
func TestMovesAreCounted(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		bus := natstest.NewBus()
		joined := func(cfg *natstest.Config) { cfg.Bus = bus }
		a, b := MemServer(t, n, AddrA, joined), MemServer(t, n, AddrB, joined)
		c := newCollected(t)
		nc := Connect(t, a.URL()+","+b.URL(), nats.SetCustomDialer(n), nats.Name("m"), nats.DontRandomize())
		_, err := otelnats.Observe(nc, c.option())
		Must(t, err)
		expect := func(succeeded, failed, reconnects float64) {
			t.Helper()
			synctest.Wait()
			c.expect(t, map[string]float64{
				"nats.client.migrations{m,nats.client.migration.result=succeeded}": succeeded,
				"nats.client.migrations{m,nats.client.migration.result=failed}":    failed,
				"nats.client.reconnects{m}":                                        reconnects,
			})
		}
		expect(0, 0, 0)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		Must(t, nc.Migrate(ctx))
		expect(1, 0, 0)
		Must(t, nc.SetServerPool([]string{b.URL()}))
		if err := nc.Migrate(ctx); !errors.Is(err, nats.ErrMigration) {
			t.Errorf("with nowhere to go: %v", err)
		}
		expect(1, 1, 0)
	})
}

// Messages that are given up are counted by reason.
func TestDroppedMessagesAreCounted(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		c := newCollected(t)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n), nats.Name("d"), nats.PublishTTL(time.Second), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
			nats.ReconnectWait(3*time.Second), nats.ReconnectJitter(0, 0))
		_, err := otelnats.Observe(nc, c.option())
		Must(t, err)
		s.Kill()
		Until(t, "a loss", nc.IsReconnecting)
		PublishNumbers(t, nc, "b", 0, 5)
		time.Sleep(2 * time.Second)
		c.expect(t, map[string]float64{"nats.client.dropped.messages{d,error.type=message_expired}": 5})
	})
}

// What a slow subscription drops is counted while it does, and once, over several times
// of slowness, and by the template of its subject if there is one.
func TestWhatSlowConsumersDropIsCounted(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		c := newCollected(t)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n), nats.Name("s"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		template := func(subject string) string {
			if strings.HasPrefix(subject, "orders.") {
				return "orders.*"
			}
			return ""
		}
		_, err := otelnats.Observe(nc, c.option(), otelnats.WithDestination(template))
		Must(t, err)
		var gate atomic.Pointer[chan struct{}]
		shut := func() {
			ch := make(chan struct{})
			gate.Store(&ch)
		}
		shut()
		var subs []*nats.Subscription
		for _, subject := range []string{"orders.1", "orders.2", "else"} {
			sub, err := nc.Subscribe(subject, func(*nats.Msg) { <-*gate.Load() })
			Must(t, err)
			Must(t, sub.SetPendingLimits(2, -1))
			subs = append(subs, sub)
		}
		flood := func(subject string, n int) {
			t.Helper()
			PublishNumbers(t, nc, subject, 0, n)
			Must(t, nc.Flush())
			synctest.Wait()
		}
		dropped := func(i int) float64 {
			t.Helper()
			n, err := subs[i].Dropped()
			Must(t, err)
			if n == 0 {
				t.Fatal("nothing was dropped")
			}
			return float64(n)
		}
		const orders, rest, slow = "nats.client.slow_consumer.dropped.messages{s,messaging.destination.template=orders.*}",
			"nats.client.slow_consumer.dropped.messages{s}", "nats.client.slow_consumer.count{s}"
		flood("orders.1", 15)
		flood("orders.2", 17)
		flood("else", 13)
		c.expect(t, map[string]float64{orders: dropped(0) + dropped(1), rest: dropped(2), slow: 3})
		flood("else", 4)
		c.expect(t, map[string]float64{orders: dropped(0) + dropped(1), rest: dropped(2), slow: 3})
		close(*gate.Load())
		synctest.Wait()
		for _, subject := range []string{"orders.1", "orders.2", "else"} {
			flood(subject, 1) // tells that it has recovered
		}
		first := dropped(0) + dropped(1)
		c.expect(t, map[string]float64{orders: first, rest: dropped(2), slow: 0})
		shut()
		flood("orders.1", 14)
		both := dropped(0) + dropped(1)
		if both < first+10 {
			t.Errorf("%v dropped, and then %v", first, both)
		}
		c.expect(t, map[string]float64{orders: both, rest: dropped(2), slow: 1})
		Must(t, subs[0].Unsubscribe())
		synctest.Wait()
		c.expect(t, map[string]float64{orders: both, rest: dropped(2), slow: 0})
		close(*gate.Load())
	})
}

// Each connection has its own series, which go with it, and no goroutine stays.
func TestConnectionsAreToldApart(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		c := newCollected(t)
		dial := func(opts ...nats.Option) *nats.Conn {
			return Connect(t, s.URL(), append(opts, nats.SetCustomDialer(n))...)
		}
		one, two, three, four := dial(nats.Name("app")), dial(nats.Name("app")), dial(), dial()
		_, err := otelnats.Observe(one, c.option())
		Must(t, err)
		stop, err := otelnats.Observe(two, c.option())
		Must(t, err)
		_, err = otelnats.Observe(three, c.option())
		Must(t, err)
		_, err = otelnats.Observe(four, c.option(), otelnats.WithClientID("other"))
		Must(t, err)
		for i, nc := range []*nats.Conn{one, two, three, four} {
			PublishNumbers(t, nc, "x", 0, i+1)
		}
		sent := func(id string) string {
			return "messaging.client.sent.messages{" + id + ",messaging.operation.name=publish}"
		}
		c.expect(t, map[string]float64{sent("app"): 1, sent("app-2"): 2, sent("nats"): 3, sent("other"): 4})
		series := len(c.all(t))

		one.Close()
		stop()
		stop()
		synctest.Wait()
		left := c.all(t)
		for name := range left {
			if strings.Contains(name, "{app") {
				t.Errorf("%s is still there", name)
			}
		}
		if len(left) != series/2 {
			t.Errorf("%d series of %d are left", len(left), series)
		}
		if !two.IsConnected() {
			t.Error("stop has closed the connection")
		}
		again := dial(nats.Name("app"))
		_, err = otelnats.Observe(again, c.option())
		Must(t, err)
		c.expect(t, map[string]float64{sent("app"): 0})

		if _, err := otelnats.Observe(one, c.option()); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("a closed connection gives %v", err)
		}
		if _, err := otelnats.Observe(nil); !errors.Is(err, nats.ErrInvalidConnection) {
			t.Errorf("no connection gives %v", err)
		}
	})
}

// However many servers there were, their attempts take a bounded number of series.
func TestServersAreBounded(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		c := newCollected(t)
		pool := []string{s.URL()}
		for i := range 200 {
			pool = append(pool, fmt.Sprintf("nats://10.1.0.%d:4222", i))
		}
		nc := Connect(t, strings.Join(pool, ","), nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.ReconnectWait(time.Second), nats.ReconnectJitter(0, 0))
		_, err := otelnats.Observe(nc, c.option())
		Must(t, err)
		s.Kill()
		time.Sleep(10 * time.Second)
		attempts, series := 0.0, 0
		for name, v := range c.all(t) {
			if strings.HasPrefix(name, "nats.client.connection.attempts{") {
				attempts += v
				series++
			}
		}
		if series > 51 || attempts < 1000 {
			t.Errorf("%v attempts in %d series", attempts, series)
		}
	})
}

// A publish costs the same with and without: nothing is done for a message. No server
// is in the way, since what it does would be counted too.
func TestMessagesCostNothingMore(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	c := newCollected(t)
	nc := Connect(t, s.URL(), nats.ReconnectWait(time.Hour))
	s.Kill()
	Until(t, "a loss", nc.IsReconnecting)
	payload := []byte("x")
	publish := func() { Must(t, nc.Publish("a", payload)) }
	without := testing.AllocsPerRun(5000, publish)
	stop, err := otelnats.Observe(nc, c.option())
	Must(t, err)
	defer stop()
	if with := testing.AllocsPerRun(5000, publish); with > without {
		t.Errorf("a publish allocates %v times, and %v times when it is observed", without, with)
	}
}
