package lives_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

var (
	lives    = flag.Int("lives", 20, "how many random lives of a connection are played")
	lifeSeed = flag.Int("life", -1, "plays this one life only")
)

// A connection with random options, used by a program that does everything at
// random, over servers and a network that fail at random, until it is ended in a
// random way. Whatever the mixture: every accepted message was delivered,
// reported or is in doubt, every call returned in its time, what was ended is
// never touched again, and nothing is left behind.
func TestRandomLives(t *testing.T) {
	first, n := 0, *lives
	if *lifeSeed >= 0 {
		first, n = *lifeSeed, 1
	}
	var ops, moved, left atomic.Int64
	var before int64
	for seed := first; seed < first+n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				l := newLife(t, n, uint64(seed))
				l.play()
				ops.Add(l.ops.Load())
				moved.Add(l.moved.Load())
				left.Add(l.left.Load())
			})
		})
		if seed == first+min(n/4, 20) {
			before = LiveHeap() // what is pooled for good is there by now
		}
	}
	if after := LiveHeap(); after > before+4<<20 {
		t.Errorf("%d bytes are in use after all lives, %d were after some", after, before)
	}
	t.Logf("%d operations in %d lives; %d moves, %d of them away from lame ducks", ops.Load(), n, moved.Load(), left.Load())
	if n >= 80 && (moved.Load() == 0 || left.Load() == 0) {
		t.Error("no connection has moved, or none away from a lame duck: the test is too tame")
	}
}

// life is one connection from its first attempt to its end.
type life struct {
	t       *testing.T
	n       *natstest.Network
	seed    uint64
	rnd     *rand.Rand // of the one who sets up and ends
	plan    lifePlan
	servers []*natstest.Server
	nc      *nats.Conn
	rec     Recorder
	ops     atomic.Int64
	moved   atomic.Int64 // how many times it went to another server without a gap
	left    atomic.Int64 // those times when the old one was a lame duck
	ducks   sync.Map     // URLs of servers that have said that they leave

	ending chan struct{} // closed when the connection is about to be ended
	calm   chan struct{} // closed when nothing more is broken
	closed chan struct{} // closed by the closed handler

	watched sync.WaitGroup // those who wait for a subscription's end, or a move's

	mu       sync.Mutex
	accepted map[string]bool      // ids of messages that Publish took
	refused  map[string]bool      // ids of messages that Publish did not take
	firm     []string             // ids of messages that PublishConfirmed confirmed
	asked    map[string]time.Time // subjects of requests, and when they returned
	seen     map[string]bool      // kinds of failure that were told
	began    bool                 // Connect has returned
}

const (
	lifeWorkers = 5
	lifeRounds  = 220
)

// Subjects that some server doesn't like.
const (
	deniedSubject = "denied.x" // answered with a permissions violation
	lifeMaxLine   = 1024       // longer control lines end the connection
)

func newLife(t *testing.T, n *natstest.Network, seed uint64) *life {
	l := &life{
		t: t, n: n, seed: seed, rnd: rand.New(rand.NewPCG(seed, 1)),
		ending: make(chan struct{}), calm: make(chan struct{}), closed: make(chan struct{}),
		accepted: make(map[string]bool), refused: make(map[string]bool), seen: make(map[string]bool),
		asked: make(map[string]time.Time),
	}
	l.plan = planLife(l.rnd)
	bus := natstest.NewBus()
	addrs := []string{AddrA, AddrB, AddrC}
	for i, a := range addrs {
		l.servers = append(l.servers, MemServer(t, n, a, func(cfg *natstest.Config) {
			cfg.Bus = bus
			cfg.Info.ConnectURLs = addrs
			cfg.Info.MaxPayload = l.plan.maxPayload[i]
			cfg.Behave = natstest.Always(l.usual(i))
		}))
	}
	return l
}

// usual is how a server behaves when nothing is broken.
func (l *life) usual(i int) natstest.Behavior {
	b := natstest.Behavior{On: strict}
	if i == 0 && l.plan.bouncer && l.began {
		b.HangUpAfterOps = 2 // CONNECT and PING: the handshake succeeds
	}
	return b
}

// strict is what real servers do about lines that are too long and subjects that
// are forbidden.
func strict(c *natstest.Conn, op natstest.Op) bool {
	if op.Kind != "SUB" && op.Kind != "PUB" && op.Kind != "HPUB" {
		return false
	}
	switch {
	case len(op.Subject)+len(op.Queue)+len(op.Reply) > lifeMaxLine:
		c.SendErr("Maximum Control Line Exceeded")
		c.HangUp()
	case op.Kind == "SUB" && op.Subject == deniedSubject:
		c.SendErr(`Permissions Violation for Subscription to "` + deniedSubject + `"`)
	default:
		return false
	}
	return true
}

// bad fails the test, once for each kind of thing that went wrong.
func (l *life) bad(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.seen[format] {
		l.seen[format] = true
		l.t.Errorf("%v: "+format, append([]any{&l.plan}, args...)...)
	}
}

func (l *life) play() {
	opts := l.rec.Options(l.plan.options()...)
	opts = append(opts, nats.SetCustomDialer(l.n), nats.ClosedHandler(func(*nats.Conn) {
		l.rec.Add("closed", nil, nil)
		close(l.closed)
	}))
	if l.plan.moves {
		opts = append(opts, nats.EventHandler(l.told))
	}
	var urls []string
	for _, s := range l.servers[:l.plan.given] {
		urls = append(urls, s.URL())
	}
	if l.plan.lateServers {
		for _, s := range l.servers {
			s.Stop()
		}
	}
	nc, err := nats.Connect(strings.Join(urls, ","), opts...)
	if err != nil {
		l.t.Fatalf("%v: Connect: %v", &l.plan, err)
	}
	l.nc, l.began = nc, true
	for i, s := range l.servers {
		if l.plan.lateServers {
			s.Start()
		}
		s.Behave(natstest.Always(l.usual(i)))
	}
	l.t.Cleanup(nc.Close)
	_, err = nc.Subscribe("svc.>", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	Must(l.t, err)

	var all sync.WaitGroup
	for w := range lifeWorkers {
		all.Go(func() { newLifeWorker(l, w).work() })
	}
	all.Go(l.break_)
	if l.plan.moves {
		all.Go(l.move)
	}
	all.Go(l.end)
	all.Wait()
	l.watched.Wait()
	l.check()
}

// break_ makes servers and network fail until the connection is ended.
func (l *life) break_() {
	defer close(l.calm)
	rnd := rand.New(rand.NewPCG(l.seed, 2))
	short := func(max int) { time.Sleep(time.Duration(rnd.IntN(max)) * time.Millisecond) }
	for {
		i := rnd.IntN(len(l.servers))
		s, addr := l.servers[i], l.servers[i].Addr()
		behave := func(b natstest.Behavior, ms int) {
			b.On = strict
			s.Behave(natstest.Always(b))
			short(ms)
			s.Behave(natstest.Always(l.usual(i)))
		}
		switch rnd.IntN(12) {
		case 0:
			l.n.Cut(addr)
		case 1:
			l.n.LoseWritten(addr)
		case 2:
			s.Stop()
			short(300)
			s.Start()
		case 3:
			l.n.Stall(addr, natstest.Both)
			short(1500)
			l.n.Heal(addr)
		case 4:
			_ = l.nc.ForceReconnect()
		case 5:
			l.n.CutAfter(addr, natstest.ToServer, 1+rnd.IntN(2000))
			short(50)
			l.n.Heal(addr)
		case 6:
			behave(natstest.Behavior{HangUpAfterOps: 1 + rnd.IntN(8)}, 50)
		case 7:
			l.n.BlackHole(addr, natstest.Both)
			short(4000)
			l.n.Heal(addr)
		case 8:
			behave(natstest.Behavior{Refuse: "Authorization Violation"}, 30)
		case 9:
			behave(natstest.Behavior{NoInfo: true}, 100)
		case 10:
			for _, s := range l.servers {
				s.Stop()
			}
			short(1000)
			for _, s := range l.servers {
				s.Start()
			}
		case 11:
			l.n.LoseAfter(addr, natstest.ToServer, 1+rnd.IntN(20_000))
			short(50)
			l.n.Heal(addr)
		}
		select {
		case <-l.ending:
			for _, s := range l.servers {
				l.n.Heal(s.Addr())
			}
			return
		case <-time.After(time.Duration(rnd.IntN(l.pause())) * time.Millisecond):
		}
	}
}

// pause is how many milliseconds are between two failures at most: a move takes more than
// a second.
func (l *life) pause() int {
	if l.plan.moves {
		return 3000
	}
	return 120
}

// recovers waits for a connection that works, now that all servers do: neither the
// past nor what the program has queued or subscribed may keep it from them.
func (l *life) recovers() {
	for end := time.Now().Add(time.Minute); l.nc.FlushTimeout(5*time.Second) != nil; {
		if l.nc.IsClosed() {
			return
		}
		if time.Now().After(end) {
			l.bad("no connection works a minute after all servers do; status %v, last error %v", l.nc.Status(), l.nc.LastError())
			return
		}
	}
}

// end ends the connection in one of the ways there are, after a while, in
// whatever state it happens to be.
func (l *life) end() {
	select {
	case <-l.closed: // a limit of its own has ended it
	case <-time.After(l.plan.lifetime):
	}
	close(l.ending)
	switch l.plan.end {
	case "close in an outage", "drain in an outage", "outage for good":
		<-l.calm
		for _, s := range l.servers {
			s.Stop()
		}
	default:
		if l.rnd.IntN(2) == 0 {
			<-l.calm
			l.recovers()
		}
	}
	begin := time.Now()
	switch l.plan.end {
	case "close", "close in an outage":
		l.nc.Close()
		if d := time.Since(begin); d > time.Second {
			l.bad("Close took %v", d)
		}
	case "drain", "drain in an outage":
		if err := l.nc.Drain(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			l.bad("Drain: %v", err)
		}
	case "drain twice, then close":
		_, _ = l.nc.Drain(), l.nc.Drain()
		l.nc.Close()
	case "close in a handler":
		sub, err := l.nc.Subscribe("last", func(*nats.Msg) { l.nc.Close() })
		if err == nil {
			_ = l.nc.Publish("last", nil)
			select {
			case <-l.closed:
			case <-time.After(10 * time.Second):
				_ = sub.Unsubscribe()
				l.nc.Close()
			}
		}
	case "outage for good": // MaxReconnects ends it
	}
	limit := l.plan.drainTimeout + 5*time.Second
	if l.plan.end == "outage for good" {
		limit += time.Minute
	}
	select {
	case <-l.closed:
	case <-time.After(limit):
		l.bad("not closed %v after its end; status %v", limit, l.nc.Status())
		l.nc.Close()
		<-l.closed
	}
	synctest.Wait() // the closed handler has returned
}
