package send

import "sync"

// A fence is a PING in the outbound order: the server answers PINGs in order, so
// its PONG proves that everything queued before it has been processed.

// waits are those who wait for a PONG. Positions and messages only grow, so each list
// is in the order of both.
type waits struct {
	all    waitList // who waits for all that was queued
	ones   waitList // who waits for one message
	closer *Waiter  // Close, in all
}

// idleWaits are those of connections on which nobody waits any more.
var idleWaits = sync.Pool{New: func() any { return new(waits) }}

// awaitLocked registers a waiter for message seq, or for all up to it.
func (s *Sender) awaitLocked(seq uint64, one bool) *Waiter {
	if s.waits == nil {
		s.waits = idleWaits.Get().(*waits)
	}
	s.pos++
	w := &Waiter{pos: s.pos, seq: seq, one: one, done: make(chan error, 1)}
	if one {
		s.waits.ones.add(w)
	} else {
		s.waits.all.add(w)
	}
	s.wantFence = true
	return w
}

// unwaitedLocked gives the lists back when nobody is in them.
func (s *Sender) unwaitedLocked() {
	if w := s.waits; w != nil && w.all.empty() && w.ones.empty() {
		s.waits = nil
		*w = waits{}
		idleWaits.Put(w)
	}
}

// Fence registers a waiter for everything queued so far. Whoever doesn't wait for it
// any more calls Forget. The error is Closed.
func (s *Sender) Fence() (*Waiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == Closed {
		return nil, Closed
	}
	w := s.awaitLocked(s.buf.Seq(), false)
	s.sendLocked()
	return w, nil
}

// Forget lets go of a waiter that has given up. One that was told may be given as well.
func (s *Sender) Forget(w *Waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits == nil {
		return
	}
	if w.one {
		s.waits.ones.forget(w)
	} else {
		s.waits.all.forget(w)
	}
	s.unwaitedLocked()
}

// Ping queues a keep-alive PING.
func (s *Sender) Ping() {
	s.mu.Lock()
	if s.link != nil {
		s.wantFence = true
		s.kickLocked()
	}
	s.mu.Unlock()
}

// fenceBeforeBatchLocked queues a fence if somebody asked for one: as late as
// possible, so that all who asked by now share it.
func (s *Sender) fenceBeforeBatchLocked() {
	if s.wantFence {
		s.wantFence = false
		s.buf.Fence(s.pos)
	}
}

// fenceDueLocked says whether fencePublishedLocked may have something to do: rarely.
func (s *Sender) fenceDueLocked() bool {
	return !s.fenceSet || s.cfg.FenceBytes > 0 && s.buf.SinceFence().Bytes >= s.cfg.FenceBytes
}

// fencePublishedLocked fences by bytes, and arms the timer that fences by time.
func (s *Sender) fencePublishedLocked() {
	if s.link == nil {
		return
	}
	if n := s.cfg.FenceBytes; n > 0 && s.buf.SinceFence().Bytes >= n {
		s.wantFence = false
		s.buf.Fence(s.pos)
		return
	}
	if !s.fenceSet && s.cfg.FenceEvery > 0 {
		s.setFenceTimerLocked()
	}
}

func (s *Sender) setFenceTimerLocked() {
	s.fenceSet = true
	s.arm(&s.busyLocked().fence, s.cfg.FenceEvery, (*Sender).fenceTimerDue)
}

// fenceTimerDue is the timer's: messages have been on their way for a while.
func (s *Sender) fenceTimerDue() {
	s.mu.Lock()
	s.fenceSet = false
	if s.link != nil && s.refused != Closed && s.buf.SinceFence().Msgs > 0 {
		s.wantFence = true
		s.kickLocked()
	}
	s.mu.Unlock()
}

// resumeFencesLocked is called when a link was attached: what was asked for on an
// earlier link is asked again.
func (s *Sender) resumeFencesLocked() {
	if s.waits != nil || s.cfg.HeldLimit > 0 && s.buf.Size() > 0 {
		s.wantFence = true
	}
	if s.cfg.FenceEvery > 0 && !s.fenceSet && s.buf.SinceFence().Msgs > 0 {
		s.setFenceTimerLocked() // for what waited out the outage
	}
}

// Pong settles everyone whose fence the server has answered. The answer may come
// before the writer is back from the very write that carried the PING; it counts
// once the writer has said what it wrote. asked is false for one that answers nothing.
func (s *Sender) Pong() (asked bool) {
	s.mu.Lock()
	if asked = s.pongLocked(); !asked && s.writing {
		asked = true
		s.early++
	}
	// The buffer may have held back what follows a suspect message until now.
	if s.buf.Ready() || s.owed > 0 {
		s.kickLocked()
	}
	s.mu.Unlock()
	return asked
}

// pongLocked says whether there was a written fence to answer.
func (s *Sender) pongLocked() bool {
	tag, ok := s.buf.Pong()
	if !ok {
		return false
	}
	s.answered = true
	s.confirmed = max(s.clock(), 1)
	if s.buf.Sealed() {
		s.settledLocked()
	}
	if w := s.waits; w != nil {
		tell(w.all.takeTo(tag), nil)
		tell(w.ones.takeTo(tag), nil)
		s.unwaitedLocked()
	}
	s.wakeLocked()
	return true
}

// earlyPongsLocked settles what was answered before its write had returned.
func (s *Sender) earlyPongsLocked() {
	for ; s.early > 0 && s.pongLocked(); s.early-- {
	}
	s.early = 0 // the rest are PONGs that nobody asked for
}
