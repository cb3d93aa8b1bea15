package nats

import (
	"bytes"
	"slices"

	"github.com/evernats/nats/internal/wire"
)

// Msg is a message, one that was received or one to be published with
// [Conn.PublishMsg]. A received message belongs to the program: the client
// doesn't touch it or its data again, so it may be kept and passed on. Messages
// with small payloads that came in together share their memory: one that is kept
// may keep up to 4 KiB of others with it.
type Msg struct {
	// Subject is what the message is, or was, published to.
	Subject string
	// Reply is the subject that an answer is expected on; empty for none.
	Reply string
	// Header holds the message's headers; nil and empty mean none.
	Header Header
	// Data is the payload.
	Data []byte
	// Sub is the subscription that delivered the message, nil for one that was
	// made by the program. It is not sent.
	Sub *Subscription

	// No more than that: each received message costs so many bytes, which the
	// garbage collector has to take care of.
}

// NewMsg makes a message to a subject, with an empty header to add to.
func NewMsg(subject string) *Msg {
	return &Msg{Subject: subject, Header: make(Header)}
}

// Respond publishes data to the message's reply subject. A message that no
// subscription delivered gives [ErrMsgNotBound], one without a reply subject
// [ErrMsgNoReply]; otherwise the errors are those of [Conn.Publish].
func (m *Msg) Respond(data []byte) error {
	nc, err := m.conn()
	if err != nil {
		return err
	}
	return nc.Publish(m.Reply, data)
}

// RespondMsg publishes msg, headers included, to the message's reply subject,
// which it stores in msg.Subject. The errors are those of [Msg.Respond], and
// [ErrInvalidMsg] when msg is nil.
func (m *Msg) RespondMsg(msg *Msg) error {
	nc, err := m.conn()
	if err != nil {
		return err
	}
	if msg == nil {
		return ErrInvalidMsg
	}
	msg.Subject = m.Reply
	return nc.PublishMsg(msg)
}

// conn returns the connection that an answer goes out on.
func (m *Msg) conn() (*Conn, error) {
	if m == nil || m.Sub == nil {
		return nil, ErrMsgNotBound
	}
	if m.Reply == "" {
		return nil, ErrMsgNoReply
	}
	nc := m.Sub.conn()
	if nc == nil {
		return nil, ErrMsgNotBound
	}
	return nc, nil
}

// Equal says whether two messages have the same subject, reply, data and
// headers; the order of a key's values counts, Sub doesn't. Two nil messages are
// equal.
func (m *Msg) Equal(msg *Msg) bool {
	if m == msg {
		return true
	}
	if m == nil || msg == nil {
		return false
	}
	return m.Subject == msg.Subject && m.Reply == msg.Reply &&
		bytes.Equal(m.Data, msg.Data) && m.Header.equal(msg.Header)
}

// Size is the size of the message in bytes: subject, reply, headers as they are
// sent, and data. A nil message has none.
func (m *Msg) Size() int {
	if m == nil {
		return 0
	}
	size := len(m.Subject) + len(m.Reply) + len(m.Data)
	if len(m.Header) > 0 && wire.CheckHeader(m.Header) == nil {
		size += wire.HeaderSize(m.Header)
	}
	return size
}

// headerBytes encodes the headers; nil when there are none.
func (m *Msg) headerBytes() ([]byte, error) {
	if len(m.Header) == 0 {
		return nil, nil
	}
	if err := wire.CheckHeader(m.Header); err != nil {
		return nil, badHeader(err)
	}
	return wire.AppendHeader(make([]byte, 0, wire.HeaderSize(m.Header)), m.Header), nil
}

func badHeader(err error) error { return detailed(ErrBadHeaderMsg, "%w: %w", ErrBadHeaderMsg, err) }

// headerBytes encodes the headers of a message that is to be sent.
func (nc *Conn) headerBytes(m *Msg) ([]byte, error) {
	hdr, err := m.headerBytes()
	if err != nil && nc != nil {
		err = nc.Opts.shown(err)
	}
	return hdr, err
}

// Header holds the headers of a message: for each key its values, in order.
// Unlike in HTTP, keys are used exactly as they are written: "Foo" and "foo" are
// two keys. Make one with Header{} or [NewMsg]; Get, Values and Del work on a nil
// Header, Add and Set don't.
//
// A key may have letters, digits and !#$%&'*+-.^_`|~ in it; a message with any
// other key is refused with [ErrBadHeaderMsg]. Spaces around a value are not
// sent, and line ends within one are sent as spaces.
type Header map[string][]string

// Add appends a value to the key's.
func (h Header) Add(key, value string) {
	h[key] = append(h[key], value)
}

// Set replaces the key's values by one.
func (h Header) Set(key, value string) {
	h[key] = []string{value}
}

// Get returns the key's first value, or the empty string.
func (h Header) Get(key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Values returns all of the key's values. The slice is the header's own.
func (h Header) Values(key string) []string {
	return h[key]
}

// Del removes the key and its values.
func (h Header) Del(key string) {
	delete(h, key)
}

// DecodeHeadersMsg reads a header block as it stands on the wire, from the
// "NATS/1.0" line to the empty line. A status in the first line is found under
// the keys "Status" and "Description". A block that isn't one gives
// [ErrBadHeaderMsg].
func DecodeHeadersMsg(data []byte) (Header, error) {
	h, _, err := wire.ParseHeader(string(data))
	if err != nil {
		return nil, ErrBadHeaderMsg
	}
	return h, nil
}

func (h Header) equal(other Header) bool {
	if len(h) != len(other) {
		return false
	}
	for k, v := range h {
		w, ok := other[k]
		if !ok || !slices.Equal(v, w) {
			return false
		}
	}
	return true
}
