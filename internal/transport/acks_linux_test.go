//go:build linux && !386 && !s390x

package transport

import (
	"io"
	"net"
	"testing"
	"time"
)

// What the peer's system has acknowledged is told apart from what this one has
// taken only.
func TestAcks(t *testing.T) {
	c, s := tcpPair(t)
	_ = s.SetReadBuffer(16 << 10)
	a := NewAcks(c)
	if a == nil {
		t.Fatal("not seen")
	}
	before, _, ok := a.Look()
	if !ok {
		t.Fatal("not seen")
	}
	// More than the peer has room for.
	sent := uint64(0)
	chunk := make([]byte, 64<<10)
	for {
		_ = c.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := c.Write(chunk)
		sent += uint64(n)
		if err != nil {
			break
		}
	}
	acked, left, ok := a.Look()
	if !ok || left == 0 || acked-before+left != sent {
		t.Fatalf("sent %d: %d acknowledged, %d left, %v", sent, acked-before, left, ok)
	}
	go func() { _, _ = io.Copy(io.Discard, s) }()
	end := time.Now().Add(10 * time.Second)
	for left > 0 && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
		acked, left, _ = a.Look()
	}
	if left != 0 || acked-before != sent {
		t.Errorf("read: %d of %d acknowledged, %d left", acked-before, sent, left)
	}
	_ = c.Close()
	if _, _, ok := a.Look(); ok {
		t.Error("seen on a closed connection")
	}
}

func TestNoAcksOfWhatIsNoSocket(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if NewAcks(a) != nil {
		t.Error("seen on a pipe")
	}
}
