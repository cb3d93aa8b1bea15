package nats

import (
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/wire"
)

// What a server refuses. A request whose answer can't come any more ends at once, and
// the next one makes the inbox again: what was refused then may be allowed by now.

// permissionDenied deals with a permission error, and tells the error handler of it,
// with one of the subscriptions it concerns. Of one that the program didn't ask for it
// isn't told.
func (nc *Conn) permissionDenied(epoch uint64, err error, text string) {
	var sub *Subscription
	if subject, queue, ok := wire.SubscriptionDenied(text); ok {
		var next error
		if nc.Opts.PermissionErrOnSubscribe {
			next = err
		}
		sub = nc.subs.Denied(subject, queue, epoch, next)
	}
	switch {
	case sub == nil:
		nc.reqs.publishRefused(text, err)
	case sub.in.Quiet():
		return
	case sub.in.Kind() == receive.Inline:
		nc.reqs.inboxRefused(sub, err)
	}
	nc.events.serverError(nc, sub, err)
}

// inboxRefused deals with the refusal of a subscription for answers.
func (r *requests) inboxRefused(s *Subscription, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s == r.sub {
		r.refusedLocked(err)
	} else if w := r.byID[s.Subject]; w != nil {
		w.failWith(err)
	}
}

func (r *requests) refusedLocked(err error) {
	sub := r.sub
	r.sub, r.proof = nil, nil
	r.failLocked(err, func(w *waiter) bool { return !w.old })
	sub.in.Remove(false)
}

// publishRefused ends the requests to a subject that may not be published to.
func (r *requests) publishRefused(text string, err error) {
	subject, ok := wire.PublishDenied(text)
	if !ok || r.waiting.Load() == 0 {
		return
	}
	r.mu.Lock()
	r.failLocked(err, func(w *waiter) bool { return w.subj == subject })
	r.mu.Unlock()
}

// failLocked ends the requests that are meant.
func (r *requests) failLocked(err error, meant func(w *waiter) bool) {
	for _, w := range r.byID {
		if meant(w) {
			w.failWith(err)
		}
	}
}

// inboxProof is the question whether the server has the inbox: it was subscribed to
// once more, and a PING is behind it.
type inboxProof struct{ fence *send.Waiter }

// tooManySubscriptions deals with an error that says that some subscription was
// refused, and not which. Unless something has come in on the inbox it may be that.
// So it is subscribed to again, as one that takes no place if it had one: a further
// such error before the PONG behind it is for the inbox. It may be for a subscription
// that another goroutine makes in that moment; then the requests under way fail, and
// the next one makes the inbox again. It returns false when the error was the answer
// to a question of this kind, and isn't news.
func (r *requests) tooManySubscriptions(nc *Conn, err error) (news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.sub
	switch {
	case old == nil || r.heard:
		return true
	case r.proof != nil:
		r.refusedLocked(err)
		return false
	}
	sub, fence, serr := nc.subscribeAnew(old)
	if serr != nil {
		return true // closed, or about to be
	}
	p := &inboxProof{fence}
	r.sub, r.proof = sub, p
	go func() {
		ferr := <-fence.Done()
		r.mu.Lock()
		if r.proof == p {
			r.proof = nil
			r.heard = ferr == nil
		}
		r.mu.Unlock()
	}()
	return true
}

// subscribeAnew replaces a subscription of the client's own by one like it, with a
// PING behind, so that the server sees nothing between the end of the one and the
// other.
func (nc *Conn) subscribeAnew(old *Subscription) (*Subscription, *send.Waiter, error) {
	old.in.Remove(true)
	sub, err := nc.subscribe(subConfig{Subject: old.Subject, Inline: nc.reqs.answer}, nil)
	if err != nil {
		return nil, nil, err
	}
	fence, err := nc.fence()
	return sub, fence, err
}
