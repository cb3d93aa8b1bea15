package storm

import (
	"time"

	"github.com/evernats/nats/internal/sim"
)

// Result is what a storm looked like. Counts that aren't known are negative.
type Result struct {
	Config
	sim.Counts
	Interrupted bool          // by a signal
	Limited     bool          // Config.Limit ended it
	Virtual     time.Duration // how long it took
	Wall        time.Duration // how long the simulation took

	// When that part of all lost connections was back; negative: not yet.
	Back50, Back99, Back100 time.Duration
	// Without is how long all clients together had no connection.
	Without time.Duration
	// PerClient is attempts for each connection that was lost or moved.
	PerClient float64
	// Peak is the most attempts that one server saw within a second.
	Peak int

	// Rounds are the clients of each server before each round of kicks, and after
	// the last.
	Rounds [][]int

	Step time.Duration
	Rate []float64 // attempts a second, all servers, by step
	Up   []float64 // connected clients, by step
}

func newResult(cfg Config, counts sim.Counts, series sim.Series) *Result {
	r := &Result{Config: cfg, Counts: counts, Step: series.Step}
	r.Refused += r.Denied
	r.Virtual = time.Duration(len(series.Connected)) * series.Step
	r.Back50 = backAfter(series.Back, counts.Losses, 0.50)
	r.Back99 = backAfter(series.Back, counts.Losses, 0.99)
	r.Back100 = backAfter(series.Back, counts.Losses, 1)
	if n := counts.Losses + counts.Moves; n > 0 {
		r.PerClient = float64(counts.Attempts) / float64(n)
	}
	r.Peak = peak(series)
	perSecond := float64(time.Second) / float64(series.Step)
	for k := range series.Connected {
		sum := 0
		for _, attempts := range series.Attempts {
			sum += int(attempts[k])
		}
		r.Rate = append(r.Rate, float64(sum)*perSecond)
		r.Up = append(r.Up, float64(series.Connected[k]))
		r.Without += time.Duration(cfg.Clients-int(series.Connected[k])) * series.Step
	}
	return r
}

// backAfter is when that part of lost connections was back.
func backAfter(back []time.Duration, lost int, part float64) time.Duration {
	n := int(part*float64(lost) + 0.5)
	if lost == 0 || n > len(back) {
		return -1
	}
	return back[max(n, 1)-1]
}

// peak is the most attempts that any server saw within a second.
func peak(s sim.Series) int {
	window := max(1, int(time.Second/s.Step))
	most := 0
	for _, attempts := range s.Attempts {
		sum := 0
		for k, n := range attempts {
			sum += int(n)
			if k >= window {
				sum -= int(attempts[k-window])
			}
			most = max(most, sum)
		}
	}
	return most
}
