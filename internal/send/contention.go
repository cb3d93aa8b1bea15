package send

import (
	"sync/atomic"
	"time"
)

// meeting keeps publishers that run on several processors out of each other's way.
// When they meet at the Sender's lock at every other message, each of them waits
// for what the other one has just changed to cross from one cache to the other,
// and all of them together get on less than one alone. Whoever finds the lock
// taken then leaves it to the others for a moment.
type meeting struct {
	// soon is how often in a row the lock was found taken soon after the last time.
	// It is changed under the lock.
	soon atomic.Uint32
	last uint32 // the newest message when that was last so, guarded by the lock
}

const (
	// meetSoon is within how many messages publishers must meet again, and
	// meetTimes how often in a row, to contend. One that publishes now and then
	// beside a busy one never gets there, and so never pauses.
	meetSoon  = 4096
	meetTimes = 8
	// meetPause is how long one leaves the lock to the others, once in a publish.
	meetPause = 50 * time.Microsecond
)

func (m *meeting) contended() bool { return m.soon.Load() == meetTimes }

// lockContended takes the lock for a publisher that found it taken.
func (s *Sender) lockContended() {
	m := &s.meeting
	if m.contended() {
		time.Sleep(meetPause)
	}
	s.mu.Lock()
	n := uint32(s.buf.Seq())
	if soon := m.soon.Load(); n-m.last > meetSoon {
		m.soon.Store(0)
	} else if soon < meetTimes {
		m.soon.Store(soon + 1)
	}
	m.last = n
}
