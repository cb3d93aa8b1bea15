package sim

import (
	"errors"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// outcome is how an attempt ends, as the client learns it.
type outcome uint8

const (
	established outcome = iota //
	refused                    // nothing listens
	reset                      // the server died or hung up meanwhile
	denied                     // bad credentials
	full                       // too many connections
)

var (
	errRefused = errors.New("connection refused")
	errReset   = errors.New("connection reset")
	errDenied  = errors.New("authorization violation")
	errFull    = errors.New("maximum connections exceeded")
	errTimeout = errors.New("timeout")
	errStale   = errors.New("stale connection")
	errForced  = errors.New("forced by the user")
)

// client drives one machine.
type client struct {
	m         *reconnect.Machine
	timeout   time.Duration
	alarmAt   time.Duration // the earliest onAlarm that is queued; 0: none
	deadline  time.Duration // of the machine; negative: none
	server    int32         // it is connected to; -1: none
	serverGen uint32        // the life of that server
	gen       uint32        // of the link: the epoch's low bits
	flying    [2]flight
	spare     *spare // nil: it has one link at most
}

// flight is an attempt under way.
type flight struct {
	timeoutAt time.Duration
	knockAt   time.Duration // when it sends its SYN again; 0: never
	attempt   uint32        // 0: none
	serverGen uint32
	server    int32
	knocks    uint8
	served    bool // the server counts it as a connection
}

// AddClient adds a client in state Idle and returns its index. p is shared and
// must not change.
func (w *World) AddClient(p *reconnect.Policy, timeout time.Duration, urls []string) int {
	w.clients = append(w.clients, client{
		m:        reconnect.NewShared(p, urls, w.shardOf(len(w.clients)).int64n),
		timeout:  timeout,
		deadline: -1,
		server:   -1,
	})
	return len(w.clients) - 1
}

// Clients is the number of clients.
func (w *World) Clients() int { return len(w.clients) }

// Machine is the machine of a client, to look at.
func (w *World) Machine(c int) *reconnect.Machine { return w.clients[c].m }

// ConnectedTo is the server a client is connected to, or -1.
func (w *World) ConnectedTo(c int) int { return int(w.clients[c].server) }

// Start lets a client connect.
func (w *World) Start(c int) { w.tell(c, reconnect.Event{Kind: reconnect.Start}) }

// Close lets its user close it.
func (w *World) Close(c int) { w.tell(c, reconnect.Event{Kind: reconnect.Close}) }

// Force lets its user force a reconnect.
func (w *World) Force(c int) {
	w.tell(c, reconnect.Event{
		Kind:    reconnect.ForceReconnect,
		Failure: reconnect.Failure{Kind: reconnect.Forced, Err: errForced},
	})
}

// SetPool lets its user replace the pool.
func (w *World) SetPool(c int, urls []string) {
	w.tell(c, reconnect.Event{Kind: reconnect.SetPool, URLs: urls})
}

// Poke gives a client's machine an event that no world made, such as a late
// answer.
func (w *World) Poke(c int, ev reconnect.Event) { w.tell(c, ev) }

// tell feeds a machine from outside.
func (w *World) tell(c int, ev reconnect.Event) {
	s := w.shardOf(c)
	s.now = w.now
	s.step(c, ev)
}

// step feeds the machine and does what it says.
func (s *shard) step(c int, ev reconnect.Event) {
	cl := &s.w.clients[c]
	s.acts = cl.m.Step(s.now, ev, s.acts[:0])
	if s.w.observer != nil {
		s.w.observer.Stepped(c, s.now, ev, s.acts)
	}
	for i := range s.acts {
		s.do(c, &s.acts[i])
	}
	at, ok := cl.m.Deadline()
	if !ok {
		at = -1
	}
	cl.deadline = at
	s.arm(c)
}

func (s *shard) do(c int, a *reconnect.Action) {
	cl := &s.w.clients[c]
	switch a.Kind {
	case reconnect.Dial:
		s.dial(c, a.Attempt, a.URL)
	case reconnect.Cancel:
		if sp := cl.spare; sp != nil && sp.epoch == 0 && sp.attempt == a.Attempt {
			s.dropSpare(c)
			break
		}
		f := cl.take(a.Attempt)
		if f.served {
			s.leave(f.server, f.serverGen)
		}
		s.meter.cancelled()
	case reconnect.Adopt:
		if sp := cl.spare; sp != nil && sp.epoch == 0 && sp.attempt == a.Attempt {
			s.useSpare(c, uint32(a.Epoch))
			break
		}
		s.adopt(c, a.Attempt, uint32(a.Epoch))
	case reconnect.Drop:
		if uint32(a.Epoch) == cl.gen {
			s.detach(c)
		} else if sp := cl.spare; sp != nil && sp.epoch == uint32(a.Epoch) {
			s.dropSpare(c)
		}
	case reconnect.Prepare:
		s.prepare(c, a.Attempt)
	case reconnect.Switch:
		s.swap(c, uint32(a.Epoch))
	case reconnect.TellMigrated:
		s.meter.moved(s.now)
	case reconnect.AskDelay:
		think, delay := s.w.cfg.DelayReply(c, a.Passes)
		ev := reconnect.Event{Kind: reconnect.DelayAnswer, Token: a.Token, Delay: delay}
		s.at(s.now+think, func() { s.step(c, ev) })
	case reconnect.AskServer:
		think, url, delay := s.w.cfg.ServerReply(c, cl.m.Servers())
		ev := reconnect.Event{Kind: reconnect.ServerAnswer, Token: a.Token, URL: url, Delay: delay}
		s.at(s.now+think, func() { s.step(c, ev) })
	case reconnect.TellConnected, reconnect.TellReconnected:
		s.meter.connected(s.now)
	case reconnect.TellDisconnected:
		s.meter.disconnected(s.now)
	case reconnect.TellClosed:
		s.meter.gaveUp(s.now)
	case reconnect.TellConnectFailed:
		if cl.m.State() == reconnect.Closed {
			s.meter.gaveUp(s.now)
		}
	}
}

// arm makes sure that an alarm is queued for whatever is due next. One for all:
// a client's attempts and its machine all have deadlines, and most never come.
func (s *shard) arm(c int) {
	cl := &s.w.clients[c]
	at, detail := cl.deadline, needsMachine
	for i := range cl.flying {
		f := &cl.flying[i]
		if f.attempt == 0 {
			continue
		}
		if at < 0 || f.timeoutAt < at {
			at, detail = f.timeoutAt, needsMachine
		}
		if f.knockAt != 0 && f.knockAt < at {
			at, detail = f.knockAt, 0
		}
	}
	if at < 0 || cl.alarmAt != 0 && cl.alarmAt <= at {
		return
	}
	cl.alarmAt = max(at, 1)
	s.push(at, event{kind: onAlarm, client: uint32(c), detail: detail})
}

// needsMachine marks an alarm for which the machine will be stepped.
const needsMachine uint16 = 1

// alarm does what is due.
func (s *shard) alarm(c int) {
	cl := &s.w.clients[c]
	if cl.alarmAt > s.now {
		return // an earlier alarm took this one's place
	}
	cl.alarmAt = 0
	for i := range cl.flying {
		f := &cl.flying[i]
		if f.attempt == 0 {
			continue
		}
		if f.timeoutAt <= s.now {
			s.timedOut(c, f)
			return
		}
		if f.knockAt != 0 && f.knockAt <= s.now {
			s.knock(c, f, 0)
		}
	}
	// Tests want to see the time-outs that come too early, too.
	if cl.deadline >= 0 && cl.deadline <= s.now || s.w.observer != nil {
		s.step(c, reconnect.Event{Kind: reconnect.Timeout})
		return
	}
	s.arm(c)
}

func (s *shard) dial(c int, attempt uint32, url string) {
	cl := &s.w.clients[c]
	i, known := s.w.byURL[url]
	f := cl.put(flight{attempt: attempt, server: -1, timeoutAt: s.now + cl.timeout})
	after := s.dialTime()
	if !known {
		s.refuse(c, attempt, after)
		return
	}
	f.server, f.serverGen = int32(i), s.w.servers[i].gen
	s.meter.attempt(s.now, i)
	s.knock(c, f, after)
}

// dialTime is how long a dial takes until its first packet leaves. Each shard has
// its share of the clients' machine.
func (s *shard) dialTime() time.Duration {
	if s.w.cfg.DialsPerSecond <= 0 {
		return 0
	}
	cost := float64(time.Second) * float64(len(s.w.shards)) / s.w.cfg.DialsPerSecond
	s.dialAt = max(s.dialAt, s.now) + time.Duration(cost)
	return s.dialAt - s.now
}

// knock sends an attempt's first packet. TCP sends it again after 1, 2, 4 …
// seconds, until something answers.
func (s *shard) knock(c int, f *flight, after time.Duration) {
	f.knockAt = s.now + after + time.Second<<f.knocks
	f.knocks++
	switch s.w.Link(c, int(f.server)) {
	case Cut:
		s.refuse(c, f.attempt, after)
		return
	case BlackHole:
		return
	}
	if s.w.cfg.Loss > 0 && s.rnd.Float64() < s.w.cfg.Loss {
		return
	}
	s.out = append(s.out, event{
		at: s.now + after + s.delay(), kind: onArrive,
		client: uint32(c), arg: f.attempt, detail: uint16(f.server),
	})
}

func (s *shard) refuse(c int, attempt uint32, after time.Duration) {
	s.push(s.now+after+s.delay()+s.delay(), event{kind: onAnswer, client: uint32(c), arg: attempt, detail: uint16(refused)})
}

// answer is the end of an attempt as the client sees it.
func (s *shard) answer(c int, attempt uint32, how outcome) {
	cl := &s.w.clients[c]
	f := s.w.find(c, attempt)
	if f == nil && s.w.observer == nil {
		return // cancelled meanwhile; only tests show the machine late answers
	}
	if how == established {
		ev := reconnect.Event{Kind: reconnect.Established, Attempt: attempt, TLS: s.w.cfg.TLS}
		if s.w.cfg.Gossip {
			ev.Advertised = s.w.members
		}
		s.step(c, ev)
		return
	}
	failure := reconnect.Failure{Kind: reconnect.Network, Err: errRefused}
	switch how {
	case reset:
		failure.Err = errReset
	case denied:
		failure = reconnect.Failure{Kind: reconnect.Auth, Err: errDenied}
		if f != nil && f.server >= 0 {
			failure.Reason = s.w.servers[f.server].reason
		}
	case full:
		failure = reconnect.Failure{Kind: reconnect.Refused, Err: errFull}
	}
	if f != nil {
		s.meter.failed(how)
		cl.take(attempt)
	}
	ev := reconnect.Event{Kind: reconnect.Failed, Attempt: attempt, Failure: failure}
	if s.w.cfg.Gossip && (how == denied || how == full) {
		ev.Advertised = s.w.members // its INFO came before
	}
	s.step(c, ev)
}

func (s *shard) timedOut(c int, f *flight) {
	if f.served {
		s.leave(f.server, f.serverGen)
	}
	attempt := f.attempt
	*f = flight{}
	s.meter.timeout()
	s.step(c, reconnect.Event{
		Kind: reconnect.Failed, Attempt: attempt,
		Failure: reconnect.Failure{Kind: reconnect.TimedOut, Err: errTimeout},
	})
}

func (s *shard) adopt(c int, attempt, epoch uint32) {
	cl := &s.w.clients[c]
	f := cl.take(attempt)
	cl.gen = epoch
	cl.server, cl.serverGen = f.server, f.serverGen
	if f.server >= 0 && s.w.servers[f.server].ducking {
		s.push(s.now+s.delay(), event{kind: onLost, client: uint32(c), arg: cl.gen, detail: uint16(reconnect.Network)})
		return
	}
	s.settleIn(c)
}

// settleIn is what becomes of a link that has just been put into use.
func (s *shard) settleIn(c int) {
	cl := &s.w.clients[c]
	if cl.server < 0 {
		return
	}
	// The server or the link may have gone while the last packet was on its way.
	switch sv := &s.w.servers[cl.server]; {
	case sv.gen != cl.serverGen, sv.state == down, s.w.Link(c, int(cl.server)) == Cut:
		s.push(s.now+s.delay(), event{kind: onLost, client: uint32(c), arg: cl.gen, detail: uint16(reconnect.Network)})
	case sv.state != up, !s.w.flowing(c, int(cl.server)):
		s.suspect(c)
	case sv.cfg.HangUp > 0:
		s.push(s.now+sv.cfg.HangUp, event{kind: onLost, client: uint32(c), arg: cl.gen, detail: uint16(reconnect.Network)})
	}
}

// lost tells a client that the link of that generation is gone.
func (s *shard) lost(c int, gen uint32, kind reconnect.FailureKind) {
	cl := &s.w.clients[c]
	failure := reconnect.Failure{Kind: kind, Err: errReset}
	switch kind {
	case reconnect.Stale:
		failure.Err = errStale
	case reconnect.Auth:
		failure.Err = errDenied
		if cl.server >= 0 {
			failure.Reason = s.w.servers[cl.server].reason
		}
	}
	if cl.gen == gen {
		s.detach(c)
	}
	s.step(c, reconnect.Event{Kind: reconnect.Lost, Epoch: uint64(gen), Failure: failure})
}

func (s *shard) info(c int, gen uint32) {
	cl := &s.w.clients[c]
	if cl.server < 0 || cl.gen != gen || !s.w.flowing(c, int(cl.server)) {
		return
	}
	s.step(c, reconnect.Event{Kind: reconnect.Info, Epoch: uint64(gen), Advertised: s.w.members})
}

// detach is the end of a client's link.
func (s *shard) detach(c int) {
	cl := &s.w.clients[c]
	if cl.server >= 0 {
		s.leave(cl.server, cl.serverGen)
	}
	cl.server = -1
}

// leave tells a server that a connection is gone.
func (s *shard) leave(server int32, gen uint32) {
	s.out = append(s.out, event{kind: onLeave, client: uint32(server), arg: gen})
}

func (w *World) find(c int, attempt uint32) *flight {
	for i := range w.clients[c].flying {
		if f := &w.clients[c].flying[i]; f.attempt == attempt {
			return f
		}
	}
	return nil
}

// put keeps a flight; a machine that starts a third attempt is a broken one, and
// its oldest attempt is no longer followed.
func (cl *client) put(f flight) *flight {
	for i := range cl.flying {
		if cl.flying[i].attempt == 0 {
			cl.flying[i] = f
			return &cl.flying[i]
		}
	}
	cl.flying[0] = f
	return &cl.flying[0]
}

func (cl *client) take(attempt uint32) flight {
	for i := range cl.flying {
		if f := cl.flying[i]; f.attempt == attempt {
			cl.flying[i] = flight{}
			return f
		}
	}
	return flight{server: -1}
}
