package nats

import (
	"sync"
	"time"
)

// pinger finds out whether the server is still there: PINGs at PingInterval, and
// a closer watch when StaleAfter gives a budget.
type pinger struct {
	mu    sync.Mutex
	link  *link
	timer *time.Timer
	out   int      // PINGs without an answer
	last  question // the last of them

	watch *time.Timer // of StaleAfter
	life  lifeSigns
}

// The detection budget of StaleAfter in twelfths, which are the steps at which the
// link is looked at. Peers that pause for less than three quarters of the budget
// are never given up, whenever the pause begins; less than five twelfths in the middle
// of what a slow link needs longer than the budget for.
const (
	watchSteps   = 12
	silenceSteps = 3  // quiet so long: ask
	answerSteps  = 4  // no answer so long after the PING was written, and
	staleSteps   = 12 // nothing heard at all so long: stale
	ackSteps     = 5  // and nothing acknowledged so long, the PING neither: stale
	stallSteps   = 11 // the socket took nothing so long, the PING still queued: stale
)

func (p *pinger) start(nc *Conn, l *link) {
	now := time.Since(nc.start)
	v := nc.sight(l, now)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopLocked()
	p.link = l
	p.out = 0
	p.life = lifeSigns{pace: pace{confirmed: v.confirmed, at: now}}
	if d := nc.Opts.PingInterval; d > 0 {
		p.timer = time.AfterFunc(d, func() { p.due(nc, l) })
	}
	if d := nc.Opts.StaleAfter; d > 0 {
		p.life.step, p.life.looked, p.life.reads, p.life.heard = d/watchSteps, now, v.reads, now
		p.watch = time.AfterFunc(p.life.step, func() { p.look(nc, l) })
	}
}

func (p *pinger) stop() {
	p.mu.Lock()
	p.stopLocked()
	p.mu.Unlock()
}

func (p *pinger) stopLocked() {
	p.link = nil
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	if p.watch != nil {
		p.watch.Stop()
		p.watch = nil
	}
}

// pong notes that the server answers.
func (p *pinger) pong() {
	p.mu.Lock()
	p.out = 0
	p.mu.Unlock()
}

// due sends the next PING, or gives up on a server that left too many
// unanswered.
func (p *pinger) due(nc *Conn, l *link) {
	now := time.Since(nc.start)
	v := nc.sight(l, now)
	p.mu.Lock()
	if p.link != l {
		p.mu.Unlock()
		return
	}
	p.life.pace.look(now, &v)
	if p.out > 0 {
		p.last.follow(now, &v)
		if p.last.onItsWay(now, &v, nc.Opts.PingInterval) {
			p.timer.Reset(nc.Opts.PingInterval)
			p.mu.Unlock()
			return
		}
	}
	p.last = question{mark: v.mark, pace: p.life.pace.best}
	p.out++
	stale := p.out > nc.Opts.MaxPingsOut
	if !stale {
		p.timer.Reset(nc.Opts.PingInterval)
	}
	p.mu.Unlock()
	if stale {
		nc.lost(l, staleError(l))
		return
	}
	nc.out.Ping()
}

// look is the watch of StaleAfter.
func (p *pinger) look(nc *Conn, l *link) {
	now := time.Since(nc.start)
	v := nc.sight(l, now)

	p.mu.Lock()
	if p.link != l {
		p.mu.Unlock()
		return
	}
	ask, stale := p.life.look(now, v)
	if !stale {
		p.watch.Reset(p.life.step)
	}
	p.mu.Unlock()
	if stale {
		nc.lost(l, staleError(l))
	} else if ask {
		nc.out.Ping()
	}
}

func staleError(l *link) error {
	return &ConnError{Phase: phaseRead, Server: l.url.Redacted(), Err: ErrStaleConnection,
		Hint: "it left PINGs unanswered"}
}
