package send

import (
	"sync/atomic"
	"time"
)

// Config is fixed for the life of a Sender.
type Config struct {
	ChunkSize   int // of the outbound buffer's pieces; 0: its default
	AtLeastOnce bool
	TTL         time.Duration // not positive: messages don't expire

	Limit     int // bytes that may wait while there is a link
	AwayLimit int // the same without one; negative: none may
	HeldLimit int // of what waits or is unconfirmed; 0, as without AtLeastOnce: no bound
	Full      Policy

	FenceBytes uint64        // a fence after so many; 0: never for that
	FenceEvery time.Duration // and when messages have gone without for so long; not positive: never

	WriteLimit time.Duration // how long a socket may take nothing; not positive: no limit
	WriteStep  time.Duration // how often a write is looked at that can go on; 0: as is usual
	FailSlow   bool          // a write that reaches WriteLimit ends the link

	mark int // of Limit: so much is looked at more closely, see fillLocked
}

// Policy is what a publish does when there is no room.
type Policy uint8

// The policies.
const (
	PushBack    Policy = iota // wait while the socket takes something
	Fail                      // fail at once
	WaitForRoom               // wait, a whole outage through
	DropOldest                // give the oldest messages up
)

// shared is the configuration that was last used. Most connections of a program have
// the same one, which then is in memory once.
var shared atomic.Pointer[Config]

func share(cfg Config) *Config {
	if c := shared.Load(); c != nil && *c == cfg {
		return c
	}
	c := &cfg
	shared.Store(c)
	return c
}
