package chaos

import (
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

// killer takes servers away and brings them back until the run's time is over, and
// returns how many it took when all are there again. Mostly it is one, at times two,
// so that nobody leads, and seldom all of them.
func (r *run) killer() (taken int) {
	rng := r.random(0)
	between := func(from, to time.Duration) time.Duration { return from + time.Duration(rng.Int64N(int64(to-from))) }
	pause := func(d time.Duration) {
		select {
		case <-r.work.Done():
		case <-time.After(d):
		}
	}
	pause(between(time.Second/2, time.Second))
	for r.work.Err() == nil {
		all := r.Servers()
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		n := 1
		switch p := rng.IntN(100); {
		case p < 3:
			n = 3
		case p < 20:
			n = 2
		}
		for _, s := range all[:n] {
			r.take(s, rng.IntN(100))
			taken++
		}
		pause(between(100*time.Millisecond, 2*time.Second))
		for _, s := range all[:n] {
			r.h.event("%s is started again", s.Name())
			must(r.T, s.Restart(within(r.T, patience)))
		}
		pause(between(500*time.Millisecond, 7*time.Second))
	}
	return taken
}

// take takes one server away, mostly at once.
func (r *run) take(s *cluster.Server, p int) {
	how, do := "killed", s.Kill
	if p < 15 {
		how, do = "stopped in an orderly way", s.Stop
	}
	r.h.event("%s is %s", s.Name(), how)
	if err := do(); err != nil {
		r.h.event("%v", err) // one that takes too long to stop is killed
	}
}
