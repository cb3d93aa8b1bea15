package natstest

import (
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipe carries the bytes of a link in one direction.
type pipe struct {
	mu      sync.Mutex    // never held while waiting
	changed chan struct{} // closed, and made anew, whenever something below changes

	chunks   []chunk
	size     int // bytes in chunks
	capacity int

	readBy  time.Time // deadlines; zero: none
	writeBy time.Time

	finished     bool  // the writer closed: EOF after what is in chunks
	writerClosed bool  // the writing end was closed by its owner
	readerClosed bool  // the reading end was closed by its owner
	readerGone   bool  // and the writer may know
	broken       error // the link was cut

	stalled  bool // nothing is handed to the reader
	hole     bool // nothing that is written gets into chunks
	finLost  bool // a close happened in the hole
	vanished int  // bytes that fell into the hole
	delay    time.Duration

	written int // bytes that Write took, ever
	cutAt   int // written may grow to this much; negative: no limit
	atCut   func()
}

type chunk struct {
	at time.Time // when it arrives
	b  []byte
}

func newPipe(capacity int) *pipe {
	return &pipe{capacity: capacity, changed: make(chan struct{}), cutAt: -1}
}

// update changes the state under the lock and wakes those who wait.
func (p *pipe) update(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.wake()
}

func (p *pipe) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait waits until something changes or one of the times has come; zero times
// don't count.
func wait(changed <-chan struct{}, times ...time.Time) {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if first.IsZero() {
		<-changed
		return
	}
	timer := time.NewTimer(time.Until(first))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}

func passed(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

func (p *pipe) read(b []byte) (int, error) {
	for {
		p.mu.Lock()
		if p.readerClosed {
			p.mu.Unlock()
			return 0, os.ErrClosed
		}
		if passed(p.readBy) {
			p.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		}
		var arrival time.Time
		switch {
		case p.size > 0 && !p.stalled:
			if arrival = p.chunks[0].at; time.Now().Before(arrival) {
				break
			}
			n := p.take(b)
			p.wake()
			p.mu.Unlock()
			return n, nil
		case p.broken != nil:
			err := p.broken
			p.mu.Unlock()
			return 0, err
		case p.size == 0 && p.finished && !p.stalled:
			p.mu.Unlock()
			return 0, io.EOF
		}
		changed, by := p.changed, p.readBy
		p.mu.Unlock()
		wait(changed, by, arrival)
	}
}

// take moves bytes that have arrived into b.
func (p *pipe) take(b []byte) int {
	n, now := 0, time.Now()
	for n < len(b) && len(p.chunks) > 0 && !now.Before(p.chunks[0].at) {
		c := &p.chunks[0]
		m := copy(b[n:], c.b)
		n += m
		if c.b = c.b[m:]; len(c.b) == 0 {
			p.chunks[0] = chunk{}
			p.chunks = p.chunks[1:]
		}
	}
	p.size -= n
	return n
}

func (p *pipe) write(b []byte) (n int, err error) {
	for {
		p.mu.Lock()
		switch {
		case n > 0 && n == len(b): // the cut that it may have caused is for the next one
		case p.writerClosed:
			err = os.ErrClosed
		case p.broken != nil:
			err = p.broken
		case passed(p.writeBy):
			err = os.ErrDeadlineExceeded
		case p.readerGone:
			err = os.NewSyscallError("write", syscall.EPIPE)
		}
		if err != nil || len(b) == n {
			p.mu.Unlock()
			return n, err
		}
		m := len(b) - n
		if p.cutAt >= 0 {
			m = min(m, p.cutAt-p.written)
		}
		if !p.hole {
			m = min(m, p.capacity-p.size)
		}
		if m > 0 {
			p.accept(b[n : n+m])
			n += m
			p.wake()
		}
		atCut := p.atCut
		if p.cutAt < 0 || p.written < p.cutAt {
			atCut = nil
		}
		changed, by := p.changed, p.writeBy
		p.mu.Unlock()
		switch {
		case atCut != nil:
			atCut() // breaks this pipe too
		case m <= 0:
			wait(changed, by)
		}
	}
}

func (p *pipe) accept(b []byte) {
	p.written += len(b)
	if p.hole {
		p.vanished += len(b)
		return
	}
	at := time.Now().Add(p.delay)
	// Bytes don't overtake each other when the delay shrinks.
	if k := len(p.chunks); k > 0 && at.Before(p.chunks[k-1].at) {
		at = p.chunks[k-1].at
	}
	p.chunks = append(p.chunks, chunk{at: at, b: append([]byte(nil), b...)})
	p.size += len(b)
}

// closeWriter ends the stream: the reader gets what is under way, then EOF.
func (p *pipe) closeWriter() {
	p.update(func() {
		p.writerClosed = true
		if p.hole {
			p.finLost = true
			return
		}
		p.finished = true
	})
}

// closeReader makes reads fail, and writes too unless told is false: then the
// writer doesn't learn of it.
func (p *pipe) closeReader(told bool) {
	p.update(func() {
		p.readerClosed = true
		if told {
			p.readerGone = true
		}
	})
}

// cut breaks the pipe. What is under way can still be read, unless it is lost.
func (p *pipe) cut(err error, lose bool) {
	p.update(func() {
		if p.broken == nil {
			p.broken = err
		}
		if lose {
			p.chunks, p.size = nil, 0
		}
	})
}
