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
	out   int    // PINGs without an answer
	mark  uint64 // written bytes that include the last of them

	watch *time.Timer // of StaleAfter
	life  lifeSigns
}

// lifeSigns is StaleAfter's view of a link. Times are since the connection's start.
type lifeSigns struct {
	step    time.Duration // between two looks
	looked  time.Duration // the last one
	reads   uint64        // the link's count then
	heard   time.Duration // when something was last heard
	asked   bool          // a PING waits for its answer
	mark    uint64        // written bytes that include that PING
	written time.Duration // when it was seen written; 0: it is still queued
}

// The detection budget of StaleAfter in twelfths, which are the steps at which the
// link is looked at. Peers that pause for less than three quarters of the budget
// are never given up, whenever the pause begins.
const (
	watchSteps   = 12
	silenceSteps = 3  // quiet so long: ask
	answerSteps  = 4  // no answer so long after the PING was written, and
	staleSteps   = 12 // nothing heard at all so long: stale
	stallSteps   = 11 // the socket took nothing so long, the PING still queued: stale
)

func (p *pinger) start(nc *Conn, l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopLocked()
	p.link = l
	p.out = 0
	if d := nc.Opts.PingInterval; d > 0 {
		p.timer = time.AfterFunc(d, func() { p.due(nc, l) })
	}
	if d := nc.Opts.StaleAfter; d > 0 {
		now := time.Since(nc.start)
		p.life = lifeSigns{step: d / watchSteps, looked: now, reads: l.reads.Load(), heard: now}
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
	written, progress, mark := nc.out.writeProgress()
	p.mu.Lock()
	if p.link != l {
		p.mu.Unlock()
		return
	}
	if p.out > 0 && written < p.mark && time.Since(nc.start)-progress < nc.Opts.PingInterval {
		// The last one is still in the queue, which moves.
		p.timer.Reset(nc.Opts.PingInterval)
		p.mu.Unlock()
		return
	}
	p.mark = mark
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
	nc.out.ping()
}

// look is the watch of StaleAfter.
func (p *pinger) look(nc *Conn, l *link) {
	now := time.Since(nc.start)
	written, progress, mark := nc.out.writeProgress()

	p.mu.Lock()
	if p.link != l {
		p.mu.Unlock()
		return
	}
	ask, stale := p.life.look(now, l.reads.Load(), written, progress, mark)
	if !stale {
		p.watch.Reset(p.life.step)
	}
	p.mu.Unlock()
	if stale {
		nc.lost(l, staleError(l))
	} else if ask {
		nc.out.ping()
	}
}

// look says whether to send a PING, and whether to give the peer up. Bytes that
// come in are a sign of life; so is a socket that takes bytes as long as the PING
// itself is still in the queue.
func (s *lifeSigns) look(now time.Duration, reads, written uint64, progress time.Duration, mark uint64) (ask, stale bool) {
	gap := now - s.looked
	s.looked = now
	if gap > 2*s.step {
		// This process didn't get to run. What the peer did meanwhile may not have
		// been read yet: the time doesn't count against it.
		s.heard += gap
		progress += gap
		if s.written != 0 {
			s.written += gap
		}
	}
	if reads != s.reads {
		s.reads, s.heard, s.asked = reads, now, false
	}
	switch {
	case !s.asked:
		if ask = now-s.heard >= silenceSteps*s.step; ask {
			s.asked, s.mark, s.written = true, mark, 0
		}
	case s.written == 0 && written >= s.mark:
		s.written = now
	case s.written == 0:
		stale = now-max(progress, s.heard) >= stallSteps*s.step
	default:
		stale = now-s.written >= answerSteps*s.step && now-s.heard >= staleSteps*s.step
	}
	return ask, stale
}

func staleError(l *link) error {
	return &ConnError{Phase: phaseRead, Server: l.url.redacted(), Err: ErrStaleConnection,
		Hint: "it left PINGs unanswered"}
}
