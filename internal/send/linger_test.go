package send

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// busyWriter has a writer begin as often as it takes for it to linger.
func busyWriter(t *testing.T, s *Sender, gap time.Duration) {
	t.Helper()
	for range lingerAfter + 1 {
		time.Sleep(gap)
		publish(t, s, nil, []byte("x"))
		synctest.Wait()
	}
}

func (s *Sender) lingering() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lingers
}

// The writer stays where there is something to write again and again, writes what comes,
// and ends when nothing does.
func TestWriterLingers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.FenceEvery, cfg.FenceBytes = 0, 0 // a PING is something to write, too
		s, w := newSender(cfg)
		l := w.link()
		s.Attach(l, Prefix{})
		defer finish(s, l)
		busyWriter(t, s, 2*lingerGap)
		if s.lingering() {
			t.Error("the writer of a quiet connection lingers")
		}
		for range 3 {
			busyWriter(t, s, time.Millisecond)
			if !s.lingering() {
				t.Fatal("the writer of a busy connection doesn't linger")
			}
			for begin := time.Now(); time.Since(begin) < 4*lingerFor; { // as long as something comes now and then
				time.Sleep(lingerGap / 2)
				publish(t, s, nil, []byte("later"))
				synctest.Wait()
			}
			if !s.lingering() || !strings.HasSuffix(l.text(), "later\r\n") {
				t.Fatalf("lingers: %v; written: %q", s.lingering(), l.text())
			}
			time.Sleep(2*lingerFor + time.Millisecond)
			synctest.Wait()
			if s.lingering() {
				t.Fatal("the writer lingers for too long")
			}
		}
	})
}

// A writer that lingers ends with its link, or goes on with the next, and is never in the
// way of one that is needed at once: synctest finds it if it is left behind.
func TestLingeringWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		for range 20 {
			l := w.link()
			s.Attach(l, Prefix{})
			busyWriter(t, s, time.Millisecond)
			if !s.lingering() {
				t.Fatal("the writer doesn't linger")
			}
			s.Detach(func(bool) {})
			if s.lingering() {
				t.Fatal("the writer lingers without a link")
			}
			s.Ended(l, false)
			next := w.link()
			s.Attach(next, Prefix{}) // the old writer may still be on its way out
			publish(t, s, nil, []byte("next"))
			synctest.Wait()
			if !strings.HasSuffix(next.text(), "next\r\n") {
				t.Fatalf("the next link got %q", next.text())
			}
			s.Detach(func(bool) {})
			s.Ended(next, false)
		}
		l := w.link()
		s.Attach(l, Prefix{})
		busyWriter(t, s, time.Millisecond)
		finish(s, l)
		if timer := s.busy.linger.timer; timer.Stop() {
			t.Error("a closed connection has a timer")
		}
	})
}
