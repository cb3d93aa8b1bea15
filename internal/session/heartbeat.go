package session

import "time"

// heartbeat finds out whether the server of a link is still there: PINGs at
// PingInterval, and a closer watch when StaleAfter gives a budget. The link's lock
// guards it.
type heartbeat struct {
	timer *time.Timer
	last  question // the last PING
	pace  pace
	watch *staleWatch // nil without StaleAfter
	out   int32       // PINGs without an answer
	on    bool
}

// staleWatch is what StaleAfter needs.
type staleWatch struct {
	timer *time.Timer
	life  lifeSigns
}

func (l *Link) startHeartbeat() {
	now := l.s.now()
	v := l.sight(now)
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.beat
	b.on = true
	b.pace = pace{confirmed: v.confirmed, at: now}
	if d := l.s.pingInterval; d > 0 {
		b.timer = time.AfterFunc(d, l.pingDue)
	}
	if d := l.s.staleAfter; d > 0 {
		b.watch = &staleWatch{life: lifeSigns{step: d / WatchSteps, looked: now, reads: v.reads, heard: now}}
		b.watch.timer = time.AfterFunc(b.watch.life.step, l.look)
	}
}

func (l *Link) stopHeartbeat() {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.beat
	b.on = false
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if b.watch != nil {
		b.watch.timer.Stop()
		b.watch = nil
	}
}

// Pong notes that the server answers.
func (l *Link) Pong() {
	l.mu.Lock()
	l.beat.out = 0
	l.mu.Unlock()
}

// pingDue sends the next PING, or gives up on a server that left too many
// unanswered.
func (l *Link) pingDue() {
	now := l.s.now()
	v := l.sight(now)
	every := l.s.pingInterval
	l.mu.Lock()
	b := &l.beat
	if !b.on {
		l.mu.Unlock()
		return
	}
	b.pace.look(now, &v)
	if b.out > 0 {
		b.last.follow(now, &v)
		if b.last.onItsWay(now, &v, every) {
			b.timer.Reset(every)
			l.mu.Unlock()
			return
		}
	}
	b.last = question{mark: v.mark, pace: b.pace.best}
	b.out++
	stale := b.out > l.s.maxPings
	if !stale {
		b.timer.Reset(every)
	}
	l.mu.Unlock()
	if stale {
		l.stale()
		return
	}
	l.s.host.Ping(l)
}

// look is the watch of StaleAfter.
func (l *Link) look() {
	now := l.s.now()
	v := l.sight(now)
	l.mu.Lock()
	b := &l.beat
	if !b.on {
		l.mu.Unlock()
		return
	}
	ask, stale := b.watch.life.look(now, v, &b.pace)
	if !stale {
		b.watch.timer.Reset(b.watch.life.step)
	}
	l.mu.Unlock()
	if stale {
		l.stale()
	} else if ask {
		l.s.host.Ping(l)
	}
}

func (l *Link) stale() {
	l.Lost(&Error{Phase: PhaseRead, Server: l.server.Redacted(), Fault: Stale, Hint: "it left PINGs unanswered"})
}

// defaultPatience is Patience when neither is set.
const defaultPatience = 2 * time.Minute

// Patience is for how long a link may bring nothing, a PING unanswered: StaleAfter, or
// else the intervals of MaxPingsOut PINGs and the one that notices.
func (s *Session) Patience() time.Duration {
	switch {
	case s.staleAfter > 0:
		return s.staleAfter
	case s.pingInterval > 0:
		return s.pingInterval * time.Duration(max(s.maxPings, 0)+1)
	}
	return defaultPatience
}
