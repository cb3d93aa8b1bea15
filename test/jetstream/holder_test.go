package jetstream

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// holder is a proxy that swallows what a server says once the client has said a word.
type holder struct {
	net.Listener
	to    string
	hold  *atomic.Bool
	mu    sync.Mutex
	word  []byte
	conns []net.Conn
}

func newHolder(t *testing.T, url string, hold *atomic.Bool) *holder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h := &holder{Listener: l, to: strings.TrimPrefix(url, "nats://"), hold: hold}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", h.to)
			if err != nil {
				c.Close()
				continue
			}
			h.mu.Lock()
			h.conns = append(h.conns, c, s)
			h.mu.Unlock()
			wg.Go(func() { h.pump(s, c, true) })
			wg.Go(func() { h.pump(c, s, false) })
		}
	})
	t.Cleanup(func() { l.Close(); h.cut(); wg.Wait() })
	return h
}

func (h *holder) url() string { return "nats://" + h.Addr().String() }

// swallowAfter lets nothing of the server's through once the client has said word.
func (h *holder) swallowAfter(word string) {
	h.mu.Lock()
	h.word = []byte(word)
	h.mu.Unlock()
}

func (h *holder) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		c.Close()
	}
	h.conns = nil
}

func (h *holder) pump(to, from net.Conn, client bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && client {
			h.mu.Lock()
			if h.word != nil && bytes.Contains(buf[:n], h.word) {
				h.word = nil
				h.hold.Store(true)
			}
			h.mu.Unlock()
		}
		if n > 0 && (client || !h.hold.Load()) {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
