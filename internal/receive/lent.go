package receive

import (
	"unsafe"

	"github.com/evernats/nats/internal/wire"
)

// Lent is a message whose parts are the client's memory, which is used again as soon as
// the handler has returned. Each subscription has one, filled anew for each message.
type Lent[S any] struct {
	Subject   string
	Reply     string
	RawHeader []byte // as it stands on the wire; nil for none, or one that can't be read
	Data      []byte
	Sub       *S
}

// PublicLent is the program's view of a Lent, which has the same fields.
type PublicLent[S any] interface {
	~struct {
		Subject   string
		Reply     string
		RawHeader []byte
		Data      []byte
		Sub       *S
	}
}

// LendTo is the program's handler as Config.Lent wants it, without a call in between.
func LendTo[L PublicLent[S], S any](handler func(*L)) func(*Lent[S]) {
	return *(*func(*Lent[S]))(unsafe.Pointer(&handler))
}

// EachHeader calls each for the message's headers, as [wire.EachHeader] does.
func (m *Lent[S]) EachHeader(each func(key, value string) bool) {
	if len(m.RawHeader) > 0 {
		wire.EachHeader(view(m.RawHeader), each)
	}
}

// lending is what a subscription has whose messages are lent.
type lending[S any] struct {
	call  func(*Lent[S])
	check bool    // overwrite what was lent
	msg   Lent[S] // of the handler's goroutine

	// Under the subscription's lock.
	queue lentQueue
	piece *lentBlock // that copies are put in; nil while nothing is copied
	used  int        // of it
}

// lentQueue is messages for one subscription in the order they came in.
type lentQueue struct{ head, tail *lentRun }

func (q *lentQueue) push(r *lentRun) {
	if q.tail == nil {
		q.head = r
	} else {
		q.tail.next = r
	}
	q.tail = r
}

// pop takes the first run away; nil says that there is none.
func (q *lentQueue) pop() *lentRun {
	r := q.head
	if r == nil {
		return nil
	}
	if q.head = r.next; q.head == nil {
		q.tail = nil
	}
	r.next = nil
	return r
}

// take takes all away.
func (q *lentQueue) take() (all lentQueue) {
	all = *q
	*q = lentQueue{}
	return all
}

// drop lets all of it go, and the barriers among it pass.
func (q lentQueue) drop() {
	for r := q.pop(); r != nil; r = q.pop() {
		passed := r.passed
		if r.free(); passed != nil {
			passed()
		}
	}
}
