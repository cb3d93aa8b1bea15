package reconnect_test

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
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// countingDialer counts the writes of the connections that it makes.
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		d := &countingDialer{Network: n}
		var r Recorder
		// A type without DialServer: every connection goes through Dial above.
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(plainDialer{d}), nats.MaxReconnects(-1))...)
		for i := range 1000 {
			_, err := nc.SubscribeSync(fmt.Sprint("s.", i))
			Must(t, err)
		}
		Must(t, nc.Flush())
		d.writes.Store(0)
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		s.WaitConn(2).WaitOp("SUB", 1000)
		if got := d.writes.Load(); got > 3 {
			t.Errorf("%d writes for a handshake and 1,000 subscriptions", got)
		}
	})
}

type plainDialer struct{ d *countingDialer }

func (p plainDialer) Dial(network, addr string) (net.Conn, error) { return p.d.Dial(network, addr) }

// Subscriptions that begin, end or are limited while there is no connection.
func TestSubscriptionsThatChangeWhileAway(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		keep, err := nc.SubscribeSync("keep")
		Must(t, err)
		gone, err := nc.SubscribeSync("gone")
		Must(t, err)
		limited, err := nc.SubscribeSync("limited")
		Must(t, err)
		Must(t, nc.Flush())
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		Must(t, gone.Unsubscribe())
		Must(t, limited.AutoUnsubscribe(2))
		late, err := nc.SubscribeSync("late")
		Must(t, err)
		short, err := nc.SubscribeSync("short")
		Must(t, err)
		Must(t, short.Unsubscribe())
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		got := s.Last().Subscriptions()
		slices.Sort(got)
		if want := []string{"keep", "late", "limited"}; !slices.Equal(got, want) {
			t.Errorf("subscriptions %v, want %v", got, want)
		}
		for range 3 {
			Must(t, nc.Publish("limited", nil))
		}
		for _, sub := range []*nats.Subscription{keep, late} {
			Must(t, nc.Publish(sub.Subject, nil))
			if _, err := sub.NextMsg(time.Second); err != nil {
				t.Errorf("%s: %v", sub.Subject, err)
			}
		}
		for range 2 {
			_, err := limited.NextMsg(time.Second)
			Must(t, err)
		}
		if _, err := limited.NextMsg(time.Second); !errors.Is(err, nats.ErrMaxMessages) {
			t.Errorf("the third message of two: %v", err)
		}
	})
}

// Whatever a callback returns is asked for at each attempt, and signed for the
// server's own nonce.
func TestCredentialsAreAskedForAtEachAttempt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.Info.Nonce = "nonce-1" })
		var r Recorder
		count := 0
		Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.UserJWT(func() (string, error) { count++; return fmt.Sprint("jwt-", count), nil },
				func(nonce []byte) ([]byte, error) { return nonce, nil }))...)
		s.SetInfo(func(info *natstest.Info) { info.Nonce = "nonce-2" })
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
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
	return p.n.Dial("mem", AddrA)
}

func TestInProcessServerIsAskedForAnotherConnection(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		p := &inProcess{n: n}
		var r Recorder
		nc := Connect(t, "", r.Options(nats.InProcessServer(p), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second), nats.ReconnectJitter(0, 0))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "attempt failed", 2)
		PublishNumbers(t, nc, "a", 0, 10)
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 10)) {
			t.Errorf("arrived: %v", got)
		}
		if got := p.asked.Load(); got < 4 {
			t.Errorf("asked %d times", got)
		}
	})
}
