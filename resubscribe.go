package nats

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// subTrial is the search for a subscription that ends each connection on which it is
// made, as the buffer searches for messages that do. The driver owns it.
//
// A connection that the peer ends soon, without having answered anything, makes the
// subscriptions suspect. On the next one each has a PING behind it, so the answers
// show the first that isn't cleared. On the third that one is made alone, between two
// PINGs. Lost answers may hide how far a server got; so the next few are made alone as
// well, and the search goes on from the first that isn't answered. One that was made
// alone when the connection ended is accused, or convicted if the server has said that
// a line was too long. The next connection makes all but the accused one, has to live
// for a calm moment, and is then asked to make it: if it ends over this, and one more
// does, that one is taken out. A server that hangs up again and again for reasons of its own doesn't get
// so far twice, and convicts nobody.
type subTrial struct {
	strikes int             // connections in a row that ended so, two at most
	head    uint64          // the first that wasn't cleared; 0: none yet
	order   []*Subscription // on the connection in use, if they are tried

	accused []*Subscription
	asked   *link // that was asked to make the first of them after its calm moment
	ended   int   // links that ended over it
}

const (
	// soonAfter is how soon a connection must end to make the subscriptions suspect.
	soonAfter = 10 * time.Second
	// subsAlone is how many are made one by one.
	subsAlone = 64
	// calmBefore is how long a connection must have lived without those accused, which
	// then may miss that much, and mostAccused how many there may be: when there are
	// more it isn't they.
	calmBefore  = 200 * time.Millisecond
	mostAccused = 256
)

// resubscriptionLocked returns what makes all subscriptions on a new connection and,
// when one of them is wanted, where each one's part ends, and how many are to be made
// one by one. The table's lock is held.
func (nc *Conn) resubscriptionLocked() (prefix []byte, ends []int, alone int) {
	t := &nc.resub
	t.order = nil
	if t.strikes == 0 {
		for _, s := range nc.subs.byID {
			if !slices.Contains(t.accused, s) {
				prefix = s.appendResubscription(prefix)
			}
		}
		return prefix, nil, 0
	}
	for _, s := range t.suspects(nc.subs.byID) {
		if slices.Contains(t.accused, s) {
			continue
		}
		n := len(prefix)
		if prefix = s.appendResubscription(prefix); len(prefix) > n {
			t.order = append(t.order, s)
			ends = append(ends, len(prefix))
		}
	}
	if t.strikes > 1 {
		alone = subsAlone
	}
	return prefix, ends, alone
}

// suspects puts the longest line first, since servers bound it, and begins with the
// first that wasn't cleared.
func (t *subTrial) suspects(byID map[uint64]*Subscription) []*Subscription {
	list := make([]*Subscription, 0, len(byID))
	for _, s := range byID {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Subscription) int {
		return cmp.Or(len(b.Subject)+len(b.Queue)-len(a.Subject)-len(a.Queue), cmp.Compare(a.sid, b.sid))
	})
	i := slices.IndexFunc(list, func(s *Subscription) bool { return s.sid == t.head })
	if i > 0 {
		list = slices.Concat(list[i:], list[:i])
	}
	return list
}

// judgeSubs takes the evidence of a link that has ended. answered says whether the
// server has answered a PING on it.
func (nc *Conn) judgeSubs(l *link, parts outbound.Parts, answered bool) {
	t := &nc.resub
	order := t.order
	t.order = nil
	if t.asked == l {
		t.asked = nil
		switch s := t.accused[0]; {
		case s.served():
			t.acquit(s)
		case l.endedByPeer():
			if t.ended++; t.ended > 1 {
				nc.convict(s)
			}
		}
		return
	}
	if !parts.Tried || parts.Passed == len(order) {
		soon := !parts.Tried && !answered && time.Since(nc.start)-l.adopted < soonAfter && nc.NumSubscriptions() > 0
		t.strikes, t.head = 0, 0
		if l.endedByPeer() && (soon || l.tooLong.Load()) {
			t.strikes = 1
		}
		return
	}
	if !l.endedByPeer() || parts.Passed == 0 && !parts.Alone && t.strikes > 1 {
		return // it says nothing of the subscriptions
	}
	s := order[parts.Passed]
	switch {
	case s.served():
		t.strikes, t.head = 0, 0
	case parts.Alone && l.tooLong.Load():
		nc.convict(s)
	case parts.Alone:
		t.accuse(s)
	default:
		t.strikes, t.head = 2, s.sid
	}
}

func (t *subTrial) accuse(s *Subscription) {
	if len(t.accused) == mostAccused {
		t.accused = nil
	}
	t.accused = append(t.accused, s)
	t.strikes, t.head = 1, 0 // there may be another one
}

// acquit takes a subscription off the list.
func (t *subTrial) acquit(s *Subscription) {
	t.accused = slices.DeleteFunc(t.accused, func(x *Subscription) bool { return x == s })
	t.ended = 0
}

// convict takes a subscription out.
func (nc *Conn) convict(s *Subscription) {
	t := &nc.resub
	t.acquit(s)
	t.strikes, t.head = 1, 0
	s.refuse(ErrPoisonSubscription)
	nc.events.asyncError(nc, s, ErrPoisonSubscription)
}

// tryAccused makes the accused subscriptions, one after another, on a link that has
// lived without them for a while. Only the driver calls it.
func (nc *Conn) tryAccused(l *link) {
	t := &nc.resub
	if len(t.accused) == 0 || t.asked != nil || nc.state.current() != l {
		return
	}
	s := t.accused[0]
	nc.subs.mu.Lock()
	if frames := s.appendResubscription(nil); len(frames) > 0 {
		nc.out.Control(frames, len(nc.subs.byID))
	}
	nc.subs.mu.Unlock()
	w, err := nc.fence()
	if err != nil {
		return // closed
	}
	t.asked = l
	go func() {
		defer nc.out.Forget(w)
		select {
		case err := <-w.Done():
			if err != nil {
				return
			}
		case <-nc.ended:
			return
		}
		nc.drv.post(func() {
			if t.asked != l {
				return // another link has answered
			}
			t.asked = nil
			t.acquit(s)
			nc.tryAccused(l)
		})
	}()
}

// served says whether the server has sent messages on the subscription since it was
// last made: then it took it.
func (s *Subscription) served() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received > s.base
}

// refuse marks a subscription that isn't made any more.
func (s *Subscription) refuse(err error) {
	s.mu.Lock()
	s.denied, s.poison = err, true
	if s.wake != nil {
		s.signal()
	}
	s.mu.Unlock()
}

// isLineTooLong says whether the text of an -ERR is about the length of a line.
func isLineTooLong(text string) bool {
	return strings.HasPrefix(strings.ToLower(text), "maximum control line exceeded")
}
