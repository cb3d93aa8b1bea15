package sockets_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A real socket whose peer stops reading and goes on: writes that were looked at
// in between go on where they stopped, not a byte is lost or sent twice.
func TestStalledSocketGoesOnWhereItStopped(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	p := natstest.NewProxy(t, s.Addr())
	var r Recorder
	nc := Connect(t, p.URL(), r.Options(nats.FlusherTimeout(500*time.Millisecond), nats.PingInterval(0), nats.ReconnectBufSize(64<<20))...)
	p.Stall(natstest.ToServer)
	payload := strings.Repeat("0123456789", 100)
	const total = 20_000 // 20 MB: more than the sockets hold
	for i := range total {
		Must(t, nc.Publish("a", []byte(fmt.Sprint(i, payload))))
	}
	// Told when the socket has taken nothing for a while: writes were looked at in
	// between.
	if h := r.Wait(t, "error", 1); !errors.Is(h.Err, os.ErrDeadlineExceeded) {
		t.Fatalf("told %v", h.Err)
	}
	callsThatNeverWaitButPublish(t, nc)
	p.Heal()
	Must(t, nc.FlushTimeout(30*time.Second))
	got := Payloads("a", s)
	if len(got) != total {
		t.Fatalf("%d of %d arrived", len(got), total)
	}
	for i, g := range got {
		if g != fmt.Sprint(i, payload) {
			t.Fatalf("message %d is %.20q…", i, g)
		}
	}
	if r.Count("disconnected") != 0 {
		t.Errorf("%d disconnects", r.Count("disconnected"))
	}
}

func callsThatNeverWaitButPublish(t *testing.T, nc *nats.Conn) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc.Status()
		nc.Stats()
		_, _ = nc.Buffered()
		nc.ServerPool()
	}()
	Ended(t, "calls that must not wait", done)
}

// Real sockets cut at random places, under a publisher at full speed.
func TestAtLeastOnceOverRealSockets(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	p := natstest.NewProxy(t, s.Addr())
	var r Recorder
	nc := Connect(t, p.URL(), r.Options(nats.AtLeastOnce(), nats.OutboundFull(nats.WaitForRoom), nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))...)
	rnd := rand.New(rand.NewPCG(1, 2))
	stop := make(chan struct{})
	sent := 0
	var publisher sync.WaitGroup
	publisher.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := nc.Publish("a", []byte(fmt.Sprint(sent))); err != nil {
				t.Errorf("Publish: %v", err)
				return
			}
			sent++
			if sent%500 == 0 {
				// Keeps the test small: the publisher is as fast as the server.
				_ = nc.FlushTimeout(10 * time.Second)
			}
		}
	})
	for i := 1; i <= 15; i++ {
		p.CutAfter(natstest.ToServer, 2000+rnd.IntN(20_000))
		r.Wait(t, "disconnected", i)
		p.Heal()
		r.Wait(t, "reconnected", i)
	}
	p.Heal()
	close(stop)
	publisher.Wait()
	Must(t, nc.Flush())
	next := 0
	for _, p := range Payloads("a", s) {
		var i int
		fmt.Sscan(p, &i)
		if i > next {
			t.Fatalf("number %d came before %d", i, next)
		}
		if i == next {
			next++
		}
	}
	if next != sent || r.Dropped() != 0 {
		t.Errorf("%d of %d arrived, %d dropped", next, sent, r.Dropped())
	}
}

// endingConn returns its last bytes and the end at once, as io.Reader allows.
type endingConn struct {
	net.Conn
	end *atomic.Bool
}

func (c endingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.end.CompareAndSwap(true, false) {
		err = io.EOF
	}
	return n, err
}

type endingDialer struct {
	nats.CustomDialer
	end atomic.Bool
}

func (d *endingDialer) Dial(network, address string) (net.Conn, error) {
	c, err := d.CustomDialer.Dial(network, address)
	if err != nil {
		return nil, err
	}
	return endingConn{c, &d.end}, nil
}

// What comes in together with the end still counts.
func TestLastBytesCountThoughTheEndComesWithThem(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		d := &endingDialer{CustomDialer: n}
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(d), nats.MaxReconnects(-1))...)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		Must(t, nc.Flush())
		d.end.Store(true)
		s.Last().SendMsg("a", "1", "", "last")
		if m, err := sub.NextMsg(time.Second); err != nil || string(m.Data) != "last" {
			t.Errorf("%v, %v", m, err)
		}
		r.Wait(t, "reconnected", 1)
	})
}

// givenUpConn is a socket that the system gives up because the peer acknowledges
// nothing: whoever uses it first is told, and the others find it closed.
type givenUpConn struct {
	net.Conn
	up *atomic.Bool
}

func (c givenUpConn) Write(b []byte) (int, error) {
	if !c.up.CompareAndSwap(true, false) {
		return c.Conn.Write(b)
	}
	c.Conn.Close()
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.ETIMEDOUT)}
}

type givingUpDialer struct {
	nats.CustomDialer
	up atomic.Bool
}

func (d *givingUpDialer) Dial(network, address string) (net.Conn, error) {
	c, err := d.CustomDialer.Dial(network, address)
	if err != nil {
		return nil, err
	}
	return givenUpConn{c, &d.up}, nil
}

// That the system gave up isn't taken for a deadline that passed, and is told as
// what it is, though the reader finds a closed socket only.
func TestUnacknowledgedBytesMeanAStaleConnection(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		d := &givingUpDialer{CustomDialer: n}
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(d), nats.MaxReconnects(-1), nats.DetailedErrors())...)
		d.up.Store(true)
		Must(t, nc.Publish("a", []byte("kept")))
		if err := r.Wait(t, "disconnected", 1).Err; !errors.Is(err, nats.ErrStaleConnection) || !errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("disconnected with %v", err)
		}
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		for _, h := range r.Of("error") { // a write that failed is told, before the reconnect
			if !errors.Is(h.Err, nats.ErrStaleConnection) || r.Count("error") != 1 {
				t.Errorf("reported as a slow write: %v", h.Err)
			}
		}
		if got := Payloads("a", s); len(got) != 1 || got[0] != "kept" {
			t.Errorf("the server got %q", got)
		}
	})
}
