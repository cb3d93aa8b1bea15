//go:build unix

package transport

import (
	"bytes"
	"io"
	"net"
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

func TestWriteNow(t *testing.T) {
	c, s := tcpPair(t)
	if n, ok := WriteNow(c, []byte("hello")); n != 5 || !ok {
		t.Fatalf("wrote %d, %t", n, ok)
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(s, b); err != nil || string(b) != "hello" {
		t.Fatalf("read %q, %v", b, err)
	}
	if n, ok := WriteNow(c, nil); n != 0 || !ok {
		t.Errorf("wrote %d, %t of nothing", n, ok)
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
		n, ok := w.Write(chunk)
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
	if n, ok := WriteNow(a, []byte("x")); n != 0 || ok {
		t.Errorf("wrote %d, %t to a pipe", n, ok)
	}
	c, _ := tcpPair(t)
	// A wrapper has its reasons, even if it lets one see the socket.
	if n, ok := WriteNow(struct{ *net.TCPConn }{c}, []byte("x")); n != 0 || ok {
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
	if n, ok := WriteNow(c, []byte("x")); n != 0 || ok {
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
	if n := testing.AllocsPerRun(100, func() { w.Write(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
