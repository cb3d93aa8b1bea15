package window

import (
	"testing"
	"time"
)

// stuckCopy is a message of which one copy went out, and another is queued behind it.
func stuckCopy(t *testing.T) *tape {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.stuck = true
	p.tick(5 * time.Second)
	p.want("new 1", "send 1")
	return p
}

// The first copy may be stored, and the stream have forgotten it when the second goes out:
// then that doesn't.
func TestACopyThatWaitedForTooLongIsWithdrawn(t *testing.T) {
	for _, c := range []struct {
		outage time.Duration
		want   []string
	}{
		{time.Minute, []string{"send 1"}}, // before what is queued
		{3 * time.Minute, []string{"fail 1 3 in doubt"}},
	} {
		p := stuckCopy(t)
		p.do(6*time.Second, p.w.LinkDown(6*time.Second, 1, 0, nil))
		p.want("withdraw 1 [2]")
		p.do(c.outage, p.w.LinkUp(c.outage, nil))
		p.want(c.want...)
	}
}

// How long a message waits to be sent for the first time doesn't matter, not even for
// whether it may be sent again.
func TestWhatHasNotLeftMayWait(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkDown(0, 0, 0, nil))
	p.stuck = true
	p.add(0, 1, withID)
	p.do(time.Hour, p.w.LinkUp(time.Hour, nil))
	p.want("new 1")
	p.left, p.stuck = 1, false
	p.do(time.Hour+ms, p.w.LinkDown(time.Hour+ms, 1, 0, nil))
	p.do(time.Hour+time.Second, p.w.LinkUp(time.Hour+time.Second, nil))
	p.want("send 1")
}

// A connection that sends again what isn't confirmed does so as long as the stream
// remembers ids.
func TestWhatTheConnectionSendsAgainIsWithdrawn(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.stuck = true
	p.add(0, 1, withID)
	p.add(0, 2, withoutID)
	p.do(ms, p.w.LinkDown(ms, 0, 2, nil))
	p.do(time.Minute, p.w.LinkUp(time.Minute, nil))
	p.do(61*time.Second, p.w.LinkDown(61*time.Second, 0, 2, nil))
	p.want("new 1", "new 2")
	p.do(3*time.Minute, p.w.LinkUp(3*time.Minute, nil))
	p.want("withdraw 1 [1]", "fail 1 3 in doubt")
}

// Of a message that has ended no copy goes out any more, if another did before.
func TestNoCopyIsLeftBehindTheEnd(t *testing.T) {
	p := stuckCopy(t)
	p.ack(5001*ms, 1)
	p.want("withdraw 1 [1 2]")
	p = stuckCopy(t)
	p.do(6*time.Second, p.w.LinkDown(6*time.Second, 1, 0, nil))
	p.do(7*time.Second, p.w.FailAll(7*time.Second, Closed, nil))
	p.want("withdraw 1 [2]", "fail 1 5 in doubt")
	p = stuckCopy(t)
	p.do(7*time.Second, p.w.FailAll(7*time.Second, Closed, nil))
	p.want("fail 1 5 in doubt", "withdraw 1 [1 2]")

	p = newTape(t, usual())
	p.do(0, p.w.LinkDown(0, 0, 0, nil))
	p.stuck = true
	p.add(0, 1, withID) // the only copy: whether it goes out is as it always was
	p.do(ms, p.w.FailAll(ms, Closed, nil))
	p.want("new 1", "fail 1 5 in doubt")
}

// A copy that is queued on a link which takes nothing is found there, too.
func TestACopyThatWaitsOnALinkIsWithdrawn(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.do(6*time.Second, p.w.LinkDown(6*time.Second, 1, 0, nil))
	p.do(100*time.Second, p.w.LinkUp(100*time.Second, nil))
	p.stuck = true
	p.tick(106 * time.Second)
	p.want("new 1", "send 1", "send 1")
	p.tick(121 * time.Second)
	p.want("withdraw 1 [2]", "fail 1 3 in doubt")
}

// A copy that is queued behind one that was refused is looked after, too. Here no stream
// has the message, so it goes out again.
func TestACopyBehindARefusedOneIsWithdrawn(t *testing.T) {
	p := stuckCopy(t)
	p.tick(10 * time.Second) // three copies
	p.want("send 1")
	p.refuse(10001*ms, 1) // the first
	p.do(11*time.Second, p.w.LinkDown(11*time.Second, 1, 0, nil))
	p.do(3*time.Minute, p.w.LinkUp(3*time.Minute, nil))
	p.want("ask 1", "withdraw 1 [2 3]")
	p.tick(3*time.Minute + 20*ms)
	p.want("send 1")
}
