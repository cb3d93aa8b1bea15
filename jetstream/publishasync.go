package jetstream

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/window"
	"github.com/evernats/nats/internal/wire"
)

// publisher joins the window of asynchronous publishing with the world. mu is held
// while a message is numbered and queued, so that both orders are one; queueing
// doesn't wait.
type publisher struct {
	js *jetStream

	open sync.Mutex // guards the making and ending of the subscription

	mu       sync.Mutex
	w        *window.Window
	acts     []window.Action
	futures  []*future // by slot
	sub      port.Sub
	inbox    string // with its final dot
	text     []byte // room for a reply subject
	stream   string // of the last acknowledgement
	alarm    alarm.Alarm
	stalled  []chan struct{} // who waits for room, in order
	reserved int             // rooms that were promised
	complete chan struct{}   // nil: nobody asked
	lookups  map[string][]window.Token
	gaveUp   error // why the connection gave up messages

	calls   []func() // of the program's handlers, in order
	calling bool
}

const (
	// pubPatience ends a message of which nothing was heard on a link.
	pubPatience = time.Minute
	// pubResend is after which silence one with an id is sent again.
	pubResend = 5 * time.Second
)

func (p *publisher) init(js *jetStream) {
	p.js = js
	p.w = p.newWindow()
}

func (p *publisher) newWindow() *window.Window {
	o := &p.js.opts.publisher
	return window.New(window.Config{
		Limit: o.maxPending, Timeout: o.timeout, Patience: pubPatience, Resend: pubResend,
		Replay: max(o.replay, -1), FailOnLoss: o.failOnLoss,
	})
}

// ready makes the subscription for acknowledgements, unless it is there. Without an
// error it returns with the lock held.
func (p *publisher) ready() error {
	p.mu.Lock()
	if p.sub != nil {
		return nil
	}
	p.mu.Unlock()
	p.open.Lock()
	defer p.open.Unlock()
	p.mu.Lock()
	if p.sub != nil {
		return nil
	}
	inbox := p.js.nc.NewInbox() + "."
	p.inbox = inbox
	p.mu.Unlock()
	take := func(msgs []nats.Msg, more bool) { p.answers(inbox, msgs, more) }
	sub, err := p.js.port.InlineRuns(inbox+"*", take, nil, nil, func() { p.ended(inbox) })
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.sub = sub
	if _, up := p.js.port.Watch(p); up {
		p.acts = p.w.LinkUp(p.js.now(), p.acts[:0])
	} else {
		p.acts = p.w.LinkDown(p.js.now(), 0, 0, p.acts[:0])
	}
	p.act(nil, port.Link{})
	return nil
}

func (js *jetStream) PublishAsync(subject string, payload []byte, opts ...PublishOpt) (PubAckFuture, error) {
	r := rooms.Get().(*room)
	f := r.future(len(payload))
	rooms.Put(r)
	f.own = nats.Msg{Subject: subject, Data: payload}
	f.msg = &f.own
	return js.pub.publish(f, opts)
}

func (js *jetStream) PublishMsgAsync(m *nats.Msg, opts ...PublishOpt) (PubAckFuture, error) {
	if m == nil {
		return nil, nats.ErrInvalidMsg
	}
	if m.Reply != "" {
		return nil, ErrAsyncPublishReplySubjectSet
	}
	return js.pub.publish(&future{msg: m}, opts)
}

func (p *publisher) publish(f *future, opts []PublishOpt) (PubAckFuture, error) {
	o, err := publishOptions(opts)
	if err != nil {
		return nil, err
	}
	hdr, err := o.encode(f.msg)
	if err != nil {
		return nil, err
	}
	// A copy, since it may have to be sent again when the caller's is something else.
	if f.frame = hdr; len(hdr) == 0 {
		r := rooms.Get().(*room)
		f.frame = r.frame(len(f.msg.Data))
		rooms.Put(r)
	}
	f.frame = append(f.frame, f.msg.Data...)
	f.hdr = len(hdr)
	m := window.Message{
		Size: len(f.frame), ID: len(hdr) > 0 && f.msg.Header.Get(MsgIDHeader) != "",
		Attempts: o.attempts, Wait: o.wait, Exactly: o.exactly,
	}
	for {
		err := p.send(f, m, o.stall)
		if !full(err) {
			if err != nil {
				return nil, err
			}
			return f, nil
		}
		// Nobody waits with the lock held: room is waited for here, and may be gone again.
		if err = p.js.port.Room(len(f.frame)); err != nil {
			return nil, err
		}
	}
}

// send gives the message its place in the window, and queues it.
func (p *publisher) send(f *future, m window.Message, stall time.Duration) error {
	if err := p.ready(); err != nil {
		return err
	}
	if err := p.await(stall); err != nil {
		p.mu.Unlock()
		return err
	}
	if p.sub == nil { // given up meanwhile
		p.emptied()
		p.mu.Unlock()
		return ErrJetStreamPublisherClosed
	}
	now := p.js.now()
	t, send := p.w.Add(now, m)
	for t.Slot() >= len(p.futures) {
		p.futures = append(p.futures, nil)
	}
	p.futures[t.Slot()] = f
	if send {
		number, err := p.js.port.Publish(f.msg.Subject, p.reply(t), f.header(), f.data())
		if err != nil {
			p.acts, _ = p.w.Remove(now, t, p.acts[:0])
			p.futures[t.Slot()] = nil
			p.act(nil, port.Link{})
			p.emptied()
			p.mu.Unlock()
			return err
		}
		p.w.Sent(now, t, number)
	}
	p.arm()
	p.mu.Unlock()
	return nil
}

// full says whether an error of a publish is that there was no room.
func full(err error) bool {
	return errors.Is(err, nats.ErrOutboundFull) || errors.Is(err, nats.ErrReconnectBufExceeded)
}

// reply is the subject for what a stream says of a message. It is good until the next:
// who publishes copies it.
func (p *publisher) reply(t window.Token) string {
	p.text = api.AppendCopy(append(p.text[:0], p.inbox...), uint64(t), p.w.Copies(t)+1)
	return unsafe.String(unsafe.SliceData(p.text), len(p.text))
}

// await waits for room, behind those who came before. It is called and returns with
// the lock held.
func (p *publisher) await(limit time.Duration) error {
	max := p.js.opts.publisher.maxPending
	if len(p.stalled) == 0 && p.w.Count()+p.reserved < max {
		return nil
	}
	turn := make(chan struct{})
	p.stalled = append(p.stalled, turn)
	p.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-turn:
	case <-timer.C:
	}
	p.mu.Lock()
	for i, c := range p.stalled {
		if c == turn {
			p.stalled = append(p.stalled[:i], p.stalled[i+1:]...)
			return ErrTooManyStalledMsgs
		}
	}
	p.reserved-- // it is this caller's turn, even if it came late
	return nil
}

// emptied gives room that has come to those who wait, and tells that all is done.
func (p *publisher) emptied() {
	max := p.js.opts.publisher.maxPending
	for len(p.stalled) > 0 && p.w.Count()+p.reserved < max {
		p.reserved++
		close(p.stalled[0])
		p.stalled = p.stalled[1:]
	}
	if p.w.Count() == 0 && p.complete != nil {
		close(p.complete)
		p.complete = nil
	}
}

// answers is called with what comes in on the inbox. Who waits for room has its turn when
// all that came together has made some.
func (p *publisher) answers(inbox string, msgs []nats.Msg, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inbox != inbox {
		return
	}
	for i := range msgs {
		p.answer(&msgs[i])
	}
	p.arm()
	if !more {
		p.emptied()
	}
}

func (p *publisher) answer(m *nats.Msg) {
	n, copy, ok := api.ParseCopy(m.Subject[min(len(p.inbox), len(m.Subject)):])
	if !ok {
		return
	}
	t := window.Token(n)
	var now time.Duration
	if p.w.Blocked() { // else nothing of what follows depends on it, and a clock has its price
		now = p.js.now()
	}
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		p.acts = p.w.Refused(p.js.now(), t, p.acts[:0])
		p.do(nil, port.Link{})
		return
	}
	ack, ok := api.ParsePubAck(m.Data, p.stream)
	doubt := false
	if ok && ack.Err != nil {
		if ack.Err.ErrCode == api.CodeIdInProcess {
			p.acts = p.w.InProcess(p.js.now(), t, copy, ack.Stream, p.acts[:0])
			p.do(nil, port.Link{})
			return // it was sent again too soon, and is once more
		}
		doubt = p.w.Unanswered(t) > 1 // a copy before this one may be stored
		if doubt && api.Passing(ack.Err) {
			p.acts = p.w.Refused(now, t, p.acts[:0])
			p.do(nil, port.Link{})
			return
		}
	}
	if ok && ack.Err == nil && !ack.Duplicate {
		p.w.Stored(t, ack.Stream)
	}
	var there bool
	if p.acts, there = p.w.Remove(now, t, p.acts[:0]); !there {
		return
	}
	f := p.futures[t.Slot()]
	p.futures[t.Slot()] = nil
	switch {
	case !ok:
		p.fail(f, fmt.Errorf("%w: %q", ErrInvalidJSAck, head(m.Data)))
	case ack.Err != nil:
		p.fail(f, doubtful(apiErrorOf(ack.Err), doubt))
	default:
		p.stream = ack.Stream
		f.acknowledge(&ack)
		if cb := p.js.opts.publisher.onAck; cb != nil {
			p.call(func() { cb(p.js, f.msg, &f.ack) })
		}
	}
	p.do(nil, port.Link{})
}

func (p *publisher) fail(f *future, err error) {
	f.fail(err)
	if cb := p.js.opts.publisher.onErr; cb != nil {
		p.call(func() { cb(p.js, f.msg, err) })
	}
}

// act does what the window says, and sets the alarm.
func (p *publisher) act(frames *[]byte, l port.Link) {
	p.do(frames, l)
	p.arm()
}

// do does what the window says. Messages are published, or appended to frames.
func (p *publisher) do(frames *[]byte, l port.Link) {
	var now time.Duration
	if len(p.acts) > 0 {
		now = p.js.now()
	}
	for i := 0; i < len(p.acts); i++ {
		a := p.acts[i]
		f := p.futures[a.Token.Slot()]
		switch a.Kind {
		case window.Send:
			p.sendAgain(now, a.Token, f, frames, l)
		case window.Fail:
			p.futures[a.Token.Slot()] = nil
			if a.Why == window.Dropped {
				p.fail(f, doubtful(p.gaveUp, a.Doubt))
			} else {
				p.fail(f, failure(a))
			}
		case window.Ask:
			p.lookUp(f.msg.Subject, a.Token)
		case window.Withdraw:
			gone := p.js.port.Withdraw(a.Numbers)
			p.acts = p.w.Withdrawn(now, a.Token, len(gone), p.acts)
		}
	}
}

func (p *publisher) sendAgain(now time.Duration, t window.Token, f *future, frames *[]byte, l port.Link) {
	if frames == nil {
		if n := p.w.Number(t); n != 0 && p.js.port.Queued(n) {
			p.w.Queued(now, t)
			return
		}
		number, err := p.js.port.Publish(f.msg.Subject, p.reply(t), f.header(), f.data())
		if err != nil {
			p.w.Unsent(now, t)
			return
		}
		p.w.Sent(now, t, number)
		return
	}
	var err error
	switch {
	case l.MaxPayload > 0 && int64(len(f.frame)) > l.MaxPayload:
		err = nats.ErrMaxPayload
	case f.hdr > 0 && !l.Headers:
		err = nats.ErrHeadersNotSupported
	}
	if err != nil {
		err = doubtful(err, p.w.Unanswered(t) > 0)
		p.acts, _ = p.w.Remove(now, t, p.acts)
		p.futures[t.Slot()] = nil
		p.fail(f, err)
		return
	}
	*frames = wire.AppendPub(*frames, f.msg.Subject, p.reply(t), f.header(), f.data())
	p.w.Sent(now, t, 0)
}

func failure(a window.Action) error {
	switch a.Why {
	case window.NoStream:
		return doubtful(ErrNoStreamResponse, a.Doubt)
	case window.Doubt:
		return fmt.Errorf("%w: %w: the message was sent and not acknowledged before", nats.ErrDisconnected, nats.ErrInDoubt)
	case window.Lost:
		return nats.ErrDisconnected
	case window.Closed:
		return ErrJetStreamPublisherClosed
	case window.Ended:
		return doubtful(nats.ErrConnectionClosed, a.Doubt)
	}
	switch {
	case !a.InProcess:
		return ErrAsyncPublishTimeout
	case a.Doubt:
		return fmt.Errorf("%w: the stream says of its id that it is just storing it", ErrAsyncPublishTimeout)
	}
	return fmt.Errorf("%w: the message isn't stored: a server that led the stream before, and leads it again, holds its id until the stream's duplicate window is over; publish it then, or with another id", errInProcess)
}

// errInProcess is what a stream says of an id that it holds.
var errInProcess = &APIError{409, api.CodeIdInProcess, "duplicate message id is in process"}

// doubtful is the error of a message of which a copy was sent before, without an answer.
func doubtful(err error, doubt bool) error {
	if !doubt {
		return err
	}
	return fmt.Errorf("%w: %w: an earlier copy of the message may be stored", err, nats.ErrInDoubt)
}

// lookUp finds out whether a stream stores the subject, once for all who ask.
func (p *publisher) lookUp(subject string, t window.Token) {
	if p.lookups == nil {
		p.lookups = make(map[string][]window.Token)
	}
	list, asking := p.lookups[subject]
	p.lookups[subject] = append(list, t)
	if asking {
		return
	}
	go func() {
		answer := p.js.lookUpPatiently(subject)
		p.mu.Lock()
		defer p.mu.Unlock()
		tokens := p.lookups[subject]
		delete(p.lookups, subject)
		for _, t := range tokens {
			p.acts = p.w.Known(p.js.now(), t, answer, p.acts[:0])
			p.act(nil, port.Link{})
		}
		p.emptied()
	}()
}

// LinkUp is called for each new link.
func (p *publisher) LinkUp(l port.Link, frames []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts = p.w.LinkUp(p.js.now(), p.acts[:0])
	p.act(&frames, l)
	p.emptied()
	return frames
}

// LinkDown is called when a link is gone.
func (p *publisher) LinkDown(_, gone uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts = p.w.LinkDown(p.js.now(), gone, p.js.port.Repeats(), p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
}

// GaveUp is called when the connection gave up messages that were queued.
func (p *publisher) GaveUp(first, last uint64, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gaveUp = why
	p.acts = p.w.GaveUp(p.js.now(), first, last, p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
}

func (p *publisher) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alarm.Rang()
	p.acts = p.w.Tick(p.js.now(), p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
}

// arm sets the alarm for what is due.
func (p *publisher) arm() {
	if at, ok := p.w.Deadline(); ok && p.alarm.Wants(at) {
		p.alarm.Set(at, at-p.js.now(), p.tick)
	}
}
