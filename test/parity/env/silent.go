package env

import (
	"sync/atomic"

	"github.com/evernats/nats/internal/natstest"
)

// Silent is a scripted server for what a real one won't do: fall silent, send
// a text of the scenario's choice, lie about itself.
type Silent struct {
	*natstest.Server
	quiet atomic.Bool
}

// Silent starts a scripted server, after changes to what it says of itself.
// The transcript calls its address "fake".
func (e *Env) Silent(change ...func(*natstest.Config)) *Silent {
	e.Helper()
	s := &Silent{}
	cfg := natstest.Config{}
	for _, f := range change {
		f(&cfg)
	}
	if cfg.Behave == nil {
		cfg.Behave = natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
			return op.Kind == "PING" && s.quiet.Load()
		}})
	}
	s.Server = natstest.NewServer(e.TB, cfg)
	e.Alias(s.Addr(), "fake")
	return s
}

// Hush makes the server answer no PING from now on.
func (s *Silent) Hush() { s.quiet.Store(true) }

// Pings is how many PINGs the newest client has sent.
func (s *Silent) Pings() int { return s.Last().Count("PING") }
