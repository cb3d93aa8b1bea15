package nats

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/drain"
	"github.com/evernats/nats/internal/handover"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/notify"
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/request"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/session"
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

	// Opts are the options that the connection was made with, and the handlers that
	// it calls: one that is put here later is called from then on, and what
	// SetClosedHandler and the like set is found here. Assigning is not safe while
	// the handler may be called; the Set methods are. Other fields are to be read.
	Opts   Options
	optsMu sync.Mutex // guards the handlers in Opts

	start time.Time // zero of the session's clock

	session session.Session

	// Owned by the session's driver alone.
	first chan error // the first pass's outcome; nil once told

	state stateView
	out   send.Sender
	subs  receive.Table[Msg, Header, Subscription]
	reqs  request.Table[Msg]
	links port.Watchers
	owned atomic.Int64 // consumers of JetStream that end with their subscriptions

	events   events
	statuses notify.Statuses[Status]

	closed  sync.Once // see goClosed
	settled bool      // a first connection was made or given up on; the session's driver owns it
	drain   drain.Drain

	mover      handover.Mover
	migrations migrations
}

// Connect makes a connection to the NATS system that the URL belongs to. The URL
// is one server or several, separated by commas; the scheme (nats, tls, ws, wss)
// may be left out, and so may the port. An empty URL means [DefaultURL].
//
// Connect returns when a server has accepted the connection, or with the error
// of the pass over all servers that failed, the one that says most: what a server
// said against it, which errors.Is knows as [ErrAuthorization] and the like, [ErrTLS],
// an error of the program's own dialer or callbacks; otherwise that of the last
// attempt, which is [ErrNoServers] if nobody listens there. With [DetailedErrors] it
// is a [ConnError] or wraps one. With
// [RetryOnFailedConnect] a pass that failed is no error: the connection comes back
// reconnecting, after one [Timeout] at the latest, or closed when [MaxReconnects]
// allows no attempt after the first pass.
//
// Other errors are of the options and the URL: a [url.Error] that is an [ErrBadURL],
// [ErrInvalidArg], [ErrBadTimeout], those of the option functions.
func Connect(url string, options ...Option) (*Conn, error) {
	opts, err := optionsFor(url, options)
	if err != nil {
		return nil, opts.shown(err)
	}
	return opts.Connect()
}

// ConnectWithContext is [Connect], bounded by ctx as well: when ctx is done
// before a server has accepted, the attempts are given up, the connection is
// closed and ctx's error is returned, wrapped.
func ConnectWithContext(ctx context.Context, url string, options ...Option) (*Conn, error) {
	if ctx == nil {
		return nil, ErrInvalidContext
	}
	opts, err := optionsFor(url, options)
	if err != nil {
		return nil, err
	}
	return opts.connect(ctx)
}

// optionsFor applies the options to the defaults.
func optionsFor(url string, options []Option) (Options, error) {
	opts := GetDefaultOptions()
	opts.Servers = address.Split(url)
	for _, opt := range options {
		if opt == nil {
			continue
		}
		if err := opt(&opts); err != nil {
			return opts, err
		}
	}
	return opts, nil
}

// Connect makes a connection with these options. Zero values mean what each
// field says of them; [GetDefaultOptions] is the usual place to start from.
func (o Options) Connect() (*Conn, error) {
	nc, err := o.connect(context.Background())
	return nc, o.shown(err)
}

func (o Options) connect(ctx context.Context) (*Conn, error) {
	nc, err := newConn(o)
	if err != nil {
		return nil, err
	}
	first := nc.first
	nc.session.Start()

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
		if err == nil || nc.Opts.RetryOnFailedConnect {
			return nc, nil
		}
		return nil, err
	case <-enough:
		nc.state.leaveConnecting(nc)
		return nc, nil
	case <-ctx.Done():
		nc.abandon()
		return nil, fmt.Errorf("nats: no server accepted the connection in time (%s): %w", nc.session.Names(), ctx.Err())
	}
}

// newConn checks the options and builds a connection that has not started.
func newConn(o Options) (*Conn, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	nc := &Conn{Opts: o, first: make(chan error, 1)}
	servers, bad, err := o.servers()
	if err != nil {
		return nil, err
	}
	nc.session.Open((*host)(nc), sessionConfig(&nc.Opts, servers))
	nc.start = nc.session.Zero()
	if nc.session.TLSOnly() {
		requireTLS(&nc.Opts)
	}
	if o.ParallelHandlers {
		nc.events.Parallel()
	}
	nc.initOut()
	nc.subs.Init(receiving{nc}, o.syncQueueLen())
	nc.reqs.Init(requesting{nc})
	nc.statuses.Begin(CONNECTING)
	nc.events.listen(nc)
	for _, err := range bad {
		nc.events.asyncError(nc, nil, err)
	}
	return nc, nil
}

// abandon ends a connection that its caller never gets to see: no callback.
func (nc *Conn) abandon() {
	nc.events.Mute()
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
	if !nc.session.BeginClose() {
		nc.goClosed() // whoever was first may still be at it
		return
	}
	if !callbacks {
		nc.events.Mute()
	}
	nc.goClosed()
	flushed := nc.out.SettleForClose()
	nc.failWaiters()
	nc.session.Close(flushed)
}

// goClosed makes the connection closed for everybody outside: the status comes
// before what follows from it, and nothing is sent on a channel of the program's
// after either. When it returns that has happened, whoever did it.
func (nc *Conn) goClosed() {
	nc.closed.Do(func() {
		nc.subs.CutOff()
		nc.state.set(nc, CLOSED)
		nc.out.Refuse(send.Closed)
		nc.subs.CloseAll()
	})
}
