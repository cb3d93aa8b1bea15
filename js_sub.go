package nats

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/push"
)

// jsSub is what a subscription has of JetStream. Its lock is held under that of the table
// (a new link) and that of the subscription (NextMsg), and for as long as a machine thinks.
type jsSub struct {
	js      *jsContext
	s       *Subscription
	typ     SubscriptionType
	ch      chan *Msg // the program's; nil: none
	stream  string
	initial uint64 // messages that the consumer had when it was subscribed to
	ackNone bool
	core    bool        // the program made it with Conn.Subscribe and acknowledges messages
	deletes atomic.Bool // the consumer ends with it

	mu    sync.Mutex
	name  string // of the consumer
	acked jsAcked
	alarm alarm.Alarm
	ended bool

	// Of push consumers.
	m       *push.Machine // nil: nothing is to be watched
	acts    []push.Action
	ordered *jsOrdered
	fc      string // the reply that flow control waits for; empty: none
	fcAt    uint64 // it is due when so many messages have been taken; 0: not known yet

	pull *jsPull
}

// jsOrdered is what it takes to make an ordered consumer anew.
type jsOrdered struct {
	cfg    ConsumerConfig
	named  string // by the program; empty: it left it to the client
	inbox  string // of deliver subjects, with its final dot
	serial int
	start  uint64 // the message before the first
	old    []string
	full   bool   // the program's channel is
	plan   jsPlan // nil: each begins behind the last message
}

// jsPlan says where each consumer of an ordered subscription begins. Its methods are called
// without locks, one at a time but for ended.
type jsPlan interface {
	// next completes the configuration of one that is about to be made in the place of
	// another. It may ask the server, and wait.
	next(cfg *ConsumerConfig, patience time.Duration) error
	// made says that it is there; the first, too.
	made(*ConsumerInfo)
	// failed says why there will be none any more.
	failed(error)
	// ended says that the subscription has.
	ended()
}

func newJSSub(p *jsSubscribing) *jsSub {
	j := &jsSub{js: p.js, typ: p.typ, ch: p.ch, stream: p.o.stream}
	cfg := &p.o.cfg
	switch {
	case p.pull:
		j.pull = &jsPull{j: j, inbox: p.js.nc.NewInbox() + "."}
	case p.o.ordered:
		inbox := cfg.DeliverSubject + "."
		cfg.DeliverSubject = inbox + "1"
		j.ordered = &jsOrdered{cfg: *cfg, inbox: inbox, serial: 1, plan: p.o.plan}
		if !p.madeUp {
			j.ordered.named = p.o.consumer
		}
		p.deliver = cfg.DeliverSubject
	}
	j.name = p.o.consumer
	if p.info != nil {
		cfg = &p.info.Config
		j.name = p.info.Name
	}
	j.ackNone = cfg.AckPolicy == AckNonePolicy
	if !p.pull && (j.ordered != nil || cfg.Heartbeat > 0) {
		j.m = push.New(p.js.now(), push.Config{Ordered: j.ordered != nil, Heartbeat: cfg.Heartbeat, Chance: rand.Int64N})
	}
	return j
}

// start makes the subscription.
func (j *jsSub) start(p *jsSubscribing) error {
	cfg := subConfig{Subject: p.deliver, Queue: p.queue, Channel: p.ch, Gate: j, Unbound: j.ordered != nil, Closed: p.o.closed}
	switch {
	case j.pull != nil:
		cfg.Subject, cfg.Inline, cfg.Drained = j.pull.inbox+"*", j.pull.take, j.pull.drained
	case p.cb != nil && !p.o.manual && !j.ackNone:
		cfg.Handler = func(m *Msg) {
			p.cb(m)
			m.Ack()
		}
	default:
		cfg.Handler = p.cb
	}
	_, err := p.js.nc.subscribe(cfg, nil)
	return err
}

// moveTo subscribes anew, to the subject of a consumer that another client made.
func (j *jsSub) moveTo(p *jsSubscribing) error {
	j.s.in.Remove(true)
	j.mu.Lock()
	j.ended = false
	j.mu.Unlock()
	return j.start(p)
}

// endWith unsubscribes when the context ends.
func (j *jsSub) endWith(ctx context.Context) {
	select {
	case <-ctx.Done():
		j.s.Unsubscribe()
	case <-j.s.in.Over():
	}
}

// begun is called when the consumer is there.
func (j *jsSub) begun(p *jsSubscribing) {
	if j.ordered != nil && j.ordered.plan != nil {
		j.ordered.plan.made(p.info)
	}
	j.initial = p.info.NumPending + p.info.Delivered.Consumer
	if c := p.info.Cluster; j.pull != nil && c != nil && len(c.Replicas) > 0 {
		j.pull.watchLeader()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if p.made && !j.ended {
		j.js.nc.owned.Add(1)
		j.deletes.Store(true)
	}
	if j.ordered != nil {
		j.ordered.start = p.info.Delivered.Stream
		if j.ordered.cfg.DeliverPolicy == DeliverLastPerSubjectPolicy {
			j.ordered.start = 0
		}
	}
	if j.ended || j.m == nil && j.pull == nil {
		return
	}
	if _, up := (jsPort{j.js.nc}).Watch(j); !up {
		j.lostLink()
	}
	j.arm()
}

// Ended is called when the subscription has ended, once.
func (j *jsSub) Ended(connEnded, unsubscribed bool) {
	j.mu.Lock()
	j.ended = true
	j.alarm.Stop()
	var advisory port.Sub
	if j.pull != nil {
		j.pull.closed(connEnded)
		advisory = j.pull.advisory
	}
	j.mu.Unlock()
	if advisory != nil {
		advisory.Stop()
	}
	if j.ordered != nil && j.ordered.plan != nil {
		j.ordered.plan.ended()
	}
	(jsPort{j.js.nc}).Unwatch(j)
	if !connEnded && !unsubscribed {
		go func() {
			if err := j.remove(); err != nil {
				j.js.nc.events.asyncError(j.js.nc, j.s, err)
			}
		}()
	}
}

// remove removes the consumer, if the subscription made it.
func (j *jsSub) remove() error {
	if !j.deletes.CompareAndSwap(true, false) {
		return nil
	}
	defer j.removed()
	j.mu.Lock()
	name := j.name
	j.mu.Unlock()
	err := j.js.DeleteConsumer(j.stream, name)
	if j.ordered != nil && err == ErrConsumerNotFound {
		// It goes from one to the next by itself: which of them was there is nobody's matter.
		return nil
	}
	return err
}

// disown leaves the consumer to itself.
func (j *jsSub) disown() {
	if j.deletes.CompareAndSwap(true, false) {
		j.removed()
	}
}

// removed tells a drain that it needn't wait for the consumer.
func (j *jsSub) removed() {
	j.js.nc.owned.Add(-1)
	j.js.nc.drain.Poke()
}

// arm sets the alarm for what is due.
func (j *jsSub) arm() {
	if j.m == nil || j.ended {
		return
	}
	if at, ok := j.m.Deadline(); ok && j.alarm.Wants(at) {
		j.alarm.Set(at, at-j.js.now(), j.tick)
	}
}

// lostLink tells who has to know that there is no link.
func (j *jsSub) lostLink() {
	if j.m != nil {
		j.m.LinkDown()
	}
}

// of is the subscription's part of JetStream, or an error.
func (s *Subscription) jsPart() (*jsSub, error) {
	if s == nil {
		return nil, ErrBadSubscription
	}
	j, ok := s.in.Gate().(*jsSub)
	if !ok {
		return nil, ErrTypeSubscription
	}
	return j, nil
}

// ConsumerInfo asks for the consumer that the subscription is on. [ErrTypeSubscription] says
// that it is none of JetStream's, [ErrConsumerInfoOnOrderedReset] that an ordered one is just
// being made anew; other errors are those of [JetStreamManager].ConsumerInfo.
func (s *Subscription) ConsumerInfo() (*ConsumerInfo, error) {
	j, err := s.jsPart()
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	name, resetting := j.name, j.ordered != nil && j.m.Resetting()
	j.mu.Unlock()
	if resetting {
		return nil, ErrConsumerInfoOnOrderedReset
	}
	return j.js.ConsumerInfo(j.stream, name)
}

// InitialConsumerPending is how many messages the consumer had for the subscription when it
// was made, those that it had delivered before included. [ErrTypeSubscription] says that it
// is none of JetStream's.
func (s *Subscription) InitialConsumerPending() (uint64, error) {
	j, err := s.jsPart()
	if err != nil {
		return 0, err
	}
	return j.initial, nil
}

// nextName is for the consumer that is made in place of another.
func (o *jsOrdered) nextName() string {
	if o.named == "" {
		return jsShortName()
	}
	return o.named + "_" + strconv.Itoa(o.serial)
}

// deliverSubject is where the ordered consumer of by now delivers.
func (o *jsOrdered) deliverSubject() string { return o.inbox + strconv.Itoa(o.serial) }

// Subject is what the server knows the subscription by.
func (j *jsSub) Subject() string {
	if j.ordered == nil {
		return j.s.Subject
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ordered.deliverSubject()
}

// removeOld removes a consumer that isn't needed any more. If it can't, the server does when
// nobody has listened for a while.
func (j *jsSub) removeOld(name string) {
	for range 5 {
		ctx, cancel := context.WithTimeout(context.Background(), jsLookupTimeout)
		err := j.js.DeleteConsumer(j.stream, name, Context(ctx))
		cancel()
		if err == nil || err == ErrConsumerNotFound || j.js.nc.IsClosed() {
			return
		}
		select {
		case <-time.After(time.Second):
		case <-j.s.in.Over():
			return
		}
	}
}
