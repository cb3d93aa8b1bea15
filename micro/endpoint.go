package micro

import (
	"maps"

	"github.com/evernats/nats"
)

// Endpoint is an endpoint of a service, as a [StatsHandler] is given it: the same
// one at each call. Changing its fields has no effect.
type Endpoint struct {
	EndpointConfig
	// Name of the endpoint.
	Name string

	service *service
	info    EndpointInfo
	sub     *nats.Subscription
	counts  counts
}

// EndpointOpt is an option of AddEndpoint. Nil does nothing.
type EndpointOpt func(*endpointOpts) error

type endpointOpts struct {
	subject  string
	metadata map[string]string
	queue    queue
	limits   *limits
}

type limits struct{ msgs, bytes int }

// WithEndpointQueueGroup puts the endpoint into a queue group of its own; empty
// for that of its group or service.
func WithEndpointQueueGroup(queueGroup string) EndpointOpt {
	return func(o *endpointOpts) error {
		o.queue.name = queueGroup
		return nil
	}
}

// WithEndpointQueueGroupDisabled subscribes the endpoint without a queue group: of
// all instances each gets every request. It goes before [WithEndpointQueueGroup].
func WithEndpointQueueGroupDisabled() EndpointOpt {
	return func(o *endpointOpts) error {
		o.queue.disabled = true
		return nil
	}
}

// WithEndpointSubject lets requests come on a subject that isn't the endpoint's
// name. It may have wildcards. Empty for the name.
func WithEndpointSubject(subject string) EndpointOpt {
	return func(o *endpointOpts) error {
		o.subject = subject
		return nil
	}
}

// WithEndpointMetadata sets what INFO tells as the endpoint's metadata, in place of
// what earlier options set. The map is copied.
func WithEndpointMetadata(metadata map[string]string) EndpointOpt {
	return func(o *endpointOpts) error {
		o.metadata = maps.Clone(metadata)
		return nil
	}
}

// WithEndpointMetadataKey adds one key to the endpoint's metadata.
func WithEndpointMetadataKey(key, value string) EndpointOpt {
	return func(o *endpointOpts) error {
		if o.metadata == nil {
			o.metadata = make(map[string]string)
		}
		o.metadata[key] = value
		return nil
	}
}

// WithEndpointPendingLimits bounds how many requests, and bytes of them, may wait
// for the endpoint's handler. What comes beyond is dropped, told to
// [Config.ErrorHandler] as nats.ErrSlowConsumer and counted as an error. Negative
// for no limit; without this option the limits are those of any subscription.
// Both zero give [ErrConfigValidation], one of them nats.ErrInvalidArg.
func WithEndpointPendingLimits(msgLimit, bytesLimit int) EndpointOpt {
	return func(o *endpointOpts) error {
		switch {
		case msgLimit == 0 && bytesLimit == 0:
			return invalid("pending limits: both are zero; use a negative value for no limit")
		case msgLimit == 0 || bytesLimit == 0:
			return nats.ErrInvalidArg
		}
		o.limits = &limits{msgLimit, bytesLimit}
		return nil
	}
}

// AddEndpoint is documented at Service.
func (s *service) AddEndpoint(name string, handler Handler, opts ...EndpointOpt) error {
	return s.add(name, "", s.queue, handler, opts)
}

// addFirst adds the endpoint of the Config. For its queue group a name, its own or
// the service's, goes before a "disabled", and its own "disabled" counts for nothing:
// so it is in nats.go, where instances of the same service may run.
func (s *service) addFirst(c *EndpointConfig) error {
	name := c.QueueGroup
	if name == "" {
		name = s.config.QueueGroup
	}
	return s.AddEndpoint("default", c.Handler, WithEndpointSubject(c.Subject),
		WithEndpointMetadata(c.Metadata), WithEndpointQueueGroup(name))
}

// add makes an endpoint of the service or of a group, whose prefix and queue group
// come along.
func (s *service) add(name, prefix string, outer queue, handler Handler, opts []EndpointOpt) error {
	o := endpointOpts{subject: name}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&o); err != nil {
			return err
		}
	}
	if o.subject == "" {
		o.subject = name
	}
	o.subject = joined(prefix, o.subject)
	o.queue = o.queue.under(outer)
	f, isFunc := handler.(HandlerFunc)
	switch {
	case !nameRule.MatchString(name):
		return invalid("invalid endpoint name %q: use letters, digits, dashes and underscores", name)
	case !subjectRule.MatchString(o.subject):
		return invalid("invalid endpoint subject %q: it has a space, or > before its end", o.subject)
	case handler == nil || isFunc && f == nil:
		return invalid("endpoint %q has no handler", name)
	}
	if err := checkQueue(o.queue.name); err != nil {
		return err
	}
	if s.Stopped() {
		return s.refusal()
	}
	ep := &Endpoint{
		EndpointConfig: EndpointConfig{
			Subject: o.subject, Handler: handler, Metadata: maps.Clone(o.metadata),
			QueueGroup: o.queue.name, QueueGroupDisabled: o.queue.disabled,
		},
		Name:    name,
		service: s,
		info:    EndpointInfo{Name: name, Subject: o.subject, QueueGroup: o.queue.name, Metadata: o.metadata},
	}
	return ep.begin(handler, o.limits)
}

// refusal says why a stopped service takes no endpoint.
func (s *service) refusal() error {
	if s.nc.IsClosed() {
		return nats.ErrConnectionClosed
	}
	return ErrServiceStopped
}

// begin subscribes, and then makes the endpoint known.
func (ep *Endpoint) begin(handler Handler, limits *limits) error {
	s := ep.service
	sub, err := s.errors.subscribe(ep.info.Subject, ep.info.QueueGroup,
		func(m *nats.Msg) { ep.serve(handler, m) },
		func(err error) <-chan struct{} {
			ep.counts.fail(err.Error())
			return s.failed(ep.info.Subject, err)
		})
	if err != nil {
		return err
	}
	ep.sub = sub
	if limits != nil {
		if err := sub.SetPendingLimits(limits.msgs, limits.bytes); err != nil {
			s.errors.drain(sub)
			return err
		}
	}
	s.mu.Lock()
	stopped := s.stopped
	if !stopped {
		s.endpoints = append(s.endpoints, ep)
	}
	s.mu.Unlock()
	if stopped {
		s.errors.drain(sub)
		return s.refusal()
	}
	return nil
}

// joined puts a dot between two parts of a subject where both are there.
func joined(prefix, subject string) string {
	if prefix == "" || subject == "" {
		return prefix + subject
	}
	return prefix + "." + subject
}
