package send

import (
	"context"
	"time"
)

// fullLocked says whether a frame of size bytes has no room. The limit of what
// waits may be crossed by the last frame, as in nats.go; that of what is held is
// strict, save for a frame that finds nothing else.
func (s *Sender) fullLocked(size int) bool {
	return s.buf.Size() >= s.limitLocked() || s.heldFullLocked(size)
}

// limitLocked returns how many bytes may wait.
func (s *Sender) limitLocked() int {
	if s.link == nil {
		return s.cfg.AwayLimit
	}
	return s.cfg.Limit
}

// Room does what a publish of so many bytes would do for room, without publishing: it
// waits, gives up older messages or fails, as the policy says. Somebody else may take the
// room before its caller comes back.
func (s *Sender) Room(size int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused != 0 {
		return s.refused
	}
	if !s.fullLocked(size) {
		return nil
	}
	return s.makeRoom(nil, size)
}

// makeRoom does what the policy says when a frame has no room. It is called and
// returns with the lock held, and lets go of it while it waits.
func (s *Sender) makeRoom(p *Publication, size int) error {
	if p == nil {
		p = &Publication{}
	}
	if p.Never {
		p = &Publication{Never: true}
	}
	ctx := p.Ctx
	if ctx == nil {
		ctx = context.Background()
	}
	begin := time.Now()
	defer func() { p.Waited = time.Since(begin) }()
	policy := s.cfg.Full
	var timer *time.Timer
	defer func() {
		if timer != nil {
			timer.Stop()
		}
	}()
	for {
		if s.refused != 0 {
			return s.refused
		}
		if s.gathering && !s.writing {
			s.sendLocked() // what gathers takes the room
		}
		if !s.fullLocked(size) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return &NoRoomError{size, err}
		}
		s.tellLocked(Full)
		s.askForRoomLocked(size)
		wait := time.Duration(-1) // as long as it takes
		switch {
		case p.Never && policy != DropOldest:
			return s.fullError(size)
		case p.Always:
		case policy == DropOldest:
			if s.dropOldestLocked(size) {
				return nil
			}
			if s.link == nil || p.Never {
				return s.fullError(size)
			}
			// What is unconfirmed can't be given up: its answer makes room.
			if wait = s.patienceLocked(); wait <= 0 {
				return s.fullError(size)
			}
		case policy == Fail:
			return s.fullError(size)
		case policy == WaitForRoom:
			if s.cfg.AwayLimit < 0 && s.link == nil {
				return s.fullError(size)
			}
		default:
			if s.link == nil {
				return s.fullError(size)
			}
			// Back-pressure while the socket moves; a stalled one is an error.
			if wait = s.patienceLocked(); wait <= 0 {
				return s.fullError(size)
			}
		}
		if p.Limit > 0 {
			left := p.Limit - time.Since(begin)
			if left <= 0 {
				return &NoRoomError{size, OutOfTime}
			}
			if wait < 0 || left < wait {
				wait = left
			}
		}
		room := s.roomLocked()
		var expired <-chan time.Time
		if wait >= 0 {
			if timer == nil {
				timer = time.NewTimer(wait)
			} else {
				timer.Reset(wait)
			}
			expired = timer.C
		}
		s.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		case <-expired:
		}
		s.mu.Lock()
	}
}

// askForRoomLocked asks for the PONG that makes room among what is unconfirmed, if
// no PING for it is under way.
func (s *Sender) askForRoomLocked(size int) {
	if s.link != nil && s.heldFullLocked(size) && s.buf.SinceFence().Msgs > 0 {
		s.wantFence = true
		s.kickLocked()
	}
}

// stallLimit is how long the default policy believes in a socket that takes
// nothing.
const stallLimit = time.Second

// patienceLocked returns how much longer a socket that takes nothing is believed in.
func (s *Sender) patienceLocked() time.Duration {
	if s.starting {
		return stallLimit // the socket hasn't been tried yet
	}
	if left := stallLimit - s.stalledLocked(); left > 0 {
		return left
	}
	now := s.clock()
	if at, seen := s.link.Acked(now); seen && at > now-stallLimit {
		s.progress.Store(int64(at)) // too full to take more, and yet it gets on
	}
	return stallLimit - s.stalledLocked()
}

// stalledLocked returns for how long the socket has taken nothing.
func (s *Sender) stalledLocked() time.Duration {
	return s.clock() - time.Duration(s.progress.Load())
}

// fullError says which buffer is full.
func (s *Sender) fullError(size int) error {
	e := &FullError{Size: size, Waiting: s.buf.Size(), Limit: s.limitLocked()}
	if s.heldFullLocked(size) {
		e.Held, e.HeldLimit = s.buf.Held(), s.cfg.HeldLimit
	}
	if s.link == nil {
		return e
	}
	e.Server = s.link.Server()
	if d := s.stalledLocked(); e.Waiting > 0 && d >= stallLimit {
		e.Stalled = d
	}
	return e
}

// heldFullLocked says whether too much would be unconfirmed, or wait to be.
func (s *Sender) heldFullLocked(size int) bool {
	if s.cfg.HeldLimit <= 0 {
		return false
	}
	used := s.buf.Held() + s.buf.Size()
	return used > 0 && used+size > s.cfg.HeldLimit
}

// wakeLocked lets publishers that wait for room look again.
func (s *Sender) wakeLocked() {
	if s.level != Normal {
		s.fillLocked()
	}
	if b := s.busy; b != nil && b.room != nil {
		close(b.room)
		b.room = nil
	}
}

// roomLocked returns a channel that is closed when there may be more room.
func (s *Sender) roomLocked() <-chan struct{} {
	b := s.busyLocked()
	if b.room == nil {
		b.room = make(chan struct{})
	}
	return b.room
}
