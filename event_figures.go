package nats

import (
	"errors"
	"time"

	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
)

// The figures of events that have to be taken before their moment, or looked for.

// search is what is known of the time without a connection. The driver owns it, and it
// is gone when there is one.
type search struct {
	since    time.Time // of the loss, or of Connect
	attempts int
	took     time.Duration // of the attempt that ended last

	// Of the connection that was lost.
	server  string
	lived   time.Duration
	heard   time.Time // when something last came in on it
	queued  outbound.Count
	doubt   outbound.Count
	dropped uint64 // messages given up until then
	lastSub uint64 // the newest subscription then

	left outbound.Count // messages given up because it is closed
}

func (e *events) seeking(nc *Conn) *search {
	if e.search == nil {
		e.search = &search{since: nc.start}
	}
	return e.search
}

// lossNoted takes the figures of a connection that is gone: before anybody is told.
func (e *events) lossNoted(nc *Conn, l *link, gone *outbound.Loss) {
	totals := nc.out.totals()
	s := &search{
		since: time.Now(), server: l.url.Redacted(), heard: nc.start.Add(time.Duration(l.heard.Load())),
		doubt: gone.Doubt.Count, queued: totals.Queued, dropped: totals.Dropped.Msgs,
	}
	s.lived = s.since.Sub(nc.start) - l.adopted
	if nc.Opts.AtLeastOnce { // queued again
		s.queued.Msgs -= min(s.doubt.Msgs, s.queued.Msgs)
		s.queued.Bytes -= min(s.doubt.Bytes, s.queued.Bytes)
	}
	nc.subs.mu.RLock()
	s.lastSub = nc.subs.last
	nc.subs.mu.RUnlock()
	e.search = s
	e.refused.forget(nc)
}

// gap counts the subscriptions that go on, and says what they may have missed.
func (nc *Conn) gap(s *search) (resubscribed int, gap *Gap) {
	gap = &Gap{From: s.heard, To: time.Now()}
	if l := nc.state.current(); l != nil {
		gap.To = nc.start.Add(l.adopted)
	}
	for _, sub := range nc.subs.all() {
		sub.mu.Lock()
		goesOn := !sub.closed && !sub.draining && !sub.poison
		sub.mu.Unlock()
		if !goesOn {
			continue
		}
		resubscribed++
		if sub.sid <= s.lastSub && !sub.quiet {
			gap.Subscriptions = append(gap.Subscriptions, sub)
		}
	}
	if len(gap.Subscriptions) == 0 {
		gap = nil
	}
	return resubscribed, gap
}

// leftBehind is what a connection that ends has not sent and not handled.
func (nc *Conn) leftBehind() (bytes uint64, unhandled int) {
	nc.out.mu.Lock()
	bytes = nc.out.leftover + uint64(nc.out.buf.Size())
	nc.out.mu.Unlock()
	nc.subs.mu.RLock()
	left := nc.subs.left
	nc.subs.mu.RUnlock()
	for _, s := range nc.subs.all() {
		left += s.waiting()
	}
	return bytes, int(left)
}

// levelLocked is what waits, and what of it may. With AtLeastOnce it is the limit that
// is nearer.
func (s *sender) levelLocked() (used, limit int) {
	used, limit = s.buf.Size(), max(s.limitLocked(), 0)
	if held := s.fences.held; held > 0 {
		if all := s.buf.Held() + used; limit == 0 || float64(all)/float64(held) > float64(used)/float64(limit) {
			used, limit = all, held
		}
	}
	return used, limit
}

// fillLocked looks whether the buffer has become full, or no longer is.
func (s *sender) fillLocked() {
	used, limit := s.levelLocked()
	switch {
	case s.high && used <= limit/2:
		s.high, s.full = false, false
		s.tellFillLocked(EventBufferNormal, used, limit)
	case !s.high && limit > 0 && used >= limit/4*3:
		s.high = true
		s.tellFillLocked(EventBufferHigh, used, limit)
	}
}

// fullToldLocked tells that a publish finds no room.
func (s *sender) fullToldLocked() {
	if s.full {
		return
	}
	s.high, s.full = true, true
	used, limit := s.levelLocked()
	s.tellFillLocked(EventBufferFull, used, limit)
}

func (s *sender) tellFillLocked(k EventKind, used, limit int) {
	if s.nc.events.listened() {
		s.nc.events.emit(Event{Kind: k, QueuedMsgs: s.buf.Totals().Queued.Msgs, QueuedBytes: uint64(used), Limit: limit})
	}
}

func (s *sender) totals() outbound.Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Totals()
}

// linkName is the server in use.
func (nc *Conn) linkName() string {
	if l := nc.state.current(); l != nil {
		return l.url.Redacted()
	}
	return ""
}

func (nc *Conn) redactedKey(key string) string { return nc.urls.Target(key).Server.Redacted() }

// nextDelay is how long the machine waits before the next attempt.
func (nc *Conn) nextDelay() time.Duration {
	nc.machineMu.Lock()
	defer nc.machineMu.Unlock()
	switch nc.machine.State() {
	case reconnect.Waiting:
		at, _ := nc.machine.Deadline()
		return max(at-time.Since(nc.start), 0)
	case reconnect.Asking, reconnect.Closed:
		return -1
	}
	return 0
}

// phaseOf is the phase in which an attempt failed.
func phaseOf(err error) string {
	var failed *transport.Error
	if errors.As(err, &failed) && failed.Phase == transport.PhaseLookup {
		return phaseLookup
	}
	var ce *ConnError
	if errors.As(err, &ce) {
		return ce.Phase
	}
	return ""
}
