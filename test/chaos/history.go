package chaos

import (
	"fmt"
	"sync"
	"time"
)

// history is what happened in a run, as those saw it who took part.
type history struct {
	began time.Time

	mu       sync.Mutex
	events   []event
	sent     []sent
	consumed map[string]map[uint64]delivered // by consumer and sequence number
	ordered  []stored
	watched  []update
	counters map[string]counter
	objects  []read
	requests []request

	// What the stream and the bucket have in the end, read with another library.
	stored []stored
	bucket map[string]update
	// left is what consumers have not delivered, or not been told is done.
	left map[string]uint64
}

// event is something that may have led to an anomaly.
type event struct {
	at   time.Duration
	text string
}

// sent is a message that was published, and what became of it.
type sent struct {
	publisher, n int
	at, ended    time.Duration
	seq          uint64 // of the acknowledgement
	err          error
	// open says that nothing was heard of it; unknown that the error says that it may be
	// stored or not.
	open, unknown bool
}

// stored is a message in the stream.
type stored struct {
	seq          uint64
	publisher, n int
	at           time.Duration // when it was received; 0 if it was read in the end
}

type delivered struct {
	stored
	times int
}

// update is a value of a key, or a marker.
type update struct {
	key, value string
	rev        uint64
	gone       bool
	at         time.Duration
}

// counter is a key that was only changed by writes that depend on its revision.
type counter struct{ successes, unknown int }

// read is an object that was read, or should have been.
type read struct {
	name    string
	at      time.Duration
	err     error
	damaged string // what is wrong with the content that was read without an error
	last    bool   // read in the end, when all servers are there
}

// request is one that was made of a service.
type request struct {
	at, took time.Duration
	err      error
	wrong    bool // the answer is another one's
	open     bool // it hasn't returned
}

func newHistory() *history {
	return &history{
		began: time.Now(), consumed: map[string]map[uint64]delivered{}, counters: map[string]counter{},
		bucket: map[string]update{}, left: map[string]uint64{},
	}
}

func (h *history) now() time.Duration { return time.Since(h.began) }

// do writes something down.
func (h *history) do(f func(at time.Duration)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h.now())
}

func (h *history) event(format string, args ...any) {
	h.do(func(at time.Duration) { h.events = append(h.events, event{at, fmt.Sprintf(format, args...)}) })
}

// publish notes a message that is about to be published; ended says what became of it.
func (h *history) publish(publisher, n int) (ended func(seq uint64, err error, unknown bool)) {
	var i int
	h.do(func(at time.Duration) {
		i = len(h.sent)
		h.sent = append(h.sent, sent{publisher: publisher, n: n, at: at, open: true})
	})
	return func(seq uint64, err error, unknown bool) {
		h.do(func(at time.Duration) {
			s := &h.sent[i]
			s.ended, s.seq, s.err, s.unknown, s.open = at, seq, err, unknown, false
		})
	}
}

func (h *history) consume(consumer string, m stored) {
	h.do(func(at time.Duration) {
		m.at = at
		all := h.consumed[consumer]
		if all == nil {
			all = map[uint64]delivered{}
			h.consumed[consumer] = all
		}
		d, again := all[m.seq]
		if !again {
			d.stored = m
		}
		d.times++
		all[m.seq] = d
	})
}

func (h *history) count(key string, successes, unknown int) {
	h.do(func(time.Duration) {
		c := h.counters[key]
		c.successes += successes
		c.unknown += unknown
		h.counters[key] = c
	})
}

// ask notes a request that is about to be made.
func (h *history) ask() (ended func(err error, wrong bool)) {
	var i int
	h.do(func(at time.Duration) {
		i = len(h.requests)
		h.requests = append(h.requests, request{at: at, open: true})
	})
	return func(err error, wrong bool) {
		h.do(func(at time.Duration) {
			r := &h.requests[i]
			r.took, r.err, r.wrong, r.open = at-r.at, err, wrong, false
		})
	}
}
