package nats

import (
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/notify"
	"github.com/evernats/nats/internal/outbound"
)

// dropOldestLocked frees room for a frame by giving up the oldest queued
// messages, each of which is reported. What is being written can't be given up, so
// it doesn't count; and when nothing else is left the frame is taken, whatever its
// size. It returns false when nothing may wait, or too much is unconfirmed.
func (s *sender) dropOldestLocked(size int) bool {
	limit := s.limitLocked()
	if limit < 0 {
		return false
	}
	need := s.buf.Size() - s.buf.Taken() - limit + 1
	if s.fences.held > 0 {
		need = max(need, s.buf.Held()+s.buf.Size()+size-s.fences.held)
	}
	s.reportSpan(s.buf.DropOldest(need), ErrMessageDropped)
	return s.fences.held <= 0 || s.buf.Held() < s.fences.held
}

// expireLocked gives up what has waited longer than PublishTTL.
func (s *sender) expireLocked() {
	if s.ttl <= 0 {
		return
	}
	cutoff := int64(time.Since(s.nc.start) - s.ttl)
	if cutoff > 0 {
		s.reportSpan(s.buf.Expire(cutoff), ErrMessageExpired)
	}
}

// stampLocked dates what is published next, and while there is no connection sees
// to it that what gets too old is given up.
func (s *sender) stampLocked() {
	s.buf.Stamp(int64(time.Since(s.nc.start)))
	if s.link == nil {
		s.expireLaterLocked()
	}
}

// expireAwayLocked is called when a connection has ended, and by the timer while
// there is no other: what is too old by now is given up, and the rest when it is.
func (s *sender) expireAwayLocked() {
	if s.ttl <= 0 || s.link != nil || s.refused == ErrConnectionClosed {
		return
	}
	s.expireLocked()
	if s.buf.Size() > 0 {
		s.expireLaterLocked()
	}
}

func (s *sender) expireLaterLocked() {
	switch {
	case s.ttlArmed:
		return
	case s.ttlTimer == nil:
		s.ttlTimer = time.AfterFunc(s.ttl/8, s.expireDue)
	default:
		s.ttlTimer.Reset(s.ttl / 8)
	}
	s.ttlArmed = true
}

// expireDue is the timer's.
func (s *sender) expireDue() {
	s.mu.Lock()
	s.ttlArmed = false
	s.expireAwayLocked()
	s.mu.Unlock()
}

// reportSpan tells the user of a run of messages that will not be sent, and those
// who wait for one of them to be confirmed. The queue of events takes it at once;
// the callbacks run elsewhere.
func (s *sender) reportSpan(gone outbound.Span, why error) {
	if gone.Msgs == 0 {
		return
	}
	tell(s.fences.ones.takeSpan(gone.First, gone.Last), why)
	s.nc.reqs.gaveUp(s.nc, gone.First, gone.Last, why)
	s.nc.links.gaveUp(gone.First, gone.Last, why)
	s.nc.events.droppedRun(s.nc, notify.Run{Msgs: int(gone.Msgs), Size: int(gone.Bytes), Err: why})
}

// reportLocked does the same for messages that were given up one by one.
func (s *sender) reportLocked(dropped []outbound.Dropped, why error) {
	for i := range dropped {
		m := droppedMsg(&dropped[i], why)
		tell(s.fences.ones.takeSpan(dropped[i].Seq, dropped[i].Seq), m.Err)
		s.nc.reqs.gaveUp(s.nc, dropped[i].Seq, dropped[i].Seq, m.Err)
		s.nc.links.gaveUp(dropped[i].Seq, dropped[i].Seq, m.Err)
		s.nc.events.droppedMsg(s.nc, m)
	}
}

// droppedMsg is the public form; why stands in where the buffer gave no reason.
func droppedMsg(d *outbound.Dropped, why error) *DroppedMsg {
	err := d.Err
	if err == nil || errors.Is(err, outbound.ErrPoison) {
		err = why
	}
	return &DroppedMsg{Msgs: 1, Subject: d.Subject, Reply: d.Reply, Size: d.Size, Err: err}
}

// DroppedError is what the error handler is told of messages that were given up,
// when there is no [MessageDroppedHandler]. errors.Is finds the reason.
type DroppedError struct {
	// Msg is what was given up, with the reason.
	Msg DroppedMsg
}

// Error says what was given up and why.
func (e *DroppedError) Error() string {
	if e.Msg.Msgs > 1 || e.Msg.Subject == "" {
		return fmt.Sprintf("%v (messages given up: %d, with %d bytes)", e.Msg.Err, e.Msg.Msgs, e.Msg.Size)
	}
	return fmt.Sprintf("%v (message to %q, %d bytes)", e.Msg.Err, e.Msg.Subject, e.Msg.Size)
}

// Unwrap gives the reason to errors.Is.
func (e *DroppedError) Unwrap() error { return e.Msg.Err }
