package sim

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// ServerConfig is what one server can do.
type ServerConfig struct {
	URL string
	// HandshakesPerSecond is how many clients it can take on. Zero means no
	// limit.
	HandshakesPerSecond float64
	// Rounds is how often a handshake stands in line: a server sends INFO to all
	// that have come before it reads what the first of them answers, so those
	// that come together are done together. Zero means once.
	Rounds int
	// MaxConnections refuses clients past it; zero means no limit.
	MaxConnections int
	// Backlog is how many clients may wait for their handshake; what comes on
	// top gets no answer and knocks again, as TCP does. Zero means no limit.
	Backlog int
	// HangUp is how long after the handshake the server hangs up on each client.
	// Zero means that it doesn't.
	HangUp time.Duration
}

// AbandonedCost is what a handshake costs whose client has gone away before its
// turn, as a part of a whole one: the server finds the connection closed.
const AbandonedCost = 0.05

type condition uint8

const (
	down      condition = iota // nothing listens: refused at once
	up                         //
	frozen                     // the process is stopped: accepts, never answers
	unplugged                  // the machine is gone: no answer at all
)

type server struct {
	cfg     ServerConfig
	state   condition
	ducking bool // lame duck: takes nobody in and sends everybody away
	member  bool // advertised by the cluster
	lockout bool // refuses everybody's credentials
	reason  string
	gen     uint32 // one for each life
	conns   int
	queue   ring
	knocked int  // of those in the queue, the ones not accepted yet
	busy    bool // an onServed is on its way
}

// waiting is a client in a server's queue.
type waiting struct {
	client  uint32
	attempt uint32
	round   uint8
}

// AddServer adds a server that isn't running yet and returns its index.
func (w *World) AddServer(cfg ServerConfig) int {
	w.servers = append(w.servers, server{cfg: cfg})
	w.byURL[cfg.URL] = len(w.servers) - 1
	return len(w.servers) - 1
}

// SetServer changes what a server can do from now on. The URL stays.
func (w *World) SetServer(i int, cfg ServerConfig) {
	cfg.URL = w.servers[i].cfg.URL
	w.servers[i].cfg = cfg
}

// Servers is the number of servers.
func (w *World) Servers() int { return len(w.servers) }

// Up says whether the server takes clients.
func (w *World) Up(i int) bool {
	s := &w.servers[i]
	return s.state == up && !s.ducking
}

// Connections is the number of clients the server has.
func (w *World) Connections(i int) int { return w.servers[i].conns }

// StartServer starts a server, or continues a frozen one.
func (w *World) StartServer(i int) {
	s := &w.servers[i]
	switch s.state {
	case up:
		return
	case frozen:
		s.state = up
		w.serve(i)
		return
	}
	s.state, s.ducking = up, false
	s.gen++
	s.conns = 0
	s.member = true
	w.gossip()
}

// KillServer ends the process: its clients are reset at once.
func (w *World) KillServer(i int) { w.end(i, down) }

// UnplugServer takes the whole machine away: nobody is told.
func (w *World) UnplugServer(i int) { w.end(i, unplugged) }

func (w *World) end(i int, to condition) {
	s := &w.servers[i]
	if s.state == down || s.state == unplugged {
		s.state = to
		return
	}
	s.state, s.busy, s.knocked = to, false, 0
	s.gen++
	s.conns = 0
	for {
		q, ok := s.queue.pop()
		if !ok {
			break
		}
		if to == down && w.flowing(int(q.client), i) {
			w.reply(q, 0, reset)
		}
	}
	for c := range w.clients {
		if w.clients[c].server == int32(i) {
			w.hangUp(c, to)
		}
	}
	if to == down {
		w.disturbAll(i, 0, 0)
	} else {
		w.disturbAll(i, w.cfg.Detect, 0)
	}
	s.member = false
	w.gossip()
}

// hangUp lets a client know, or find out, that its server is gone.
func (w *World) hangUp(c int, how condition) {
	cl := &w.clients[c]
	if how == down && w.flowing(c, int(cl.server)) {
		w.cutOff(c, 0)
		return
	}
	w.shardOf(c).suspect(c)
}

// FreezeServer stops the process without ending it.
func (w *World) FreezeServer(i int) {
	s := &w.servers[i]
	if s.state != up {
		return
	}
	s.state = frozen
	for c := range w.clients {
		if w.clients[c].server == int32(i) {
			w.shardOf(c).suspect(c)
		}
	}
	w.disturbAll(i, w.cfg.Detect, 0)
}

// duckUnit is the precision of a lame duck's grace.
const duckUnit = 10 * time.Millisecond

// LameDuck lets a server take nobody in any more. It tells its clients, leaves them
// alone for the grace, and then sends away those that are left, one by one, until over
// has passed; then it ends.
func (w *World) LameDuck(i int, grace, over time.Duration) {
	s := &w.servers[i]
	if s.state != up || s.ducking {
		return
	}
	s.ducking, s.member = true, false
	w.gossip()
	for c := range w.clients {
		cl := &w.clients[c]
		sh := w.shardOf(c)
		if cl.server == int32(i) || cl.spare != nil && cl.spare.server == int32(i) {
			sh.push(w.now+sh.delay(), event{kind: onDuck, client: uint32(c), arg: uint32(i), detail: uint16(min(grace/duckUnit, 1<<16-1))})
		}
		if cl.server == int32(i) {
			w.cutOff(c, grace+sh.random(over))
		}
	}
	gen := s.gen
	w.At(w.now+grace+over, func() {
		if w.servers[i].gen == gen {
			w.KillServer(i)
		}
	})
}

// Lockout makes a server refuse all credentials with that reason; an empty
// reason ends it.
func (w *World) Lockout(i int, reason string) {
	w.servers[i].lockout, w.servers[i].reason = reason != "", reason
}

// HangUp makes a server hang up on its clients, and on whoever connects from now
// on, after that long; zero ends it.
func (w *World) HangUp(i int, after time.Duration) {
	w.servers[i].cfg.HangUp = after
	if after <= 0 {
		return
	}
	for c := range w.clients {
		if w.clients[c].server == int32(i) {
			w.cutOff(c, after)
		}
	}
	w.disturbAll(i, after, hungUp)
}

// Kick ends a client's connection, as an operator does.
func (w *World) Kick(c int) {
	if w.clients[c].server >= 0 {
		w.cutOff(c, 0)
	}
}

// Expire ends the connections of all clients of a server with that auth failure.
func (w *World) Expire(i int, reason string) {
	w.servers[i].reason = reason
	for c := range w.clients {
		if cl := &w.clients[c]; cl.server == int32(i) && w.flowing(c, i) {
			s := w.shardOf(c)
			s.push(w.now+s.delay(), event{kind: onLost, client: uint32(c), arg: cl.gen, detail: uint16(reconnect.Auth)})
		}
	}
}

// arrive is a client's first packet: it waits for its handshake, is refused at
// once, or gets no answer.
func (w *World) arrive(i, c int, attempt uint32) {
	s := &w.servers[i]
	q := waiting{client: uint32(c), attempt: attempt}
	switch {
	case s.state == unplugged:
	case s.state == down || s.ducking:
		w.reply(q, 0, refused)
	case s.cfg.Backlog > 0 && s.knocked >= s.cfg.Backlog:
	default:
		if f := w.find(c, attempt); f != nil {
			f.knockAt = 0
			f.serverGen = s.gen
		}
		s.queue.push(q)
		s.knocked++
		w.serve(i)
	}
}

// reply tells a client how its attempt ended.
func (w *World) reply(q waiting, after time.Duration, how outcome) {
	s := w.shardOf(int(q.client))
	s.push(w.now+after+s.delay(), event{kind: onAnswer, client: q.client, arg: q.attempt, detail: uint16(how)})
}

// serve starts the next round of a handshake when the server is idle.
func (w *World) serve(i int) {
	s := &w.servers[i]
	if s.busy || s.state != up || s.queue.len() == 0 {
		return
	}
	s.busy = true
	cost := time.Duration(0)
	if s.cfg.HandshakesPerSecond > 0 {
		round := float64(time.Second) / s.cfg.HandshakesPerSecond / float64(max(s.cfg.Rounds, 1))
		if q := s.queue.peek(); w.find(int(q.client), q.attempt) == nil {
			round *= AbandonedCost
		}
		cost = time.Duration(round)
	}
	w.push(w.now+cost, event{kind: onServed, client: uint32(i), arg: s.gen})
}

// served is the end of one round.
func (w *World) served(i int, gen uint32) {
	s := &w.servers[i]
	if gen != s.gen || !s.busy {
		return
	}
	s.busy = false
	if s.state == frozen {
		return
	}
	q, ok := s.queue.pop()
	if !ok {
		return
	}
	if q.round == 0 {
		s.knocked--
	}
	if a := w.find(int(q.client), q.attempt); a != nil {
		if q.round++; int(q.round) < s.cfg.Rounds {
			s.queue.push(q)
		} else {
			w.finish(i, q, a)
		}
	}
	w.serve(i)
}

// finish is the end of a handshake as far as the server is concerned.
func (w *World) finish(i int, q waiting, a *flight) {
	s := &w.servers[i]
	result := established
	switch {
	case s.ducking:
		result = reset
	case s.lockout:
		result = denied
	case s.cfg.MaxConnections > 0 && s.conns >= s.cfg.MaxConnections:
		result = full
	default:
		s.conns++
		a.served = true
	}
	if w.flowing(int(q.client), i) {
		// What the handshake spends on the link is counted here, all of it after
		// the server's share.
		w.reply(q, w.shardOf(int(q.client)).onTheWay(), result)
	}
}

// leave is a connection's end as the server counts.
func (w *World) leave(i int32, gen uint32) {
	if s := &w.servers[i]; s.gen == gen && s.conns > 0 {
		s.conns--
	}
}

// gossip renews the list of members and tells every client, after a while.
func (w *World) gossip() {
	if !w.cfg.Gossip {
		return
	}
	members := make([]string, 0, len(w.servers))
	for i := range w.servers {
		if w.servers[i].member {
			members = append(members, w.servers[i].cfg.URL)
		}
	}
	w.members = members
	for c := range w.clients {
		if cl := &w.clients[c]; cl.server >= 0 {
			s := w.shardOf(c)
			s.push(w.now+w.cfg.GossipDelay+s.delay(), event{kind: onInfo, client: uint32(c), arg: cl.gen})
		}
	}
}
