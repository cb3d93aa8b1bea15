package jetstream

import (
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/pull"
)

// orderedRun stands between an intake and Consume or Messages: it lets through what
// comes next, and has the consumer made anew when something is missing. Its fields are
// under the intake's lock.
type orderedRun struct {
	sink
	oc        *ordered
	in        *intake
	last      uint64 // number of the last delivery
	cursor    uint64 // number of the last message that was let through
	more      bool   // the consumer still gives last values, see linkLost
	resetting bool
	again     bool          // a link came while the consumer was made, which may have sent on the one before
	resetAt   time.Duration // when it was reset last; 0: never
	released  bool
}

// renewer is a sink that wants to know of each consumer that takes the place of one that
// was lost, before anything of it comes. It is called with the intake's lock held.
type renewer interface{ renewed(*ConsumerInfo) }

// linkLost has the consumer made anew where it must be. One that gives last values leaves
// out what it was about to send when the link went, and numbers the next as if it hadn't.
func (r *orderedRun) linkLost() {
	if r.more {
		r.reset(ErrOrderedConsumerReset)
	}
}

// linkBack has a consumer that pushes made anew: what it sent on the link before is lost, and
// nothing need follow that would show it.
func (r *orderedRun) linkBack() {
	if r.in.pushed == nil {
		return
	}
	r.again = r.resetting && r.in.pushed.awaits != ""
	r.reset(ErrOrderedConsumerReset)
}

func (r *orderedRun) message(m *nats.Msg) bool {
	d, ok := api.ParseAck(m.Reply)
	if !ok || d.Consumer != r.in.name || r.resetting {
		return false // of one that was before
	}
	if d.ConsumerSeq != r.last+1 {
		r.reset(ErrOrderedConsumerReset)
		return false
	}
	r.last, r.cursor, r.more = d.ConsumerSeq, d.StreamSeq, r.more && d.Pending > 0
	return r.sink.message(m)
}

// hasty is how soon after a reset another may follow for a consumer that isn't there.
const hasty = time.Second

// trouble takes what goes wrong. Where nobody answers there is no consumer: it lives on one
// server, so nobody else will lead it.
func (r *orderedRun) trouble(err error) {
	r.sink.trouble(err)
	if now := r.in.js.now(); err == nats.ErrNoResponders && (r.resetAt == 0 || now-r.resetAt > hasty) {
		r.reset(nil)
	}
}

// delivered takes how many messages the consumer has sent. They come before that is said,
// so those that didn't are lost, and nothing need follow that would show it.
func (r *orderedRun) delivered(n uint64) {
	if n > r.last {
		r.reset(ErrOrderedConsumerReset)
	}
}

func (r *orderedRun) missing() bool {
	r.reset(nil)
	return true
}

func (r *orderedRun) end(a pull.Action) bool {
	if a.Why == pull.Deleted {
		r.reset(ErrConsumerDeleted)
		return false
	}
	r.release()
	return r.sink.end(a)
}

func (r *orderedRun) closed() {
	r.release()
	r.sink.closed()
}

// release lets the ordered consumer be used again.
func (r *orderedRun) release() {
	if !r.released {
		r.released = true
		r.oc.end()
	}
}

func (r *orderedRun) stopped() { r.release() }

// reset has the consumer made anew, and tells why; nil: that is told already. It is told
// once, since a program may wait for one error and then read no other.
func (r *orderedRun) reset(why error) {
	if r.resetting || r.in.closing {
		return
	}
	r.resetting, r.resetAt = true, r.in.js.now()
	r.in.m.Stop()
	if why != nil {
		r.sink.trouble(why)
	}
	go r.renew()
}
