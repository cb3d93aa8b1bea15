package nats

import (
	"fmt"
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// fenceList knows who waits for a PONG, and when the next PING must go out. A
// fence is a PING in the outbound order: the server answers PINGs in order, so
// its PONG proves that everything queued before it has been processed. All its
// methods need the sender's lock.
type fenceList struct {
	bytes uint64        // fence after this many bytes of messages
	every time.Duration // and when messages have been unfenced this long
	held  int           // bound on unconfirmed memory; 0: nothing is held
	timer *time.Timer
	armed bool
	want  bool   // queue a fence before the next batch
	pos   uint64 // positions handed to waiters so far

	all    waitList     // who waits for all that was queued
	ones   waitList     // who waits for one message
	closer *fenceWaiter // Close, in all
}

func (f *fenceList) init(o *Options) {
	f.pos = 1 // a fence's tag is never 0
	f.bytes = uint64(o.FenceBytes)
	f.every = o.FenceInterval
	if o.AtLeastOnce {
		f.held = o.HeldLimit
	}
}

// beforeBatchLocked queues a fence if somebody asked for one: as late as
// possible, so that all who asked by now share it.
func (f *fenceList) beforeBatchLocked(s *sender) {
	if f.want {
		f.want = false
		s.buf.Fence(f.pos)
	}
}

// dueLocked says whether publishedLocked may have something to do: rarely.
func (f *fenceList) dueLocked(s *sender) bool {
	return !f.armed || f.bytes > 0 && s.buf.SinceFence().Bytes >= f.bytes
}

// publishedLocked fences by bytes, and arms the timer that fences by time.
func (f *fenceList) publishedLocked(s *sender) {
	if s.link == nil {
		return
	}
	if f.bytes > 0 && s.buf.SinceFence().Bytes >= f.bytes {
		f.want = false
		s.buf.Fence(f.pos)
		return
	}
	if !f.armed && f.every > 0 {
		f.arm(s)
	}
}

func (f *fenceList) arm(s *sender) {
	f.armed = true
	if f.timer == nil {
		f.timer = time.AfterFunc(f.every, func() { s.fenceDue() })
		return
	}
	f.timer.Reset(f.every)
}

func (f *fenceList) stop() {
	if f.timer != nil {
		f.timer.Stop()
	}
	f.armed = false
}

func (f *fenceList) heldFull(s *sender, size int) bool {
	if f.held <= 0 {
		return false
	}
	used := s.buf.Held() + s.buf.Size()
	return used > 0 && used+size > f.held
}

// resumeLocked is called when a link was attached: what was asked for on an
// earlier link is asked again.
func (f *fenceList) resumeLocked(s *sender) {
	if !f.all.empty() || !f.ones.empty() || f.held > 0 && s.buf.Size() > 0 {
		f.want = true
	}
	if f.every > 0 && !f.armed && s.buf.SinceFence().Msgs > 0 {
		f.arm(s) // for what waited out the outage
	}
}

// fenceDue is the timer's: messages have been on their way for a while.
func (s *sender) fenceDue() {
	s.mu.Lock()
	s.fences.armed = false
	if s.link != nil && s.refused != ErrConnectionClosed && s.buf.SinceFence().Msgs > 0 {
		s.fences.want = true
		s.kickLocked()
	}
	s.mu.Unlock()
}

// fence registers a waiter for everything queued so far.
func (s *sender) fence() (*fenceWaiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == ErrConnectionClosed {
		return nil, s.refused
	}
	w := s.fences.await(s.buf.Seq(), false)
	s.sendLocked()
	return w, nil
}

// await registers a waiter for the newest message, or for all up to it.
func (f *fenceList) await(seq uint64, one bool) *fenceWaiter {
	f.pos++
	w := &fenceWaiter{pos: f.pos, seq: seq, one: one, done: make(chan error, 1)}
	if one {
		f.ones.add(w)
	} else {
		f.all.add(w)
	}
	f.want = true
	return w
}

// ping queues a keep-alive PING.
func (s *sender) ping() {
	s.mu.Lock()
	if s.link != nil {
		s.fences.want = true
		s.kickLocked()
	}
	s.mu.Unlock()
}

// forget lets go of a waiter that has given up.
func (s *sender) forget(w *fenceWaiter) {
	s.mu.Lock()
	if w.one {
		s.fences.ones.forget(w)
	} else {
		s.fences.all.forget(w)
	}
	s.mu.Unlock()
}

// pong settles everyone whose fence the server has answered. The answer may come
// before the writer is back from the very write that carried the PING; it counts
// once the writer has said what it wrote. asked is false for one that answers nothing.
func (s *sender) pong() (asked bool) {
	s.mu.Lock()
	if asked = s.pongLocked(); !asked && s.writing {
		asked = true
		s.early++
	}
	// The buffer may have held back what follows a suspect message until now.
	if s.buf.Ready() || s.controls.owed > 0 {
		s.kickLocked()
	}
	s.mu.Unlock()
	return asked
}

// pongLocked says whether there was a written fence to answer.
func (s *sender) pongLocked() bool {
	tag, ok := s.buf.Pong()
	if !ok {
		return false
	}
	s.answered = true
	s.confirmed = max(time.Since(s.nc.start), 1)
	if s.settled != nil && s.buf.Sealed() {
		close(s.settled)
		s.settled = nil
	}
	tell(s.fences.all.takeTo(tag), nil)
	tell(s.fences.ones.takeTo(tag), nil)
	s.wakeLocked()
	return true
}

// earlyPongsLocked settles what was answered before its write had returned.
func (s *sender) earlyPongsLocked() {
	for ; s.early > 0 && s.pongLocked(); s.early-- {
	}
	s.early = 0 // the rest are PONGs that nobody asked for
}

// failFences gives every waiter the same error, save Close itself.
func (s *sender) failFences(err error) {
	s.mu.Lock()
	f := &s.fences
	all, ones := f.all.takeAll(), f.ones.takeAll()
	if w := f.closer; w != nil && len(all) > 0 && all[len(all)-1] == w {
		all = all[:len(all)-1] // nobody comes after Close
		f.all.add(w)
	}
	f.stop()
	s.mu.Unlock()
	tell(all, err)
	tell(ones, err)
}

// reportDoubt closes the books on a link that is gone: it queues again what must
// be sent again, fails the waiters whose messages may be lost, and reports how
// many messages are in doubt.
func (nc *Conn) reportDoubt(l *link) {
	s := &nc.out
	s.mu.Lock()
	var gone outbound.Loss
	if l.endedByPeer() {
		gone = s.buf.Disconnected()
	} else {
		gone = s.buf.GaveUp()
	}
	s.fences.want = false
	// Requests went out with these and will not go out again by themselves.
	confirmed := s.buf.Totals().ConfirmedSeq
	sent := confirmed
	lossy := gone.Doubt.Msgs > 0 && !nc.Opts.AtLeastOnce
	var all, ones []*fenceWaiter
	if lossy {
		sent = max(sent, gone.Doubt.Last)
		all, ones = s.fences.all.takeAll(), s.fences.ones.takeOlder(gone.Doubt.Last)
	}
	if gone.Poison != nil {
		s.reportLocked([]outbound.Dropped{*gone.Poison}, ErrPoisonMessage)
	}
	s.expireAwayLocked()
	answered := s.answered
	s.mu.Unlock()
	nc.events.lossNoted(nc, l, &gone)
	nc.reqs.disconnected(nc, l, sent, confirmed) // before a waiter asks what was lost
	nc.links.linkDown(l.epoch, sent)
	nc.judgeSubs(l, gone.Parts, answered)
	err := fmt.Errorf("%w: the connection to %s ended with %d messages (%d bytes) sent but not confirmed",
		ErrInDoubt, l.url.Redacted(), gone.Doubt.Msgs, gone.Doubt.Bytes)
	tell(all, err)
	tell(ones, err)
	if lossy {
		nc.events.inDoubt(nc, InDoubt{
			Epoch: l.epoch, Msgs: gone.Doubt.Msgs, Bytes: gone.Doubt.Bytes, Server: l.url.Redacted(),
		})
	}
}
