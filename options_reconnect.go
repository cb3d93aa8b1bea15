package nats

import "time"

// NoReconnect closes the connection when it is lost, in place of reconnecting.
func NoReconnect() Option {
	return func(o *Options) error {
		o.AllowReconnect = false
		return nil
	}
}

// MaxReconnects is how many attempts in a row may fail for one server before it
// is dropped. When none is left the connection is closed with [ErrNoServers].
// Negative: never give up. Zero: a loss closes the connection. Default 60.
func MaxReconnects(max int) Option {
	return func(o *Options) error {
		o.MaxReconnect = max
		return nil
	}
}

// ReconnectWait is how long to wait, plus [ReconnectJitter], after all servers
// were tried and failed. The first attempts after a loss are made at once, unless
// three connections in a row have lived for less than this time. A server on which one
// lived for less counts as failed, and comes behind the others for a minute. One that
// ended the connection because it refused the credentials (they expired, they were
// revoked) is asked again after this time too, with jitter if there is no other;
// see [IgnoreAuthErrorAbort]. Default 2 s. Zero or negative: no wait.
func ReconnectWait(t time.Duration) Option {
	return func(o *Options) error {
		o.ReconnectWait = t
		return nil
	}
}

// ReconnectJitter sets the upper bounds of the random time that is added to
// [ReconnectWait]: without TLS, and with. The defaults are 100 ms and 1 s. Zero
// or negative: none. See [ReconnectJitterMax].
func ReconnectJitter(jitter, jitterForTLS time.Duration) Option {
	return func(o *Options) error {
		o.ReconnectJitter = jitter
		o.ReconnectJitterTLS = jitterForTLS
		return nil
	}
}

// ReconnectJitterMax caps what [ReconnectJitter] may add. Zero: the default of 5
// minutes. Negative: no cap.
func ReconnectJitterMax(d time.Duration) Option {
	return func(o *Options) error {
		o.ReconnectJitterMax = d
		return nil
	}
}

// ReconnectBackoff makes the wait after each failed pass over the servers grow,
// in place of [ReconnectWait] and its jitter: it is random between zero and a
// bound that starts at first, doubles with each pass and stops at max. Only a
// connection that lived for [ReconnectWait] starts over. A first of zero or less
// turns it off; max zero means 10 s, or first if that is more; a max below first
// makes Connect fail with [ErrInvalidArg].
func ReconnectBackoff(first, max time.Duration) Option {
	return func(o *Options) error {
		o.ReconnectBackoffFirst = first
		o.ReconnectBackoffMax = max
		return nil
	}
}

// ReconnectSpread delays the first attempt after a loss by a random time below
// d, so that a large fleet whose server died doesn't reach the next one all at
// once. Zero or negative: at once, the default.
func ReconnectSpread(d time.Duration) Option {
	return func(o *Options) error {
		o.ReconnectSpread = d
		return nil
	}
}

// CustomReconnectDelay sets a function that is asked how long to wait each time
// all servers were tried and failed. Its answer replaces [ReconnectWait], jitter
// and [ReconnectBackoff]; add some randomness of your own.
func CustomReconnectDelay(cb ReconnectDelayHandler) Option {
	return func(o *Options) error {
		o.CustomReconnectDelayCB = cb
		return nil
	}
}

// ReconnectToServer sets a function that chooses the server of each reconnect
// attempt and how long to wait before it, see [ReconnectToServerHandler].
func ReconnectToServer(cb ReconnectToServerHandler) Option {
	return func(o *Options) error {
		o.ReconnectToServerCB = cb
		return nil
	}
}

// IgnoreDiscoveredServers uses the given servers only, and not those that a
// server tells of.
func IgnoreDiscoveredServers() Option {
	return func(o *Options) error {
		o.IgnoreDiscoveredServers = true
		return nil
	}
}

// IgnoreAuthErrorAbort goes on trying when a server has refused the credentials
// in the same way twice. By default that closes the connection, if at least
// [ReconnectWait] lies between the first refusal, or the connection's end by it,
// and the attempt that is refused again: time for new credentials to arrive.
func IgnoreAuthErrorAbort() Option {
	return func(o *Options) error {
		o.IgnoreAuthErrorAbort = true
		return nil
	}
}

// ReconnectOnFlusherError reconnects when a write to the socket took longer than
// [FlusherTimeout]. By default that error goes to the error handler and the
// write is tried again. Other errors of the socket reconnect with and without
// the option, and in no case is a message lost from the buffer.
func ReconnectOnFlusherError() Option {
	return func(o *Options) error {
		o.ReconnectOnFlusherError = true
		return nil
	}
}

// Resilient turns on what a service that must live through anything wants:
//
//   - it reconnects and never gives up: AllowReconnect, MaxReconnects(-1),
//     IgnoreAuthErrorAbort;
//   - it starts without a server too: RetryOnFailedConnect(true);
//   - the wait between passes is ReconnectBackoff(100ms, 10s);
//   - the first attempt after a loss is spread: ReconnectSpread(250ms);
//   - a dead server is noticed: StaleAfter(10s);
//   - servers race: ConnectionAttemptDelay(250ms);
//   - it moves before a lame duck hangs up: LameDuckMigration(true);
//   - errors say everything: DetailedErrors.
//
// Options behind it override its parts; options before it are overridden.
// [AtLeastOnce] is not part of it.
func Resilient() Option {
	return func(o *Options) error {
		o.AllowReconnect = true
		o.MaxReconnect = -1
		o.IgnoreAuthErrorAbort = true
		o.RetryOnFailedConnect = true
		o.ReconnectBackoffFirst = resilientBackoffFirst
		o.ReconnectBackoffMax = DefaultReconnectBackoffMax
		o.ReconnectSpread = resilientSpread
		o.StaleAfter = resilientStaleAfter
		o.ConnectionAttemptDelay = DefaultConnectionAttemptDelay
		o.LameDuckMigration = true
		o.DetailedErrors = true
		return nil
	}
}

const (
	resilientBackoffFirst = 100 * time.Millisecond
	resilientSpread       = 250 * time.Millisecond
	resilientStaleAfter   = 10 * time.Second
)
