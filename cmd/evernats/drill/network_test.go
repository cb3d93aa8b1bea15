package drill

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// echo is a server that says back what it hears.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func layer(t *testing.T) (*network, *dialer) {
	t.Helper()
	n, err := newNetwork()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.close)
	return n, n.dialer(2*time.Second, func(string, error) {})
}

func dial(t *testing.T, d *dialer, addr string) net.Conn {
	t.Helper()
	c, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// said sends text and reads it back, and says how long that took.
func said(t *testing.T, c net.Conn, text string) time.Duration {
	t.Helper()
	began := time.Now()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, len(text))
	if _, err := io.ReadFull(c, back); err != nil || string(back) != text {
		t.Fatalf("%q, %v", back, err)
	}
	return time.Since(began)
}

// Bytes come through whole and in order, whatever the delays change to.
func TestTheLayerKeepsEveryByteInOrder(t *testing.T) {
	t.Parallel()
	n, d := layer(t)
	c := dial(t, d, echo(t))
	data := make([]byte, 4<<20)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	go func() {
		_, _ = c.Write(data)
	}()
	back := make([]byte, len(data))
	for i, f := range []fault{{}, {latency: 20 * time.Millisecond}, {}, {rate: 64 << 20}, {swallow: true}, {latency: 5 * time.Millisecond}} {
		n.set(f)
		if f.swallow {
			time.AfterFunc(50*time.Millisecond, n.lift)
		}
		part := back[i*len(back)/6 : (i+1)*len(back)/6]
		if _, err := io.ReadFull(c, part); err != nil {
			t.Fatal(err)
		}
	}
	if rest, _ := io.ReadFull(c, back[6*(len(back)/6):]); !bytes.Equal(back[:len(back)/6*6+rest], data[:len(back)/6*6+rest]) {
		t.Error("other bytes came back")
	}
}

func TestTheLayersFaults(t *testing.T) {
	t.Parallel()
	n, d := layer(t)
	addr, other := echo(t), echo(t)

	c := dial(t, d, addr)
	said(t, c, "hello")
	if n.seat(d) != addr {
		t.Errorf("the client sits on %s, not %s", n.seat(d), addr)
	}
	n.set(fault{latency: 100 * time.Millisecond}, addr)
	if took := said(t, c, "slow"); took < 200*time.Millisecond {
		t.Errorf("there and back in %v", took)
	}
	n.lift()
	n.set(fault{rate: 20_000}, addr)
	if took := said(t, c, strings.Repeat("x", 6000)); took < 300*time.Millisecond {
		t.Errorf("6,000 bytes in %v", took)
	}
	n.lift()

	// Swallowed, then let through: nothing is lost.
	n.set(fault{swallow: true}, addr)
	time.AfterFunc(200*time.Millisecond, n.lift)
	if took := said(t, c, "through a hole"); took < 150*time.Millisecond {
		t.Errorf("through a black hole in %v", took)
	}

	// One server's fault isn't another's.
	n.set(fault{refuse: true}, addr)
	if _, err := d.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused, but %v", err)
	}
	said(t, dial(t, d, other), "well")
	n.set(fault{refuse: true})
	if _, err := d.Dial("tcp", other); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused everywhere, but %v", err)
	}
	n.lift()

	// A dial into a black hole ends with its context.
	n.set(fault{swallow: true})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var failed net.Error
	if _, err := d.DialServer(ctx, "tcp", addr); !errors.As(err, &failed) || !failed.Timeout() {
		t.Errorf("dialled into a black hole: %v", err)
	}
	n.lift()

	// Accepted in silence.
	n.set(fault{silent: true}, addr)
	mute := dial(t, d, addr)
	n.lift()
	_ = mute.SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.WriteString(mute, "anyone?")
	if _, err := mute.Read(make([]byte, 1)); !errors.As(err, &failed) || !failed.Timeout() {
		t.Errorf("somebody answered: %v", err)
	}

	// Half-open: nothing is said, not even that it is over.
	n.each((*pipe).halfOpen, addr)
	_ = c.SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.WriteString(c, "anyone?")
	if _, err := c.Read(make([]byte, 1)); !errors.As(err, &failed) || !failed.Timeout() {
		t.Errorf("half-open: %v", err)
	}

	// Reset.
	c = dial(t, d, addr)
	said(t, c, "hello")
	n.each((*pipe).reset, addr)
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("it wasn't reset")
	}

	// A slow handshake is slow for new connections alone.
	old := dial(t, d, addr)
	n.set(fault{handshake: 100 * time.Millisecond}, addr)
	if took := said(t, dial(t, d, addr), "new"); took < 100*time.Millisecond {
		t.Errorf("a new connection was answered in %v", took)
	}
	said(t, old, "old")
}

// What a layer began ends with it.
func TestTheLayerLeavesNothingBehind(t *testing.T) {
	addr := echo(t)
	before := runtime.NumGoroutine()
	for _, f := range []fault{{}, {swallow: true}, {latency: time.Hour}, {rate: 1}, {silent: true}} {
		n, d := layer(t)
		if f.silent {
			n.set(f)
		}
		c := dial(t, d, addr)
		n.set(f)
		_, _ = io.WriteString(c, "under way")
		n.each((*pipe).halfOpen)
		n.close()
		c.Close()
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}
