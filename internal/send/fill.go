package send

import (
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// Level is how full the buffer is.
type Level uint8

// The levels.
const (
	Normal Level = iota // down to half of what may wait, if it was more
	High                // three quarters of it wait
	Full                // a publish found no room
)

// Fill is what waits, and what may.
type Fill struct {
	Level Level
	Msgs  uint64
	Bytes int // with a HeldLimit that is nearer: of those that are unconfirmed, too
	Limit int
}

// loadLocked is what waits, and what of it may. With a HeldLimit it is the limit that is
// nearer.
func (s *Sender) loadLocked() (used, limit int) {
	used, limit = s.buf.Size(), max(s.limitLocked(), 0)
	if held := s.cfg.HeldLimit; held > 0 {
		if all := s.buf.Held() + used; limit == 0 || float64(all)*float64(limit) > float64(used)*float64(held) {
			used, limit = all, held
		}
	}
	return used, limit
}

// fillLocked looks whether the buffer has become full, or no longer is.
func (s *Sender) fillLocked() {
	used, limit := s.loadLocked()
	switch {
	case s.level != Normal && used <= limit/2:
		s.levelLocked(Normal, used, limit)
	case s.level == Normal && limit > 0 && used >= limit/4*3:
		s.levelLocked(High, used, limit)
	}
}

// tellLocked tells of a level that isn't a matter of bytes.
func (s *Sender) tellLocked(level Level) {
	if s.level != level {
		used, limit := s.loadLocked()
		s.levelLocked(level, used, limit)
	}
}

func (s *Sender) levelLocked(level Level, used, limit int) {
	s.level = level
	s.owner.Fills(Fill{Level: level, Msgs: s.buf.Totals().Queued.Msgs, Bytes: used, Limit: limit})
}

// State is what is known of the outbound side at one moment.
type State struct {
	Fill
	outbound.Totals
	ConfirmedAt time.Duration // when a PONG last answered a fence, since the start; 0: never
}

// State looks at it.
func (s *Sender) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{Fill: Fill{Level: s.level}, Totals: s.buf.Totals(), ConfirmedAt: s.confirmed}
	st.Bytes, st.Limit = s.loadLocked()
	st.Msgs = st.Queued.Msgs
	return st
}
