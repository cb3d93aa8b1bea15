package nats

import (
	"sync/atomic"
	"time"
)

// crowd keeps publishers that run on several processors out of each other's way.
// When they meet at the sender's lock at every other message, each of them waits
// for what the other one has just changed to cross from one cache to the other,
// and all of them together get on less than one alone. Whoever finds the lock
// taken then leaves it to the others for a moment.
type crowd struct {
	crowded atomic.Bool

	// Guarded by the sender's lock.
	met  uint64 // messages until the lock was last found taken
	soon int    // how often in a row that happened soon after the last time
}

const (
	// crowdSoon is within how many messages publishers must meet again, and
	// crowdTimes how often in a row, to be a crowd. One that publishes now and then
	// beside a busy one never gets there, and so never pauses.
	crowdSoon  = 4096
	crowdTimes = 8
	// crowdPause is how long one leaves the lock to the others, once in a publish.
	crowdPause = 50 * time.Microsecond
)

// enterCrowd takes the lock for a publisher that found it taken.
func (s *sender) enterCrowd() {
	c := &s.crowd
	if c.crowded.Load() {
		time.Sleep(crowdPause)
	}
	s.mu.Lock()
	n := s.buf.Seq()
	if n-c.met > crowdSoon {
		c.soon = 0
	} else if c.soon < crowdTimes {
		c.soon++
	}
	c.met = n
	if crowded := c.soon == crowdTimes; crowded != c.crowded.Load() {
		c.crowded.Store(crowded)
	}
}
