package window

import "time"

type state uint8

const (
	free    state = iota
	held          // waits until a stream is back
	flying        // on its way, or queued to be
	lost          // to be sent again on the next link
	refused       // no stream answered for its last copy
)

const none = -1

type slot struct {
	Message
	state      state
	gen        uint32
	prev, next int32
	number     uint64   // in the outbound order; 0: it isn't in the queue
	older      []uint64 // those of copies before it that may be queued still, in ascending order
	twice      bool     // a queued copy went out before, on a link that was lost
	tried      bool     // to withdraw the copies that are queued
	recalled   bool     // that was to have it wait for its turn again
	added      time.Duration
	first      time.Duration // when it was first sent
	since      time.Duration // when it began to be waited for
	sent       time.Duration
	refusedAt  time.Duration
	again      time.Duration // when one that is alone is sent again
	tries      int           // refusals
	out        int           // copies that were sent, and of which nothing was heard
	leaving    bool          // another copy is to be sent, which isn't among them yet
	sentOnce   bool
	asked      bool
	alone      bool   // no stream stores its subject: it holds up nobody
	order      uint64 // of its first copy among all copies
	copies     uint32 // that were sent, or queued
	claim      claim
	claimed    time.Duration // when a stream first said that it was just storing it
}

// unknownPatience is how long a message waits for a stream of which nobody can say
// whether it exists.
const unknownPatience = 5 * time.Second

// quiet is after which silence a message goes out once more before newer ones that were
// refused.
const quiet = 250 * time.Millisecond

// probeResend is after which silence the one that finds out is sent again.
const probeResend = time.Second

// scan is how often all are looked through while something is under way.
const scan = 500 * time.Millisecond

// Window is the machine. It isn't safe for concurrent use.
type Window struct {
	cfg        Config
	slots      []slot
	spare      []int32
	head, tail int32 // in the order they were added
	count      int
	bytes      int

	up      bool
	upAt    time.Duration
	blocked bool          // a message waits for its stream, and all newer ones with it
	probe   int32         // the one that finds out
	early   bool          // which is one that nothing was heard of
	retryAt time.Duration // when one may
	scanAt  time.Duration
	lonely  int // how many are alone
	claims  int // of how many a stream says that it is storing them
	copies  uint64
	acts    []Action
}

// New makes an empty window without a link.
func New(cfg Config) *Window { return &Window{cfg: cfg, head: none, tail: none, probe: none} }

// Count is how many messages are in it.
func (w *Window) Count() int { return w.count }

// Blocked says whether messages wait for their stream.
func (w *Window) Blocked() bool { return w.blocked }

// Room says whether one more of that size has room. An empty window has.
func (w *Window) Room(size int) bool {
	if w.count == 0 {
		return true
	}
	return (w.cfg.Limit <= 0 || w.count < w.cfg.Limit) && (w.cfg.LimitBytes <= 0 || w.bytes+size <= w.cfg.LimitBytes)
}

func (w *Window) take(acts []Action) []Action {
	acts = append(acts, w.acts...)
	w.acts = w.acts[:0]
	return acts
}

func (w *Window) token(i int32) Token { return Token(uint64(w.slots[i].gen)<<32 | uint64(uint32(i))) }

// find is the slot of a message that is in the window.
func (w *Window) find(t Token) (int32, bool) {
	i := t.Slot()
	if i >= len(w.slots) || w.slots[i].state == free || w.slots[i].gen != uint32(t>>32) {
		return 0, false
	}
	return int32(i), true
}

// Add takes a message in. With send it is to be published now, and Sent or Remove
// follows; else the window says when.
func (w *Window) Add(now time.Duration, m Message) (t Token, send bool) {
	var i int32
	if n := len(w.spare); n > 0 {
		i = w.spare[n-1]
		w.spare = w.spare[:n-1]
	} else {
		i = int32(len(w.slots))
		w.slots = append(w.slots, slot{})
	}
	s := &w.slots[i]
	*s = slot{Message: m, gen: s.gen + 1, prev: w.tail, next: none, state: held, added: now, since: now}
	if w.tail == none {
		w.head = i
	} else {
		w.slots[w.tail].next = i
	}
	w.tail = i
	w.count++
	w.bytes += m.Size
	if w.count == 1 {
		w.scanAt = now + scan
	}
	if w.blocked {
		return w.token(i), false
	}
	s.state = flying
	s.sent = now
	return w.token(i), true
}

// Sent says that a message was queued, with that number; 0 says that it went ahead of
// the queue.
func (w *Window) Sent(now time.Duration, t Token, number uint64) {
	if i, ok := w.find(t); ok {
		s := &w.slots[i]
		s.keep()
		s.number, s.sent, s.leaving, s.tried = number, now, false, false
		s.out++
		if w.copies++; s.order == 0 {
			s.order = w.copies
		}
		w.claimSent(s)
		if !s.sentOnce {
			s.sentOnce, s.first = true, now
		}
	}
}

// keep notes that the newest copy may be queued still, when there is another one.
func (s *slot) keep() {
	if s.number != 0 {
		s.older = append(s.older, s.number)
		s.number = 0
	}
}

// queued are the numbers of the copies that may be queued.
func (s *slot) queued() []uint64 {
	if s.number != 0 {
		return append(s.older[:len(s.older):len(s.older)], s.number)
	}
	return s.older
}

// waiting is how many copies may be queued.
func (s *slot) waiting() int {
	if s.number != 0 {
		return len(s.older) + 1
	}
	return len(s.older)
}

// ahead says whether a copy has gone out before those that are queued, and may be stored.
// Of two that seem to be queued the first may have.
func (s *slot) ahead() bool { return s.twice || s.out > s.waiting() || s.waiting() > 1 }

// stale says whether copies are queued that a stream might not know again, should it have
// stored one that went out before.
func (w *Window) stale(now time.Duration, s *slot) bool {
	return s.ID && now-s.first > w.cfg.Replay && s.waiting() > 0 && s.ahead()
}

// Withdrawn says that so many copies of a message, of those that were to be withdrawn, were
// queued and aren't sent. Where nobody knows then whether it is stored it ends; else it is
// sent again.
func (w *Window) Withdrawn(now time.Duration, t Token, n int, acts []Action) []Action {
	i, ok := w.find(t)
	if !ok || w.slots[i].state == lost {
		return acts
	}
	s := &w.slots[i]
	recalled := s.recalled
	s.recalled = false
	if n == 0 {
		s.tried = s.tried && !recalled // it goes out as it is
		return acts
	}
	s.out = max(s.out-n, 0)
	s.number, s.older = 0, nil
	if s.doubtful() {
		w.fail(now, i, Doubt)
		return w.take(acts)
	}
	s.state = held
	if !recalled { // else LinkUp has it sent
		w.block(now, 20*time.Millisecond)
	}
	if w.probe == i {
		w.probe = none
	}
	return acts
}

// Queued says that a message which was to be sent again is queued still, so that it wasn't.
// Number is the copy to ask about; 0: there is none.
func (w *Window) Queued(now time.Duration, t Token) {
	if i, ok := w.find(t); ok {
		w.slots[i].sent, w.slots[i].leaving = now, false
	}
}

// Number is that of the newest copy of a message, if that may be queued; else 0.
func (w *Window) Number(t Token) uint64 {
	if i, ok := w.find(t); ok {
		return w.slots[i].number
	}
	return 0
}

// Copies is how many copies of a message were sent, or queued, so far.
func (w *Window) Copies(t Token) uint32 {
	if i, ok := w.find(t); ok {
		return w.slots[i].copies
	}
	return 0
}

// Unsent says that a message which was to be sent again couldn't be queued. It is
// tried again soon.
func (w *Window) Unsent(now time.Duration, t Token) {
	if i, ok := w.find(t); ok {
		w.slots[i].state, w.slots[i].leaving = held, false
		w.block(now, 20*time.Millisecond)
		if w.probe == i {
			w.probe = none
		}
	}
}

// block keeps everything back for a while.
func (w *Window) block(now, wait time.Duration) {
	if !w.blocked || w.retryAt == 0 {
		w.retryAt = now + wait
	}
	w.blocked = true
}

// Unanswered is how many copies of a message were sent, or are queued, whose answers
// haven't come.
func (w *Window) Unanswered(t Token) int {
	if i, ok := w.find(t); ok {
		return w.slots[i].out
	}
	return 0
}

// waits says whether a message is to be sent as soon as a stream is back.
func (w *Window) waits(now time.Duration, s *slot) bool {
	return s.state == held || s.state == lost || s.state == refused && !s.alone || w.silent(now, s)
}

// silent says whether nothing was heard of a message although a newer one may have been
// refused: its stream may have taken it with it. With an id it goes out once more, so that
// nothing newer is stored before it.
func (w *Window) silent(now time.Duration, s *slot) bool {
	return s.state == flying && s.ID && !s.alone && now-max(s.sent, w.upAt) >= quiet
}

// Remove takes a message out without a word: it was acknowledged, or never left. It
// says whether it was there. The time matters only while the window is Blocked.
func (w *Window) Remove(now time.Duration, t Token, acts []Action) ([]Action, bool) {
	i, ok := w.find(t)
	if !ok {
		return acts, false
	}
	w.free(now, i, true)
	return w.take(acts), true
}

// free lets a slot go. good says that a stream took its message.
func (w *Window) free(now time.Duration, i int32, good bool) {
	s := &w.slots[i]
	if s.prev == none {
		w.head = s.next
	} else {
		w.slots[s.prev].next = s.next
	}
	if s.next == none {
		w.tail = s.prev
	} else {
		w.slots[s.next].prev = s.prev
	}
	if s.alone {
		w.lonely--
	}
	w.disclaim(s)
	// No copy may go out behind the end if the stream has another, or may have: it isn't
	// known any more how old that is.
	if s.ID && s.waiting() > 0 && (good && s.out > 1 || s.ahead()) {
		w.acts = append(w.acts, Action{Kind: Withdraw, Token: w.token(i), Numbers: s.queued()})
	}
	w.count--
	w.bytes -= s.Size
	s.state = free
	w.spare = append(w.spare, i)
	if w.probe == i {
		w.probe = none
		w.retryAt = now
		if good {
			w.answered(now)
			return
		}
	}
	w.unblock(now)
}

// answered says that a stream answered the message that was to find out.
func (w *Window) answered(now time.Duration) {
	if w.early {
		w.rewind(now)
	} else {
		w.release(now)
	}
}

// fail ends a message.
func (w *Window) fail(now time.Duration, i int32, why Reason) {
	s := &w.slots[i]
	w.acts = append(w.acts, Action{Kind: Fail, Token: w.token(i), Why: why, Doubt: s.doubtful(), InProcess: s.claim.stream != ""})
	w.free(now, i, false)
}

// doubtful says whether a copy may be stored.
func (s *slot) doubtful() bool { return s.out > 0 || s.leaving || s.twice }

// unblock ends the wait when nothing is left that waits for its stream.
func (w *Window) unblock(now time.Duration) {
	if !w.blocked || w.probe != none {
		return
	}
	for i := w.head; i != none; i = w.slots[i].next {
		if s := &w.slots[i]; s.state == refused && !s.alone {
			return
		}
	}
	w.release(now)
}

// release sends all that waited, in order.
func (w *Window) release(now time.Duration) {
	silent := w.blocked // else they have time until they are sent again
	w.blocked, w.retryAt = false, 0
	if !w.up {
		return
	}
	for i := w.head; i != none; {
		s := &w.slots[i]
		next := s.next
		if w.waits(now, s) && (silent || s.state != flying) {
			w.send(now, i)
		}
		i = next
	}
}

// rewind sends again those of which nothing was heard, up to the first that was refused
// or held back, which then finds out: some may be another stream's.
func (w *Window) rewind(now time.Duration) {
	for i := w.head; i != none; {
		s := &w.slots[i]
		next := s.next
		if w.silent(now, s) {
			w.send(now, i)
		} else if w.waits(now, s) {
			return
		}
		i = next
	}
}

// send has a message sent, unless a stream may have stored it and forgotten its id: then
// it ends.
func (w *Window) send(now time.Duration, i int32) (sent bool) {
	s := &w.slots[i]
	if s.out > 0 && now-s.first > w.cfg.Replay {
		why := Doubt
		if s.state == refused {
			why = NoStream
		}
		w.fail(now, i, why)
		return false
	}
	s.state, s.leaving = flying, true
	if s.sent = now; !s.sentOnce {
		s.since = now
	}
	w.acts = append(w.acts, Action{Kind: Send, Token: w.token(i)})
	return true
}

// Refused says that no stream answered for a copy of a message, or that one couldn't
// take it now.
func (w *Window) Refused(now time.Duration, t Token, acts []Action) []Action {
	i, ok := w.find(t)
	if !ok {
		return acts
	}
	s := &w.slots[i]
	s.out = max(s.out-1, 0)
	if s.state != flying {
		return acts // an earlier copy's answer
	}
	s.state = refused
	if s.out > 0 {
		s.keep() // it may be another one that was refused
	}
	s.number = 0
	if s.tries == 0 {
		s.refusedAt = now
	}
	s.tries++
	if w.probe == i {
		w.probe = none
		w.retryAt = now + s.Wait
	}
	if !s.asked {
		s.asked = true
		w.acts = append(w.acts, Action{Kind: Ask, Token: t})
	}
	switch {
	case s.Exactly && s.tries > s.Attempts, s.alone && s.tries > s.Attempts:
		w.fail(now, i, NoStream)
	case s.alone:
		s.again = now + s.Wait
	default:
		w.block(now, s.Wait)
	}
	return w.take(acts)
}

// Known is the answer to Ask.
func (w *Window) Known(now time.Duration, t Token, a Answer, acts []Action) []Action {
	i, ok := w.find(t)
	if !ok {
		return acts
	}
	s := &w.slots[i]
	switch a {
	case Unknown:
		s.asked = false // it may be asked again
	case Missing:
		if !s.alone {
			s.alone = true
			w.lonely++
		}
		if s.state == refused {
			s.again = s.refusedAt + time.Duration(s.tries)*s.Wait
			if s.tries > s.Attempts {
				w.fail(now, i, NoStream)
			}
		}
		if w.probe == i {
			w.probe = none
		}
		w.unblock(now)
	}
	return w.take(acts)
}

// FailAll ends everything.
func (w *Window) FailAll(now time.Duration, why Reason, acts []Action) []Action {
	up := w.up
	w.up, w.blocked = false, false // so that nothing is sent any more
	for w.head != none {
		w.fail(now, w.head, why)
	}
	w.up = up
	return w.take(acts)
}
