// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package micro

import (
	evernats "github.com/evernats/nats/micro"
)

// ErrRespond says that an answer could not be sent; the reason is wrapped, too.
var ErrRespond = evernats.ErrRespond

// ErrMarshalResponse says that a value can't be written as JSON.
var ErrMarshalResponse = evernats.ErrMarshalResponse

// ErrArgRequired says that an error response lacks its code or description.
var ErrArgRequired = evernats.ErrArgRequired

// ErrConfigValidation says that a name, version, subject, queue group or limit
// can't be used, and which.
var ErrConfigValidation = evernats.ErrConfigValidation

// ErrVerbNotSupported says that a [Verb] is none of PING, STATS and INFO.
var ErrVerbNotSupported = evernats.ErrVerbNotSupported

// ErrServiceNameRequired says that a control subject has an ID without a name.
var ErrServiceNameRequired = evernats.ErrServiceNameRequired
