package natstest

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// through starts a fake server behind a proxy and connects to it.
func through(t *testing.T) (*Server, *Proxy, *peer) {
	t.Helper()
	s := NewServer(t, Config{})
	p := NewProxy(t, s.Addr())
	return s, p, via(t, p)
}

func via(t *testing.T, p *Proxy) *peer {
	t.Helper()
	c := dialProxy(t, p)
	c.hear("INFO {…")
	c.say("CONNECT {}", "PING")
	c.hear("PONG")
	return c
}

func dialProxy(t *testing.T, p *Proxy) *peer {
	t.Helper()
	s := &Server{addr: p.Addr()}
	return dialServer(t, s, nil)
}

func (p *peer) hearReset() {
	p.t.Helper()
	if err := p.hearEnd(); !errors.Is(err, syscall.ECONNRESET) {
		p.t.Fatalf("the end was %v, want a reset", err)
	}
}

func TestProxyPasses(t *testing.T) {
	s, p, c := through(t)
	big := strings.Repeat("x", 1<<20)
	c.say("SUB a 1", "PUB a 1048576", big)
	c.hear("MSG a 1 1048576", big)
	_ = c.c.Close()
	s.Last().WaitClosed()
	if p.Accepted() != 1 {
		t.Errorf("%d connections", p.Accepted())
	}
}

func TestProxyCut(t *testing.T) {
	s, p, c := through(t)
	p.Cut()
	c.hearReset()
	s.Last().WaitClosed()
	via(t, p)
}

func TestProxyCutAfter(t *testing.T) {
	s, p, c := through(t)
	p.CutAfter(ToServer, 8)
	c.say("PING", "PING", "PING")
	c.hearEventualReset()
	s.Last().WaitClosed()
	if n := s.Last().Count("PING"); n > 2 { // one before, one in the eight bytes
		t.Errorf("%d PINGs got through", n)
	}
	if got := s.Last().Bytes(); got > len("CONNECT {}\r\nPING\r\n")+8 {
		t.Errorf("%d bytes got through", got)
	}

	// It holds for the next connection as well.
	c = dialProxy(t, p)
	c.hear("INFO {…")
	c.say("CONNECT {}", "PING")
	c.hearEventualReset()
}

// hearEventualReset is hearReset after whatever else is said.
func (p *peer) hearEventualReset() {
	p.t.Helper()
	if _, err := io.Copy(io.Discard, p.r); !errors.Is(err, syscall.ECONNRESET) {
		p.t.Fatalf("the end was %v, want a reset", err)
	}
}

func TestProxyBlackHole(t *testing.T) {
	s, p, c := through(t)
	p.BlackHole(ToServer)
	c.say("PING")
	// Server to client still works; the PING before it was dropped, or its
	// answer would come first.
	s.Last().Send("+OK\r\n")
	c.hear("+OK")
	p.BlackHole(Both)
	s.Last().HangUp()
	s.Last().WaitClosed()
	_ = c.c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	var ne net.Error
	if err := c.hearEnd(); !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("the client heard of the end: %v", err)
	}
	_ = c.c.SetReadDeadline(time.Now().Add(5 * time.Second))
	p.Heal()
	c.hearReset()
	via(t, p)
}

func TestProxyStall(t *testing.T) {
	_, p, c := through(t)
	p.Stall(ToServer)
	_ = c.c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	var ne net.Error
	chunk := []byte(strings.Repeat("PING\r\n", 10000))
	for {
		if _, err := c.c.Write(chunk); err != nil {
			if !errors.As(err, &ne) || !ne.Timeout() {
				t.Fatalf("write into the stalled proxy: %v", err)
			}
			break
		}
	}
	p.Heal()
	c.hear("PONG")
}

func TestProxyDelay(t *testing.T) {
	_, p, c := through(t)
	p.Delay(30 * time.Millisecond)
	start := time.Now()
	c.say("PING")
	c.hear("PONG")
	if d := time.Since(start); d < 60*time.Millisecond {
		t.Errorf("there and back took %v", d)
	}
}

func TestProxyRefuse(t *testing.T) {
	s, p, _ := through(t)
	p.Refuse()
	refused(t, p)
	p.Heal()
	s.Stop()
	refused(t, p) // the target is away
	s.Start()
	via(t, p)
}

// refused fails unless a connection is reset at once, during the dial or after.
func refused(t *testing.T, p *Proxy) {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err == nil {
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err = c.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("got %v, want a reset", err)
	}
}
