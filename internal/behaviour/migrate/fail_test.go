package migrate_test

import (
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// at which moments of a move servers are ended: before and in its overlap, while
// queues leave, around the switch, and behind it.
var moments = []time.Duration{
	20 * time.Millisecond, 300 * time.Millisecond, 740 * time.Millisecond, 770 * time.Millisecond, 1200 * time.Millisecond,
	1254 * time.Millisecond, 1258 * time.Millisecond, 1262 * time.Millisecond, 1270 * time.Millisecond, 1500 * time.Millisecond,
}

// traffic has a connection move while everything goes on, and breaks something.
func traffic(t *testing.T, p *place, after time.Duration, broken func()) (in, queue, out *numbers, sentIn, sentOut int, err error) {
	in, queue, out = new(numbers), new(numbers), new(numbers)
	_, err = p.nc.Subscribe("in", in.handle)
	Must(t, err)
	_, err = p.nc.QueueSubscribe("in", "group", queue.handle)
	Must(t, err)
	// The other program hears of both sides, whichever server ends.
	for _, nc := range p.other {
		_, err = nc.QueueSubscribe("out", "either", out.handle)
		Must(t, err)
		Must(t, nc.Flush())
	}
	Must(t, p.nc.Flush())
	endIn, endOut := stream(t, p.other[1], "in"), stream(t, p.nc, "out")
	time.Sleep(100 * time.Millisecond)
	moved := make(chan error, 1)
	go func() { moved <- p.migrate() }()
	time.Sleep(after)
	broken()
	err = Receive(t, "the end of the move", moved)
	time.Sleep(2 * time.Second)
	sentIn, sentOut = endIn(), endOut()
	time.Sleep(2 * time.Second)
	return in, queue, out, sentIn, sentOut, err
}

// missing is how many of the first n numbers never came, and how many came again.
func (c *numbers) missing(n int) (lost, again int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := make(map[int]int)
	for _, x := range c.got {
		seen[x]++
	}
	for i := range n {
		switch {
		case seen[i] == 0:
			lost++
		case seen[i] > 1:
			again++
		}
	}
	return lost, again
}

// The connection to the new server ends: nothing is lost or doubled, and the connection
// moves a moment later.
func TestTheNewServerHangsUpInAMove(t *testing.T) {
	for _, after := range moments[:5] {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			p := newPlace(t, n)
			in, queue, out, sentIn, sentOut, err := traffic(t, p, after, func() {
				for _, c := range p.b.Open() {
					if c != p.b.Conns()[0] {
						c.HangUp()
					}
				}
			})
			Must(t, err)
			in.are(t, "the subscriber", sentIn, true)
			out.are(t, "the other program", sentOut, false)
			// What the server had on its way to a member that it hung up on is lost.
			if lost, again := queue.missing(sentIn); lost > 2 || again > 0 {
				t.Errorf("after %v: the queue lost %d, doubled %d", after, lost, again)
			}
			p.at(p.b)
			p.quiet()
		})
	}
}

// The connection to the old server ends: the new one takes over, with what it has
// brought. With AtLeastOnce nothing that was published is lost.
func TestTheOldServerHangsUpInAMove(t *testing.T) {
	for _, after := range moments {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			p := newPlace(t, n, nats.AtLeastOnce())
			conn := p.a.Conns()[0]
			in, queue, out, sentIn, sentOut, _ := traffic(t, p, after, conn.HangUp)
			if lost, again := in.missing(sentIn); lost > 30 || again > 0 || after > 50*time.Millisecond && lost > 0 {
				t.Errorf("after %v: the subscriber lost %d, doubled %d", after, lost, again)
			}
			if lost, again := queue.missing(sentIn); lost > 30 || again > 0 {
				t.Errorf("after %v: the queue lost %d, doubled %d", after, lost, again)
			}
			if lost, _ := out.missing(sentOut); lost > 0 {
				t.Errorf("after %v: %d that were published were lost", after, lost)
			}
			p.at(p.b)
			p.quiet("disconnected", "reconnected", "error")
		})
	}
}

// Both end at once: that is a loss like any other.
func TestBothServersHangUpInAMove(t *testing.T) {
	for _, after := range moments {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			p := newPlace(t, n, nats.AtLeastOnce())
			first := p.b.Conns()[0]
			in, _, out, sentIn, sentOut, _ := traffic(t, p, after, func() {
				p.a.Conns()[0].HangUp()
				for _, c := range p.b.Open() {
					if c != first {
						c.HangUp()
					}
				}
			})
			if lost, again := in.missing(sentIn); lost > 50 || again > 0 {
				t.Errorf("after %v: the subscriber lost %d, doubled %d", after, lost, again)
			}
			if lost, _ := out.missing(sentOut); lost > 0 {
				t.Errorf("after %v: %d that were published were lost", after, lost)
			}
			if !p.nc.IsConnected() {
				t.Errorf("after %v: not connected", after)
			}
			Must(t, p.nc.Flush())
			p.quiet("disconnected", "reconnected", "attempt failed", "error")
			// And it can move again.
			before := p.nc.ConnectedUrl()
			Must(t, p.migrate())
			if p.nc.ConnectedUrl() == before {
				t.Error("it hasn't moved")
			}
		})
	}
}
