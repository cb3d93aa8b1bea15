package send

import (
	"sync"
	"time"
)

const (
	// sideLimit is how long the socket of a link that isn't in use may take nothing.
	sideLimit = 2 * time.Second
	// sideBytes is how much may wait for it.
	sideBytes = 64 << 20
)

// Side writes control lines to a link that is to be used soon, beside the one that is
// in use. A link that it fails is told once.
type Side struct {
	link   Link
	failed func(err error) // a write was, or too much waits

	mu      sync.Mutex
	lines   []byte // wait to be written
	pongs   []chan struct{}
	writing bool
	closed  bool // nothing more is written
	over    bool // it has failed
}

// answered is for whoever would wait for nothing.
var answered = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// NewSide returns one for a link that nobody else writes to.
func NewSide(l Link, failed func(err error)) *Side { return &Side{link: l, failed: failed} }

// Write queues lines. It never waits.
func (x *Side) Write(lines []byte) {
	x.mu.Lock()
	x.lines = append(x.lines, lines...)
	full := !x.over && len(x.lines) > sideBytes
	x.over = x.over || full
	x.startLocked()
	x.mu.Unlock()
	if full {
		go x.failed(&FullError{Size: len(lines)})
	}
}

func (x *Side) startLocked() {
	if !x.writing && !x.closed && !x.over && len(x.lines) > 0 {
		x.writing = true
		go x.run()
	}
}

func (x *Side) run() {
	x.mu.Lock()
	for len(x.lines) > 0 && !x.closed && !x.over {
		batch := x.lines
		x.lines = nil
		x.mu.Unlock()
		err := x.carry(batch)
		x.mu.Lock()
		if err != nil && !x.over {
			x.over = true
			go x.failed(err)
		}
	}
	x.writing = false
	x.mu.Unlock()
}

// carry writes all of a batch.
func (x *Side) carry(batch []byte) error {
	for pieces := [][]byte{batch}; len(pieces) > 0; {
		rest, n, err := x.link.Write(pieces, sideLimit)
		if err != nil && n == 0 || err != nil && !isTimeout(err) {
			return err
		}
		pieces = rest
	}
	return nil
}

// Fence returns a channel that is closed when the server has been through all lines.
func (x *Side) Fence(ping []byte) <-chan struct{} {
	pong := make(chan struct{})
	x.mu.Lock()
	x.pongs = append(x.pongs, pong)
	x.mu.Unlock()
	x.Write(ping)
	return pong
}

// Pong says whether somebody has asked for it.
func (x *Side) Pong() (asked bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.pongs) == 0 {
		return false
	}
	close(x.pongs[0])
	x.pongs = x.pongs[1:]
	return true
}

// Answered returns a channel that is closed when no answer is awaited by now, or those
// have come that are.
func (x *Side) Answered() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if n := len(x.pongs); n > 0 {
		return x.pongs[n-1]
	}
	return answered
}

// Close has nothing more written, what Write still brings neither, and says whether
// the last write is back.
func (x *Side) Close() (back bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
	return !x.writing
}

// Rest gives away the lines that weren't written, once Close has said that it may.
func (x *Side) Rest() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	rest := x.lines
	x.lines = nil
	return rest
}
