package receive

import "sync"

// queue is messages for one subscription in the order they came in: stretches of
// slabs, in each of which messages lie one behind another. The first stretch is
// kept apart, so that few messages need no block. A stretch is never empty; first
// is nil when there is none.
type queue[H ~map[string][]string, S any] struct {
	first      []Msg[H, S]
	head, tail *block[H, S]
}

// run is a queue on its way from the reader, counted. What waits for a consumer is
// counted in its backlog.
type run[H ~map[string][]string, S any] struct {
	queue[H, S]
	msgs, bytes int

	lent  lentQueue // of a subscription that messages are lent to, in place of queue
	notes lentNotes // those that are in the read buffer's block and not in lent yet
}

// block holds stretches behind the first. It is the client's own and used again,
// whereas whatever belongs to a message can't be used again once the program has
// the message.
type block[H ~map[string][]string, S any] struct {
	next   *block[H, S]
	at, n  int32 // those from at to n are left
	pieces [15][]Msg[H, S]
}

// blocks are those of all connections. They are of one type, save in tests.
var blocks sync.Pool

func newBlock[H ~map[string][]string, S any]() *block[H, S] {
	if b, ok := blocks.Get().(*block[H, S]); ok {
		return b
	}
	return new(block[H, S])
}

// push adds a stretch, whose messages the caller counts.
func (r *queue[H, S]) push(stretch []Msg[H, S]) {
	if r.first == nil {
		r.first = stretch
		return
	}
	b := r.tail
	if b == nil || int(b.n) == len(b.pieces) {
		b = newBlock[H, S]()
		r.link(b, b)
	}
	b.pieces[b.n] = stretch
	b.n++
}

func (r *queue[H, S]) link(head, tail *block[H, S]) {
	if r.tail == nil {
		r.head = head
	} else {
		r.tail.next = head
	}
	r.tail = tail
}

// join adds what came in behind this one.
func (r *queue[H, S]) join(behind queue[H, S]) {
	if r.first == nil {
		*r = behind
		return
	}
	if behind.first == nil {
		return
	}
	r.push(behind.first)
	if behind.head != nil {
		r.link(behind.head, behind.tail)
	}
}

// add is push of one message, counted.
func (r *run[H, S]) add(m []Msg[H, S]) {
	r.push(m)
	r.msgs++
	r.bytes += m[0].queued()
}

// next takes the first stretch away; nil says that there is none left.
func (r *queue[H, S]) next() []Msg[H, S] {
	stretch := r.first
	b := r.head
	if b == nil {
		r.first = nil
		return stretch
	}
	r.first = b.pieces[b.at]
	b.pieces[b.at] = nil
	if b.at++; b.at == b.n {
		r.head = b.next
		if r.head == nil {
			r.tail = nil
		}
		*b = block[H, S]{}
		blocks.Put(b)
	}
	return stretch
}

// pop takes the first message of a queue that isn't empty away.
func (r *queue[H, S]) pop() *Msg[H, S] {
	m := &r.first[0]
	if len(r.first) == 1 {
		r.next()
	} else {
		r.first = r.first[1:]
	}
	return m
}

// isBarrier says whether a stretch holds no messages but stands for a function in
// a subscription's barriers, to be called in its turn. Received messages have a Sub.
func isBarrier[H ~map[string][]string, S any](stretch []Msg[H, S]) bool { return stretch[0].Sub == nil }
