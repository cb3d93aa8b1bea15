package storm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
)

// realFleet is a fleet of real clients on real servers.
type realFleet struct {
	cfg     Config
	cluster *cluster.Cluster
	gates   []*gate // one before each server, or none
	conns   []*nats.Conn

	mu      sync.Mutex
	begin   time.Time // what is measured, is measured from here
	lost    []time.Duration
	back    []time.Duration
	failed  []time.Duration
	closed  []time.Duration
	changed chan struct{} // has one element when something was noted
}

func startReal(ctx context.Context, cfg Config) (*realFleet, error) {
	// Without a cluster: its servers would tell every client of each death, which
	// the model leaves out and the clients are told to ignore.
	cl, err := cluster.Start(ctx, cluster.Config{Servers: cfg.Servers, Standalone: true})
	if err != nil {
		return nil, fmt.Errorf("can't start real servers: %w", err)
	}
	r := &realFleet{cfg: cfg, cluster: cl, begin: time.Now(), changed: make(chan struct{}, 1)}
	if err := errors.Join(r.addGates(), r.connect(ctx)); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *realFleet) close() {
	for _, nc := range r.conns {
		nc.Close()
	}
	for _, g := range r.gates {
		g.close()
	}
	r.cluster.Close()
}

// addGates puts a gate before each server, if there is to be one.
func (r *realFleet) addGates() error {
	if r.cfg.Gate < 0 {
		return nil
	}
	for _, s := range r.cluster.Servers() {
		g, err := newGate(s.Addr(), r.cfg.Gate)
		if err != nil {
			return fmt.Errorf("can't put a gate before %s: %w", s.URL(), err)
		}
		r.gates = append(r.gates, g)
	}
	r.setGates(wide)
	return nil
}

func (r *realFleet) setGates(state int32) {
	for _, g := range r.gates {
		g.set(state)
	}
}

// url is where the clients find the servers.
func (r *realFleet) url() string {
	urls := r.cluster.URLs()
	for i, g := range r.gates {
		urls[i] = g.url()
	}
	return strings.Join(urls, ",")
}

// connectors is how many clients connect at once in the beginning.
const connectors = 32

func (r *realFleet) connect(ctx context.Context) error {
	r.conns = make([]*nats.Conn, r.cfg.Clients)
	url := r.url()
	var wg sync.WaitGroup
	errs := make([]error, connectors)
	for w := range connectors {
		wg.Go(func() {
			for i := w; i < r.cfg.Clients && ctx.Err() == nil; i += connectors {
				if r.conns[i], errs[w] = connectOne(ctx, url, r.options()); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	r.conns = slices.DeleteFunc(r.conns, func(nc *nats.Conn) bool { return nc == nil })
	if err := errors.Join(append(errs, context.Cause(ctx))...); err != nil {
		return fmt.Errorf("can't connect %d real clients: %w", r.cfg.Clients, err)
	}
	return nil
}

// connectOne connects a client. A machine that is busy with something else may
// need more than one try.
func connectOne(ctx context.Context, url string, opts []nats.Option) (nc *nats.Conn, err error) {
	for range 10 {
		if nc, err = nats.Connect(url, opts...); err == nil || ctx.Err() != nil {
			break
		}
	}
	return nc, err
}

func (r *realFleet) options() []nats.Option {
	p := r.cfg.Policy
	opts := []nats.Option{
		nats.DetailedErrors(),
		nats.Timeout(p.Timeout),
		nats.MaxReconnects(p.MaxReconnect),
		nats.ReconnectWait(p.Wait),
		nats.ReconnectJitter(p.Jitter, p.JitterTLS),
		nats.ReconnectSpread(p.Spread),
		nats.ConnectionAttemptDelay(p.AttemptDelay),
		nats.IgnoreDiscoveredServers(),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { r.note(&r.lost) }),
		nats.ReconnectHandler(func(*nats.Conn) { r.note(&r.back) }),
		nats.ReconnectErrHandler(func(*nats.Conn, error) { r.note(&r.failed) }),
		nats.ClosedHandler(func(*nats.Conn) { r.note(&r.closed) }),
	}
	if p.BackoffFirst > 0 {
		opts = append(opts, nats.ReconnectBackoff(p.BackoffFirst, p.BackoffMax))
	}
	return opts
}

func (r *realFleet) note(list *[]time.Duration) {
	now := time.Now()
	r.mu.Lock()
	*list = append(*list, now.Sub(r.begin))
	r.mu.Unlock()
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// reset begins a new measurement.
func (r *realFleet) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begin = time.Now()
	r.lost, r.back, r.failed, r.closed = nil, nil, nil, nil
}

// wait waits until what was noted is enough.
func (r *realFleet) wait(ctx context.Context, enough func() bool) error {
	for {
		r.mu.Lock()
		ok := enough()
		r.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-r.changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// storm kills servers, brings them back and waits for the clients. It returns how
// long the servers were away.
func (r *realFleet) storm(ctx context.Context, settle time.Duration) (down time.Duration, err error) {
	victims, gates := r.cluster.Servers(), r.gates
	if r.cfg.Scenario == RestartOne {
		victims, gates = victims[:1], gates[:min(1, len(gates))]
	}
	r.setGates(limited)
	// Connections that are young make the machine careful.
	if err := sleep(ctx, settle); err != nil {
		return 0, err
	}
	r.reset()
	for _, g := range gates {
		g.set(shut)
	}
	if err := each(victims, (*cluster.Server).Kill); err != nil {
		return 0, fmt.Errorf("can't kill the servers: %w", err)
	}
	if err := sleep(ctx, r.cfg.down()-time.Since(r.begin)); err != nil {
		return 0, err
	}
	if err := each(victims, func(s *cluster.Server) error { return s.Restart(ctx) }); err != nil {
		return 0, fmt.Errorf("can't bring the servers back: %w", err)
	}
	for _, g := range gates {
		g.set(limited)
	}
	down = time.Since(r.begin)
	err = r.wait(ctx, func() bool {
		return len(r.lost) > 0 && len(r.back)+len(r.closed) >= len(r.lost)
	})
	return down, err
}

// each does the same with all servers at once.
func each(servers []*cluster.Server, do func(*cluster.Server) error) error {
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() { errs[i] = do(s) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(max(d, 0)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// result puts what was noted into the form of a simulated one.
func (r *realFleet) result(name string) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range [][]time.Duration{r.lost, r.back, r.failed, r.closed} {
		slices.Sort(l)
	}
	out := &Result{Config: r.cfg, Step: seriesStep}
	out.Policy.Name = name
	out.Losses, out.Reconnects, out.GaveUp = len(r.lost), len(r.back), len(r.closed)
	out.Counts.Attempts = len(r.failed) + len(r.back)
	// Clients only tell of attempts that failed, not how.
	out.Peak, out.Refused, out.TimedOut, out.Cancelled = -1, -1, -1, -1
	out.Wall = -1
	out.Counts.Connected = r.cfg.Clients - len(r.lost) + len(r.back)
	out.Back50 = backAfter(r.back, len(r.lost), 0.50)
	out.Back99 = backAfter(r.back, len(r.lost), 0.99)
	out.Back100 = backAfter(r.back, len(r.lost), 1)
	if out.Losses > 0 {
		out.PerClient = float64(out.Counts.Attempts) / float64(out.Losses)
	}
	last := time.Duration(0)
	for _, l := range [][]time.Duration{r.lost, r.back, r.failed} {
		if len(l) > 0 {
			last = max(last, l[len(l)-1])
		}
	}
	out.Virtual = last
	perSecond := float64(time.Second) / float64(seriesStep)
	for at := seriesStep; at < last+2*seriesStep; at += seriesStep {
		until := func(l []time.Duration, t time.Duration) int {
			n, _ := slices.BinarySearch(l, t)
			return n
		}
		tries := until(r.failed, at) + until(r.back, at) - until(r.failed, at-seriesStep) - until(r.back, at-seriesStep)
		out.Rate = append(out.Rate, float64(tries)*perSecond)
		out.Up = append(out.Up, float64(r.cfg.Clients-until(r.lost, at)+until(r.back, at)))
	}
	return out
}
