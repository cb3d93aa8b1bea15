package nats

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
)

// Conn is one logical connection to a NATS system. It outlives the servers: it
// dials, gives up and dials again by itself, keeps what was published meanwhile,
// and re-establishes every subscription. A Conn is safe for concurrent use; make
// one with [Connect] or [Options.Connect] and end it with [Conn.Drain] or
// [Conn.Close].
//
// The embedded Statistics are updated while the connection works; read them with
// [Conn.Stats], which takes a consistent copy.
type Conn struct {
	// Statistics are the counters as they change; [Conn.Stats] reads them.
	Statistics

	// Opts are the options the connection was made with, defaults filled in.
	// Treat them as read-only: changing them has no effect that is promised.
	Opts Options

	start time.Time // zero of the machine's clock

	drv driver

	// machineMu guards the machine for the few readers outside the driver. It
	// is held for one Step, which never waits for anything.
	machineMu sync.Mutex
	machine   *reconnect.Machine

	// Owned by the driver alone.
	deadline  *time.Timer
	attempts  map[uint32]*attempt // under way; nil while there are none
	first     chan error          // the first pass's outcome; nil once told
	settled   bool                // a first connection was made or given up on
	forced    bool                // ForceReconnect came while an attempt was under way
	transport transport.Config
	asking    turn

	state stateView
	out   sender
	subs  subscriptions
	reqs  requests
	links linkWatchers

	events   dispatcher
	handlers handlerSet
	statuses statusListeners
	pinger   pinger

	urls    urlBook
	closing atomic.Bool // Close was called, or the connection ended
	ended   chan struct{}
	drain   drainState
}

// Connect makes a connection to the NATS system that the URL belongs to. The URL
// is one server or several, separated by commas; the scheme (nats, tls, ws, wss)
// may be left out, and so may the port. An empty URL means [DefaultURL].
//
// Connect returns when a server has accepted the connection, or with the error
// of the pass over all servers that failed: [ErrNoServers], or what a server said
// against it, such as [ErrAuthorization]. [ConnError] has the details. With
// [RetryOnFailedConnect] a pass that failed is no error: the connection comes back
// reconnecting, after one [Timeout] at the latest.
//
// Other errors are of the options and the URL: [ErrBadURL], [ErrInvalidArg],
// [ErrBadTimeout], those of the option functions.
func Connect(url string, options ...Option) (*Conn, error) {
	return connectWith(context.Background(), url, options)
}

// ConnectWithContext is [Connect], bounded by ctx as well: when ctx is done
// before a server has accepted, the attempts are given up, the connection is
// closed and ctx's error is returned, wrapped.
func ConnectWithContext(ctx context.Context, url string, options ...Option) (*Conn, error) {
	if ctx == nil {
		return nil, ErrInvalidContext
	}
	return connectWith(ctx, url, options)
}

func connectWith(ctx context.Context, url string, options []Option) (*Conn, error) {
	opts := GetDefaultOptions()
	opts.Servers = splitURLs(url)
	for _, opt := range options {
		if opt == nil {
			continue
		}
		if err := opt(&opts); err != nil {
			return nil, err
		}
	}
	return opts.connect(ctx)
}

// Connect makes a connection with these options. Zero values mean what each
// field says of them; [GetDefaultOptions] is the usual place to start from.
func (o Options) Connect() (*Conn, error) {
	return o.connect(context.Background())
}

func (o Options) connect(ctx context.Context) (*Conn, error) {
	nc, err := newConn(o)
	if err != nil {
		return nil, err
	}
	first := nc.first
	nc.event(reconnect.Event{Kind: reconnect.Start})

	// With RetryOnFailedConnect the caller waits for one Timeout in all, not
	// for one a server.
	var enough <-chan time.Time
	if nc.Opts.RetryOnFailedConnect {
		t := time.NewTimer(nc.Opts.Timeout)
		defer t.Stop()
		enough = t.C
	}
	select {
	case err = <-first:
		if err == nil || nc.Opts.RetryOnFailedConnect && !nc.IsClosed() {
			return nc, nil
		}
		return nil, err
	case <-enough:
		nc.state.leaveConnecting(nc)
		return nc, nil
	case <-ctx.Done():
		nc.abandon()
		return nil, fmt.Errorf("nats: no server accepted the connection in time (%s): %w", nc.urls.list(), ctx.Err())
	}
}

// newConn checks the options and builds a connection that has not started.
func newConn(o Options) (*Conn, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	nc := &Conn{
		Opts:   o,
		start:  time.Now(),
		first:  make(chan error, 1),
		asking: make(turn, 1),
		ended:  make(chan struct{}),
	}
	if err := nc.urls.init(&nc.Opts); err != nil {
		return nil, err
	}
	nc.machine = reconnect.New(policyOf(&nc.Opts, nc.urls.tlsOnly()), nc.urls.given(), randomBelow)
	nc.transport = transportConfig(&nc.Opts, nc.asking)
	nc.out.init(nc, outbound.Config{
		ChunkSize: o.WriteBufferSize, Hold: o.AtLeastOnce, TTL: int64(o.PublishTTL),
	})
	nc.subs.init()
	nc.handlers.init(&nc.Opts)
	nc.state.status.Store(int32(CONNECTING))
	return nc, nil
}

// abandon ends a connection that its caller never gets to see: no callback.
func (nc *Conn) abandon() {
	nc.events.mute()
	nc.Close()
}

// Close ends the connection for good. Calls that wait on it return with
// [ErrConnectionClosed], subscriptions end, and messages that were received but
// not yet handled are dropped (use [Conn.Drain] to finish them). What was
// published is written first, and the socket stays open until the server has
// confirmed it; Close itself waits for that at most about a millisecond without
// progress, and never for a dial. What the socket hasn't taken a second later is
// reported to the [MessageDroppedHandler]; what it has taken and no server
// confirmed, to the [InDoubtHandler]. The disconnect and closed handlers run
// afterwards. Calling Close again does nothing.
func (nc *Conn) Close() {
	if nc == nil {
		return
	}
	nc.close(!nc.Opts.NoCallbacksAfterClientClose)
}

func (nc *Conn) close(callbacks bool) {
	if !nc.closing.CompareAndSwap(false, true) {
		return
	}
	if !callbacks {
		nc.events.mute()
	}
	nc.out.refuse(ErrConnectionClosed)
	flushed := nc.out.settleForClose()
	nc.state.set(nc, CLOSED)
	nc.subs.closeAll()
	nc.reqs.failAll(ErrConnectionClosed)
	nc.out.failFences(ErrConnectionClosed)
	nc.drv.post(func() { nc.shutDown(flushed) })
}
