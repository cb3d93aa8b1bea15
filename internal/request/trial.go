package request

// A request that is sent again after a loss is a new message, of which the outbound
// buffer has no evidence. So there is evidence of requests, too.

// strikesForTrial is how many links in a row must have ended over a request for it to
// be suspected.
const strikesForTrial = 2

// try sends a request over which two links may have ended. The third has to answer a
// PING before it gets it, and another one after it. If the link ends between the two
// answers the request is the cause: it is not sent any more.
func (t *Table[M]) try(q *Pending) error {
	for {
		before := t.lossesSoFar()
		err := t.host.Settle(q.ctx)
		if err != nil && !t.host.InDoubt(err) {
			return &AgainError{q.msg.Subject, err}
		}
		if err != nil || t.lossesSoFar() != before {
			continue // that was another link's answer
		}
		seq, err := t.host.Confirm(q.ctx, &q.msg)
		switch {
		case err == nil:
			if t.acquit(q, seq) {
				return nil
			}
		case !t.host.InDoubt(err):
			return &AgainError{q.msg.Subject, err}
		case t.lossesSoFar() == before+1:
			return &PoisonError{q.msg.Subject}
		}
	}
}

// acquit clears a request that the server has processed with the number seq. It returns
// false when the link has ended since, so that it has to be sent again.
func (t *Table[M]) acquit(q *Pending, seq uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	q.strikes = 0
	if seq <= t.again.gone {
		return false
	}
	q.seq.Store(seq)
	return true
}

func (t *Table[M]) lossesSoFar() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.again.losses
}
