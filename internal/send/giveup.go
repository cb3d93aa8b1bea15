package send

import "github.com/evernats/nats/internal/outbound"

// dropOldestLocked frees room for a frame by giving up the oldest queued
// messages, each of which is reported. What is being written can't be given up, so
// it doesn't count; and when nothing else is left the frame is taken, whatever its
// size. It returns false when nothing may wait, or too much is unconfirmed.
func (s *Sender) dropOldestLocked(size int) bool {
	limit := s.limitLocked()
	if limit < 0 {
		return false
	}
	need := s.buf.Size() - s.buf.Taken() - limit + 1
	held := s.cfg.HeldLimit
	if held > 0 {
		need = max(need, s.buf.Held()+s.buf.Size()+size-held)
	}
	s.reportSpanLocked(s.buf.DropOldest(need), GaveWay)
	return held <= 0 || s.buf.Held() < held
}

// Withdraw gives up those of the messages with these numbers, in ascending order, that
// are still queued, as if they had expired. It returns their numbers.
func (s *Sender) Withdraw(numbers []uint64) (gone []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, run := range s.buf.Withdraw(numbers) {
		s.reportSpanLocked(run, Expired)
		for seq := run.First; seq <= run.Last; seq++ {
			gone = append(gone, seq)
		}
	}
	if len(gone) > 0 {
		s.wakeLocked()
	}
	return gone
}

// Queued says whether nothing of a message was handed to a socket yet; or not since the
// last link ended, if it is sent again.
func (s *Sender) Queued(number uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Queued(number)
}

// Repeats is the number up to which queued messages went out on an earlier link, too.
func (s *Sender) Repeats() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Repeats()
}

// reportSpanLocked tells the owner of a run of messages that will not be sent, and
// those who wait for one of them to be confirmed.
func (s *Sender) reportSpanLocked(gone outbound.Span, why Fault) {
	if gone.Msgs == 0 {
		return
	}
	s.goneLocked(gone.First, gone.Last, why)
	s.owner.GaveUp(gone, why)
}

// reportLocked does the same for messages that were given up one by one; why stands in
// where the buffer gives no reason of this package's.
func (s *Sender) reportLocked(dropped []outbound.Dropped, why Fault) {
	for i := range dropped {
		d := &dropped[i]
		reason := why
		if f, ok := d.Err.(Fault); ok {
			reason = f
		}
		s.goneLocked(d.Seq, d.Seq, reason)
		s.owner.GaveUpOne(d, reason)
	}
}

func (s *Sender) goneLocked(first, last uint64, why Fault) {
	if s.waits != nil {
		tell(s.waits.ones.takeSpan(first, last), why)
		s.unwaitedLocked()
	}
}
