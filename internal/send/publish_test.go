package send

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// What can't be sent is refused, with the reason, and counted nowhere.
func TestPublishRefuses(t *testing.T) {
	s, w := newSender(usual)
	old, l := w.link(), w.link()
	l.terms = Terms{MaxPayload: 10, Resumes: true}
	s.Attach(l, Prefix{})
	header := []byte("NATS/1.0\r\n\r\n")
	check := func(what string, hdr []byte, size int, want error) {
		t.Helper()
		if _, err := s.Publish(nil, "a", "", hdr, make([]byte, size)); err != want {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	check("the largest", nil, 10, nil)
	check("one byte more", nil, 11, TooLarge)
	s.SetMaxPayload(old, 1000)
	check("what another link's server takes", nil, 11, TooLarge)
	s.SetMaxPayload(l, 1000)
	check("what the server takes by now", nil, 11, nil)
	check("a header", header, 0, NoHeaders)
	s.Refuse(Draining)
	check("while it drains", nil, 1, Draining)
	if _, err := s.Fence(); err != nil {
		t.Errorf("a fence while it drains: %v", err)
	}
	s.Refuse(Closed)
	s.Refuse(Draining)
	check("after the end", nil, 1, Closed)
	if msgs, bytes := s.Published(); msgs != 2 || bytes != 21 {
		t.Errorf("%d messages, %d bytes", msgs, bytes)
	}
	finish(s, l)
}

// What was queued goes out in its order on the next link, behind the prefix, save what
// its server doesn't take.
func TestAttachSendsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		number := new(atomic.Uint64)
		publish(t, s, nil, []byte("first"))
		publish(t, s, &Publication{Number: number}, []byte("much too large"))
		refused := Publication{Confirm: true}
		publish(t, s, &refused, []byte("too large as well"))
		publish(t, s, nil, []byte("last"))
		l := w.link()
		l.terms.MaxPayload = 5
		s.Fit(l)
		s.Attach(l, Prefix{Frames: []byte("SUB x 1\r\n")})
		synctest.Wait()
		// Who waits for one that is given up has asked for a PING, which no longer matters.
		text := strings.TrimSuffix(l.text(), "PING\r\n")
		if want := "SUB x 1\r\nPUB a 5\r\nfirst\r\nPUB a 4\r\nlast\r\n"; text != want {
			t.Errorf("%q, want %q", text, want)
		}
		if !slices.Equal(w.reasons, []Fault{TooLarge, TooLarge}) || told(t, refused.Waiter) != TooLarge || number.Load() != 2 {
			t.Errorf("given up: %v; number %d", w.reasons, number.Load())
		}
		finish(s, l)
	})
}

// What waits without a link for longer than the TTL is given up.
func TestTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.TTL = 8 * time.Second
		s, w := newSender(cfg)
		time.Sleep(time.Minute)
		p := Publication{Confirm: true}
		publish(t, s, &p, []byte("old"))
		time.Sleep(5 * time.Second)
		publish(t, s, nil, []byte("new"))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if w.gone != 1 || w.reasons[0] != Expired || told(t, p.Waiter) != Expired {
			t.Errorf("given up: %d, %v", w.gone, w.reasons)
		}
		l := w.link()
		s.Attach(l, Prefix{})
		synctest.Wait()
		if got := l.text(); !strings.Contains(got, "new") || strings.Contains(got, "old") {
			t.Errorf("%q", got)
		}
		finish(s, l)
	})
}
