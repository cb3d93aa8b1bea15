package nats

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func (js *jsContext) Subscribe(subj string, cb MsgHandler, opts ...SubOpt) (*Subscription, error) {
	if cb == nil {
		return nil, ErrBadSubscription
	}
	return js.subscribe(jsSubscribing{typ: AsyncSubscription, cb: cb}, subj, opts)
}

func (js *jsContext) QueueSubscribe(subj, queue string, cb MsgHandler, opts ...SubOpt) (*Subscription, error) {
	if cb == nil {
		return nil, ErrBadSubscription
	}
	return js.subscribe(jsSubscribing{typ: AsyncSubscription, queue: queue, cb: cb}, subj, opts)
}

func (js *jsContext) SubscribeSync(subj string, opts ...SubOpt) (*Subscription, error) {
	return js.subscribe(jsSubscribing{typ: SyncSubscription}, subj, opts)
}

func (js *jsContext) QueueSubscribeSync(subj, queue string, opts ...SubOpt) (*Subscription, error) {
	return js.subscribe(jsSubscribing{typ: SyncSubscription, queue: queue}, subj, opts)
}

func (js *jsContext) ChanSubscribe(subj string, ch chan *Msg, opts ...SubOpt) (*Subscription, error) {
	return js.subscribe(jsSubscribing{typ: ChanSubscription, ch: ch}, subj, opts)
}

func (js *jsContext) ChanQueueSubscribe(subj, queue string, ch chan *Msg, opts ...SubOpt) (*Subscription, error) {
	return js.subscribe(jsSubscribing{typ: ChanSubscription, queue: queue, ch: ch}, subj, opts)
}

func (js *jsContext) PullSubscribe(subj, durable string, opts ...SubOpt) (*Subscription, error) {
	if durable != "" {
		opts = append(opts[:len(opts):len(opts)], Durable(durable))
	}
	return js.subscribe(jsSubscribing{typ: PullSubscription}, subj, opts)
}

// jsSubscribing is one Subscribe at work.
type jsSubscribing struct {
	js      *jsContext
	typ     SubscriptionType
	queue   string
	cb      MsgHandler
	ch      chan *Msg
	subject string
	o       jsSubOpts
	pull    bool

	info    *ConsumerInfo // of the consumer that is there, or was made
	made    bool
	madeUp  bool // its name is the client's
	deliver string
}

const (
	// jsOrderedHeartbeat is how soon the end of an ordered consumer is found out that
	// nobody tells of.
	jsOrderedHeartbeat = time.Second
	// jsOrderedAckWait is for consumers that wait for no acknowledgement.
	jsOrderedAckWait = 22 * time.Hour
)

func (js *jsContext) subscribe(asked jsSubscribing, subject string, opts []SubOpt) (*Subscription, error) {
	p := &asked
	p.js, p.subject, p.pull = js, subject, p.typ == PullSubscription
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt.configureSubscribe(&p.o); err != nil {
			return nil, err
		}
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := p.find(); err != nil {
		return nil, err
	}
	return p.begin()
}

// check completes what is asked for, or says why it can't be.
func (p *jsSubscribing) check() error {
	o, queue := &p.o, p.queue
	if p.typ == ChanSubscription && p.ch == nil {
		return p.js.nc.Opts.shown(errNilChan)
	}
	if o.ordered {
		switch {
		case p.pull:
			return errors.New("nats: can not use pull mode for an ordered consumer")
		case queue != "":
			return errors.New("nats: queues not be set for an ordered consumer")
		case o.cfg.Durable != "":
			return errors.New("nats: durable can not be set for an ordered consumer")
		case o.set.ack && o.cfg.AckPolicy != AckNonePolicy:
			return errors.New("nats: ack policy can not be set for an ordered consumer")
		case o.cfg.MaxDeliver != 0 && o.cfg.MaxDeliver != 1:
			return errors.New("nats: max deliver can not be set for an ordered consumer")
		case o.cfg.DeliverSubject != "":
			return errors.New("nats: deliver subject can not be set for an ordered consumer")
		case o.bound:
			return errors.New("nats: can not bind existing consumer for an ordered consumer")
		}
		o.cfg.FlowControl, o.cfg.AckPolicy, o.set.ack = true, AckNonePolicy, true
		o.cfg.MaxDeliver, o.cfg.AckWait = 1, jsOrderedAckWait
		o.cfg.Replicas, o.cfg.MemoryStorage = 1, true
		if o.cfg.Heartbeat == 0 {
			o.cfg.Heartbeat = jsOrderedHeartbeat
		}
	}
	if queue != "" {
		switch {
		case o.cfg.Heartbeat > 0 || o.cfg.FlowControl:
			return errors.New("nats: queue subscription doesn't support idle heartbeat nor flow control")
		case !o.bound && o.cfg.Durable == "" && o.cfg.Name == "":
			if jsBadName(queue) {
				return ErrInvalidConsumerName
			}
			o.cfg.Durable = queue
		}
	}
	if p.pull && o.cfg.DeliverSubject != "" {
		return ErrPullSubscribeToPushConsumer
	}
	if p.subject == "" && o.stream == "" {
		return errors.New("nats: subject required")
	}
	switch {
	case o.bound:
	case o.cfg.Durable != "":
		o.consumer = o.cfg.Durable
	default:
		o.consumer = o.cfg.Name
	}
	if o.consumer != "" && jsBadName(o.consumer) {
		return ErrInvalidConsumerName
	}
	return nil
}

// find names the stream, and finds the consumer if it may be there.
func (p *jsSubscribing) find() error {
	o := &p.o
	if o.stream == "" {
		var err error
		if o.stream, err = p.js.StreamNameBySubject(p.subject, p.options()...); err != nil {
			return err
		}
	}
	switch {
	case o.skipLookup && o.bound:
		return p.believe()
	case o.consumer == "" || o.skipLookup || o.ordered:
		return nil
	}
	info, err := p.js.ConsumerInfo(o.stream, o.consumer, p.options()...)
	switch {
	case err == nil:
		return p.use(info)
	case o.bound && p.pull && jsUnanswered(err):
		return p.believe()
	case !errors.Is(err, ErrConsumerNotFound) || o.bound:
		return err
	}
	return nil
}

// jsUnanswered says that a question about a consumer reached nobody, as from an account that
// imports no more than what a pull needs.
func jsUnanswered(err error) bool {
	return err == ErrJetStreamNotEnabled || errors.Is(err, ErrPermissionViolation) || errors.Is(err, ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}

// believe takes it that the consumer is there, and is as the program says.
func (p *jsSubscribing) believe() error {
	cfg := p.o.cfg
	if !p.o.set.ack {
		cfg.AckPolicy = AckExplicitPolicy
	}
	if !p.pull && cfg.DeliverSubject == "" {
		return ErrBadSubject
	}
	p.info, p.deliver = &ConsumerInfo{Stream: p.o.stream, Name: p.o.consumer, Config: cfg}, cfg.DeliverSubject
	return nil
}

// options are those of the requests.
func (p *jsSubscribing) options() []JSOpt {
	switch {
	case p.o.beginning != nil:
		return []JSOpt{Context(p.o.beginning)}
	case p.o.ctx != nil:
		return []JSOpt{Context(p.o.ctx)}
	}
	return nil
}

// use takes a consumer that is there, or says why it can't be used.
func (p *jsSubscribing) use(info *ConsumerInfo) error {
	has, queue := &info.Config, p.queue
	switch {
	case p.pull && has.DeliverSubject != "":
		return ErrPullSubscribeToPushConsumer
	case !p.pull && has.DeliverSubject == "":
		return ErrPullSubscribeRequired
	case !jsSameFilter(has, p.subject):
		return ErrSubjectMismatch
	}
	if !p.pull {
		switch {
		case queue == "" && has.DeliverGroup != "":
			return fmt.Errorf("nats: cannot create a subscription for a consumer with a deliver group %q", has.DeliverGroup)
		case queue != "" && has.DeliverGroup == "":
			return errors.New("nats: cannot create a queue subscription for a consumer without a deliver group")
		case queue != has.DeliverGroup:
			return fmt.Errorf("nats: cannot create a queue subscription %q for a consumer with a deliver group %q", queue, has.DeliverGroup)
		case queue == "" && info.PushBound:
			return errors.New("nats: consumer is already bound to a subscription")
		}
	}
	if err := jsSameConsumer(has, &p.o.cfg, p.o.set); err != nil {
		return err
	}
	p.info, p.deliver = info, has.DeliverSubject
	return nil
}

// begin subscribes, and makes the consumer if there is none.
func (p *jsSubscribing) begin() (*Subscription, error) {
	if p.info == nil {
		p.complete()
	}
	part := newJSSub(p)
	if err := part.start(p); err != nil {
		return nil, err
	}
	if p.info == nil {
		if err := p.make(part); err != nil {
			part.s.in.Remove(true)
			return nil, err
		}
	}
	part.begun(p)
	if p.o.ctx != nil && p.o.ctx.Done() != nil {
		go part.endWith(p.o.ctx)
	}
	return part.s, nil
}

// complete fills in what the consumer is to be.
func (p *jsSubscribing) complete() {
	o := &p.o
	cfg := &o.cfg
	if !o.set.ack {
		cfg.AckPolicy = AckExplicitPolicy
	}
	if len(cfg.FilterSubjects) == 0 {
		cfg.FilterSubject = p.subject
	}
	if cfg.MaxAckPending == 0 && cfg.AckPolicy != AckNonePolicy {
		// What is on its way must find room.
		switch p.typ {
		case ChanSubscription:
			cfg.MaxAckPending = cap(p.ch)
		case SyncSubscription, PullSubscription:
			cfg.MaxAckPending = p.js.nc.Opts.syncQueueLen()
		}
	}
	if !p.pull {
		cfg.DeliverGroup = p.queue
		if cfg.DeliverSubject == "" {
			cfg.DeliverSubject = p.js.nc.NewInbox()
		}
		p.deliver = cfg.DeliverSubject
	}
	if o.consumer == "" {
		o.consumer, p.madeUp = jsShortName(), true
		cfg.Name = o.consumer
	}
}

// make makes the consumer. Another client may have been quicker.
func (p *jsSubscribing) make(part *jsSub) error {
	action := jsCreate
	if p.o.skipLookup && !p.madeUp {
		action = jsAny
	}
	info, err := p.js.putConsumer(p.o.stream, p.o.consumer, &p.o.cfg, action, p.options())
	if err == nil {
		p.info, p.made = info, true
		return nil
	}
	var api *APIError
	if !errors.As(err, &api) || api.ErrorCode != JSErrCodeConsumerAlreadyExists && api.ErrorCode != JSErrCodeConsumerNameExists && api.ErrorCode != jsErrCodeConsumerExists || p.o.skipLookup {
		return err
	}
	info, lookErr := p.js.ConsumerInfo(p.o.stream, p.o.consumer, p.options()...)
	if lookErr != nil {
		return err
	}
	if p.madeUp {
		// Nobody else knows the name: the first request made it, whose answer was lost.
		p.info, p.made = info, true
		return nil
	}
	deliver := p.deliver
	asked := p.o.cfg
	p.o.cfg.DeliverSubject, p.o.cfg.MaxAckPending = "", 0
	if err := p.use(info); err != nil {
		return err
	}
	p.o.cfg = asked
	if p.deliver != deliver {
		return part.moveTo(p)
	}
	return nil
}

// jsErrCodeConsumerExists is the code of servers since 2.10.
const jsErrCodeConsumerExists ErrorCode = 10148
