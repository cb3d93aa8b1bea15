package js

import (
	"fmt"
	"strconv"
	"time"
)

// scenario is one random world and who lives in it.
type scenario struct {
	w     *World
	plain *Stream
	sure  []func() string // what must be true in the end; "" if it is
	ready []func() bool   // what is waited for

	publishers []*Publisher
	writers    []*Writer
	consumers  []string // durable ones of plain
	bucket     *Stream
	objects    *Stream
}

// play plays one seed.
func play(seed uint64, trace func(string, ...any)) (*World, error) {
	w := New(seed)
	if trace != nil {
		w.Trace = func(now time.Duration, text string) { trace("%12v %s", now, text) }
	}
	s := &scenario{w: w}
	w.Calm = w.one(4)
	s.people()
	s.troubles()
	end := w.now + w.between(time.Second, 4*time.Second)
	s.traffic(end)
	w.Run(end, nil)
	return w, s.judge()
}

// people decides who lives in the world.
func (s *scenario) people() {
	w := s.w
	s.plain = w.NewStream("plain", 0)
	if w.one(2) {
		s.plain.holds, s.plain.lead.returns = true, true
	}
	if w.one(5) {
		s.plain.window = 3 * time.Second
		w.Slow = true // ids are forgotten while links are away
	}
	clients := []*Client{w.NewClient()}
	if w.one(2) {
		clients = append(clients, w.NewClient())
	}
	some := func() *Client { return clients[w.rnd.IntN(len(clients))] }
	for i := range 1 + w.rnd.IntN(2) {
		s.publisher(some(), i)
	}
	for i := range 2 {
		switch w.rnd.IntN(8) {
		case 0, 1:
			s.consume(some(), i)
		case 2:
			s.fetch(some(), i)
		case 3:
			s.ordered(some(), i)
		case 4:
			s.pushed(some(), i)
		case 5, 6:
			s.watch(some(), i)
		case 7:
			s.object(some(), i)
		}
	}
}

func (s *scenario) end(name string, ready func() bool, wrong func() string) {
	s.ready = append(s.ready, ready)
	s.sure = append(s.sure, func() string {
		if text := wrong(); text != "" {
			return name + ": " + text
		}
		return ""
	})
}

func (s *scenario) publisher(c *Client, i int) {
	ids := !s.w.one(4)
	p := c.NewPublisher(s.plain, "p"+strconv.Itoa(i), ids)
	s.publishers = append(s.publishers, p)
	s.end(fmt.Sprintf("publisher %d, ids %v", i, ids), p.Ended, func() string { return p.Wrong(ids && s.w.Calm) })
}

func all(missing func() uint64) (ready func() bool, wrong func() string) {
	return func() bool { return missing() == 0 }, func() string {
		if m := missing(); m != 0 {
			return "message " + strconv.Itoa(int(m)) + " hasn't come"
		}
		return ""
	}
}

func (s *scenario) consume(c *Client, i int) {
	name := "c" + strconv.Itoa(i)
	p := c.NewConsume(s.plain, name)
	s.consumers = append(s.consumers, name)
	ready, wrong := all(p.Missing)
	s.end("consume", ready, wrong)
}

func (s *scenario) fetch(c *Client, i int) {
	p := c.NewFetch(s.plain, "f"+strconv.Itoa(i))
	ready, wrong := all(p.Missing)
	s.end("fetch", ready, wrong)
}

func (s *scenario) ordered(c *Client, i int) {
	p := c.NewOrdered(s.plain, "o"+strconv.Itoa(i))
	ready, wrong := all(p.Missing)
	s.end("ordered", ready, wrong)
}

func (s *scenario) pushed(c *Client, i int) {
	ordered := !s.w.one(3)
	name := "q" + strconv.Itoa(i)
	p := c.NewPushed(s.plain, name, ordered)
	if !ordered {
		s.consumers = append(s.consumers, name)
	}
	ready, wrong := all(p.Missing)
	s.end("pushed", ready, wrong)
}

func (s *scenario) watch(c *Client, i int) {
	w := s.w
	if s.bucket == nil {
		s.bucket = w.NewStream("bucket", 1+w.rnd.IntN(3))
		for k := range w.rnd.IntN(12) {
			s.bucket.store(&pub{subject: "k" + strconv.Itoa(k%6), data: []byte("before")})
		}
		for k := range 1 + w.rnd.IntN(2) {
			p := c.NewWriter(s.bucket, "w"+strconv.Itoa(k), 2+w.rnd.IntN(5))
			s.writers = append(s.writers, p)
			s.end("writer", func() bool { return !p.Busy }, p.Wrong)
		}
	}
	// It begins at any time, and its list may be interrupted.
	var p *Watch
	wrong := func() string {
		if p == nil {
			return "it hasn't begun"
		}
		if text := p.Wrong(); text != "" {
			return fmt.Sprintf("%+v: %s", p.cfg, text)
		}
		return ""
	}
	s.end("watch", func() bool { return wrong() == "" }, wrong)
	begin := w.between(0, 900*ms)
	w.After(begin, func() { p = c.NewWatch(s.bucket, "kv"+strconv.Itoa(i)) })
	if w.one(2) {
		w.After(begin+w.between(0, 8*ms), c.Cut)
	}
}

func (s *scenario) object(c *Client, i int) {
	w := s.w
	if s.objects == nil {
		s.objects = w.NewStream("objects", 0)
		s.objects.forgets = w.one(2)
	}
	name := "object" + strconv.Itoa(i)
	left, running := 1+w.rnd.IntN(3), 0
	sure := ""          // what must be there
	maybe := []string{} // what may be there instead
	var put func()
	put = func() {
		left--
		running++
		id := name + "." + strconv.Itoa(left)
		c.NewPut(s.objects, name, id, sure, w.rnd.IntN(30), func(p *Put) {
			running--
			switch {
			case p.OK:
				sure, maybe = id, nil
			case p.InDoubt:
				maybe = append(maybe, id)
			default:
				w.Fail("%s can't be stored, and nothing is wrong for long", id)
			}
			if left > 0 {
				w.After(w.between(0, 100*ms), put)
			}
		})
	}
	put()
	reads := w.rnd.IntN(3)
	var get func()
	get = func() {
		reads--
		running++
		c.NewGet(s.objects, name, func(*Get) {
			running--
			if reads > 0 {
				w.After(w.between(0, 500*ms), get)
			}
		})
	}
	if reads > 0 {
		w.After(w.between(0, time.Second), get)
	}
	var last *Get
	s.end("object", func() bool {
		if running > 0 || left > 0 || reads > 0 || !w.healed {
			return false
		}
		if last == nil {
			last = c.NewGet(s.objects, name, func(*Get) {})
		}
		return last.Done
	}, func() string {
		if last == nil || !last.Done {
			return "something hasn't ended"
		}
		if last.ID() == sure && (last.OK || sure == "") {
			return ""
		}
		for _, id := range maybe {
			if last.ID() == id && last.OK {
				return ""
			}
		}
		return fmt.Sprintf("%q was stored, and %q is read: %v %s", sure, last.ID(), last.OK, last.Why)
	})
}

// troubles has things go wrong.
func (s *scenario) troubles() {
	w := s.w
	for range 1 + w.rnd.IntN(4) {
		w.After(w.between(0, 3*time.Second), func() {
			if w.healed {
				return
			}
			kind := w.rnd.IntN(9)
			if w.Calm {
				kind = 0
			}
			switch kind {
			case 0, 1:
				w.clients[w.rnd.IntN(len(w.clients))].Cut()
			case 2, 3:
				w.Kill(w.rnd.IntN(len(w.nodes)))
			case 4, 5:
				w.StepDown()
				if s.plain.holds && s.plain.lead.there() {
					s.plain.lead.lose(true)
				}
			case 6:
				if n := len(s.consumers); n > 0 {
					if c := s.plain.find(s.consumers[w.rnd.IntN(n)]); c != nil {
						c.end(w.one(2))
					}
				} else {
					w.StepDown()
				}
			case 8:
				if c := s.plain.consumers; len(c) > 0 {
					c[w.rnd.IntN(len(c))].annoy()
				}
			case 7:
				if s.objects != nil {
					s.objects.busyUntil = w.now + w.between(0, 500*ms)
				} else {
					w.StepDown()
				}
			}
		})
	}
}

// traffic has messages published and keys written.
func (s *scenario) traffic(end time.Duration) {
	w := s.w
	for _, p := range s.publishers {
		left := 5 + w.rnd.IntN(30)
		pace := (end - w.now) / time.Duration(left)
		var next func()
		next = func() {
			for range 1 + w.rnd.IntN(3) {
				p.Publish()
				left--
			}
			if left > 0 && w.now < end {
				w.After(w.between(0, 2*pace), next)
			}
		}
		w.After(0, next)
	}
	for _, p := range s.writers {
		pace := w.between(10*ms, 200*ms)
		var next func()
		next = func() {
			if w.now < end {
				p.Write()
				w.After(w.between(0, pace), next)
			}
		}
		w.After(0, next)
	}
}

// missedWithin is how soon everything that was lost is missed, by heartbeats at the latest.
const missedWithin = 15 * time.Second

// rest lets time go on until what is waited for has come, or so long.
func (s *scenario) rest(limit time.Duration) {
	s.w.Run(s.w.now+limit, func() bool {
		for _, ready := range s.ready {
			if !ready() {
				return false
			}
		}
		return true
	})
}

// judge heals the world, waits until all has come to its end, and says what is wrong.
func (s *scenario) judge() error {
	w := s.w
	s.w.Healed()
	w.tracef("nothing goes wrong any more")
	s.rest(150 * time.Second)
	if w.one(3) {
		// All is quiet for so long that pulls have run out, and then something comes.
		idle := w.between(0, 40*time.Second)
		w.Run(w.now+idle, nil)
		s.plain.store(&pub{subject: "late"})
		if s.bucket != nil {
			s.bucket.store(&pub{subject: "k0"})
		}
		if idle < missedWithin {
			s.rest(missedWithin) // who was lost without a word may not be missed yet
		} else {
			s.rest(time.Second)
		}
	}
	w.Run(w.now+3*time.Second, nil) // nothing more may come of it
	if err := w.Err(); err != nil {
		return err
	}
	for _, wrong := range s.sure {
		if text := wrong(); text != "" {
			return fmt.Errorf("at %v: %s", w.now, text)
		}
	}
	return nil
}
