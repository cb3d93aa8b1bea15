package handover

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type testLink struct {
	name   string
	closed atomic.Bool
	over   chan struct{} // its reader has ended
	heard  atomic.Int64  // nanoseconds
}

func newLink(name string) *testLink { return &testLink{name: name, over: make(chan struct{})} }

func (l *testLink) Server() string { return l.name }
func (l *testLink) Close()         { l.closed.Store(true); l.hangUp() }

func (l *testLink) Silent() time.Duration { return time.Since(time.Unix(0, l.heard.Load())) }

func (l *testLink) Still() time.Duration { return l.Silent() }

// brings has something come in now.
func (l *testLink) brings() { l.heard.Store(time.Now().UnixNano()) }

func (l *testLink) hangUp() {
	select {
	case <-l.over:
	default:
		close(l.over)
	}
}

// patience is for how long a link may be silent.
const patience = 10 * time.Second

// world is the host of one move. It notes how it is called, and answers like good
// servers do, but for what is at fault.
type world struct {
	t         *testing.T
	mover     *Mover
	m         *Move
	old, next *testLink
	fault     string
	oldOver   chan struct{} // the old link brings nothing more
	ended     chan struct{} // copies of what it brought don't come any more
	closed    chan struct{} // the connection is
	patience  time.Duration
	begun     time.Time    // the hold
	crowded   atomic.Bool  // as much is compared as may be
	lastMade  atomic.Int64 // a Duration
	toldAt    time.Time    // Ready or NotReady

	mu     sync.Mutex
	calls  []string
	posts  []func()
	errs   []error
	probed func(string)
	fences int
	forgot int
	answer chan error    // to the last one
	busy   int           // so many times the last write isn't back
	made   bool          // queue subscriptions are, at the new server
	gone   atomic.Bool   // they have left the old one
	pong   chan struct{} // the answer to the last fence at the new one
	away   bool          // another link is in use
	mute   atomic.Bool   // the new server doesn't answer any more
	owes   chan struct{} // closed when it has answered all it was asked; nil: it has
}

func newWorld(t *testing.T, mover *Mover, fault string) *world {
	w := &world{
		t: t, mover: mover, fault: fault, patience: patience, old: newLink("a"), next: newLink("b"),
		oldOver: make(chan struct{}), ended: make(chan struct{}), closed: make(chan struct{}),
	}
	w.lastMade.Store(int64(time.Hour))
	mover.Prepare(w.old, w.next, "p", sideOf{w}, w)
	w.m = mover.Newest()
	return w
}

// bubble runs a test on time of its own. Nothing of a move may be left behind.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// note notes a call, once if it is repeated; to hold is tried each millisecond, whatever else
// happens in it.
func (w *world) note(format string, args ...any) {
	call := fmt.Sprintf(format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasPrefix(call, "hold: ") && slices.Contains(w.calls, call) {
		return
	}
	if n := len(w.calls); n == 0 || w.calls[n-1] != call {
		w.calls = append(w.calls, call)
	}
}

// set forgets the calls but for these.
func (w *world) set(calls []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = calls
}

// expect says which calls there must have been since it was last asked.
func (w *world) expect(want ...string) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	got := w.calls
	w.calls = nil
	w.mu.Unlock()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: calls\n%q, want\n%q", w.fault, got, want)
	}
}

// drive does what was posted.
func (w *world) drive() {
	synctest.Wait()
	w.mu.Lock()
	posts := w.posts
	w.posts = nil
	w.mu.Unlock()
	for _, f := range posts {
		f()
	}
	synctest.Wait()
}

// isOver says whether a channel is closed.
func isOver(c <-chan struct{}) bool {
	synctest.Wait()
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// nothingLeft is after the end of a move.
func (w *world) nothingLeft() {
	w.t.Helper()
	if !isOver(w.m.done) || !isOver(w.m.over) {
		w.t.Errorf("%s: another move can't begin", w.fault)
	}
	if w.mover.Reading(w.next) == w.m {
		w.t.Errorf("%s: the readers still ask it", w.fault)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.forgot != w.fences {
		w.t.Errorf("%s: %d fences of %d are forgotten", w.fault, w.forgot, w.fences)
	}
}

// end lets the old link end, and then the copies of what it has brought.
func (w *world) end() {
	w.t.Helper()
	if w.mover.Reading(w.old) != w.m || isOver(w.m.done) {
		w.t.Errorf("%s: it has ended before the old link", w.fault)
	}
	close(w.oldOver)
	synctest.Wait()
	if w.mover.Reading(w.old) != nil || isOver(w.m.done) {
		w.t.Errorf("%s: the readers ask it, or another move may begin too early", w.fault)
	}
	close(w.ended)
	w.drive()
	w.nothingLeft()
	if w.mover.Newest() != nil {
		w.t.Errorf("%s: it is kept", w.fault)
	}
}

// come lets a probe come in by and by.
func (w *world) come(subject string) {
	w.mu.Lock()
	probed := w.probed
	w.mu.Unlock()
	time.AfterFunc(time.Millisecond, func() { probed(subject) })
}

func subjectOf(frame []byte) string { return strings.Fields(string(frame))[1] }

func (w *world) Begin(cfg Reading) Subscriptions {
	w.note("begin")
	w.probed = cfg.Probed
	if w.fault == "begin" {
		return nil
	}
	return subsOf{w}
}

func (w *world) Adopt() { w.note("adopt") }
func (w *world) Moved() { w.note("moved") }

func (w *world) Fence() (answer <-chan error, forget func(), err error) {
	w.note("fence")
	if w.fault == "closed" {
		return nil, nil, errTest
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fences++
	c := make(chan error, 1)
	w.answer = c
	switch w.fault {
	case "slow":
	case fmt.Sprint("fence ", w.fences):
	case fmt.Sprint("lost ", w.fences):
		c <- errTest
	default:
		c <- nil
	}
	return c, func() { w.mu.Lock(); w.forgot++; w.mu.Unlock() }, nil
}

func (w *world) Beside(frames []byte) {
	w.note("old: %s", frames[:strings.IndexByte(string(frames), '\r')])
	if w.fault != "probe next" && w.fault != "refused" {
		w.come(subjectOf(frames))
	}
}

func (w *world) Hold(frames []byte) <-chan struct{} {
	w.note("hold: %s", frames[:strings.IndexByte(string(frames), '\r')])
	if w.fault == "hold" {
		return nil
	}
	held := make(chan struct{})
	if w.fault != "answer" {
		time.AfterFunc(time.Millisecond, func() { close(held) })
	}
	if w.fault != "last probe" && w.fault != "refused" {
		w.come(subjectOf(frames))
	}
	return held
}

func (w *world) SwitchTo(frames []byte) (done, busy bool) {
	w.note("switch: %s", frames)
	return w.fault != "unanswered", false
}

func (w *world) Fit()                 { w.note("fit") }
func (w *world) Attach(frames []byte) { w.note("attach: %s", frames) }

func (w *world) Ready() {
	w.toldAt = time.Now()
	w.note("ready")
}
func (w *world) NotReady(err error) {
	w.note("not ready")
	w.mu.Lock()
	w.toldAt = time.Now()
	w.errs = append(w.errs, err)
	w.mu.Unlock()
}
func (w *world) HandOver()               { w.note("hand over") }
func (w *world) InUse() bool             { return !w.away }
func (w *world) Patience() time.Duration { return w.patience }
func (w *world) Done() <-chan struct{}   { return w.closed }
func (w *world) Post(f func()) {
	w.mu.Lock()
	w.posts = append(w.posts, f)
	w.mu.Unlock()
}

type sideOf struct{ w *world }

func (s sideOf) Write(lines []byte) {
	line, _, _ := strings.Cut(string(lines), "\r")
	s.w.note("side: %s", line)
	if strings.HasPrefix(string(lines), "PUB") && s.w.fault != "probe old" && s.w.fault != "refused" {
		s.w.come(subjectOf(lines))
	}
}

func (s sideOf) Fence(ping []byte) <-chan struct{} {
	s.w.note("side fence: %s", strings.ReplaceAll(strings.TrimSpace(string(ping)), "\r\n", " "))
	c := make(chan struct{})
	if s.w.fault != "pong" && s.w.fault != "slow" && !s.w.mute.Load() {
		close(c)
	}
	s.w.pong = c
	return c
}

func (s sideOf) Pong() bool {
	s.w.note("side pong")
	if s.w.owes == nil {
		return false
	}
	close(s.w.owes)
	s.w.owes = nil
	return true
}

func (s sideOf) Answered() <-chan struct{} {
	if s.w.owes != nil {
		return s.w.owes
	}
	c := make(chan struct{})
	close(c)
	return c
}

func (s sideOf) Close() bool {
	s.w.note("side closed")
	if s.w.busy > 0 {
		s.w.busy--
		return false
	}
	return true
}

func (s sideOf) Rest() []byte         { return []byte("rest") }
func (s sideOf) TakeBack(rest []byte) { s.w.note("side takes back: %s", rest) }

type subsOf struct{ w *world }

func (s subsOf) Subscribe() {
	s.w.note("subscribe")
	s.w.mu.Lock()
	s.w.made = true
	s.w.mu.Unlock()
}

func (s subsOf) SetSkew(time.Duration)    { s.w.note("skew") }
func (s subsOf) LeaveQueues() bool        { s.w.note("leave queues"); s.w.gone.Store(true); return true }
func (s subsOf) LastMade() time.Duration  { return time.Duration(s.w.lastMade.Load()) }
func (s subsOf) Commit() bool             { return s.w.fault != "too many" }
func (s subsOf) Crowded() bool            { return s.w.crowded.Load() }
func (s subsOf) OldOver() <-chan struct{} { return s.w.oldOver }

func (s subsOf) NextOver() <-chan struct{} { return s.w.next.over }

func (s subsOf) Ended() <-chan struct{} { return s.w.ended }

func (s subsOf) Cut(rescue bool, attach func() bool) bool {
	s.w.note("cut, rescue %v", rescue)
	return attach()
}

func (s subsOf) Abandon() bool { s.w.note("abandon"); return s.w.gone.Load() }

func (s subsOf) Leave() []byte {
	s.w.note("leave")
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if s.w.made {
		return []byte("UNSUB 1\r\n")
	}
	return nil
}
