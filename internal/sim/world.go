package sim

import (
	"math/rand/v2"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// Config is what all clients and servers of a world share.
type Config struct {
	Seed uint64
	// Latency is the one-way delay of every link, LatencyJitter a random part on
	// top of it. The longer the latency, the more a big world can do at once.
	Latency, LatencyJitter time.Duration
	// Loss is the probability that an attempt's packets are lost, so that it
	// gets no answer.
	Loss float64
	// Detect is how long a client needs to notice that its peer is silent: a
	// random time between half of it and the whole.
	Detect time.Duration
	// Gossip lets the servers tell clients of each other, GossipDelay after each
	// change. Without it every client knows the URLs it was given and no more.
	Gossip      bool
	GossipDelay time.Duration
	// DialsPerSecond is how many attempts all clients together can begin, when
	// they share a machine. Zero means no limit.
	DialsPerSecond float64
	// TLS makes handshakes a round trip longer.
	TLS bool

	// DelayReply answers AskDelay, after the user has thought for a while.
	DelayReply func(client, passes int) (think, delay time.Duration)
	// ServerReply answers AskServer.
	ServerReply func(client int, pool []reconnect.Server) (think time.Duration, url string, delay time.Duration)
}

// World is one simulation.
//
// Its clients are divided into shards. Time goes on in windows no longer than
// the latency of a link: within one, nothing that a client does can reach a
// server, nor a server's doing a client, so the shards run at the same time and
// the servers after them, and the outcome doesn't depend on how many processors
// there are.
type World struct {
	cfg      Config
	now      time.Duration
	queue    queue // what happens at servers
	timeline queue // the calls
	shards   []*shard
	block    int // clients of a shard
	clients  []client
	servers  []server
	byURL    map[string]int
	links    []Link // clients × servers once one isn't good; nil until then
	calls    []func()
	members  []string // what INFO advertises now
	observer Observer
	busy     int  // events of clients in the last window
	stopped  bool // Stop was called
}

// Observer sees every step of every client: what the machine was told, and what
// it answered, before that is carried out. acts is valid during the call only.
// Worlds made for many clients must not be observed.
type Observer interface {
	Stepped(client int, now time.Duration, ev reconnect.Event, acts []reconnect.Action)
}

// New returns an empty world at time 0, for a few clients.
func New(cfg Config) *World {
	w := &World{cfg: cfg, byURL: map[string]int{}}
	w.shards = []*shard{newShard(w, 0, &queue{})}
	return w
}

// shardCount is fixed, because the division decides who gets which random
// number.
const shardCount = 8

// NewFleet returns an empty world at time 0 for that many clients.
func NewFleet(cfg Config, clients int) *World {
	w := &World{cfg: cfg, byURL: map[string]int{}}
	w.block = max(1, (clients+shardCount-1)/shardCount)
	for i := range shardCount {
		wh := newWheel()
		s := newShard(w, i, wh)
		s.wheel = wh
		w.shards = append(w.shards, s)
	}
	w.clients = make([]client, 0, clients)
	return w
}

// shardOf is the shard of a client.
func (w *World) shardOf(c int) *shard {
	if w.block == 0 {
		return w.shards[0]
	}
	return w.shards[min(c/w.block, len(w.shards)-1)]
}

func newShard(w *World, i int, q schedule) *shard {
	s := &shard{w: w, queue: q, rnd: rand.New(rand.NewPCG(w.cfg.Seed, 0x5eed+uint64(i)))}
	s.int64n = s.rnd.Int64N
	return s
}

// Now is the virtual time.
func (w *World) Now() time.Duration { return w.now }

// Observe lets o see every step from now on.
func (w *World) Observe(o Observer) { w.observer = o }

// Stop ends time: nothing happens any more. An observer may call it.
func (w *World) Stop() { w.stopped = true }

// At calls f at a moment of virtual time.
func (w *World) At(at time.Duration, f func()) {
	w.calls = append(w.calls, f)
	w.timeline.push(event{at: max(at, w.now), kind: onCall, arg: uint32(len(w.calls) - 1)})
}

func (w *World) push(at time.Duration, e event) {
	e.at = max(at, w.now)
	w.queue.push(e)
}

// Step runs the next window of time, or the next call, if it begins no later
// than until, and says whether it did.
func (w *World) Step(until time.Duration) bool {
	if w.stopped {
		return false
	}
	w.collect()
	begin, ok := w.next()
	call, has := w.timeline.next()
	if has && (!ok || call.at <= begin) {
		if call.at > until {
			return false
		}
		w.timeline.pop()
		w.now = call.at
		w.calls[call.arg]()
		w.calls[call.arg] = nil
		return true
	}
	if !ok || begin > until {
		return false
	}
	end := min(begin+max(w.cfg.Latency, 1), until+1)
	if has {
		end = min(end, call.at)
	}
	w.now = begin
	w.runShards(end)
	w.collect()
	w.runServers(end)
	return true
}

// next is when something happens next, apart from calls.
func (w *World) next() (at time.Duration, ok bool) {
	if e, has := w.queue.next(); has {
		at, ok = e.at, true
	}
	for _, s := range w.shards {
		if e, has := s.queue.next(); has && (!ok || e.at < at) {
			at, ok = e.at, true
		}
	}
	return at, ok
}

// RunUntil runs everything up to that time.
func (w *World) RunUntil(until time.Duration) {
	for w.Step(until) {
	}
	w.now = max(w.now, until)
}

// collect takes what the shards' clients have sent to the servers.
func (w *World) collect() {
	for _, s := range w.shards {
		for _, m := range s.out {
			if m.kind == onLeave {
				w.leave(int32(m.client), m.arg)
				continue
			}
			w.queue.push(m)
		}
		s.out = s.out[:0]
	}
}

// runServers does what happens at servers before end.
func (w *World) runServers(end time.Duration) {
	for {
		e, ok := w.queue.next()
		if !ok || e.at >= end {
			return
		}
		w.queue.pop()
		w.now = e.at
		switch e.kind {
		case onServed:
			w.served(int(e.client), e.arg)
		case onArrive:
			w.arrive(int(e.detail), int(e.client), e.arg)
		}
	}
}
