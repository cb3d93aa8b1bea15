package js

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/kv"
	"github.com/evernats/nats/internal/js/object"
)

// chunkSize is how large the chunks of objects are.
const chunkSize = 4

// meta is what is said of an object.
type meta struct {
	id     string
	chunks uint32
	size   uint64
	digest string
	data   []byte // what it really is, to compare with
}

// Put is an upload, as jetstream's objectStore does it.
type Put struct {
	c      *Client
	s      *Stream
	name   string
	before string // the object that it replaces
	info   meta
	data   []byte
	m      *object.Upload
	acts   []object.Action
	chunks [][]byte
	added  int
	due    time.Duration
	failed string
	ended  bool

	collecting bool
	finishing  bool
	tries      int
	Done       bool
	OK         bool
	InDoubt    bool
	done       func(*Put)
}

// NewPut begins to store an object of so many chunks under a name, in place of the one
// before, whose id is empty if there is none.
func (c *Client) NewPut(s *Stream, name, id, before string, chunks int, done func(*Put)) *Put {
	w := c.w
	p := &Put{c: c, s: s, name: name, before: before, done: done}
	for i := range chunks {
		p.data = binary.BigEndian.AppendUint32(p.data, uint32(i)|uint32(w.rnd.IntN(1<<16))<<16)
	}
	sum := object.NewDigest()
	sum.Write(p.data)
	p.info = meta{id: id, chunks: uint32(chunks), size: uint64(len(p.data)), digest: object.DigestText(sum), data: p.data}
	p.m = object.NewUpload(object.Config{
		Window: chunkSize * (1 + w.rnd.IntN(12)), Patience: 30 * time.Second, Resend: w.between(500*ms, 3*time.Second),
		Wait: 25 * ms, MaxWait: time.Second, Chance: w.rnd.Int64N,
	})
	if _, up := c.watch(p); up {
		p.acts = p.m.LinkUp(w.now, p.acts[:0])
		p.act()
	}
	p.feed()
	return p
}

func (p *Put) subject() string { return "C." + p.info.id }

// feed adds chunks as long as there is room, and ends it behind the last.
func (p *Put) feed() {
	now := p.c.w.now
	for p.failed == "" && !p.finishing && p.added*chunkSize < len(p.data) && p.m.Room(chunkSize) {
		p.chunks = append(p.chunks, p.data[p.added*chunkSize:(p.added+1)*chunkSize])
		p.added++
		p.acts = p.m.Add(now, chunkSize, p.acts[:0])
		p.act()
	}
	switch {
	case p.finishing:
	case p.failed != "":
		p.finishing = true
		p.finish(false, false)
	case p.added*chunkSize == len(p.data) && p.m.Held() == 0 && p.m.Deleting() == 0:
		p.finishing = true
		p.verify()
	}
}

func (p *Put) act() {
	now := p.c.w.now
	acts := append([]object.Action(nil), p.acts...)
	for _, a := range acts {
		switch a.Kind {
		case object.Send:
			arrive := p.arrive(a.ID)
			if p.collecting {
				p.c.ahead(arrive)
				p.m.Sent(a.ID.Index, 0)
			} else if p.failed == "" {
				p.m.Sent(a.ID.Index, p.c.publish(arrive))
			}
		case object.Free:
			if a.ID.Index*chunkSize >= len(p.data) {
				p.c.w.Fail("a chunk is freed that there isn't")
			}
		case object.Delete:
			p.remove(a.Seq, func() {
				p.acts = p.m.Gone(p.c.w.now, p.acts[:0])
				p.act()
				p.feed()
			})
		case object.Abort:
			p.fail("aborted: " + strconv.Itoa(int(a.Why)))
		}
	}
	_ = now
	p.arm()
}

func (p *Put) arrive(id object.ID) func() {
	data := p.data[id.Index*chunkSize : (id.Index+1)*chunkSize]
	m := pub{subject: p.subject(), id: p.info.id + "." + strconv.Itoa(id.Index) + "." + strconv.Itoa(int(id.Attempt)), data: data}
	return func() {
		p.s.publish(m, func(a reply) { p.c.tell(func() { p.answer(id, a) }) })
	}
}

func (p *Put) answer(id object.ID, a reply) {
	if p.ended {
		return
	}
	now := p.c.w.now
	switch {
	case a.none:
		p.acts = p.m.Refused(now, id, p.acts[:0])
		p.act()
	case a.code == 0:
		p.acts = p.m.Acked(now, id, a.seq, p.acts[:0])
		p.act()
	case object.UnderWay(a.errCode):
		p.acts = p.m.UnderWay(now, id, p.acts[:0])
		p.act()
	case object.Temporary(a.code, a.errCode):
		p.acts = p.m.Refused(now, id, p.acts[:0])
		p.act()
	default:
		p.fail("refused: " + strconv.Itoa(a.errCode))
	}
	p.feed()
}

// insist does what may be done twice until it is done.
func (c *Client) insist(serve func(answer func(reply)), until time.Duration, done func(reply)) {
	wait := 50 * ms
	var try func()
	try = func() {
		c.request(2*time.Second, true, serve, func(r reply) {
			if (r.err != nil || r.none || r.code != 0 && object.Temporary(r.code, r.errCode)) && c.w.now < until {
				c.w.After(wait, try)
				wait = min(2*wait, time.Second)
				return
			}
			done(r)
		})
	}
	try()
}

func (p *Put) remove(seq uint64, done func()) {
	p.c.insist(p.s.ask(func() reply { return p.s.remove(seq) }), p.c.w.now+30*time.Second, func(r reply) {
		if r.err != nil || r.code != 0 && !object.NotThere(r.errCode) {
			p.fail("a chunk can't be removed")
			p.feed()
			return
		}
		done()
	})
}

func (p *Put) fail(why string) {
	if p.failed == "" {
		p.failed = why
		p.c.w.tracef("storing %s as %s fails: %s", p.name, p.info.id, why)
		p.m.Stop()
	}
}

// verify asks which chunks are there, if that isn't sure, and removes strays.
func (p *Put) verify() {
	if !p.m.Verify() {
		p.announce()
		return
	}
	if p.tries++; p.tries > 5 {
		p.finish(false, false)
		return
	}
	p.c.insist(p.s.ask(func() reply {
		var there []uint64
		for i := range p.s.msgs {
			if m := &p.s.msgs[i]; m.Subject == p.subject() {
				there = append(there, m.Seq)
			}
		}
		return reply{value: there}
	}), p.c.w.now+30*time.Second, func(r reply) {
		there, ok := r.value.([]uint64)
		strays, whole := p.m.Strays(there)
		switch {
		case !ok || !whole:
			p.c.w.tracef("storing %s as %s fails: there are %v", p.name, p.info.id, there)
			p.finish(false, false)
		case len(strays) == 0:
			p.announce()
		default:
			left := len(strays)
			for _, seq := range strays {
				p.remove(seq, func() {
					if left--; left == 0 {
						p.verify()
					}
				})
			}
		}
	})
}

// announce says that the object is there, which makes it so.
func (p *Put) announce() {
	m := pub{subject: "M." + p.name, id: "M" + p.info.id, mark: p.info.id, rollup: true}
	p.c.w.objects[p.info.id] = p.info
	p.c.syncPublish(p.s, m, true, 30*time.Second, func(a reply, _ bool) {
		p.finish(a.err == nil && a.code == 0, a.err != nil)
	})
}

func (p *Put) finish(ok, doubt bool) {
	if p.ended {
		return
	}
	p.ended = true
	p.c.unwatch(p)
	p.Done, p.OK, p.InDoubt = true, ok, doubt
	p.c.w.tracef("storing %s as %s is over: %v, in doubt %v", p.name, p.info.id, ok, doubt)
	// The chunks of the one before aren't needed any more, nor those of one that isn't there.
	id := p.before
	if !ok {
		id = p.info.id
	}
	if id != "" && !doubt {
		p.c.insist(p.s.ask(func() reply { p.s.keep("C."+id, 0); return reply{} }), p.c.w.now+2*time.Minute, func(reply) {})
	}
	p.done(p)
}

func (p *Put) linkUp(uint64) {
	p.collecting = true
	p.acts = p.m.LinkUp(p.c.w.now, p.acts[:0])
	p.act()
	p.collecting = false
}

func (p *Put) linkDown(_, gone uint64) {
	p.m.LinkDown(gone)
	p.arm()
}

func (p *Put) gaveUp(first, last uint64) {
	p.m.GaveUp(p.c.w.now, first, last)
	p.arm()
}

func (p *Put) arm() {
	at, ok := p.m.Deadline()
	if !ok || p.ended || p.due > 0 && p.due <= at {
		return
	}
	w := p.c.w
	p.due = max(at, 1)
	w.at(max(at, w.now), func() {
		if p.due != max(at, 1) || p.ended {
			return
		}
		p.due = 0
		p.acts = p.m.Tick(w.now, p.acts[:0])
		p.act()
		p.feed()
	})
}

// Get is a download, as jetstream's objectResult does it.
type Get struct {
	c    *Client
	s    *Stream
	info meta
	load *object.Download
	o    *ordered
	got  []byte
	last time.Duration
	gen  int

	Done bool
	OK   bool
	Why  string
	done func(*Get)
}

// NewGet reads what is stored under a name. Nothing is there if done is called with a Get
// that has no ID.
func (c *Client) NewGet(s *Stream, name string, done func(*Get)) *Get {
	g := &Get{c: c, s: s, done: done, last: c.w.now}
	c.insist(s.ask(func() reply {
		if m := s.lastOf("M." + name); m != nil {
			return reply{value: c.w.objects[m.Mark]}
		}
		return reply{code: 404, errCode: noMessage}
	}), c.w.now+30*time.Second, func(r reply) {
		info, ok := r.value.(meta)
		if !ok {
			g.end(false, "there is none")
			return
		}
		g.info = info
		g.load = object.NewDownload(info.chunks, info.size, info.digest)
		if v := g.load.Empty(); v != object.More {
			g.verdict(v)
			return
		}
		g.o = newOrderedPush(c, s, "G"+strconv.Itoa(c.id)+"."+strconv.Itoa(int(c.number)), "C."+info.id, g)
		g.later()
	})
	return g
}

// ID is that of the object that was there; empty: none.
func (g *Get) ID() string { return g.info.id }

func (g *Get) take(d delivery) {
	if g.Done {
		return
	}
	g.last = g.c.w.now
	g.got = append(g.got, d.msg.Data...)
	g.verdict(g.load.Chunk(d.msg.Data))
	in := g.o.in
	g.c.w.After(0, func() {
		if !in.shutDown {
			in.handled(1)
		}
	})
	g.later()
}

func (g *Get) renewed(consumerInfo) {}
func (g *Get) plan(_ time.Duration, done func(kv.Start, reply)) {
	done(g.o.behind(), reply{})
}

// later asks, when nothing comes for a while, whether there is anything.
func (g *Get) later() {
	g.gen++
	gen := g.gen
	g.c.w.After(time.Second, func() {
		if g.Done || g.gen != gen {
			return
		}
		if g.c.w.now-g.last >= 30*time.Second {
			g.end(false, "nothing came")
			return
		}
		g.c.request(2*time.Second, true, g.s.ask(func() reply {
			n := uint64(0)
			for i := range g.s.msgs {
				if g.s.msgs[i].Subject == "C."+g.info.id {
					n++
				}
			}
			return reply{value: n}
		}), func(r reply) {
			if n, ok := r.value.(uint64); ok && !g.Done && g.load.Lost(n) {
				g.end(false, "chunks are missing")
				return
			}
			if g.gen == gen {
				g.later()
			}
		})
	})
}

func (g *Get) verdict(v object.Verdict) {
	switch v {
	case object.Whole:
		if !bytes.Equal(g.got, g.info.data) {
			g.c.w.Fail("object %s is read as whole, and isn't what was stored", g.info.id)
		}
		g.end(true, "")
	case object.Damaged:
		g.end(false, "damaged")
	}
}

func (g *Get) end(ok bool, why string) {
	if g.Done {
		return
	}
	g.Done, g.OK, g.Why = true, ok, why
	g.c.w.tracef("reading %s is over: %v %s", g.info.id, ok, why)
	if g.o != nil {
		g.o.stop()
	}
	g.done(g)
}
