package nats

import (
	"fmt"
	"time"

	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/wire"
)

// fenceList knows who waits for a PONG, and when the next PING must go out. A
// fence is a PING in the outbound order: the server answers PINGs in order, so
// its PONG proves that everything queued before it has been processed. All its
// methods need the sender's lock.
type fenceList struct {
	bytes   uint64        // fence after this many bytes of messages
	every   time.Duration // and when messages have been unfenced this long
	held    int           // bound on unconfirmed memory; 0: nothing is held
	timer   *time.Timer
	armed   bool
	want    bool   // queue a fence before the next batch
	pos     uint64 // positions handed to waiters so far
	waiters []*fenceWaiter
}

// fenceWaiter waits until the server has processed what was queued before it.
type fenceWaiter struct {
	pos  uint64
	seq  uint64 // number of the last message it waits for
	one  bool   // it waits for that message alone, not for all up to it
	done chan error

	closing bool // it is Close that waits
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
	if len(f.waiters) > 0 || f.held > 0 && s.buf.Size() > 0 {
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
	f.waiters = append(f.waiters, w)
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

// writeProgress says how many bytes the socket has taken, when it last took some,
// and how many it will have taken when a PING queued now is written.
func (s *sender) writeProgress() (written uint64, last time.Duration, mark uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written, time.Duration(s.progress.Load()), s.written + uint64(s.buf.Size()+len(wire.PingLine))
}

// forget takes a waiter that has given up off the list.
func (s *sender) forget(w *fenceWaiter) {
	s.mu.Lock()
	for i, x := range s.fences.waiters {
		if x == w {
			s.fences.waiters = append(s.fences.waiters[:i], s.fences.waiters[i+1:]...)
			break
		}
	}
	s.mu.Unlock()
}

// pong settles everyone whose fence the server has answered. The answer may come
// before the writer is back from the very write that carried the PING; it counts
// once the writer has said what it wrote.
func (s *sender) pong() {
	s.mu.Lock()
	if !s.pongLocked() && s.writing {
		s.early++
	}
	// The buffer may have held back what follows a suspect message until now.
	if s.buf.Ready() {
		s.kickLocked()
	}
	s.mu.Unlock()
}

// pongLocked says whether there was a written fence to answer.
func (s *sender) pongLocked() bool {
	tag, ok := s.buf.Pong()
	if !ok {
		return false
	}
	f := &s.fences
	n := 0
	for n < len(f.waiters) && f.waiters[n].pos <= tag {
		f.waiters[n].done <- nil
		f.waiters[n] = nil
		n++
	}
	if n == len(f.waiters) {
		f.waiters = nil
	} else {
		f.waiters = f.waiters[n:]
	}
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
	var fail, stay []*fenceWaiter
	for _, w := range s.fences.waiters {
		if w.closing {
			stay = append(stay, w)
		} else {
			fail = append(fail, w)
		}
	}
	s.fences.waiters = stay
	s.fences.stop()
	s.mu.Unlock()
	for _, w := range fail {
		w.done <- err
	}
}

// reportDoubt closes the books on a link that is gone: it queues again what must
// be sent again, fails the waiters whose messages may be lost, and reports how
// many messages are in doubt.
func (nc *Conn) reportDoubt(l *link) {
	s := &nc.out
	s.mu.Lock()
	gone := s.buf.Disconnected()
	s.fences.want = false
	// Requests went out with these and will not go out again by themselves.
	sent := s.buf.Totals().ConfirmedSeq
	lossy := gone.Doubt.Msgs > 0 && !nc.Opts.AtLeastOnce
	var fail []*fenceWaiter
	if lossy {
		sent = max(sent, gone.Doubt.Last)
		var stay []*fenceWaiter
		for _, w := range s.fences.waiters {
			if w.one && w.seq > gone.Doubt.Last {
				stay = append(stay, w)
			} else {
				fail = append(fail, w)
			}
		}
		s.fences.waiters = stay
	}
	if gone.Poison != nil {
		s.reportLocked([]outbound.Dropped{*gone.Poison}, ErrPoisonMessage)
	}
	s.mu.Unlock()
	err := fmt.Errorf("%w: the connection to %s ended with %d messages (%d bytes) sent but not confirmed",
		ErrInDoubt, l.url.redacted(), gone.Doubt.Msgs, gone.Doubt.Bytes)
	for _, w := range fail {
		w.done <- err
	}
	if lossy {
		nc.events.inDoubt(nc, InDoubt{
			Epoch: l.epoch, Msgs: gone.Doubt.Msgs, Bytes: gone.Doubt.Bytes, Server: l.url.redacted(),
		})
	}
	nc.reqs.disconnected(nc, l, sent)
	nc.links.linkDown(l.epoch, sent)
}

// failOnes ends the wait for single messages that were given up.
func (f *fenceList) failOnes(first, last uint64, err error) {
	stay := f.waiters[:0]
	for _, w := range f.waiters {
		if w.one && w.seq >= first && w.seq <= last {
			w.done <- err
		} else {
			stay = append(stay, w)
		}
	}
	clear(f.waiters[len(stay):])
	f.waiters = stay
}
