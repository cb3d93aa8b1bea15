package handover

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var errTest = errors.New("test")

// What a move calls up to Ready, and what then, when nothing is at fault.
var (
	overlapCalls = []string{
		"begin", "fence", "subscribe", "side fence: PING", "old: pub p.n.0 0", "side: PUB p.o 0",
		"skew", "leave queues", "fence",
	}
	holdCalls = []string{"hold: pub p.n.1 0", "hand over"}
)

// upTo is the first calls, n times one of that name, and what follows them.
func upTo(last string, n int, more ...string) []string {
	for i, call := range overlapCalls {
		if call == last {
			if n--; n == 0 {
				return slices.Concat(overlapCalls[:i+1], more)
			}
		}
	}
	panic(last)
}

// ready brings a move up to the moment when the machine switches.
func (w *world) ready() {
	w.t.Helper()
	time.Sleep(5 * time.Second)
	w.expect(slices.Concat(overlapCalls, []string{"ready"})...)
}

// A move in good order.
func TestAMove(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "")
		if w.mover.Reading(w.next) != w.m || w.m.Old() != w.old || w.m.Next() != w.next {
			t.Error("the readers don't know of it")
		}
		w.ready()
		w.m.Switch()
		time.Sleep(time.Second)
		w.expect(holdCalls...)
		w.busy = 1
		if done, again := w.m.HandOver(); done || !again {
			t.Errorf("handed over while a write is under way: %v, again %v", done, again)
		}
		w.expect("side closed")
		if done, _ := w.m.HandOver(); !done {
			t.Error("not handed over")
		}
		w.expect("side closed", "cut, rescue false", "switch: rest", "moved")
		w.end()
		if w.next.closed.Load() {
			t.Error("the link in use is closed")
		}
		w.expect()
	})
}

// What a server refuses to let through isn't waited for.
func TestAMoveWithoutProbes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "refused")
		if w.m.Refuses(`Permissions Violation for Publish to "other"`) {
			t.Error("that is somebody else's")
		}
		for range 2 {
			if !w.m.Refuses(`Permissions Violation for Publish to "p.n.0"`) {
				t.Error("that is its own")
			}
		}
		w.ready()
		w.m.Switch()
		time.Sleep(time.Second)
		w.expect(holdCalls...)
		if done, _ := w.m.HandOver(); !done {
			t.Error("not handed over")
		}
		w.expect("side closed", "cut, rescue false", "switch: rest", "moved")
		w.end()
	})
}

// steps are those that can fail before the switch, with the calls that there have been
// and the reason.
var steps = []struct {
	fault string
	calls []string
	err   error
	waits bool          // for an answer that doesn't come
	after time.Duration // when it is told
}{
	{"begin", upTo("begin", 1), NotNow, false, 0},
	{"closed", upTo("fence", 1), errTest, false, 0},
	{"fence 1", upTo("fence", 1), Unproven, true, answerWithin},
	{"lost 1", upTo("fence", 1), errTest, false, 0},
	{"pong", upTo("side fence: PING", 1), Unproven, true, answerWithin},
	{"probe next", upTo("old: pub p.n.0 0", 1), Unproven, true, probeWithin},
	{"probe old", upTo("side: PUB p.o 0", 1), Unproven, true, probeWithin},
	{"fence 2", upTo("fence", 2), Unproven, true, 750*time.Millisecond + answerWithin},
	{"lost 2", upTo("fence", 2), errTest, false, 750 * time.Millisecond},
	{"too many", upTo("fence", 2), TooMany, false, 1250 * time.Millisecond},
}

// left is what taking leave of the new server looks like.
func (w *world) left() {
	w.t.Helper()
	var calls []string
	if w.fault != "begin" {
		calls = append(calls, "abandon")
		if w.gone.Load() {
			calls = append(calls, "fence")
		}
		time.Sleep(time.Second) // until all know, when the old server answers
		calls = append(calls, "leave")
		if w.made {
			calls = append(calls, "side fence: UNSUB 1 PING")
		}
	}
	w.expect(calls...)
	if w.made && w.fault == "pong" {
		if w.next.closed.Load() || w.mover.Reading(w.next) != w.m {
			w.t.Errorf("%s: the new link is closed before its answer", w.fault)
		}
		time.Sleep(patience)
		synctest.Wait()
	}
	if !w.next.closed.Load() || w.old.closed.Load() {
		w.t.Errorf("%s: the new link is open, or the old one closed", w.fault)
	}
	w.nothingLeft()
	if w.drive(); w.mover.Newest() == w.m {
		w.t.Errorf("%s: it is kept", w.fault)
	}
}

// Each step that fails is told, once, with the reason, and the move leaves.
func TestStepsFail(t *testing.T) {
	for _, step := range steps {
		bubble(t, func(t *testing.T) {
			began := time.Now()
			w := newWorld(t, new(Mover), step.fault)
			time.Sleep(10 * time.Second)
			w.expect(slices.Concat(step.calls, []string{"not ready"})...)
			// The probes take some milliseconds.
			if took := w.toldAt.Sub(began); took < step.after || took > step.after+10*time.Millisecond {
				t.Errorf("%s: told after %v, want %v", step.fault, took, step.after)
			}
			if !slices.Equal(w.errs, []error{step.err}) {
				t.Errorf("%s: %v, want %v", step.fault, w.errs, step.err)
			}
			w.m.Abandon()
			w.left()
		})
	}
}

// However long subscriptions go on to be made, the move is ready by and by: those that
// were made last are waited for half a Skew eight times at most.
func TestSubscriptionsThatNeverEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		began := time.Now()
		w := newWorld(t, new(Mover), "")
		w.lastMade.Store(1)
		time.Sleep(10 * time.Second)
		w.expect(slices.Concat(overlapCalls, []string{"ready"})...)
		if took := w.toldAt.Sub(began); took < 2200*time.Millisecond || took > 2300*time.Millisecond {
			t.Errorf("ready after %v", took)
		}
		w.m.Abandon()
		w.left()
	})
}

// Whoever gives a move up doesn't wait for the answers that it waits for.
func TestGivenUpAtEachStep(t *testing.T) {
	for _, step := range steps {
		if !step.waits {
			continue
		}
		bubble(t, func(t *testing.T) {
			w := newWorld(t, new(Mover), step.fault)
			for end := time.Now().Add(10 * time.Second); !slices.Equal(w.called(), step.calls); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%s: calls %q, want %q", step.fault, w.called(), step.calls)
				}
			}
			w.expect(step.calls...)
			end(t, w)
		})
	}
	// In a pause, and when it is ready.
	for _, after := range []time.Duration{500 * time.Millisecond, 1200 * time.Millisecond, 5 * time.Second} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, new(Mover), "")
			time.Sleep(after)
			synctest.Wait()
			w.calls = nil
			end(t, w)
			if told := len(w.errs) > 0; told != (after < 5*time.Second) {
				t.Errorf("after %v: told %v", after, w.errs)
			}
		})
	}
}

func (w *world) called() []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// end gives a move up, and looks at what comes of it.
func end(t *testing.T, w *world) {
	t.Helper()
	w.m.Abandon()
	w.set(slices.DeleteFunc(w.called(), func(call string) bool { return call == "not ready" }))
	w.left()
	for _, err := range w.errs {
		if err != GivenUp {
			t.Errorf("%s: %v, want %v", w.fault, err, GivenUp)
		}
	}
	if len(w.errs) > 1 {
		t.Errorf("%s: told %d times", w.fault, len(w.errs))
	}
}

// holds are how the old server's answer may be awaited in vain: what is at fault, what
// happens meanwhile each 10 ms, after what time it is given up, and the calls until then.
var holds = []struct {
	fault string
	each  func(w *world)
	after time.Duration
	waits []string
}{
	// It is silent, and the new server isn't.
	{"hold", nil, silent, []string{"side fence: PING"}},
	{"answer", nil, silent, []string{"side fence: PING"}},
	{"last probe", nil, silent, []string{"side fence: PING"}},
	// It isn't, and is slow: nothing is lost when that passes in time.
	{"answer", func(w *world) { w.old.brings() }, holdWithin, nil},
	{"last probe", func(w *world) { w.old.brings() }, holdWithin, nil},
	// It is silent, and so is the new server: it may be this process that stands still.
	{"answer", func(w *world) { w.mute.Store(true) }, holdWithin, []string{"side fence: PING"}},
	// More comes in than is to be compared.
	{"answer", func(w *world) { w.old.brings(); w.crowded.Store(time.Since(w.begun) >= time.Second) }, time.Second, nil},
}

// silent is for how long the old link of a world may be.
const silent = 500 * time.Millisecond

// When the old server hasn't answered for everything nothing is switched, and the new
// link is put to use behind its end.
func TestAHoldThatFails(t *testing.T) {
	for _, hold := range holds {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, new(Mover), hold.fault)
			w.ready()
			w.begun = time.Now()
			w.m.Switch()
			handedOver := func() bool { return slices.Contains(w.called(), "hand over") }
			for !handedOver() && time.Since(w.begun) < time.Minute {
				if hold.each != nil {
					hold.each(w)
				}
				time.Sleep(holdLook)
			}
			if took := time.Since(w.begun); took < hold.after || took > hold.after+3*holdLook {
				t.Errorf("%s: given up after %v, want %v", hold.fault, took, hold.after)
			}
			w.expect(slices.Concat(holdCalls[:1], hold.waits, holdCalls[1:])...)
			w.fault = "unanswered"
			if done, again := w.m.HandOver(); done || again {
				t.Errorf("%s: handed over: %v, again %v", hold.fault, done, again)
			}
			// What waits for the new link isn't forgotten by that.
			w.expect("side closed", "cut, rescue true", "switch: rest", "side takes back: rest")
			w.m.Rescue()
			w.expect("subscribe", "side closed", "fit", "cut, rescue true", "attach: rest")
			w.end()
		})
	}
	for _, fault := range []string{"hold", "answer", "last probe"} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, new(Mover), fault)
			w.ready()
			w.m.Switch()
			time.Sleep(100 * time.Millisecond)
			w.expect(holdCalls[0])
			w.m.OldGone()
			w.m.OldGone()
			w.expect(holdCalls[1])
			if done, again := w.m.HandOver(); done || again {
				t.Errorf("%s: handed over: %v, again %v", fault, done, again)
			}
			w.expect()
			w.m.Rescue()
			w.expect("subscribe", "side closed", "fit", "cut, rescue true", "attach: rest")
			w.end()
		})
	}
}

// An old server whose answers took long before may be silent for longer, and one that is
// silent for less than that, or answers while the new one is asked, is waited for.
func TestHowLongTheOldServerMayBeSilent(t *testing.T) {
	for name, c := range map[string]struct{ took, trip, patience, want time.Duration }{
		"quick":         {time.Millisecond, time.Millisecond, time.Minute, 500 * time.Millisecond},
		"far away":      {100 * time.Millisecond, 50 * time.Millisecond, time.Minute, 1600 * time.Millisecond},
		"answers late":  {time.Millisecond, 300 * time.Millisecond, time.Minute, 2400 * time.Millisecond},
		"as late as is": {time.Second, 2 * time.Second, time.Minute, holdWithin},
		"StaleAfter":    {time.Second, 2 * time.Second, time.Second, time.Second},
	} {
		w := &world{patience: c.patience}
		m := &Move{host: w, trip: c.trip}
		m.took.Store(int64(c.took))
		if got := m.silence(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "answer")
		w.ready()
		w.mute.Store(true)
		w.m.Switch()
		time.Sleep(silent - holdLook)
		w.old.brings()
		w.expect(holdCalls[0])
		time.Sleep(silent - holdLook)
		w.expect()
		time.Sleep(3 * holdLook)
		w.expect("side fence: PING")
		w.old.brings()
		close(w.pong) // too late to say anything
		time.Sleep(silent / 2)
		w.expect()
		time.Sleep(silent)
		w.expect("side fence: PING")
		close(w.pong)
		w.expect("hand over")
		w.m.Rescue()
		synctest.Wait()
		w.end()
	})
}

// What was asked on the new link before the switch is answered before what is asked
// behind it: those answers aren't the send side's, however late they come.
func TestAnswersThatTheNewServerOwes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "")
		w.ready()
		w.owes = make(chan struct{})
		w.m.Switch()
		w.m.Rescue()
		synctest.Wait()
		w.set(nil)
		close(w.oldOver)
		close(w.ended)
		synctest.Wait()
		if w.mover.Reading(w.next) != w.m {
			t.Fatal("the readers don't ask it any more")
		}
		if asked, taken := w.m.Pong(w.next); !asked || !taken {
			t.Errorf("asked %v, taken %v", asked, taken)
		}
		w.drive()
		w.nothingLeft()
		if _, taken := w.m.Pong(w.next); taken {
			t.Error("the next answer isn't the send side's")
		}
	})
}

// The old link ends in the overlap: the new one is put to use, when its last write is
// back.
func TestRescue(t *testing.T) {
	for _, step := range steps {
		if !step.waits {
			continue
		}
		bubble(t, func(t *testing.T) {
			w := newWorld(t, new(Mover), step.fault)
			time.Sleep(time.Millisecond)
			synctest.Wait()
			w.calls = nil
			w.busy = 1
			w.m.Rescue()
			w.expect("subscribe", "side closed")
			time.Sleep(time.Second / 2)
			synctest.Wait()
			w.calls, w.errs = nil, nil
			w.drive()
			w.set(slices.DeleteFunc(w.called(), func(call string) bool { return call == "not ready" }))
			w.expect("subscribe", "side closed", "fit", "cut, rescue true", "attach: rest")
			w.end()
			if w.next.closed.Load() || slices.ContainsFunc(w.errs, func(err error) bool { return err != GivenUp }) {
				t.Errorf("%s: the link in use is closed, or told: %v", step.fault, w.errs)
			}
		})
	}
}

// Both links end: the move does, once, whatever else is under way, and nothing is written.
func TestBothEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "probe old")
		time.Sleep(100 * time.Millisecond)
		w.expect(upTo("side: PUB p.o 0", 1)...)
		w.busy = 1
		w.m.Rescue()
		w.expect("subscribe", "side closed")
		w.mover.Gone(w.old)
		w.expect()
		w.away = true
		w.mover.Gone(w.next)
		w.expect("cut, rescue true", "not ready")
		w.mover.Gone(w.next)
		time.Sleep(time.Second)
		w.drive() // the rescue finds another link in use
		w.expect()
		w.end()
	})
}

// A closed connection doesn't wait for copies.
func TestClosedAfterAMove(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "")
		w.m.Rescue()
		close(w.oldOver)
		if isOver(w.m.done) {
			t.Error("another move may begin too early")
		}
		close(w.closed)
		w.nothingLeft()
	})
}

// A move begins when nothing is left of the one before.
func TestOneMoveAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		first := newWorld(t, new(Mover), "")
		first.m.Rescue()
		given := newWorld(t, first.mover, "")
		given.m.Abandon() // before it has begun
		given.expect()
		second := newWorld(t, first.mover, "")
		second.drive()
		second.expect()
		if !given.next.closed.Load() || first.mover.Reading(first.next) != first.m || isOver(given.m.done) {
			t.Error("the link is open, or another move has begun before the end of the first")
		}
		close(first.oldOver)
		close(first.ended)
		first.drive()
		second.drive()
		second.ready()
		second.m.Abandon()
		second.left()
		given.nothingLeft()
	})
}

// The old link ends before the move to the new one has begun: that one is put to use like
// any other.
func TestRescueBeforeTheBegin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		first := newWorld(t, new(Mover), "")
		first.m.Rescue()
		second := newWorld(t, first.mover, "")
		second.m.Rescue()
		second.expect("adopt")
		close(first.oldOver)
		close(first.ended)
		first.drive()
		second.drive()
		second.expect()
		second.nothingLeft()
	})
}

// Until the switch the new link's PINGs and PONGs are the side's, and from then on
// those of the old one nobody's.
func TestReaders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, new(Mover), "")
		w.ready()
		if asked, taken := w.m.Pong(w.next); asked || !taken {
			t.Errorf("of the new link: asked %v, taken %v", asked, taken)
		}
		if !w.m.Ping(w.next) {
			t.Error("the send side is to answer on the new link")
		}
		w.expect("side pong", "side: PONG")
		if _, taken := w.m.Pong(w.old); taken || w.m.Ping(w.old) {
			t.Error("the old link is still the send side's")
		}
		w.m.Switch()
		w.m.Rescue()
		time.Sleep(time.Second)
		synctest.Wait()
		w.calls = nil
		if asked, taken := w.m.Pong(w.old); !asked || !taken || !w.m.Ping(w.old) {
			t.Error("the old link is the send side's")
		}
		if _, taken := w.m.Pong(w.next); taken || w.m.Ping(w.next) {
			t.Error("the new link isn't the send side's")
		}
		w.expect("side pong")
		w.end()
	})
}
