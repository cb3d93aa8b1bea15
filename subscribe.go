package nats

import "github.com/evernats/nats/internal/receive"

// Subscribe calls cb for each message on the subject, one after another, on a
// goroutine of the subscription. Wildcards are * (one token) and > (all that
// follow). Without a connection the subscription is kept and made at the next
// one.
//
// Errors: [ErrBadSubject], [ErrBadSubscription] (no handler),
// [ErrConnectionDraining], [ErrConnectionClosed]. What the server refuses is
// reported to the error handler, see [PermissionErrOnSubscribe].
func (nc *Conn) Subscribe(subj string, cb MsgHandler) (*Subscription, error) {
	return nc.QueueSubscribe(subj, "", cb)
}

// QueueSubscribe is [Conn.Subscribe] as a member of a queue group: each message
// goes to one member. An empty name is no group. [ErrBadQueueName] says that the
// name has a space or a line break in it.
func (nc *Conn) QueueSubscribe(subj, queue string, cb MsgHandler) (*Subscription, error) {
	var missing error
	if cb == nil {
		missing = ErrBadSubscription
	}
	return nc.subscribe(subConfig{Subject: subj, Queue: queue, Handler: cb}, missing)
}

// SubscribeSync makes a subscription whose messages are fetched with
// [Subscription.NextMsg] or [Subscription.Msgs]. How many may wait to be fetched,
// [SyncQueueLen] says. The errors are those of [Conn.Subscribe].
func (nc *Conn) SubscribeSync(subj string) (*Subscription, error) {
	return nc.QueueSubscribeSync(subj, "")
}

// QueueSubscribeSync is [Conn.SubscribeSync] as a member of a queue group.
func (nc *Conn) QueueSubscribeSync(subj, queue string) (*Subscription, error) {
	return nc.subscribe(subConfig{Subject: subj, Queue: queue}, nil)
}

// ChanSubscribe sends the messages on the subject to ch. The client never waits
// for the channel: a message that finds it full is dropped, as with any slow
// consumer. The client doesn't close ch. The program may, once the subscription has
// ended: when Unsubscribe or [Conn.Close] has returned, or a closed handler or a
// status tells of it, nothing is sent any more. [ErrBadSubscription] says
// that ch is nil.
func (nc *Conn) ChanSubscribe(subj string, ch chan *Msg) (*Subscription, error) {
	return nc.ChanQueueSubscribe(subj, "", ch)
}

// ChanQueueSubscribe is [Conn.ChanSubscribe] as a member of a queue group.
func (nc *Conn) ChanQueueSubscribe(subj, group string, ch chan *Msg) (*Subscription, error) {
	var missing error
	if ch == nil {
		missing = errNilChan
	}
	return nc.subscribe(subConfig{Subject: subj, Queue: group, Channel: ch}, missing)
}

// QueueSubscribeSyncWithChan is [Conn.ChanQueueSubscribe] under the name it once
// had.
func (nc *Conn) QueueSubscribeSyncWithChan(subj, queue string, ch chan *Msg) (*Subscription, error) {
	return nc.ChanQueueSubscribe(subj, queue, ch)
}

var errNilChan = detailed(ErrBadSubscription, "%w: %w", ErrBadSubscription, ErrChanArg)

type subConfig = receive.Config[Msg, Subscription]

// subscribe checks a subscription, enters it in the table and tells the server.
// missing is what is wrong besides.
func (nc *Conn) subscribe(cfg subConfig, missing error) (*Subscription, error) {
	if nc == nil {
		return nil, ErrInvalidConnection
	}
	if badSubject(cfg.Subject) {
		return nil, ErrBadSubject
	}
	if cfg.Queue != "" && badQueue(cfg.Queue) {
		return nil, ErrBadQueueName
	}
	switch {
	case nc.IsClosed():
		return nil, ErrConnectionClosed
	case nc.drain.Active():
		return nil, ErrConnectionDraining
	case missing != nil:
		return nil, nc.Opts.shown(missing)
	}
	cfg.MsgLimit, cfg.ByteLimit = DefaultSubPendingMsgsLimit, DefaultSubPendingBytesLimit
	s := &Subscription{Subject: cfg.Subject, Queue: cfg.Queue}
	if j, ok := cfg.Gate.(*jsSub); ok {
		j.s = s // before the first message can come
	}
	if err := nc.subs.Add(&s.in, s, cfg); err != nil {
		return nil, ofReceive(err)
	}
	return s, nil
}

// NumSubscriptions returns how many subscriptions the connection has, the
// client's own one for answers to requests included.
func (nc *Conn) NumSubscriptions() int {
	return nc.subs.Len()
}
