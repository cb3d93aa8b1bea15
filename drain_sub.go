package nats

import (
	"slices"
	"time"

	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/wire"
)

// drainStep is how many subscriptions begin to drain under one hold of the table's
// lock, which the reader needs, too.
const drainStep = 256

// drainSubs starts the drain of subscriptions. When nothing can come in for them any
// more they end as soon as what they have is handled. One fence serves all.
func (nc *Conn) drainSubs(subs []*Subscription) {
	var begun []*Subscription
	var from []*link
	for step := range slices.Chunk(subs, drainStep) {
		begun, from = nc.beginDrain(step, begun, from)
	}
	if len(begun) == 0 {
		return
	}
	// Without a link there is nobody to ask, and nobody who could bring anything.
	var w *send.Waiter
	if len(from) > 0 {
		var err error
		if w, err = nc.fence(); err != nil {
			return // closed: everything has ended
		}
	}
	go func() {
		if nc.awaitLast(begun, from, w) {
			endDrained(begun)
		}
	}()
}

// beginDrain marks subscriptions and tells the server. It adds those that weren't
// draining to begun, and the links that may still bring messages to from.
func (nc *Conn) beginDrain(subs, begun []*Subscription, from []*link) ([]*Subscription, []*link) {
	t := &nc.subs
	t.mu.Lock()
	defer t.mu.Unlock()
	var frames []byte
	for _, s := range subs {
		s.mu.Lock()
		if !s.closed && !s.draining {
			s.draining = true
			s.tellLocked(SubscriptionDraining)
			begun = append(begun, s)
			frames = wire.AppendUnsub(frames, s.sid, 0)
		}
		s.mu.Unlock()
	}
	if len(frames) > 0 {
		nc.out.Control(frames, len(t.byID))
	}
	for _, l := range t.reading {
		if l.over == nil {
			l.over = make(chan struct{})
		}
		if !slices.Contains(from, l) {
			from = append(from, l)
		}
	}
	return begun, from
}

// awaitLast waits until all messages have come in: the server has answered the fence,
// or the links are through. It returns false when the subscriptions have ended
// meanwhile.
func (nc *Conn) awaitLast(subs []*Subscription, from []*link, w *send.Waiter) bool {
	if w == nil {
		return true
	}
	defer nc.out.Forget(w)
	var ended <-chan struct{}
	if len(subs) == 1 {
		ended = subs[0].done
	}
	for i, l := range from {
		var answer <-chan error
		if i == len(from)-1 {
			answer = w.Done()
		}
		for waiting := true; waiting; {
			select {
			case err := <-answer:
				// An error says that the link was lost. What it had brought may
				// still be on its way to the subscriptions.
				waiting, answer = err != nil, nil
			case <-l.over:
				waiting = false
			case <-ended:
				return false
			case <-nc.ended:
				return false
			}
		}
	}
	return true
}

// endDrained ends subscriptions for which nothing can come any more. Whether the
// program has read a channel empty the channel can't tell, so this looks again and
// again.
func endDrained(subs []*Subscription) {
	full := slices.DeleteFunc(subs, (*Subscription).lastOneIn)
	if len(full) == 0 {
		return
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for len(full) > 0 {
		<-tick.C
		full = slices.DeleteFunc(full, (*Subscription).lastOneIn)
	}
}

// lastOneIn ends a draining subscription as soon as nothing is pending. It returns
// false when somebody has to look again.
func (s *Subscription) lastOneIn() bool {
	s.mu.Lock()
	s.drained = true
	empty := s.queue.first == nil
	switch {
	case s.closed:
		s.mu.Unlock()
		return true
	case s.run != nil:
		s.rouseLocked() // the handler's goroutine ends it
		s.mu.Unlock()
		return true
	case s.onDrained != nil:
		s.mu.Unlock()
		s.onDrained()
		return true
	}
	s.mu.Unlock()
	if s.typ == ChanSubscription {
		empty = len(s.ch) == 0
	}
	if empty {
		s.remove(false)
	}
	return empty || s.typ != ChanSubscription // NextMsg ends it with the last one
}

// readerLocked notes that a link is read: what it brings is for subscriptions.
func (t *subscriptions) readerLocked(l *link) { t.reading = append(t.reading, l) }

// awaitReaders waits until the links before l have brought what they had, so that
// nothing of theirs comes behind what l brings. Their sockets are closed, so that
// takes a moment; one of the program's own that doesn't come back is left behind.
func (t *subscriptions) awaitReaders(l *link) {
	var before []chan struct{}
	t.mu.Lock()
	for _, x := range t.reading {
		if x == l {
			break
		}
		if x.over == nil {
			x.over = make(chan struct{})
		}
		before = append(before, x.over)
	}
	t.mu.Unlock()
	if len(before) == 0 {
		return
	}
	limit := time.NewTimer(readerPatience)
	defer limit.Stop()
	for _, over := range before {
		select {
		case <-over:
		case <-limit.C:
			return
		}
	}
}

// readerPatience bounds awaitReaders.
const readerPatience = 100 * time.Millisecond

// readerEnded says that a link brings nothing more.
func (t *subscriptions) readerEnded(l *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = slices.DeleteFunc(t.reading, func(x *link) bool { return x == l })
	if l.over != nil {
		close(l.over)
	}
}
