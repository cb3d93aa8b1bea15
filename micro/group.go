package micro

// Group gives the endpoints that are added to it a common prefix of their subjects
// and a common queue group.
type Group interface {
	// AddGroup returns a group within this one: its name follows this one's prefix,
	// and it has this one's queue group unless an option names another.
	AddGroup(string, ...GroupOpt) Group

	// AddEndpoint is that of [Service], with the group's prefix and a dot before
	// the subject.
	AddEndpoint(string, Handler, ...EndpointOpt) error
}

// GroupOpt is an option of AddGroup. Nil does nothing.
type GroupOpt func(*groupOpts)

type groupOpts struct{ queue queue }

// WithGroupQueueGroup is the queue group of the group's endpoints that choose no
// other; empty for that of the group or service around it.
func WithGroupQueueGroup(queueGroup string) GroupOpt {
	return func(o *groupOpts) { o.queue.name = queueGroup }
}

// WithGroupQueueGroupDisabled subscribes the group's endpoints that choose no queue
// group without one. It goes before [WithGroupQueueGroup].
func WithGroupQueueGroupDisabled() GroupOpt {
	return func(o *groupOpts) { o.queue.disabled = true }
}

type group struct {
	service *service
	prefix  string
	queue   queue
}

// AddGroup is documented at Service.
func (s *service) AddGroup(name string, opts ...GroupOpt) Group {
	return (&group{service: s, queue: s.queue}).AddGroup(name, opts...)
}

func (g *group) AddGroup(name string, opts ...GroupOpt) Group {
	var o groupOpts
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return &group{service: g.service, prefix: joined(g.prefix, name), queue: o.queue.under(g.queue)}
}

func (g *group) AddEndpoint(name string, handler Handler, opts ...EndpointOpt) error {
	return g.service.add(name, g.prefix, g.queue, handler, opts)
}
