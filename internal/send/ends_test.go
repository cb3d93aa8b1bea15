package send

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// inDoubt makes the link lose what was written to it: nothing was answered.
func inDoubt(t *testing.T, s *Sender, l *testLink, byPeer bool) {
	t.Helper()
	eventually(t, "all is written", func() bool { return s.Size() == 0 })
	s.Detach(func(bool) { s.Ended(l, byPeer) })
}

// When a link ends, who waits for what it took along is told so, after the owner was
// told what that is. Who waits for what is still queued goes on waiting.
func TestWaitersOfALinkThatEnds(t *testing.T) {
	for _, byPeer := range []bool{true, false} {
		cfg := usual
		cfg.FenceEvery = 0 // each link is asked at once, not in a while
		s, w := newSender(cfg)
		l := w.link() // answers nothing
		s.Attach(l, Prefix{})
		sent := Publication{Confirm: true}
		publish(t, s, &sent, []byte("sent"))
		fence, err := s.Fence()
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "all is written", func() bool { return s.Size() == 0 })
		var queued Publication
		w.onEnded = func() {
			if !silent(sent.Waiter) || !silent(fence) {
				t.Error("a waiter was told before the books were closed")
			}
		}
		s.Detach(func(bool) {
			queued = Publication{Confirm: true}
			publish(t, s, &queued, []byte("queued"))
			s.Ended(l, byPeer)
		})
		eventually(t, "the link's end is told", func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.doubt.Msgs > 0
		})
		var doubt *DoubtError
		if err := told(t, sent.Waiter); !errors.As(err, &doubt) || doubt.Msgs != 1 || doubt.Server != l.Server() {
			t.Errorf("the message's waiter was told %v", err)
		}
		if err := told(t, fence); !errors.As(err, &doubt) {
			t.Errorf("the fence's waiter was told %v", err)
		}
		if !silent(queued.Waiter) {
			t.Error("who waits for a queued message was told of another link's end")
		}
		if len(w.lost) != 1 || w.lost[0].Sent != 1 || w.lost[0].Confirmed != 0 {
			t.Errorf("told of the loss: %+v", w.lost)
		}
		next := w.answering(s)
		s.Attach(next, Prefix{})
		if err := told(t, queued.Waiter); err != nil {
			t.Errorf("on the next link: %v", err)
		}
		finish(s, next)
	}
}

// A link that was detached gets nothing more, though its books aren't closed yet.
func TestDetachedLinkGetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newSender(usual)
		l := w.answering(s)
		s.Attach(l, Prefix{})
		publish(t, s, nil, []byte("x"))
		synctest.Wait()
		before := l.text()
		s.Detach(func(back bool) {
			if !back {
				t.Error("a write is under way")
			}
		})
		publish(t, s, &Publication{Urgent: true}, []byte("y"))
		s.OwePong()
		s.Control([]byte("SUB a 1\r\n"), 1)
		s.Ping()
		if _, err := s.Fence(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := l.text(); got != before {
			t.Errorf("written after it was detached: %q", got[len(before):])
		}
		finish(s, l)
	})
}

// With AtLeastOnce nothing is in doubt: waiters get the next link's answer.
func TestWaitersOutliveALinkWithAtLeastOnce(t *testing.T) {
	cfg := usual
	cfg.AtLeastOnce, cfg.HeldLimit = true, 1<<20
	s, w := newSender(cfg)
	l := w.link()
	s.Attach(l, Prefix{})
	p := Publication{Confirm: true}
	publish(t, s, &p, []byte("x"))
	inDoubt(t, s, l, true)
	if w.doubt.Msgs != 0 || !silent(p.Waiter) {
		t.Errorf("in doubt: %v", w.doubt)
	}
	next := w.answering(s)
	s.Attach(next, Prefix{})
	if err := told(t, p.Waiter); err != nil {
		t.Error(err)
	}
	finish(s, next)
}

// Whoever waits, for an answer or for room, hears of the connection's end at once.
// Close, which waits for what is still to be written, hears of it last.
func TestEveryWaiterLearnsOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := usual
		cfg.Limit, cfg.Full = 100, WaitForRoom
		s, w := newSender(cfg)
		l, free := w.stalled()
		s.Attach(l, Prefix{})
		p := Publication{Confirm: true}
		publish(t, s, &p, make([]byte, 200))
		fence, err := s.Fence()
		if err != nil {
			t.Fatal(err)
		}
		room := make(chan error)
		go func() {
			_, err := s.Publish(nil, "a", "", nil, make([]byte, 200))
			room <- err
		}()
		synctest.Wait()
		s.Refuse(Closed)
		if err := <-room; err != Closed {
			t.Errorf("who waits for room was told %v", err)
		}
		closer := s.SettleForClose()
		if closer == nil {
			t.Fatal("nothing to wait for")
		}
		s.End()
		if err := told(t, p.Waiter); err != Closed {
			t.Errorf("the message's waiter was told %v", err)
		}
		if err := told(t, fence); err != Closed {
			t.Errorf("the fence's waiter was told %v", err)
		}
		if _, err := s.Fence(); err != Closed {
			t.Errorf("a fence after the end: %v", err)
		}
		if _, err := s.Publish(nil, "a", "", nil, nil); err != Closed {
			t.Errorf("a publish after the end: %v", err)
		}
		if len(closer) > 0 {
			t.Error("Close was told with the others")
		}
		close(free) // the socket takes it, the server never answers
		synctest.Wait()
		s.Detach(func(bool) { s.Ended(l, false) })
		s.Discard()
		select {
		case <-closer:
		default:
			t.Error("Close was told nothing")
		}
	})
}

// A PONG that comes after the end, or for a link that is gone, is nobody's.
func TestLateAnswersAreNobodys(t *testing.T) {
	s, w := newSender(usual)
	l := w.link()
	s.Attach(l, Prefix{})
	publish(t, s, nil, []byte("x"))
	fence, err := s.Fence()
	if err != nil {
		t.Fatal(err)
	}
	inDoubt(t, s, l, true)
	told(t, fence)
	if s.Pong() {
		t.Error("an answer to a link that is gone counts")
	}
	finish(s, nil)
	if s.Pong() || !silent(fence) {
		t.Error("somebody was told after the end")
	}
}

// After the end nothing is written, nobody is told and no timer runs, whatever was
// under way.
func TestNothingIsTouchedAfterTheEnd(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { endSomewhere(t, rand.New(rand.NewPCG(seed, 3))) })
		})
	}
}

func endSomewhere(t *testing.T, rnd *rand.Rand) {
	cfg := usual
	cfg.Full = Policy(rnd.IntN(4))
	cfg.AtLeastOnce = rnd.IntN(2) == 0
	cfg.Limit, cfg.AwayLimit = 1<<(8+rnd.IntN(14)), 1<<(8+rnd.IntN(14))
	if cfg.AtLeastOnce {
		cfg.HeldLimit = 1 << (10 + rnd.IntN(12))
	}
	if rnd.IntN(3) == 0 {
		cfg.TTL = time.Second
	}
	s, w := newSender(cfg)
	var mu sync.Mutex
	waiters := make(map[*Waiter]bool) // true: it has given up
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all sync.WaitGroup
	for g := range 4 {
		own := rand.New(rand.NewPCG(rnd.Uint64(), uint64(g)))
		all.Go(func() {
			for {
				var waiter *Waiter
				var err error
				switch own.IntN(8) {
				case 0:
					waiter, err = s.Fence()
				case 1:
					s.OwePong()
				case 2:
					s.Control([]byte("SUB a 1\r\n"), 1)
				case 3, 4:
					p := Publication{Ctx: ctx, Confirm: true, Urgent: own.IntN(2) == 0, Always: own.IntN(2) == 0}
					_, err = s.Publish(&p, "a", "", nil, make([]byte, own.IntN(20<<10)))
					waiter = p.Waiter
				default:
					_, err = s.Publish(nil, "a", "", nil, make([]byte, own.IntN(200)))
				}
				if waiter != nil {
					mu.Lock()
					waiters[waiter] = false
					mu.Unlock()
				}
				if waiter != nil && own.IntN(3) == 0 {
					s.Forget(waiter)
					mu.Lock()
					waiters[waiter] = true
					mu.Unlock()
				}
				if err == Closed {
					return
				}
				time.Sleep(time.Duration(own.IntN(500)) * time.Microsecond)
			}
		})
	}
	var l *testLink
	for range rnd.IntN(4) {
		l = w.answering(s)
		l.terms.Now, l.terms.Resumes = rnd.IntN(2) == 0, rnd.IntN(2) == 0
		answer, slow := l.write, rnd.IntN(2) == 0
		takes := time.Duration(rnd.IntN(300)) * time.Microsecond
		l.write = func(pieces [][]byte) (int, error) {
			if slow {
				time.Sleep(takes)
			}
			return answer(pieces)
		}
		s.Attach(l, Prefix{})
		time.Sleep(time.Duration(rnd.IntN(3000)) * time.Microsecond)
		if rnd.IntN(2) == 0 {
			back := make(chan struct{})
			s.Detach(func(bool) { close(back) })
			<-back
			s.Ended(l, rnd.IntN(2) == 0)
			l = nil
			time.Sleep(time.Duration(rnd.IntN(1000)) * time.Microsecond)
		} else {
			break
		}
	}
	s.Refuse(Closed)
	if rnd.IntN(2) == 0 {
		s.SettleForClose()
	}
	s.End()
	if l != nil {
		back := make(chan struct{})
		s.Detach(func(bool) { close(back) })
		<-back
		s.Ended(l, rnd.IntN(2) == 0)
	}
	s.Discard()
	all.Wait()
	synctest.Wait()

	calls, written := w.soFar(), s.Sight().Written
	if b := s.busy; b != nil {
		for _, timer := range []*time.Timer{b.fence, b.gather, b.ttl} {
			if timer != nil && timer.Stop() {
				t.Error("a timer keeps the connection in memory")
			}
		}
	}
	for what, n := range map[string]int{"queued": s.Size(), "waiting": len(waitersLeft(s))} {
		if n != 0 {
			t.Errorf("%s after the end: %d", what, n)
		}
	}
	for waiter, gaveUp := range waiters {
		switch n := len(waiter.done); {
		case n == 0 && !gaveUp:
			t.Error("a waiter was never told")
		case n == 1:
			<-waiter.done
		}
	}
	s.Ping()
	s.OwePong()
	s.Pong()
	s.Control([]byte("SUB a 1\r\n"), 1)
	time.Sleep(time.Hour) // every timer's time
	synctest.Wait()
	if n := w.soFar() - calls; n > 0 || s.Sight().Written != written {
		t.Errorf("%d calls after the end", n)
	}
	for waiter := range waiters {
		if !silent(waiter) {
			t.Error("a waiter was told twice, or after the end")
		}
	}
}

func waitersLeft(s *Sender) (left []*Waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits != nil {
		left = append(append(left, s.waits.all.q...), s.waits.ones.q...)
	}
	return left
}
