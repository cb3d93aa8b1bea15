package nats

import (
	"slices"

	"github.com/evernats/nats/internal/wire"
)

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
