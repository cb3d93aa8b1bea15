//go:build unix

package transport

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

func tcpPair(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	ln := listen(t, "127.0.0.1:0")
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// writeNow is a write of its own; false says that c takes none, too.
func writeNow(c net.Conn, b ...[]byte) (n int, ok bool) {
	w := NewNowWriter(c)
	if w == nil {
		return 0, false
	}
	return w.Write(b...)
}

func TestWriteNow(t *testing.T) {
	c, s := tcpPair(t)
	if n, ok := writeNow(c, []byte("hello")); n != 5 || !ok {
		t.Fatalf("wrote %d, %t", n, ok)
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(s, b); err != nil || string(b) != "hello" {
		t.Fatalf("read %q, %v", b, err)
	}
	if n, ok := writeNow(c, []byte("in "), []byte("three "), []byte("pieces")); n != 15 || !ok {
		t.Fatalf("wrote %d, %t", n, ok)
	}
	b = make([]byte, 15)
	if _, err := io.ReadFull(s, b); err != nil || string(b) != "in three pieces" {
		t.Fatalf("read %q, %v", b, err)
	}
	if n, ok := writeNow(c, nil); n != 0 || !ok {
		t.Errorf("wrote %d, %t of nothing", n, ok)
	}
}

// More pieces than one call can take are taken in their order.
func TestWriteNowManyPieces(t *testing.T) {
	c, s := tcpPair(t)
	var pieces [][]byte
	for i := range 100 {
		pieces = append(pieces, []byte{byte(i)})
	}
	w := NewNowWriter(c)
	for i := 0; i < len(pieces); {
		n, ok := w.Write(pieces[i:]...)
		if n == 0 || !ok {
			t.Fatalf("wrote %d, %t", n, ok)
		}
		i += n
	}
	b := make([]byte, len(pieces))
	if _, err := io.ReadFull(s, b); err != nil || !bytes.Equal(b, slices.Concat(pieces...)) {
		t.Fatalf("read %q, %v", b, err)
	}
}

// It takes what fits and not more, never waits, and what it took arrives in
// order with what is written otherwise.
func TestWriteNowWhenFull(t *testing.T) {
	c, s := tcpPair(t)
	w := NewNowWriter(c)
	var sent bytes.Buffer
	chunk := make([]byte, 64<<10)
	for i := 0; ; i++ {
		for j := range chunk {
			chunk[j] = byte(i + j)
		}
		n, ok := w.Write(chunk[:i%100+1], chunk[i%100+1:])
		if !ok {
			t.Fatal("refused")
		}
		sent.Write(chunk[:n])
		if n == 0 {
			break
		}
	}
	if n, ok := w.Write(chunk); n != 0 || !ok {
		t.Errorf("wrote %d, %t into a full socket", n, ok)
	}
	_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // and an ordinary write waits
	got := make(chan []byte, 1)
	go func() { b, _ := io.ReadAll(s); got <- b }()
	if _, err := c.Write([]byte("the end")); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if want := append(sent.Bytes(), "the end"...); !bytes.Equal(<-got, want) {
		t.Error("what arrived isn't what was sent")
	}
}

func TestWriteNowUnsupported(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if n, ok := writeNow(a, []byte("x")); n != 0 || ok {
		t.Errorf("wrote %d, %t to a pipe", n, ok)
	}
	c, _ := tcpPair(t)
	// A wrapper has its reasons, even if it lets one see the socket.
	if n, ok := writeNow(struct{ *net.TCPConn }{c}, []byte("x")); n != 0 || ok {
		t.Errorf("wrote %d, %t under a wrapper", n, ok)
	}
	w := NewNowWriter(c)
	_ = c.Close()
	if n, ok := w.Write([]byte("x")); n != 0 || ok {
		t.Errorf("wrote %d, %t to a closed connection", n, ok)
	}
}

// The system's refusal is left to the ordinary write to tell.
func TestWriteNowBroken(t *testing.T) {
	c, s := tcpPair(t)
	_ = s.SetLinger(0)
	_ = s.Close()
	_, _ = c.Read(make([]byte, 1)) // the reset has come
	if n, ok := writeNow(c, []byte("x")); n != 0 || ok {
		t.Errorf("wrote %d, %t to a reset connection", n, ok)
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("and the ordinary write succeeded")
	}
}

func TestNowWriterDoesNotAllocate(t *testing.T) {
	c, s := tcpPair(t)
	go func() { _, _ = io.Copy(io.Discard, s) }()
	w := NewNowWriter(c)
	b := []byte("PUB a 1\r\nx\r\n")
	for _, pieces := range [][][]byte{{b}, {b, b, b}} {
		if n := testing.AllocsPerRun(100, func() { w.Write(pieces...) }); n != 0 {
			t.Errorf("%v allocations for %d pieces", n, len(pieces))
		}
	}
}
