package overlap

import "time"

// list is what is held, in the order in which it came, and by hash.
type list[M any] struct {
	first, last *node[M]
	byHash      map[uint64]*node[M] // the first of each hash
	len         int
}

type node[M any] struct {
	hash       uint64
	size       int
	at         time.Duration // when it came
	msg        M
	prev, next *node[M]
	same       *node[M] // the next one of this hash
	sameLast   *node[M] // at the first one: the last one of this hash
}

func (l *list[M]) add(now time.Duration, hash uint64, size int, msg M) {
	n := &node[M]{hash: hash, size: size, at: now, msg: msg, prev: l.last}
	n.sameLast = n
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last = n
	if head := l.byHash[hash]; head == nil {
		l.byHash[hash] = n
	} else {
		head.sameLast.same = n
		head.sameLast = n
	}
	l.len++
}

// take removes the first one of a hash, if there is one.
func (l *list[M]) take(hash uint64) (size int, ok bool) {
	n := l.byHash[hash]
	if n == nil {
		return 0, false
	}
	if n.same == nil {
		delete(l.byHash, hash)
	} else {
		n.same.sameLast = n.sameLast
		l.byHash[hash] = n.same
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	l.len--
	return n.size, true
}

// drain gives away what came after that moment, and forgets the rest.
func (l *list[M]) drain(after time.Duration, each func(M)) {
	for n := l.first; n != nil; n = n.next {
		if n.at > after {
			each(n.msg)
		}
	}
	*l = list[M]{}
}
