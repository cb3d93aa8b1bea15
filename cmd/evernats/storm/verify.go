package storm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/evernats/nats/internal/sim"
)

// agreement is how far apart simulated and real times may be.
const agreement = 0.20

// ErrDisagrees is returned when simulation and reality are further apart than
// promised; the table has been shown.
var ErrDisagrees = errors.New("simulated and real recovery times differ by more than 20 %")

// checkVerify says what can't be compared with real clients.
func checkVerify(c *Config) error {
	switch {
	case c.Scenario != RestartOne && c.Scenario != RestartAll:
		return fmt.Errorf("--verify kills real servers: --scenario must be %s or %s", RestartOne, RestartAll)
	case c.Scenario == RestartOne && c.Servers < 2:
		return fmt.Errorf("--verify with --scenario %s needs at least two --servers", RestartOne)
	case !(c.Gate < 0 || c.Gate >= minGate && c.Gate <= maxGate):
		return fmt.Errorf("--gate is %v; it must be from %d to %d clients a second, or negative for no gates", c.Gate, minGate, maxGate)
	case c.TLS:
		return errors.New("--verify doesn't use --tls")
	case c.Clients > maxReal:
		return fmt.Errorf("--verify with --clients %d: real clients need real memory and sockets; the most is %d", c.Clients, maxReal)
	}
	return nil
}

// minGate is about what anybody has the patience for, maxGate what a gate can tell
// apart.
const (
	minGate = 1
	maxGate = 10_000
)

// maxReal is about what one machine's sockets are good for.
const maxReal = 5000

// realRuns is how often the real storm is run, since what else the machine does
// shows; most of all without gates when one server dies, which is over in less
// than a second. The median run is compared.
func (c *Config) realRuns() int {
	if c.Gate < 0 && c.Scenario == RestartOne {
		return 7
	}
	return 3
}

// realGate is what gates let in a second unless told otherwise: little enough for
// the storm to last seconds, as big ones do, and to leave the machine idle, so that
// its own speed hardly counts.
var realGate = map[Scenario]float64{RestartOne: 20, RestartAll: 50}

// realTimeout is the clients' Timeout unless told otherwise: longer than the
// longest line, so that nobody leaves it. See docs/reconnect.md for what a shorter
// one does on a busy machine.
const realTimeout = 20 * time.Second

// minLatency keeps the simulation from taking tiny steps.
const minLatency = 50 * time.Microsecond

// realDown is how long servers are away unless told otherwise: the clients of one
// are back long before it is; all come back in the middle between two waves of
// attempts, where a little more or less makes no difference.
var realDown = map[Scenario]time.Duration{RestartOne: 20 * time.Second, RestartAll: 3500 * time.Millisecond}

// verify runs the same storm with real clients and in the simulator. say tells
// what it is doing.
func verify(ctx context.Context, cfg Config, say func(string)) ([]*Result, error) {
	limited, cancel := context.WithTimeoutCause(ctx, cfg.Limit, fmt.Errorf("it took longer than --limit %v", cfg.Limit))
	defer cancel()
	var runs []realRun
	for i := range cfg.realRuns() {
		run, err := runReal(limited, cfg, func(what string) {
			say(fmt.Sprintf("%d/%d %s", i+1, cfg.realRuns(), what))
		})
		if err != nil {
			if ctx.Err() == nil || len(runs) == 0 && run.result == nil {
				return nil, err
			}
			if run.result != nil {
				runs = append(runs, run)
			}
			break
		}
		runs = append(runs, run)
	}
	measured := median(runs, func(r realRun) time.Duration { return r.result.Back99 })
	if ctx.Err() != nil {
		measured.result.Interrupted = true
		return []*Result{measured.result}, nil
	}
	say("simulating the same")
	can := capacity{
		handshakes: median(runs, func(r realRun) float64 { return r.can.handshakes }).can.handshakes,
		rounds:     median(runs, func(r realRun) int { return r.can.rounds }).can.rounds,
		dials:      median(runs, func(r realRun) float64 { return r.can.dials }).can.dials,
		alone:      median(runs, func(r realRun) time.Duration { return r.can.alone }).can.alone,
	}
	simulated, err := Simulate(ctx, modelled(cfg, can, measured.down), nil)
	if err != nil {
		return nil, err
	}
	simulated.Policy.Name = "simulated"
	measured.result.HandshakesPerSecond = simulated.HandshakesPerSecond
	return []*Result{simulated, measured.result}, nil
}

// realRun is one storm of real clients.
type realRun struct {
	can    capacity
	down   time.Duration // how long the servers were away
	result *Result       // nil when it was interrupted before the storm
}

func runReal(ctx context.Context, cfg Config, say func(string)) (run realRun, err error) {
	say(fmt.Sprintf("starting %d real servers and connecting %s real clients", cfg.Servers, thousands(cfg.Clients)))
	r, err := startReal(ctx, cfg)
	if err != nil {
		return run, err
	}
	defer r.close()
	say("measuring what this machine can do")
	// As many at once as the storm will bring back.
	n := cfg.Clients
	if cfg.Scenario == RestartOne {
		n = max(n/cfg.Servers, 1)
	}
	if run.can, err = r.measure(ctx, n); err != nil {
		return run, err
	}
	say(run.can.String() + "; now the storm")
	run.down, err = r.storm(ctx, max(cfg.Policy.Wait, time.Second)+time.Second)
	run.result = r.result("real")
	if err != nil {
		return run, fmt.Errorf("the real storm didn't end: %w", err)
	}
	return run, nil
}

// median is the run in the middle.
func median[T cmp.Ordered](runs []realRun, by func(realRun) T) realRun {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b realRun) int { return cmp.Compare(by(a), by(b)) })
	return sorted[len(sorted)/2]
}

// modelled is the configuration of a simulation that should show what the real
// storm did. Gates have a rate of their own; without them all servers share one
// machine, so those that are up share what it can take.
func modelled(cfg Config, can capacity, down time.Duration) Config {
	serving := cfg.Servers
	if cfg.Scenario == RestartOne {
		serving--
	}
	cfg.HandshakesPerSecond = can.handshakes / float64(serving)
	cfg.Rounds = can.rounds
	if cfg.Gate > 0 {
		cfg.HandshakesPerSecond, cfg.Rounds = cfg.Gate, 1
	}
	cfg.DialsPerSecond = can.dials
	cfg.Down = down
	// A handshake's time is that of its packets, on the loopback interface and in
	// the processes at both ends. A client that was let in at the last moment is
	// late if that takes too long.
	cfg.Latency = max(can.alone/time.Duration(sim.HandshakeWays(false)), minLatency)
	cfg.Latency -= latencyJitter(cfg.Latency) / 2
	return cfg
}

// writeAgreement says whether simulation and reality agree.
func writeAgreement(w io.Writer, results []*Result) error {
	if len(results) < 2 {
		return nil
	}
	simulated, measured := results[0], results[1]
	agrees := true
	fmt.Fprintln(w)
	for _, t := range []struct {
		name      string
		sim, real time.Duration
	}{
		{"50 % back", simulated.Back50, measured.Back50},
		{"99 % back", simulated.Back99, measured.Back99},
	} {
		off := difference(t.sim, t.real)
		fmt.Fprintf(w, "%s: simulated %s, real %s, %+.1f %%\n", t.name, moment(t.sim), moment(t.real), 100*off)
		agrees = agrees && math.Abs(off) <= agreement
	}
	if !agrees {
		return ErrDisagrees
	}
	return nil
}

// difference is how much more the simulated time is than the real one.
func difference(simulated, measured time.Duration) float64 {
	if simulated < 0 || measured <= 0 {
		return math.Inf(1)
	}
	return float64(simulated-measured) / float64(measured)
}
