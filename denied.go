package nats

import "strings"

// subName is what a server calls a subscription by.
type subName struct{ subject, queue string }

// namesakes are the subscriptions of one name. A refusal names no other, so it
// concerns them all.
type namesakes struct {
	subs   []*Subscription // those that were marked first
	epoch  uint64          // of the link that the following are of
	marked int             // of subs
	told   int             // refusals that the program was told of
}

// markStep is how many subscriptions are marked under one hold of the table's lock.
const markStep = 256

// permissionDenied marks the subscriptions that a permission error concerns, and
// tells the error handler of it, with one of them: the server says it once for each.
// Of one that the program didn't ask for it isn't told.
// They are tried again at the next connection.
func (nc *Conn) permissionDenied(epoch uint64, err error, text string) {
	var sub *Subscription
	if n, ok := deniedName(text); ok {
		sub = nc.subs.denied(n, epoch)
		for nc.Opts.PermissionErrOnSubscribe && nc.subs.markDenied(n, epoch, err) {
		}
	}
	switch {
	case sub == nil:
		nc.reqs.publishRefused(text, err)
	case sub.quiet:
		return
	case sub.take != nil:
		nc.reqs.inboxRefused(sub, err)
	}
	nc.events.serverError(nc, sub, err)
}

// deniedName finds the name in a text like
//
//	Permissions Violation for Subscription to "foo" using queue "q"
func deniedName(text string) (n subName, ok bool) {
	const what = "subscription to "
	i := strings.Index(strings.ToLower(text), what)
	if i < 0 {
		return n, false
	}
	subject, rest := unquoted(text[i+len(what):])
	n.subject = subject
	if j := strings.Index(strings.ToLower(rest), "queue "); j >= 0 {
		n.queue, _ = unquoted(rest[j+len("queue "):])
	}
	return n, true
}

// denied returns the subscription to name in the next report of a refusal: each of
// those it may concern in turn, nil when there is none any more.
func (t *subscriptions) denied(n subName, epoch uint64) *Subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.namesakesLocked(n, epoch)
	if g == nil {
		return nil
	}
	s := g.subs[g.told%len(g.subs)]
	g.told++
	return s
}

// markDenied gives subscriptions the error that NextMsg returns, and returns false
// when it has come to the last of them. No subscription is marked twice.
func (t *subscriptions) markDenied(n subName, epoch uint64, err error) (more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.namesakesLocked(n, epoch)
	if g == nil {
		return false
	}
	for range markStep {
		if g.marked == len(g.subs) {
			return false
		}
		s := g.subs[g.marked]
		g.marked++
		s.mu.Lock()
		s.denied = err
		if s.wake != nil {
			s.signal()
		}
		s.mu.Unlock()
	}
	return true
}

// namesakesLocked finds the subscriptions of a name. The index is made when it is
// asked for the first time: most connections are never refused anything.
func (t *subscriptions) namesakesLocked(n subName, epoch uint64) *namesakes {
	if t.byName == nil && !t.closed {
		t.byName = make(map[subName]*namesakes)
		for _, s := range t.byID {
			t.nameLocked(s)
		}
	}
	g := t.byName[n]
	if g != nil && g.epoch != epoch {
		g.epoch, g.marked, g.told = epoch, 0, 0
	}
	return g
}

// nameLocked enters a subscription in the index, if there is one.
func (t *subscriptions) nameLocked(s *Subscription) {
	if t.byName == nil {
		return
	}
	n := subName{s.Subject, s.Queue}
	g := t.byName[n]
	if g == nil {
		g = &namesakes{}
		t.byName[n] = g
	}
	s.place = len(g.subs)
	g.subs = append(g.subs, s)
}

// unnameLocked takes a subscription out of the index.
func (t *subscriptions) unnameLocked(s *Subscription) {
	n := subName{s.Subject, s.Queue}
	g := t.byName[n]
	if g == nil {
		return
	}
	// It changes places with the last that is marked, if it is, and with the last.
	if s.place < g.marked {
		g.marked--
		g.swapLocked(s.place, g.marked)
	}
	last := len(g.subs) - 1
	g.swapLocked(s.place, last)
	g.subs[last] = nil
	if g.subs = g.subs[:last]; last == 0 {
		delete(t.byName, n)
	}
}

func (g *namesakes) swapLocked(i, j int) {
	g.subs[i], g.subs[j] = g.subs[j], g.subs[i]
	g.subs[i].place, g.subs[j].place = i, j
}

// unquoted cuts a quoted word off the front.
func unquoted(s string) (word, rest string) {
	if s == "" || s[0] != '"' {
		return "", s
	}
	s = s[1:]
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}
