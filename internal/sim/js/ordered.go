package js

import (
	"time"

	"github.com/evernats/nats/internal/js/kv"
	"github.com/evernats/nats/internal/js/pull"
)

// orderedSink takes what an ordered consumer gives.
type orderedSink interface {
	take(d delivery)
	// renewed says that there is another consumer.
	renewed(consumerInfo)
	// plan says what the next consumer begins with; an error is one of a request.
	plan(within time.Duration, done func(start kv.Start, r reply))
}

// ordered is an ordered consumer over pulls, as jetstream's ordered and orderedRun are:
// one consumer on the server after another, each behind the last message that was let
// through.
type ordered struct {
	c      *Client
	s      *Stream
	filter string
	prefix string
	sink   orderedSink
	in     *intake
	serial int

	last      uint64 // number of the last delivery
	cursor    uint64 // number of the last message
	resetting bool
	again     bool // a link came while it was made
	resetAt   time.Duration
	from      time.Duration // since when one is to be made
	Resets    int
}

const (
	quickTry      = 400 * time.Millisecond
	quickTries    = 60
	sameName      = 2
	hasty         = time.Second
	orderedWithin = 500 * time.Millisecond
)

// newOrdered makes the first consumer.
func newOrdered(c *Client, s *Stream, prefix, filter string, cfg pull.Config, k orderedSink) *ordered {
	o := &ordered{c: c, s: s, filter: filter, prefix: prefix, sink: k}
	o.in = newIntake(c, s, "", cfg, o)
	return o.begin()
}

// newOrderedPush is newOrdered of consumers that push.
func newOrderedPush(c *Client, s *Stream, prefix, filter string, k orderedSink) *ordered {
	o := &ordered{c: c, s: s, filter: filter, prefix: prefix, sink: k}
	o.in = newListener(c, s, o)
	o.in.start(false)
	return o.begin()
}

func (o *ordered) begin() *ordered {
	c := o.c
	o.from = c.w.now
	o.resetting = true
	r := &renewal{o: o, wait: 50 * ms, name: o.newName(), first: true}
	c.w.After(0, r.try)
	return o
}

func (o *ordered) newName() string {
	o.serial++
	return o.prefix + "_" + itoa(o.serial)
}

// linkBack has one that pushes made anew: what it sent on the link before is lost.
func (o *ordered) linkBack() {
	if e := o.in.ear; e != nil {
		o.again = o.resetting && e.awaits != ""
		o.reset()
	}
}

func (o *ordered) message(d delivery) bool {
	if d.consumer != o.in.name || o.resetting {
		return false
	}
	if d.number != o.last+1 {
		o.reset()
		return false
	}
	o.last, o.cursor = d.number, d.seq
	o.sink.take(d)
	return true
}

func (o *ordered) trouble(why pull.Reason) {
	if now := o.c.w.now; why == pull.NoResponders && (o.resetAt == 0 || now-o.resetAt > hasty) {
		o.reset()
	}
}

func (o *ordered) delivered(n uint64) {
	if n > o.last {
		o.reset()
	}
}

func (o *ordered) missing() bool {
	o.reset()
	return true
}

func (o *ordered) end(a pull.Action) bool {
	if a.Why == pull.Deleted {
		o.reset()
		return false
	}
	o.c.w.Fail("ordered consumer %s ends with %d", o.in.name, a.Why)
	return true
}

func (o *ordered) reset() {
	if o.resetting || o.in.closing {
		return
	}
	o.c.w.tracef("ordered consumer %s is to be made anew, behind %d", o.in.name, o.cursor)
	o.resetting, o.resetAt = true, o.c.w.now
	o.from = o.c.w.now
	o.Resets++
	o.in.m.Stop()
	r := &renewal{o: o, wait: 50 * ms, name: o.newName()}
	o.c.w.After(0, r.try)
}

// renewal makes the consumer anew, as often as it takes.
type renewal struct {
	o       *ordered
	wait    time.Duration
	name    string
	asked   int
	attempt int
	lost    []string
	first   bool
}

func (r *renewal) try() {
	o := r.o
	w := o.c.w
	if o.in.closing {
		o.remove(append(r.lost, r.name)...)
		return
	}
	if !o.c.up {
		w.After(r.wait, r.try)
		return
	}
	r.attempt++
	within := 5 * time.Second
	if r.attempt <= quickTries {
		within = quickTry
	}
	until := w.now + within
	o.sink.plan(within, func(start kv.Start, failed reply) {
		if failed.err != nil || failed.code != 0 {
			r.failed(failed)
			return
		}
		cfg := consumerConfig{name: r.name, filter: o.filter, start: start, alone: true}
		if o.in.ear != nil {
			o.in.await(&cfg)
		}
		o.c.request(until-w.now, true, o.s.create(cfg), func(a reply) {
			if a.value != nil {
				r.goOn(a.value.(consumerInfo))
				return
			}
			r.failed(a)
		})
	})
}

func (r *renewal) failed(a reply) {
	said := a.code != 0
	if !said {
		r.asked++
	}
	if said || r.asked == sameName || r.o.in.ear != nil {
		if r.asked > 0 {
			r.lost = append(r.lost, r.name)
		}
		r.name, r.asked = r.o.newName(), 0
	}
	w := r.o.c.w
	wait := r.wait
	if r.attempt > 3 {
		r.wait = 200 * ms
	}
	if r.attempt > 150 {
		r.wait = 2 * time.Second
	}
	if !said && r.attempt <= quickTries {
		wait = min(wait, 50*ms)
	}
	w.After(wait-w.between(0, wait/4), r.try)
}

func (r *renewal) goOn(info consumerInfo) {
	o := r.o
	if o.in.closing {
		o.remove(append(r.lost, info.name)...)
		return
	}
	if o.in.name != "" {
		r.lost = append(r.lost, o.in.name)
	}
	o.remove(r.lost...)
	if since := max(o.s.good(o.c), o.from); o.c.up && !o.c.dead {
		o.c.w.OrderedLag = max(o.c.w.OrderedLag, o.c.w.now-since)
		if o.c.w.now-since > orderedWithin {
			o.c.w.Fail("ordered consumer %s is made anew only now, though it could be since %v", o.in.name, since)
		}
	}
	o.resetting, o.last = false, 0
	o.in.name = info.name
	o.sink.renewed(info)
	if r.first && o.in.ear == nil {
		o.in.start(false)
		return
	}
	o.in.loose = true
	o.in.acts = o.in.m.Renew(o.c.w.now, o.in.acts[:0])
	o.in.act()
	if o.in.ear != nil {
		o.in.takeEarly()
	}
	if o.again {
		o.again = false
		o.reset()
	}
}

func (o *ordered) remove(names ...string) {
	for _, name := range names {
		o.c.request(2*time.Second, true, o.s.discard(name), func(reply) {})
	}
}

func (o *ordered) stop() {
	o.in.stop()
	o.remove(o.in.name)
}

// behind is the plan of a plain sequence.
func (o *ordered) behind() kv.Start {
	if o.cursor == 0 {
		return kv.Start{Policy: kv.Everything}
	}
	return kv.Start{Policy: kv.FromRevision, Revision: o.cursor + 1}
}

// Ordered is a program that reads a stream in order.
type Ordered struct {
	o      *ordered
	Got    []uint64
	unsaid int
}

// NewOrdered begins to read.
func (c *Client) NewOrdered(s *Stream, name string) *Ordered {
	w := c.w
	p := &Ordered{}
	cfg := pull.Config{Messages: 2 + w.rnd.IntN(30), Expires: w.between(5*time.Second, 30*time.Second)}
	cfg.LowMessages = cfg.Messages / 2
	cfg.Heartbeat = 2 * time.Second
	p.o = newOrdered(c, s, name, "", cfg, p)
	w.readers = append(w.readers, p)
	return p
}

func (p *Ordered) take(d delivery) {
	if n := len(p.Got); n > 0 && d.seq <= p.Got[n-1] {
		p.o.c.w.Fail("ordered: %d came behind %d", d.seq, p.Got[n-1])
	}
	p.Got = append(p.Got, d.seq)
	in := p.o.in
	p.o.c.w.After(p.o.c.w.between(0, 5*ms), func() {
		if !in.shutDown {
			in.handled(1)
		}
	})
}

func (p *Ordered) renewed(consumerInfo) {}
func (p *Ordered) plan(_ time.Duration, done func(kv.Start, reply)) {
	done(p.o.behind(), reply{})
}

func (p *Ordered) reads() (*Client, *Stream) { return p.o.c, p.o.s }
func (p *Ordered) behind(last uint64) bool {
	m := p.Missing()
	return m > 0 && m <= last
}

// Missing is the first message of the stream that hasn't come; 0: none.
func (p *Ordered) Missing() uint64 { return missing(p.o.s, p.Got) }

// missing is the first message of a stream that isn't in a list in order.
func missing(s *Stream, got []uint64) uint64 {
	i := 0
	for k := range s.msgs {
		seq := s.msgs[k].Seq
		for i < len(got) && got[i] < seq {
			i++
		}
		if i == len(got) || got[i] != seq {
			return seq
		}
	}
	return 0
}
