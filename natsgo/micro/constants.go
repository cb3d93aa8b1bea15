// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package micro

import (
	evernats "github.com/evernats/nats/micro"
)

// DefaultQueueGroup is the queue group of every endpoint for which no other was
// chosen.
const DefaultQueueGroup = evernats.DefaultQueueGroup

// APIPrefix begins the subjects on which services are found.
const APIPrefix = evernats.APIPrefix

// PingVerb asks who is there, see [Ping].
const PingVerb = evernats.PingVerb

// StatsVerb asks for the numbers, see [Stats].
const StatsVerb = evernats.StatsVerb

// InfoVerb asks for the endpoints, see [Info].
const InfoVerb = evernats.InfoVerb

// InfoResponseType is that of [Info].
const InfoResponseType = evernats.InfoResponseType

// PingResponseType is that of [Ping].
const PingResponseType = evernats.PingResponseType

// StatsResponseType is that of [Stats].
const StatsResponseType = evernats.StatsResponseType

// ErrorHeader has the description of the error.
const ErrorHeader = evernats.ErrorHeader

// ErrorCodeHeader has its code.
const ErrorCodeHeader = evernats.ErrorCodeHeader
