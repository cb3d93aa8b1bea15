package js

import (
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// Watch is a program that watches a bucket, as jetstream's kvWatcher does.
type Watch struct {
	o   *ordered
	s   *Stream
	cfg kv.WatchConfig
	w   *kv.Watch

	Given     []Entry
	Markers   int
	AtMarker  int    // how many entries were given before it
	FirstLast uint64 // behind which revision it began
	there     uint64 // the bucket's last one then
	read      uint64 // the last that came
	readFirst uint64 // the same when the first part was complete
	quiet     int    // generation of the timer
}

// Entry is one that was given.
type Entry struct {
	Key string
	Rev uint64
	Op  kv.Op
}

const watchQuiet = 250 * time.Millisecond

// NewWatch begins to watch.
func (c *Client) NewWatch(s *Stream, name string) *Watch {
	rnd := c.w.rnd
	cfg := kv.WatchConfig{History: rnd.IntN(3) == 0, IgnoreDeletes: rnd.IntN(4) == 0}
	if !cfg.History {
		cfg.UpdatesOnly = rnd.IntN(5) == 0
	}
	p := &Watch{s: s, cfg: cfg, w: kv.NewWatch(cfg, s.created), FirstLast: s.last}
	p.o = newOrderedPush(c, s, name, "", p)
	c.w.readers = append(c.w.readers, p)
	return p
}

func (p *Watch) plan(within time.Duration, done func(kv.Start, reply)) {
	if !p.w.Begun() {
		done(p.w.Start(), reply{})
		return
	}
	p.o.c.request(within, true, p.s.ask(func() reply { return reply{value: p.s.state()} }), func(r reply) {
		if r.value == nil {
			done(kv.Start{}, r)
			return
		}
		p.w.Resume(r.value.(kv.State))
		done(p.w.Start(), reply{})
	})
}

func (p *Watch) renewed(info consumerInfo) {
	if !p.w.Begun() {
		p.FirstLast, p.there = info.behind, info.last
	}
	behind := info.behind
	if info.number > 0 {
		behind = 0 // it has sent some already
	}
	p.progress(p.w.Begin(info.created, behind, info.pending+info.number))
}

func (p *Watch) progress(g kv.Progress) {
	switch g {
	case kv.Completed:
		p.Markers++
		p.AtMarker, p.readFirst = len(p.Given), p.read
		p.o.c.w.tracef("the watch's first part is complete, with %d", len(p.Given))
	case kv.Again:
		p.o.missing()
	}
	p.lookLater()
}

func (p *Watch) reads() (*Client, *Stream) { return p.o.c, p.s }

// behind says whether something hasn't come. One whose first part isn't complete may have
// it made anew.
func (p *Watch) behind(last uint64) bool {
	return p.w.Complete() && p.s.last == last && last > p.FirstLast && p.read < last && p.s.bySeq(last) != nil
}

func (p *Watch) take(d delivery) {
	p.read = max(p.read, d.seq)
	give, g := p.w.Message(kv.Message{
		Key: d.msg.Subject, Revision: d.seq, At: int64(d.msg.At), Delta: d.pending, Op: d.msg.Op,
	})
	p.o.c.w.tracef("the watch gets %s %d, %d behind it, given %v", d.msg.Subject, d.seq, d.pending, give)
	if give {
		p.Given = append(p.Given, Entry{d.msg.Subject, d.seq, d.msg.Op})
	}
	in := p.o.in
	p.o.c.w.After(p.o.c.w.between(0, 2*ms), func() {
		if !in.shutDown {
			in.handled(1)
		}
	})
	p.progress(g)
}

func (p *Watch) lookLater() {
	p.quiet++
	if p.w.Complete() {
		return
	}
	gen := p.quiet
	p.o.c.w.After(watchQuiet, func() {
		if p.quiet == gen {
			p.look()
		}
	})
}

// look asks the server whether the consumer has anything more.
func (p *Watch) look() {
	name := p.o.in.name
	p.o.c.request(askTimeout, true, p.s.info(name), func(r reply) {
		if p.w.Complete() || p.o.in.closing {
			return
		}
		g := kv.Going
		if info, ok := r.value.(consumerInfo); ok && name == p.o.in.name {
			g = p.w.Quiet(info.number, info.pending)
		}
		p.progress(g)
	})
}

// Wrong says what is wrong with what was given, when nothing more is to come; "" if
// nothing is.
func (p *Watch) Wrong() string {
	want := 1
	if p.cfg.UpdatesOnly {
		want = 0
	}
	if p.Markers != want {
		return "it has " + itoa(p.Markers) + " markers"
	}
	latest := map[string]uint64{}
	given := map[uint64]int{}
	for i, e := range p.Given {
		if e.Rev <= latest[e.Key] {
			return e.Key + ": an entry came again, or behind a later one"
		}
		if i > p.AtMarker && e.Rev < p.Given[i-1].Rev {
			return "updates aren't in order"
		}
		if p.cfg.IgnoreDeletes && e.Op.Gone() {
			return e.Key + ": a deletion came"
		}
		latest[e.Key] = e.Rev
		given[e.Rev] = i + 1
	}
	for i := range p.s.msgs {
		m := &p.s.msgs[i]
		if m.Seq <= p.there && given[m.Seq] > p.AtMarker && want == 1 {
			return m.Subject + ": an entry that was there came behind the marker"
		}
		skip := p.cfg.IgnoreDeletes && m.Op.Gone() || p.cfg.UpdatesOnly && m.Seq <= p.FirstLast
		last := p.s.lastOf(m.Subject).Seq == m.Seq
		switch {
		case skip || given[m.Seq] > 0:
		case last:
			return m.Subject + ": the last value didn't come: " + itoa(int(m.Seq))
		case p.cfg.History || p.cfg.UpdatesOnly || m.Seq > p.readFirst:
			return m.Subject + ": an entry didn't come: " + itoa(int(m.Seq))
		}
	}
	return ""
}
