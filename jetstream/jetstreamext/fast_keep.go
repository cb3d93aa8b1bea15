package jetstreamext

import (
	"slices"

	"github.com/evernats/nats/internal/js/port"
)

// keptMsg is a message that isn't known to be stored.
type keptMsg struct {
	subject string
	frame   []byte // headers and payload
	hdr     int    // how many of its bytes are headers
	number  uint64 // in the outbound order
}

func (k *keptMsg) header() []byte {
	if k.hdr == 0 {
		return nil
	}
	return k.frame[:k.hdr:k.hdr]
}

func (k *keptMsg) data() []byte { return k.frame[k.hdr:] }

// keeper keeps messages, by their numbers, until they are stored. Their bytes lie in pieces
// that are used again.
type keeper struct {
	msgs  []keptMsg
	head  int
	first uint64 // the number of msgs[head]
	piece []piece
}

type piece struct {
	bytes []byte
	last  uint64 // the newest message in it
}

// keptPiece is how large a piece is, and keptPieces how many are kept to be used again.
const (
	keptPiece  = 64 << 10
	keptPieces = 8
)

// add keeps message n, the next one; those up to stored needn't be kept.
func (q *keeper) add(n, stored uint64, subject string, hdr, data []byte) *keptMsg {
	if q.head == len(q.msgs) {
		q.msgs, q.head, q.first = q.msgs[:0], 0, n
	} else if q.head > len(q.msgs)/2 && len(q.msgs) == cap(q.msgs) {
		k := copy(q.msgs, q.msgs[q.head:])
		clear(q.msgs[k:])
		q.msgs, q.head = q.msgs[:k], 0
	}
	b := q.space(len(hdr)+len(data), n, stored)
	b = append(append(b, hdr...), data...)
	q.msgs = append(q.msgs, keptMsg{subject: subject, frame: b, hdr: len(hdr)})
	return &q.msgs[len(q.msgs)-1]
}

// space is room for so many bytes of message n.
func (q *keeper) space(size int, n, stored uint64) []byte {
	if size == 0 {
		return nil
	}
	if size > keptPiece/4 {
		return make([]byte, 0, size)
	}
	if i := len(q.piece) - 1; i >= 0 && cap(q.piece[i].bytes)-len(q.piece[i].bytes) >= size {
		return q.cut(i, size, n)
	}
	if len(q.piece) > 0 && q.piece[0].last <= stored {
		p := piece{bytes: q.piece[0].bytes[:0]}
		q.piece = append(q.piece[:copy(q.piece, q.piece[1:])], p)
	} else {
		if len(q.piece) == keptPieces {
			q.piece = q.piece[:copy(q.piece, q.piece[1:])] // its messages still have it
		}
		q.piece = append(q.piece, piece{bytes: make([]byte, 0, keptPiece)})
	}
	return q.cut(len(q.piece)-1, size, n)
}

func (q *keeper) cut(i, size int, n uint64) []byte {
	p := &q.piece[i]
	at := len(p.bytes)
	p.bytes = p.bytes[:at+size]
	p.last = n
	return p.bytes[at : at : at+size]
}

func (q *keeper) withdraw() {
	q.msgs[len(q.msgs)-1] = keptMsg{}
	q.msgs = q.msgs[:len(q.msgs)-1]
}

func (q *keeper) get(n uint64) *keptMsg { return &q.msgs[q.head+int(n-q.first)] }

// release forgets messages up to number n.
func (q *keeper) release(n uint64) {
	for q.head < len(q.msgs) && q.first <= n {
		q.msgs[q.head] = keptMsg{}
		q.head++
		q.first++
	}
}

// left is the newest of the messages behind from, up to to, that left with a link, when
// what was queued up to gone did. Those that aren't kept did.
func (q *keeper) left(gone, from, to uint64) uint64 {
	for ; to > from && to >= q.first && q.head < len(q.msgs); to-- {
		if q.get(to).number <= gone {
			break
		}
	}
	return to
}

// numbers are those in the outbound order, of all that was sent.
func (q *keeper) numbers() (all []uint64) {
	for i := q.head; i < len(q.msgs); i++ {
		if n := q.msgs[i].number; n > 0 {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// any says whether any of the messages behind from, up to to, has a number in the outbound
// order from first to last.
func (q *keeper) any(first, last, from, to uint64) bool {
	for ; to > from && to >= q.first && q.head < len(q.msgs); to-- {
		if n := q.get(to).number; first <= n && n <= last {
			return true
		}
	}
	return false
}

// fastLinks tells a FastPublisher of links, without showing it among its methods.
type fastLinks struct{ p *FastPublisher }

func (l *fastLinks) LinkUp(_ port.Link, frames []byte) []byte { return l.p.linkUp(frames) }
func (l *fastLinks) LinkDown(_, gone uint64)                  { l.p.linkDown(gone) }
func (l *fastLinks) GaveUp(first, last uint64, _ error)       { l.p.gaveUp(first, last) }
