package window

import (
	"slices"
	"time"
)

// LinkUp says that a link is there. What it answers to be sent has to go before all
// that was queued, in that order.
func (w *Window) LinkUp(now time.Duration, acts []Action) []Action {
	w.up, w.upAt = true, now
	for i := w.head; i != none; {
		s := &w.slots[i]
		next := s.next
		switch {
		case s.state == lost && s.doubtful() && now-s.first > w.cfg.Replay:
			w.fail(now, i, Doubt)
		case w.stale(now, s):
			w.withdraw(i)
		case s.waiting() > 0 && !s.ahead():
			s.first = now // it was queued all the time
		}
		i = next
	}
	if w.blocked {
		w.retryAt = now
	} else {
		w.release(now)
	}
	return w.take(acts)
}

// withdraw has the copies of a message that are queued given up.
func (w *Window) withdraw(i int32) {
	s := &w.slots[i]
	s.tried = true
	w.acts = append(w.acts, Action{Kind: Withdraw, Token: w.token(i), Numbers: s.queued()})
}

// LinkDown says that the link is gone, and that messages with numbers up to gone went
// with it. Of the others those up to the number repeats did, too, and are queued again.
func (w *Window) LinkDown(now time.Duration, gone, repeats uint64, acts []Action) []Action {
	w.up = false
	for i := w.head; i != none; {
		s := &w.slots[i]
		next := s.next
		for len(s.older) > 0 && s.older[0] <= gone {
			s.older = s.older[1:]
		}
		for _, n := range s.older {
			s.twice = s.twice || n <= repeats
		}
		s.twice = s.twice || s.number > gone && s.number <= repeats
		switch {
		case w.cfg.FailOnLoss:
			w.fail(now, i, Lost)
		case s.state == flying && s.ID && !s.twice && s.number > gone && s.out > s.waiting() && now-s.first <= w.cfg.Replay:
			// It may be lost, and newer ones be queued before its next copy.
			w.withdraw(i)
			s.out -= s.waiting()
			s.state, s.number, s.older = lost, 0, nil
			if w.probe == i {
				w.probe = none
			}
		case s.state != flying || s.number > gone:
		case s.ID && now-s.first <= w.cfg.Replay:
			s.state, s.number = lost, 0
			if w.probe == i {
				w.probe = none
			}
		default:
			w.fail(now, i, Doubt)
		}
		i = next
	}
	w.recall(gone)
	return w.take(acts)
}

// recall takes back what is queued and has to wait for its turn: the next link takes at
// once what is queued, behind what was lost. So nothing older than that may be, nor anything
// while messages wait for their stream.
func (w *Window) recall(gone uint64) {
	until := w.tail
	for until != none && !w.blocked && w.slots[until].state != lost {
		until = w.slots[until].prev
	}
	for i := w.head; until != none; i = w.slots[i].next {
		s := &w.slots[i]
		if s.state == flying && s.number > gone && !s.twice && s.out == s.waiting() {
			s.recalled = true
			w.withdraw(i)
		}
		if i == until {
			return
		}
	}
}

// GaveUp says that queued messages with these numbers aren't sent.
func (w *Window) GaveUp(now time.Duration, first, last uint64, acts []Action) []Action {
	for i := w.head; i != none; {
		s := &w.slots[i]
		next := s.next
		all := s.waiting()
		s.older = slices.DeleteFunc(s.older, func(n uint64) bool { return n >= first && n <= last })
		s.out = max(s.out-all+s.waiting(), 0)
		if s.state == flying && s.number != 0 && s.number >= first && s.number <= last {
			s.out = max(s.out-1, 0)
			s.number = 0
			w.fail(now, i, Dropped)
		}
		i = next
	}
	return w.take(acts)
}
