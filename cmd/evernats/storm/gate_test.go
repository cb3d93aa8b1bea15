package storm

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// greeter is a server that says a word to each client and reads until it hangs up.
func greeter(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	t.Cleanup(func() { l.Close(); clients.Wait() })
	clients.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			clients.Go(func() {
				defer c.Close()
				_, _ = io.WriteString(c, "hello")
				_, _ = io.Copy(io.Discard, c)
			})
		}
	})
	return l.Addr().String()
}

// knock dials a gate; the word, or the error, comes when it is let in.
func knock(g *gate) (net.Conn, error) {
	c, err := net.Dial("tcp", g.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.ReadFull(c, make([]byte, len("hello"))); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func newTestGate(t *testing.T, rate float64, state int32) *gate {
	t.Helper()
	g, err := newGate(greeter(t), rate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	g.set(state)
	return g
}

func TestGateLetsInAtItsRate(t *testing.T) {
	g := newTestGate(t, 100, limited)
	begin := time.Now()
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			c, err := knock(g)
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	all.Wait()
	// 60 at 100 a second, less what came of the time before.
	if took := time.Since(begin); took < 500*time.Millisecond {
		t.Errorf("60 clients were in after %v", took)
	}
}

// Those who have hung up while they waited cost next to nothing.
func TestGatePassesOverThoseWhoLeft(t *testing.T) {
	g := newTestGate(t, 1, limited)
	first, err := knock(g)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	for range 5 {
		c, err := net.Dial("tcp", g.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	begin := time.Now()
	c, err := knock(g)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	// Each of the five would have taken a second, had it still been there.
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("the next one had to wait %v", took)
	}
}

func TestShutGateResets(t *testing.T) {
	g := newTestGate(t, 1, limited)
	first, err := knock(g)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		c, err := knock(g)
		if err == nil {
			c.Close()
		}
		waiting <- err
	}()
	g.set(shut)
	if err := <-waiting; err == nil {
		t.Error("who waited is let in through a shut gate")
	}
	if _, err := knock(g); err == nil {
		t.Error("a shut gate lets clients in")
	}
	// Who was in stays in, until the gate is taken away.
	g.close()
	if _, err := first.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection lives on without the gate: %v", err)
	}
	if _, err := knock(g); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("after its end: %v", err)
	}
}
