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
	given   bool // nor carried along by who has got the rest
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
	x.writeLocked(lines)
	x.mu.Unlock()
}

func (x *Side) writeLocked(lines []byte) {
	x.lines = append(x.lines, lines...)
	if !x.over && len(x.lines) > sideBytes {
		x.over = true
		go x.failed(&FullError{Size: len(lines)})
	}
	x.startLocked()
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

// Fence returns a channel that is closed when the server has been through all lines; never,
// when the rest was given away before.
func (x *Side) Fence(ping []byte) <-chan struct{} {
	pong := make(chan struct{})
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.given { // else the answer that comes next is somebody else's
		x.pongs = append(x.pongs, pong)
		x.writeLocked(ping)
	}
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
	x.lines, x.given = nil, true
	return rest
}

// TakeBack is for what Rest gave away and nobody has written.
func (x *Side) TakeBack(rest []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines, x.given = append(rest, x.lines...), false
}
