package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// Command is "evernats storm" on the command line.
type Command struct {
	Clients             int           `help:"How many clients; 0 for 100,000, or 2,000 with --verify." default:"0"`
	Servers             int           `help:"How many servers." default:"3"`
	HandshakesPerSecond float64       `help:"How many clients one server can take in a second." default:"5000"`
	AcceptQueue         int           `help:"How many clients may wait for one server's handshake; the rest gets no answer and tries again, as with TCP." default:"4096"`
	Rounds              int           `help:"How often a handshake waits for its turn at the server: once for INFO and once for CONNECT." default:"2"`
	Scenario            Scenario      `help:"What happens: restart-one, restart-all, partition, rolling or kick." default:"restart-all"`
	Down                time.Duration `help:"How long a server is away; 0 for 5s, or 30s in a partition." default:"0s"`
	Grace               time.Duration `help:"Rolling: how long a lame duck leaves its clients alone before that." default:"10s"`
	Duck                time.Duration `help:"Rolling: how long a lame duck takes to send its clients away." default:"10s"`
	Pause               time.Duration `help:"Rolling: between one server's return and the next one's leave; kick: between two rounds." default:"5s"`

	Wait         time.Duration `help:"ReconnectWait." default:"2s"`
	Jitter       time.Duration `help:"ReconnectJitter." default:"100ms"`
	JitterTLS    time.Duration `name:"jitter-tls" help:"ReconnectJitterTLS." default:"1s"`
	Backoff      Backoff       `help:"ReconnectBackoff, as FIRST,MAX; replaces wait and jitter." placeholder:"100ms,10s"`
	Spread       time.Duration `help:"ReconnectSpread." default:"0s"`
	AttemptDelay time.Duration `help:"ConnectionAttemptDelay; negative for one attempt at a time." default:"250ms"`
	Timeout      time.Duration `help:"Timeout of one attempt; 0 for 2s, or 20s with --verify." default:"0s"`
	MaxReconnect int           `help:"MaxReconnect: failed attempts for each server before a client drops it; negative: no limit." default:"60"`
	Migrate      bool          `help:"Rolling: LameDuckMigration, clients move before they are sent away."`
	TLS          bool          `name:"tls" help:"The clients use TLS."`

	Latency    time.Duration `help:"What a packet takes one way." default:"1ms"`
	StaleAfter time.Duration `help:"What a client needs to notice that its server is silent." default:"10s"`
	Limit      time.Duration `help:"Virtual time after which it ends, come what may." default:"1h"`
	Seed       uint64        `help:"Decides everything that is random." default:"1"`

	Compare       bool    `help:"Compare four policies: what the flags say, without jitter, with back-off, with back-off and spread; and in a rolling restart a fifth, which migrates." xor:"mode"`
	CompareRacing bool    `help:"Compare the policy with and without racing attempts." xor:"mode"`
	Verify        bool    `help:"Compare the simulation with real clients of this library on real nats-servers." xor:"mode"`
	Gate          float64 `help:"Verify: how many clients a second a gate lets in to each real server; 0 for 20 when one server dies and 50 when all do, negative for no gates: what the servers can take is measured then." default:"0"`

	JSON bool   `name:"json" help:"Print the result as JSON instead of a table."`
	CSV  string `name:"csv" help:"Write the curves to this file." placeholder:"FILE"`
	SVG  string `name:"svg" help:"Write a picture to this file." placeholder:"FILE"`
	PNG  string `name:"png" help:"Write a picture to this file." placeholder:"FILE"`
	HTML string `name:"html" help:"Write a report that needs nothing but a browser to this file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (c *Command) Help() string {
	return `Simulates, on virtual time, what a fleet of clients does when its servers fail.
Each client runs the reconnect machine of this library, the one that decides in
production; servers and links are modelled. The same seed gives the same storm.

In the scenario "kick" all clients were given the URL of one server, and an operator
sends away what each server has beyond its share, until the cluster is balanced.

The table tells when the lost connections were back, how many attempts that took,
and how many clients gave up. Ctrl-C ends it early with what is known so far.

Examples:

    evernats storm                                         100,000 clients, all servers restart
    evernats storm --scenario restart-one --html out.html  one of three, as a page with pictures
    evernats storm --compare --clients 30000               four policies side by side
    evernats storm --scenario rolling --compare            who waits to be sent away, and who moves before
    evernats storm --backoff 100ms,10s --spread 250ms      what Resilient() does
    evernats storm --verify --scenario restart-one         against real clients and servers

The exit code is 0, also after Ctrl-C; 1 when it couldn't be done or a file couldn't
be written; 2 when the command line is wrong.`
}

// defaultTimeout is the default of the Timeout option.
const defaultTimeout = 2 * time.Second

// Backoff is two durations, FIRST,MAX.
type Backoff struct{ First, Max time.Duration }

// UnmarshalText reads FIRST,MAX.
func (b *Backoff) UnmarshalText(text []byte) error {
	first, limit, ok := strings.Cut(string(text), ",")
	if !ok {
		return fmt.Errorf("%q should be two durations, such as 100ms,10s", text)
	}
	var err error
	if b.First, err = time.ParseDuration(strings.TrimSpace(first)); err != nil {
		return err
	}
	if b.Max, err = time.ParseDuration(strings.TrimSpace(limit)); err != nil {
		return err
	}
	if b.First <= 0 {
		return fmt.Errorf("the first delay is %v; it must be more than nothing", b.First)
	}
	return nil
}

func (c *Command) config() Config {
	clients := c.Clients
	switch {
	case clients != 0:
	case c.Verify:
		clients = 2000
	default:
		clients = 100_000
	}
	down := c.Down
	if c.Verify && down == 0 {
		down = realDown[c.Scenario]
	}
	gate := c.Gate
	if c.Verify && gate == 0 {
		gate = realGate[c.Scenario]
	}
	timeout := c.Timeout
	switch {
	case timeout != 0:
	case c.Verify:
		timeout = realTimeout
	default:
		timeout = defaultTimeout
	}
	return Config{
		Clients:             clients,
		Servers:             c.Servers,
		HandshakesPerSecond: c.HandshakesPerSecond,
		AcceptQueue:         c.AcceptQueue,
		Rounds:              c.Rounds,
		Scenario:            c.Scenario,
		Down:                down,
		Grace:               c.Grace,
		Duck:                c.Duck,
		Pause:               c.Pause,
		Latency:             c.Latency,
		StaleAfter:          c.StaleAfter,
		Gate:                gate,
		TLS:                 c.TLS,
		Seed:                c.Seed,
		Limit:               c.Limit,
		Policy: Policy{
			Name:         "as asked",
			Wait:         c.Wait,
			Jitter:       c.Jitter,
			JitterTLS:    c.JitterTLS,
			BackoffFirst: c.Backoff.First,
			BackoffMax:   c.Backoff.Max,
			Spread:       c.Spread,
			AttemptDelay: c.AttemptDelay,
			Timeout:      timeout,
			MaxReconnect: c.MaxReconnect,
			Migrate:      c.Migrate,
		},
	}
}

// Validate is called by the command line parser.
func (c *Command) Validate() error {
	cfg := c.config()
	if err := cfg.Check(); err != nil {
		return err
	}
	if c.Verify {
		return checkVerify(&cfg)
	}
	return nil
}

// Run runs the command.
func (c *Command) Run() error {
	// A second signal finds its default again and ends the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	files, err := c.openFiles()
	if err != nil {
		return err
	}
	defer files.discard()
	results, err := c.results(ctx)
	if err != nil {
		return err
	}
	// A file that can't be written after all doesn't cost the rest.
	err = files.write(results)
	out := io.Writer(os.Stdout)
	if c.JSON {
		err = errors.Join(err, writeJSON(out, results))
		out = os.Stderr
	} else {
		writeTable(out, results)
	}
	if c.Verify {
		err = errors.Join(err, writeAgreement(out, results))
	}
	return err
}

func (c *Command) results(ctx context.Context) ([]*Result, error) {
	if c.Verify {
		return verify(ctx, c.config(), func(what string) { fmt.Fprintln(os.Stderr, what+" …") })
	}
	return c.simulateAll(ctx)
}

func (c *Command) simulateAll(ctx context.Context) ([]*Result, error) {
	cfg := c.config()
	policies := []Policy{cfg.Policy}
	switch {
	case c.Compare:
		policies = compared(cfg.Policy, cfg.Scenario)
	case c.CompareRacing:
		policies = comparedRacing(cfg.Policy)
	}
	bar := newBar(os.Stderr)
	defer bar.end()
	var results []*Result
	for i, p := range policies {
		cfg.Policy = p
		bar.begin(i+1, len(policies), p.Name)
		r, err := Simulate(ctx, cfg, bar.show)
		if err != nil {
			if len(results) > 0 && ctx.Err() != nil {
				break // tell of those that are known
			}
			return nil, err
		}
		results = append(results, r)
		if r.Interrupted {
			break
		}
		// A million clients leave a gigabyte behind; the next million needs it.
		debug.FreeOSMemory()
	}
	if len(results) == 0 {
		return nil, errors.New("nothing was simulated")
	}
	return results, nil
}
