package receive

import (
	"io"
	"sync"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// A program's types, and a connection that has no link.
type (
	header  map[string][]string
	message struct {
		Subject string
		Reply   string
		Header  header
		Data    []byte
		Sub     *subscription
	}
	subscription struct {
		in Sub[message, header, subscription]
	}
	table  = Table[message, header, subscription]
	config = Config[message, subscription]
	lent   = Lent[subscription]
)

// lentHandler is Handler, to which messages are lent.
const lentHandler Kind = 200

// testHost is a connection that remembers what it was told.
type testHost struct {
	mu       sync.Mutex
	lines    []byte
	slow     int
	poison   []*subscription
	headers  int // that were bad
	gone     int
	back     int // subscriptions that take messages again
	draining bool
	fences   []chan error
	posted   []func()
	closed   chan struct{}
}

func (h *testHost) Control(lines []byte, _ int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.lines) < 1<<20 {
		h.lines = append(h.lines, lines...)
	}
}

// said is what the server was told since the last call.
func (h *testHost) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := string(h.lines)
	h.lines = nil
	return s
}

func (h *testHost) Fence() (<-chan error, func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := make(chan error, 1)
	h.fences = append(h.fences, f)
	return f, func() {}, nil
}

// answer answers the oldest fence.
func (h *testHost) answer(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fences[0] <- err
	h.fences = h.fences[1:]
}

// Post keeps f for run.
func (h *testHost) Post(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.posted = append(h.posted, f)
}

func (h *testHost) run() {
	h.mu.Lock()
	posted := h.posted
	h.posted = nil
	h.mu.Unlock()
	for _, f := range posted {
		f()
	}
}

func (h *testHost) Draining() bool          { return h.draining }
func (h *testHost) Closed() <-chan struct{} { return h.closed }
func (h *testHost) count(n *int)            { h.mu.Lock(); *n++; h.mu.Unlock() }
func (h *testHost) Gone()                   { h.count(&h.gone) }

func (h *testHost) SlowConsumer(*subscription)             { h.count(&h.slow) }
func (h *testHost) BadHeader(*subscription, string, error) { h.count(&h.headers) }
func (h *testHost) Recovered(*subscription, int)           { h.count(&h.back) }
func (h *testHost) Poison(s *subscription)                 { h.poison = append(h.poison, s) }

// testLink is a link that brings what is sent on it.
type testLink struct {
	reads   chan []byte
	once    sync.Once // of its end
	rest    []byte
	told    []string
	away    bool
	pending []byte
	lost    error
}

// hangUp ends it. A second time it does nothing.
func (l *testLink) hangUp() { l.once.Do(func() { close(l.reads) }) }

func newLink() *testLink { return &testLink{reads: make(chan []byte, 100)} }

func (l *testLink) Read(b []byte) (int, error) {
	if len(l.pending) == 0 {
		more, open := <-l.reads
		if !open {
			return 0, io.EOF
		}
		l.pending = more
	}
	n := copy(b, l.pending)
	l.pending = l.pending[n:]
	return n, nil
}

func (l *testLink) Rest() []byte           { return l.rest }
func (l *testLink) Count(_, _ uint64)      {}
func (l *testLink) Ping()                  { l.told = append(l.told, "PING") }
func (l *testLink) Pong() bool             { l.told = append(l.told, "PONG"); return true }
func (l *testLink) OK() bool               { return false }
func (l *testLink) Info(arg []byte)        { l.told = append(l.told, "INFO "+string(arg)) }
func (l *testLink) Err(text string)        { l.told = append(l.told, "-ERR "+text) }
func (l *testLink) Lost(err error, _ bool) { l.lost = err }
func (l *testLink) InUse() bool            { return !l.away }

func newTable() (*table, *testHost) {
	t, h := new(table), &testHost{closed: make(chan struct{})}
	t.Init(h, 1<<20)
	return t, h
}

func add(tb testing.TB, t *table, cfg config) *subscription {
	tb.Helper()
	s := new(subscription)
	if err := t.Add(&s.in, s, cfg); err != nil {
		tb.Fatal(err)
	}
	return s
}

// reading returns a reader's state with one subscription whose messages go to take.
func reading(subject string, take func(*message)) *inbound[message, header, subscription] {
	t, _ := newTable()
	s := new(subscription)
	if err := t.Add(&s.in, s, config{Subject: subject, Inline: take}); err != nil {
		panic(err)
	}
	return newInbound(t, newLink())
}

// msg is a message as a server sends it.
func msg(sid int, data string) []byte {
	return wire.AppendMsg(nil, "x", uint64(sid), "", nil, []byte(data))
}
