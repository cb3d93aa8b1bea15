package send

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A link that is left voluntarily gets a PING behind what was written and nothing
// after it; what is published meanwhile waits for the next link.
func TestSeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l := w.link() // answers when the test says so
		s.Attach(l, Prefix{})
		synctest.Wait()
		if s.Seal() != nil {
			t.Error("there is something to wait for")
		}
		s.Detach(func(bool) { s.Ended(l, false) })
		l = w.link()
		s.Attach(l, Prefix{})
		publish(t, s, nil, []byte("before"))
		synctest.Wait()
		settled := s.Seal()
		publish(t, s, nil, []byte("behind"))
		synctest.Wait()
		if got := l.text(); !strings.HasSuffix(got, "before\r\nPING\r\n") {
			t.Errorf("%q", got)
		}
		select {
		case <-settled:
			t.Error("settled without an answer")
		default:
		}
		s.Pong()
		begin := time.Now()
		s.AwaitSettled(l, settled)
		if time.Since(begin) != 0 {
			t.Error("waits though the answer has come")
		}
		s.Detach(func(bool) { s.Ended(l, false) })
		next := w.answering(s)
		s.Attach(next, Prefix{})
		synctest.Wait()
		if !strings.Contains(next.text(), "behind") {
			t.Errorf("%q", next.text())
		}
		finish(s, next)
	})
}

// A link that doesn't move is waited for half a second, one that does for two.
func TestAwaitSettledIsBounded(t *testing.T) {
	for _, moves := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s, w := newSender(usual)
			l := w.link()
			if moves {
				l.acked = func(now time.Duration) (time.Duration, bool) { return now, true }
			}
			s.Attach(l, Prefix{})
			publish(t, s, nil, []byte("x"))
			synctest.Wait()
			begin := time.Now()
			s.AwaitSettled(l, s.Seal())
			want := settlePatience
			if moves {
				want = settleLimit
			}
			if d := time.Since(begin); d < want || d > want+2*settleStep {
				t.Errorf("moves is %v: waited %v", moves, d)
			}
			finish(s, l)
		})
	}
}

// Close waits itself only while there is progress.
func TestSettleForClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		if s.SettleForClose() != nil {
			t.Error("waits without a link")
		}
		l := w.answering(s)
		s.Attach(l, Prefix{})
		publish(t, s, nil, []byte("x"))
		if s.SettleForClose() != nil {
			t.Error("there is something left to wait for")
		}
		if s.Sight().Unanswered != 0 {
			t.Error("not all is confirmed")
		}
		s.Detach(func(bool) { s.Ended(l, false) })
		stuck, free := w.stalled()
		s.Attach(stuck, Prefix{})
		publish(t, s, nil, []byte("x"))
		begin := time.Now()
		left := s.SettleForClose()
		if d := time.Since(begin); left == nil || d > 2*closePatience {
			t.Errorf("after %v: %v", d, left)
		}
		close(free)
		finish(s, stuck)
		if s.Leftover() != 0 {
			t.Errorf("%d bytes left over", s.Leftover())
		}
	})
}
