package nats

import (
	"iter"
	"strings"

	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/wire"
)

// LentMsg is a message that is lent to a handler, see [Conn.SubscribeLent]: its strings,
// its headers and its data are the connection's own memory, which is used again for
// other messages as soon as the handler has returned, and so is the LentMsg itself.
//
// Until then the handler may read all of it, hand it to functions that don't keep it,
// publish it, and change Data in place. It must not keep any of it, nor a part of it:
// not in a variable, not in a map (as a key neither), not in a channel, not in a
// goroutine that goes on. [LentMsg.Copy] makes a message that may be kept;
// strings.Clone and bytes.Clone copy a part.
type LentMsg struct {
	// Subject is what the message was published to.
	Subject string
	// Reply is the subject that an answer is expected on; empty for none.
	Reply string
	// RawHeader holds the headers as they stand on the wire, from the "NATS/1.0" line to
	// the empty line; nil means none. [DecodeHeadersMsg] reads it; [LentMsg.HeaderValue]
	// and [LentMsg.Headers] look into it without a copy.
	RawHeader []byte
	// Data is the payload.
	Data []byte
	// Sub is the subscription that delivered the message.
	Sub *Subscription
}

// LentHandler is called with each message of a subscription that [Conn.SubscribeLent]
// has made, one after another. The message is valid until it returns.
type LentHandler func(msg *LentMsg)

// SubscribeLent is [Conn.Subscribe] for handlers that are through with a message when
// they return, and for many messages: the message is lent, see [LentMsg] for what that
// allows. Nothing is allocated for it, and its bytes are the ones that were read from
// the socket. A handler that keeps something of it will find other messages there: with
// [CheckLent], and in programs that are built with the race detector, it finds bytes of
// value 0xDB instead, at once.
//
// In all else the subscription is as one of Subscribe, its order, limits and counts
// included. Messages of a handler that is slow are copied to memory of the
// subscription's own when more than 1 MiB of the connection's read buffers is lent.
//
// The errors are those of Subscribe.
func (nc *Conn) SubscribeLent(subj string, cb LentHandler) (*Subscription, error) {
	return nc.QueueSubscribeLent(subj, "", cb)
}

// QueueSubscribeLent is [Conn.SubscribeLent] as a member of a queue group: each message
// goes to one member. An empty name is no group. [ErrBadQueueName] says that the
// name has a space or a line break in it.
func (nc *Conn) QueueSubscribeLent(subj, queue string, cb LentHandler) (*Subscription, error) {
	cfg := subConfig{Subject: subj, Queue: queue, CheckLent: nc != nil && nc.Opts.CheckLent}
	var missing error
	if cb == nil {
		missing = ErrBadSubscription
	} else {
		cfg.Lent = receive.LendTo[LentMsg, Subscription](cb)
	}
	return nc.subscribe(cfg, missing)
}

// PublishLent publishes a message that was lent to a handler, or that is made like one,
// to the subject, with its headers, its reply subject and its data: what a forwarder
// does. The only copy is the one into the outbound buffer, so nothing of m is needed
// once PublishLent has returned. RawHeader goes out as it is. nc may be another
// connection than the one that the message came in on.
//
// [ErrInvalidMsg] says that m is nil; the other errors are those of [Conn.PublishMsg].
func (nc *Conn) PublishLent(subj string, m *LentMsg) error {
	if m == nil {
		return ErrInvalidMsg
	}
	hdr := m.RawHeader
	if len(hdr) == 0 {
		hdr = nil
	}
	_, err := nc.publish(nil, subj, m.Reply, hdr, m.Data)
	return err
}

// Copy returns the message in memory of its own, which the program may keep.
func (m *LentMsg) Copy() *Msg {
	c := &Msg{Subject: strings.Clone(m.Subject), Reply: strings.Clone(m.Reply), Data: append([]byte{}, m.Data...), Sub: m.Sub}
	if len(m.RawHeader) > 0 {
		h, _, _ := wire.ParseHeader(string(m.RawHeader))
		c.Header = h
	}
	return c
}

// Respond publishes data to the message's reply subject. The errors are those of
// [Msg.Respond].
func (m *LentMsg) Respond(data []byte) error {
	if m == nil || m.Sub == nil {
		return ErrMsgNotBound
	}
	if m.Reply == "" {
		return ErrMsgNoReply
	}
	nc := m.Sub.conn()
	if nc == nil {
		return ErrMsgNotBound
	}
	return nc.Publish(m.Reply, data)
}

// HeaderValue returns the key's first value, or the empty string. It is lent, too.
// Keys are used exactly as they are written. What stands behind the version in the first
// line is found under the keys "Status" and "Description", as in a [Header].
func (m *LentMsg) HeaderValue(key string) (value string) {
	(*receive.Lent[Subscription])(m).EachHeader(func(k, v string) bool {
		if k == key {
			value = v
		}
		return k != key
	})
	return value
}

// Headers ranges over the keys and values of the message's headers, a key that has
// several values as often. They are lent, too.
func (m *LentMsg) Headers() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) { (*receive.Lent[Subscription])(m).EachHeader(yield) }
}

// CheckLent overwrites what [Conn.SubscribeLent] has lent to a handler as soon as the
// handler has returned, so that a handler that keeps something shows in a test: bytes
// have the value 0xDB then, and each message is another LentMsg, whose Subject says that
// it was kept. It takes time and an allocation for each message. In programs that are
// built with the race detector it is always on, and the detector itself reports a
// goroutine that still reads.
func CheckLent() Option {
	return func(o *Options) error {
		o.CheckLent = true
		return nil
	}
}
