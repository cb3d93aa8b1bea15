package receive

import (
	"bytes"
	"hash/maphash"
	"sync"
	"time"

	"github.com/evernats/nats/internal/overlap"
	"github.com/evernats/nats/internal/wire"
)

// Move is a change from one link to another while both are read: what the steps of
// package overlap ask of subscriptions. Its methods may be called by anybody, and in any
// order those that come before Cut or Abandon; these come once, and Leave behind Abandon.
//
// Each of the two readers holds its lock while it takes in and hands over what a read has
// brought, so what Cut gives comes behind all that the old link has delivered, and
// before what the new one brings next. It is taken before all other locks of the table.
type Move[M Public[H, S], H ~map[string][]string, S any] struct {
	t      *Table[M, H, S]
	id     string
	probed func(subject string)
	sid    uint64 // of the probes

	mu        sync.Mutex
	start     time.Time
	now       time.Duration // since then; when the last read was taken in
	filter    *overlap.Filter[held]
	old, next *inbound[M, H, S]
	came      map[uint64]uint64 // messages that the new link has brought, by sid
	skew      time.Duration
	isCut     bool
	decided   chan struct{} // closed when whose messages are the program's won't change any more
	ended     chan struct{}

	// Under the table's lock.
	beside   func(lines []byte)     // has the other link told of changes; nil once it is the one in use
	asks     func() <-chan struct{} // has that one's server answer
	made     bool                   // the subscriptions are, on the new link
	left     bool                   // queue subscriptions have left the old link
	lastMade time.Duration          // when a subscription was last made
}

// held is a message of the new link that is kept for Cut.
type held struct {
	buf []byte
	at  wire.MsgAt
}

// seed is nobody else's.
var seed = maphash.MakeSeed()

// MoveConfig is what a Move needs.
type MoveConfig struct {
	// Probes is what the subjects of the probes begin with. What comes in on them is
	// no subscription's: Probed is told of the subject, and must not wait.
	Probes string
	Probed func(subject string)
	// Beside tells the new link of changes of subscriptions until Cut, as Host.Control
	// tells the link in use. The table's lock is held.
	Beside func(lines []byte)
	// Asks has the server of the new link answer when it has been through all that Beside
	// was given: the channel is closed when what it had sent before has come in. It is
	// called like Beside.
	Asks func() (answer <-chan struct{})
}

// BeginMove begins a move from the link that is read to next, which it starts to read.
// It is nil when that isn't possible by now: another move isn't through, the old link
// isn't read any more, or subscriptions are suspect. It is called by what was posted.
func (t *Table[M, H, S]) BeginMove(old, next Link, cfg MoveConfig) *Move[M, H, S] {
	t.mu.Lock()
	defer t.mu.Unlock()
	in := t.reading
	for in != nil && in.link != old {
		in = in.next
	}
	if in == nil || t.move != nil || t.trial != nil && len(t.trial.accused) > 0 || t.closed {
		return nil
	}
	t.last++
	m := &Move[M, H, S]{
		t: t, id: cfg.Probes, probed: cfg.Probed, sid: t.last, beside: cfg.Beside, asks: cfg.Asks, start: time.Now(),
		filter: overlap.New[held](0, seed, overlap.Limits{}), old: in, next: newInbound(t, next),
		came: make(map[uint64]uint64), skew: time.Second, decided: make(chan struct{}), ended: make(chan struct{}),
	}
	t.move = m
	m.next.move.Store(m)
	m.old.move.Store(m)
	go m.next.serveBeside()
	return m
}

// serveBeside reads the new link of a move.
func (in *inbound[M, H, S]) serveBeside() {
	in.read()
	in.table.readerEnded(in)
}

// Subscribe makes all subscriptions on the new link, and the probes on both. Only the
// first call does.
func (m *Move[M, H, S]) Subscribe() {
	t := m.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.made || m.beside == nil {
		return
	}
	m.made = true
	var lines []byte
	for _, s := range t.byID {
		lines = s.appendSub(lines)
	}
	m.beside(wire.AppendSub(lines, m.id+".n.*", "", m.sid))
	t.host.Control(wire.AppendSub(nil, m.id+".o", "", m.sid), len(t.byID))
}

// appendSub is what makes the subscription where it is to be made at all; its
// auto-unsubscribe count is told by Cut.
func (s *Sub[M, H, S]) appendSub(dst []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.draining || s.poison || s.max.Load() > 0 && s.received >= s.max.Load() {
		return dst
	}
	return wire.AppendSub(dst, s.listens(), s.group, s.sid)
}

// LastMade is how long ago a subscription was last made.
func (m *Move[M, H, S]) LastMade() time.Duration {
	m.t.mu.RLock()
	defer m.t.mu.RUnlock()
	return time.Since(m.start) - m.lastMade
}

// SetSkew says how far the links may be behind each other.
func (m *Move[M, H, S]) SetSkew(d time.Duration) {
	m.mu.Lock()
	m.filter.SetSkew(d)
	m.skew = d
	m.mu.Unlock()
}

// Commit says that Cut will come, unless more came in than can be compared: then not.
func (m *Move[M, H, S]) Commit() (ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.filter == nil || m.filter.Commit(time.Since(m.start))
}

// Crowded says that so much has come in that Cut must come now.
func (m *Move[M, H, S]) Crowded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.filter != nil && m.filter.Crowded()
}

// LeaveQueues has queue subscriptions leave the old link, and says whether there are
// any.
func (m *Move[M, H, S]) LeaveQueues() bool {
	t := m.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.beside == nil {
		return false
	}
	m.left = true
	lines := m.queuesLocked(func(dst []byte, s *Sub[M, H, S]) []byte { return wire.AppendUnsub(dst, s.sid, 0) })
	if len(lines) > 0 {
		t.host.Control(lines, len(t.byID))
	}
	return len(lines) > 0
}

func (m *Move[M, H, S]) queuesLocked(add func(dst []byte, s *Sub[M, H, S]) []byte) (lines []byte) {
	for _, s := range m.t.byID {
		if s.group != "" {
			lines = add(lines, s)
		}
	}
	return lines
}

// besideLocked tells the new link of a move of changes that otherwise only the one in
// use hears of.
func (t *Table[M, H, S]) besideLocked(lines []byte) {
	if m := t.move; m != nil && m.made && m.beside != nil {
		m.beside(lines)
	}
}

// addedLocked tells of a new subscription, and says whether the link in use is to be
// told, too.
func (t *Table[M, H, S]) addedLocked(s *Sub[M, H, S], lines []byte) bool {
	t.besideLocked(lines)
	m := t.move
	if m == nil || m.beside == nil {
		return true
	}
	if s.group == "" {
		m.lastMade = time.Since(m.start)
	}
	return s.group == "" || !m.left
}

// enter is called by a reader before it takes in what a read has brought.
func (m *Move[M, H, S]) enter() {
	m.mu.Lock()
	m.now = time.Since(m.start)
}

// passes says whether a message, the first n bytes of buf, is handed over now.
func (m *Move[M, H, S]) passes(in *inbound[M, H, S], buf []byte, at *wire.MsgAt, n int) bool {
	subject := buf[at.Subject.Begin:at.Subject.End]
	if at.SID == m.sid {
		m.probed(string(subject))
		return false
	}
	if in.sub == nil || in.sid != at.SID {
		if in.turnTo(at.SID); in.sub == nil {
			return false
		}
	}
	if in == m.next && !m.isCut {
		m.came[at.SID]++
	}
	switch {
	case in.sub.group != "":
		return true
	case bytes.HasPrefix(subject, []byte(m.id)):
		return false // of a wildcard that covers the probes
	case m.filter == nil:
		return in == m.next
	}
	reply, header := buf[at.Reply.Begin:at.Reply.End], buf[at.Header.Begin:at.Header.End]
	data := buf[at.Payload.Begin:at.Payload.End]
	if in == m.old {
		return m.filter.Old(m.now, at.SID, subject, reply, header, data)
	}
	keep := func() held { return held{bytes.Clone(buf[:n]), *at} }
	return m.filter.New(m.now, at.SID, subject, reply, header, data, keep) == overlap.Deliver
}

// Cut makes the new link the one whose messages are the program's. rescue says that the
// old one hasn't answered, or has ended. Under the table's lock attach puts the new
// link to use and says whether it has; if not nothing changes, and Cut may come again.
func (m *Move[M, H, S]) Cut(rescue bool, attach func() bool) bool {
	t := m.t
	m.enter()
	defer m.mu.Unlock()
	t.mu.Lock()
	if !attach() {
		t.mu.Unlock()
		return false
	}
	m.beside = nil
	if !m.next.ended {
		at := &t.reading
		for *at != nil {
			at = &(*at).next
		}
		*at = m.next
	}
	t.mu.Unlock()
	if !m.isCut {
		m.isCut = true
		defer close(m.decided)
	}
	m.next.busy = false // of its last read
	give := func(h held) { m.next.message(h.buf, &h.at, len(h.buf)) }
	cut := m.filter.Rescue
	if !rescue {
		cut = m.filter.Cut
	}
	if !cut(m.now, give) {
		m.filter = nil // it had given up: from now on what comes is the program's
	}
	m.next.flush()
	m.recount()
	time.AfterFunc(cutPatience*m.skew, m.end)
	return true
}

// cutPatience is how many skews after the cut copies of what the old link has delivered
// may still come.
const cutPatience = 3

// recount tells the server of the new link how many more messages subscriptions take.
func (m *Move[M, H, S]) recount() {
	t := m.t
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []byte
	for sid, s := range t.byID {
		s.mu.Lock()
		s.base = s.received - m.came[sid] // as that server counts
		if limit := s.max.Load(); limit > s.received && !s.closed && !s.gated {
			lines = wire.AppendUnsub(lines, sid, int64(limit-s.base))
		}
		s.mu.Unlock()
	}
	lines = wire.AppendUnsub(lines, m.sid, 0)
	t.host.Control(lines, len(t.byID))
}

// end lets go of the filter, after Cut or Abandon.
func (m *Move[M, H, S]) end() {
	m.mu.Lock()
	if m.filter == nil && m.came == nil {
		m.mu.Unlock()
		return
	}
	m.filter, m.came = nil, nil
	m.isCut = true
	m.next.move.CompareAndSwap(m, nil)
	m.mu.Unlock()
	m.t.mu.Lock()
	if m.t.move == m {
		m.t.move = nil
	}
	m.t.mu.Unlock()
	close(m.ended)
}

// Ended returns a channel that is closed when another move may begin.
func (m *Move[M, H, S]) Ended() <-chan struct{} { return m.ended }

// OldOver returns a channel that is closed when the old link brings nothing more.
func (m *Move[M, H, S]) OldOver() <-chan struct{} { return m.overOf(m.old) }

// NextOver is OldOver for the new link.
func (m *Move[M, H, S]) NextOver() <-chan struct{} { return m.overOf(m.next) }

func (m *Move[M, H, S]) overOf(in *inbound[M, H, S]) <-chan struct{} {
	m.t.mu.Lock()
	defer m.t.mu.Unlock()
	if !in.ended {
		return in.overLocked()
	}
	over := make(chan struct{})
	close(over)
	return over
}

// Abandon gives the move up before Cut: the old link's messages remain the program's,
// and its queue subscriptions are made again where they have left, which again says. Those
// at the new link stay until Leave, so that a group isn't without its member meanwhile:
// that link is told of changes, and what it brings for them is the program's.
func (m *Move[M, H, S]) Abandon() (again bool) {
	m.mu.Lock()
	if m.isCut {
		m.mu.Unlock()
		return false
	}
	m.isCut = true
	close(m.decided)
	m.filter.Abandon()
	m.came = nil
	m.old.move.CompareAndSwap(m, nil)
	m.mu.Unlock()
	t := m.t
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := wire.AppendUnsub(nil, m.sid, 0)
	t.uneven = true
	if m.left {
		m.left = false
		queues := m.queuesLocked(func(dst []byte, s *Sub[M, H, S]) []byte { return s.appendResubscription(dst) })
		again = len(queues) > 0
		lines = append(lines, queues...)
	}
	t.host.Control(lines, len(t.byID))
	return again
}

// Leave is the end of a move that was abandoned; another one may begin. lines are for the
// new link, whose queue subscriptions end: what it brings for them is the program's up to
// the answer to a fence behind the lines.
func (m *Move[M, H, S]) Leave() (lines []byte) {
	t := m.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.beside == nil {
		return nil
	}
	m.beside = nil
	if m.made {
		lines = m.queuesLocked(func(dst []byte, s *Sub[M, H, S]) []byte { return wire.AppendUnsub(dst, s.sid, 0) })
		if !m.next.ended {
			t.leaving = append(t.leaving, m.next)
		}
	}
	if t.move == m {
		t.move = nil
	}
	close(m.ended)
	return lines
}
