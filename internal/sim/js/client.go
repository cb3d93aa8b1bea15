package js

import (
	"slices"
	"time"
)

// listener is told of links, as port.Listener is.
type listener interface {
	linkUp(epoch uint64)
	linkDown(epoch, gone uint64)
}

// loser is told of messages that the buffer gave up.
type loser interface{ gaveUp(first, last uint64) }

// Client is a connection, as the machines see one: its link comes and goes, what is
// published waits for it in a queue, and what was written to a link that was lost may
// have arrived or not.
type Client struct {
	w     *World
	id    int
	node  int
	epoch uint64
	up    bool // as far as the client knows
	dead  bool // nothing gets through, known or not
	upAt  time.Duration

	out       []frame // published, and not written yet
	number    uint64  // of the last that was published
	gone      uint64  // of the last that was written
	flushing  bool
	first     []frame // what goes out first on a new link, while it is collected
	listeners []listener

	lastUp, lastDown time.Duration // when what was sent last arrives
	cut              time.Duration // what would arrive behind that is lost, when dead
	interest         bool          // the cluster believes that it is there
	requests         []*request
	watchers         []func() // of advisories
}

// frame is something that is sent; arrive happens at the cluster.
type frame struct {
	number uint64
	arrive func()
}

// NewClient connects one.
func (w *World) NewClient() *Client {
	c := &Client{w: w, id: len(w.clients), node: w.rnd.IntN(len(w.nodes))}
	w.clients = append(w.clients, c)
	c.connect()
	return c
}

func (c *Client) watch(l listener) (epoch uint64, up bool) {
	c.listeners = append(c.listeners, l)
	return c.epoch, c.up
}

func (c *Client) unwatch(l listener) {
	for i, o := range c.listeners {
		if o == l {
			c.listeners = append(c.listeners[:i:i], c.listeners[i+1:]...)
			return
		}
	}
}

// publish queues something and returns its number. It goes out soon, if there is a link.
// While a link comes up it goes out first, and has no number.
func (c *Client) publish(arrive func()) (number uint64) {
	c.number++
	c.out = append(c.out, frame{c.number, arrive})
	c.flushSoon()
	return c.number
}

// queued says whether something that was published isn't written yet.
func (c *Client) queued(number uint64) bool { return number > c.gone }

// withdraw takes what was published with these numbers out of the queue, and says how many
// were there. It is told of as what the buffer gives up.
func (c *Client) withdraw(numbers []uint64) (n int) {
	kept := c.out[:0]
	for _, f := range c.out {
		if slices.Contains(numbers, f.number) {
			n++
			c.w.tracef("client %d withdraws what it published as %d", c.id, f.number)
			c.w.After(0, func() { c.lost(f.number, f.number) })
			continue
		}
		kept = append(kept, f)
	}
	c.out = kept
	return n
}

// ahead sends something before all that is queued. It is for listeners that are told of
// a new link.
func (c *Client) ahead(arrive func()) { c.first = append(c.first, frame{0, arrive}) }

func (c *Client) flushSoon() {
	if c.flushing || !c.up {
		return
	}
	c.flushing = true
	epoch := c.epoch
	c.w.After(c.w.between(0, ms/2), func() {
		if c.epoch != epoch || !c.up {
			return
		}
		c.flushing = false
		if c.dead && c.w.one(3) {
			return // the socket takes no more
		}
		c.write(c.out)
		c.out = c.out[:0]
	})
}

func (c *Client) write(frames []frame) {
	for _, f := range frames {
		if f.number > 0 {
			c.gone = f.number
		}
		at := max(c.w.now+c.w.between(ms/5, ms), c.lastUp)
		c.lastUp = at
		epoch := c.epoch
		c.w.at(at, func() {
			if c.epoch == epoch && (!c.dead || c.w.now < c.cut) {
				f.arrive()
			}
		})
	}
}

// tell sends something to the client, if the cluster believes it to be there.
func (c *Client) tell(f func()) {
	if !c.interest {
		return
	}
	at := max(c.w.now+c.w.between(ms/5, ms), c.lastDown)
	c.lastDown = at
	epoch := c.epoch
	if c.dead {
		return
	}
	c.w.at(at, func() {
		if c.epoch == epoch && c.up && !c.dead {
			f()
		}
	})
}

// Cut takes the link away. The client knows at once, or only later.
func (c *Client) Cut() {
	if !c.up || c.dead {
		return
	}
	w := c.w
	c.dead, w.disturbed = true, w.now
	c.cut = w.now + w.between(0, 2*ms)
	epoch := c.epoch
	notice := w.between(0, 3*ms)
	if w.one(3) {
		notice = w.between(0, 800*ms)
	}
	if w.Slow && w.one(2) {
		notice = w.between(0, 2500*ms)
	}
	w.tracef("the link of client %d is cut, which it notices in %v", c.id, notice)
	w.After(w.between(0, 300*ms), func() {
		if c.dead && c.epoch == epoch {
			c.interest = false
		}
	})
	w.After(notice, func() {
		c.up, c.flushing = false, false
		for _, l := range append([]listener(nil), c.listeners...) {
			l.linkDown(epoch, c.gone)
		}
		for _, r := range append([]*request(nil), c.requests...) {
			r.linkDown()
		}
		if len(c.out) > 1 && !w.healed && w.one(4) {
			w.After(w.between(0, 2*ms), c.overflow)
		}
		wait := w.between(2*ms, 60*ms)
		if w.one(4) {
			wait = w.between(60*ms, 1500*ms)
		}
		if w.Slow && w.one(3) {
			wait = w.between(time.Second, 5*time.Second)
		}
		w.After(wait, c.connect)
	})
}

// overflow has the buffer give up the oldest of what waits.
func (c *Client) overflow() {
	if c.up || len(c.out) == 0 {
		return
	}
	n := 1 + c.w.rnd.IntN(len(c.out))
	first, last := c.out[0].number, c.out[n-1].number
	c.out = append(c.out[:0], c.out[n:]...)
	c.w.tracef("client %d gives up what it published as %d to %d", c.id, first, last)
	c.lost(first, last)
}

// lost tells that what was published with these numbers isn't sent.
func (c *Client) lost(first, last uint64) {
	for _, l := range append([]listener(nil), c.listeners...) {
		if g, ok := l.(loser); ok {
			g.gaveUp(first, last)
		}
	}
	for _, r := range append([]*request(nil), c.requests...) {
		if r.number >= first && r.number <= last {
			r.finish(reply{err: errLost})
		}
	}
}

func (c *Client) connect() {
	w := c.w
	n := w.rnd.IntN(len(w.nodes))
	if !w.nodes[n].up {
		w.After(w.between(5*ms, 50*ms), c.connect)
		return
	}
	c.node, c.epoch, c.up, c.dead, c.upAt, c.interest = n, c.epoch+1, true, false, w.now, true
	w.tracef("client %d has link %d, to node %d", c.id, c.epoch, n)
	c.first = c.first[:0]
	for _, l := range append([]listener(nil), c.listeners...) {
		l.linkUp(c.epoch)
	}
	for _, r := range c.requests {
		if r.wait && r.number <= c.gone {
			r.wait = false
			r.number = 0
			c.ahead(r.arrive)
		}
	}
	c.write(c.first)
	c.first = c.first[:0]
	c.flushing = false
	if len(c.out) > 0 {
		c.flushSoon()
	}
	w.disturbed = w.now
	w.checkPulls()
	w.checkReaders(c)
	for _, s := range w.streams {
		for _, cons := range s.consumers {
			cons.serve()
		}
	}
}

// reply is an answer to a request.
type reply struct {
	seq     uint64
	dup     bool
	none    bool // nobody is there to answer
	code    int  // of an error; 0: none
	errCode int
	value   any
	err     error // no answer at all
}

type lostError string

func (e lostError) Error() string { return string(e) }

const (
	errTimeout = lostError("timeout")
	errLost    = lostError("the link was lost")
)

// request is one that waits for its answer.
type request struct {
	c      *Client
	serve  func(answer func(reply))
	done   func(reply)
	again  bool
	wait   bool // for the next link
	over   bool
	number uint64
	epoch  uint64
}

// request asks, and waits so long for the answer. With again it is asked once more on the
// next link when the one it was asked on is lost, else that ends it.
func (c *Client) request(timeout time.Duration, again bool, serve func(answer func(reply)), done func(reply)) {
	r := &request{c: c, serve: serve, done: done, again: again}
	c.requests = append(c.requests, r)
	r.number = c.publish(r.arrive)
	c.w.After(timeout, func() { r.finish(reply{err: errTimeout}) })
}

func (r *request) arrive() {
	if r.over {
		// It was given up, and goes its way all the same.
		r.serve(func(reply) {})
		return
	}
	r.serve(func(a reply) { r.c.tell(func() { r.finish(a) }) })
}

func (r *request) linkDown() {
	switch {
	case r.number > r.c.gone:
	case r.again:
		r.wait = true
	default:
		r.finish(reply{err: errLost})
	}
}

func (r *request) finish(a reply) {
	if r.over {
		return
	}
	r.over = true
	for i, o := range r.c.requests {
		if o == r {
			r.c.requests = append(r.c.requests[:i:i], r.c.requests[i+1:]...)
			break
		}
	}
	r.done(a)
}
