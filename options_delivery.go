package nats

import (
	"fmt"
	"time"
)

// OutboundFullPolicy says what a publish does when the outbound buffer has no
// room for its message, see [OutboundFull].
type OutboundFullPolicy int

const (
	// OutboundDefault: while connected a publish waits for room as long as the
	// socket takes something, and fails with ErrOutboundFull once it has taken
	// nothing for a second. Without a connection it fails at once with
	// ErrReconnectBufExceeded.
	OutboundDefault OutboundFullPolicy = iota

	// FailPublish: a publish fails at once, with ErrOutboundFull while connected
	// and with ErrReconnectBufExceeded without a connection.
	FailPublish

	// WaitForRoom: a publish waits for room, however long that takes, a whole
	// outage included. It ends when the connection is closed. A handler that
	// publishes holds up its subscription meanwhile. PublishWithContext waits
	// with a limit.
	WaitForRoom

	// DropOldest: the oldest messages that wait are given up until there is
	// room. They are reported with ErrMessageDropped. What is being written at the
	// moment (256 KiB at most, and one message) can't be given up and doesn't
	// count; when nothing else waits a message of any size is taken. Nor can what
	// was written be given up: when AtLeastOnceLimit bytes are unconfirmed, a
	// publish waits for the server's answer, as with OutboundDefault.
	DropOldest
)

// String is the constant's name.
func (p OutboundFullPolicy) String() string {
	switch p {
	case OutboundDefault:
		return "OutboundDefault"
	case FailPublish:
		return "FailPublish"
	case WaitForRoom:
		return "WaitForRoom"
	case DropOldest:
		return "DropOldest"
	}
	return fmt.Sprintf("OutboundFullPolicy(%d)", int(p))
}

// OutboundFull says what a publish does when the outbound buffer is full: when
// [ReconnectBufSize] bytes wait to be written or, with [AtLeastOnce], its limit is
// reached. Zero: [OutboundDefault]. Another value than the four makes Connect
// fail with [ErrInvalidArg].
func OutboundFull(policy OutboundFullPolicy) Option {
	return func(o *Options) error {
		o.OutboundFull = policy
		return nil
	}
}

// ReconnectBufSize is how many bytes of messages may wait while there is no
// connection; then publishing fails with [ErrReconnectBufExceeded], unless
// [OutboundFull] says otherwise. A message is taken as long as fewer bytes wait, so
// the last one may cross the limit, and an empty buffer takes one of any size. It bounds what waits for the socket while
// connected, too. Zero: the default of 8 MiB. Negative: nothing may be published
// without a connection, and with one the bound is 8 MiB. [AtLeastOnce] has a bound
// of its own besides.
func ReconnectBufSize(size int) Option {
	return func(o *Options) error {
		o.ReconnectBufSize = size
		return nil
	}
}

// PublishTTL is how long a published message may wait for a connection. One that
// waited longer is given up and reported with [ErrMessageExpired], rather than
// sent late. It may be given up a fifth of d late, and is checked while there is
// no connection and when there is one again; what a slow socket holds up is not.
// Zero or negative: for ever, the default.
func PublishTTL(d time.Duration) Option {
	return func(o *Options) error {
		o.PublishTTL = d
		return nil
	}
}

// AtLeastOnce keeps each published message until the server has confirmed that
// it processed it, and sends it again after a reconnect otherwise: in order, and
// before anything new. Messages may arrive twice, in which case a Nats-Msg-Id
// header lets a stream recognise them; none is lost while the program runs. The
// memory that may be used is 64 MiB, see [AtLeastOnceLimit] to change it.
//
// End such a connection with [Conn.Drain], or call [Conn.Flush] before
// [Conn.Close]: what is not confirmed when it is closed is reported to the
// [MessageDroppedHandler], though it may have arrived.
//
// The server is asked for confirmation with a PING after 256 KiB of messages or
// 100 ms, see [FenceEvery].
func AtLeastOnce() Option {
	return func(o *Options) error {
		o.AtLeastOnce = true
		return nil
	}
}

// AtLeastOnceLimit is [AtLeastOnce] with a bound of one's own on the bytes of
// messages that wait or are unconfirmed, with a connection and without; past it
// [OutboundFull] says what a publish does, and its error names this limit. Zero:
// the default of 64 MiB. Negative: Connect fails with [ErrInvalidArg].
func AtLeastOnceLimit(bytes int) Option {
	return func(o *Options) error {
		o.AtLeastOnce = true
		o.HeldLimit = bytes
		return nil
	}
}

// FenceEvery asks the server, by a PING, to confirm what was written after so many
// bytes of messages, or when messages have been unconfirmed for so long,
// whichever comes first. It bounds what an [InDoubtHandler] is told of after a
// loss, or what [AtLeastOnce] sends again. Zero values are the defaults: 1 MiB and
// 1 second, with AtLeastOnce 256 KiB and 100 ms. Negative: Connect fails with
// [ErrInvalidArg].
func FenceEvery(bytes int, interval time.Duration) Option {
	return func(o *Options) error {
		o.FenceBytes, o.FenceInterval = bytes, interval
		return nil
	}
}

// FailRequestsOnDisconnect makes a request that was sent fail with [ErrInDoubt]
// when its connection is lost, rather than wait for its timeout. One that was
// still queued goes on. It has no effect with [UseOldRequestStyle].
func FailRequestsOnDisconnect() Option {
	return func(o *Options) error {
		o.FailRequestsOnDisconnect = true
		return nil
	}
}

// RetryRequestsOnDisconnect sends a request that was sent and not answered again
// on the next connection, within its timeout. Use it when the services that
// answer are safe to ask twice. A request over which three connections in a row end
// fails with [ErrPoisonMessage]; one that can't be sent again, with [ErrInDoubt] and
// the reason. It goes before [FailRequestsOnDisconnect], and has no effect with
// [UseOldRequestStyle].
func RetryRequestsOnDisconnect() Option {
	return func(o *Options) error {
		o.RetryRequestsOnDisconnect = true
		return nil
	}
}

// FlusherTimeout is how long the socket may take nothing of what is written to
// it. Publish doesn't wait for it. What happens then, [ReconnectOnFlusherError]
// says; with TLS and WebSocket it is a reconnect in any case. Zero: the
// default of 1 minute. Negative: no limit.
func FlusherTimeout(t time.Duration) Option {
	return func(o *Options) error {
		o.FlusherTimeout = t
		return nil
	}
}

// WriteBufferSize is the size in bytes of the pieces that the outbound buffer is
// made of. It neither bounds the buffer, see [ReconnectBufSize], nor delays a
// write: an idle writer writes at once. Zero: the default of 32 KiB; negative, too.
// There is hardly a reason to change it.
func WriteBufferSize(size int) Option {
	return func(o *Options) error {
		o.WriteBufferSize = size
		return nil
	}
}
