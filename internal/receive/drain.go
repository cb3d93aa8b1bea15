package receive

import (
	"slices"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// drainStep is how many subscriptions begin to drain under one hold of the table's
// lock, which the reader needs, too.
const drainStep = 256

// Drain drains all subscriptions but the client's own: requests may be under way.
func (t *Table[M, H, S]) Drain() { t.drain(t.all()) }

// Drain unsubscribes, and ends the subscription when its last message was handled.
func (s *Sub[M, H, S]) Drain() { s.table.drain([]*Sub[M, H, S]{s}) }

// drain starts the drain of subscriptions. When nothing can come in for them any
// more they end as soon as what they have is handled. One fence serves all.
func (t *Table[M, H, S]) drain(subs []*Sub[M, H, S]) {
	var begun []*Sub[M, H, S]
	var from []<-chan struct{}
	for step := range slices.Chunk(subs, drainStep) {
		begun, from = t.beginDrain(step, begun, from)
	}
	if len(begun) == 0 {
		return
	}
	// First the link beside, if there is one: when that is the one in use by now the fence
	// is for it.
	beside, from := t.askBeside(begun, from)
	// Without a link there is nobody to ask, and nobody who could bring anything.
	if len(from) == 0 && !beside.brings() {
		go endDrained(begun)
		return
	}
	answer, forget, err := t.host.Fence()
	if err != nil {
		return // closed: everything has ended
	}
	go func() {
		defer forget()
		if t.awaitLast(begun, from, answer, beside) {
			endDrained(begun)
		}
	}()
}

// besides are the links beside the one in use that may have messages on the way for
// subscriptions that drain.
type besides struct {
	answer  <-chan struct{}   // of the server of a move's new link; nil: there is no move
	over    <-chan struct{}   // the end of that link
	decided <-chan struct{}   // and that of the overlap
	left    []<-chan struct{} // the ends of links of moves that were given up
	only    bool              // these may bring what the link in use doesn't: there are queue subscriptions
}

func (b *besides) brings() bool { return b.answer != nil || len(b.left) > 0 }

// askBeside asks the new link of a move for the last messages of subscriptions that drain.
// One that was put to use since they began to is added to from.
func (t *Table[M, H, S]) askBeside(subs []*Sub[M, H, S], from []<-chan struct{}) (b besides, all []<-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	from = t.readersLocked(from)
	b.only = slices.ContainsFunc(subs, func(s *Sub[M, H, S]) bool { return s.group != "" })
	if m := t.move; m != nil && m.made && m.beside != nil && !m.next.ended {
		b.answer, b.over, b.decided = m.asks(), m.next.overLocked(), m.decided
	}
	if b.only {
		for _, in := range t.leaving {
			b.left = append(b.left, in.overLocked())
		}
	}
	return b, from
}

// readersLocked adds the ends of links that may still bring messages.
func (t *Table[M, H, S]) readersLocked(from []<-chan struct{}) []<-chan struct{} {
	for in := t.reading; in != nil; in = in.next {
		if over := in.overLocked(); !slices.Contains(from, over) {
			from = append(from, over)
		}
	}
	return from
}

// beginDrain marks subscriptions and tells the server. It adds those that weren't
// draining to begun, and the ends of the links that may still bring messages to from.
func (t *Table[M, H, S]) beginDrain(subs, begun []*Sub[M, H, S], from []<-chan struct{}) ([]*Sub[M, H, S], []<-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var frames []byte
	for _, s := range subs {
		s.mu.Lock()
		if !s.closed && !s.draining {
			s.draining = true
			s.tellLocked(Draining)
			begun = append(begun, s)
			frames = wire.AppendUnsub(frames, s.sid, 0)
		}
		s.mu.Unlock()
	}
	if len(frames) > 0 {
		t.host.Control(frames, len(t.byID))
		t.besideLocked(frames)
	}
	return begun, t.readersLocked(from)
}

// awaitLast waits until all messages have come in: the server has answered the fence,
// or the links are through; and with queue subscriptions, whose messages come once, the same
// of the links beside. It returns false when the subscriptions have ended meanwhile.
func (t *Table[M, H, S]) awaitLast(subs []*Sub[M, H, S], from []<-chan struct{}, answered <-chan error, beside besides) bool {
	var ended <-chan struct{}
	if len(subs) == 1 {
		ended = subs[0].Over()
	}
	either := func(a, b <-chan struct{}) bool {
		select {
		case <-a:
		case <-b:
		case <-ended:
			return false
		case <-t.host.Closed():
			return false
		}
		return true
	}
	confirmed := false
	for i, over := range from {
		var answer <-chan error
		if i == len(from)-1 {
			answer = answered
		}
		for waiting := true; waiting; {
			select {
			case err := <-answer:
				// An error says that the link was lost. What it had brought may
				// still be on its way to the subscriptions.
				confirmed = err == nil
				waiting, answer = !confirmed, nil
			case <-over:
				waiting = false
			case <-ended:
				return false
			case <-t.host.Closed():
				return false
			}
		}
	}
	// A link that has ended without an answer has handed over to the one beside, or will.
	if beside.answer != nil && (beside.only || !confirmed) {
		if !either(beside.answer, beside.over) || !confirmed && !either(beside.decided, nil) {
			return false
		}
	}
	for _, over := range beside.left {
		if !either(over, nil) {
			return false
		}
	}
	return true
}

// endDrained ends subscriptions for which nothing can come any more. Whether the
// program has read a channel empty the channel can't tell, so this looks again and
// again.
func endDrained[M Public[H, S], H ~map[string][]string, S any](subs []*Sub[M, H, S]) {
	full := slices.DeleteFunc(subs, (*Sub[M, H, S]).lastOneIn)
	if len(full) == 0 {
		return
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for len(full) > 0 {
		<-tick.C
		full = slices.DeleteFunc(full, (*Sub[M, H, S]).lastOneIn)
	}
}

// lastOneIn ends a draining subscription as soon as nothing is pending. It returns
// false when somebody has to look again.
func (s *Sub[M, H, S]) lastOneIn() bool {
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
	case s.onDrained() != nil:
		s.mu.Unlock()
		s.onDrained()()
		return true
	}
	s.mu.Unlock()
	if s.kind == Channel {
		empty = s.feed.waiting() == 0
	}
	if empty {
		s.Remove(false)
	}
	return empty || s.kind != Channel // Next ends it with the last one
}
