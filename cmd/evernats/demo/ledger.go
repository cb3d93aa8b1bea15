package demo

import "sync"

// ledger accounts for the messages that arrived, by their numbers from 1.
type ledger struct {
	mu         sync.Mutex
	seen       []uint64 // a bit for each number
	highest    uint64
	delivered  uint64 // different numbers
	duplicated uint64
	outOfOrder uint64 // numbers that arrived for the first time behind a higher one
}

func (l *ledger) take(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
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

func (l *ledger) counts() (delivered, duplicated, outOfOrder uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.delivered, l.duplicated, l.outOfOrder
}
