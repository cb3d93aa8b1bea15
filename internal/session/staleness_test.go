package session

import (
	"testing"
	"time"
)

// A pause of this process isn't held against the peer: its answer may be waiting
// to be read. A peer that stays silent is found in the budget that is left.
func TestOwnPausesAreNotHeldAgainstThePeer(t *testing.T) {
	const step = time.Second
	for quiet := range 12 { // looks between the last sign of life and the pause
		for _, answers := range []bool{true, false} {
			s := lifeSigns{step: step}
			var p pace
			var now time.Duration
			pings, reads := uint64(0), uint64(0)
			look := func() (stale bool) {
				ask, stale := s.look(now, sight{reads: reads, written: pings, mark: pings + 1}, &p)
				if ask {
					pings++ // written at once
				}
				return stale
			}
			for range quiet {
				now += step
				if look() {
					t.Fatalf("stale after %v of silence", now)
				}
			}
			now += 100 * step
			if look() {
				t.Fatalf("stale right after a pause that began after %d quiet looks", quiet)
			}
			if answers && pings > 0 {
				reads++
			}
			left := 0
			for now += step; !look() && left < 100; now += step {
				left++
				if answers && left == 1 {
					reads++
				}
			}
			switch {
			case answers && left < 11:
				t.Errorf("%d quiet looks and a pause: stale though it answered", quiet)
			case !answers && (left > 12 || quiet+left > 13):
				t.Errorf("%d quiet looks and a pause: stale only %d looks later", quiet, left)
			}
		}
	}
}
