package support

import (
	"testing"
	"testing/synctest"

	"github.com/evernats/nats/internal/natstest"
)

// Bubble runs a test in virtual time, with a network in memory. Whatever the
// test leaves running fails it.
func Bubble(t *testing.T, f func(t *testing.T, n *natstest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t, natstest.NewNetwork(t))
	})
}

// Addresses of the network in memory.
const (
	AddrA = "10.0.0.1:4222"
	AddrB = "10.0.0.2:4222"
	AddrC = "10.0.0.3:4222"
	AddrD = "10.0.0.4:4222"
)

// MemServer starts a server in a bubble's network.
func MemServer(t *testing.T, n *natstest.Network, addr string, more ...func(*natstest.Config)) *natstest.Server {
	t.Helper()
	cfg := natstest.Config{Network: n, Addr: addr}
	for _, f := range more {
		f(&cfg)
	}
	return natstest.NewServer(t, cfg)
}

// Behaving gives a server's connections a behaviour.
func Behaving(f func(c *natstest.Conn) natstest.Behavior) func(*natstest.Config) {
	return func(cfg *natstest.Config) { cfg.Behave = f }
}

// SilentFor makes a server that doesn't process one subject.
func SilentFor(subject string) func(*natstest.Config) {
	return Behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
		return op.Subject == subject
	}}))
}

// Mute makes a connection say nothing from now on.
func Mute(b *natstest.Behavior) { b.Mute = true }
