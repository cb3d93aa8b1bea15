package storm

import (
	"context"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/sim"
)

// seriesStep is how finely the curves are drawn.
const seriesStep = 100 * time.Millisecond

// Progress is how far a simulation is.
type Progress struct {
	Virtual time.Duration // since the servers began to fail
	Counts  sim.Counts
	Clients int
	Expect  int // connections that will be lost as far as known
}

// Simulate runs one storm. When ctx ends first, the result says so and tells what
// is known until then.
func Simulate(ctx context.Context, cfg Config, show func(Progress)) (*Result, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	started := time.Now()
	w, err := fleet(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	w.Measure(seriesStep)
	begin := w.Now()
	operator := cfg.schedule(w)
	quiet := cfg.quiet()
	var interrupted, limited bool
	for {
		w.RunUntil(w.Now() + seriesStep)
		now := w.Now() - begin
		counts := w.Counts()
		if show != nil {
			show(Progress{Virtual: now, Counts: counts, Clients: cfg.Clients})
		}
		if now >= quiet && counts.Connected+counts.GaveUp >= cfg.Clients && (operator == nil || operator.done) {
			break
		}
		if limited, interrupted = now >= cfg.Limit, ctx.Err() != nil; limited || interrupted {
			break
		}
	}
	r := newResult(cfg, w.Counts(), w.Series())
	r.Interrupted, r.Limited = interrupted, limited
	if operator != nil {
		r.Rounds = operator.counts
	}
	r.Wall = time.Since(started)
	return r, nil
}

// fleet is a world in which every client has long been connected.
func fleet(ctx context.Context, cfg *Config) (*sim.World, error) {
	w := sim.NewFleet(sim.Config{
		Seed:           cfg.Seed,
		Latency:        cfg.Latency,
		LatencyJitter:  latencyJitter(cfg.Latency),
		Detect:         cfg.StaleAfter,
		TLS:            cfg.TLS,
		DialsPerSecond: cfg.DialsPerSecond,
		Gossip:         cfg.Scenario == Kick,
	}, cfg.Clients)
	urls := make([]string, cfg.Servers)
	for i := range urls {
		urls[i] = fmt.Sprintf("nats://server-%d:4222", i+1)
		w.StartServer(w.AddServer(sim.ServerConfig{URL: urls[i]}))
	}
	if cfg.Scenario == Kick {
		urls = urls[:1] // the cluster tells them of the others
	}
	p := cfg.Policy.machine(cfg.TLS)
	for i := range cfg.Clients {
		if i%4096 == 0 {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("interrupted before the storm began: %w", context.Cause(ctx))
			}
			// A few at a time: what waits then stays small, and quick to sort.
			w.RunUntil(w.Now() + 10*cfg.Latency)
		}
		w.Start(w.AddClient(p, cfg.Policy.Timeout, urls))
	}
	// Long enough for every connection to count as a stable one.
	w.RunUntil(w.Now() + time.Hour)
	for i := range cfg.Servers {
		w.SetServer(i, sim.ServerConfig{HandshakesPerSecond: cfg.HandshakesPerSecond, Backlog: cfg.AcceptQueue, Rounds: cfg.Rounds})
	}
	return w, nil
}

// latencyJitter is the random part on top of a latency.
func latencyJitter(latency time.Duration) time.Duration { return latency / 2 }

// quiet is how long a scenario takes until nothing new happens.
func (c *Config) quiet() time.Duration {
	switch c.Scenario {
	case Partition:
		return max(c.down(), c.StaleAfter) + time.Second
	case Rolling:
		return time.Duration(c.Servers) * (c.Grace + c.Duck + c.down() + c.Pause)
	case Kick:
		return c.Pause
	}
	return c.down()
}

// schedule puts the scenario on the world's timeline, and returns the operator if
// there is one.
func (c *Config) schedule(w *sim.World) (operator *kicks) {
	now, down := w.Now(), c.down()
	switch c.Scenario {
	case RestartOne:
		w.At(now, func() { w.KillServer(0) })
		w.At(now+down, func() { w.StartServer(0) })
	case RestartAll:
		w.At(now, func() {
			for i := range c.Servers {
				w.KillServer(i)
			}
		})
		w.At(now+down, func() {
			for i := range c.Servers {
				w.StartServer(i)
			}
		})
	case Partition:
		w.At(now, func() { linkAll(w, sim.BlackHole) })
		w.At(now+down, func() { linkAll(w, sim.Good) })
	case Rolling:
		at := time.Duration(0)
		for i := range c.Servers {
			w.At(now+at, func() { w.LameDuck(i, c.Grace, c.Duck) })
			w.At(now+at+c.Grace+c.Duck+down, func() { w.StartServer(i) })
			at += c.Grace + c.Duck + down + c.Pause
		}
	case Kick:
		operator = &kicks{cfg: c}
		w.At(now, func() { operator.round(w) })
	}
	return operator
}

// linkAll changes everybody's way to the first server.
func linkAll(w *sim.World, l sim.Link) {
	for c := range w.Clients() {
		w.SetLink(c, 0, l)
	}
}
