package receive

import (
	"sync"
	"sync/atomic"
)

// Kind says how messages reach the program.
type Kind uint8

const (
	Handler Kind = iota // a function is called for each, on a goroutine of the subscription
	Sync                // they are fetched with [Sub.Next]
	Channel             // they are sent on a channel of the program's
	Inline              // a function of the client's takes them on the reader; it must not wait
)

// Config says what a subscription is to be. Exactly one of Handler, Lent, Channel, Inline and
// Runs is set; with none of them it is [Sync].
type Config[M, S any] struct {
	Subject, Queue string
	Handler        func(*M)
	Lent           func(*Lent[S]) // in place of Handler: messages are lent to it
	CheckLent      bool           // what was lent is overwritten when it has returned
	Channel        chan *M
	Inline         func(*M)

	// Runs is Inline for messages that came in together, in pieces that lie one behind
	// another in memory; more says that another piece of the same run follows at once.
	// Memory, if set, gives the memory for the data of those that share none, as much as is
	// asked for; it is called on the reader, too.
	Runs   func(msgs []M, more bool)
	Memory func(size int) []byte

	// MsgLimit and ByteLimit bound what may wait for the consumer. Zero and less is no
	// bound.
	MsgLimit, ByteLimit int

	// Drained is called when a drain has brought in the last message for Inline, where
	// the program has yet to handle what came: the subscription ends when it is removed.
	// Without it the subscription is the client's own, and no drain ends it.
	Drained func()

	// Closed is called with the subject when the subscription has ended and its last
	// message was handled.
	Closed func(subject string)

	// Gate stands between what comes in and the consumer; nil: nothing does. Unbound says
	// that limits don't count: who sends is held back.
	Gate    Gate[M]
	Unbound bool

	// Quiet: the program didn't ask for it, and isn't told when the server refuses it.
	Quiet bool
}

// Sub is a subscription. It is part of the program's view of it, and is made by
// [Table.Add]. The zero value is one that was never made.
type Sub[M Public[H, S], H ~map[string][]string, S any] struct {
	table          *Table[M, H, S]
	owner          *S // the program's view
	subject, group string
	sid            uint64
	call           func(*M)       // Handler and Inline
	run            func()         // Handler: handle, made a function once
	feed           *feed[M, H, S] // Channel
	wake           chan struct{}  // who waits in Next; nil with a handler
	done           chan struct{}  // closed with the subscription; with a handler nil until somebody waits

	// What waits for the consumer. The reader adds under mu; the consumer takes
	// the whole list under mu and then counts down as it goes.
	pending backlog

	mu        sync.Mutex
	gone      atomic.Bool // closed, for the handler's goroutine to see without mu
	kind      Kind
	quiet     bool
	inRuns    bool // Runs takes what comes, for good
	gated     bool // there is a gate, for good
	unbound   bool // limits don't count
	slow      bool // messages were dropped since the last that was not
	slowTold  bool // Next has to say so
	handling  bool // the handler's goroutine has messages in hand
	running   bool // it exists
	lends     bool // messages are lent to the handler, for good
	closed    bool
	connEnded bool // it was the connection that closed
	draining  bool
	drained   bool  // nothing more can arrive: closes when nothing is pending
	poison    bool  // it isn't made any more: connections ended over it
	place     int32 // among its namesakes, under the lock of the table
	queue     queue[H, S]
	received  uint64        // what the server has sent on it, since the beginning
	base      uint64        // received when it was last made on a server, whose count began at 0 then
	max       atomic.Uint64 // auto-unsubscribe after so many; 0: never
	handled   uint64        // messages; of the handler's goroutine alone
	dropped   int           // of those received; what wasn't dropped was queued, or sent on the channel
	msgLimit  int
	byteLimit int
	maxMsgs   int
	maxBytes  int
	more      *extras[M, H, S] // nil while there are none
}

// extras are what few subscriptions have.
type extras[M Public[H, S], H ~map[string][]string, S any] struct {
	gate      Gate[M]              // Config.Gate
	lent      *lending[S]          // what there is where messages are lent; never changed
	beside    any                  // see Beside
	runs      func([]M, bool)      // Config.Runs
	memory    func(int) []byte     // Config.Memory
	drained   func()               // Config.Drained
	closed    func(subject string) // Config.Closed
	denied    error                // what Next returns since the server refused it
	listeners []Listener
	barriers  map[*Msg[H, S]]func() // those in the queue
}

// extrasLocked returns the extras to change them.
func (s *Sub[M, H, S]) extrasLocked() *extras[M, H, S] {
	if s.more == nil {
		s.more = new(extras[M, H, S])
	}
	return s.more
}

func (s *Sub[M, H, S]) init(t *Table[M, H, S], owner *S, cfg *Config[M, S]) {
	s.table, s.owner = t, owner
	s.subject, s.group, s.quiet = cfg.Subject, cfg.Queue, cfg.Quiet
	s.msgLimit, s.byteLimit = cfg.MsgLimit, cfg.ByteLimit
	switch {
	case cfg.Handler != nil:
		s.kind, s.call, s.run = Handler, cfg.Handler, s.handle
	case cfg.Lent != nil:
		s.kind, s.lends, s.run = Handler, true, s.lend
	case cfg.Inline != nil:
		s.kind, s.call = Inline, cfg.Inline
	case cfg.Runs != nil:
		s.kind, s.inRuns = Inline, true
	case cfg.Channel != nil:
		s.kind, s.feed = Channel, newFeed[M, H, S](cfg.Channel)
	default:
		s.kind = Sync
		s.msgLimit = t.syncLen
	}
	if s.kind == Sync || s.kind == Channel {
		s.wake, s.done = make(chan struct{}, 1), make(chan struct{})
	}
	s.gated, s.unbound = cfg.Gate != nil, cfg.Unbound
	if cfg.Drained != nil || cfg.Closed != nil || s.gated || s.lends || s.inRuns {
		s.more = &extras[M, H, S]{
			gate: cfg.Gate, drained: cfg.Drained, closed: cfg.Closed, runs: cfg.Runs, memory: cfg.Memory,
		}
	}
	if s.lends {
		s.more.lent = &lending[S]{call: cfg.Lent, check: cfg.CheckLent || raceDetector}
	}
}

// Table is what the subscription was added to, nil when it never was.
func (s *Sub[M, H, S]) Table() *Table[M, H, S] { return s.table }

// Kind says how messages reach the program.
func (s *Sub[M, H, S]) Kind() Kind { return s.kind }

// Quiet says whether the program isn't told of its refusal.
func (s *Sub[M, H, S]) Quiet() bool { return s.quiet }

// Losses is how many messages were dropped because the consumer was slow, whatever
// its kind.
func (s *Sub[M, H, S]) Losses() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// drains says whether a drain of the connection waits for the subscription, and
// whether Close ends it at once. Those of the client's own stay: answers may be under
// way.
func (s *Sub[M, H, S]) drains() bool { return s.kind != Inline || s.onDrained() != nil }

// onDrained is set once and for all when the subscription is made.
func (s *Sub[M, H, S]) onDrained() func() {
	if s.more == nil {
		return nil
	}
	return s.more.drained
}

// Valid says whether the subscription can still receive.
func (s *Sub[M, H, S]) Valid() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table != nil && !s.closed
}

// IsDraining says whether it drains.
func (s *Sub[M, H, S]) IsDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining && !s.closed
}

// OnClosed sets what Config.Closed is.
func (s *Sub[M, H, S]) OnClosed(f func(subject string)) {
	s.mu.Lock()
	s.extrasLocked().closed = f
	s.mu.Unlock()
}

// waiting is the number of messages that wait for the consumer.
func (s *Sub[M, H, S]) waiting() int64 {
	if s.kind == Channel {
		return int64(s.feed.waiting())
	}
	msgs, _ := s.pending.load()
	return int64(msgs)
}

// deliveredLocked returns how many messages the consumer has got.
func (s *Sub[M, H, S]) deliveredLocked() uint64 {
	waiting, _ := s.pending.load()
	if s.handling && waiting > 0 {
		waiting-- // the one that the handler has counts as pending, too
	}
	return s.received - uint64(s.dropped) - uint64(waiting)
}

// usedUpLocked says that the auto-unsubscribe count has been reached and the consumer
// has nothing left of it. What was dropped counts, since the server counts it: it
// will send no more.
func (s *Sub[M, H, S]) usedUpLocked() bool {
	limit := s.max.Load()
	if limit == 0 {
		return false
	}
	waiting, _ := s.pending.load()
	return s.received >= limit && waiting == 0 || s.deliveredLocked() >= limit
}
