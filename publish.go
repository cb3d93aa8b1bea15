package nats

import (
	"context"

	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/wire"
)

// Publish sends data to the subject. It queues the message and returns; it never
// waits for a dial or, as long as there is room in the outbound buffer, for the
// socket. In a stream that is more than a fast socket takes it may pause for some
// 50 µs, so that what waits in the buffer remains little; and so it may when many
// goroutines publish at once, out of each other's way. While the connection is
// away the message waits in the buffer, see [ReconnectBufSize] and [OutboundFull].
// The data may be changed once Publish has returned.
//
// Errors: [ErrBadSubject], [ErrMaxPayload], [ErrReconnectBufExceeded],
// [ErrOutboundFull], [ErrConnectionDraining], [ErrConnectionClosed].
func (nc *Conn) Publish(subj string, data []byte) error {
	if nc == nil {
		return ErrInvalidConnection
	}
	if nc.badToPublish(subj) {
		return ErrBadSubject
	}
	if _, err := nc.out.Publish(nil, subj, "", nil, data); err != nil {
		return ofSend(err)
	}
	return nil
}

// PublishRequest publishes with a reply subject, to which whoever handles the
// message may answer. Use [Conn.Request] to wait for one answer. An empty reply
// is [ErrBadSubject].
func (nc *Conn) PublishRequest(subj, reply string, data []byte) error {
	if nc != nil && reply == "" && !nc.Opts.SkipSubjectValidation {
		return ErrBadSubject
	}
	_, err := nc.publish(nil, subj, reply, nil, data)
	return err
}

// PublishMsg publishes a message with its headers and its reply subject.
// [ErrHeadersNotSupported] says that the server in use can't take headers,
// [ErrInvalidMsg] that m is nil.
func (nc *Conn) PublishMsg(m *Msg) error {
	_, err := nc.publishMsg(nil, m)
	return err
}

// PublishWithContext is [Conn.PublishMsg] that waits, until ctx is done, for
// room in the outbound buffer, connected or not, whatever [OutboundFull] says.
func (nc *Conn) PublishWithContext(ctx context.Context, m *Msg) error {
	if ctx == nil {
		return ErrInvalidContext
	}
	_, err := nc.publishMsg(&send.Publication{Ctx: ctx, Always: true}, m)
	return err
}

func (nc *Conn) publishMsg(p *send.Publication, m *Msg) (seq uint64, err error) {
	if m == nil {
		return 0, ErrInvalidMsg
	}
	if nc == nil {
		return 0, ErrInvalidConnection
	}
	if len(m.Header) == 0 {
		return nc.publish(p, m.Subject, m.Reply, nil, m.Data)
	}
	b := wire.GetHeaderBuffer()
	defer b.Free()
	hdr, err := b.Encode(m.Header)
	if err != nil {
		return 0, nc.Opts.shown(badHeader(err))
	}
	return nc.publish(p, m.Subject, m.Reply, hdr, m.Data)
}

// publish queues one message and returns its number in the outbound order.
func (nc *Conn) publish(p *send.Publication, subj, reply string, hdr, data []byte) (seq uint64, err error) {
	if nc == nil {
		return 0, ErrInvalidConnection
	}
	if nc.badToPublish(subj) || reply != "" && nc.badToPublish(reply) {
		return 0, ErrBadSubject
	}
	if seq, err = nc.out.Publish(p, subj, reply, hdr, data); err != nil {
		return 0, ofSend(err)
	}
	return seq, nil
}

func (nc *Conn) badToPublish(subj string) bool {
	return subj == "" || !nc.Opts.SkipSubjectValidation && badPublishSubject(subj)
}
