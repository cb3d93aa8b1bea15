package nats

import (
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/window"
)

// jsPublisher joins the window of asynchronous publishing with the world. mu is held
// while a message is numbered and queued, so that both orders are one; queueing
// doesn't wait.
type jsPublisher struct {
	js *jsContext

	open sync.Mutex // guards the making and ending of the subscription

	mu       sync.Mutex
	w        *window.Window
	acts     []window.Action
	futures  []*jsFuture // by slot
	sub      port.Sub
	inbox    string // with its final dot
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
	// jsPubPatience ends a message of which nothing was heard on a link.
	jsPubPatience = time.Minute
	// jsMaxPending is the default bound of what is unacknowledged.
	jsMaxPending = 4000
	// jsReplay is how long a stream remembers ids, with some room.
	jsReplay = 110 * time.Second
	// jsPubResend is after which silence one with an id is sent again.
	jsPubResend = 5 * time.Second
)

func (p *jsPublisher) init(js *jsContext) {
	p.js = js
	p.w = p.newWindow()
}

func (p *jsPublisher) newWindow() *window.Window {
	o := &p.js.opts
	return window.New(window.Config{
		Limit: o.maxPending, Timeout: o.asyncTimeout, Patience: jsPubPatience, Resend: jsPubResend,
		Replay: jsReplay, FailOnLoss: o.failOnLoss,
	})
}

// ready makes the subscription for acknowledgements, unless it is there. Without an
// error it returns with the lock held.
func (p *jsPublisher) ready() error {
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
	sub, err := jsPort{p.js.nc}.Inline(inbox+"*", func(m *Msg) { p.answer(inbox, m) }, nil, func() { p.ended(inbox) }, false)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.sub = sub
	if _, up := (jsPort{p.js.nc}).Watch(p); up {
		p.acts = p.w.LinkUp(p.js.now(), p.acts[:0])
	} else {
		p.acts = p.w.LinkDown(p.js.now(), 0, 0, p.acts[:0])
	}
	p.act(nil, port.Link{})
	return nil
}

func (js *jsContext) PublishAsync(subj string, data []byte, opts ...PubOpt) (PubAckFuture, error) {
	f := &jsFuture{}
	f.own = Msg{Subject: subj, Data: data}
	f.msg = &f.own
	return js.pub.publish(f, opts)
}

func (js *jsContext) PublishMsgAsync(m *Msg, opts ...PubOpt) (PubAckFuture, error) {
	return js.pub.publish(&jsFuture{msg: m}, opts)
}

func (p *jsPublisher) publish(f *jsFuture, opts []PubOpt) (PubAckFuture, error) {
	o, err := jsPublishOptions(opts)
	if err != nil {
		return nil, err
	}
	if err := p.js.checkAsync(&o, f.msg); err != nil {
		return nil, err
	}
	if !o.tries {
		// Whether there is a stream is asked at the first refusal: what has none mustn't keep
		// others waiting for room.
		o.attempts = 0
	}
	hdr, err := o.encode(p.js.nc, f.msg)
	if err != nil {
		return nil, err
	}
	// A copy, since it may have to be sent again when the caller's is something else.
	f.frame = append(hdr, f.msg.Data...)
	f.hdr = len(hdr)
	m := window.Message{
		Size: len(f.frame), ID: len(hdr) > 0 && f.msg.Header.Get(MsgIdHdr) != "",
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
		if err = p.js.nc.room(len(f.frame)); err != nil {
			return nil, err
		}
	}
}

// send gives the message its place in the window, and queues it.
func (p *jsPublisher) send(f *jsFuture, m window.Message, stall time.Duration) error {
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
		number, err := p.js.nc.publish(atOnce, f.msg.Subject, p.reply(t), f.header(), f.data())
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

// reply is the subject for what a stream says of the next copy of a message.
func (p *jsPublisher) reply(t window.Token) string {
	var room [64]byte
	return string(api.AppendCopy(append(room[:0], p.inbox...), uint64(t), p.w.Copies(t)+1))
}

// await waits for room, behind those who came before. It is called and returns with
// the lock held.
func (p *jsPublisher) await(limit time.Duration) error {
	max := p.js.opts.maxPending
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
func (p *jsPublisher) emptied() {
	max := p.js.opts.maxPending
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

// answer is called with what comes in on the inbox.
func (p *jsPublisher) answer(inbox string, m *Msg) {
	n, copy, ok := api.ParseCopy(m.Subject[min(len(inbox), len(m.Subject)):])
	if !ok {
		return
	}
	t := window.Token(n)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inbox != inbox {
		return
	}
	now := p.js.now()
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		p.acts = p.w.Refused(now, t, p.acts[:0])
		p.act(nil, port.Link{})
		p.emptied()
		return
	}
	ack, ok := api.ParsePubAck(m.Data, p.stream)
	doubt := false
	if ok && ack.Err != nil {
		if ack.Err.ErrCode == api.CodeIdInProcess {
			p.acts = p.w.InProcess(now, t, copy, ack.Stream, p.acts[:0])
			p.act(nil, port.Link{})
			p.emptied()
			return // it was sent again too soon, and is once more
		}
		doubt = p.w.Unanswered(t) > 1 // a copy before this one may be stored
		if doubt && api.Passing(ack.Err) {
			p.acts = p.w.Refused(now, t, p.acts[:0])
			p.act(nil, port.Link{})
			p.emptied()
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
		p.fail(f, ErrInvalidJSAck)
	case ack.Err != nil:
		p.fail(f, jsDoubtful(apiErrorOf(ack.Err), doubt))
	default:
		p.stream = ack.Stream
		f.acknowledge(&ack)
	}
	p.act(nil, port.Link{})
	p.emptied()
}

func (p *jsPublisher) fail(f *jsFuture, err error) {
	f.fail(err)
	if cb := p.js.opts.onErr; cb != nil {
		p.call(func() { cb(p.js, f.msg, err) })
	}
}

// act does what the window says. Messages are published, or appended to frames.
func (p *jsPublisher) act(frames *[]byte, l port.Link) {
	now := p.js.now()
	for i := 0; i < len(p.acts); i++ {
		a := p.acts[i]
		f := p.futures[a.Token.Slot()]
		switch a.Kind {
		case window.Send:
			p.sendAgain(now, a.Token, f, frames, l)
		case window.Fail:
			p.futures[a.Token.Slot()] = nil
			if a.Why == window.Dropped {
				p.fail(f, jsDoubtful(p.gaveUp, a.Doubt))
			} else {
				p.fail(f, jsFailure(a))
			}
		case window.Ask:
			p.lookUp(f.msg.Subject, a.Token)
		case window.Withdraw:
			gone := jsPort{p.js.nc}.Withdraw(a.Numbers)
			p.acts = p.w.Withdrawn(now, a.Token, len(gone), p.acts)
		}
	}
	p.arm()
}

func (p *jsPublisher) sendAgain(now time.Duration, t window.Token, f *jsFuture, frames *[]byte, l port.Link) {
	if frames == nil {
		if n := p.w.Number(t); n != 0 && (jsPort{p.js.nc}).Queued(n) {
			p.w.Queued(now, t)
			return
		}
		number, err := p.js.nc.publish(atOnce, f.msg.Subject, p.reply(t), f.header(), f.data())
		if err != nil {
			p.w.Unsent(now, t)
			return
		}
		p.w.Sent(now, t, number)
		return
	}
	err := jsFits(len(f.frame), f.hdr > 0, l.MaxPayload, l.Headers)
	if err != nil {
		err = jsDoubtful(err, p.w.Unanswered(t) > 0)
		p.acts, _ = p.w.Remove(now, t, p.acts)
		p.futures[t.Slot()] = nil
		p.fail(f, err)
		return
	}
	*frames = appendPub(*frames, f.msg.Subject, p.reply(t), f.header(), f.data())
	p.w.Sent(now, t, 0)
}

func jsFailure(a window.Action) error {
	switch a.Why {
	case window.NoStream:
		return jsDoubtful(ErrNoResponders, a.Doubt) // and not ErrNoStreamResponse, as programs know it
	case window.Doubt:
		return fmt.Errorf("%w: %w: the message was sent and not acknowledged before", ErrDisconnected, ErrInDoubt)
	case window.Lost:
		return ErrDisconnected
	case window.Closed:
		return ErrJetStreamPublisherClosed
	case window.Ended:
		return jsDoubtful(ErrConnectionClosed, a.Doubt)
	}
	switch {
	case !a.InProcess:
		return ErrAsyncPublishTimeout
	case a.Doubt:
		return fmt.Errorf("%w: the stream says of its id that it is just storing it", ErrAsyncPublishTimeout)
	}
	return fmt.Errorf("%w: the message isn't stored: a server that led the stream before, and leads it again, holds its id until the stream's duplicate window is over; publish it then, or with another id", errJSInProcess)
}

// errJSInProcess is what a stream says of an id that it holds.
var errJSInProcess = &APIError{Code: 409, ErrorCode: api.CodeIdInProcess, Description: "duplicate message id is in process"}

// lookUp finds out whether a stream stores the subject, once for all who ask.
func (p *jsPublisher) lookUp(subject string, t window.Token) {
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
func (p *jsPublisher) LinkUp(l port.Link, frames []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts = p.w.LinkUp(p.js.now(), p.acts[:0])
	p.act(&frames, l)
	p.emptied()
	return frames
}

// LinkDown is called when a link is gone.
func (p *jsPublisher) LinkDown(_, gone uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts = p.w.LinkDown(p.js.now(), gone, jsPort{p.js.nc}.Repeats(), p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
}

// GaveUp is called when the connection gave up messages that were queued.
func (p *jsPublisher) GaveUp(first, last uint64, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gaveUp = why
	p.acts = p.w.GaveUp(p.js.now(), first, last, p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
}

func (p *jsPublisher) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alarm.Rang()
	p.acts = p.w.Tick(p.js.now(), p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
}

// arm sets the alarm for what is due.
func (p *jsPublisher) arm() {
	if at, ok := p.w.Deadline(); ok && p.alarm.Wants(at) {
		p.alarm.Set(at, at-p.js.now(), p.tick)
	}
}
