package send

import (
	"runtime"
	"testing"
	"time"
)

// The writer lets others have their turn, but not where that takes long. The
// scheduler takes no notice of a turn now and then, so each has some tries.
func TestWriterYields(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s, _ := newSender(usual)
	beside := func(d time.Duration) (turn bool) {
		done := make(chan bool)
		go func() {
			for begin := time.Now(); time.Since(begin) < d; {
			}
			close(done)
		}()
		s.yield(s.clock())
		select {
		case <-done:
			return true
		default:
			<-done
			return false
		}
	}
	tries := func(ok func() bool) bool {
		for range 20 {
			if ok() {
				return true
			}
		}
		return false
	}
	if !tries(func() bool { s.turns.alone = 0; return beside(0) }) {
		t.Error("what was ready to run had no turn")
	}
	if !tries(func() bool { beside(3 * yieldPatience); return s.turns.alone > yieldRarely*yieldPatience }) {
		t.Error("a long turn changes nothing")
	}
	if !tries(func() bool { s.turns.alone = s.clock() + time.Minute; return !beside(0) }) {
		t.Error("yields, soon after a long turn")
	}
}

// Where messages come one at a time others have a turn now and then only; as soon as one
// brings more messages they have it each time.
func TestTurnsThatBringNothing(t *testing.T) {
	seq := uint32(1<<32 - 20)
	x := turns{last: seq}
	for round := range 3 {
		had := 0
		for i := range 10 * yieldTries {
			if !x.useless() {
				had++
			} else if i < yieldTries {
				t.Errorf("round %d: no turn after %d", round, i)
			}
			seq++
			x.begins(seq)
		}
		if had != yieldTries+9 {
			t.Errorf("round %d: %d turns", round, had)
		}
		seq += 2
		x.begins(seq)
	}
}
