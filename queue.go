package nats

import "sync"

// run is messages for one subscription in the order they came in: stretches of
// slabs, in each of which messages lie one behind another. The first stretch is
// kept apart, so that few messages need no block. A stretch is never empty; first
// is nil when there is none.
type run struct {
	first       []Msg
	head, tail  *block
	msgs, bytes int // of what add and the reader put in; a queue's are in its backlog
}

// block holds stretches behind the first. It is the client's own and used again,
// whereas whatever belongs to a message can't be used again once the program has
// the message.
type block struct {
	next   *block
	at, n  int32 // those from at to n are left
	pieces [15][]Msg
}

var blocks = sync.Pool{New: func() any { return new(block) }}

// push adds a stretch, whose messages the caller counts.
func (r *run) push(stretch []Msg) {
	if r.first == nil {
		r.first = stretch
		return
	}
	b := r.tail
	if b == nil || int(b.n) == len(b.pieces) {
		b = blocks.Get().(*block)
		r.link(b, b)
	}
	b.pieces[b.n] = stretch
	b.n++
}

func (r *run) link(head, tail *block) {
	if r.tail == nil {
		r.head = head
	} else {
		r.tail.next = head
	}
	r.tail = tail
}

// join adds a run that came in behind this one.
func (r *run) join(behind run) {
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
func (r *run) add(m []Msg) {
	r.push(m)
	r.msgs++
	r.bytes += m[0].queued()
}

// next takes the first stretch away; nil says that there is none left.
func (r *run) next() []Msg {
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
		*b = block{}
		blocks.Put(b)
	}
	return stretch
}

// pop takes the first message of a run that isn't empty away.
func (r *run) pop() *Msg {
	m := &r.first[0]
	if len(r.first) == 1 {
		r.next()
	} else {
		r.first = r.first[1:]
	}
	return m
}

// isBarrier says whether a stretch holds no messages but stands for a function in
// Subscription.barriers, to be called in its turn. Received messages have a Sub.
func isBarrier(stretch []Msg) bool { return stretch[0].Sub == nil }
