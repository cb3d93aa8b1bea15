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
	out   int // PINGs without an answer

	// With StaleAfter: the watch's view of the link.
	watch   *time.Timer
	reads   uint64        // the link's count at the last look
	heard   time.Duration // when something was last heard, since the connection's start
	asked   bool          // a PING waits for its answer
	mark    uint64        // written bytes that include that PING
	written time.Duration // when it was seen written; 0: it is still queued
}

// The detection budget of StaleAfter in twelfths. Silence is watched for a while
// before a PING is sent, and each step may notice a change one look late.
const (
	watchSteps   = 12
	silenceSteps = 5 // quiet so long: ask
	answerSteps  = 4 // no answer so long after the PING was written: stale
	stallSteps   = 8 // the socket took nothing so long, the PING still queued: stale
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
		p.reads, p.asked = l.reads.Load(), false
		p.heard = time.Since(nc.start)
		p.watch = time.AfterFunc(d/watchSteps, func() { p.look(nc, l) })
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
	p.mu.Lock()
	if p.link != l {
		p.mu.Unlock()
		return
	}
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

// look is the watch of StaleAfter. Bytes that come in are a sign of life; so is a
// socket that takes bytes as long as the PING itself is still in the queue.
func (p *pinger) look(nc *Conn, l *link) {
	step := nc.Opts.StaleAfter / watchSteps
	now := time.Since(nc.start)
	written, progress, mark := nc.out.writeProgress()

	p.mu.Lock()
	if p.link != l {
		p.mu.Unlock()
		return
	}
	if n := l.reads.Load(); n != p.reads {
		p.reads, p.heard, p.asked = n, now, false
	}
	ask, stale := false, false
	switch {
	case !p.asked:
		if ask = now-p.heard >= silenceSteps*step; ask {
			p.asked, p.mark, p.written = true, mark, 0
		}
	case p.written == 0 && written >= p.mark:
		p.written = now
	case p.written == 0:
		stale = now-max(progress, p.heard) >= stallSteps*step
	default:
		stale = now-p.written >= answerSteps*step
	}
	if !stale {
		p.watch.Reset(step)
	}
	p.mu.Unlock()
	if stale {
		nc.lost(l, staleError(l))
	} else if ask {
		nc.out.ping()
	}
}

func staleError(l *link) error {
	return &ConnError{Phase: phaseRead, Server: l.url.redacted(), Err: ErrStaleConnection,
		Hint: "it left PINGs unanswered"}
}
