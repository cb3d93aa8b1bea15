package micro

import (
	"maps"
	"regexp"
)

// DefaultQueueGroup is the queue group of every endpoint for which no other was
// chosen.
const DefaultQueueGroup = "q"

// Config describes a service to [AddService]. It is copied: changing it, or a map
// in it, later has no effect.
type Config struct {
	// Name of the service, the same for all instances: letters of ASCII, digits,
	// dashes and underscores. Required.
	Name string `json:"name"`

	// Endpoint is the first endpoint, with the name "default"; nil for none. More
	// are added with [Service.AddEndpoint] and [Service.AddGroup].
	Endpoint *EndpointConfig `json:"endpoint"`

	// Version is a semantic version such as 1.2.3 or 1.2.3-rc.1+5, without a v
	// before it. Required.
	Version string `json:"version"`

	// Description is for people, and told by INFO.
	Description string `json:"description"`

	// Metadata is told with every answer to PING, INFO and STATS.
	Metadata map[string]string `json:"metadata,omitempty"`

	// QueueGroup is the queue group of endpoints that choose no other; empty for
	// [DefaultQueueGroup].
	QueueGroup string `json:"queue_group"`

	// QueueGroupDisabled subscribes endpoints that choose no queue group without
	// one, so that every instance gets every request. It goes before QueueGroup,
	// except for Endpoint, where a QueueGroup goes before it.
	QueueGroupDisabled bool `json:"queue_group_disabled"`

	// StatsHandler returns what STATS tells of each endpoint as its data; nil for
	// none.
	StatsHandler StatsHandler

	// DoneHandler is called once, when the service has stopped: by Stop, or since
	// the connection was closed. Handlers that were at work then may still be.
	DoneHandler DoneHandler

	// ErrorHandler is told of errors that belong to a subscription of the service:
	// an endpoint that is too slow (nats.ErrSlowConsumer), one that the server
	// refuses (nats.ErrPermissionViolation), an answer to PING, INFO or STATS that
	// could not be sent. The connection's own handler is called, too. The service
	// goes on; the handler may stop it. Nil for none.
	ErrorHandler ErrHandler
}

// EndpointConfig describes [Config.Endpoint], and in an [Endpoint] what became of
// it.
type EndpointConfig struct {
	// Subject that requests come on; empty for the endpoint's name. An [Endpoint]
	// has it with the prefix of its groups.
	Subject string

	// Handler is called with each request. Required.
	Handler Handler

	// Metadata is told by INFO.
	Metadata map[string]string `json:"metadata,omitempty"`

	// QueueGroup is the endpoint's queue group; empty for the service's.
	QueueGroup string `json:"queue_group"`

	// QueueGroupDisabled says in an [Endpoint] that it was added without a queue
	// group. In a Config it is ignored, as in nats.go; use that of the Config, or
	// add the endpoint with [WithEndpointQueueGroupDisabled].
	QueueGroupDisabled bool `json:"queue_group_disabled"`
}

type (
	// DoneHandler is called when a service has stopped, see [Config.DoneHandler].
	// Calls of this and of the ErrorHandler of one service follow one another.
	DoneHandler func(Service)

	// ErrHandler is told of a service's asynchronous errors, see
	// [Config.ErrorHandler].
	ErrHandler func(Service, *NATSError)

	// StatsHandler returns a value that can be written as JSON; it becomes
	// [EndpointStats.Data]. If it can't be written there is no data. It is called
	// for each endpoint at each STATS, maybe by several goroutines at once.
	StatsHandler func(*Endpoint) any
)

var (
	nameRule    = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	subjectRule = regexp.MustCompile(`^[^ >]*>?$`)
	// versionRule is the grammar of Semantic Versioning 2.0.0: three numbers, a
	// pre-release and a build, none of the numbers with a leading zero.
	versionRule = regexp.MustCompile(`^` + number + `\.` + number + `\.` + number +
		`(-` + preRelease + `(\.` + preRelease + `)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)
)

const (
	number     = `(0|[1-9][0-9]*)`
	preRelease = `(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`
)

func (c *Config) validate() error {
	switch {
	case !nameRule.MatchString(c.Name):
		return invalid("service name: %q is none; use letters, digits, dashes and underscores", c.Name)
	case !versionRule.MatchString(c.Version):
		return invalid("version: %q is no semantic version such as 1.2.3", c.Version)
	}
	return checkQueue(c.QueueGroup)
}

func checkQueue(name string) error {
	if !subjectRule.MatchString(name) {
		return invalid("invalid endpoint queue group %q: it has a space, or > before its end", name)
	}
	return nil
}

// copied returns c with maps of its own.
func (c Config) copied() Config {
	c.Metadata = maps.Clone(c.Metadata)
	if c.Metadata == nil {
		c.Metadata = map[string]string{} // an empty object in JSON
	}
	if c.Endpoint != nil {
		ep := *c.Endpoint
		c.Endpoint = &ep
	}
	return c
}

// queue is the choice of a queue group at some level: service, group, endpoint.
type queue struct {
	name     string // empty: none
	disabled bool
}

// under returns what the choice means below another one.
func (q queue) under(outer queue) queue {
	switch {
	case q.disabled:
		return queue{disabled: true}
	case q.name != "":
		return q
	}
	return outer
}
