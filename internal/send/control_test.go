package send

import (
	"strings"
	"testing"
	"testing/synctest"
)

// PONGs that are owed take no memory while the socket takes nothing.
func TestOwedPongs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l, free := w.stalled()
		s.Attach(l, Prefix{})
		const n = 100_000
		for range n {
			s.OwePong()
		}
		synctest.Wait()
		if size := s.Size(); size > 2*pongsAtOnce*len("PONG\r\n") {
			t.Errorf("%d bytes wait", size)
		}
		close(free)
		synctest.Wait()
		if got := strings.Count(l.text(), "PONG\r\n"); got != n {
			t.Errorf("%d PONGs", got)
		}
		finish(s, l)
	})
}

// SUB and UNSUB lines that wait for a stalled link have a bound, at which it is given
// up, once.
func TestControlLinesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		line := []byte("SUB some.subject 1\r\n")
		s.Control(line, 1)
		if s.Size() != 0 {
			t.Error("queued without a link")
		}
		l, free := w.stalled()
		s.Attach(l, Prefix{})
		calls := w.soFar()
		for range 10 * linesBeside {
			s.Control(line, 1)
		}
		synctest.Wait()
		if w.overrun != linesBeside+3 || w.soFar() != calls+1 {
			t.Errorf("given up with %d lines, told %d times", w.overrun, w.soFar()-calls)
		}
		if size := s.Size(); size > (linesBeside+3)*len(line) {
			t.Errorf("%d bytes wait", size)
		}
		close(free)
		synctest.Wait()
		s.Detach(func(bool) { s.Ended(l, false) })
		// Lines that get written don't count.
		next := w.link()
		s.Attach(next, Prefix{})
		w.overrun = 0
		for range 10 {
			for range linesBeside / 2 {
				s.Control(line, 1)
			}
			synctest.Wait()
		}
		if w.overrun != 0 {
			t.Error("given up though all was written")
		}
		finish(s, next)
	})
}
