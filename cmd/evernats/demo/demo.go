// Package demo is the command "evernats demo": a program that publishes,
// receives and requests at a steady rate while the nats-servers under it are
// killed, restarted, added and stopped, with an account of what became of every
// message.
//
// Publisher, subscriber, requester and the service that answers share one
// connection. A server remembers nothing for a subscriber that is away, so with
// two connections a message could be lost though both did all they could; with
// one, whatever is missing is the client's doing.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
)

// Config is what a run can be told.
type Config struct {
	Servers     int
	Rate        int // messages a second
	Duration    time.Duration
	Seed        uint64
	AtLeastOnce bool
	JetStream   bool // a stream, a consumer and a watch as well
}

// What a run accepts. The shortest duration leaves each step of the timeline a
// few tenths of a second; the most servers are what a laptop starts in a moment.
const (
	MinDuration = 3 * time.Second
	MaxDuration = 24 * time.Hour
	MaxServers  = 50
	MaxRate     = 200_000
)

// Check says what is wrong with the configuration.
func (c Config) Check() error {
	switch {
	case c.Servers < 1 || c.Servers > MaxServers:
		return fmt.Errorf("--servers %d: from 1 to %d are possible", c.Servers, MaxServers)
	case c.JetStream && c.Servers < replicas:
		return fmt.Errorf("--servers %d: --jetstream needs at least %d, one for each replica", c.Servers, replicas)
	case c.Rate < 1 || c.Rate > MaxRate:
		return fmt.Errorf("--rate %d: from 1 to %d messages a second are possible", c.Rate, MaxRate)
	case c.Duration < MinDuration:
		return fmt.Errorf("--duration %v: the timeline needs at least %v", c.Duration, MinDuration)
	case c.Duration > MaxDuration:
		return fmt.Errorf("--duration %v: at most %v is possible", c.Duration, MaxDuration)
	}
	return nil
}

// run is one demonstration under way.
type run struct {
	cfg     Config
	rng     *rand.Rand
	cluster *cluster.Cluster
	nc      *nats.Conn
	events  *events
	load    *workload
	streams *streams // nil without --jetstream
	outages outages
	rolling *RollingReport // nil when there was no rolling restart

	rollingFrom, rollingTo uint64   // numbers of the messages published in it
	broken                 []string // what went wrong on the timeline, for the report
}

// Run runs the demonstration, shows it on the screen and reports. When ctx ends
// early the report is about what happened until then. An error means that the
// demonstration couldn't be held at all.
func Run(ctx context.Context, cfg Config, screen *Screen) (*Report, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	r := &run{cfg: cfg, rng: rand.New(rand.NewPCG(cfg.Seed, 0)),
		events: newEvents(screen), load: newWorkload(cfg)}
	defer screen.End()
	began := time.Now()
	servers := cluster.Config{Servers: cfg.Servers, LameDuckGrace: grace, LameDuckDuration: duckDuration}
	if cfg.JetStream {
		dir, err := os.MkdirTemp("", "evernats-demo-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }() // when the servers are gone
		servers.JetStream = dir
	}
	c, err := cluster.Start(ctx, servers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r.cluster = c
	r.events.add(kindStep, "", fmt.Sprintf("%s up, seed %d", count(cfg.Servers, "real nats-server"), cfg.Seed), time.Since(began))
	if err := r.connect(); err != nil {
		return nil, err
	}
	defer r.nc.Close()
	if cfg.JetStream {
		began := time.Now()
		r.streams = newStreams(cfg)
		if err := r.streams.start(ctx, r.nc); err != nil {
			return nil, err
		}
		r.events.add(kindStep, "", fmt.Sprintf("a stream, a consumer and a bucket of %d replicas made", replicas), time.Since(began))
	}
	if err := r.load.start(ctx, r.nc); err != nil {
		return nil, err
	}
	stopProgress := r.showProgress(screen)
	err = r.timeline(ctx)
	interrupted := ctx.Err() != nil
	switch {
	case interrupted:
		r.events.add(kindStep, "", "interrupted, coming to an end", 0)
	case err != nil:
		r.broken = append(r.broken, err.Error())
		r.events.add(kindError, "", err.Error(), 0)
	}
	settled := r.load.finish(interrupted)
	var streams *StreamReport
	if r.streams != nil {
		streams = r.streams.report(r.streams.finish(interrupted || err != nil))
	}
	stopProgress()
	if r.events.expectEnd() {
		r.broken = append(r.broken, "the connection was closed though nobody closed it")
	}
	return r.report(interrupted, settled, streams), nil
}

// connect gives the client one URL. The wait between passes is shorter than its
// default so that a run of half a minute has time for an outage.
func (r *run) connect() error {
	s := r.cluster.Server(r.rng.IntN(r.cfg.Servers))
	began := time.Now()
	nc, err := nats.Connect(s.URL(), append(r.options(), r.handlers()...)...)
	if err != nil {
		return fmt.Errorf("can't connect to %s: %w", label(s), err)
	}
	r.nc = nc
	r.events.add(kindConnected, label(s), "given this one URL, "+s.URL(), time.Since(began))
	for _, url := range nc.DiscoveredServers() {
		r.events.discovered(r.serverAt(url))
	}
	return nil
}

const reconnectWait = 250 * time.Millisecond

func (r *run) options() []nats.Option {
	opts := []nats.Option{
		nats.Name("evernats demo"),
		nats.DetailedErrors(), // people read them
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.LameDuckMigration(true),
		// This publisher would rather skip a message than wait for room.
		nats.OutboundFull(nats.FailPublish),
	}
	if r.cfg.AtLeastOnce {
		return append(opts, nats.AtLeastOnce(), nats.RetryRequestsOnDisconnect())
	}
	return append(opts, nats.FailRequestsOnDisconnect())
}

// handlers turn what the client tells into events.
func (r *run) handlers() []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			r.events.add(kindDisconnected, "", cause(err), 0)
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			r.events.add(kindReconnected, r.serverAt(nc.ConnectedUrl()), "", 0)
		}),
		nats.LameDuckModeHandler(leave),
		nats.EventHandler(r.moved),
		nats.ReconnectErrHandler(func(*nats.Conn, error) { r.events.failedAttempt() }),
		nats.DiscoveredServersHandler(func(nc *nats.Conn) {
			for _, url := range nc.DiscoveredServers() {
				r.events.discovered(r.serverAt(url))
			}
		}),
		nats.ClosedHandler(func(*nats.Conn) { r.events.add(kindClosed, "", "for good", 0) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			r.events.add(kindError, "", err.Error(), 0)
		}),
		nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) {
			r.load.inDoubt.Add(d.Msgs)
			r.events.add(kindInDoubt, r.serverAt(d.Server), count(int(d.Msgs), "message")+" written but not confirmed", 0)
		}),
		nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) {
			r.load.dropped.Add(1)
			r.events.add(kindError, "", "gave up a message to "+m.Subject+": "+m.Err.Error(), 0)
		}),
	}
}

// cause is the innermost reason: the server's address, which the client's error
// has too, changes from run to run and is shown as the server's name.
func cause(err error) string {
	if err == nil || errors.Is(err, io.EOF) {
		return "the server hung up"
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

// serverAt names the server with a client URL.
func (r *run) serverAt(url string) string {
	if s := r.cluster.ByAddr(url); s != nil {
		return label(s)
	}
	return url
}

func label(s *cluster.Server) string { return fmt.Sprintf("server %d", s.Index()+1) }

// progressPeriod is how often the figures are shown: a line that is drawn over
// on a terminal, a line of its own elsewhere.
const (
	progressPeriod      = 100 * time.Millisecond
	plainProgressPeriod = 2 * time.Second
)

// showProgress shows the figures until the returned function is called.
func (r *run) showProgress(screen *Screen) (stop func()) {
	period := plainProgressPeriod
	if screen.Terminal {
		period = progressPeriod
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				screen.Progress(r.progress())
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (r *run) progress() string {
	f := r.load.figures()
	// A message may arrive before its Publish has returned and is counted.
	f.published = max(f.published, f.delivered)
	where := "no server"
	if r.nc.IsConnected() {
		where = r.serverAt(r.nc.ConnectedUrl())
	}
	also := ""
	if r.streams != nil {
		consumed, _, _ := r.streams.consumed.counts()
		updates, _, _ := r.streams.updates.counts()
		also = fmt.Sprintf("  consumed %s  watched %s", thousands(consumed), thousands(updates))
	}
	return fmt.Sprintf("%s  published %s  delivered %s  requests %s%s  on %s", r.events.now(),
		thousands(f.published), thousands(f.delivered), thousands(f.answered), also, where)
}
