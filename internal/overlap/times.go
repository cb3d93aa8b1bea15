package overlap

import "time"

// NoProbe is the time of the probes to reckon with when there can be none.
const NoProbe = 125 * time.Millisecond

const (
	minSkew    = 250 * time.Millisecond
	maxSkew    = time.Second
	minMargin  = 2 * time.Millisecond
	maxMargin  = 100 * time.Millisecond
	slowerThan = 8 // how much slower than the probes another server may be
)

// Skew is how far the links may be behind each other, given the longer of the times that
// the probes took.
func Skew(probe time.Duration) time.Duration {
	return min(max(slowerThan*probe, minSkew), maxSkew)
}

// Settle is the least time between the probes and Cut: until all servers know of
// the new one, and what came before has come out of the old link and is forgotten.
func Settle(probe time.Duration) time.Duration { return 4 * Skew(probe) }

// QueuesStay is how much of that queue subscriptions stay at the old server: until all
// know them at the new one, and the rest is enough for QueuesGone.
func QueuesStay(probe time.Duration) time.Duration { return 3 * Skew(probe) }

// QueuesGone is the least time between their leaving and Cut: until no message is on its
// way to those that have left, and what came twice because of it has been held for a Skew.
func QueuesGone(probe time.Duration) time.Duration { return 2 * Skew(probe) }

// Silence is how long the old server may be silent in step 6 while the new one answers: what
// is written to it takes a Skew at most, and so does its answer.
func Silence(probe time.Duration) time.Duration { return 2 * Skew(probe) }

// Margin is how long publishing waits after the old server has answered, given the
// time that the answer and its probe took.
func Margin(took time.Duration) time.Duration {
	return min(max(2*took, minMargin), maxMargin)
}
