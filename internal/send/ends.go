package send

import (
	"math"
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// Ends. Whoever waits for what can't come any more is taken out under the lock under
// which waiters are added, by overLocked and nowhere else, and then told, once.

// Refuse makes every later publish fail with why, Draining or Closed, and those that
// wait for room. Closed is final, and then there are no new waiters either.
func (s *Sender) Refuse(why Fault) {
	s.mu.Lock()
	if s.refused != Closed {
		s.refused = why
	}
	s.wakeLocked()
	s.mu.Unlock()
}

// over are waiters whose wait has ended.
type over struct{ all, ones []*Waiter }

// overLocked takes out who waits for messages up to number last, or for all of what
// was queued. Those who wait for room look whether there can still be any.
func (s *Sender) overLocked(last uint64) (o over) {
	if w := s.waits; w != nil {
		o.all, o.ones = w.all.takeAll(), w.ones.takeOlder(last)
		s.unwaitedLocked()
	}
	s.wakeLocked()
	return o
}

func (o over) tell(err error) {
	tell(o.all, err)
	tell(o.ones, err)
}

// End tells everyone who waits that the connection is closed, save Close itself, which
// waits for what is still to be written. Refuse comes before it.
func (s *Sender) End() {
	s.mu.Lock()
	var closer *Waiter
	if s.waits != nil {
		closer = s.waits.closer
	}
	o := s.overLocked(math.MaxUint64 - 1)
	if closer != nil && len(o.all) > 0 && o.all[len(o.all)-1] == closer {
		o.all = o.all[:len(o.all)-1] // nobody comes after Close
		s.keepLocked(closer)
	}
	if s.busy != nil && s.busy.fence != nil {
		s.busy.fence.Stop()
	}
	s.fenceSet = false
	s.mu.Unlock()
	o.tell(Closed)
}

// keepLocked puts Close back.
func (s *Sender) keepLocked(closer *Waiter) {
	if s.waits == nil {
		s.waits = idleWaits.Get().(*waits)
	}
	s.waits.all.add(closer)
	s.waits.closer = closer
}

// Ended closes the books on a link that was detached and whose last write is back: it
// queues again what must be sent again, ends the waits for what may be lost, and
// reports how many messages are in doubt. byPeer says that the peer ended the link,
// which is evidence against what was sent last.
func (s *Sender) Ended(l Link, byPeer bool) {
	s.mu.Lock()
	var gone outbound.Loss
	if byPeer {
		gone = s.buf.Disconnected()
	} else {
		gone = s.buf.GaveUp()
	}
	s.wantFence = false
	confirmed := s.buf.Totals().ConfirmedSeq
	loss := Loss{Sent: confirmed, Confirmed: confirmed, Parts: gone.Parts, Answered: s.answered, Doubt: gone.Doubt.Count}
	lossy := gone.Doubt.Msgs > 0 && !s.cfg.AtLeastOnce
	var o over
	if lossy {
		loss.Sent = max(loss.Sent, gone.Doubt.Last)
		o = s.overLocked(gone.Doubt.Last)
	}
	if gone.Poison != nil {
		s.reportLocked([]outbound.Dropped{*gone.Poison}, Poison)
	}
	s.expireAwayLocked()
	s.mu.Unlock()
	s.owner.Ended(l, &loss) // before a waiter asks what was lost
	if lossy {
		o.tell(&DoubtError{Server: l.Server(), Msgs: gone.Doubt.Msgs, Bytes: gone.Doubt.Bytes})
		s.owner.InDoubt(l, gone.Doubt.Count)
	}
}

// Discard frees what a closed connection still had queued, and ends every timer and
// wait. The link was detached before. Nothing is written or told after it.
func (s *Sender) Discard() {
	s.mu.Lock()
	left := s.buf.Close()
	if left.Bytes > 0 {
		s.busyLocked().leftover = left.Bytes
	}
	s.reportSpanLocked(left, Closed)
	s.stopTimersLocked() // they would keep the connection in memory
	o := s.overLocked(math.MaxUint64 - 1)
	s.mu.Unlock()
	o.tell(Closed)
}

func (s *Sender) stopTimersLocked() {
	if b := s.busy; b != nil {
		timers := []*time.Timer{b.fence, b.gather, b.ttl}
		if b.linger != nil {
			timers = append(timers, b.linger.timer)
		}
		for _, t := range timers {
			if t != nil {
				t.Stop()
			}
		}
	}
}
