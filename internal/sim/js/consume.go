package js

import (
	"time"

	"github.com/evernats/nats/internal/js/kv"
	"github.com/evernats/nats/internal/js/pull"
)

// Consume is a program that consumes a durable consumer, and acknowledges what it has
// handled. When the consumer is deleted it makes it anew, and begins anew.
type Consume struct {
	c    *Client
	s    *Stream
	cfg  consumerConfig
	pull pull.Config
	work time.Duration // that a message takes, at most

	in       *intake
	queue    []delivery
	busy     bool
	unsaid   int
	starting bool
	Seen     map[uint64]int // by number: how often it was handled
	Ended    int            // how often the consumption ended
	alarms   int
}

// NewConsume begins to consume.
func (c *Client) NewConsume(s *Stream, name string) *Consume {
	w := c.w
	p := &Consume{c: c, s: s, Seen: map[uint64]int{}, work: w.between(0, 20*ms)}
	p.cfg = consumerConfig{name: name, start: kv.Start{Policy: kv.Everything}, ackWait: w.between(400*ms, 2*time.Second), maxPending: w.rnd.IntN(3) * 10}
	p.pull = pull.Config{
		Messages: 2 + w.rnd.IntN(40), Expires: w.between(2*time.Second, 30*time.Second),
	}
	p.pull.LowMessages = p.pull.Messages / 2
	p.pull.Heartbeat = min(p.pull.Expires/2, w.between(time.Second, 5*time.Second))
	s.add(p.cfg)
	w.consumes = append(w.consumes, p)
	p.begin()
	return p
}

// pulledWithin is how soon a consumer is pulled that has a leader and a client.
const pulledWithin = 250 * time.Millisecond

// reader is who reads a stream in order.
type reader interface {
	reads() (c *Client, s *Stream)
	behind(last uint64) bool // something of the stream up to there hasn't come
}

// resumedWithin is how soon a reader has, on a new link, what it has missed.
const resumedWithin = 500 * time.Millisecond

// checkReaders looks later whether those who read in order go on over a new link.
func (w *World) checkReaders(of *Client) {
	for _, r := range w.readers {
		c, s := r.reads()
		if c != of || !w.meta.there() || !s.lead.there() {
			continue
		}
		since, last := w.now, s.last
		w.After(resumedWithin, func() {
			if w.disturbed <= since && r.behind(last) {
				w.Fail("on the link that came at %v a reader hasn't gone on yet", since)
			}
		})
	}
}

// checkPulls looks later whether consumers that have a leader and a client by now are
// pulled.
func (w *World) checkPulls() {
	for _, p := range w.consumes {
		c, in := p.s.find(p.cfg.name), p.in
		if c == nil || !c.lead.there() || !p.c.up || p.c.dead || c.lead.since > p.c.upAt && !c.advised {
			continue
		}
		since := max(c.lead.since, p.c.upAt)
		epoch, changes := p.c.epoch, c.lead.changes
		// It takes the advisory and the pull to get there, and a refusal to be told.
		w.After(pulledWithin+5*ms, func() {
			if c.gone || c.lead.changes != changes || p.c.epoch != epoch || p.c.dead || p.in != in || in.over || p.starting ||
				in.m.(*pull.Machine).Buffered() > in.cfg.LowMessages {
				return
			}
			if c.served < since {
				w.Fail("consumer %s has a leader and a client since %v, and wasn't pulled", c.name, since)
			}
		})
	}
}

func (p *Consume) begin() {
	p.queue, p.unsaid = nil, 0
	p.in = newIntake(p.c, p.s, p.cfg.name, p.pull, p)
	p.in.start(true)
}

func (p *Consume) message(d delivery) bool {
	p.queue = append(p.queue, d)
	p.next()
	return true
}

// next handles one after another.
func (p *Consume) next() {
	if p.busy || len(p.queue) == 0 {
		return
	}
	p.busy = true
	in := p.in
	p.c.w.After(p.c.w.between(0, p.work), func() {
		p.busy = false
		if in != p.in || len(p.queue) == 0 {
			p.next()
			return
		}
		d := p.queue[0]
		p.queue = p.queue[1:]
		p.Seen[d.seq]++
		p.c.publish(func() { d.of.ack(d.seq) })
		if p.unsaid++; p.unsaid == 8 || len(p.queue) == 0 {
			n := p.unsaid
			p.unsaid = 0
			in.handled(n)
		}
		p.next()
	})
}

func (p *Consume) trouble(why pull.Reason) {
	if why == pull.NoHeartbeat {
		p.alarms++
	}
}

func (p *Consume) missing() bool { return false }

func (p *Consume) end(a pull.Action) bool {
	p.c.w.tracef("consuming %s ends: %d", p.cfg.name, a.Why)
	if a.Why != pull.Deleted {
		p.c.w.Fail("consuming %s ended with %d", p.cfg.name, a.Why)
		return true
	}
	p.Ended++
	p.starting = true
	p.c.w.After(p.c.w.between(0, 100*ms), p.again)
	return true
}

// again makes the consumer anew.
func (p *Consume) again() {
	p.c.request(5*time.Second, true, p.s.create(p.cfg), func(r reply) {
		if r.value == nil {
			p.c.w.After(100*ms, p.again)
			return
		}
		p.starting = false
		p.begin()
	})
}

// Missing is the first message that the stream has and the program hasn't seen; 0: none.
func (p *Consume) Missing() uint64 {
	for i := range p.s.msgs {
		if seq := p.s.msgs[i].Seq; p.Seen[seq] == 0 {
			return seq
		}
	}
	return 0
}

// Fetch is a program that fetches from a durable consumer again and again, and
// acknowledges what it gets.
type Fetch struct {
	c    *Client
	s    *Stream
	name string

	in       *intake
	cfg      pull.Config
	began    time.Duration
	got      int
	Seen     map[uint64]int
	Fetches  int
	stopping bool
	running  bool
}

// NewFetch begins to fetch.
func (c *Client) NewFetch(s *Stream, name string) *Fetch {
	w := c.w
	p := &Fetch{c: c, s: s, name: name, Seen: map[uint64]int{}}
	s.add(consumerConfig{name: name, start: kv.Start{Policy: kv.Everything}, ackWait: w.between(300*ms, 2*time.Second), maxPending: w.rnd.IntN(2) * 10})
	p.begin()
	return p
}

// fetchLimit is how long a fetch lasts for which nothing else is said.
const fetchLimit = 5 * time.Second

func (p *Fetch) begin() {
	w := p.c.w
	n := 1 + w.rnd.IntN(10)
	p.cfg = pull.Config{Messages: n, Total: n, Once: true, Expires: w.between(50*ms, 4*time.Second)}
	switch w.rnd.IntN(4) {
	case 0:
		p.cfg.NoWait, p.cfg.Expires = true, fetchLimit
	case 1:
		p.cfg.Heartbeat = p.cfg.Expires / time.Duration(3+w.rnd.IntN(3))
	}
	p.began, p.running, p.got = w.now, true, 0
	p.Fetches++
	fetch := p.Fetches
	p.in = newIntake(p.c, p.s, p.name, p.cfg, p)
	p.in.start(false)
	// The end of its time is told within its grace.
	w.After(p.cfg.Expires+150*ms, func() {
		if p.running && p.Fetches == fetch {
			w.Fail("a fetch of %v that began at %v hasn't ended", p.cfg.Expires, p.began)
		}
	})
}

func (p *Fetch) message(d delivery) bool {
	if p.got++; p.got > p.cfg.Total {
		p.c.w.Fail("a fetch of %d got more", p.cfg.Total)
	}
	p.Seen[d.seq]++
	p.c.publish(func() { d.of.ack(d.seq) })
	return true
}

func (p *Fetch) trouble(pull.Reason) {}
func (p *Fetch) missing() bool       { return false }

func (p *Fetch) end(a pull.Action) bool {
	w := p.c.w
	if a.Why == pull.Done && p.got < p.cfg.Total && !p.cfg.NoWait && w.now-p.began < p.cfg.Expires-60*ms {
		w.Fail("a fetch of %d and %v is done with %d after %v", p.cfg.Total, p.cfg.Expires, p.got, w.now-p.began)
	}
	if a.Why == pull.Deleted {
		w.Fail("a fetch was told that the consumer is gone")
	}
	p.running = false
	w.After(w.between(0, 50*ms), func() {
		if !p.stopping || p.Missing() != 0 {
			p.begin()
		}
	})
	return true
}

// Stop has no further fetch begun once all has come.
func (p *Fetch) Stop() { p.stopping = true }

// Missing is the first message that the stream has and the program hasn't got; 0: none.
func (p *Fetch) Missing() uint64 {
	for i := range p.s.msgs {
		if seq := p.s.msgs[i].Seq; p.Seen[seq] == 0 {
			return seq
		}
	}
	return 0
}
