package send

import "sort"

// Waiter waits until the server has processed what was queued before it, or one
// message. It is told once: nil, or why that can't be known any more.
type Waiter struct {
	pos  uint64
	seq  uint64 // number of the last message it waits for
	one  bool   // it waits for that message alone, not for all up to it
	done chan error

	gone bool // it has given up, or was told
}

// Done brings the answer: nil, a [Fault] or a [*DoubtError].
func (w *Waiter) Done() <-chan error { return w.done }

// waitList holds waiters in the order in which they came, which is that of their
// positions and of their messages. Nothing that is done to it takes a step for each
// waiter, save that each is added and taken out once: the lock over it is the one
// that publishers meet.
type waitList struct {
	q    []*Waiter
	dead int // those of q that are gone

	looked int // at so many waiters, in all: the work done under the lock
}

func (l *waitList) add(w *Waiter) { l.q = append(l.q, w) }

func (l *waitList) empty() bool { return len(l.q) == l.dead }

// forget lets go of a waiter that has given up. It keeps its place until half of
// the list is like that.
func (l *waitList) forget(w *Waiter) {
	if len(l.q) == 0 || w.pos < l.q[0].pos || w.gone {
		return // it has been taken out
	}
	w.gone = true
	l.died(1)
}

func (l *waitList) died(n int) {
	if l.dead += n; l.dead <= len(l.q)/2 {
		return
	}
	alive := make([]*Waiter, 0, len(l.q)-l.dead)
	l.looked += len(l.q)
	for _, w := range l.q {
		if !w.gone {
			alive = append(alive, w)
		}
	}
	l.q, l.dead = alive, 0
}

// takeAll empties the list.
func (l *waitList) takeAll() []*Waiter { return l.take(len(l.q)) }

// takeTo takes those with positions up to pos.
func (l *waitList) takeTo(pos uint64) []*Waiter {
	if len(l.q) == 0 || l.q[0].pos > pos {
		return nil
	}
	return l.take(sort.Search(len(l.q), func(i int) bool { return l.q[i].pos > pos }))
}

// takeOlder takes those that wait for messages up to seq.
func (l *waitList) takeOlder(seq uint64) []*Waiter { return l.take(l.place(seq + 1)) }

// takeSpan takes those that wait for the messages from first to last.
func (l *waitList) takeSpan(first, last uint64) []*Waiter {
	i, j := l.place(first), l.place(last+1)
	if i == 0 {
		return l.take(j)
	}
	var taken []*Waiter
	l.looked += j - i
	for _, w := range l.q[i:j] {
		if !w.gone {
			w.gone = true
			taken = append(taken, w)
		}
	}
	l.died(len(taken))
	return taken
}

// place returns the index of the first that waits for message seq or a newer one.
func (l *waitList) place(seq uint64) int {
	return sort.Search(len(l.q), func(i int) bool { return l.q[i].seq >= seq })
}

// take takes the first n places, some of which may be of waiters that are gone.
func (l *waitList) take(n int) []*Waiter {
	first := l.q[:n:n]
	if l.q = l.q[n:]; len(l.q) == 0 {
		l.q, l.dead = nil, 0
	}
	if l.dead > 0 {
		l.looked += n
		for _, w := range first {
			if w.gone {
				l.dead--
			}
		}
		l.died(0)
	}
	return first
}

// tellHere is how many waiters are told by whoever has the answer.
const tellHere = 32

// tell gives waiters that were taken out their answer. It may be called with a lock
// held: it never waits, and leaves it to a goroutine to tell many.
func tell(waiters []*Waiter, err error) {
	if len(waiters) > tellHere {
		go tellAll(waiters, err)
		return
	}
	tellAll(waiters, err)
}

func tellAll(waiters []*Waiter, err error) {
	for i, w := range waiters {
		select {
		case w.done <- err:
		default: // it was told before
		}
		waiters[i] = nil
	}
}
