package send

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Those who ask at the same time share a PING, and its answer, which may come before
// the write is back.
func TestFencesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l := w.answering(s)
		hold := make(chan struct{})
		answer := l.write
		l.write = func(pieces [][]byte) (int, error) { <-hold; return answer(pieces) }
		s.Attach(l, Prefix{})
		publish(t, s, nil, []byte("x")) // its write is held up
		synctest.Wait()
		var waiters []*Waiter
		for range 100 {
			p := Publication{Confirm: true}
			publish(t, s, &p, []byte("y"))
			f, err := s.Fence()
			if err != nil {
				t.Fatal(err)
			}
			waiters = append(waiters, p.Waiter, f)
		}
		close(hold)
		for _, w := range waiters {
			if err := <-w.Done(); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(l.text(), "PING"); n != 1 {
			t.Errorf("%d PINGs", n)
		}
		synctest.Wait()
		s.mu.Lock()
		if s.waits != nil {
			t.Error("the lists are kept")
		}
		s.mu.Unlock()
		finish(s, l)
	})
}

// Messages are confirmed by bytes and by time, whether somebody waits or not.
func TestFencesByBytesAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.FenceBytes, cfg.FenceEvery = 1000, time.Second
		s, w := newSender(cfg)
		l := w.answering(s)
		s.Attach(l, Prefix{})
		pings := func() int {
			synctest.Wait()
			return strings.Count(l.text(), "PING")
		}
		publish(t, s, nil, []byte("x"))
		if n := pings(); n != 0 {
			t.Errorf("%d PINGs at once", n)
		}
		time.Sleep(time.Second)
		if n := pings(); n != 1 {
			t.Errorf("%d PINGs after a second", n)
		}
		time.Sleep(time.Hour)
		if n := pings(); n != 1 {
			t.Errorf("%d PINGs for nothing", n-1)
		}
		publish(t, s, nil, make([]byte, 2000))
		if n := pings(); n != 2 {
			t.Errorf("%d PINGs after many bytes", n-1)
		}
		publish(t, s, nil, []byte("x")) // sets the timer
		publish(t, s, nil, make([]byte, 2000))
		time.Sleep(time.Hour)
		if n := pings(); n != 3 {
			t.Errorf("%d PINGs, the last for nothing", n)
		}
		if v := s.Sight(); v.Unanswered != 0 || v.Confirmed == 0 {
			t.Errorf("%+v", v)
		}
		finish(s, l)
	})
}

// A PONG that nobody asked for is told from one that was.
func TestPongThatNobodyAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l := w.link()
		s.Attach(l, Prefix{})
		synctest.Wait()
		if s.Pong() {
			t.Error("a PONG without a PING was asked for")
		}
		s.Ping()
		synctest.Wait()
		if !s.Pong() || s.Pong() {
			t.Error("one of two PONGs was asked for")
		}
		finish(s, l)
	})
}
