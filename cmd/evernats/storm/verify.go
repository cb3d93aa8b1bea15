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
	case c.TLS:
		return errors.New("--verify doesn't use --tls")
	case c.Clients > maxReal:
		return fmt.Errorf("--verify with --clients %d: real clients need real memory and sockets; the most is %d", c.Clients, maxReal)
	}
	return nil
}

// maxReal is about what one machine's sockets are good for.
const maxReal = 5000

// realRuns is how often the real storm is run: it takes so little time that what
// else the machine does shows. The median run is compared.
var realRuns = map[Scenario]int{RestartOne: 7, RestartAll: 3}

// realDown is how long servers are away unless told otherwise: the clients of one
// are back long before it is; all come back in the middle between two waves of
// attempts, where a little more or less makes no difference.
var realDown = map[Scenario]time.Duration{RestartOne: time.Second, RestartAll: 3500 * time.Millisecond}

// verify runs the same storm with real clients and in the simulator. say tells
// what it is doing.
func verify(ctx context.Context, cfg Config, say func(string)) ([]*Result, error) {
	limited, cancel := context.WithTimeoutCause(ctx, cfg.Limit, fmt.Errorf("it took longer than --limit %v", cfg.Limit))
	defer cancel()
	var runs []realRun
	for i := range realRuns[cfg.Scenario] {
		run, err := runReal(limited, cfg, func(what string) {
			say(fmt.Sprintf("%d/%d %s", i+1, realRuns[cfg.Scenario], what))
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
	say("measuring how many clients the servers take in a second")
	// As many at once as the storm will bring back.
	n := cfg.Clients
	if cfg.Scenario == RestartOne {
		n = max(n/cfg.Servers, 1)
	}
	if run.can, err = r.measure(ctx, n); err != nil {
		return run, err
	}
	say(fmt.Sprintf("they take %s clients a second, in %d rounds; %s dials a second are refused; now the storm",
		number(run.can.handshakes), run.can.rounds, number(run.can.dials)))
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
// storm did. All servers share one machine, so those that are up share what it
// can take.
func modelled(cfg Config, can capacity, down time.Duration) Config {
	serving := cfg.Servers
	if cfg.Scenario == RestartOne {
		serving--
	}
	cfg.HandshakesPerSecond = can.handshakes / float64(serving)
	cfg.Rounds = can.rounds
	cfg.DialsPerSecond = can.dials
	cfg.Down = down
	cfg.Latency = 50 * time.Microsecond // the loopback interface
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
