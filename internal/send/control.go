package send

import (
	"bytes"

	"github.com/evernats/nats/internal/wire"
)

// Control lines that wait for a link are bounded, whatever the server and the program
// do. PONGs that are owed are a number, until the socket gets on. SUB and UNSUB lines
// are counted; when more wait than would make all subscriptions anew, a new link takes
// less than this one still has to, and the table of subscriptions makes them there.

const (
	// pongsAtOnce is how many PONGs go into the buffer before a batch is taken.
	pongsAtOnce = 256
	// linesBeside is how many SUB and UNSUB lines may wait beside two for each
	// subscription that there is.
	linesBeside = 16 << 10
)

// lines counts the SUB and UNSUB lines that wait.
type lines struct {
	mark  uint64 // written bytes with which the older lines are written
	older uint32
	newer uint32
}

var lineEnd = []byte("\r\n")

// pongs is what goes out at once.
var pongs = bytes.Repeat([]byte(wire.PongLine), pongsAtOnce)

// OwePong notes that the server wants an answer.
func (s *Sender) OwePong() {
	s.mu.Lock()
	if s.link != nil {
		s.owed++
		s.kickLocked()
	}
	s.mu.Unlock()
}

// pongsLocked queues PONGs that are owed, right before a batch is taken.
func (s *Sender) pongsLocked() {
	if s.owed == 0 || s.buf.Gated() {
		return
	}
	n := min(s.owed, pongsAtOnce)
	s.buf.Control(pongs[:n*uint32(len(wire.PongLine))])
	s.owed -= n
}

// Control queues SUB or UNSUB lines if there is a link to tell; otherwise the table of
// subscriptions, which has subs of them, says it at the next one. The table's lock is
// held by whoever calls it, and by whoever calls Attach: so none is lost between them.
func (s *Sender) Control(frames []byte, subs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.overrun {
		return
	}
	n := &s.lines
	if s.written >= n.mark {
		n.older, n.newer = n.newer, 0
		n.mark = s.written + uint64(s.buf.Size())
	}
	n.newer += uint32(bytes.Count(frames, lineEnd))
	if all := int(n.older) + int(n.newer); all > 2*subs+linesBeside {
		s.overrun = true
		s.owner.Overrun(s.link, all)
		return
	}
	s.buf.Control(frames)
	s.kickLocked()
}
