package send

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// Sender owns the outbound buffer. Its lock is the one that publishers meet, so
// nothing that can wait happens under it: encoding goes on under the lock, the
// socket's write doesn't.
//
// There is one in each connection, most of which are idle: what only a busy one needs
// is behind pointers that are nil until then.
type Sender struct {
	mu     sync.Mutex
	buf    *outbound.Buffer
	cfg    *Config
	counts *Counts
	owner  Owner
	link   Link // the link that is written to; nil while there is none

	written    uint64       // bytes the socket has taken
	progress   atomic.Int64 // nanoseconds since the start: the socket took bytes, or had none to take, then
	maxPayload atomic.Int64 // of the last server; 0: none said

	run       func()        // work, made a function once
	turns     turns         // that the writer let others have; its own
	waits     *waits        // for PONGs; nil: nobody does
	pos       uint64        // positions handed to waiters so far
	confirmed time.Duration // when a PONG last answered a fence, since the start; 0: never
	busy      *busy         // nil until it is needed

	lines   lines
	owed    uint32 // PONGs that the server wants
	early   uint32 // PONGs that came before the write of their PING returned
	meeting meeting

	refused   Fault // why nothing is accepted any more; 0: it is
	writing   bool  // a writer runs; a batch may be out
	starting  bool  // the writer was started and hasn't come to it yet
	lingers   bool  // the writer is there, and waits for something to write
	begins    uint8 // how often in a row it has begun soon after the last time, see linger.go; the writer's own
	broken    bool  // a write to the link failed: nothing more is written
	headers   bool  // the link's server takes them
	now       bool  // the link has a WriteNow
	answered  bool  // a PONG has come on this link
	fast      bool  // the socket took the last batch quickly
	gathering bool  // what is queued waits until it is gatherBytes, or for the timer
	wantFence bool  // queue a fence before the next batch
	fenceSet  bool  // the fence timer is running
	overrun   bool  // too many lines wait: the link is given up
	ttlSet    bool  // the TTL timer is
	level     Level // as the owner was told
}

// busy is what a connection needs only once it has published something, somebody has
// waited for room, or its link was left.
type busy struct {
	fence    *time.Timer
	gather   *time.Timer
	ttl      *time.Timer
	linger   *lingering
	room     chan struct{} // closed when the socket took something; nil: nobody waits
	detached func()        // what the writer calls when it is back; nil: nothing
	settled  chan struct{} // closed when the buffer is sealed, or the link gone; nil: it isn't to be
	list     *[][]byte     // of whoever writes next; nil: from the pool
	leftover uint64        // bytes of messages that were given up when the connection was closed
}

// Counts is where messages that were published are counted: OutMsgs, OutBytes. The
// other fields are the owner's.
type Counts struct {
	InMsgs, OutMsgs, InBytes, OutBytes, Reconnects uint64
}

// Init makes a Sender ready for use. counts may be read by whoever owns them at any
// time, though only Published gives both numbers as they are at one moment.
func (s *Sender) Init(owner Owner, cfg Config, counts *Counts) {
	s.owner, s.counts = owner, counts
	cfg.mark = cfg.Limit / 4 * 3
	s.cfg = share(cfg)
	s.buf = outbound.New(outbound.Config{ChunkSize: cfg.ChunkSize, Hold: cfg.AtLeastOnce, TTL: int64(cfg.TTL)})
	s.run = s.work
	s.pos = 1 // a fence's tag is never 0
}

// clock is the time since the connection's start.
func (s *Sender) clock() time.Duration { return time.Since(s.owner.Start()) }

func (s *Sender) busyLocked() *busy {
	if s.busy == nil {
		s.busy = new(busy)
	}
	return s.busy
}

// arm starts a timer anew, made at its first use.
func (s *Sender) arm(t **time.Timer, d time.Duration, due func(s *Sender)) {
	if *t == nil {
		*t = time.AfterFunc(d, func() { due(s) })
	} else {
		(*t).Reset(d)
	}
}

// Published returns what was published so far.
func (s *Sender) Published() (msgs, bytes uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts.OutMsgs, s.counts.OutBytes
}

// Size returns the bytes that wait to be written.
func (s *Sender) Size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Size()
}

// Leftover returns the bytes that Discard found unwritten.
func (s *Sender) Leftover() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy == nil {
		return 0
	}
	return s.busy.leftover
}

// Through says that there is no link, that no message waits for one, and that the
// books on the last one are closed.
func (s *Sender) Through() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link == nil && !s.writing && s.buf.Size() == 0 && s.buf.Unconfirmed().Msgs == 0
}
