package receive

import (
	"unsafe"

	"github.com/evernats/nats/internal/wire"
)

// Msg is a received message as this package sees it: the program's own type, field by
// field.
type Msg[H ~map[string][]string, S any] struct {
	Subject string
	Reply   string
	Header  H
	Data    []byte
	Sub     *S
}

// Public is the program's type of message, with its type of headers and of
// subscriptions. It has the very fields of [Msg], so that handing a message over costs
// neither a copy nor a call.
type Public[H ~map[string][]string, S any] interface {
	~struct {
		Subject string
		Reply   string
		Header  H
		Data    []byte
		Sub     *S
	}
}

// public is the message as the program sees it. That the two types are laid out alike
// the constraint says; the language has no conversion for it.
func public[M Public[H, S], H ~map[string][]string, S any](m *Msg[H, S]) *M {
	return (*M)(unsafe.Pointer(m))
}

// queued is what a received message counts for while it is pending: headers, as
// they are sent, and data. The program may change the message once it has it.
func (m *Msg[H, S]) queued() int {
	if m.Header != nil {
		return len(m.Data) + wire.HeaderSize(m.Header)
	}
	return len(m.Data)
}
