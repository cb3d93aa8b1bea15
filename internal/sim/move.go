package sim

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// spare is a client's link beside the one in use: that which is prepared, and after
// the switch that which is left.
type spare struct {
	attempt   uint32 // of the prepared one
	epoch     uint32 // of the one that is left; 0: it is the prepared one
	server    int32
	serverGen uint32
}

// Migrate lets a client's user ask for another server.
func (w *World) Migrate(c int) { w.tell(c, reconnect.Event{Kind: reconnect.Migrate}) }

// Stay lets a client give a move up, as one does that begins to drain.
func (w *World) Stay(c int) { w.tell(c, reconnect.Event{Kind: reconnect.Stay}) }

// overlapAtLeast is how long a client waits, once both links deliver, for servers of
// which it can't know; it takes up to twice that.
const overlapAtLeast = 400 * time.Millisecond

// lingerAtMost is how long the old link goes on for what is under way to it.
const lingerAtMost = 300 * time.Millisecond

// prepare keeps an attempt's link beside the connection, and says when it is ready: when
// the fences and probes have come back by both ways.
func (s *shard) prepare(c int, attempt uint32) {
	cl := &s.w.clients[c]
	f := cl.take(attempt)
	cl.spare = &spare{attempt: attempt, server: f.server, serverGen: f.serverGen}
	var probes time.Duration
	for range 6 {
		probes += s.delay()
	}
	s.push(s.now+probes+overlapAtLeast+s.random(overlapAtLeast), event{kind: onReady, client: uint32(c), arg: attempt})
	switch {
	case f.server < 0:
	case !s.w.spareServed(c):
		s.push(s.now+s.delay(), event{kind: onSpare, client: uint32(c), arg: attempt})
	case s.w.servers[f.server].cfg.HangUp > 0:
		s.push(s.now+s.w.servers[f.server].cfg.HangUp, event{kind: onSpare, client: uint32(c), arg: attempt, detail: hungUp})
	}
}

// hungUp marks an onSpare of a server that ends a link though it is up.
const hungUp uint16 = 1

// ready is when an overlap should be complete. Probes that a link has swallowed leave
// it to the machine's deadline.
func (s *shard) ready(c int, attempt uint32) {
	cl := &s.w.clients[c]
	if cl.spare == nil || cl.spare.epoch != 0 || cl.spare.attempt != attempt {
		return
	}
	if s.w.spareServed(c) && s.w.linkServed(c) {
		s.step(c, reconnect.Event{Kind: reconnect.Ready, Attempt: attempt})
	}
}

// spareServed and linkServed say whether the server of the spare link, and that of the
// link in use, answers on it.
func (w *World) spareServed(c int) bool {
	sp := w.clients[c].spare
	return w.answers(c, sp.server, sp.serverGen)
}

func (w *World) linkServed(c int) bool {
	return w.answers(c, w.clients[c].server, w.clients[c].serverGen)
}

func (w *World) answers(c int, server int32, gen uint32) bool {
	if server < 0 {
		return false
	}
	sv := &w.servers[server]
	return sv.state == up && sv.gen == gen && w.flowing(c, int(server))
}

// swap makes the prepared link the one in use, and the other one the spare.
func (s *shard) swap(c int, epoch uint32) {
	cl := &s.w.clients[c]
	old := spare{epoch: cl.gen, server: cl.server, serverGen: cl.serverGen}
	s.useSpare(c, epoch)
	cl.spare = &old
	if old.server >= 0 && s.w.spareServed(c) {
		s.push(s.now+s.delay()+s.delay()+s.random(lingerAtMost), event{kind: onFinished, client: uint32(c), arg: old.epoch})
	}
}

// useSpare puts the prepared link into use.
func (s *shard) useSpare(c int, epoch uint32) {
	cl := &s.w.clients[c]
	cl.gen, cl.server, cl.serverGen = epoch, cl.spare.server, cl.spare.serverGen
	cl.spare = nil
	s.settleIn(c)
}

// finished is when the link that was left has brought all that it will.
func (s *shard) finished(c int, epoch uint32) {
	cl := &s.w.clients[c]
	if cl.spare == nil || cl.spare.epoch != epoch || !s.w.spareServed(c) {
		return
	}
	s.step(c, reconnect.Event{Kind: reconnect.OldFinished, Epoch: uint64(epoch)})
}

// dropSpare ends the spare link.
func (s *shard) dropSpare(c int) {
	cl := &s.w.clients[c]
	if cl.spare.server >= 0 {
		s.leave(cl.spare.server, cl.spare.serverGen)
	}
	cl.spare = nil
}

// disturb lets a client look at its spare link, after a while, if that leads to the
// server.
func (w *World) disturb(c, server int, after time.Duration, how uint16) {
	sp := w.clients[c].spare
	if sp == nil || sp.server != int32(server) {
		return
	}
	id := sp.attempt
	if sp.epoch != 0 {
		id = sp.epoch
	}
	s := w.shardOf(c)
	s.push(max(s.now, w.now)+after+s.delay(), event{kind: onSpare, client: uint32(c), arg: id, detail: how})
}

// disturbAll is disturb for all clients.
func (w *World) disturbAll(server int, after time.Duration, how uint16) {
	for c := range w.clients {
		w.disturb(c, server, after, how)
	}
}

// spareLost tells a client that its spare link is gone, if it is.
func (s *shard) spareLost(c int, id uint32, how uint16) {
	cl := &s.w.clients[c]
	sp := cl.spare
	if sp == nil || id != max(sp.attempt, sp.epoch) || how != hungUp && s.w.spareServed(c) {
		return
	}
	ev := reconnect.Event{Kind: reconnect.NotReady, Attempt: sp.attempt, Failure: reconnect.Failure{Kind: reconnect.Network, Err: errReset}}
	if sp.epoch != 0 {
		ev.Kind, ev.Attempt, ev.Epoch = reconnect.Lost, 0, uint64(sp.epoch)
	}
	s.dropSpare(c)
	s.step(c, ev)
}

// quack tells a client that the server of one of its links is a lame duck.
func (s *shard) quack(c int, server int32, grace time.Duration) {
	cl := &s.w.clients[c]
	switch {
	case !s.w.flowing(c, int(server)):
	case cl.server == server:
		s.step(c, reconnect.Event{Kind: reconnect.LameDuck, Epoch: uint64(cl.gen), Delay: grace})
	case cl.spare != nil && cl.spare.server == server && cl.spare.epoch == 0:
		s.step(c, reconnect.Event{Kind: reconnect.LameDuck, Attempt: cl.spare.attempt})
	}
}
