package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats/encoders/builtin"
	"github.com/evernats/nats/internal/encoded"
)

// Names of the encoders that are there from the beginning, see [NewEncodedConn].
const (
	JSON_ENCODER    = "json"    // builtin.JsonEncoder
	GOB_ENCODER     = "gob"     // builtin.GobEncoder
	DEFAULT_ENCODER = "default" // builtin.DefaultEncoder
)

// Encoder turns values into payloads and back. Its methods may be called by several
// goroutines at once. The subject is that of the message.
//
// Deprecated: encode in your program.
type Encoder interface {
	// Encode returns the payload for v.
	Encode(subject string, v any) ([]byte, error)
	// Decode stores a payload in what vPtr points at. It may keep data.
	Decode(subject string, data []byte, vPtr any) error
}

var encoders = struct {
	mu sync.RWMutex
	of map[string]Encoder
}{of: map[string]Encoder{
	JSON_ENCODER:    &builtin.JsonEncoder{},
	GOB_ENCODER:     &builtin.GobEncoder{},
	DEFAULT_ENCODER: &builtin.DefaultEncoder{},
}}

// RegisterEncoder makes an encoder known under a name, in place of the one that had
// it. Connections that exist keep theirs.
//
// Deprecated: encode in your program.
func RegisterEncoder(encType string, enc Encoder) {
	encoders.mu.Lock()
	encoders.of[encType] = enc
	encoders.mu.Unlock()
}

// EncoderForType returns the encoder of a name, nil for none.
//
// Deprecated: encode in your program.
func EncoderForType(encType string) Encoder {
	encoders.mu.RLock()
	defer encoders.mu.RUnlock()
	return encoders.of[encType]
}

// EncodedConn is a connection that publishes and receives values, which an encoder
// turns into payloads and back. [NewEncodedConn] makes one.
//
// Deprecated: encode in your program.
type EncodedConn struct {
	// Conn is the connection.
	Conn *Conn
	// Enc is the encoder.
	Enc Encoder
}

// NewEncodedConn puts the encoder with the name encType before a connection.
//
// Errors: [ErrInvalidConnection], [ErrConnectionClosed], and one for a name that no
// encoder has.
//
// Deprecated: encode in your program.
func NewEncodedConn(c *Conn, encType string) (*EncodedConn, error) {
	if c == nil {
		return nil, ErrInvalidConnection
	}
	if c.IsClosed() {
		return nil, ErrConnectionClosed
	}
	enc := EncoderForType(encType)
	if enc == nil {
		return nil, fmt.Errorf("nats: no encoder registered for %q", encType)
	}
	return &EncodedConn{Conn: c, Enc: enc}, nil
}

// Publish publishes a value. The errors are those of the encoder and of
// [Conn.Publish].
func (c *EncodedConn) Publish(subject string, v any) error {
	data, err := c.Enc.Encode(subject, v)
	if err != nil {
		return err
	}
	return c.Conn.Publish(subject, data)
}

// PublishRequest is Publish with a subject that an answer is expected on.
func (c *EncodedConn) PublishRequest(subject, reply string, v any) error {
	data, err := c.Enc.Encode(subject, v)
	if err != nil {
		return err
	}
	return c.Conn.PublishRequest(subject, reply, data)
}

// Request sends a value and stores the answer in what vPtr points at, which may be
// a [Msg] to have it as it came. The errors are those of the encoder and of
// [Conn.Request].
func (c *EncodedConn) Request(subject string, v any, vPtr any, timeout time.Duration) error {
	data, err := c.Enc.Encode(subject, v)
	if err != nil {
		return err
	}
	m, err := c.Conn.Request(subject, data, timeout)
	if err != nil {
		return err
	}
	return c.store(m, vPtr)
}

// RequestWithContext is Request that waits until ctx is done. The errors are those
// of the encoder and of [Conn.RequestWithContext].
func (c *EncodedConn) RequestWithContext(ctx context.Context, subject string, v any, vPtr any) error {
	if ctx == nil {
		return ErrInvalidContext
	}
	data, err := c.Enc.Encode(subject, v)
	if err != nil {
		return err
	}
	m, err := c.Conn.RequestWithContext(ctx, subject, data)
	if err != nil {
		return err
	}
	return c.store(m, vPtr)
}

func (c *EncodedConn) store(m *Msg, vPtr any) error {
	if p, ok := vPtr.(*Msg); ok && p != nil {
		*p = *m
		return nil
	}
	return c.Enc.Decode(m.Subject, m.Data, vPtr)
}

// Handler is a function that an [EncodedConn] calls with the messages of a
// subscription, of one of these forms, where T is a type that the encoder can read:
//
//	func(m *nats.Msg)                // as it came
//	func(v T)
//	func(subject string, v T)
//	func(subject, reply string, v T)
//
// Results are ignored. T is often a pointer; it is a new one each time. It may be
// *nats.Msg in every form.
//
// Deprecated: encode in your program.
type Handler any

// Subscribe subscribes to a subject and calls cb with the values that come in, one
// after the other. A message that can't be read is told to the error handler, with
// its subscription, and left out.
//
// The errors are those of [Conn.Subscribe], and one for a cb that is no [Handler].
func (c *EncodedConn) Subscribe(subject string, cb Handler) (*Subscription, error) {
	return c.QueueSubscribe(subject, "", cb)
}

// QueueSubscribe is Subscribe as a member of a queue group; an empty name is none.
func (c *EncodedConn) QueueSubscribe(subject, queue string, cb Handler) (*Subscription, error) {
	handle, err := c.handler(cb)
	if err != nil {
		return nil, err
	}
	return c.subscribe(subject, queue, handle)
}

func (c *EncodedConn) subscribe(subject, queue string, handle MsgHandler) (*Subscription, error) {
	if queue == "" {
		return c.Conn.Subscribe(subject, handle)
	}
	return c.Conn.QueueSubscribe(subject, queue, handle)
}

// handler makes a message handler of a Handler.
func (c *EncodedConn) handler(cb Handler) (MsgHandler, error) {
	if cb == nil {
		return nil, errors.New("nats: Handler required for EncodedConn Subscription")
	}
	call := encoded.Handler(cb, c.decoder())
	if call == nil {
		return nil, fmt.Errorf("nats: an encoded connection can't call a handler of type %T; see Handler", cb)
	}
	return func(m *Msg) {
		if err := call(m); err != nil {
			c.Conn.events.handlerError(c.Conn, m.Sub, undecoded(err))
		}
	}, nil
}

func (c *EncodedConn) decoder() encoded.Decoder[Msg] {
	return encoded.Decoder[Msg]{
		Decode:   func(m *Msg, p any) error { return c.Enc.Decode(m.Subject, m.Data, p) },
		Subjects: func(m *Msg) (subject, reply string) { return m.Subject, m.Reply },
	}
}

func undecoded(err error) error { return fmt.Errorf("nats: Got an error trying to unmarshal: %w", err) }

// BindSendChan publishes the values that the program sends to a channel, in their
// order, on a goroutine that ends when the channel is closed. An error, be it of
// the encoder or of [Conn.Publish], is told to the error handler and ends it, too:
// after that nobody reads the channel any more. A closed connection shows at the
// next value.
//
// [ErrChanArg] says that channel is none that can be read.
func (c *EncodedConn) BindSendChan(subject string, channel any) error {
	publish := func(v any) error { return c.Publish(subject, v) }
	failed := func(err error) { c.Conn.events.handlerError(c.Conn, nil, err) }
	if !encoded.Pump(channel, publish, failed) {
		return ErrChanArg
	}
	return nil
}

// BindRecvChan subscribes to a subject and sends what comes in to a channel, as
// values of its element's type. It waits until each is taken; what comes meanwhile
// is pending, within the subscription's limits. A message that can't be read is
// told to the error handler, with its subscription, and left out. If the program
// closes the channel the subscription ends; the channel is never closed here.
//
// The errors are those of [Conn.Subscribe], and [ErrChanArg] for a channel that
// can't be sent to.
func (c *EncodedConn) BindRecvChan(subject string, channel any) (*Subscription, error) {
	return c.BindRecvQueueChan(subject, "", channel)
}

// BindRecvQueueChan is BindRecvChan as a member of a queue group; an empty name is
// none.
func (c *EncodedConn) BindRecvQueueChan(subject, queue string, channel any) (*Subscription, error) {
	into := encoded.Into(channel, c.decoder())
	if into == nil {
		return nil, ErrChanArg
	}
	return c.subscribe(subject, queue, func(m *Msg) {
		open, err := into(m, m.Sub.in.Over())
		if err != nil {
			c.Conn.events.asyncError(c.Conn, m.Sub, undecoded(err))
		}
		if !open {
			_ = m.Sub.Unsubscribe()
		}
	})
}

// Flush is [Conn.Flush].
func (c *EncodedConn) Flush() error { return c.Conn.Flush() }

// FlushTimeout is [Conn.FlushTimeout].
func (c *EncodedConn) FlushTimeout(timeout time.Duration) (err error) {
	return c.Conn.FlushTimeout(timeout)
}

// Close is [Conn.Close].
func (c *EncodedConn) Close() { c.Conn.Close() }

// Drain is [Conn.Drain].
func (c *EncodedConn) Drain() error { return c.Conn.Drain() }

// LastError is [Conn.LastError].
func (c *EncodedConn) LastError() error { return c.Conn.LastError() }
