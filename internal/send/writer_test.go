package send

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// timeouts is a link whose socket takes nothing in time until n writes were tried.
func timeouts(w *world, n int, resumes bool) (l *testLink, tried *int) {
	l, tried = w.link(), new(int)
	l.terms.Resumes = resumes
	l.write = func(pieces [][]byte) (int, error) {
		if *tried++; *tried <= n {
			time.Sleep(progressSlice)
			return 0, os.ErrDeadlineExceeded
		}
		return len(slices.Concat(pieces...)), nil
	}
	return l, tried
}

// A write that takes too long is reported, and goes on; the link ends over it if it
// can't go on, or shall not.
func TestSlowWrite(t *testing.T) {
	for _, c := range []struct{ resumes, failSlow, ends bool }{
		{true, false, false}, {true, true, true}, {false, false, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := usual
			cfg.WriteLimit, cfg.FailSlow = time.Second, c.failSlow
			s, w := newSender(cfg)
			l, tried := timeouts(w, 6, c.resumes)
			s.Attach(l, Prefix{})
			publish(t, s, nil, []byte("x"))
			time.Sleep(time.Minute)
			synctest.Wait()
			if (len(w.failed) > 0) != c.ends || (len(w.slow) > 0) == c.ends {
				t.Errorf("%+v: %d reports, failures %v", c, len(w.slow), w.failed)
			}
			if ended := !strings.Contains(l.text(), "x"); ended != c.ends {
				t.Errorf("%+v: written %q", c, l.text())
			}
			if c.ends && !w.inUse {
				t.Errorf("%+v: the link counts as one that was left", c)
			}
			before := *tried
			if c.ends { // nothing more is written to it
				publish(t, s, &Publication{Urgent: true}, []byte("y"))
				synctest.Wait()
				if *tried != before {
					t.Errorf("%+v: written to a link that has failed", c)
				}
			}
			finish(s, l)
		})
	}
}

// A slow link that takes something now and then isn't reported at all, and neither is
// one whose peer acknowledges.
func TestProgressIsNotSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.WriteLimit = time.Second
		s, w := newSender(cfg)
		l := w.link()
		tried := 0
		l.write = func(pieces [][]byte) (int, error) {
			time.Sleep(progressSlice)
			if tried++; tried%4 != 0 {
				return 0, os.ErrDeadlineExceeded
			}
			return min(10, len(slices.Concat(pieces...))), os.ErrDeadlineExceeded
		}
		s.Attach(l, Prefix{})
		publish(t, s, nil, make([]byte, 100))
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.slow) > 0 || s.Size() > 0 {
			t.Errorf("reported: %v; %d bytes wait", w.slow, s.Size())
		}
		finish(s, l)

		s, w = newSender(cfg)
		l, _ = timeouts(w, 100, true)
		l.acked = func(now time.Duration) (time.Duration, bool) { return now, true }
		s.Attach(l, Prefix{})
		publish(t, s, nil, make([]byte, 100))
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.slow) > 0 || s.Size() > 0 {
			t.Errorf("with acknowledgements: reported %v; %d bytes wait", w.slow, s.Size())
		}
		finish(s, l)
	})
}

// A write that fails after the link was left is no news, and f is called when it is
// back, once for each that waits for that.
func TestDetachWaitsForTheWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l, free := w.stalled()
		s.Attach(l, Prefix{})
		publish(t, s, nil, []byte("x"))
		synctest.Wait()
		var back []int
		for i := range 2 {
			s.Detach(func(now bool) {
				if now {
					t.Error("called while a write is under way")
				}
				back = append(back, i)
			})
		}
		synctest.Wait()
		if len(back) > 0 {
			t.Error("called before the write was back")
		}
		free <- errors.New("cut")
		synctest.Wait()
		if !slices.Equal(back, []int{0, 1}) || w.inUse || len(w.failed) != 1 {
			t.Errorf("called: %v; in use %v, failed %v", back, w.inUse, w.failed)
		}
		s.Ended(l, true)
		finish(s, nil)
	})
}

// In a stream whoever publishes writes, and what is left waits for no more than
// gatherFor. A lone request doesn't wait for the writer.
func TestDirectWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l := w.link()
		l.terms.Now = true
		s.Attach(l, Prefix{})
		time.Sleep(time.Second) // quiet
		publish(t, s, &Publication{Urgent: true}, []byte("alone"))
		if !strings.Contains(l.text(), "alone") {
			t.Error("a lone request waits for the writer")
		}
		time.Sleep(time.Second)
		for range 20 { // the writer may be quick, and take little at a time
			for range 200 {
				publish(t, s, nil, make([]byte, 1000))
			}
			if synctest.Wait(); s.gathering {
				break
			}
		}
		if !s.gathering {
			t.Fatal("no stream")
		}
		publish(t, s, nil, []byte("end"))
		if strings.Contains(l.text(), "end") {
			t.Error("written at once")
		}
		time.Sleep(2 * gatherFor)
		synctest.Wait()
		if !strings.Contains(l.text(), "end") {
			t.Error("the end of a stream isn't written")
		}
		finish(s, l)
	})
}
