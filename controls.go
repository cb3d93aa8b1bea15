package nats

import (
	"bytes"
	"fmt"

	"github.com/evernats/nats/internal/wire"
)

const (
	// pongsAtOnce is how many PONGs go into the buffer before a batch is taken.
	pongsAtOnce = 256
	// linesBeside is how many SUB and UNSUB lines may wait beside two for each
	// subscription that there is.
	linesBeside = 16 << 10
)

// controls bounds the control lines that wait for a link, whatever the server and the
// program do. PONGs that are owed are a number, until the socket gets on. SUB and
// UNSUB lines are counted; when more wait than would make all subscriptions anew, a
// new link takes less than this one still has to, and the table makes them there.
// All of it needs the sender's lock.
type controls struct {
	owed  int    // PONGs
	mark  uint64 // written bytes with which the older lines are written
	older int
	newer int
	over  bool // too many lines wait: the link is given up
}

var lineEnd = []byte("\r\n")

// pongs is what goes out at once.
var pongs = bytes.Repeat([]byte(wire.PongLine), pongsAtOnce)

// owePong notes that the server wants an answer.
func (s *sender) owePong() {
	s.mu.Lock()
	if s.link != nil {
		s.controls.owed++
		s.kickLocked()
	}
	s.mu.Unlock()
}

// pongsLocked queues PONGs that are owed, right before a batch is taken.
func (s *sender) pongsLocked() {
	c := &s.controls
	if c.owed == 0 || s.buf.Gated() {
		return
	}
	n := min(c.owed, pongsAtOnce)
	s.buf.Control(pongs[:n*len(wire.PongLine)])
	c.owed -= n
}

// control queues SUB or UNSUB lines if there is a connection to tell; otherwise
// the subscription table, which has subs of them, says it at the next one.
func (s *sender) control(frames []byte, subs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.controls
	if s.link == nil || c.over {
		return
	}
	if s.written >= c.mark {
		c.older, c.newer = c.newer, 0
		c.mark = s.written + uint64(s.buf.Size())
	}
	c.newer += bytes.Count(frames, lineEnd)
	if c.older+c.newer > 2*subs+linesBeside {
		c.over = true
		l := s.link
		err := fmt.Errorf("%w: %d changes of subscriptions wait for it", ErrOutboundFull, c.older+c.newer)
		s.nc.session.Post(func() { l.GiveUp(l.Ended(phaseWrite, err)) })
		return
	}
	s.buf.Control(frames)
	s.kickLocked()
}
