package receive

import (
	"sync"

	"github.com/evernats/nats/internal/wire"
)

// Table has the subscriptions of a connection, and reads its links. It must not be
// copied once it is in use.
type Table[M Public[H, S], H ~map[string][]string, S any] struct {
	host    Host[S]
	syncLen int // messages that may wait for NextMsg

	mu      sync.RWMutex
	byID    map[uint64]*Sub[M, H, S]
	own     map[uint64]*Sub[M, H, S]        // those of byID that are the client's; the reader takes their messages, also while Close waits
	byName  map[subName]*namesakes[M, H, S] // nil until a server refuses one
	reading *inbound[M, H, S]               // those whose reader hasn't ended, in order: one, or for a moment more
	last    uint64
	most    int   // that were in byID
	left    int64 // messages that nobody had handled when the connection was closed
	cut     bool  // channels get nothing any more
	closed  bool

	move    *Move[M, H, S]      // to another link; nil while there is none
	leaving []*inbound[M, H, S] // of moves that were given up, until they have brought their last
	uneven  bool                // such a move was: what the server has counted of queue subscriptions isn't all

	trial *trial[M, H, S] // nil while no subscription is suspect; of whoever posts
}

// Init makes an empty table. At most syncLen messages wait for [Sub.Next].
func (t *Table[M, H, S]) Init(host Host[S], syncLen int) {
	t.host, t.syncLen = host, syncLen
}

// Host is the connection.
func (t *Table[M, H, S]) Host() Host[S] { return t.host }

// Add enters a subscription, of which owner is the program's view, and tells the
// server. Table and queue change together, so a new link can neither miss it nor make
// it twice. Errors: [ConnectionClosed], [ConnectionDraining].
func (t *Table[M, H, S]) Add(s *Sub[M, H, S], owner *S, cfg Config[M, S]) error {
	s.init(t, owner, &cfg)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ConnectionClosed
	}
	// Under the lock, so that a drain that begins now finds it in the table.
	if t.host.Draining() {
		return ConnectionDraining
	}
	t.last++
	s.sid = t.last
	if t.byID == nil {
		t.byID = make(map[uint64]*Sub[M, H, S])
	}
	t.byID[s.sid] = s
	t.most = max(t.most, len(t.byID))
	if !s.drains() {
		if t.own == nil {
			t.own = make(map[uint64]*Sub[M, H, S])
		}
		t.own[s.sid] = s
	}
	if t.cut {
		s.feed.end()
	}
	t.nameLocked(s)
	if lines := wire.AppendSub(nil, s.subject, s.group, s.sid); t.addedLocked(s, lines) {
		t.host.Control(lines, len(t.byID))
	}
	return nil
}

// get finds the subscription of a message.
func (t *Table[M, H, S]) get(sid uint64) *Sub[M, H, S] {
	t.mu.RLock()
	s := t.byID[sid]
	if s == nil {
		s = t.own[sid]
	}
	t.mu.RUnlock()
	return s
}

// all returns the program's subscriptions, with those that the client takes the
// messages of for it.
func (t *Table[M, H, S]) all() []*Sub[M, H, S] {
	t.mu.RLock()
	defer t.mu.RUnlock()
	subs := make([]*Sub[M, H, S], 0, len(t.byID))
	for _, s := range t.byID {
		if s.drains() {
			subs = append(subs, s)
		}
	}
	return subs
}

// Len is the number of subscriptions, the client's own included.
func (t *Table[M, H, S]) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.byID)
}

// Draining counts the subscriptions that a drain of the connection waits for.
func (t *Table[M, H, S]) Draining() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.byID) - len(t.own)
}

// Waiting counts the messages that wait to be handled.
func (t *Table[M, H, S]) Waiting() (msgs int64) {
	for _, s := range t.all() {
		msgs += s.waiting()
	}
	return msgs
}

// Left counts the messages that nobody had handled when the connection was closed.
func (t *Table[M, H, S]) Left() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.left
}

// Newest is the number of the newest subscription.
func (t *Table[M, H, S]) Newest() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.last
}

// GoingOn counts the program's subscriptions that a new link has, and returns those of
// them that the program knows of and that are no newer than the one with a number.
func (t *Table[M, H, S]) GoingOn(newest uint64) (n int, known []*S) {
	for _, s := range t.all() {
		s.mu.Lock()
		goesOn := !s.closed && !s.draining && !s.poison
		s.mu.Unlock()
		if !goesOn {
			continue
		}
		n++
		if s.sid <= newest && !s.quiet {
			known = append(known, s.owner)
		}
	}
	return n, known
}

// removeLocked takes a subscription out, and says whether it was there.
func (t *Table[M, H, S]) removeLocked(s *Sub[M, H, S]) bool {
	_, there := t.byID[s.sid]
	delete(t.byID, s.sid)
	delete(t.own, s.sid)
	if there {
		t.unnameLocked(s)
		t.shrinkLocked()
	}
	return there
}

// A table that held many subscriptions and holds few is made anew: maps don't shrink.
const (
	manySubs = 4096
	fewSubs  = 64
)

func (t *Table[M, H, S]) shrinkLocked() {
	if t.most < manySubs || len(t.byID) > fewSubs {
		return
	}
	small := make(map[uint64]*Sub[M, H, S], len(t.byID))
	for sid, s := range t.byID {
		small[sid] = s
	}
	t.byID, t.byName, t.most = small, nil, len(small)
}
