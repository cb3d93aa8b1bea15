package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// newcomers is a cluster of three and connected clients that were given the URL
// of one server only.
func newcomers(t *testing.T, seed uint64, clients int, p *reconnect.Policy) *World {
	t.Helper()
	w := New(Config{Seed: seed, Latency: time.Millisecond, LatencyJitter: time.Millisecond, Detect: 2 * time.Second, Gossip: true})
	for i := range 3 {
		w.StartServer(w.AddServer(ServerConfig{URL: fmt.Sprintf("s%d", i)}))
	}
	for range clients {
		w.Start(w.AddClient(p, 2*time.Second, []string{"s2"}))
	}
	w.RunUntil(time.Minute)
	if w.Connections(2) != clients {
		t.Fatalf("%d of %d clients are connected", w.Connections(2), clients)
	}
	return w
}

// settings are the policies under which where a client goes must be the same.
func settings() map[string]*reconnect.Policy {
	all := map[string]*reconnect.Policy{}
	change := func(name string, f func(p *reconnect.Policy)) {
		p := testPolicy()
		f(p)
		all[name] = p
	}
	change("defaults", func(*reconnect.Policy) {})
	change("in order", func(p *reconnect.Policy) { p.NoRandomize = true })
	change("spread", func(p *reconnect.Policy) { p.Spread = 2 * time.Second })
	change("back-off", func(p *reconnect.Policy) { p.BackoffFirst, p.BackoffMax = 100*time.Millisecond, 10*time.Second })
	change("no races", func(p *reconnect.Policy) { p.AttemptDelay = -1 })
	change("one failure each", func(p *reconnect.Policy) { p.MaxReconnect = 1 })
	change("long waits", func(p *reconnect.Policy) { p.ReconnectWait = time.Minute })
	return all
}

// A server that hangs up on whoever connects loses every client to the others,
// the first time, though its URL is the only one that they were given.
func TestClientsLeaveAServerThatHangsUp(t *testing.T) {
	for name, p := range settings() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				w := newcomers(t, seed, 30, p)
				w.Measure(time.Second)
				w.HangUp(2, 10*time.Millisecond)
				w.RunUntil(w.Now() + 10*time.Second)
				if a, b := w.Connections(0), w.Connections(1); a+b != 30 || a == 0 || b == 0 {
					if name != "in order" || a != 30 {
						t.Fatalf("seed %d: %d, %d and %d clients", seed, a, b, w.Connections(2))
					}
				}
				if n := w.Counts().Losses; n != 30 {
					t.Fatalf("seed %d: %d hang-ups for 30 clients", seed, n)
				}
			}
		})
	}
}

// So it is when the client meets the server like that in the first place.
func TestClientsBeginAtAServerThatHangsUp(t *testing.T) {
	for name, p := range settings() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				w := newcomers(t, seed, 0, p)
				w.HangUp(2, time.Millisecond)
				for range 30 {
					w.Start(w.AddClient(p, 2*time.Second, []string{"s2"}))
				}
				w.RunUntil(w.Now() + 10*time.Second)
				if n := w.Connections(0) + w.Connections(1); n != 30 {
					t.Fatalf("seed %d: %d clients have a server", seed, n)
				}
			}
		})
	}
}

// An operator who sends away what a server has beyond its share has a balanced
// cluster after a few rounds, however slowly they follow each other.
func TestKickedClientsSpread(t *testing.T) {
	const clients, enough = 30, 12
	for name, p := range settings() {
		for _, pace := range []time.Duration{10 * time.Second, 5 * time.Minute} {
			t.Run(fmt.Sprintf("%s/%v", name, pace), func(t *testing.T) {
				total := 0
				for seed := range uint64(20) {
					w := newcomers(t, seed, clients, p)
					rounds := 0
					for ; !balanced(w); rounds++ {
						if rounds == enough {
							t.Fatalf("seed %d: %d, %d and %d clients after %d rounds", seed,
								w.Connections(0), w.Connections(1), w.Connections(2), rounds)
						}
						kickBeyond(w, clients/3)
						w.RunUntil(w.Now() + pace)
					}
					total += rounds
				}
				if total > 20*6 {
					t.Errorf("%.1f rounds on average", float64(total)/20)
				}
				t.Logf("%.1f rounds on average", float64(total)/20)
			})
		}
	}
}

func balanced(w *World) bool {
	return w.Connections(0) == w.Connections(1) && w.Connections(1) == w.Connections(2)
}

func kickBeyond(w *World, share int) {
	seen := make([]int, w.Servers())
	for c := range w.Clients() {
		if to := w.ConnectedTo(c); to >= 0 {
			if seen[to]++; seen[to] > share {
				w.Kick(c)
			}
		}
	}
}
