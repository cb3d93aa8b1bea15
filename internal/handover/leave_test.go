package handover

import (
	"testing"
	"testing/synctest"
	"time"
)

// leaving brings a move up to its pause, before or after queue subscriptions have left the
// old server, and gives it up. From then on nobody answers by itself.
func leaving(t *testing.T, after time.Duration) *world {
	w := newWorld(t, new(Mover), "")
	time.Sleep(after)
	synctest.Wait()
	w.set(nil)
	w.fault = "slow"
	w.m.Abandon()
	w.drive()
	w.set(nil)
	return w
}

const (
	queuesThere = 500 * time.Millisecond
	queuesGone  = 900 * time.Millisecond
)

// open fails the test unless the new link is read, with its PONGs the side's.
func (w *world) open() {
	w.t.Helper()
	synctest.Wait()
	if w.next.closed.Load() || w.mover.Reading(w.next) != w.m {
		w.t.Fatal("the new link isn't read any more")
	}
}

// shut fails the test unless it is closed and forgotten.
func (w *world) shut() {
	w.t.Helper()
	synctest.Wait()
	if !w.next.closed.Load() || w.mover.Reading(w.next) != nil {
		w.t.Error("the new link is open, or asks a move")
	}
}

// The link that is left is read until its last answer, as long as it lives: however long
// that takes if something comes in, and otherwise for as long as a link may be silent.
func TestALinkThatIsLeftIsRead(t *testing.T) {
	for name, end := range map[string]func(w *world){
		"answered":  func(w *world) { close(w.pong) },
		"hung up":   func(w *world) { w.next.hangUp() },
		"closed":    func(w *world) { close(w.closed) },
		"is silent": func(*world) { time.Sleep(patience) },
	} {
		bubble(t, func(t *testing.T) {
			w := leaving(t, queuesThere)
			for range 6 {
				time.Sleep(patience - time.Second)
				w.open()
				w.next.heard.Store(time.Now().UnixNano())
			}
			if asked, taken := w.m.Pong(w.next); asked || !taken {
				t.Errorf("%s: its PONG is somebody else's", name)
			}
			// Another move doesn't wait for that.
			w.nothingLeftButTheLink()
			next := newWorld(t, w.mover, "")
			next.ready()
			w.open()
			if w.mover.Reading(next.next) != next.m || w.mover.Reading(w.old) != next.m {
				t.Errorf("%s: the next move isn't asked", name)
			}
			end(w)
			w.shutBut(next)
			next.m.Abandon()
			next.drive()
			time.Sleep(time.Minute)
			next.shut()
		})
	}
	bubble(t, func(t *testing.T) { // one that always brings something, and never answers
		w := leaving(t, queuesThere)
		for began := time.Now(); time.Since(began) < leaveMost-time.Second; time.Sleep(time.Second) {
			w.open()
			w.next.heard.Store(time.Now().UnixNano())
		}
		w.next.heard.Store(time.Now().UnixNano())
		time.Sleep(time.Second)
		w.shut()
	})
}

func (w *world) nothingLeftButTheLink() {
	w.t.Helper()
	w.drive()
	if !isOver(w.m.done) || w.mover.Newest() != nil {
		w.t.Error("another move can't begin")
	}
}

func (w *world) shutBut(next *world) {
	w.t.Helper()
	synctest.Wait()
	if !w.next.closed.Load() || w.mover.Reading(w.next) == w.m || next.next.closed.Load() {
		w.t.Error("the new link is open, or asks a move; or the next one's is closed")
	}
}

// Queue subscriptions that have left the old server stay at the new one until the old one
// has answered, and all know it.
func TestQueuesStayUntilTheyAreBack(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *world)
		then time.Duration
	}{
		"answered":        {func(w *world) { w.answer <- nil }, 250 * time.Millisecond},
		"lost":            {func(w *world) { w.answer <- errTest }, 0},
		"the other ended": {func(w *world) { w.next.hangUp() }, 0},
		"closed":          {func(w *world) { close(w.closed) }, 0},
	} {
		bubble(t, func(t *testing.T) {
			w := leaving(t, queuesGone)
			time.Sleep(5 * time.Second)
			w.expect()
			if isOver(w.m.done) {
				t.Errorf("%s: another move may begin", name)
			}
			w.open()
			c.end(w)
			if c.then > 0 {
				time.Sleep(c.then - 1)
				w.expect()
				time.Sleep(1)
			}
			w.expect("leave", "side fence: UNSUB 1 PING")
			if name == "answered" || name == "lost" {
				w.open()
				close(w.pong)
			}
			w.shut()
			w.drive()
			w.nothingLeft()
		})
	}
}
