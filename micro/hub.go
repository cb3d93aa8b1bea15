package micro

import (
	"reflect"
	"sync"

	"github.com/evernats/nats"
)

// hub tells the services of one connection of the errors on their subscriptions.
// A connection has one error handler, which may be replaced by the program at any
// time and is shared by all services: so there is one hub for all of them, which
// comes with the first and goes with the last.
type hub struct {
	nc *nats.Conn

	members int // guarded by hubs.mu
	hook    *hook

	mu     sync.Mutex
	owners map[*nats.Subscription]func(error)
}

// hook is an error handler that stands before another. Only the newest of a hub
// tells anybody: older ones, which may be called by what the program has put in
// their place, pass on what they are told.
type hook struct {
	hub  *hub
	next nats.ErrHandler
}

var hubs = struct {
	mu sync.Mutex
	of map[*nats.Conn]*hub
}{of: make(map[*nats.Conn]*hub)}

// join returns the hub of a connection, in place as its error handler.
func join(nc *nats.Conn) *hub {
	hubs.mu.Lock()
	defer hubs.mu.Unlock()
	h := hubs.of[nc]
	if h == nil {
		h = &hub{nc: nc, owners: make(map[*nats.Subscription]func(error))}
		hubs.of[nc] = h
	}
	h.members++
	if !h.inPlace() {
		k := &hook{hub: h, next: nc.ErrorHandler()}
		h.mu.Lock()
		h.hook = k
		h.mu.Unlock()
		nc.SetErrorHandler(k.handle)
	}
	return h
}

// leave takes one service off; the last one gives the connection its own handler
// back.
func (h *hub) leave() {
	hubs.mu.Lock()
	defer hubs.mu.Unlock()
	h.members--
	if h.members > 0 {
		return
	}
	delete(hubs.of, h.nc)
	if h.inPlace() {
		h.nc.SetErrorHandler(h.hook.next)
	}
}

// inPlace says whether the connection's error handler is the hub's hook.
func (h *hub) inPlace() bool {
	return h.hook != nil &&
		reflect.ValueOf(h.nc.ErrorHandler()).Pointer() == reflect.ValueOf(h.hook.handle).Pointer()
}

func (k *hook) handle(nc *nats.Conn, sub *nats.Subscription, err error) {
	if sub != nil {
		k.hub.mu.Lock()
		owner := k.hub.owners[sub]
		newest := k.hub.hook == k
		k.hub.mu.Unlock()
		if owner != nil && newest {
			owner(err)
		}
	}
	if k.next != nil {
		k.next(nc, sub, err)
	}
}

// subscribe makes a subscription whose errors are told to owner, from the first.
func (h *hub) subscribe(subject, queue string, handler nats.MsgHandler, owner func(error)) (*nats.Subscription, error) {
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
	h.owners[sub] = owner
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
