package send

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// full is a Sender whose link takes nothing, with more queued than may be.
func full(t *testing.T, cfg Config) (s *Sender, w *world, l *testLink, free chan error) {
	cfg.Limit = 100
	s, w = newSender(cfg)
	l, free = w.stalled()
	s.Attach(l, Prefix{})
	publish(t, s, nil, make([]byte, 200))
	synctest.Wait()
	return s, w, l, free
}

// By default a publish waits while the socket takes something, and fails when it has
// taken nothing for a second.
func TestPushBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, l, free := full(t, usual)
		begin := time.Now()
		_, err := s.Publish(nil, "a", "", nil, nil)
		var e *FullError
		if !errors.As(err, &e) || e.Server != l.Server() || e.Waiting < 200 || e.Limit != 100 || e.Stalled < stallLimit || e.HeldLimit != 0 {
			t.Errorf("%+v", err)
		}
		if d := time.Since(begin); d < stallLimit || d > stallLimit+time.Millisecond {
			t.Errorf("after %v", d)
		}
		// A peer that acknowledges gets on, though its socket is full.
		l.acked = func(now time.Duration) (time.Duration, bool) { return now, true }
		done := make(chan error)
		go func() {
			_, err := s.Publish(nil, "a", "", nil, nil)
			done <- err
		}()
		time.Sleep(time.Minute / 2)
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("given up on a link that gets on: %v", err)
		default:
		}
		close(free)
		if err := <-done; err != nil {
			t.Errorf("when there was room: %v", err)
		}
		finish(s, l)
	})
}

// What a publish says of waiting goes before the policy, and a wait ends with its
// context or its time.
func TestWaitForRoomEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.Full = WaitForRoom
		s, w, l, free := full(t, cfg)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for what, c := range map[string]struct {
			p     Publication
			takes time.Duration
			why   error // nil: it is a FullError
		}{
			"a limit":      {Publication{Limit: time.Minute}, time.Minute, OutOfTime},
			"not to wait":  {Publication{Never: true}, 0, nil},
			"an end, both": {Publication{Ctx: ctx, Limit: time.Second, Always: true}, time.Second, OutOfTime},
		} {
			begin := time.Now()
			_, err := s.Publish(&c.p, "a", "", nil, nil)
			var full *FullError
			if c.why != nil && !errors.Is(err, c.why) || c.why == nil && !errors.As(err, &full) {
				t.Errorf("%s: %v", what, err)
			}
			if d := time.Since(begin); d != c.takes || !c.p.Never && c.p.Waited != d {
				t.Errorf("%s: took %v, and says %v", what, d, c.p.Waited)
			}
		}
		if _, err := s.Publish(&Publication{Ctx: ctx}, "a", "", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a context: %v", err)
		}
		close(free)
		synctest.Wait()
		if len(w.reasons) > 0 {
			t.Errorf("given up: %v", w.reasons)
		}
		finish(s, l)
	})
}

// Each policy, without a link.
func TestPoliciesWithoutALink(t *testing.T) {
	for _, c := range []struct {
		full  Policy
		away  int
		err   bool
		waits bool
		gone  uint64
	}{
		{PushBack, 100, true, false, 0},
		{Fail, 100, true, false, 0},
		{WaitForRoom, 100, false, true, 0},
		{WaitForRoom, -1, true, false, 0},
		{DropOldest, 100, false, false, 1},
		{DropOldest, -1, true, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := usual
			cfg.Full, cfg.AwayLimit = c.full, c.away
			s, w := newSender(cfg)
			if c.away > 0 {
				publish(t, s, nil, make([]byte, 200))
			}
			done := make(chan error, 1)
			go func() {
				_, err := s.Publish(nil, "a", "", nil, make([]byte, 10))
				done <- err
			}()
			synctest.Wait()
			if waits := len(done) == 0; waits != c.waits {
				t.Errorf("policy %d, limit %d: waits is %v", c.full, c.away, waits)
			}
			l := w.answering(s)
			s.Attach(l, Prefix{})
			var e *FullError
			if err := <-done; (err != nil) != c.err || err != nil && (!errors.As(err, &e) || e.Server != "") {
				t.Errorf("policy %d, limit %d: %v", c.full, c.away, err)
			}
			if w.gone != c.gone || c.gone > 0 && w.reasons[0] != GaveWay {
				t.Errorf("policy %d, limit %d: %d messages gave way, %v", c.full, c.away, w.gone, w.reasons)
			}
			finish(s, l)
		})
	}
}

// What is unconfirmed counts with AtLeastOnce: a PONG makes room, and a publish that
// needs it asks for it.
func TestUnconfirmedTakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.AtLeastOnce, cfg.HeldLimit, cfg.FenceEvery = true, 300, 0
		s, w := newSender(cfg)
		l := w.link() // doesn't answer
		s.Attach(l, Prefix{})
		publish(t, s, nil, make([]byte, 200))
		synctest.Wait()
		_, err := s.Publish(&Publication{Never: true}, "a", "", nil, make([]byte, 200))
		var e *FullError
		if !errors.As(err, &e) || e.HeldLimit != 300 || e.Held < 200 {
			t.Errorf("%+v", err)
		}
		done := make(chan error)
		go func() {
			_, err := s.Publish(nil, "a", "", nil, make([]byte, 200))
			done <- err
		}()
		synctest.Wait()
		if !s.Pong() {
			t.Fatal("nobody asked for an answer")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		finish(s, l)
	})
}
