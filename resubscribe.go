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
// PINGs: if this connection and the next one end between the answers, it is taken out;
// at once if the server said that a line was too long. Lost answers may hide how far a
// server got; so the next few are made alone as well, and the search goes on from the
// first that isn't answered.
type subTrial struct {
	strikes int             // connections in a row that ended so, two at most
	head    uint64          // the first that wasn't cleared; 0: none yet
	deaths  int             // connections that ended when it was made alone
	order   []*Subscription // on the connection in use, if they are tried
}

const (
	// soonAfter is how soon a connection must end to make the subscriptions suspect.
	soonAfter = 10 * time.Second
	// subsAlone is how many are made one by one.
	subsAlone = 64
)

// resubscriptionLocked returns what makes all subscriptions on a new connection and,
// when one of them is wanted, where each one's part ends, and how many are to be made
// one by one. The table's lock is held.
func (nc *Conn) resubscriptionLocked() (prefix []byte, ends []int, alone int) {
	t := &nc.resub
	t.order = nil
	if t.strikes == 0 {
		for _, s := range nc.subs.byID {
			prefix = s.appendResubscription(prefix)
		}
		return prefix, nil, 0
	}
	for _, s := range t.suspects(nc.subs.byID) {
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
	if !parts.Tried || parts.Passed == len(order) {
		soon := !parts.Tried && !answered && time.Since(nc.start)-l.adopted < soonAfter && nc.NumSubscriptions() > 0
		t.strikes, t.head, t.deaths = 0, 0, 0
		if l.endedByPeer() && (soon || l.tooLong.Load()) {
			t.strikes = 1
		}
		return
	}
	if !l.endedByPeer() || parts.Passed == 0 && !parts.Alone && t.strikes > 1 {
		return // it says nothing of the subscriptions
	}
	s := order[parts.Passed]
	if s.sid != t.head {
		t.deaths = 0
	}
	if parts.Alone {
		t.deaths++
	}
	if parts.Alone && (s.sid == t.head && t.deaths > 1 || l.tooLong.Load()) {
		t.strikes, t.head, t.deaths = 1, 0, 0 // there may be another one
		s.refuse(ErrPoisonSubscription)
		nc.events.asyncError(nc, s, ErrPoisonSubscription)
		return
	}
	t.strikes, t.head = 2, s.sid
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
