package transport

import (
	"context"
	"errors"
	"net"
	"net/url"
	"runtime"
	"testing"
	"time"
)

// noLeak fails the test when more goroutines run at its end than do now. They
// get time to end.
func noLeak(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		deadline := time.Now().Add(5 * time.Second)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for runtime.NumGoroutine() > before {
			if time.Now().After(deadline) {
				buf := make([]byte, 1<<20)
				t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
				return
			}
			<-tick.C
		}
	})
}

func listen(t *testing.T, addr string) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

// echo returns the address of a listener that sends back what it gets.
func echo(t *testing.T, addr string) string {
	t.Helper()
	ln := listen(t, addr)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go copyBack(c)
		}
	}()
	return ln.Addr().String()
}

func copyBack(c net.Conn) {
	defer c.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if _, err := c.Write(b[:n]); err != nil {
			return
		}
	}
}

// works fails unless c echoes.
func works(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 5)
	for n := 0; n < len(b); {
		k, err := c.Read(b[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	if string(b) != "hello" {
		t.Fatalf("read %q", b)
	}
	_ = c.SetDeadline(time.Time{})
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// timedOut fails unless err says so in each way that callers ask.
func timedOut(t *testing.T, err error) {
	t.Helper()
	var ne net.Error
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("%v is no time-out", err)
	}
}

// dialerFunc is a custom dialer that ignores its caller's context.
type dialerFunc func(network, address string) (net.Conn, error)

func (f dialerFunc) Dial(network, address string) (net.Conn, error) { return f(network, address) }

// contextDialer has DialServer, which is to be preferred.
type contextDialer func(ctx context.Context, network, address string) (net.Conn, error)

func (f contextDialer) Dial(string, string) (net.Conn, error) {
	return nil, errors.New("called without the context")
}

func (f contextDialer) DialServer(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}
