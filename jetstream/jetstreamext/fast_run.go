package jetstreamext

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	counting "sync/atomic"
	"time"
	"unsafe"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/ingest"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/wire"
	"github.com/evernats/nats/jetstream"
)

// FastPublisher publishes into streams by fast ingest: messages go out in batches, the
// server says how many may go between two acknowledgements, and there is none for each.
// Make one with [NewFastPublisher]. It is safe for concurrent use; messages are stored in
// the order in which the calls of Publish got their numbers. All must be for one stream.
//
// Messages are stored once and in order, also over lost connections: what the server says it
// didn't get goes out again. It can't be known what was stored of messages without ids when
// the stream has another leader meanwhile, whose predecessor may have passed on more than it
// said, or when the server has forgotten the batch (it was restarted, or ten seconds went by).
// The publisher then ends with a [*FastError], which says how many messages are stored for
// sure. With [FastMsgIDs] it goes on, over elections, too.
type FastPublisher struct {
	nc    *nats.Conn
	port  port.Conn[nats.Msg]
	cfg   ingest.Config
	born  time.Time
	name  string // what ids begin with
	ids   bool   // messages without an id are given one
	named counting.Uint64

	links fastLinks

	open sync.Mutex // guards the making and ending of the subscription

	mu      sync.Mutex // held while a message is numbered and queued, so that both orders are one
	m       *ingest.Machine
	acts    []ingest.Action
	kept    keeper
	sub     port.Sub
	inbox   string // with its final dot
	text    []byte // room for a reply subject
	front   int    // how much of it is the same for all messages of a batch
	of      uint64 // that batch
	subject string // of the batch's first message
	alarm   alarm.Alarm
	room    chan struct{} // closed when there may be some; nil: nobody waits
	flushed chan struct{} // closed when all is stored; nil: nobody asked
	ack     FastAck
	bad     error // what the server has against message badSeq of batch badOf
	badSeq  uint64
	badOf   uint64
	err     error // why it takes no more
}

func (p *FastPublisher) now() time.Duration { return time.Since(p.born) }

// try publishes a message, or returns what to wait for.
func (p *FastPublisher) try(subject string, hdr, data []byte, id bool) (n uint64, room <-chan struct{}, err error) {
	if err := p.ready(); err != nil {
		return 0, nil, err
	}
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, nil, p.err
	}
	if !p.m.Room() {
		if p.room == nil {
			p.room = make(chan struct{})
		}
		return 0, p.room, nil
	}
	var now time.Duration
	if p.m.Quiet() { // else a clock has its price
		now = p.now()
	}
	a := p.m.Add(now, id)
	k := p.kept.add(a.N, p.m.Stored(), subject, hdr, data)
	if k.number, err = p.send(&a, k); err != nil {
		p.m.Withdraw()
		p.kept.withdraw()
		return 0, nil, err
	}
	p.arm()
	return a.N, nil, nil
}

// ready makes the subscription for answers, unless it is there. Without an error it
// returns with the lock held.
func (p *FastPublisher) ready() error {
	p.mu.Lock()
	if p.sub != nil || p.err != nil {
		return nil
	}
	p.mu.Unlock()
	p.open.Lock()
	defer p.open.Unlock()
	p.mu.Lock()
	if p.sub != nil || p.err != nil {
		return nil
	}
	inbox := p.nc.NewInbox() + "."
	p.inbox = inbox
	p.mu.Unlock()
	sub, err := p.port.Inline(inbox+">", p.take, nil, func() { p.ended(inbox) }, false)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.sub, p.of = sub, 0
	if _, up := p.port.Watch(&p.links); up {
		p.acts = p.m.LinkUp(p.now(), p.acts[:0])
		p.act()
	} else {
		p.m.LinkDown(p.now(), 0)
	}
	return nil
}

// send queues a message of the batch.
func (p *FastPublisher) send(a *ingest.Action, k *keptMsg) (uint64, error) {
	if a.Op == ingest.Start {
		p.subject = k.subject
	}
	return p.port.Publish(k.subject, p.reply(a), k.header(), k.data())
}

// reply is the subject for what the server says of a message, which is good until the
// next: who publishes copies it. It tells the server what the message is.
func (p *FastPublisher) reply(a *ingest.Action) string {
	if p.of != a.Batch || p.front == 0 {
		p.of = a.Batch
		p.text = fmt.Appendf(p.text[:0], "%s%s-%d.%d.fail.", p.inbox, p.name, a.Batch, p.cfg.Flow)
		p.front = len(p.text)
	}
	p.text = strconv.AppendUint(p.text[:p.front], a.Seq, 10)
	p.text = append(p.text, '.', '0'+byte(a.Op))
	p.text = append(p.text, ".$FI"...)
	return unsafe.String(unsafe.SliceData(p.text), len(p.text))
}

// fastAnswer is what the server says: how far it is, that it missed something, what it has
// against a message, or where the batch ended.
type fastAnswer struct {
	Type   string              `json:"type"`
	Seq    uint64              `json:"seq"`
	Flow   uint64              `json:"msgs"`
	Batch  string              `json:"batch"`
	Count  uint64              `json:"count"`
	Stream string              `json:"stream"`
	Domain string              `json:"domain"`
	Error  *jetstream.APIError `json:"error"`
}

// parseReply takes apart what reply made, behind the inbox.
func parseReply(s string) (batch, seq uint64, op ingest.Op, ok bool) {
	t := strings.Split(s, ".")
	if len(t) != 6 || len(t[4]) != 1 {
		return 0, 0, 0, false
	}
	batch, err := strconv.ParseUint(t[0][strings.LastIndexByte(t[0], '-')+1:], 10, 64)
	if err != nil {
		return 0, 0, 0, false
	}
	seq, err = strconv.ParseUint(t[3], 10, 64)
	return batch, seq, ingest.Op(t[4][0] - '0'), err == nil
}

// take is called with what comes in on the inbox.
func (p *FastPublisher) take(m *nats.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	batch, seq, op, ok := parseReply(strings.TrimPrefix(m.Subject, p.inbox))
	if !ok || batch != p.m.Batch() || p.err != nil {
		return
	}
	now := p.now()
	p.acts = p.acts[:0]
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		p.acts = p.m.Nobody(now, batch, p.acts)
		p.act()
		return
	}
	var a fastAnswer
	if json.Unmarshal(m.Data, &a) != nil {
		return
	}
	switch {
	case a.Type == "ack":
		p.acts = p.m.Ack(now, batch, a.Seq, a.Flow, p.acts)
	case a.Type == "gap":
		p.acts = p.m.Gap(now, batch, p.acts)
	case a.Type == "err" && a.Error != nil:
		p.object(now, batch, a.Seq, a.Error)
	case a.Type != "":
	case a.Error != nil && a.Error.ErrorCode == codeTooMany:
		p.acts = p.m.Nobody(now, batch, p.acts)
	case a.Error != nil && (op == ingest.End || op == ingest.Ping):
		p.acts = p.m.Unknown(now, batch, p.acts)
	case a.Error != nil:
		p.object(now, batch, seq, a.Error)
	case a.Batch != "":
		p.ack = FastAck{Stream: a.Stream, Sequence: a.Seq, Domain: a.Domain}
		p.acts = p.m.Final(now, batch, a.Count, p.acts)
	}
	p.act()
}

// object takes what the server has against a message. The first of a batch is what ends it.
func (p *FastPublisher) object(now time.Duration, batch, seq uint64, err *jetstream.APIError) {
	if p.badOf != batch || seq < p.badSeq {
		p.badOf, p.badSeq, p.bad = batch, seq, err
	}
	p.acts = p.m.Objection(now, batch, seq, p.acts)
}

// act does what the machine says.
func (p *FastPublisher) act() {
	var stuck bool // nothing behind a message that couldn't be sent
	for i := 0; i < len(p.acts); i++ {
		a := &p.acts[i]
		switch a.Kind {
		case ingest.Send:
			if stuck {
				continue
			}
			k := p.kept.get(a.N)
			number, err := p.send(a, k)
			switch {
			case err == nil:
				k.number = number
			case errors.Is(err, nats.ErrOutboundFull) || errors.Is(err, nats.ErrReconnectBufExceeded):
				p.m.Unsent(p.now(), a.Seq)
				stuck = true
			default:
				p.fail(err, p.m.Close())
			}
		case ingest.Say:
			if !stuck {
				p.port.Publish(p.subject, p.reply(a), nil, nil) // who finds no room says it again
			}
		case ingest.Done:
			if p.flushed != nil {
				close(p.flushed)
				p.flushed = nil
			}
		case ingest.Fail:
			p.fail(p.reason(a), a.Doubt)
		}
	}
	p.kept.release(p.m.Stored())
	if p.room != nil && (p.err != nil || p.m.Room()) {
		close(p.room)
		p.room = nil
	}
	p.arm()
}

func (p *FastPublisher) reason(a *ingest.Action) error {
	switch a.Why {
	case ingest.Refused:
		return p.bad
	case ingest.NoStream:
		return jetstream.ErrNoStreamResponse
	case ingest.Forgot:
		return ErrFastUnknown
	}
	return nats.ErrTimeout
}

// fail ends it.
func (p *FastPublisher) fail(why error, doubt bool) {
	if p.err != nil {
		return
	}
	p.err = &FastError{Stored: p.m.Stored(), Published: p.m.Last(), Err: why, doubt: doubt}
	p.port.Withdraw(p.kept.numbers()) // nobody would hear what became of it
	p.kept = keeper{}
	if p.flushed != nil {
		close(p.flushed)
		p.flushed = nil
	}
	go p.rest()
}

// rest ends the subscription, when nothing is under way.
func (p *FastPublisher) rest() {
	p.open.Lock()
	defer p.open.Unlock()
	p.mu.Lock()
	sub := p.sub
	if sub == nil || p.err == nil && !p.m.Idle() {
		p.mu.Unlock()
		return
	}
	p.sub = nil
	p.alarm.Stop()
	p.mu.Unlock()
	p.port.Unwatch(&p.links)
	sub.Stop()
}

// ended is called when the subscription has ended.
func (p *FastPublisher) ended(inbox string) {
	p.mu.Lock()
	if p.inbox == inbox && p.sub != nil {
		why := error(nats.ErrConnectionClosed)
		if !p.nc.IsClosed() {
			why = nats.ErrConnectionDraining
		}
		p.fail(why, p.m.Close())
		p.act()
	}
	p.mu.Unlock()
}

// linkUp is called for each new link.
func (p *FastPublisher) linkUp(frames []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	acts := p.m.LinkUp(p.now(), nil)
	p.acts = p.acts[:0]
	for i := range acts {
		if a := &acts[i]; a.Kind == ingest.Say {
			frames = wire.AppendPub(frames, p.subject, p.reply(a), nil, nil)
		} else {
			p.acts = append(p.acts, *a)
		}
	}
	p.act()
	return frames
}

// linkDown is called when a link is gone, with the number of the last message that left
// with it.
func (p *FastPublisher) linkDown(gone uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m.LinkDown(p.now(), p.kept.left(gone, p.m.Base(), p.m.Sent())-p.m.Base())
}

// gaveUp is called when the connection gave up messages that were queued: they make a gap.
func (p *FastPublisher) gaveUp(first, last uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	base := p.m.Base()
	if p.err != nil || !p.kept.any(first, last, base, p.m.Sent()) {
		return
	}
	p.acts = p.m.Dropped(p.now(), p.acts[:0])
	p.act()
}

func (p *FastPublisher) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alarm.Rang()
	if p.m.Idle() {
		go p.rest()
		return
	}
	p.acts = p.m.Tick(p.now(), p.acts[:0])
	p.act()
}

// arm sets the alarm for what is due.
func (p *FastPublisher) arm() {
	if p.err != nil {
		return
	}
	at, ok := p.m.Deadline()
	if p.m.Idle() && p.sub != nil {
		at, ok = p.now()+fastRest, true
	}
	if ok && p.alarm.Wants(at) {
		p.alarm.Set(at, at-p.now(), p.tick)
	}
}
