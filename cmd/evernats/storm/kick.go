package storm

import (
	"slices"
	"strings"

	"github.com/evernats/nats/internal/sim"
)

// maxKickRounds is after how many rounds an operator whose clients don't spread
// loses patience.
const maxKickRounds = 50

// kicks is an operator who balances a cluster: every now and then all that a server
// has beyond its share of the clients are sent away.
type kicks struct {
	cfg    *Config
	counts [][]int // clients of each server: at first, and before each later round
	done   bool
}

// share is what each server should have at most.
func (k *kicks) share() int { return (k.cfg.Clients + k.cfg.Servers - 1) / k.cfg.Servers }

// round looks at the servers and kicks what is too many, until nothing is.
func (k *kicks) round(w *sim.World) {
	counts := make([]int, w.Servers())
	for i := range counts {
		counts[i] = w.Connections(i)
	}
	k.counts = append(k.counts, counts)
	if slices.Max(counts) <= k.share() && k.allConnected(counts) || len(k.counts) > maxKickRounds {
		k.done = true
		return
	}
	seen := make([]int, len(counts))
	for c := range w.Clients() {
		if to := w.ConnectedTo(c); to >= 0 {
			if seen[to]++; seen[to] > k.share() {
				w.Kick(c)
			}
		}
	}
	w.At(w.Now()+k.cfg.Pause, func() { k.round(w) })
}

func (k *kicks) allConnected(counts []int) bool {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum == k.cfg.Clients
}

// crowdText is the clients of each server.
func crowdText(counts []int) string {
	parts := make([]string, len(counts))
	for i, n := range counts {
		parts[i] = thousands(n)
	}
	return strings.Join(parts, " + ")
}
