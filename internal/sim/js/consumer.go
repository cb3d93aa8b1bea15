package js

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// consumerConfig is what a consumer is made with.
type consumerConfig struct {
	name       string
	filter     string
	start      kv.Start
	ackWait    time.Duration // 0: nothing is acknowledged
	maxPending int           // messages that wait for their acknowledgement; 0: no bound
	alone      bool          // it lives on one node
	push       pushSink      // whom it pushes to; nil: it is pulled
	heartbeat  time.Duration // of one that pushes
	flow       int           // messages that it pushes before it asks; 0: it doesn't
}

// pullSink is an inbox of pulls.
type pullSink interface {
	owner() *Client
	closed() bool
	message(d delivery)
	status(id uint64, code, text string, sent uint64)
}

// pushSink is a deliver subject.
type pushSink interface {
	owner() *Client
	closed() bool
	message(d delivery)
	heartbeat(consumer string, sent uint64, asked func())
}

// delivery is a message as a consumer sends it.
type delivery struct {
	of          *consumer
	consumer    string
	number, seq uint64
	pending     uint64
	redelivered bool
	msg         Msg
}

// wait is a pull that waits.
type wait struct {
	in    pullSink
	id    uint64
	left  int
	hb    time.Duration
	heard time.Duration
	over  bool
}

// consumer is a consumer on the cluster.
type consumer struct {
	consumerConfig
	s    *Stream
	lead leader
	gone bool

	next    uint64
	only    map[uint64]bool // of those up to limit these alone; nil: all
	limit   uint64          // the stream's last when it was made
	over    uint64          // so many were left out, and count as pending
	number  uint64          // of deliveries
	waiting []*wait
	open    map[uint64]time.Duration // not acknowledged: when it was sent
	again   []uint64                 // to be sent again
	acked   map[uint64]bool

	paced   bool // the next of the last values comes a little later
	unasked int  // pushed since flow control was answered
	stalled bool
	beat    int // generation of the heartbeat's timer
	sentAt  time.Duration

	served  time.Duration // when a pull came or a message was sent
	advised bool          // whoever watched was told of the latest leader
}

func (s *Stream) add(cfg consumerConfig) *consumer {
	for _, c := range s.consumers {
		if c.name == cfg.name {
			return c
		}
	}
	c := &consumer{consumerConfig: cfg, s: s, next: 1, limit: s.last, open: map[uint64]time.Duration{}, acked: map[uint64]bool{}}
	switch cfg.start.Policy {
	case kv.LastPerKey:
		c.only = map[uint64]bool{}
		for i := range s.msgs {
			m := &s.msgs[i]
			if s.lastOf(m.Subject).Seq == m.Seq {
				c.only[m.Seq] = true
			}
		}
	case kv.OnlyNew:
		c.next = s.last + 1
	case kv.FromRevision:
		c.next = max(cfg.start.Revision, 1)
	}
	w := s.w
	c.lead = leader{w: w, name: "consumer " + cfg.name, at: -1, lost: c.leaderLost, elected: c.elected}
	if cfg.alone {
		n := w.nodes[w.rnd.IntN(len(w.nodes))]
		for !n.up {
			n = w.nodes[w.rnd.IntN(len(w.nodes))]
		}
		c.lead.at = n.id
		n.residents = append(n.residents, c)
	} else {
		c.lead.elect()
	}
	c.served = w.now
	s.consumers = append(s.consumers, c)
	if c.push != nil {
		c.beats()
		c.serve()
	}
	return c
}

func (s *Stream) find(name string) *consumer {
	for _, c := range s.consumers {
		if c.name == name {
			return c
		}
	}
	return nil
}

// end takes the consumer away. told says that those who wait for it learn of that.
func (c *consumer) end(told bool) {
	if c.gone {
		return
	}
	c.s.w.tracef("consumer %s is gone, told %v", c.name, told)
	c.gone = true
	c.s.w.disturbed = c.s.w.now
	c.beat++
	if told && c.lead.there() {
		c.endAll("409", "Consumer Deleted")
	}
	for _, p := range c.waiting {
		p.over = true
	}
	c.waiting = nil
	if c.alone {
		n := c.s.w.nodes[c.lead.at]
		for i, o := range n.residents {
			if o == c {
				n.residents = append(n.residents[:i:i], n.residents[i+1:]...)
				break
			}
		}
	} else {
		c.lead.end()
	}
	for i, o := range c.s.consumers {
		if o == c {
			c.s.consumers = append(c.s.consumers[:i:i], c.s.consumers[i+1:]...)
			return
		}
	}
}

func (c *consumer) endAll(code, text string) {
	for _, p := range c.waiting {
		p.over = true
		id, in, n := p.id, p.in, c.number
		in.owner().tell(func() { in.status(id, code, text, n) })
	}
	c.waiting = nil
}

func (c *consumer) leaderLost(told bool) {
	if c.gone {
		return
	}
	if told {
		text := "Leadership Change"
		if c.s.w.one(3) {
			text = "Server Shutdown"
		}
		c.endAll("409", text)
	}
	for _, p := range c.waiting {
		p.over = true
	}
	c.waiting = nil
	c.beat++
}

// elected has the new leader take over: deliveries that the old one made last may not
// have reached it, and it counts the time for acknowledgements anew.
func (c *consumer) elected() {
	w := c.s.w
	for _, seq := range slices.Sorted(maps.Keys(c.open)) {
		if at := c.open[seq]; c.lead.lostAt-at < 5*ms && w.one(2) {
			c.resend(seq)
		} else {
			c.expire(seq, at)
		}
	}
	c.advised = true
	for _, cl := range w.clients {
		if !cl.up || cl.dead {
			c.advised = false
		}
		for _, f := range cl.watchers {
			cl.tell(f)
		}
	}
	w.checkPulls()
	if c.push != nil {
		c.stalled, c.unasked = false, 0
		c.beats()
	}
	c.serve()
}

// wants says whether a message is one of the consumer's.
func (c *consumer) wants(m *Msg) bool {
	return matches(c.filter, m.Subject) && (c.only == nil || m.Seq > c.limit || c.only[m.Seq])
}

// pending is how many messages are still to be delivered.
func (c *consumer) pending() (n uint64) {
	for i := c.s.from(c.next); i < len(c.s.msgs); i++ {
		if c.wants(&c.s.msgs[i]) {
			n++
		}
	}
	return n + c.over
}

// take is the next message that is to be sent.
func (c *consumer) take() (m *Msg, again bool) {
	for len(c.again) > 0 {
		seq := c.again[0]
		c.again = c.again[1:]
		if m := c.s.bySeq(seq); m != nil && !c.acked[seq] {
			return m, true
		}
	}
	if c.maxPending > 0 && len(c.open) >= c.maxPending {
		return nil, false
	}
	for i := c.s.from(c.next); i < len(c.s.msgs); i++ {
		if m := &c.s.msgs[i]; c.wants(m) {
			c.next = m.Seq + 1
			return m, false
		}
	}
	return nil, false
}

// pull takes a pull in.
func (c *consumer) pull(p *wait, expires time.Duration, noWait bool) {
	w := c.s.w
	c.served = w.now
	p.heard = w.now
	c.waiting = append(c.waiting, p)
	c.serve()
	if p.over {
		return
	}
	say := func(code, text string) {
		n := c.number
		p.in.owner().tell(func() { p.in.status(p.id, code, text, n) })
	}
	if noWait {
		c.drop(p)
		say("404", "No Messages")
		return
	}
	w.After(expires, func() {
		if !p.over {
			c.drop(p)
			say("408", "Request Timeout")
		}
	})
	if p.hb > 0 {
		var beat func()
		beat = func() {
			if p.over {
				return
			}
			if w.now-p.heard >= p.hb {
				p.heard = w.now
				say("100", "Idle Heartbeat")
			}
			w.at(p.heard+p.hb, beat)
		}
		w.After(p.hb, beat)
	}
}

func (c *consumer) drop(p *wait) {
	p.over = true
	for i, o := range c.waiting {
		if o == p {
			c.waiting = append(c.waiting[:i:i], c.waiting[i+1:]...)
			return
		}
	}
}

// serve sends what can be sent.
func (c *consumer) serve() {
	if c.gone || !c.lead.there() {
		return
	}
	if c.push != nil {
		c.pushAll()
		return
	}
	for len(c.waiting) > 0 {
		p := c.waiting[0]
		if !p.in.owner().interest || p.in.closed() {
			c.drop(p)
			c.leaveOut()
			continue
		}
		if c.paced {
			return
		}
		if p.in.owner().dead {
			c.leaveOut()
		}
		m, again := c.take()
		if m == nil {
			return
		}
		if c.only != nil && m.Seq <= c.limit {
			c.paced = true
			c.s.w.After(c.s.w.between(0, ms), func() {
				c.paced = false
				c.serve()
			})
		}
		p.left--
		p.heard = c.s.w.now
		if p.left <= 0 {
			c.drop(p)
		}
		c.send(m, again, p.in.owner(), p.in.message)
	}
}

// leaveOut passes over the next of the last values, as a server does which finds nobody
// there when it is about to send: it takes no number of a delivery, and stays pending.
func (c *consumer) leaveOut() {
	if c.only == nil || c.ackWait > 0 || !c.s.w.one(2) {
		return
	}
	for i := c.s.from(c.next); i < len(c.s.msgs); i++ {
		if m := &c.s.msgs[i]; c.wants(m) {
			if m.Seq <= c.limit {
				c.next = m.Seq + 1
				c.over++
			}
			return
		}
	}
}

func (c *consumer) send(m *Msg, again bool, to *Client, take func(delivery)) {
	w := c.s.w
	c.number++
	c.served, c.sentAt = w.now, w.now
	d := delivery{of: c, consumer: c.name, number: c.number, seq: m.Seq, pending: c.pending(), redelivered: again, msg: *m}
	if c.ackWait > 0 {
		c.open[m.Seq] = w.now
		c.expire(m.Seq, w.now)
	}
	if !w.healed && !w.Calm && w.one(200) {
		w.disturbed = w.now
		w.tracef("%s sends %d as %d, which is lost", c.name, d.seq, d.number)
		return
	}
	to.tell(func() { take(d) })
}

// annoy ends the pulls that wait, for no reason that concerns who pulls.
func (c *consumer) annoy() {
	if !c.lead.there() {
		return
	}
	if c.s.w.one(2) {
		c.endAll("408", "Interest Expired")
	} else {
		c.endAll("409", "Exceeded MaxWaiting")
	}
}

// expire has a message sent again when it isn't acknowledged in time.
func (c *consumer) expire(seq uint64, at time.Duration) {
	changes := c.lead.changes
	c.s.w.After(c.ackWait, func() {
		if c.gone || c.lead.changes != changes || c.open[seq] != at {
			return
		}
		if _, ok := c.open[seq]; ok {
			c.resend(seq)
			c.serve()
		}
	})
}

func (c *consumer) resend(seq uint64) {
	delete(c.open, seq)
	c.again = append(c.again, seq)
}

// ack takes an acknowledgement, which is lost where nobody leads.
func (c *consumer) ack(seq uint64) {
	if c.gone || !c.lead.there() {
		return
	}
	delete(c.open, seq)
	c.acked[seq] = true
	c.serve()
}

// nak gives a message back.
func (c *consumer) nak(seq uint64) {
	if _, ok := c.open[seq]; ok && !c.gone && c.lead.there() {
		c.resend(seq)
		c.serve()
	}
}

func (c *consumer) pushAll() {
	to := c.push.owner()
	for to.interest && !c.push.closed() && !c.stalled {
		if to.dead {
			c.leaveOut()
		}
		m, again := c.take()
		if m == nil {
			return
		}
		c.send(m, again, to, c.push.message)
		if c.unasked++; c.flow > 0 && c.unasked >= c.flow {
			c.stalled = true
			c.say()
		}
	}
}

// say sends a heartbeat, with the question of flow control if that isn't answered.
func (c *consumer) say() {
	var asked func()
	if c.stalled {
		asked = func() {
			c.stalled, c.unasked = false, 0
			c.serve()
		}
	}
	name, n, to := c.name, c.number, c.push
	to.owner().tell(func() { to.heartbeat(name, n, asked) })
}

// beats sends heartbeats while nothing else is sent.
func (c *consumer) beats() {
	c.beat++
	if c.heartbeat == 0 {
		return
	}
	gen, w := c.beat, c.s.w
	var beat func()
	beat = func() {
		if c.beat != gen || c.gone || c.push.closed() {
			return
		}
		if w.now-c.sentAt >= c.heartbeat && c.push.owner().interest {
			c.sentAt = w.now
			c.say()
		}
		w.After(c.heartbeat, beat)
	}
	w.After(c.heartbeat, beat)
}

// create is the request that makes a consumer.
func (s *Stream) create(cfg consumerConfig) func(answer func(reply)) {
	return func(answer func(reply)) {
		w := s.w
		switch {
		case !w.meta.there() || !s.lead.there():
			if !w.meta.silent && w.one(3) {
				answer(reply{code: 503, errCode: unavailable})
			}
			return
		case !w.healed && !w.Calm && w.one(60):
			w.spoiled, w.disturbed = w.now, w.now
			return // lost
		case !w.healed && !w.Calm && w.one(40):
			w.spoiled, w.disturbed = w.now, w.now
			answer(reply{code: 500, errCode: unavailable})
			return
		}
		behind := s.last
		if cfg.start.Policy != kv.OnlyNew {
			behind = 0
		}
		c := s.add(cfg)
		if c.number > 0 {
			behind = c.next - 1
		}
		info := consumerInfo{name: c.name, created: int64(w.now), pending: c.pending(), behind: behind, number: c.number, last: c.limit}
		if c.start.Policy == kv.FromRevision {
			info.behind = c.start.Revision - 1
		}
		if !w.healed && !w.Calm && w.one(40) {
			w.spoiled, w.disturbed = w.now, w.now
			return // the answer is lost
		}
		w.After(w.between(ms/2, 3*ms), func() { answer(reply{value: info}) })
	}
}

// consumerInfo is what is told of a consumer.
type consumerInfo struct {
	name                    string
	created                 int64
	number, pending, behind uint64
	last                    uint64 // of the stream, when it was made
}

// info is the request for what a consumer is.
func (s *Stream) info(name string) func(answer func(reply)) {
	return func(answer func(reply)) {
		c := s.find(name)
		switch {
		case c == nil && s.w.meta.there():
			answer(reply{code: 404, errCode: noConsumer})
		case c != nil && c.lead.there():
			answer(reply{value: consumerInfo{name: c.name, number: c.number, pending: c.pending()}})
		}
	}
}

// discard is the request that removes a consumer.
func (s *Stream) discard(name string) func(answer func(reply)) {
	return func(answer func(reply)) {
		if !s.w.meta.there() {
			return
		}
		if c := s.find(name); c != nil {
			c.end(true)
		}
		answer(reply{})
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// good is since when a client can have consumers made.
func (s *Stream) good(c *Client) time.Duration {
	return max(s.w.meta.since, s.lead.since, c.upAt, s.w.spoiled)
}
