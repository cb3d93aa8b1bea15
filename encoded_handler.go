package nats

import (
	"errors"
	"fmt"
	"reflect"
)

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

var msgType = reflect.TypeFor[*Msg]()

// handler makes a message handler of a Handler.
func (c *EncodedConn) handler(cb Handler) (MsgHandler, error) {
	if cb == nil {
		return nil, errors.New("nats: Handler required for EncodedConn Subscription")
	}
	fn := reflect.ValueOf(cb)
	t := fn.Type()
	refused := fmt.Errorf("nats: an encoded connection can't call a handler of type %s; see Handler", t)
	if t.Kind() != reflect.Func || fn.IsNil() || t.IsVariadic() || t.NumIn() < 1 || t.NumIn() > 3 {
		return nil, refused
	}
	last := t.NumIn() - 1
	for i := range last {
		if t.In(i).Kind() != reflect.String {
			return nil, refused
		}
	}
	of := t.In(last)
	return func(m *Msg) {
		v, err := c.value(m, of)
		if err != nil {
			c.Conn.events.handlerError(c.Conn, m.Sub, undecoded(err))
			return
		}
		args := make([]reflect.Value, 0, 3)
		for i, text := range []string{m.Subject, m.Reply}[:last] {
			args = append(args, reflect.ValueOf(text).Convert(t.In(i)))
		}
		fn.Call(append(args, v))
	}, nil
}

// value decodes a message to a new value of a type. Encoders write to pointers, so
// for a pointer type it is the pointer that they are given.
func (c *EncodedConn) value(m *Msg, t reflect.Type) (reflect.Value, error) {
	if t == msgType {
		return reflect.ValueOf(m), nil
	}
	of := t
	if t.Kind() == reflect.Pointer {
		of = t.Elem()
	}
	p := reflect.New(of)
	if err := c.Enc.Decode(m.Subject, m.Data, p.Interface()); err != nil {
		return reflect.Value{}, err
	}
	if t.Kind() == reflect.Pointer {
		return p, nil
	}
	return p.Elem(), nil
}

func undecoded(err error) error { return fmt.Errorf("nats: Got an error trying to unmarshal: %w", err) }
