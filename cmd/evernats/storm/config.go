package storm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/sim"
)

// Scenario is what happens to the servers.
type Scenario string

const (
	RestartOne Scenario = "restart-one" // one server dies and comes back
	RestartAll Scenario = "restart-all" // all die at once and come back
	Partition  Scenario = "partition"   // one server can't be reached, and says nothing
	Rolling    Scenario = "rolling"     // one after the other: lame duck, restart
	Kick       Scenario = "kick"        // an operator kicks what one server has beyond its share
)

// Scenarios are all of them.
var Scenarios = []Scenario{RestartOne, RestartAll, Partition, Rolling, Kick}

// Words are the values for the command line's completion.
func (*Scenario) Words() []string {
	words := make([]string, len(Scenarios))
	for i, s := range Scenarios {
		words[i] = string(s)
	}
	return words
}

// Config is one simulated storm.
type Config struct {
	Clients             int
	Servers             int
	HandshakesPerSecond float64 // of one server
	AcceptQueue         int     // clients that wait for a server's handshake; the rest gets no answer
	Rounds              int     // how often a handshake waits for its turn
	Scenario            Scenario
	Down                time.Duration // how long a server is away; 0: as suits the scenario
	Grace               time.Duration // rolling: how long a lame duck leaves its clients alone first
	Duck                time.Duration // rolling: how long a lame duck takes to send its clients away
	Pause               time.Duration // rolling: between one server's return and the next's leave; kick: between rounds
	Latency             time.Duration // one way
	StaleAfter          time.Duration // how long a client needs to notice a silent server
	DialsPerSecond      float64       // of all clients, when they share a machine; 0: no limit
	Gate                float64       // verify: clients a second that the gate of each real server lets in; negative: no gates
	TLS                 bool
	Seed                uint64
	Limit               time.Duration // of virtual time
	Policy              Policy
}

// Policy is how the clients reconnect.
type Policy struct {
	Name         string        `json:"name"`
	Wait         time.Duration `json:"wait"`
	Jitter       time.Duration `json:"jitter"`
	JitterTLS    time.Duration `json:"jitterTLS"`
	BackoffFirst time.Duration `json:"backoffFirst"`
	BackoffMax   time.Duration `json:"backoffMax"`
	Spread       time.Duration `json:"spread"`
	AttemptDelay time.Duration `json:"attemptDelay"`
	Timeout      time.Duration `json:"timeout"`
	MaxReconnect int           `json:"maxReconnect"`
	Migrate      bool          `json:"migrate"`
}

// jitterMax is the default of ReconnectJitterMax.
const jitterMax = 5 * time.Minute

func (p Policy) machine(tls bool) *reconnect.Policy {
	return &reconnect.Policy{
		AllowReconnect:     true,
		MaxReconnect:       p.MaxReconnect,
		ReconnectWait:      p.Wait,
		ReconnectJitter:    p.Jitter,
		ReconnectJitterTLS: p.JitterTLS,
		ReconnectJitterMax: jitterMax,
		Secure:             tls,
		AttemptDelay:       p.AttemptDelay,
		BackoffFirst:       p.BackoffFirst,
		BackoffMax:         p.BackoffMax,
		Spread:             p.Spread,
		Migrate:            p.Migrate,
	}
}

// down is how long a server is away.
func (c *Config) down() time.Duration {
	switch {
	case c.Down > 0:
		return c.Down
	case c.Scenario == Partition:
		return 30 * time.Second // long enough to be noticed
	}
	return 5 * time.Second
}

// The bounds of what makes sense, and of what a machine can hold.
const (
	maxClients = 10_000_000
	maxServers = 1000
	maxKnown   = 100_000_000 // servers that all clients together remember
	maxTime    = 24 * time.Hour
	minRate    = 0.001 // handshakes a second
	maxRate    = 1e8
)

// Check says what can't be simulated, all of it at once.
func (c *Config) Check() error {
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(c.Clients < 1 || c.Clients > maxClients, "--clients is %d; it must be from 1 to %d", c.Clients, maxClients)
	wrong(c.Servers < 1 || c.Servers > maxServers, "--servers is %d; it must be from 1 to %d", c.Servers, maxServers)
	wrong(c.Clients <= maxClients && c.Servers <= maxServers && c.Clients*c.Servers > maxKnown,
		"--clients %d with --servers %d is more than memory is good for; the product must be %d at most", c.Clients, c.Servers, maxKnown)
	wrong(!(c.HandshakesPerSecond >= minRate), "--handshakes-per-second is %v; a server must be able to take in at least some client, %v a second", c.HandshakesPerSecond, minRate)
	wrong(c.HandshakesPerSecond > maxRate, "--handshakes-per-second is %v; more than %v isn't simulated", c.HandshakesPerSecond, maxRate)
	wrong(c.AcceptQueue < 1, "--accept-queue is %d; it must be at least 1", c.AcceptQueue)
	wrong(c.Rounds < 1 || c.Rounds > 100, "--rounds is %d; it must be from 1 to 100", c.Rounds)
	wrong(!slices.Contains(Scenarios, c.Scenario), "--scenario is %q; it must be one of %s", c.Scenario, scenarioList())
	wrong(c.Scenario == Kick && c.Pause == 0, "--pause is 0; kicked clients need some time between two rounds")
	before := len(errs)
	p := &c.Policy
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"--down", c.Down}, {"--grace", c.Grace}, {"--duck", c.Duck}, {"--pause", c.Pause},
		{"--wait", p.Wait}, {"--jitter", p.Jitter}, {"--jitter-tls", p.JitterTLS}, {"--spread", p.Spread},
	} {
		wrong(d.value < 0, "%s is %v; it can't be negative", d.name, d.value)
		wrong(d.value > maxTime, "%s is %v; it can't be more than %v", d.name, d.value, maxTime)
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"--timeout", p.Timeout}, {"--latency", c.Latency}, {"--limit", c.Limit}, {"--stale-after", c.StaleAfter},
	} {
		wrong(d.value <= 0, "%s is %v; it must be more than nothing", d.name, d.value)
		wrong(d.value > maxTime, "%s is %v; it can't be more than %v", d.name, d.value, maxTime)
	}
	wrong(p.AttemptDelay > maxTime, "--attempt-delay is %v; it can't be more than %v", p.AttemptDelay, maxTime)
	if len(errs) == before {
		errs = append(errs, c.checkTogether()...)
	}
	switch {
	case p.BackoffFirst < 0 || p.BackoffMax < 0:
		wrong(true, "--backoff is %v,%v; it can't be negative", p.BackoffFirst, p.BackoffMax)
	case p.BackoffMax > maxTime:
		wrong(true, "--backoff is %v,%v; it can't be more than %v", p.BackoffFirst, p.BackoffMax, maxTime)
	case p.BackoffFirst > 0 && p.BackoffMax < p.BackoffFirst:
		wrong(true, "--backoff is %v,%v; the second must not be less than the first", p.BackoffFirst, p.BackoffMax)
	}
	wrong(p.BackoffFirst == 0 && p.Wait == 0, "--wait is 0 without --backoff; clients would never pause while no server answers")
	return errors.Join(errs...)
}

// checkTogether says which times, each possible by itself, don't go together.
func (c *Config) checkTogether() (errs []error) {
	ways := sim.HandshakeWays(c.TLS)
	if longest := time.Duration(ways) * (c.Latency + latencyJitter(c.Latency)); longest >= c.Policy.Timeout {
		errs = append(errs, fmt.Errorf("--latency is %v and --timeout %v: a handshake crosses the link %d times, so no client would ever connect",
			c.Latency, c.Policy.Timeout, ways))
	}
	if quiet := c.quiet(); quiet >= c.Limit {
		errs = append(errs, fmt.Errorf("--limit is %v, and the scenario alone takes %v", c.Limit, quiet))
	}
	return errs
}

func scenarioList() string {
	names := make([]string, len(Scenarios))
	for i, s := range Scenarios {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}
