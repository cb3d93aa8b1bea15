package send

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// Publication says how one message is published, and then what came of it. Nil: it
// waits for room as the policy says, however long that takes, and nobody waits for it.
type Publication struct {
	Ctx    context.Context // ends the wait for room; may be nil
	Limit  time.Duration   // ends it too, if positive
	Always bool            // wait for room whatever the policy says
	Never  bool            // don't wait for it, whatever the policy says; such a one may be shared
	Urgent bool            // whoever publishes waits for what comes of it

	Confirm bool           // register a waiter for the message itself
	Number  *atomic.Uint64 // where the message's number is put before its link can be lost; may be nil

	Waiter *Waiter       // set if Confirm is
	Waited time.Duration // how long the wait for room took; unless Never
}

// Publish queues one message and returns its number in the outbound order. subj and
// reply must be fit for a frame. It may pause for a moment to leave the others the
// lock or the socket the lead, but not one that is Never.
//
// Errors: Closed, Draining, TooLarge, NoHeaders, *FullError, *NoRoomError.
func (s *Sender) Publish(p *Publication, subj, reply string, hdr, data []byte) (seq uint64, err error) {
	payload := len(hdr) + len(data)
	if !s.mu.TryLock() {
		if p != nil && p.Never {
			s.mu.Lock()
		} else {
			s.lockContended()
		}
	}
	if s.refused != 0 {
		err = s.refused
		s.mu.Unlock()
		return 0, err
	}
	if s.tooLarge(payload) {
		s.mu.Unlock()
		return 0, TooLarge
	}
	if s.link == nil || s.cfg.HeldLimit > 0 || s.buf.Size() >= s.cfg.Limit {
		size := wire.PubSize(subj, reply, len(hdr), len(data))
		if s.fullLocked(size) {
			err = s.makeRoom(p, size)
			if err == nil && s.tooLarge(payload) { // for the server of by now
				err = TooLarge
			}
			if err != nil {
				s.mu.Unlock()
				return 0, err
			}
		}
	}
	if hdr != nil && s.link != nil && !s.headers {
		s.mu.Unlock()
		return 0, NoHeaders
	}
	if s.cfg.TTL > 0 {
		s.stampLocked()
	}
	s.buf.Pub(subj, reply, hdr, data)
	s.counts.OutMsgs++
	s.counts.OutBytes += uint64(payload)
	if s.buf.Size() >= s.cfg.mark || s.cfg.HeldLimit > 0 {
		s.fillLocked()
	}
	if s.fenceDueLocked() {
		s.fencePublishedLocked()
	}
	seq = s.buf.Seq()
	if p != nil {
		p.publishedLocked(s, seq)
	}
	if !s.writing && s.link != nil && s.dueLocked() {
		if s.gathering || p != nil && p.Urgent {
			s.sendLocked()
		} else {
			s.kickLocked() // the system call isn't on the caller's time
		}
	}
	pause := p == nil && s.fast && s.pacedLocked(payload) // rarely called
	s.mu.Unlock()
	if pause {
		time.Sleep(pacePause)
	}
	return seq, nil
}

func (p *Publication) publishedLocked(s *Sender, seq uint64) {
	if p.Confirm {
		p.Waiter = s.awaitLocked(seq, true)
	}
	if p.Number != nil {
		p.Number.Store(seq)
	}
}

// tooLarge says whether the server in use, or the last one, takes no payload of
// that size. Under the lock it is the server that the message goes to.
func (s *Sender) tooLarge(payload int) bool {
	max := s.maxPayload.Load()
	return max > 0 && int64(payload) > max
}
