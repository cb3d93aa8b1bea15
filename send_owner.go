package nats

import (
	"fmt"
	"time"

	"github.com/evernats/nats/internal/notify"
	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/session"
)

// initOut makes the send side ready.
func (nc *Conn) initOut() {
	o := &nc.Opts
	cfg := send.Config{
		ChunkSize: o.WriteBufferSize, AtLeastOnce: o.AtLeastOnce, TTL: o.PublishTTL,
		Limit: DefaultReconnectBufSize, AwayLimit: o.ReconnectBufSize, Full: policies[o.OutboundFull],
		FenceBytes: uint64(o.FenceBytes), FenceEvery: o.FenceInterval,
		WriteLimit: o.flusherLimit(), FailSlow: o.ReconnectOnFlusherError,
	}
	if o.ReconnectBufSize > 0 {
		cfg.Limit = o.ReconnectBufSize
	}
	if o.AtLeastOnce {
		cfg.HeldLimit = o.HeldLimit
	}
	if o.StaleAfter > 0 {
		cfg.WriteStep = max(o.StaleAfter/session.WatchSteps, time.Millisecond)
	}
	nc.out.Init((*sendOwner)(nc), cfg, (*send.Counts)(&nc.Statistics))
}

var policies = [...]send.Policy{
	OutboundDefault: send.PushBack, FailPublish: send.Fail, WaitForRoom: send.WaitForRoom, DropOldest: send.DropOldest,
}

// reportDoubt closes the books on a link that is gone.
func (nc *Conn) reportDoubt(l *link) { nc.out.Ended(outgoing{l}, l.EndedByPeer()) }

// sendOwner is the connection as the send side sees it, see send.Owner.
type sendOwner Conn

func (o *sendOwner) Start() time.Time { return o.start }

// GaveUp tells the program, and the requests of which one may be among the messages.
// The queue of events takes it at once; the callbacks run elsewhere.
func (o *sendOwner) GaveUp(gone outbound.Span, why send.Fault) {
	nc, err := (*Conn)(o), ofSend(why)
	nc.reqs.GaveUp(gone.First, gone.Last, err)
	nc.links.GaveUp(gone.First, gone.Last, err)
	nc.events.droppedRun(nc, notify.Run{Msgs: int(gone.Msgs), Size: int(gone.Bytes), Err: err})
}

func (o *sendOwner) GaveUpOne(gone *outbound.Dropped, why send.Fault) {
	nc, err := (*Conn)(o), ofSend(why)
	nc.reqs.GaveUp(gone.Seq, gone.Seq, err)
	nc.links.GaveUp(gone.Seq, gone.Seq, err)
	nc.events.droppedMsg(nc, &DroppedMsg{Msgs: 1, Subject: gone.Subject, Reply: gone.Reply, Size: gone.Size, Err: err})
}

func (o *sendOwner) Slow(err error) {
	nc := (*Conn)(o)
	nc.events.asyncError(nc, nil, err)
}

func (o *sendOwner) Fills(f send.Fill) { o.events.fills(f) }

// Overrun ends the link: a new one takes less than this one still has to.
func (o *sendOwner) Overrun(l send.Link, lines int) {
	nc, lost := (*Conn)(o), l.(outgoing).Link
	err := fmt.Errorf("%w: %d changes of subscriptions wait for it", ErrOutboundFull, lines)
	nc.session.Post(func() { lost.GiveUp(lost.Ended(phaseWrite, err)) })
}

func (o *sendOwner) WriteFailed(l send.Link, err error, inUse bool) {
	nc, failed := (*Conn)(o), l.(outgoing).Link
	known := failed.Closed()
	err = failed.Ended(phaseWrite, err)
	if inUse && !known {
		nc.events.asyncError(nc, nil, ofSession(err))
	}
	failed.Fail(err)
}

func (o *sendOwner) Ended(l send.Link, loss *send.Loss) {
	nc, gone := (*Conn)(o), l.(outgoing).Link
	nc.events.lossNoted(nc, gone, loss.Doubt)
	nc.reqs.LinkEnded(l.Server(), loss.Sent, loss.Confirmed, nc.Opts.FailRequestsOnDisconnect)
	nc.links.LinkDown(gone.Epoch(), loss.Sent)
	nc.judgeSubs(gone, loss.Parts, loss.Answered)
}

func (o *sendOwner) InDoubt(l send.Link, doubt outbound.Count) {
	nc := (*Conn)(o)
	nc.events.inDoubt(nc, InDoubt{Epoch: l.(outgoing).Link.Epoch(), Msgs: doubt.Msgs, Bytes: doubt.Bytes, Server: l.Server()})
}
