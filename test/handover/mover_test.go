package handover_test

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats/internal/overlap"
)

// The subscriptions of a mover.
const (
	plain   = 1
	queued  = 2
	inbox   = 3
	probing = 4
)

var started = time.Now()

func clock() time.Duration { return time.Since(started) }

// mover is a client that moves from server to server by the steps of the overlap
// package's documentation, with nothing but sockets.
type mover struct {
	t    testing.TB
	name string

	mu     sync.Mutex
	cur    *raw // the link in use
	next   *raw // the one that is prepared
	filter *overlap.Filter[held]
	probes chan string // what came in on a probe's subject
	got    func(sid int, payload string)
	most   int // that were held at once

	pub   sync.Mutex // of publishing; held while that moves
	out   *raw
	moves int
	pause time.Duration // the longest that publishing stood still
}

type held struct {
	sid     int
	payload string
}

func newMover(t testing.TB, name, addr string, got func(sid int, payload string)) *mover {
	m := &mover{t: t, name: name, got: got, probes: make(chan string, 1024)}
	m.cur = m.connect(addr)
	m.out = m.cur
	m.subscribe(m.cur)
	m.cur.fence()
	return m
}

// connect makes a link whose messages go where its part in the move says.
func (m *mover) connect(addr string) *raw {
	link := &raw{}
	m.dialInto(link, addr)
	return link
}

func (m *mover) dialInto(link *raw, addr string) {
	dialInto(m.t, link, addr, func(sid int, subject string, payload []byte) { m.message(link, sid, subject, payload) })
}

func (m *mover) subscribe(link *raw) {
	link.send("SUB x %d\r\nSUB x group %d\r\nSUB %s.inbox.* %d\r\n", plain, queued, m.name, inbox)
}

func (m *mover) message(link *raw, sid int, subject string, payload []byte) {
	if sid == probing {
		m.probes <- subject
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text := string(payload)
	if sid == queued || m.filter == nil && link == m.cur {
		m.got(sid, text)
		return
	}
	switch {
	case m.filter == nil:
	case link == m.next || m.next == nil && link == m.cur:
		keep := func() held { return held{sid, text} }
		if m.filter.New(clock(), uint64(sid), []byte(subject), nil, nil, payload, keep) == overlap.Deliver {
			m.got(sid, text)
		}
		n, _ := m.filter.Held()
		m.most = max(m.most, n)
		if m.filter.Done(clock()) {
			m.filter = nil
		}
	case m.filter.Old(clock(), uint64(sid), []byte(subject), nil, nil, payload):
		m.got(sid, text)
	}
}

// publish is one message, with a reply subject.
func (m *mover) publish(subject, reply, payload string) {
	m.pub.Lock()
	defer m.pub.Unlock()
	m.out.send("PUB %s %s %d\r\n%s\r\n", subject, reply, len(payload), payload)
}

// probe publishes on one link until it comes in on the other.
func (m *mover) probe(from *raw, subject string) bool {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for {
		from.publish(subject, "")
		for again := true; again; {
			select {
			case got := <-m.probes:
				if got == subject {
					return true
				}
			case <-tick.C:
				again = false
			case <-late:
				m.t.Errorf("%s never came in", subject)
				return false
			}
		}
	}
}

// move is a whole move, with the numbers of the documentation's steps.
func (m *mover) move(addr string) {
	m.moves++
	id := fmt.Sprintf("%s.probe.%d", m.name, m.moves)
	// 1
	next := &raw{}
	m.mu.Lock()
	m.filter = overlap.New[held](clock(), maphash.MakeSeed(), overlap.Limits{})
	m.next = next
	old := m.cur
	m.mu.Unlock()
	m.dialInto(next, addr)
	// 2
	m.subscribe(next)
	next.send("SUB %s.n.* %d\r\n", id, probing)
	old.send("SUB %s.o %d\r\n", id, probing)
	next.fence()
	// 3
	began := clock()
	if !m.probe(old, id+".n.0") || !m.probe(next, id+".o") {
		return
	}
	took := clock() - began
	// 4
	m.mu.Lock()
	m.filter.SetSkew(overlap.Skew(took))
	m.mu.Unlock()
	time.Sleep(overlap.QueuesStay(took))
	// 5
	old.send("UNSUB %d\r\n", queued)
	old.fence()
	time.Sleep(overlap.QueuesGone(took))
	// 6
	m.pub.Lock()
	began = clock()
	subject := id + ".n.1"
	old.publish(subject, "")
	old.fence()
	for got := range m.probes {
		if got == subject {
			break
		}
	}
	time.Sleep(overlap.Margin(clock() - began))
	m.out = next
	m.pause = max(m.pause, clock()-began)
	m.pub.Unlock()
	// 7
	m.mu.Lock()
	if !m.filter.Cut(clock(), func(h held) { m.got(h.sid, h.payload) }) {
		m.t.Error("the filter has given up")
	}
	m.cur, m.next = next, nil
	m.mu.Unlock()
	// 8
	old.send("UNSUB %d\r\nUNSUB %d\r\nUNSUB %d\r\n", plain, inbox, probing)
	old.fence()
	old.close()
	next.send("UNSUB %d\r\n", probing)
	// 9
	for done := false; !done; time.Sleep(time.Millisecond) {
		m.mu.Lock()
		if done = m.filter == nil || m.filter.Done(clock()); done {
			m.filter = nil
		}
		m.mu.Unlock()
	}
}

// tally counts what comes of messages named by their publisher and their number.
type tally struct {
	mu    sync.Mutex
	count map[string]int
	last  map[string]int
	swaps int
}

func newTally() *tally { return &tally{count: map[string]int{}, last: map[string]int{}} }

func (c *tally) note(payload string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[payload]++
	who, number, _ := strings.Cut(payload, ":")
	var n int
	_, _ = fmt.Sscan(number, &n)
	if before, ok := c.last[who]; ok && n < before {
		c.swaps++
	}
	c.last[who] = max(c.last[who], n)
}

// missing is how many of the first n messages of a publisher never came, and how many came
// more than once.
func (c *tally) missing(who string, n int) (lost, doubled int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range n {
		switch k := c.count[fmt.Sprintf("%s:%d", who, i)]; {
		case k == 0:
			lost++
		case k > 1:
			doubled++
		}
	}
	return lost, doubled
}
