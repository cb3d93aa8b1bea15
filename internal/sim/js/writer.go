package js

import (
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// syncPublish publishes and waits, as jetstream's does. again says that it was sent more
// than once.
func (c *Client) syncPublish(s *Stream, p pub, id bool, patience time.Duration, done func(a reply, again bool)) {
	w := c.w
	until := w.now + patience
	again := false
	var try func()
	try = func() {
		rest := until - w.now
		if rest <= 0 {
			done(reply{err: errTimeout}, again)
			return
		}
		within := rest
		if id {
			within = min(max(time.Second, rest/3), 2*time.Second, rest)
		}
		c.request(within, id, func(answer func(reply)) { s.publish(p, answer) }, func(a reply) {
			switch {
			case a.err == errTimeout && id && w.now < until:
				again = true
				try()
			case a.none, a.errCode == inProcess && id:
				w.After(250*ms, try)
			default:
				done(a, again)
			}
		})
	}
	try()
}

// Writer is a program that writes to a bucket: values that depend on the key's revision,
// others that don't, and markers.
type Writer struct {
	c       *Client
	s       *Stream
	name    string
	keys    int
	count   int
	Busy    bool
	Results []WriteResult
}

// WriteResult is what became of a write that depends on a revision.
type WriteResult struct {
	Mark     string
	Rev      uint64
	Conflict bool // it isn't stored
	Judged   bool // that had to be found out
}

// NewWriter makes one.
func (c *Client) NewWriter(s *Stream, name string, keys int) *Writer {
	return &Writer{c: c, s: s, name: name, keys: keys}
}

// Write writes once, unless it does so already.
func (p *Writer) Write() {
	if p.Busy {
		return
	}
	w := p.c.w
	p.Busy = true
	p.count++
	mark := p.name + "." + strconv.Itoa(p.count)
	key := "k" + strconv.Itoa(w.rnd.IntN(p.keys))
	m := pub{subject: key, mark: mark, data: []byte(mark)}
	switch w.rnd.IntN(10) {
	case 0:
		m.op = kv.Delete
	case 1:
		m.op, m.rollup = kv.Purge, true
	case 2:
	default:
		p.update(m)
		return
	}
	m.mark = "" // whether that is stored isn't asked
	p.c.syncPublish(p.s, m, false, 5*time.Second, func(reply, bool) { p.Busy = false })
}

// update reads the key, and writes what depends on what it has: it replaces a value, or
// creates the key.
func (p *Writer) update(m pub) {
	p.c.request(5*time.Second, true, p.s.ask(func() reply { return reply{value: p.lastOf(m.subject)} }), func(r reply) {
		l, ok := r.value.(kv.Last)
		if !ok {
			p.Busy = false
			return
		}
		m.depends, m.expect = true, l.Revision
		if rev, may := kv.Recreate(l); may {
			m.expect = rev
		}
		// What was read is old already when it takes longer, and the write is refused.
		p.c.w.After(p.c.w.between(0, 3*ms), func() { p.known(m) })
	})
}

func (p *Writer) lastOf(key string) kv.Last {
	if m := p.s.lastOf(key); m != nil {
		return kv.Last{Found: true, Revision: m.Seq, Op: m.Op}
	}
	return kv.Last{}
}

// known writes until the outcome is known.
func (p *Writer) known(m pub) {
	epoch := p.c.linkEpoch()
	p.c.syncPublish(p.s, m, true, 5*time.Second, func(a reply, again bool) {
		res := WriteResult{Mark: m.mark, Rev: a.seq}
		if a.code == 0 || !kv.RefusalOf(a.errCode).Conflicts() {
			p.result(res)
			return
		}
		if !again && p.c.linkEpoch() == epoch {
			res.Conflict = true
			p.result(res)
			return
		}
		res.Judged = true
		p.judge(m, res)
	})
}

// linkEpoch is that of the link in use; 0: there is none.
func (c *Client) linkEpoch() uint64 {
	if !c.up {
		return 0
	}
	return c.epoch
}

// judge finds out what became of a write that was sent more than once and refused.
func (p *Writer) judge(m pub, res WriteResult) {
	read := func(get func() *Msg, then func(id string, seq uint64)) {
		p.c.request(5*time.Second, true, p.s.ask(func() reply {
			if o := get(); o != nil {
				return reply{value: *o}
			}
			return reply{value: Msg{}}
		}), func(r reply) {
			o, ok := r.value.(Msg)
			if !ok {
				p.result(res)
				return
			}
			then(o.Mark, o.Seq)
		})
	}
	read(func() *Msg { return p.s.lastOf(m.subject) }, func(last string, lastRev uint64) {
		if last == m.mark {
			res.Rev = lastRev
			p.result(res)
			return
		}
		read(func() *Msg { return p.s.nextOf(m.subject, m.expect+1) }, func(first string, firstRev uint64) {
			verdict := func(whole bool) {
				switch kv.Judge(m.mark, first, last, whole) {
				case kv.Stored:
					res.Rev = firstRev
				case kv.Lost:
					res.Conflict = true
				}
				p.result(res)
			}
			if m.expect == 0 {
				verdict(false)
				return
			}
			read(func() *Msg { return p.s.bySeq(m.expect) }, func(_ string, seq uint64) { verdict(seq == m.expect) })
		})
	})
}

func (p *Writer) result(r WriteResult) {
	p.Results = append(p.Results, r)
	p.Busy = false
}

// Wrong says what is wrong with what was said of the writes; "" if nothing is.
func (p *Writer) Wrong() string {
	if p.Busy {
		return "a write hasn't ended"
	}
	at := map[string]uint64{}
	for i := range p.s.all {
		if m := &p.s.all[i]; m.Mark != "" {
			if at[m.Mark] != 0 {
				return m.Mark + " is stored twice"
			}
			at[m.Mark] = m.Seq
		}
	}
	for _, r := range p.Results {
		switch seq := at[r.Mark]; {
		case r.Rev > 0 && seq != r.Rev:
			return r.Mark + " is said to be stored as " + itoa(int(r.Rev)) + ", and is as " + itoa(int(seq))
		case r.Conflict && seq != 0:
			return r.Mark + " is said not to be stored, and is"
		}
	}
	return ""
}
