// Package transport opens byte streams to servers: TCP, TLS, WebSocket, a
// server in the same process, or whatever the user's own dialer reaches. It
// knows nothing of what is said on them.
//
// Everything here that waits obeys a context, also where the code it calls (a
// resolver, a user's dialer, a peer in the middle of a TLS handshake) doesn't:
// then the call returns without it, and what comes late is closed.
package transport

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Dialer is a dialer of the user's own. One that also is a ContextDialer is
// called through that. DialContext isn't looked for: a type that embeds a
// net.Dialer has it without knowing, and means its own Dial to be called. One
// that has
//
//	SkipTLSHandshake() bool
//
// and answers true hands out connections that are encrypted already.
type Dialer interface {
	Dial(network, address string) (net.Conn, error)
}

// ContextDialer is a dialer that obeys a context, and may be called from several
// goroutines at once, for several addresses.
type ContextDialer interface {
	DialServer(ctx context.Context, network, address string) (net.Conn, error)
}

// Turn lets one call at a time into the user's code; nil lets all in. Make it
// with room for one.
type Turn chan struct{}

// take waits for the turn, at most until ctx is done.
func (t Turn) take(ctx context.Context) error {
	if t == nil {
		return nil
	}
	select {
	case t <- struct{}{}:
		if ctx.Err() != nil { // both came at once
			t.leave()
		}
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t Turn) leave() {
	if t != nil {
		<-t
	}
}

// Config says how to reach servers. The zero value dials TCP with the
// defaults. It isn't changed by Dial and may be shared.
type Config struct {
	// Dialer makes TCP connections when Custom is nil; nil stands for
	// &net.Dialer{}. Its Resolver looks up host names in either case.
	Dialer *net.Dialer

	// Custom, when not nil, makes the connections in place of Dialer.
	Custom Dialer

	// Turn, when not nil, is taken for each call of Custom.Dial and InProcess,
	// and given back when it returns, be it long after its context was done.
	Turn Turn

	// InProcess, when not nil, is the only source of connections: the URL's
	// address is not used.
	InProcess func() (net.Conn, error)

	// SkipHostLookup hands host names to the dialer as they are.
	SkipHostLookup bool

	// Shuffle, when not nil, mixes the addresses of a host (those of one
	// family among themselves) before they are tried; rand.Shuffle fits. Nil
	// keeps the resolver's order.
	Shuffle func(n int, swap func(i, j int))

	// MultipathTCP, when not nil, overrides the system's default for Dialer.
	MultipathTCP *bool

	// AddressDelay is how long one address of a host may stay silent before
	// the next one is tried beside it. Zero means 250 ms (RFC 8305), negative
	// one address after another.
	AddressDelay time.Duration

	// Compression offers permessage-deflate on WebSocket connections.
	Compression bool

	// ProxyPath replaces the path of WebSocket URLs when not empty.
	ProxyPath string

	// Headers, when not nil, is asked at each WebSocket dial for headers to
	// send with the handshake.
	Headers func(context.Context) (http.Header, error)
}

// DefaultAddressDelay is the AddressDelay that zero stands for.
const DefaultAddressDelay = 250 * time.Millisecond

func (cfg *Config) addressDelay() time.Duration {
	if cfg.AddressDelay == 0 {
		return DefaultAddressDelay
	}
	return cfg.AddressDelay
}

// SkipTLSHandshake reports whether the custom dialer's connections are
// encrypted already, so that no handshake must be made over them.
func (cfg *Config) SkipTLSHandshake() bool {
	s, ok := cfg.Custom.(interface{ SkipTLSHandshake() bool })
	return ok && s.SkipTLSHandshake()
}
