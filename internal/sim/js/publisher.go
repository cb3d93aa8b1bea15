package js

import (
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/window"
)

// Publisher is a program that publishes asynchronously, as jetstream's publisher does.
type Publisher struct {
	c       *Client
	s       *Stream
	name    string
	ids     bool
	w       *window.Window
	acts    []window.Action
	futures []*Future // by slot
	due     time.Duration
	lookups []window.Token
	asking  bool

	collecting bool
	todo       []*Future // that found no room
	All        []*Future
}

// Future is what becomes of a message.
type Future struct {
	Index   int
	ID      string
	Done    bool
	Seq     uint64 // it was acknowledged as that message
	Why     window.Reason
	Refused bool // the stream said that it doesn't take it
	Doubt   bool // a copy was never answered, so it may be stored all the same
}

// NewPublisher makes one, whose messages have ids or not.
func (c *Client) NewPublisher(s *Stream, name string, ids bool) *Publisher {
	rnd := c.w.rnd
	p := &Publisher{c: c, s: s, name: name, ids: ids}
	cfg := window.Config{Limit: 4 + rnd.IntN(60), Patience: time.Minute, Resend: 5 * time.Second, Replay: 110 * time.Second}
	switch rnd.IntN(4) {
	case 0:
		cfg.Timeout = c.w.between(time.Second, 8*time.Second)
	case 1:
		cfg.Patience, cfg.Resend = 5*time.Second, c.w.between(500*ms, 2*time.Second)
	}
	if s.window < time.Minute {
		cfg.Replay, cfg.Resend = s.window-time.Second, c.w.between(300*ms, time.Second)
	}
	cfg.FailOnLoss = rnd.IntN(12) == 0
	p.w = window.New(cfg)
	if _, up := c.watch(p); up {
		p.acts = p.w.LinkUp(c.w.now, p.acts[:0])
	} else {
		p.acts = p.w.LinkDown(c.w.now, 0, 0, p.acts[:0])
	}
	p.act()
	return p
}

// Publish publishes the next message.
func (p *Publisher) Publish() {
	f := &Future{Index: len(p.All)}
	f.ID = p.name + "." + strconv.Itoa(f.Index)
	p.All = append(p.All, f)
	p.todo = append(p.todo, f)
	p.emptied()
}

// emptied sends what found no room before.
func (p *Publisher) emptied() {
	for len(p.todo) > 0 && p.w.Room(1) {
		f := p.todo[0]
		p.todo = p.todo[1:]
		now := p.c.w.now
		t, send := p.w.Add(now, window.Message{Size: 1, ID: p.ids, Attempts: 2, Wait: 250 * ms})
		for t.Slot() >= len(p.futures) {
			p.futures = append(p.futures, nil)
		}
		p.futures[t.Slot()] = f
		if send {
			p.w.Sent(now, t, p.c.publish(p.arrive(t, f)))
		}
		p.arm()
	}
}

func (p *Publisher) arrive(t window.Token, f *Future) func() {
	m := pub{subject: p.name, mark: f.ID, data: []byte(f.ID)}
	if p.ids {
		m.id = f.ID
	}
	copy := p.w.Copies(t) + 1
	return func() {
		p.s.publish(m, func(a reply) { p.c.tell(func() { p.answer(t, copy, a) }) })
	}
}

func (p *Publisher) answer(t window.Token, copy uint32, a reply) {
	now := p.c.w.now
	switch {
	case a.none:
		p.acts = p.w.Refused(now, t, p.acts[:0])
		p.act()
		return
	case a.errCode == inProcess:
		p.acts = p.w.InProcess(now, t, copy, p.s.name, p.acts[:0])
		p.act()
		return
	}
	doubt := p.w.Unanswered(t) > 1 // a copy before the one that is answered
	if a.code == 0 && !a.dup {
		p.w.Stored(t, p.s.name)
	}
	var there bool
	if p.acts, there = p.w.Remove(now, t, p.acts[:0]); !there {
		return
	}
	f := p.futures[t.Slot()]
	p.futures[t.Slot()] = nil
	p.end(f)
	f.Seq, f.Refused, f.Doubt = a.seq, a.code != 0, doubt
	p.act()
}

func (p *Publisher) end(f *Future) {
	if f.Done {
		p.c.w.Fail("message %s ends twice", f.ID)
	}
	f.Done = true
}

func (p *Publisher) act() {
	now := p.c.w.now
	for i := 0; i < len(p.acts); i++ {
		a := p.acts[i]
		f := p.futures[a.Token.Slot()]
		if a.Kind == window.Withdraw {
			n := p.c.withdraw(a.Numbers)
			p.acts = p.w.Withdrawn(now, a.Token, n, p.acts)
			continue
		}
		if f == nil {
			p.c.w.Fail("an action %d for a message that has ended", a.Kind)
			return
		}
		switch a.Kind {
		case window.Send:
			if p.collecting {
				p.c.ahead(p.arrive(a.Token, f))
				p.w.Sent(now, a.Token, 0)
				continue
			}
			if n := p.w.Number(a.Token); n != 0 && p.c.queued(n) {
				p.w.Queued(now, a.Token)
				continue
			}
			p.w.Sent(now, a.Token, p.c.publish(p.arrive(a.Token, f)))
		case window.Fail:
			p.futures[a.Token.Slot()] = nil
			p.end(f)
			f.Why, f.Doubt = a.Why, a.Doubt
			p.c.w.tracef("message %s fails: %d", f.ID, a.Why)
		case window.Ask:
			p.lookups = append(p.lookups, a.Token)
			p.lookUp()
		}
	}
	p.acts = p.acts[:0]
	p.arm()
	if !p.collecting {
		p.emptied()
	}
}

// lookUp asks whether a stream stores the subject, again and again where nobody answers.
func (p *Publisher) lookUp() {
	if p.asking {
		return
	}
	p.asking = true
	tries := 15
	var try func()
	try = func() {
		p.c.request(2*time.Second, true, p.c.w.lookUp, func(r reply) {
			if tries--; r.err == errTimeout && tries > 0 {
				try()
				return
			}
			answer := window.Unknown
			if r.err == nil && r.code == 0 {
				answer = window.Exists
			}
			p.asking = false
			list := p.lookups
			p.lookups = nil
			for _, t := range list {
				p.acts = p.w.Known(p.c.w.now, t, answer, p.acts[:0])
				p.act()
			}
		})
	}
	try()
}

// lookUp is the request for the stream of a subject, which is there.
func (w *World) lookUp(answer func(reply)) {
	switch {
	case w.meta.there():
		answer(reply{})
	case !w.meta.silent:
		answer(reply{code: 503, errCode: unavailable})
	}
}

func (p *Publisher) linkUp(uint64) {
	p.collecting = true
	p.acts = p.w.LinkUp(p.c.w.now, p.acts[:0])
	p.act()
	p.collecting = false
	p.c.w.After(0, p.emptied)
}

func (p *Publisher) linkDown(_, gone uint64) {
	p.acts = p.w.LinkDown(p.c.w.now, gone, 0, p.acts[:0])
	p.act()
}

func (p *Publisher) gaveUp(first, last uint64) {
	p.acts = p.w.GaveUp(p.c.w.now, first, last, p.acts[:0])
	p.act()
}

func (p *Publisher) arm() {
	at, ok := p.w.Deadline()
	if !ok || p.due > 0 && p.due <= at {
		return
	}
	w := p.c.w
	p.due = max(at, 1)
	w.at(max(at, w.now), func() {
		if p.due != max(at, 1) {
			return
		}
		p.due = 0
		p.acts = p.w.Tick(w.now, p.acts[:0])
		p.act()
	})
}

// Ended says whether all futures have.
func (p *Publisher) Ended() bool {
	for _, f := range p.All {
		if !f.Done {
			return false
		}
	}
	return true
}

// Wrong says what is wrong with what is stored; "" if nothing is. With order it must be in
// the order of publishing, too.
func (p *Publisher) Wrong(order bool) string {
	times := map[string]int{}
	at := map[string]uint64{}
	last := -1
	for i := range p.s.all {
		m := &p.s.all[i]
		if m.Subject != p.name {
			continue
		}
		if times[m.Mark]++; times[m.Mark] == 1 {
			at[m.Mark] = m.Seq
		}
		if n, _ := strconv.Atoi(m.Mark[len(p.name)+1:]); order {
			if n < last {
				return m.Mark + " is stored behind a later one"
			}
			last = n
		}
	}
	for _, f := range p.All {
		n := times[f.ID]
		switch {
		case !f.Done:
			return f.ID + " hasn't ended"
		case n > 1:
			return f.ID + " is stored " + strconv.Itoa(n) + " times"
		case f.Seq > 0 && (n != 1 || at[f.ID] != f.Seq):
			return f.ID + " is acknowledged and not stored, or as another message"
		case n > 0 && f.Seq == 0 && !f.Doubt:
			return f.ID + " is stored, and failed without a doubt, for a reason " + strconv.Itoa(int(f.Why))
		case f.Refused:
			return f.ID + " was refused"
		}
	}
	return ""
}
