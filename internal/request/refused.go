package request

// What a server refuses. A request whose answer can't come any more ends at once, and
// the next one makes the inbox again: what was refused then may be allowed by now.

// InboxRefused deals with the refusal of a subscription on a subject, with err.
func (t *Table[M]) InboxRefused(inbox Inbox, subject string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if inbox == t.inbox {
		t.refusedLocked(err)
	} else if w := t.byID[subject]; w != nil {
		w.failLocked(err)
	}
}

func (t *Table[M]) refusedLocked(err error) {
	inbox := t.inbox
	t.inbox, t.proof = nil, nil
	t.failLocked(err, func(w *Waiter[M]) bool { return !w.apart })
	inbox.Remove(false)
}

// PublishRefused ends the requests to a subject that may not be published to, with err.
func (t *Table[M]) PublishRefused(subject string, err error) {
	if t.waiting.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failLocked(err, func(w *Waiter[M]) bool { return w.subject == subject })
}

// inboxProof is the question whether the server has the inbox: it was subscribed to
// once more, and a PING is behind it.
type inboxProof struct{ answer <-chan error }

// SomethingRefused deals with an error that says that some subscription was refused,
// and not which. Unless something has come in on the inbox it may be that. So it is
// subscribed to again, as one that takes no place if it had one: a further such error
// before the PONG behind it is for the inbox. It may be for a subscription that another
// goroutine makes in that moment; then the requests under way fail, and the next one
// makes the inbox again. It returns false when the error was the answer to a question of
// this kind, and isn't news.
func (t *Table[M]) SomethingRefused(err error) (news bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.inbox == nil || t.heard:
		return true
	case t.proof != nil:
		t.refusedLocked(err)
		return false
	}
	// The server sees nothing between the end of the one and the other.
	t.inbox.Remove(true)
	inbox, serr := t.host.Subscribe(t.prefix+"*", false, t.answer)
	if serr != nil {
		return true // closed, or about to be
	}
	answer, serr := t.host.Fence()
	if serr != nil {
		return true
	}
	p := &inboxProof{answer}
	t.inbox, t.proof = inbox, p
	go t.await(p)
	return true
}

func (t *Table[M]) await(p *inboxProof) {
	err := <-p.answer
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.proof == p {
		t.proof = nil
		t.heard = err == nil
	}
}
