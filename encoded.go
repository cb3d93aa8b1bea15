package nats

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats/encoders/builtin"
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
