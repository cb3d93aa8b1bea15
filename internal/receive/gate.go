package receive

import (
	"unsafe"

	"github.com/evernats/nats/internal/wire"
)

// Gate stands between what comes in for a subscription and its consumer, where not all of
// it is for the program. A subscription has it from its beginning. The server doesn't know
// what a gate lets through: it isn't told of an auto-unsubscribe count.
//
// No method may wait.
type Gate[M any] interface {
	// Arrive is called by the reader for each run. It calls filter once, which calls wanted
	// for each message and keeps those for which it returns true.
	Arrive(filter func(wanted func(*M) bool))

	// Arrived is called when what was kept waits for the consumer.
	Arrived()

	// Taken says how many messages the consumer has taken by now. What it returns, if
	// anything, is called without the subscription's lock, which is held here.
	Taken(msgs uint64) (then func())

	// Subject is what the subscription is made with on a server from now on. The table's
	// lock is held, or the subscription's, or both.
	Subject() string

	// Ended is called once, when the subscription has ended: with the connection, or by
	// Unsubscribe, or because it was drained or used up.
	Ended(connEnded, unsubscribed bool)
}

// gate is what stands between, nil if nothing does. It never changes.
func (s *Sub[M, H, S]) gate() Gate[M] {
	if !s.gated {
		return nil
	}
	return s.more.gate
}

// deliverGated is deliver of what the gate lets through.
func (s *Sub[M, H, S]) deliverGated(r run[H, S]) {
	g := s.gate()
	g.Arrive(func(wanted func(*M) bool) { r = filter(r, wanted) })
	s.admit(r)
	g.Arrived()
}

// filter returns the messages that are wanted, in the stretches that they lie in.
func filter[M Public[H, S], H ~map[string][]string, S any](r run[H, S], wanted func(*M) bool) run[H, S] {
	kept := run[H, S]{msgs: r.msgs, bytes: r.bytes}
	for st := r.next(); st != nil; st = r.next() {
		from := 0
		for i := range st {
			if wanted(public[M](&st[i])) {
				continue
			}
			if i > from {
				kept.push(st[from:i])
			}
			from = i + 1
			kept.msgs--
			kept.bytes -= st[i].queued()
		}
		if from < len(st) {
			kept.push(st[from:])
		}
	}
	return kept
}

// Admitted is how many messages were given to the consumer, or wait for it.
func (s *Sub[M, H, S]) Admitted() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received - uint64(s.dropped)
}

// Taken is how many of them the consumer has taken, off its channel if it has one.
func (s *Sub[M, H, S]) Taken() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kind != Channel {
		return s.deliveredLocked()
	}
	admitted := s.received - uint64(s.dropped)
	return admitted - min(uint64(s.feed.waiting()), admitted)
}

// AfterPending calls done when the handler has got through what is pending now.
func (s *Sub[M, H, S]) AfterPending(done func()) { s.afterPending(done) }

// Hold counts a message as pending that a function for Inline keeps for the program, and
// Release says that the program has it.
func (s *Sub[M, H, S]) Hold(m *M)    { s.pending.add(1, private[M, H, S](m).queued()) }
func (s *Sub[M, H, S]) Release(m *M) { s.pending.took(private[M, H, S](m).queued()) }

// private is the inverse of public.
func private[M Public[H, S], H ~map[string][]string, S any](m *M) *Msg[H, S] {
	return (*Msg[H, S])(unsafe.Pointer(m))
}

// MoveOn has the server send what its gate's Subject is now, in place of what it was.
func (s *Sub[M, H, S]) MoveOn() {
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID[s.sid] != s {
		return
	}
	frames := wire.AppendUnsub(nil, s.sid, 0)
	frames = wire.AppendSub(frames, s.listens(), s.group, s.sid)
	t.host.Control(frames, len(t.byID))
	t.besideLocked(frames)
}

// listens is the subject that the server knows the subscription by.
func (s *Sub[M, H, S]) listens() string {
	if g := s.gate(); g != nil {
		return g.Subject()
	}
	return s.subject
}

// Gate is Config.Gate.
func (s *Sub[M, H, S]) Gate() Gate[M] { return s.gate() }

// Beside is what the owner keeps beside the subscription, and is made when it is asked for
// the first time. Few subscriptions have such.
func (s *Sub[M, H, S]) Beside(made func() any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.extrasLocked()
	if x.beside == nil {
		x.beside = made()
	}
	return x.beside
}
