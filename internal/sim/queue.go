package sim

import "time"

type eventKind uint8

const (
	onCall     eventKind = iota + 1 // arg: index of a function
	onAnswer                        // arg: attempt, detail: outcome
	onAlarm                         // something of the client's own is due; detail: needsMachine or 0
	onLost                          // arg: link generation, detail: FailureKind
	onSilence                       // arg: link generation; the peer may be dead
	onInfo                          // arg: link generation
	onServed                        // client: server index, arg: its generation
	onArrive                        // arg: attempt, detail: server index
	onLeave                         // client: server index, arg: its generation
	onReady                         // arg: attempt that is prepared
	onFinished                      // arg: link generation that is left
	onSpare                         // arg: attempt or link generation of the spare link; detail: hungUp or 0
	onDuck                          // arg: server index, detail: its grace in 10 ms
)

// event is something that will happen. seq orders events of the same moment.
type event struct {
	at     time.Duration
	seq    uint64
	client uint32
	arg    uint32
	kind   eventKind
	detail uint16
}

// steps says whether an event of a client will step its machine.
func (a *event) steps() bool {
	return a.kind != onCall && (a.kind != onAlarm || a.detail == needsMachine)
}

func (a *event) before(b *event) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// queue gives events in the order of time. It is a heap with four children a
// node: half as deep as a binary one, which is what counts with millions.
type queue struct {
	heap []event
	seq  uint64
}

func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	q.insert(e)
}

// insert is push for an event that has its number.
func (q *queue) insert(e event) {
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

func (q *queue) len() int { return len(q.heap) }

// next is the event that comes first.
func (q *queue) next() (event, bool) {
	if len(q.heap) == 0 {
		return event{}, false
	}
	return q.heap[0], true
}

func (q *queue) pop() event {
	h := q.heap
	top := h[0]
	last := h[len(h)-1]
	h = h[:len(h)-1]
	q.heap = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h)); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&last) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = last
	return top
}
