package natstest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const addr = "10.0.0.1:4222"

// pair makes a network with one link and returns both of its ends.
func pair(t *testing.T) (n *Network, l *Link, client, server net.Conn) {
	t.Helper()
	n = NewNetwork(t)
	n.SetBuffer(16)
	ln, err := n.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	if client, err = n.Dial("tcp", addr); err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return n, n.Links(addr)[0], client, server
}

func mustWrite(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if n, err := c.Write([]byte(s)); err != nil || n != len(s) {
		t.Fatalf("write of %q: %d, %v", s, n, err)
	}
}

func mustRead(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if n, err := io.ReadFull(c, b); err != nil || string(b) != want {
		t.Fatalf("read %q, %v, want %q", b[:n], err, want)
	}
}

// silent fails unless a read waits in vain.
func silent(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(time.Hour))
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	n, err := c.Read(make([]byte, 1))
	var ne net.Error
	if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Fatalf("read %d, %v, want a time-out", n, err)
	}
}

func reset(t *testing.T, c net.Conn) {
	t.Helper()
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("read %d, %v, want a reset", n, err)
	}
	if n, err := c.Write([]byte("x")); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("wrote %d, %v, want a reset", n, err)
	}
}

// bubble runs f in a synctest bubble.
func bubble(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }

func TestLinkCarries(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, l, c, s := pair(t)
		mustWrite(t, c, "there")
		mustRead(t, s, "there")
		mustWrite(t, s, "back")
		mustWrite(t, s, "again")
		mustRead(t, c, "backagain")
		if l.Written(ToServer) != 5 || l.Written(Both) != 14 {
			t.Errorf("written %d and %d", l.Written(ToServer), l.Written(Both))
		}
		mustWrite(t, c, "last")
		_ = c.Close()
		mustRead(t, s, "last")
		if _, err := s.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("read after the close: %v", err)
		}
		if _, err := s.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write after the close: %v", err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read of a closed connection: %v", err)
		}
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second close: %v", err)
		}
	})
}

func TestLinkBlocksWhenFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, _, c, s := pair(t)
		_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := c.Write(make([]byte, 20))
		if n != 16 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d, %v into a buffer of 16", n, err)
		}
		_ = c.SetWriteDeadline(time.Time{})
		done := make(chan error, 1)
		go func() { _, err := c.Write([]byte("rest")); done <- err }()
		mustRead(t, s, string(make([]byte, 16))+"rest")
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestCloseWakesReadAndWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, _, c, _ := pair(t)
		done := make(chan error, 2)
		go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
		go func() { _, err := c.Write(make([]byte, 17)); done <- err }()
		synctest.Wait()
		_ = c.Close()
		for range 2 {
			if err := <-done; !errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
		}
	})
}

func TestCutKeepsWhatWasWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, c, s := pair(t)
		mustWrite(t, c, "written")
		n.Cut(addr)
		mustRead(t, s, "written")
		reset(t, s)
		reset(t, c)
		if len(n.Links(addr)) != 0 {
			t.Error("a cut link is still there")
		}
	})
}

func TestLoseWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, c, s := pair(t)
		mustWrite(t, c, "written")
		n.LoseWritten(addr)
		reset(t, s)
		reset(t, c)
	})
}

func TestCutAfter(t *testing.T) {
	for _, lose := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			n, _, c, s := pair(t)
			if lose {
				n.LoseAfter(addr, ToServer, 6)
			} else {
				n.CutAfter(addr, ToServer, 6)
			}
			mustWrite(t, s, "free")
			mustWrite(t, c, "four")
			k, err := c.Write([]byte("more"))
			if k != 2 || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("wrote %d, %v, want 2 and a reset", k, err)
			}
			if lose {
				reset(t, s)
				return
			}
			mustRead(t, s, "fourmo")
			reset(t, s)

			// It holds for the next link too.
			c2, err := n.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			if k, err := c2.Write([]byte("1234567")); k != 6 || err == nil {
				t.Errorf("wrote %d, %v on the next link", k, err)
			}
		})
	}
}

func TestBlackHole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, c, s := pair(t)
		n.BlackHole(addr, Both)
		mustWrite(t, c, "more than the buffer would ever hold")
		silent(t, s)
		mustWrite(t, s, "nor back")
		silent(t, c)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := n.DialContext(ctx, "tcp", addr); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dial into the black hole: %v", err)
		}
		_ = c.Close()
		silent(t, s)
		n.Heal(addr)
		reset(t, s)
		if _, err := n.Dial("tcp", addr); err != nil {
			t.Errorf("dial after healing: %v", err)
		}
	})
}

func TestBlackHoleOneWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, l, c, s := pair(t)
		l.BlackHole(ToServer)
		mustWrite(t, s, "heard")
		mustRead(t, c, "heard")
		mustWrite(t, c, "unheard")
		silent(t, s)

		// A close that fell into the hole is heard once it is healed.
		_, l2, c2, s2 := pair(t)
		l2.BlackHole(ToServer)
		_ = c2.Close()
		silent(t, s2)
		l2.Heal()
		if _, err := s2.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after healing: %v", err)
		}
	})
}

func TestStall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, c, s := pair(t)
		n.Stall(addr, ToServer)
		mustWrite(t, c, "0123456789abcdef")
		silent(t, s)
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		if k, err := c.Write([]byte("x")); k != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d, %v into the full buffer", k, err)
		}
		n.Heal(addr)
		mustRead(t, s, "0123456789abcdef")
	})
}

func TestDelay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, c, s := pair(t)
		n.Delay(addr, ToServer, 3*time.Second)
		start := time.Now()
		mustWrite(t, c, "late")
		n.Delay(addr, ToServer, 0)
		mustWrite(t, c, "r")
		_ = c.Close()
		mustRead(t, s, "later")
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("arrived after %v", d)
		}
		if _, err := s.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("then: %v", err)
		}
	})
}

func TestRefuse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, _, _ := pair(t)
		n.Refuse(addr)
		if _, err := n.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dial: %v", err)
		}
		if _, err := n.Dial("tcp", "nobody:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dial of an address where nobody listens: %v", err)
		}
		if n.Dials(addr) != 2 {
			t.Errorf("%d dials", n.Dials(addr))
		}
		if _, err := n.Listen(addr); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("second listener: %v", err)
		}
	})
}

func TestHangDial(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, _, _ := pair(t)
		n.HangDial(addr)
		done := make(chan error, 1)
		go func() { _, err := n.PlainDialer().Dial("tcp", addr); done <- err }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("dial ended with %v", err)
		default:
		}
		n.Heal(addr)
		if err := <-done; err != nil {
			t.Error(err)
		}
		n.HangDial("nowhere:1")
		go func() { _, err := n.Dial("tcp", "nowhere:1"); done <- err }()
		synctest.Wait()
		n.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("dial on a closed network: %v", err)
		}
	})
}

func TestOnLink(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n, _, _, _ := pair(t)
		n.OnLink(addr, func(l *Link) { l.CutAfter(ToClient, 0) })
		c, err := n.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		mustWrite(t, c, "fine")
		n.OnLink(addr, nil)
		if len(n.Links(addr)) != 2 {
			t.Errorf("%d links", len(n.Links(addr)))
		}
	})
}

func TestListenerCloses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := NewNetwork(t)
		ln, err := n.Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		c, err := n.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = ln.Close()
		reset(t, c)
		if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept: %v", err)
		}
		if _, err := n.Listen(addr); err != nil {
			t.Errorf("listen anew: %v", err)
		}
	})
}
