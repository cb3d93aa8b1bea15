package sim

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// shard is a part of the clients. While shards run, a shard touches nothing but
// its own clients, and only reads what belongs to the world.
type shard struct {
	w      *World
	queue  schedule
	wheel  *wheel // queue, when it is one
	now    time.Duration
	rnd    *rand.Rand
	int64n func(int64) int64
	acts   []reconnect.Action
	out    []event // to the servers
	calls  []func()
	meter  *meter
	dialAt time.Duration // when the clients' machine has done its dials
	events int
	warmth int // keeps the compiler from leaving warm out
}

// schedule is a queue of events or a wheel.
type schedule interface {
	push(event)
	next() (event, bool)
	pop() event
	len() int
}

func (s *shard) push(at time.Duration, e event) {
	e.at = max(at, s.now)
	s.queue.push(e)
}

// at calls f at a moment of virtual time, as part of this shard.
func (s *shard) at(at time.Duration, f func()) {
	s.calls = append(s.calls, f)
	s.push(at, event{kind: onCall, arg: uint32(len(s.calls) - 1)})
}

// delay is what a packet takes one way.
func (s *shard) delay() time.Duration {
	return s.w.cfg.Latency + s.random(s.w.cfg.LatencyJitter)
}

// random is uniform in [0, d).
func (s *shard) random(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(s.rnd.Int64N(int64(d)))
}

// busyWindow is how many events make it worth while to run shards at once.
const busyWindow = 100

// runShards runs what happens to clients before end.
func (w *World) runShards(end time.Duration) {
	if w.busy < busyWindow || runtime.GOMAXPROCS(0) == 1 {
		for _, s := range w.shards {
			s.run(end)
		}
	} else {
		var next atomic.Int32
		work := func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(w.shards) {
					return
				}
				w.shards[i].run(end)
			}
		}
		var wg sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), len(w.shards)) - 1 {
			wg.Go(work)
		}
		work()
		wg.Wait()
	}
	w.busy = 0
	for _, s := range w.shards {
		w.busy += s.events
		s.events = 0
	}
}

func (s *shard) run(end time.Duration) {
	for {
		if s.wheel != nil && s.wheel.drained() {
			s.warm()
		}
		e, ok := s.queue.next()
		if !ok || e.at >= end || s.w.stopped {
			return
		}
		s.queue.pop()
		s.now = e.at
		s.events++
		s.handle(&e)
	}
}

func (s *shard) handle(e *event) {
	switch e.kind {
	case onCall:
		f := s.calls[e.arg]
		s.calls[e.arg] = nil
		f()
	case onAnswer:
		s.answer(int(e.client), e.arg, outcome(e.detail))
	case onAlarm:
		s.alarm(int(e.client))
	case onLost:
		s.lost(int(e.client), e.arg, reconnect.FailureKind(e.detail))
	case onSilence:
		s.silence(int(e.client), e.arg)
	case onInfo:
		s.info(int(e.client), e.arg)
	case onReady:
		s.ready(int(e.client), e.arg)
	case onFinished:
		s.finished(int(e.client), e.arg)
	case onSpare:
		s.spareLost(int(e.client), e.arg, e.detail)
	case onDuck:
		s.quack(int(e.client), int32(e.arg), time.Duration(e.detail)*duckUnit)
	}
}

// warm opens the next slot of the wheel and reads what its events will need: see
// reconnect.Machine.Warm. It makes a storm of a million about twice as quick.
func (s *shard) warm() {
	s.wheel.next()
	heap := s.wheel.due.heap
	clients := s.w.clients
	sum := 0
	for i := range heap {
		if e := &heap[i]; e.kind != onCall {
			c := &clients[e.client]
			sum += int(c.alarmAt) + int(c.flying[1].timeoutAt)
		}
	}
	for i := range heap {
		if e := &heap[i]; e.steps() {
			sum += clients[e.client].m.Warm()
		}
	}
	for i := range heap {
		if e := &heap[i]; e.steps() {
			sum += clients[e.client].m.WarmPool()
		}
	}
	s.warmth += sum
}
