package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// trouble is how long a scenario's faults go on; then everything is healed.
const trouble = 40 * time.Second

// scenario is a small world full of trouble, made from one seed.
type scenario struct {
	*checker
	w        *World
	r        *rand.Rand
	urls     []string // of the servers, and one that leads nowhere
	timeouts []time.Duration
	thinks   time.Duration   // the longest a user thinks
	delays   time.Duration   // the longest delay a user asks for
	fine     []time.Duration // clients × servers: since when nothing is wrong; -1: something is
	calm     []time.Duration // by client: since when its user has left it alone
	restless []time.Duration // by client: since when it isn't on a server that keeps it; -1: it is
}

// play runs the scenario of a seed and returns what was wrong with it.
func play(seed uint64, log func(string, ...any)) error { return playClosing(seed, log, nil) }

// playClosing is play that counts in which states clients were closed by their users.
func playClosing(seed uint64, log func(string, ...any), closed map[reconnect.State]int) error {
	s := &scenario{checker: &checker{log: log, closed: closed}, r: rand.New(rand.NewPCG(seed, 1))}
	s.build(seed)
	for range 10 + s.r.IntN(50) {
		s.w.At(s.within(trouble), s.happen)
	}
	s.w.At(trouble, s.heal)
	end, rest := trouble, time.Duration(0)
	for c := range s.models {
		rest = max(rest, s.bound(c)+time.Second)
		settled := trouble + s.boundInPeace(c) + time.Second
		s.w.At(settled, s.audit)
		end = max(end, settled)
	}
	s.w.RunUntil(end)
	s.audit()
	// Then nobody hangs up any more, and all comes to rest.
	for i := range s.w.servers {
		s.w.HangUp(i, 0)
	}
	s.look()
	s.w.RunUntil(end + rest)
	s.audit()
	if s.err == nil {
		s.atTheEnd()
	}
	return s.err
}

// Stepped checks a step, and ends the world when it is wrong.
func (s *scenario) Stepped(c int, now time.Duration, ev reconnect.Event, acts []reconnect.Action) {
	s.checker.Stepped(c, now, ev, acts)
	if s.err != nil {
		s.w.Stop()
	}
	s.settle(c)
}

func (s *scenario) say(format string, args ...any) {
	if s.log != nil {
		s.log("%12v "+format, append([]any{s.w.now}, args...)...)
	}
}

// within is a random time in [0, d); chance is true one time in n.
func (s *scenario) within(d time.Duration) time.Duration { return time.Duration(s.r.Int64N(int64(d))) }
func (s *scenario) chance(n int) bool                    { return s.r.IntN(n) == 0 }

func oneOf[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func (s *scenario) build(seed uint64) {
	s.w = New(Config{
		Seed:          seed,
		Latency:       oneOf(s.r, 2*time.Millisecond, 5*time.Millisecond, 20*time.Millisecond),
		LatencyJitter: oneOf(s.r, 0, time.Millisecond, 20*time.Millisecond),
		Loss:          oneOf(s.r, 0, 0, 0.05, 0.3),
		Detect:        oneOf(s.r, 100*time.Millisecond, time.Second, 5*time.Second),
		Gossip:        !s.chance(4),
		GossipDelay:   s.within(time.Second),
		TLS:           s.chance(4),
		DelayReply:    s.replyDelay,
		ServerReply:   s.replyServer,
	})
	s.w.Observe(s)
	s.thinks = oneOf(s.r, 0, 50*time.Millisecond, time.Second)
	s.delays = oneOf(s.r, 50*time.Millisecond, 500*time.Millisecond, 3*time.Second)
	for i := range 1 + s.r.IntN(5) {
		scheme := "nats"
		if s.chance(12) {
			scheme = "tls"
		}
		url := fmt.Sprintf("%s://s%d", scheme, i)
		s.urls = append(s.urls, url)
		s.w.AddServer(ServerConfig{
			URL:                 url,
			HandshakesPerSecond: oneOf[float64](s.r, 0, 0, 20),
			Rounds:              s.r.IntN(4),
			MaxConnections:      oneOf(s.r, 0, 0, 0, 1),
			Backlog:             oneOf(s.r, 0, 0, 0, 1),
		})
		if !s.chance(5) {
			s.w.StartServer(i)
		}
	}
	servers := len(s.urls)
	s.urls = append(s.urls, "nats://nowhere")
	for c := range 1 + s.r.IntN(3) {
		p := s.policy()
		timeout := time.Second + s.within(2*time.Second)
		urls := s.somePool()
		s.w.AddClient(p, timeout, urls)
		mo := &model{p: p, m: s.w.Machine(c), most: len(s.urls) + 1}
		mo.setPool(urls)
		s.models = append(s.models, mo)
		s.timeouts = append(s.timeouts, timeout)
		s.calm = append(s.calm, 0)
		s.restless = append(s.restless, 0)
		for range servers {
			s.fine = append(s.fine, -1)
		}
		s.say("client %d: timeout %v, urls %v, %+v", c, timeout, urls, *p)
		s.w.At(s.within(2*time.Second), func() { s.w.Start(c); s.look() })
	}
	s.look()
}

// policy is a random one; the common settings come up more often.
func (s *scenario) policy() *reconnect.Policy {
	r := s.r
	return &reconnect.Policy{
		AllowReconnect:       !s.chance(20),
		MaxReconnect:         oneOf(r, -1, -1, -1, -1, -1, -1, -1, 60, 60, 60, 20, 20, 5, 5, 3, 3, 2, 1, 0),
		ReconnectWait:        oneOf(r, 50*time.Millisecond, 500*time.Millisecond, 2*time.Second, 4*time.Second),
		ReconnectJitter:      oneOf(r, 0, 100*time.Millisecond, 2*time.Second),
		ReconnectJitterTLS:   oneOf(r, 0, time.Second, 3*time.Second),
		ReconnectJitterMax:   oneOf(r, -1, 5*time.Minute, 50*time.Millisecond),
		CustomDelay:          s.chance(5),
		ChooseServer:         s.chance(6),
		RetryOnFailedConnect: !s.chance(5),
		IgnoreAuthErrorAbort: s.chance(2),
		NoRandomize:          s.chance(3),
		IgnoreDiscovered:     s.chance(5),
		Secure:               s.chance(8),
		PinFirst:             s.chance(3),
		ConnectWithin:        oneOf(r, 0, 0, 300*time.Millisecond, 2*time.Second),
		AttemptDelay:         oneOf(r, -1, 50*time.Millisecond, 250*time.Millisecond, 250*time.Millisecond),
		BackoffFirst:         oneOf(r, 0, 0, 100*time.Millisecond),
		BackoffMax:           oneOf(r, 0, time.Second, 5*time.Second),
		Spread:               oneOf(r, 0, 0, 3*time.Second),
		StableAfter:          oneOf(r, 0, time.Second, 10*time.Second),
		Migrate:              s.chance(2),
	}
}

// somePool names at least one real server, and sometimes one that leads nowhere.
func (s *scenario) somePool() []string {
	n := len(s.urls) - 1
	var urls []string
	for _, i := range s.r.Perm(n)[:1+s.r.IntN(n)] {
		urls = append(urls, s.urls[i])
	}
	if s.chance(6) {
		urls = slices.Insert(urls, s.r.IntN(len(urls)+1), s.urls[n])
	}
	return urls
}

func (s *scenario) think() time.Duration {
	if s.thinks == 0 {
		return 0
	}
	return s.within(s.thinks)
}

func (s *scenario) replyDelay(_, _ int) (think, delay time.Duration) {
	return s.think(), 20*time.Millisecond + s.within(s.delays)
}

func (s *scenario) replyServer(_ int, pool []reconnect.Server) (think time.Duration, url string, delay time.Duration) {
	switch {
	case s.w.now >= trouble: // a user who only ever names a dead server never connects
	case s.chance(3):
		url = pool[s.r.IntN(len(pool))].URL
		delay = 10*time.Millisecond + s.within(time.Second)
	case s.chance(6):
		url = "nats://unknown"
	}
	return s.think(), url, delay
}

// happen is one piece of trouble.
func (s *scenario) happen() {
	c := s.r.IntN(len(s.models))
	i := s.r.IntN(s.w.Servers())
	switch s.r.IntN(34) {
	case 0, 1, 2, 3:
		s.say("server %d is killed", i)
		s.w.KillServer(i)
	case 4, 5, 6, 7:
		s.say("server %d starts", i)
		s.w.StartServer(i)
	case 8, 9:
		s.say("server %d is frozen", i)
		s.w.FreezeServer(i)
	case 10:
		s.say("server %d is unplugged", i)
		s.w.UnplugServer(i)
	case 28, 29, 30:
		s.say("client %d asks for another server", c)
		s.w.Migrate(c)
		for range 4 {
			s.w.At(s.w.now+s.within(1500*time.Millisecond), func() { s.disturbMove(c) })
		}
	case 11, 31, 32, 33:
		over := s.within(5 * time.Second)
		grace := s.within(5 * time.Second)
		s.say("server %d is a lame duck for %v, after %v", i, over, grace)
		s.w.LameDuck(i, grace, over)
	case 12, 20, 21:
		reason := oneOf(s.r, "authorization violation", "authorization violation", "user expired")
		over := s.within(6 * time.Second)
		s.say("server %d refuses all for %v: %q", i, over, reason)
		s.w.Lockout(i, reason)
		if s.chance(2) {
			s.w.KillServer(i) // and comes back with other credentials
			s.w.StartServer(i)
		}
		s.w.At(s.w.now+over, func() { s.w.Lockout(i, ""); s.look() })
	case 22, 23:
		s.hangUp(i)
	case 24, 25:
		s.say("client %d is kicked", c)
		s.w.Kick(c)
	case 26, 27:
		over := s.within(6 * time.Second)
		s.say("the credentials expire at server %d, and are renewed after %v", i, over)
		s.w.Expire(i, "user expired")
		s.w.Lockout(i, "user expired")
		s.w.At(s.w.now+over, func() { s.w.Lockout(i, ""); s.look() })
	case 13, 14, 15:
		l := oneOf(s.r, Good, Cut, BlackHole, OneWay)
		s.say("the link of client %d to server %d is %d", c, i, l)
		s.w.SetLink(c, i, l)
	case 16:
		s.meddle(c)
		s.w.Force(c)
		if s.chance(2) {
			s.w.Force(c)
		}
	case 17:
		s.meddle(c)
		s.w.SetPool(c, s.somePool())
	case 18:
		s.poke(c)
	case 19:
		if s.chance(4) {
			s.w.Close(c)
		}
	}
	s.look()
	s.audit()
}

// soonest is less than what any client takes for a connection that lasted.
const soonest = 45 * time.Millisecond

// hangUp lets a server hang up on whoever connects, or be good again.
func (s *scenario) hangUp(i int) {
	after := time.Duration(0)
	if s.w.servers[i].cfg.HangUp == 0 {
		after = 1 + s.within(soonest)
	}
	s.say("server %d hangs up after %v", i, after)
	s.w.HangUp(i, after)
}

// meddle notes that a user does something, which begins the search anew.
func (s *scenario) meddle(c int) { s.calm[c] = s.w.now }

// poke gives the machine an event that comes too late or never should have.
func (s *scenario) poke(c int) {
	m := s.w.Machine(c)
	mo := s.models[c]
	late := uint32(s.r.IntN(20))
	if slices.ContainsFunc(mo.flying, func(t try) bool { return t.id == late }) || mo.move != nil && mo.move.attempt == late {
		late = 1 << 30
	}
	failure := reconnect.Failure{Kind: reconnect.Network, Err: errReset}
	switch s.r.IntN(15) {
	case 0:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Start})
	case 1:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Established, Attempt: late})
	case 2:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Failed, Attempt: late, Failure: failure})
	case 3:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Lost, Epoch: m.Epoch() - 2, Failure: failure})
	case 4:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Info, Epoch: m.Epoch() + 1, Advertised: []string{"nats://liar"}})
	case 5:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Timeout})
	case 6:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.DelayAnswer, Token: mo.token - 1})
	case 7:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.ServerAnswer, Token: mo.token - 1, URL: s.urls[0]})
	case 8:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.SetPool})
	case 11:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Ready, Attempt: late})
	case 12:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.NotReady, Attempt: late, Failure: failure})
	case 13:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.OldFinished, Epoch: m.Epoch()})
	case 14:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.LameDuck, Epoch: m.Epoch() - 1})
	case 9, 10:
		// The cluster changes its mind: some have left, and some are nobody.
		named := append(s.somePool(), s.somePool()...)
		if s.chance(2) {
			named = append(named, "nats://liar")
		}
		s.meddle(c)
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Info, Epoch: m.Epoch(), Advertised: named})
	}
}

// heal makes everything well, save some servers that go on hanging up.
func (s *scenario) heal() {
	s.say("everything is healed")
	good, hangs := s.r.IntN(s.w.Servers()), s.chance(2)
	s.w.cfg.Loss = 0
	for i := range s.w.servers {
		s.w.servers[i].cfg.MaxConnections, s.w.servers[i].cfg.Backlog = 0, 0
		s.w.Lockout(i, "")
		if on := s.w.servers[i].cfg.HangUp > 0; on != (hangs && i != good) {
			s.hangUp(i)
		}
		if s.w.servers[i].ducking {
			s.w.KillServer(i)
		}
		s.w.StartServer(i)
		for c := range s.models {
			s.w.SetLink(c, i, Good)
		}
	}
	s.look()
	s.audit()
}
