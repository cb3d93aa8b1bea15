package receive

import (
	"time"

	"github.com/evernats/nats/internal/wire"
)

// Resume puts a fresh link to use. Under the table's lock, so that no subscription
// comes in between, start is given what makes every subscription in one piece, to go out
// before all else; ends says where each one's part ends, if one of them is suspect, and
// alone how many of them are to be made one by one. The link is to be read with Read.
// Resume is called by what was posted.
func (t *Table[M, H, S]) Resume(l Link, start func(lines []byte, ends []int, alone int)) {
	t.mu.Lock()
	t.registerLocked(l)
	start(t.resubscriptionLocked())
	t.mu.Unlock()
	if t.trial != nil && len(t.trial.accused) > 0 {
		time.AfterFunc(calmBefore, func() { t.host.Post(func() { t.tryAccused(l) }) })
	}
}

// appendResubscription appends what makes the subscription on a new connection:
// nothing when it needs no more messages.
func (s *Sub[M, H, S]) appendResubscription(dst []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.draining || s.poison {
		return dst
	}
	left := int64(0)
	if s.max.Load() > 0 {
		if s.received >= s.max.Load() {
			return dst
		}
		left = int64(s.max.Load() - s.received)
	}
	if s.more != nil {
		s.more.denied = nil
	}
	s.base = s.received
	dst = wire.AppendSub(dst, s.listens(), s.group, s.sid)
	if left > 0 && !s.gated {
		dst = wire.AppendUnsub(dst, s.sid, left)
	}
	return dst
}
