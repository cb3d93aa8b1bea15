package storm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// Scenario is what happens to the servers.
type Scenario string

const (
	RestartOne Scenario = "restart-one" // one server dies and comes back
	RestartAll Scenario = "restart-all" // all die at once and come back
	Partition  Scenario = "partition"   // one server can't be reached, and says nothing
	Rolling    Scenario = "rolling"     // one after the other: lame duck, restart
)

// Scenarios are all of them.
var Scenarios = []Scenario{RestartOne, RestartAll, Partition, Rolling}

// Config is one simulated storm.
type Config struct {
	Clients             int
	Servers             int
	HandshakesPerSecond float64 // of one server
	AcceptQueue         int     // clients that wait for a server's handshake; the rest gets no answer
	Rounds              int     // how often a handshake waits for its turn
	Scenario            Scenario
	Down                time.Duration // how long a server is away; 0: as suits the scenario
	Duck                time.Duration // rolling: how long a lame duck takes to send its clients away
	Pause               time.Duration // rolling: between one server's return and the next's leave
	Latency             time.Duration // one way
	StaleAfter          time.Duration // how long a client needs to notice a silent server
	DialsPerSecond      float64       // of all clients, when they share a machine; 0: no limit
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
	wrong(!(c.HandshakesPerSecond > 0), "--handshakes-per-second is %v; a server must be able to take in at least some client", c.HandshakesPerSecond)
	wrong(c.HandshakesPerSecond > 1e8, "--handshakes-per-second is %v; more than a hundred million isn't simulated", c.HandshakesPerSecond)
	wrong(c.AcceptQueue < 1, "--accept-queue is %d; it must be at least 1", c.AcceptQueue)
	wrong(c.Rounds < 1 || c.Rounds > 100, "--rounds is %d; it must be from 1 to 100", c.Rounds)
	wrong(!slices.Contains(Scenarios, c.Scenario), "--scenario is %q; it must be one of %s", c.Scenario, scenarioList())
	p := &c.Policy
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"--down", c.Down}, {"--duck", c.Duck}, {"--pause", c.Pause},
		{"--wait", p.Wait}, {"--jitter", p.Jitter}, {"--jitter-tls", p.JitterTLS}, {"--spread", p.Spread},
	} {
		wrong(d.value < 0, "%s is %v; it can't be negative", d.name, d.value)
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"--timeout", p.Timeout}, {"--latency", c.Latency}, {"--limit", c.Limit}, {"--stale-after", c.StaleAfter},
	} {
		wrong(d.value <= 0, "%s is %v; it must be more than nothing", d.name, d.value)
	}
	switch {
	case p.BackoffFirst < 0 || p.BackoffMax < 0:
		wrong(true, "--backoff is %v,%v; it can't be negative", p.BackoffFirst, p.BackoffMax)
	case p.BackoffFirst > 0 && p.BackoffMax < p.BackoffFirst:
		wrong(true, "--backoff is %v,%v; the second must not be less than the first", p.BackoffFirst, p.BackoffMax)
	}
	wrong(p.BackoffFirst == 0 && p.Wait == 0, "--wait is 0 without --backoff; clients would never pause while no server answers")
	return errors.Join(errs...)
}

func scenarioList() string {
	names := make([]string, len(Scenarios))
	for i, s := range Scenarios {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}
