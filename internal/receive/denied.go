package receive

// subName is what a server calls a subscription by.
type subName struct{ subject, queue string }

// namesakes are the subscriptions of one name. A refusal names no other, so it
// concerns them all.
type namesakes[M Public[H, S], H ~map[string][]string, S any] struct {
	subs   []*Sub[M, H, S] // those that were marked first
	epoch  uint64          // of the link that the following are of
	marked int             // of subs
	told   int             // refusals that the program was told of
}

// markStep is how many subscriptions are marked under one hold of the table's lock.
const markStep = 256

// Denied marks the subscriptions that a server's refusal concerns, on the link of an
// epoch, and returns the one that the program is to be told of: the server says it once
// for each, so each has its turn; nil when there is none any more. With an err that is
// what [Sub.Next] returns from now on, until they are tried again on the next link.
func (t *Table[M, H, S]) Denied(subject, queue string, epoch uint64, err error) *S {
	n := subName{subject, queue}
	s := t.denied(n, epoch)
	for err != nil && t.markDenied(n, epoch, err) {
	}
	if s == nil {
		return nil
	}
	return s.owner
}

// denied returns the subscription to name in the next report of a refusal: each of
// those it may concern in turn, nil when there is none any more.
func (t *Table[M, H, S]) denied(n subName, epoch uint64) *Sub[M, H, S] {
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
func (t *Table[M, H, S]) markDenied(n subName, epoch uint64, err error) (more bool) {
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
		s.extrasLocked().denied = err
		if s.wake != nil {
			s.signal()
		}
		s.mu.Unlock()
	}
	return true
}

// namesakesLocked finds the subscriptions of a name. The index is made when it is
// asked for the first time: most connections are never refused anything.
func (t *Table[M, H, S]) namesakesLocked(n subName, epoch uint64) *namesakes[M, H, S] {
	if t.byName == nil && !t.closed {
		t.byName = make(map[subName]*namesakes[M, H, S])
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
func (t *Table[M, H, S]) nameLocked(s *Sub[M, H, S]) {
	if t.byName == nil {
		return
	}
	n := subName{s.subject, s.group}
	g := t.byName[n]
	if g == nil {
		g = &namesakes[M, H, S]{}
		t.byName[n] = g
	}
	s.place = int32(len(g.subs))
	g.subs = append(g.subs, s)
}

// unnameLocked takes a subscription out of the index.
func (t *Table[M, H, S]) unnameLocked(s *Sub[M, H, S]) {
	n := subName{s.subject, s.group}
	g := t.byName[n]
	if g == nil {
		return
	}
	// It changes places with the last that is marked, if it is, and with the last.
	if int(s.place) < g.marked {
		g.marked--
		g.swapLocked(int(s.place), g.marked)
	}
	last := len(g.subs) - 1
	g.swapLocked(int(s.place), last)
	g.subs[last] = nil
	if g.subs = g.subs[:last]; last == 0 {
		delete(t.byName, n)
	}
}

func (g *namesakes[M, H, S]) swapLocked(i, j int) {
	g.subs[i], g.subs[j] = g.subs[j], g.subs[i]
	g.subs[i].place, g.subs[j].place = int32(i), int32(j)
}
