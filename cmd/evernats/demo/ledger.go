package demo

import (
	"sync"
	"time"
)

// ledger accounts for the messages that arrived, by their numbers from 1.
type ledger struct {
	mu         sync.Mutex
	seen       []uint64 // a bit for each number
	highest    uint64
	delivered  uint64 // different numbers
	duplicated uint64
	outOfOrder uint64 // numbers that arrived for the first time behind a higher one

	watching bool
	came     time.Time     // the last one, while gaps are watched
	gap      time.Duration // the longest between two
}

func (l *ledger) take(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watching {
		now := time.Now()
		l.gap = max(l.gap, now.Sub(l.came))
		l.came = now
	}
	word, bit := n/64, uint64(1)<<(n%64)
	for uint64(len(l.seen)) <= word {
		l.seen = append(l.seen, 0)
	}
	if l.seen[word]&bit != 0 {
		l.duplicated++
		return
	}
	l.seen[word] |= bit
	l.delivered++
	if n < l.highest {
		l.outOfOrder++
	}
	l.highest = max(l.highest, n)
}

// watchGaps begins or ends to look for the longest time between two messages, and says
// what it was.
func (l *ledger) watchGaps(on bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	gap := l.gap
	if l.watching {
		gap = max(gap, time.Since(l.came))
	}
	l.watching, l.came, l.gap = on, time.Now(), 0
	return gap
}

// missing is how many of these numbers, both included, haven't arrived.
func (l *ledger) missing(from, to uint64) (n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := from; i <= to; i++ {
		if word := i / 64; word >= uint64(len(l.seen)) || l.seen[word]&(1<<(i%64)) == 0 {
			n++
		}
	}
	return n
}

func (l *ledger) counts() (delivered, duplicated, outOfOrder uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.delivered, l.duplicated, l.outOfOrder
}
