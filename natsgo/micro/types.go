// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package micro

import (
	evernats "github.com/evernats/nats/micro"
)

// Config describes a service to [AddService]. It is copied: changing it, or a map
// in it, later has no effect.
type Config = evernats.Config

// EndpointConfig describes [Config.Endpoint], and in an [Endpoint] what became of
// it.
type EndpointConfig = evernats.EndpointConfig

// DoneHandler is called when a service has stopped, see [Config.DoneHandler].
// Calls of this and of the ErrorHandler of one service follow one another.
type DoneHandler = evernats.DoneHandler

// ErrHandler is told of a service's asynchronous errors, see
// [Config.ErrorHandler].
type ErrHandler = evernats.ErrHandler

// StatsHandler returns a value that can be written as JSON; it becomes
// [EndpointStats.Data]. If it can't be written there is no data. It is called
// for each endpoint at each STATS, maybe by several goroutines at once.
type StatsHandler = evernats.StatsHandler

// Verb is a question that every service answers.
type Verb = evernats.Verb

// ServiceIdentity says which instance of which service it is.
type ServiceIdentity = evernats.ServiceIdentity

// Ping is the answer to PING.
type Ping = evernats.Ping

// Info is the answer to INFO.
type Info = evernats.Info

// EndpointInfo describes an endpoint in [Info].
type EndpointInfo = evernats.EndpointInfo

// Endpoint is an endpoint of a service, as a [StatsHandler] is given it: the same
// one at each call. Changing its fields has no effect.
type Endpoint = evernats.Endpoint

// EndpointOpt is an option of AddEndpoint. Nil does nothing.
type EndpointOpt = evernats.EndpointOpt

// NATSError is what [Config.ErrorHandler] is told: an error that belongs to one of
// the service's subscriptions, an endpoint's or one of those that make it
// found. [errors.Is] finds the cause in it, such as nats.ErrSlowConsumer.
type NATSError = evernats.NATSError

// Group gives the endpoints that are added to it a common prefix of their subjects
// and a common queue group.
type Group = evernats.Group

// GroupOpt is an option of AddGroup. Nil does nothing.
type GroupOpt = evernats.GroupOpt

// Handler answers the requests of an endpoint.
type Handler = evernats.Handler

// HandlerFunc is a function as a [Handler].
type HandlerFunc = evernats.HandlerFunc

// Request is a request that an endpoint got. Nothing is answered unless the handler
// does.
type Request = evernats.Request

// RespondOpt changes an answer before it is sent. Its subject can't be changed, and
// the payload only in Respond and RespondJSON.
type RespondOpt = evernats.RespondOpt

// Headers are the headers of a request.
type Headers = evernats.Headers

// Service is one instance of a service, as [AddService] returns it. All methods may
// be called by several goroutines at once, and by handlers.
type Service = evernats.Service

// Stats is the answer to STATS.
type Stats = evernats.Stats

// EndpointStats are the numbers of one endpoint, since [Stats.Started].
type EndpointStats = evernats.EndpointStats
