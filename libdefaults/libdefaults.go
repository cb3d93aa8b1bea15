// Package libdefaults sets the options of connections that libraries make.
//
// A library that imports nats.go, and runs on this client since the program
// replaces that module by github.com/evernats/nats/natsgo, makes its connections
// itself, and often lets nobody say with which options. The program says it here,
// once, before the first of them connects:
//
//	func main() {
//		err := libdefaults.Set(nats.Resilient(), nats.AtLeastOnce())
//		…
//	}
//
// With [nats.Resilient] a library's Connect returns without an error when no server
// answers, and goes on trying: add [nats.RetryOnFailedConnect](false) for those that
// take that for connected.
//
// What is set takes the place of the defaults: a library's own options come after
// it and win. Connections that the program makes with [nats.Connect] don't look
// at it, and neither does a library that makes a [nats.Options] by hand, from
// zero: there a field left out means what it says, as in nats.go.
//
// Errors of these connections are always bare, as nats.go returns them, whatever
// is set here, since libraries compare them with ==. So are those of a service or an
// encoded connection on one. The exception is a library that takes options of the
// program and applies them to an Options by itself: leave out
// [nats.DetailedErrors], and with it [nats.Resilient], of what it is given.
package libdefaults

import (
	"slices"
	"sync"

	"github.com/evernats/nats"
)

var (
	mu      sync.Mutex
	current = nats.GetDefaultOptions()
	bound   []*nats.Options
)

// Set makes the options those that a library's connection starts from, in place
// of all that an earlier call has set; without any it is as if it had never been
// called. Connections that exist stay as they are. The error is the first that an
// option returns; nothing has changed then. Options that read a file do it now,
// not when a library connects.
func Set(options ...nats.Option) error {
	o := nats.GetDefaultOptions()
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option(&o); err != nil {
			return err
		}
	}
	strict(&o)
	mu.Lock()
	defer mu.Unlock()
	current = o
	for _, b := range bound {
		*b = copied(current)
	}
	return nil
}

// Options are the options that a library's connection starts from. It is what
// natsgo's GetDefaultOptions returns.
func Options() nats.Options {
	mu.Lock()
	defer mu.Unlock()
	return copied(current)
}

// Connect is [nats.Connect] for a library: it starts from [Options], and returns
// bare errors. It is what natsgo's Connect calls.
func Connect(url string, options ...nats.Option) (*nats.Conn, error) {
	all := make([]nats.Option, 0, len(options)+2)
	all = append(all, start)
	all = append(all, options...)
	return nats.Connect(url, append(all, strict)...)
}

// Bind makes *o equal to [Options], now and after each [Set]. It is how natsgo's
// variable DefaultOptions follows. Whoever reads *o must not do it during a Set.
func Bind(o *nats.Options) {
	mu.Lock()
	defer mu.Unlock()
	*o = copied(current)
	bound = append(bound, o)
}

// start puts what was set in the place of the defaults. The servers are those of
// the call.
func start(o *nats.Options) error {
	servers := o.Servers
	*o = Options()
	o.Servers = servers
	return nil
}

// copied is o with copies of what options change in place, so that one connection
// doesn't change another's.
func copied(o nats.Options) nats.Options {
	o.Servers = slices.Clone(o.Servers)
	o.WebSocketConnectionHeaders = o.WebSocketConnectionHeaders.Clone()
	if o.TLSConfig != nil {
		o.TLSConfig = o.TLSConfig.Clone()
	}
	if o.Dialer != nil {
		d := *o.Dialer
		o.Dialer = &d
	}
	return o
}
