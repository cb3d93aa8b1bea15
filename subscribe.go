package nats

import (
	"time"

	"github.com/evernats/nats/internal/wire"
)

// Subscribe calls cb for each message on the subject, one after another, on a
// goroutine of the subscription. Wildcards are * (one token) and > (all that
// follow). Without a connection the subscription is kept and made at the next
// one.
//
// Errors: [ErrBadSubject], [ErrBadSubscription] (no handler),
// [ErrConnectionDraining], [ErrConnectionClosed]. What the server refuses is
// reported to the error handler, see [PermissionErrOnSubscribe].
func (nc *Conn) Subscribe(subj string, cb MsgHandler) (*Subscription, error) {
	return nc.subscribe(&Subscription{Subject: subj, cb: cb, typ: AsyncSubscription})
}

// QueueSubscribe is [Conn.Subscribe] as a member of a queue group: each message
// goes to one member. An empty name is no group. [ErrBadQueueName] says that the
// name has a space or a line break in it.
func (nc *Conn) QueueSubscribe(subj, queue string, cb MsgHandler) (*Subscription, error) {
	return nc.subscribe(&Subscription{Subject: subj, Queue: queue, cb: cb, typ: AsyncSubscription})
}

// SubscribeSync makes a subscription whose messages are fetched with
// [Subscription.NextMsg] or [Subscription.Msgs]. How many may wait to be fetched,
// [SyncQueueLen] says. The errors are those of [Conn.Subscribe].
func (nc *Conn) SubscribeSync(subj string) (*Subscription, error) {
	return nc.subscribe(&Subscription{Subject: subj, typ: SyncSubscription})
}

// QueueSubscribeSync is [Conn.SubscribeSync] as a member of a queue group.
func (nc *Conn) QueueSubscribeSync(subj, queue string) (*Subscription, error) {
	return nc.subscribe(&Subscription{Subject: subj, Queue: queue, typ: SyncSubscription})
}

// ChanSubscribe sends the messages on the subject to ch. The client never waits
// for the channel: a message that finds it full is dropped, as with any slow
// consumer. The client doesn't close ch. The program may, once the subscription has
// ended: when Unsubscribe or [Conn.Close] has returned, or a closed handler or a
// status tells of it, nothing is sent any more. [ErrBadSubscription] says
// that ch is nil.
func (nc *Conn) ChanSubscribe(subj string, ch chan *Msg) (*Subscription, error) {
	return nc.subscribe(&Subscription{Subject: subj, ch: ch, typ: ChanSubscription})
}

// ChanQueueSubscribe is [Conn.ChanSubscribe] as a member of a queue group.
func (nc *Conn) ChanQueueSubscribe(subj, group string, ch chan *Msg) (*Subscription, error) {
	return nc.subscribe(&Subscription{Subject: subj, Queue: group, ch: ch, typ: ChanSubscription})
}

// QueueSubscribeSyncWithChan is [Conn.ChanQueueSubscribe] under the name it once
// had.
func (nc *Conn) QueueSubscribeSyncWithChan(subj, queue string, ch chan *Msg) (*Subscription, error) {
	return nc.ChanQueueSubscribe(subj, queue, ch)
}

var errNilChan = detailed(ErrBadSubscription, "%w: %w", ErrBadSubscription, ErrChanArg)

// subscribe checks a subscription, enters it in the table and tells the server.
// Table and queue change together, so a reconnect can neither miss it nor make
// it twice.
func (nc *Conn) subscribe(s *Subscription) (*Subscription, error) {
	if nc == nil {
		return nil, ErrInvalidConnection
	}
	if badSubject(s.Subject) {
		return nil, ErrBadSubject
	}
	if s.Queue != "" && badQueue(s.Queue) {
		return nil, ErrBadQueueName
	}
	switch {
	case nc.IsClosed():
		return nil, ErrConnectionClosed
	case nc.drain.active():
		return nil, ErrConnectionDraining
	case s.typ == AsyncSubscription && s.cb == nil && s.take == nil:
		return nil, ErrBadSubscription
	case s.typ == ChanSubscription && s.ch == nil:
		return nil, nc.Opts.shown(errNilChan)
	}
	s.conn = nc
	s.done = make(chan struct{})
	s.msgLimit, s.byteLimit = DefaultSubPendingMsgsLimit, DefaultSubPendingBytesLimit
	switch s.typ {
	case AsyncSubscription:
		if s.take == nil {
			s.run = s.handle
		}
	case SyncSubscription:
		s.wake = make(chan struct{}, 1)
		s.msgLimit = nc.Opts.syncQueueLen()
	case ChanSubscription:
		s.wake = make(chan struct{}, 1)
	}

	t := &nc.subs
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil, ErrConnectionClosed
	}
	// Under the lock, so that a drain that begins now finds it in the table.
	if nc.drain.active() {
		t.mu.Unlock()
		return nil, ErrConnectionDraining
	}
	t.last++
	s.sid = t.last
	t.byID[s.sid] = s
	t.most = max(t.most, len(t.byID))
	if !s.drains() {
		if t.own == nil {
			t.own = make(map[uint64]*Subscription)
		}
		t.own[s.sid] = s
	}
	if !t.cut {
		s.out = s.ch
	}
	t.nameLocked(s)
	nc.out.control(wire.AppendSub(nil, s.Subject, s.Queue, s.sid), len(nc.subs.byID))
	t.mu.Unlock()
	return s, nil
}

// resume puts a fresh link to use: every subscription in one piece, then what those
// who watch links put in front, then what was queued.
func (nc *Conn) resume(l *link) {
	nc.out.fitTo(l)
	t := &nc.subs
	t.mu.Lock()
	t.readerLocked(l)
	prefix, ends, alone := nc.resubscriptionLocked()
	prefix = nc.links.linkUp(l, prefix)
	nc.out.mu.Lock()
	nc.out.buf.TryParts(ends, alone)
	nc.out.attachLocked(l, prefix)
	nc.out.mu.Unlock()
	t.mu.Unlock()
	if len(nc.resub.accused) > 0 {
		time.AfterFunc(calmBefore, func() { nc.drv.post(func() { nc.tryAccused(l) }) })
	}
}

// appendResubscription appends what makes the subscription on a new connection:
// nothing when it needs no more messages.
func (s *Subscription) appendResubscription(dst []byte) []byte {
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
	s.denied = nil
	s.base = s.received
	dst = wire.AppendSub(dst, s.listens(), s.Queue, s.sid)
	if left > 0 && s.countedByServer() {
		dst = wire.AppendUnsub(dst, s.sid, left)
	}
	return dst
}

// NumSubscriptions returns how many subscriptions the connection has, the
// client's own one for answers to requests included.
func (nc *Conn) NumSubscriptions() int {
	nc.subs.mu.RLock()
	defer nc.subs.mu.RUnlock()
	return len(nc.subs.byID)
}
