package receive

import (
	"cmp"
	"slices"
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// trial is the search for a subscription that ends each connection on which it is
// made, as the buffer searches for messages that do. Whoever posts owns it, see
// [Host].Post.
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
type trial[M Public[H, S], H ~map[string][]string, S any] struct {
	strikes int             // connections in a row that ended so, two at most
	head    uint64          // the first that wasn't cleared; 0: none yet
	order   []*Sub[M, H, S] // on the connection in use, if they are tried

	accused []*Sub[M, H, S]
	asked   Link // that was asked to make the first of them after its calm moment
	ended   int  // links that ended over it
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
func (t *Table[M, H, S]) resubscriptionLocked() (prefix []byte, ends []int, alone int) {
	if t.trial == nil {
		for _, s := range t.byID {
			prefix = s.appendResubscription(prefix)
		}
		return prefix, nil, 0
	}
	tr := t.trial
	tr.order = nil
	if tr.strikes == 0 {
		for _, s := range t.byID {
			if !slices.Contains(tr.accused, s) {
				prefix = s.appendResubscription(prefix)
			}
		}
		return prefix, nil, 0
	}
	for _, s := range tr.suspects(t.byID) {
		if slices.Contains(tr.accused, s) {
			continue
		}
		n := len(prefix)
		if prefix = s.appendResubscription(prefix); len(prefix) > n {
			tr.order = append(tr.order, s)
			ends = append(ends, len(prefix))
		}
	}
	if tr.strikes > 1 {
		alone = subsAlone
	}
	return prefix, ends, alone
}

// suspects puts the longest line first, since servers bound it, and begins with the
// first that wasn't cleared.
func (t *trial[M, H, S]) suspects(byID map[uint64]*Sub[M, H, S]) []*Sub[M, H, S] {
	list := make([]*Sub[M, H, S], 0, len(byID))
	for _, s := range byID {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Sub[M, H, S]) int {
		return cmp.Or(len(b.subject)+len(b.group)-len(a.subject)-len(a.group), cmp.Compare(a.sid, b.sid))
	})
	i := slices.IndexFunc(list, func(s *Sub[M, H, S]) bool { return s.sid == t.head })
	if i > 0 {
		list = slices.Concat(list[i:], list[:i])
	}
	return list
}

// Loss is what is known of a link that has ended.
type Loss struct {
	Link     Link
	Parts    outbound.Parts // how far the server got with the subscriptions, if they were tried
	Answered bool           // the server has answered a PING
	ByPeer   bool           // it was the peer that ended it
	TooLong  bool           // the server has said that a line was too long
	Age      time.Duration  // how long it was in use
}

// Judge takes the evidence of a link that has ended. It is called by what was posted.
func (t *Table[M, H, S]) Judge(l Loss) {
	if tr := t.trial; tr != nil {
		t.judge(tr, l)
		if tr.strikes == 0 && len(tr.accused) == 0 {
			t.trial = nil
		}
		return
	}
	if t.suspicious(l) {
		t.trial = &trial[M, H, S]{strikes: 1}
	}
}

// suspicious says whether the subscriptions may be why a link ended on which they
// weren't tried.
func (t *Table[M, H, S]) suspicious(l Loss) bool {
	soon := !l.Parts.Tried && !l.Answered && l.Age < soonAfter && t.Len() > 0
	return l.ByPeer && (soon || l.TooLong)
}

func (t *Table[M, H, S]) judge(tr *trial[M, H, S], l Loss) {
	order := tr.order
	tr.order = nil
	if tr.asked == l.Link && tr.asked != nil {
		tr.asked = nil
		switch s := tr.accused[0]; {
		case s.served():
			tr.acquit(s)
		case l.ByPeer:
			if tr.ended++; tr.ended > 1 {
				t.convict(s)
			}
		}
		return
	}
	if !l.Parts.Tried || l.Parts.Passed == len(order) {
		tr.strikes, tr.head = 0, 0
		if t.suspicious(l) {
			tr.strikes = 1
		}
		return
	}
	if !l.ByPeer || l.Parts.Passed == 0 && !l.Parts.Alone && tr.strikes > 1 {
		return // it says nothing of the subscriptions
	}
	s := order[l.Parts.Passed]
	switch {
	case s.served():
		tr.strikes, tr.head = 0, 0
	case l.Parts.Alone && l.TooLong:
		t.convict(s)
	case l.Parts.Alone:
		tr.accuse(s)
	default:
		tr.strikes, tr.head = 2, s.sid
	}
}

func (t *trial[M, H, S]) accuse(s *Sub[M, H, S]) {
	if len(t.accused) == mostAccused {
		t.accused = nil
	}
	t.accused = append(t.accused, s)
	t.strikes, t.head = 1, 0 // there may be another one
}

// acquit takes a subscription off the list.
func (t *trial[M, H, S]) acquit(s *Sub[M, H, S]) {
	t.accused = slices.DeleteFunc(t.accused, func(x *Sub[M, H, S]) bool { return x == s })
	t.ended = 0
}

// convict takes a subscription out.
func (t *Table[M, H, S]) convict(s *Sub[M, H, S]) {
	t.trial.acquit(s)
	t.trial.strikes, t.trial.head = 1, 0
	s.refuse()
	t.host.Poison(s.owner)
}

// tryAccused makes the accused subscriptions, one after another, on a link that has
// lived without them for a while. It was posted.
func (t *Table[M, H, S]) tryAccused(l Link) {
	tr := t.trial
	if tr == nil || len(tr.accused) == 0 || tr.asked != nil || !l.InUse() {
		return
	}
	s := tr.accused[0]
	t.mu.Lock()
	if frames := s.appendResubscription(nil); len(frames) > 0 {
		t.host.Control(frames, len(t.byID))
	}
	t.mu.Unlock()
	answer, forget, err := t.host.Fence()
	if err != nil {
		return // closed
	}
	tr.asked = l
	go func() {
		defer forget()
		select {
		case err := <-answer:
			if err != nil {
				return
			}
		case <-t.host.Closed():
			return
		}
		t.host.Post(func() {
			if tr.asked != l {
				return // another link has answered
			}
			tr.asked = nil
			tr.acquit(s)
			t.tryAccused(l)
		})
	}()
}

// served says whether the server has sent messages on the subscription since it was
// last made: then it took it.
func (s *Sub[M, H, S]) served() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received > s.base
}

// refuse marks a subscription that isn't made any more.
func (s *Sub[M, H, S]) refuse() {
	s.mu.Lock()
	s.extrasLocked().denied, s.poison = Poisonous, true
	if s.wake != nil {
		s.signal()
	}
	s.mu.Unlock()
}
