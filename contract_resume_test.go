package nats_test

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

type countingDialer struct {
	*natstest.Network
	writes atomic.Int32
}

func (d *countingDialer) Dial(network, addr string) (net.Conn, error) {
	c, err := d.Network.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return &countingConn{c, &d.writes}, nil
}

type countingConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

func TestThousandSubscriptionsAreMadeAgainInOneBatch(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		d := &countingDialer{Network: n}
		var r recorder
		// A type without DialServer: every connection goes through Dial above.
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(plainDialer{d}), nats.MaxReconnects(-1))...)
		for i := range 1000 {
			_, err := nc.SubscribeSync(fmt.Sprint("s.", i))
			must(t, err)
		}
		must(t, nc.Flush())
		d.writes.Store(0)
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		s.WaitConn(2).WaitOp("SUB", 1000)
		if got := d.writes.Load(); got > 3 {
			t.Errorf("%d writes for a handshake and 1,000 subscriptions", got)
		}
	})
}

type plainDialer struct{ d *countingDialer }

func (p plainDialer) Dial(network, addr string) (net.Conn, error) { return p.d.Dial(network, addr) }

func TestSubscriptionsThatChangeWhileAway(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		keep, err := nc.SubscribeSync("keep")
		must(t, err)
		gone, err := nc.SubscribeSync("gone")
		must(t, err)
		limited, err := nc.SubscribeSync("limited")
		must(t, err)
		must(t, nc.Flush())
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		must(t, gone.Unsubscribe())
		must(t, limited.AutoUnsubscribe(2))
		late, err := nc.SubscribeSync("late")
		must(t, err)
		short, err := nc.SubscribeSync("short")
		must(t, err)
		must(t, short.Unsubscribe())
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		got := s.Last().Subscriptions()
		slices.Sort(got)
		if want := []string{"keep", "late", "limited"}; !slices.Equal(got, want) {
			t.Errorf("subscriptions %v, want %v", got, want)
		}
		for range 3 {
			must(t, nc.Publish("limited", nil))
		}
		for _, sub := range []*nats.Subscription{keep, late} {
			must(t, nc.Publish(sub.Subject, nil))
			if _, err := sub.NextMsg(time.Second); err != nil {
				t.Errorf("%s: %v", sub.Subject, err)
			}
		}
		for range 2 {
			_, err := limited.NextMsg(time.Second)
			must(t, err)
		}
		if _, err := limited.NextMsg(time.Second); !errors.Is(err, nats.ErrMaxMessages) {
			t.Errorf("the third message of two: %v", err)
		}
	})
}

func TestCredentialsAreAskedForAtEachAttempt(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, func(cfg *natstest.Config) { cfg.Info.Nonce = "nonce-1" })
		var r recorder
		count := 0
		connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.UserJWT(func() (string, error) { count++; return fmt.Sprint("jwt-", count), nil },
				func(nonce []byte) ([]byte, error) { return nonce, nil }))...)
		s.SetInfo(func(info *natstest.Info) { info.Nonce = "nonce-2" })
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		for i, want := range []struct{ jwt, nonce string }{{"jwt-1", "bm9uY2UtMQ"}, {"jwt-2", "bm9uY2UtMg"}} {
			op, _ := s.Conns()[i].Connect()
			if op.Field("jwt") != want.jwt || op.Field("sig") != want.nonce {
				t.Errorf("connection %d: %v", i+1, op)
			}
			if strings.Contains(op.JSON, `"nkey"`) && op.Field("nkey") != "" {
				t.Errorf("connection %d has an nkey: %v", i+1, op)
			}
		}
	})
}

// inProcess is a server in the same process, reached through a network in
// memory.
type inProcess struct {
	n     *natstest.Network
	asked atomic.Int32
}

func (p *inProcess) InProcessConn() (net.Conn, error) {
	p.asked.Add(1)
	return p.n.Dial("mem", addrA)
}

func TestInProcessServerIsAskedForAnotherConnection(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		p := &inProcess{n: n}
		var r recorder
		nc := connect(t, "", r.options(nats.InProcessServer(p), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second), nats.ReconnectJitter(0, 0))...)
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "attempt failed", 2)
		publishNumbers(t, nc, "a", 0, 10)
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		if got := payloads("a", s); !slices.Equal(got, numbered(0, 10)) {
			t.Errorf("arrived: %v", got)
		}
		if got := p.asked.Load(); got < 4 {
			t.Errorf("asked %d times", got)
		}
	})
}
