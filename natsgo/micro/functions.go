// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package micro

import (
	"context"

	"github.com/evernats/nats"
	evernats "github.com/evernats/nats/micro"
)

// ControlSubject returns the subject on which to ask all services (without name
// and ID), those of a name (without ID), or one instance. The name and the ID are
// taken as they are.
//
// Errors: [ErrVerbNotSupported]; [ErrServiceNameRequired] for an ID without a name.
func ControlSubject(verb Verb, name string, id string) (string, error) {
	return evernats.ControlSubject(verb, name, id)
}

// WithEndpointQueueGroup puts the endpoint into a queue group of its own; empty
// for that of its group or service.
func WithEndpointQueueGroup(queueGroup string) EndpointOpt {
	return evernats.WithEndpointQueueGroup(queueGroup)
}

// WithEndpointQueueGroupDisabled subscribes the endpoint without a queue group: of
// all instances each gets every request. It goes before [WithEndpointQueueGroup].
func WithEndpointQueueGroupDisabled() EndpointOpt {
	return evernats.WithEndpointQueueGroupDisabled()
}

// WithEndpointSubject lets requests come on a subject that isn't the endpoint's
// name. It may have wildcards. Empty for the name.
func WithEndpointSubject(subject string) EndpointOpt {
	return evernats.WithEndpointSubject(subject)
}

// WithEndpointMetadata sets what INFO tells as the endpoint's metadata, in place of
// what earlier options set. The map is copied.
func WithEndpointMetadata(metadata map[string]string) EndpointOpt {
	return evernats.WithEndpointMetadata(metadata)
}

// WithEndpointMetadataKey adds one key to the endpoint's metadata.
func WithEndpointMetadataKey(key string, value string) EndpointOpt {
	return evernats.WithEndpointMetadataKey(key, value)
}

// WithEndpointPendingLimits bounds how many requests, and bytes of them, may wait
// for the endpoint's handler. What comes beyond is dropped, told to
// [Config.ErrorHandler] as nats.ErrSlowConsumer and counted as an error. Negative
// for no limit; without this option the limits are those of any subscription.
// Both zero give [ErrConfigValidation], one of them nats.ErrInvalidArg.
func WithEndpointPendingLimits(msgLimit int, bytesLimit int) EndpointOpt {
	return evernats.WithEndpointPendingLimits(msgLimit, bytesLimit)
}

// WithGroupQueueGroup is the queue group of the group's endpoints that choose no
// other; empty for that of the group or service around it.
func WithGroupQueueGroup(queueGroup string) GroupOpt {
	return evernats.WithGroupQueueGroup(queueGroup)
}

// WithGroupQueueGroupDisabled subscribes the group's endpoints that choose no queue
// group without one. It goes before [WithGroupQueueGroup].
func WithGroupQueueGroupDisabled() GroupOpt {
	return evernats.WithGroupQueueGroupDisabled()
}

// ContextHandler is a [Handler] that calls a function with ctx, which is not
// looked at.
func ContextHandler(ctx context.Context, handler func(context.Context, Request)) Handler {
	return evernats.ContextHandler(ctx, handler)
}

// WithHeaders adds headers to an answer. A key that is there already gets the new
// values.
func WithHeaders(headers Headers) RespondOpt {
	return evernats.WithHeaders(headers)
}

// AddService starts a service on nc: it subscribes to the subjects on which it is
// found and to config.Endpoint, if there is one. It has an ID of its own and lives
// until [Service.Stop] or the end of the connection, across reconnects.
//
// It puts itself before the connection's error handler, to tell
// [Config.ErrorHandler] what belongs to its subscriptions. An error handler that is
// set later takes its place, until a service is added again. It also stands before the
// handler for the closed connection, and ends when that is called. The last service of a
// connection that ends puts back what was there.
//
// Errors: [ErrConfigValidation] for a name, version, subject or queue group that
// can't be used; nats.ErrInvalidConnection for a nil connection; what the
// subscriptions were refused for, such as nats.ErrConnectionClosed.
func AddService(nc *nats.Conn, config Config) (Service, error) {
	return evernats.AddService(nc, config)
}
