package js

import (
	"time"

	"github.com/evernats/nats/internal/js/kv"
	"github.com/evernats/nats/internal/js/push"
)

// Pushed is a program that a push consumer sends a stream's messages to: an ordered one, as
// the legacy API's is, or a durable one that is looked at when it is silent.
type Pushed struct {
	c       *Client
	s       *Stream
	name    string // of the consumer
	prefix  string
	ordered bool
	cfg     consumerConfig
	m       *push.Machine
	acts    []push.Action
	due     time.Duration
	serial  int
	old     []string
	stopped bool

	Got      []uint64 // of an ordered one
	Seen     map[uint64]int
	Lost     int // how often it was told that the consumer is gone
	Inactive int
	Makes    int
	makeFrom time.Duration // since when one is to be made; 0: none is
}

// pushedWithin is orderedWithin where the consumer pushes.
const pushedWithin = 500 * time.Millisecond

// inbox is the deliver subject of one consumer.
type inbox struct {
	p    *Pushed
	name string
}

func (i inbox) owner() *Client     { return i.p.c }
func (i inbox) closed() bool       { return i.p.stopped || i.p.ordered && i.name != i.p.name }
func (i inbox) message(d delivery) { i.p.message(d) }
func (i inbox) heartbeat(consumer string, sent uint64, asked func()) {
	i.p.heartbeat(consumer, sent, asked)
}

// NewPushed begins to read.
func (c *Client) NewPushed(s *Stream, prefix string, ordered bool) *Pushed {
	w := c.w
	p := &Pushed{c: c, s: s, prefix: prefix, ordered: ordered, Seen: map[uint64]int{}}
	p.cfg = consumerConfig{heartbeat: w.between(500*ms, 3*time.Second), flow: w.rnd.IntN(2) * 8, alone: ordered}
	p.m = push.New(w.now, push.Config{Ordered: ordered, Heartbeat: p.cfg.heartbeat, Look: !ordered, Chance: w.rnd.Int64N})
	p.name = prefix
	if !ordered {
		p.cfg.ackWait = w.between(300*ms, 2*time.Second)
		p.make()
	} else {
		w.readers = append(w.readers, p)
		p.name = p.newName()
		cfg := p.cfg
		cfg.name, cfg.push, cfg.start = p.name, inbox{p, p.name}, kv.Start{Policy: kv.Everything}
		s.add(cfg)
	}
	if _, up := c.watch(p); !up {
		p.m.LinkDown()
	}
	p.arm()
	return p
}

func (p *Pushed) newName() string {
	p.serial++
	return p.prefix + itoa(p.serial)
}

// make makes the durable consumer.
func (p *Pushed) make() {
	cfg := p.cfg
	cfg.name, cfg.push, cfg.start = p.name, inbox{p, p.name}, kv.Start{Policy: kv.Everything}
	p.s.add(cfg)
}

func (p *Pushed) message(d delivery) {
	if p.stopped || d.consumer != p.name {
		return
	}
	var through bool
	p.acts, through = p.m.Message(p.c.w.now, d.number, d.seq, p.acts[:0])
	p.c.w.tracef("pushed: %s gets %d as %d, let through %v", d.consumer, d.seq, d.number, through)
	if through {
		if n := len(p.Got); p.ordered && n > 0 && d.seq <= p.Got[n-1] {
			p.c.w.Fail("pushed in order: %d came behind %d", d.seq, p.Got[n-1])
		}
		p.Got = append(p.Got, d.seq)
		p.Seen[d.seq]++
		if !p.ordered {
			p.c.publish(func() { d.of.ack(d.seq) })
		}
	}
	p.act()
}

func (p *Pushed) heartbeat(consumer string, sent uint64, asked func()) {
	if p.stopped || consumer != p.name {
		return
	}
	p.acts = p.m.Heartbeat(p.c.w.now, sent, p.acts[:0])
	p.c.w.tracef("pushed: %s lives and has sent %d", consumer, sent)
	if asked != nil {
		p.c.publish(asked)
	}
	p.act()
}

func (p *Pushed) act() {
	acts := append([]push.Action(nil), p.acts...)
	w := p.c.w
	for _, a := range acts {
		switch a.Kind {
		case push.Make:
			p.remake(a)
		case push.Inactive:
			p.Inactive++
			if !p.c.up || w.now-p.c.upAt < 2*p.cfg.heartbeat {
				w.Fail("pushed: heartbeats are missed on a link that came at %v", p.c.upAt)
			}
		case push.Look:
			p.look()
		case push.Lost:
			p.lost()
		}
	}
	p.arm()
}

// remake has the ordered consumer made anew.
func (p *Pushed) remake(a push.Action) {
	p.Makes++
	if p.makeFrom == 0 {
		p.makeFrom = p.c.w.now
	}
	p.old = append(p.old, p.name)
	p.name = p.newName()
	cfg := p.cfg
	cfg.name, cfg.push, cfg.start = p.name, inbox{p, p.name}, kv.Start{Policy: kv.Everything}
	if a.Cursor > 0 {
		cfg.start = kv.Start{Policy: kv.FromRevision, Revision: a.Cursor + 1}
	}
	p.c.w.tracef("pushed: consumer %s is to be made, behind %d", p.name, a.Cursor)
	p.c.request(a.Patience, true, p.s.create(cfg), func(r reply) {
		if p.stopped {
			return
		}
		if r.value == nil {
			p.m.Failed(p.c.w.now)
			p.arm()
			return
		}
		if since := max(p.s.good(p.c), p.makeFrom); p.c.up && !p.c.dead {
			w := p.c.w
			w.PushLag = max(w.PushLag, w.now-since)
			if w.now-since > pushedWithin {
				w.Fail("pushed: consumer %s is made anew only now, though it could be since %v", p.name, since)
			}
		}
		p.makeFrom = 0
		old := p.old
		p.old = nil
		p.acts = p.m.Made(p.c.w.now, p.acts[:0])
		p.act()
		for _, name := range old {
			p.c.request(2*time.Second, true, p.s.discard(name), func(reply) {})
		}
	})
}

func (p *Pushed) look() {
	p.c.request(askTimeout, true, p.s.info(p.name), func(r reply) {
		answer := push.Unknown
		switch {
		case r.value != nil:
			answer = push.There
		case r.errCode == noConsumer:
			answer = push.Gone
		}
		p.acts = p.m.Looked(p.c.w.now, answer, p.acts[:0])
		p.act()
	})
}

// lost has the program make the consumer anew that it was told is gone.
func (p *Pushed) lost() {
	p.Lost++
	if c := p.s.find(p.name); c != nil {
		p.c.w.Fail("pushed: consumer %s is told to be gone", p.name)
	}
	p.c.w.After(p.c.w.between(0, 50*ms), p.make)
}

func (p *Pushed) linkUp(uint64) {
	p.acts = p.m.LinkUp(p.c.w.now, p.acts[:0])
	p.act()
}

func (p *Pushed) linkDown(_, _ uint64) { p.m.LinkDown() }

func (p *Pushed) arm() {
	at, ok := p.m.Deadline()
	if !ok || p.stopped || p.due > 0 && p.due <= at {
		return
	}
	w := p.c.w
	if at < w.now-ms {
		w.Fail("pushed: something is due since %v", at)
		return
	}
	p.due = max(at, 1)
	w.at(max(at, w.now), func() {
		if p.due != max(at, 1) || p.stopped {
			return
		}
		p.due = 0
		p.acts = p.m.Tick(w.now, p.acts[:0])
		p.act()
	})
}

func (p *Pushed) reads() (*Client, *Stream) { return p.c, p.s }
func (p *Pushed) behind(last uint64) bool {
	m := p.Missing()
	return m > 0 && m <= last
}

// Missing is the first message that the stream has and hasn't come; 0: none.
func (p *Pushed) Missing() uint64 {
	if p.ordered {
		return missing(p.s, p.Got)
	}
	for i := range p.s.msgs {
		if seq := p.s.msgs[i].Seq; p.Seen[seq] == 0 {
			return seq
		}
	}
	return 0
}
