package nats

import (
	"sync"
	"sync/atomic"

	"github.com/evernats/nats/internal/notify"
)

// Subscription is interest in a subject. Make one with the Subscribe methods of
// [Conn]; it lives through reconnects, with its queue group and what is left of
// its auto-unsubscribe count, until it is unsubscribed, drained, used up or the
// connection is closed.
type Subscription struct {
	// Subject is the subject it was made with, wildcards included.
	Subject string

	// Queue is the queue group, empty for none. Each message goes to one member
	// of the group.
	Queue string

	conn  *Conn
	sid   uint64
	place int // among its namesakes, under the lock of the table
	typ   SubscriptionType
	cb    MsgHandler
	ch    chan *Msg  // ChanSubscription: the user's, to read from
	take  func(*Msg) // called by the reader itself; for the client's own use, must not wait
	quiet bool       // the program didn't ask for it, and isn't told when the server refuses it
	// onDrained is called when a drain has brought in the last message for take, where
	// the program has yet to handle what came: the subscription ends when it is stopped.
	onDrained func()

	js atomic.Pointer[jsSub] // what it has of JetStream; nil: nothing

	// What waits for the consumer. The reader adds under mu; the consumer takes
	// the whole list under mu and then counts down as it goes.
	pending backlog
	gone    atomic.Bool // closed, for the handler's goroutine to see without mu

	mu        sync.Mutex
	run       func()        // AsyncSubscription: handle, made a function once
	wake      chan struct{} // who waits in NextMsg; nil with a handler
	out       chan<- *Msg   // ChanSubscription: ch; nil once nothing may be sent on it
	queue     run
	admitted  uint64        // what was queued for the consumer, or sent to its channel
	received  uint64        // what the server has sent on it, since the beginning
	base      uint64        // received when it was last made on a server, whose count began at 0 then
	max       atomic.Uint64 // auto-unsubscribe after so many; 0: never
	dropped   int
	msgLimit  int
	byteLimit int
	maxMsgs   int
	maxBytes  int
	slow      bool   // messages were dropped since the last that was not
	slowTold  bool   // NextMsg has to say so
	handling  bool   // the handler's goroutine has messages in hand
	running   bool   // it exists
	handled   uint64 // messages; of that goroutine alone
	closed    bool
	connEnded bool // it was the connection that closed
	draining  bool
	drained   bool // nothing more can arrive: closes when nothing is pending
	denied    error
	poison    bool // it isn't made any more: connections ended over it
	onClosed  func(string)
	listeners []notify.Listener[SubStatus]
	barriers  map[*Msg]func() // those in the queue
	done      chan struct{}   // closed with the subscription
}

// subscriptions is the table of a connection.
type subscriptions struct {
	mu      sync.RWMutex
	byID    map[uint64]*Subscription
	own     map[uint64]*Subscription // those of byID that are the client's; the reader takes their messages, also while Close waits
	byName  map[subName]*namesakes   // nil until a server refuses one
	most    int                      // that were in byID
	last    uint64
	reading []*link // those whose reader hasn't ended: one, or for a moment more
	left    int64   // messages that nobody had handled when the connection was closed
	cut     bool    // channels get nothing any more
	closed  bool
}

func (t *subscriptions) init() { t.byID = make(map[uint64]*Subscription) }

// get finds the subscription of a message.
func (t *subscriptions) get(sid uint64) *Subscription {
	t.mu.RLock()
	s := t.byID[sid]
	if s == nil {
		s = t.own[sid]
	}
	t.mu.RUnlock()
	return s
}

// all returns the program's subscriptions, with those that the client takes the
// messages of for it.
func (t *subscriptions) all() []*Subscription {
	t.mu.RLock()
	defer t.mu.RUnlock()
	subs := make([]*Subscription, 0, len(t.byID))
	for _, s := range t.byID {
		if s.drains() {
			subs = append(subs, s)
		}
	}
	return subs
}

// A table that held many subscriptions and holds few is made anew: maps don't shrink.
const (
	manySubs = 4096
	fewSubs  = 64
)

func (t *subscriptions) shrinkLocked() {
	if t.most < manySubs || len(t.byID) > fewSubs {
		return
	}
	small := make(map[uint64]*Subscription, len(t.byID))
	for sid, s := range t.byID {
		small[sid] = s
	}
	t.byID, t.byName, t.most = small, nil, len(small)
}

// cutOff ends what is sent on the program's channels. It comes before anybody can
// see that the connection is closed: whoever does may close the channels.
func (t *subscriptions) cutOff() {
	t.mu.Lock()
	t.cut = true
	t.mu.Unlock()
	for _, s := range t.all() {
		if s.typ == ChanSubscription {
			s.mu.Lock()
			s.out = nil
			s.mu.Unlock()
		}
	}
}

// closeAll ends every subscription because the connection is closed. The client's
// own go on: answers may be under way while Close waits for the server.
func (t *subscriptions) closeAll() {
	t.mu.Lock()
	t.closed = true
	subs := t.byID
	t.byID, t.byName = nil, nil
	t.mu.Unlock()
	left := int64(0)
	for _, s := range subs {
		if s.drains() {
			left += s.waiting()
			s.close(true)
		}
	}
	t.mu.Lock()
	t.left = left
	t.mu.Unlock()
}

// closeOwn ends the client's own subscriptions.
func (t *subscriptions) closeOwn() {
	t.mu.Lock()
	own := t.own
	t.own = nil
	t.mu.Unlock()
	for _, s := range own {
		s.close(true)
	}
}

// close ends the subscription for its consumer: what is pending is dropped.
func (s *Subscription) close(connEnded bool) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.gone.Store(true)
	s.out = nil
	s.connEnded = connEnded
	rest := s.queue
	s.queue = run{}
	done := s.onClosed
	if s.run != nil && done != nil {
		// The handler's goroutine calls it, after its last message.
		done = nil
		s.rouseLocked()
	}
	close(s.done)
	s.tellLocked(SubscriptionClosed)
	for _, l := range s.listeners {
		l.Close()
	}
	s.listeners = nil
	unsubscribed := !s.draining && !s.usedUpLocked()
	s.mu.Unlock()
	if j := s.js.Load(); j != nil {
		j.closed(connEnded, unsubscribed)
	}
	s.passBarriers(rest)
	if done != nil {
		go done(s.Subject)
	}
}

// drains says whether a drain of the connection waits for the subscription, and
// whether Close ends it at once. Those of the client's own stay: answers may be under
// way.
func (s *Subscription) drains() bool { return s.take == nil || s.onDrained != nil }

// IsValid says whether the subscription can still receive: false once it was
// unsubscribed, drained or used up, or the connection is closed.
func (s *Subscription) IsValid() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn != nil && !s.closed
}

// IsDraining says whether the subscription is being drained: unsubscribed, with
// its last messages still being handled.
func (s *Subscription) IsDraining() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining && !s.closed
}

// Type says how messages reach the program.
func (s *Subscription) Type() SubscriptionType {
	if s == nil {
		return NilSubscription
	}
	return s.typ
}

// SetClosedHandler sets a function that is called with the subject once the
// subscription has ended and its last message has been handled.
func (s *Subscription) SetClosedHandler(handler func(subject string)) {
	s.mu.Lock()
	s.onClosed = handler
	s.mu.Unlock()
}

// deliveredLocked returns how many messages the consumer has got.
func (s *Subscription) deliveredLocked() uint64 {
	waiting, _ := s.pending.load()
	if s.handling && waiting > 0 {
		waiting-- // the one that the handler has counts as pending, too
	}
	return s.admitted - uint64(waiting)
}

// usedUpLocked says that the auto-unsubscribe count has been reached and the consumer
// has nothing left of it. What was dropped counts, since the server counts it: it
// will send no more.
func (s *Subscription) usedUpLocked() bool {
	limit := s.max.Load()
	if limit == 0 {
		return false
	}
	waiting, _ := s.pending.load()
	return s.received >= limit && waiting == 0 || s.deliveredLocked() >= limit
}

// endErrorLocked says why a subscription that has ended can't be used.
func (s *Subscription) endErrorLocked() error {
	switch {
	case s.connEnded:
		return ErrConnectionClosed
	case s.usedUpLocked():
		return ErrMaxMessages
	case s.closed:
		return ErrBadSubscription
	}
	return nil
}
