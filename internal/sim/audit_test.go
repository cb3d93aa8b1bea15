package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// look notes which servers have been fine for which client, and since when.
func (s *scenario) look() {
	n := s.w.Servers()
	for i := range n {
		sv := &s.w.servers[i]
		fine := s.w.cfg.Loss == 0 && s.w.Up(i) && !sv.lockout && sv.cfg.MaxConnections == 0 && sv.cfg.Backlog == 0 && sv.cfg.HangUp == 0
		for c := range s.models {
			since := &s.fine[c*n+i]
			switch {
			case !fine || s.w.Link(c, i) != Good:
				*since = -1
			case *since < 0:
				*since = s.w.now
			}
		}
	}
}

// settle notes whether a client is on a server that keeps it.
func (s *scenario) settle(c int) {
	to := s.w.ConnectedTo(c)
	if to >= 0 && s.w.Up(to) && s.w.servers[to].cfg.HangUp == 0 && s.w.Link(c, to) == Good {
		s.restless[c] = -1
	} else if s.restless[c] < 0 {
		s.restless[c] = s.w.now
	}
}

// audit finds clients that should have been connected by now, and those that
// should have found a server that keeps them, whichever URLs they were given.
func (s *scenario) audit() {
	for c, mo := range s.models {
		s.settle(c)
		if s.err != nil || mo.state == reconnect.Closed || mo.state == reconnect.Idle {
			continue
		}
		if since, ok := s.fineSince(c, mo.since); ok && mo.state != reconnect.Connected && s.w.now-since > s.bound(c) {
			s.err = fmt.Errorf("client %d is stuck in %v: a server of its pool is fine since %v, now it is %v, and %v should be enough", c, mo.state, since, s.w.now, s.bound(c))
		}
		// A user who chooses the servers may choose those that hang up.
		chooses := mo.p.ChooseServer && s.w.now <= trouble
		if since, ok := s.fineSince(c, s.restless[c]); ok && s.restless[c] >= 0 && !chooses && s.w.now-since > s.boundToSettle(c) {
			s.err = fmt.Errorf("client %d in %v doesn't settle: a server of its pool is fine since %v, now it is %v, and %v should be enough", c, mo.state, since, s.w.now, s.boundToSettle(c))
		}
	}
}

// fineSince is since when a client that has been without a server since then could
// have had one.
func (s *scenario) fineSince(c int, without time.Duration) (since time.Duration, ok bool) {
	n := s.w.Servers()
	for _, k := range s.models[c].pool {
		i := slices.Index(s.urls[:n], k.url)
		if i < 0 || s.fine[c*n+i] < 0 {
			continue
		}
		if at := max(without, s.calm[c], s.fine[c*n+i]); !ok || at < since {
			since, ok = at, true
		}
	}
	return since, ok
}

// atTheEnd looks at what must hold when all is well again.
func (s *scenario) atTheEnd() {
	s.oneConnectionEach()
	for c, mo := range s.models {
		if s.err != nil {
			return
		}
		to := s.w.ConnectedTo(c)
		switch {
		case (mo.state == reconnect.Connected) != (to >= 0):
			s.err = fmt.Errorf("client %d is %v, and its link leads to %d", c, mo.state, to)
		case to >= 0 && s.urls[to] != mo.url:
			s.err = fmt.Errorf("client %d believes in %s and is linked to %s", c, mo.url, s.urls[to])
		case mo.state == reconnect.Idle:
			s.err = errors.New("a client was never started")
		}
	}
}

// oneConnectionEach asks the servers how many connections they have: a client
// must have left none behind, neither in a race nor in a reconnect.
func (s *scenario) oneConnectionEach() {
	linked := make([]int, s.w.Servers())
	for c := range s.models {
		if to := s.w.ConnectedTo(c); to >= 0 {
			linked[to]++
		}
		if sp := s.w.clients[c].spare; sp != nil && sp.server >= 0 && sp.serverGen == s.w.servers[sp.server].gen {
			linked[sp.server]++
		}
	}
	for i, n := range linked {
		if s.err == nil && s.w.Connections(i) != n {
			s.err = fmt.Errorf("server %d has %d connections, and %d clients are linked to it", i, s.w.Connections(i), n)
		}
	}
}

// bound is how long a client may need while one of its servers is fine: what is
// left of a pass and a wait, and then a whole pass that must find it.
func (s *scenario) bound(c int) time.Duration {
	p := s.models[c].p
	wait := p.ReconnectWait + max(p.ReconnectJitter, p.ReconnectJitterTLS)
	if p.BackoffFirst > 0 {
		wait = max(wait, p.BackoffFirst, p.BackoffMax)
	}
	wait = max(wait, 20*time.Millisecond+s.delays)
	turn := s.timeouts[c] + s.thinks
	if p.ChooseServer {
		turn += time.Second + 10*time.Millisecond
	}
	// A server that is chosen again and again keeps others from their turn, but
	// only while there is trouble.
	pass := time.Duration(len(s.urls)+1) * turn
	return s.w.cfg.Detect + p.Spread + 2*(pass+wait+s.thinks) + time.Second
}

// boundToSettle is how long a client may need to find a server that keeps it: some
// connections that end soon, and then one for each server that hangs up, with a
// wait and a pass for each. When the trouble is over every server answers, and a
// pass takes no time worth counting.
func (s *scenario) boundToSettle(c int) time.Duration {
	if s.w.now <= trouble {
		return time.Duration(3+len(s.urls)) * (s.bound(c) + soonest)
	}
	return s.boundInPeace(c)
}

func (s *scenario) boundInPeace(c int) time.Duration {
	p := s.models[c].p
	wait := p.ReconnectWait + max(p.ReconnectJitter, p.ReconnectJitterTLS)
	if p.BackoffFirst > 0 {
		wait = max(p.BackoffFirst, p.BackoffMax)
	}
	if p.CustomDelay {
		wait = 20*time.Millisecond + s.delays
	}
	return s.bound(c) + time.Duration(3+len(s.urls))*(max(wait, p.Spread)+2*s.thinks+500*time.Millisecond)
}
