package overlap

import (
	"hash/maphash"
	"time"
)

// Limits bound what a Filter keeps.
type Limits struct {
	Messages int           // that are held; as many are remembered of the old link. Zero: 65,536
	Bytes    int           // of the messages that are held. Zero: 64 MiB
	Skew     time.Duration // how far one link may be behind the other. Zero: a second
}

const (
	defaultMessages = 1 << 16
	defaultBytes    = 64 << 20
	defaultSkew     = time.Second
)

// Verdict says what becomes of a message from the new link.
type Verdict uint8

const (
	Deliver Verdict = iota // to the program; only after Cut
	Drop                   // the old link has delivered it, or will, since the move is given up
	Hold                   // the filter keeps it
)

func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "Unknown"
}

var verdictNames = [...]string{"Deliver", "Drop", "Hold"}

type state uint8

const (
	both    state = iota // both links deliver, the old one's are the program's
	cut                  // the new link's are the program's
	givenUp              // the old link's are, and will be
)

// Filter is for one move of a connection, and all its plain subscriptions. M is
// what the caller makes of a message.
type Filter[M any] struct {
	limits Limits
	seed   maphash.Seed
	state  state
	held   list[M]
	bytes  int
	more   int           // by how many times the limits are exceeded before it gives up
	asked  time.Duration // Commit, if it has come
	done   time.Duration // after the cut: when nothing remembered counts any more

	ahead   map[uint64]lead
	aheadBy int           // the sum of all
	swept   time.Duration // when those that are too old were last looked for
}

// New returns a filter for a move that begins. seed should be new for each run of the
// program.
func New[M any](now time.Duration, seed maphash.Seed, limits Limits) *Filter[M] {
	if limits.Messages <= 0 {
		limits.Messages = defaultMessages
	}
	if limits.Bytes <= 0 {
		limits.Bytes = defaultBytes
	}
	if limits.Skew <= 0 {
		limits.Skew = defaultSkew
	}
	return &Filter[M]{
		limits: limits, seed: seed, swept: now, more: 1,
		held:  list[M]{byHash: map[uint64]*node[M]{}},
		ahead: map[uint64]lead{},
	}
}

// Old takes in a message that the old link delivers, and says whether it is the
// program's: until Cut.
func (f *Filter[M]) Old(now time.Duration, sid uint64, subject, reply, header, data []byte) bool {
	if f.state != both {
		return f.state != cut
	}
	f.sweep(now)
	h := f.hash(sid, subject, reply, header, data)
	if size, ok := f.held.take(h); ok {
		f.bytes -= size
		return true
	}
	f.lead(now, h, 1)
	if f.aheadBy > f.more*f.limits.Messages {
		f.giveUp()
	}
	return true
}

// New says what becomes of a message that the new link brings. keep makes what is
// held of it, and is called only for that.
func (f *Filter[M]) New(now time.Duration, sid uint64, subject, reply, header, data []byte, keep func() M) Verdict {
	switch {
	case f.state == givenUp:
		return Drop
	case f.Done(now):
		return Deliver
	}
	f.sweep(now)
	h := f.hash(sid, subject, reply, header, data)
	switch {
	case f.lead(now, h, -1):
		return Drop
	case f.state == cut:
		return Deliver
	}
	size := len(subject) + len(reply) + len(header) + len(data)
	if f.held.len >= f.more*f.limits.Messages || f.bytes+size > f.more*f.limits.Bytes {
		f.giveUp()
		return Drop
	}
	f.held.add(now, h, size, keep())
	f.bytes += size
	return Hold
}

// Cut makes the new link's messages the program's. each is called with those that
// were held and that the old link didn't deliver, in order; they come before
// whatever New says Deliver to. What had been held for a Skew at Commit (without one: at
// Cut) is forgotten: the old link would have brought it if it had been sent once more. So
// that one must have answered a fence of after that; how late the answer is doesn't
// matter, nor how far that link is behind. Cut returns false, and nothing changes, when
// the move is given up; a second time it does nothing.
func (f *Filter[M]) Cut(now time.Duration, each func(M)) bool {
	asked := now
	if f.more == committed {
		asked = f.asked
	}
	return f.cut(now, asked-f.limits.Skew, each)
}

// Rescue is Cut for an old link that has ended, or doesn't answer. Nothing that is held is
// forgotten.
func (f *Filter[M]) Rescue(now time.Duration, each func(M)) bool { return f.cut(now, -1<<63, each) }

func (f *Filter[M]) cut(now, after time.Duration, each func(M)) bool {
	if f.state != both {
		return f.state == cut
	}
	for h := range f.ahead {
		f.lead(now, h, 0)
	}
	f.state = cut
	f.done = now + patience*f.limits.Skew
	f.held.drain(after, each)
	f.bytes = 0
	return true
}

// Abandon gives the move up, unless Cut came first: what is held is forgotten, and
// the old link's messages remain the program's.
func (f *Filter[M]) Abandon() {
	if f.state == both {
		f.giveUp()
	}
}

// Commit says that Cut or Rescue will come, unless it has given up: from now on it does
// so at twice the limits, and Crowded says when the limits are passed and it is time. The
// fence that Cut needs is asked for after it.
func (f *Filter[M]) Commit(now time.Duration) (ok bool) {
	f.more, f.asked = committed, now
	return f.state != givenUp
}

// committed is how many times the limits a filter may exceed after Commit.
const committed = 2

// Crowded says whether it keeps as much as the limits allow, or more, or has given up.
func (f *Filter[M]) Crowded() bool {
	return f.state == givenUp || f.held.len >= f.limits.Messages || f.bytes >= f.limits.Bytes || f.aheadBy > f.limits.Messages
}

// GivenUp says whether Abandon was called, or the limits were passed.
func (f *Filter[M]) GivenUp() bool { return f.state == givenUp }

// SetSkew changes Limits.Skew, when the probes have shown how quick the servers are.
func (f *Filter[M]) SetSkew(d time.Duration) { f.limits.Skew = max(d, 1) }

// Done says whether the filter can be thrown away: New would say Deliver to everything.
func (f *Filter[M]) Done(now time.Duration) bool {
	return f.state == cut && (f.aheadBy == 0 || now >= f.done)
}

// Held is how many messages the filter holds, and their bytes.
func (f *Filter[M]) Held() (messages, bytes int) { return f.held.len, f.bytes }

// Remembered is how many messages of the old link the new one hasn't brought yet.
func (f *Filter[M]) Remembered() int { return f.aheadBy }

func (f *Filter[M]) giveUp() {
	f.state = givenUp
	f.held = list[M]{}
	f.ahead = nil
	f.bytes, f.aheadBy = 0, 0
}
