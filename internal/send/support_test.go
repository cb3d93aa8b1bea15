package send

import (
	"bytes"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/wire"
)

// world is an owner, and the links that a test makes. It notes all that it is told.
type world struct {
	start time.Time

	mu      sync.Mutex
	calls   int // of the owner's and the links' methods that do or tell something
	gone    uint64
	reasons []Fault
	lost    []Loss
	doubt   outbound.Count
	slow    []error
	fills   []Fill
	failed  []error
	overrun int
	inUse   bool
	onEnded func()
}

func (w *world) Start() time.Time { return w.start }

func (w *world) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	f()
}

func (w *world) GaveUp(gone outbound.Span, why Fault) {
	w.note(func() { w.gone += gone.Msgs; w.reasons = append(w.reasons, why) })
}

func (w *world) GaveUpOne(_ *outbound.Dropped, why Fault) {
	w.note(func() { w.gone++; w.reasons = append(w.reasons, why) })
}

func (w *world) Slow(err error) { w.note(func() { w.slow = append(w.slow, err) }) }

func (w *world) Fills(f Fill) { w.note(func() { w.fills = append(w.fills, f) }) }

func (w *world) Overrun(_ Link, lines int) { w.note(func() { w.overrun = lines }) }

func (w *world) WriteFailed(_ Link, err error, inUse bool) {
	w.note(func() { w.failed = append(w.failed, err); w.inUse = inUse })
}

func (w *world) Ended(_ Link, loss *Loss) {
	w.note(func() { w.lost = append(w.lost, *loss) })
	if w.onEnded != nil {
		w.onEnded()
	}
}

func (w *world) InDoubt(_ Link, doubt outbound.Count) { w.note(func() { w.doubt = doubt }) }

func (w *world) soFar() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls
}

// testLink keeps what is written to it.
type testLink struct {
	w     *world
	terms Terms
	write func(pieces [][]byte) (n int, err error) // nil: takes all
	acked func(now time.Duration) (time.Duration, bool)

	mu   sync.Mutex
	got  []byte
	news chan struct{} // poked when something was written
}

func (w *world) link() *testLink {
	return &testLink{w: w, terms: Terms{MaxPayload: 1 << 20, Headers: true, Resumes: true}, news: make(chan struct{}, 1)}
}

func (l *testLink) Terms() Terms   { return l.terms }
func (l *testLink) Server() string { return "nats://test" }
func (l *testLink) Reads() uint64  { return 0 }
func (l *testLink) Unguard()       {}

func (l *testLink) Guard(time.Time, time.Duration) {}

func (l *testLink) Acked(now time.Duration) (time.Duration, bool) {
	if l.acked == nil {
		return 0, false
	}
	return l.acked(now)
}

func (l *testLink) Write(pieces [][]byte, _ time.Duration) ([][]byte, int, error) {
	all := len(slices.Concat(pieces...))
	n, err := all, error(nil)
	if l.write != nil {
		n, err = l.write(pieces)
	}
	l.take(pieces, n)
	if n == all {
		return nil, n, err
	}
	return [][]byte{slices.Concat(pieces...)[n:]}, n, err
}

func (l *testLink) WriteNow(pieces [][]byte) int {
	l.take(pieces, len(slices.Concat(pieces...)))
	return len(slices.Concat(pieces...))
}

func (l *testLink) take(pieces [][]byte, n int) {
	l.w.note(func() {})
	l.mu.Lock()
	l.got = append(l.got, slices.Concat(pieces...)[:n]...)
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (l *testLink) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.Clone(l.got))
}

// usual is what a connection with default options has.
var usual = Config{Limit: 8 << 20, AwayLimit: 8 << 20, FenceBytes: 1 << 20, FenceEvery: time.Second, WriteLimit: time.Minute}

func newSender(cfg Config) (*Sender, *world) {
	w, s := &world{start: time.Now()}, new(Sender)
	s.Init(w, cfg, new(Counts))
	return s, w
}

func publish(t testing.TB, s *Sender, p *Publication, data []byte) uint64 {
	t.Helper()
	seq, err := s.Publish(p, "a", "", nil, data)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// told is what a waiter was told, once.
func told(t testing.TB, w *Waiter) error {
	t.Helper()
	select {
	case err := <-w.Done():
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("a waiter was not told")
		return nil
	}
}

// answering is a link whose server answers PINGs at once.
func (w *world) answering(s *Sender) *testLink {
	l := w.link()
	l.write = func(pieces [][]byte) (int, error) {
		all := slices.Concat(pieces...)
		for range bytes.Count(all, []byte(wire.PingLine)) {
			s.Pong()
		}
		return len(all), nil
	}
	return l
}

// stalled is a link whose socket takes nothing until the test closes free, and fails
// when it sends an error on it.
func (w *world) stalled() (l *testLink, free chan error) {
	l, free = w.link(), make(chan error)
	l.write = func(pieces [][]byte) (int, error) {
		if err := <-free; err != nil {
			return 0, err
		}
		return len(slices.Concat(pieces...)), nil
	}
	return l, free
}

// finish ends a Sender as a connection does.
func finish(s *Sender, l Link) {
	s.Refuse(Closed)
	s.End()
	back := make(chan struct{})
	s.Detach(func(bool) { close(back) })
	<-back
	if l != nil {
		s.Ended(l, true)
	}
	s.Discard()
}

func silent(w *Waiter) bool { return len(w.done) == 0 }

// liveBytes is how much the heap holds.
func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
