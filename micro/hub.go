package micro

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/evernats/nats"
)

// hub tells the services of one connection of the errors on their subscriptions, and of
// its end. A connection has one handler for each, which may be replaced by the program at
// any time and is shared by all services: so there is one hub for all of them, which
// comes with the first and goes with the last.
type hub struct {
	nc *nats.Conn

	// Guarded by hubs.mu.
	members map[*service]struct{}
	hook    *hook
	ending  *ending

	mu     sync.Mutex
	owners map[*nats.Subscription]owner
}

// owner tells a service of an error on a subscription of its own. It returns a channel that
// is closed when the service's handler has returned, or nil if it has none.
type owner func(error) <-chan struct{}

// hook is an error handler that stands before another. Only the newest of a hub
// tells anybody: older ones, which may be called by what the program has put in
// their place, pass on what they are told.
type hook struct {
	hub  *hub
	next nats.ErrHandler
}

// ending is the same for the handler that is called when the connection is closed. The
// services find that out by themselves. It is for programs that call the handler of
// their connection themselves, and expect services to end.
type ending struct {
	hub  *hub
	next nats.ConnHandler
}

var hubs = struct {
	mu sync.Mutex
	of map[*nats.Conn]*hub
}{of: make(map[*nats.Conn]*hub)}

// join returns the hub of a connection, in place as its error handler and as that of its
// end.
func join(nc *nats.Conn, s *service) *hub {
	hubs.mu.Lock()
	defer hubs.mu.Unlock()
	h := hubs.of[nc]
	if h == nil {
		h = &hub{nc: nc, members: make(map[*service]struct{}), owners: make(map[*nats.Subscription]owner)}
		hubs.of[nc] = h
	}
	h.members[s] = struct{}{}
	if !h.inPlace() {
		k := &hook{hub: h, next: nc.ErrorHandler()}
		h.mu.Lock()
		h.hook = k
		h.mu.Unlock()
		nc.SetErrorHandler(k.handle)
	}
	if !h.endInPlace() {
		h.ending = &ending{hub: h, next: nc.ClosedHandler()}
		nc.SetClosedHandler(h.ending.handle)
	}
	return h
}

// leave takes one service off; the last one gives the connection its own handlers
// back.
func (h *hub) leave(s *service) {
	hubs.mu.Lock()
	defer hubs.mu.Unlock()
	delete(h.members, s)
	if len(h.members) > 0 {
		return
	}
	delete(hubs.of, h.nc)
	if h.inPlace() {
		h.nc.SetErrorHandler(h.hook.next)
	}
	if h.endInPlace() {
		h.nc.SetClosedHandler(h.ending.next)
	}
}

// inPlace says whether the connection's error handler is the hub's hook.
func (h *hub) inPlace() bool {
	return h.hook != nil &&
		reflect.ValueOf(h.nc.ErrorHandler()).Pointer() == reflect.ValueOf(h.hook.handle).Pointer()
}

// endInPlace is the same for the handler of the connection's end.
func (h *hub) endInPlace() bool {
	return h.ending != nil &&
		reflect.ValueOf(h.nc.ClosedHandler()).Pointer() == reflect.ValueOf(h.ending.handle).Pointer()
}

func (e *ending) handle(nc *nats.Conn) {
	hubs.mu.Lock()
	members := slices.Collect(maps.Keys(e.hub.members))
	hubs.mu.Unlock()
	for _, s := range members {
		_ = s.Stop() // is always nil
	}
	if e.next != nil {
		e.next(nc)
	}
}

func (k *hook) handle(nc *nats.Conn, sub *nats.Subscription, err error) {
	if sub != nil {
		k.hub.mu.Lock()
		tell := k.hub.owners[sub]
		newest := k.hub.hook == k
		k.hub.mu.Unlock()
		if tell != nil && newest {
			// The connection's own handler is called behind the service's.
			if told := tell(err); told != nil {
				<-told
			}
		}
	}
	if k.next != nil {
		k.next(nc, sub, err)
	}
}

// subscribe makes a subscription whose errors are told to owner, from the first.
func (h *hub) subscribe(subject, queue string, handler nats.MsgHandler, tell owner) (*nats.Subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var (
		sub *nats.Subscription
		err error
	)
	if queue == "" {
		sub, err = h.nc.Subscribe(subject, handler)
	} else {
		sub, err = h.nc.QueueSubscribe(subject, queue, handler)
	}
	if err != nil {
		return nil, err
	}
	h.owners[sub] = tell
	return sub, nil
}

// drain ends a subscription. What it fails at, while it drains, is no longer the
// service's.
func (h *hub) drain(sub *nats.Subscription) {
	h.mu.Lock()
	delete(h.owners, sub)
	h.mu.Unlock()
	// It can only say that the connection is closed, which ended it as well.
	_ = sub.Drain()
}
