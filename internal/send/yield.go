package send

import (
	"runtime"
	"time"
)

const (
	// yieldPatience is how long a turn of all the others may take.
	yieldPatience = time.Millisecond
	// yieldRarely is how many times as long as a longer one the next one is away.
	yieldRarely = 100
)

// yield lets goroutines that are ready to run have their turn before the
// writer takes what there is to write: of many that were woken by answers which
// came in together, each is about to send its next request, and one write takes
// them all. In a program whose goroutines keep the processors for long, that may
// take long; then it is left alone for so much longer that it doesn't matter.
func (s *Sender) yield() {
	begin := s.clock()
	if begin < s.alone {
		return
	}
	runtime.Gosched()
	if took := s.clock() - begin; took > yieldPatience {
		s.alone = begin + yieldRarely*took
	}
}
