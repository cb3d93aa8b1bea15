// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package builtin

import (
	evernats "github.com/evernats/nats/encoders/builtin"
)

// DefaultEncoder writes strings and bytes as they are, nil as nothing, and every
// other value as text, the way fmt does. It reads strings, bytes, numbers and
// booleans. Its zero value is ready.
type DefaultEncoder = evernats.DefaultEncoder

// GobEncoder writes and reads values with encoding/gob, each message for itself.
// Its zero value is ready.
type GobEncoder = evernats.GobEncoder

// JsonEncoder writes and reads values as JSON. Its zero value is ready.
type JsonEncoder = evernats.JsonEncoder
