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
		s.yield()
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
	if !tries(func() bool { s.alone = 0; return beside(0) }) {
		t.Error("what was ready to run had no turn")
	}
	if !tries(func() bool { beside(3 * yieldPatience); return s.alone > yieldRarely*yieldPatience }) {
		t.Error("a long turn changes nothing")
	}
	if !tries(func() bool { s.alone = s.clock() + time.Minute; return !beside(0) }) {
		t.Error("yields, soon after a long turn")
	}
}
