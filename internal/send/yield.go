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
	// yieldTries is after how many turns in a row that brought nothing only each so many
	// of the writer's beginnings lets others go first.
	yieldTries = 8
)

// turns is what the writer knows of the turns that it let others have.
type turns struct {
	alone time.Duration // until then it doesn't
	last  uint32        // the newest message when it last began
	idle  uint8         // so many beginnings in a row found no more than one message
}

// yield lets goroutines that are ready to run have their turn before the
// writer takes what there is to write: of many that were woken by answers which
// came in together, each is about to send its next request, and one write takes
// them all. In a program whose goroutines keep the processors for long, that may
// take long; then it is left alone for so much longer that it doesn't matter. Where
// messages come one at a time it is tried now and then only.
func (s *Sender) yield(begin time.Duration) {
	t := &s.turns
	if begin < t.alone || t.useless() {
		return
	}
	runtime.Gosched()
	if took := s.clock() - begin; took > yieldPatience {
		t.alone = begin + yieldRarely*took
	}
}

// useless says whether a turn is likely to bring nothing.
func (t *turns) useless() bool { return t.idle >= yieldTries && t.idle%yieldTries != 0 }

// begins notes how far the messages have got when the writer begins: whether others have
// published, too.
func (t *turns) begins(seq uint32) {
	switch {
	case seq-t.last > 1:
		t.idle = 0
	case t.idle == 3*yieldTries-1:
		t.idle = 2 * yieldTries // the same place of the next round, without an overflow
	default:
		t.idle++
	}
	t.last = seq
}
