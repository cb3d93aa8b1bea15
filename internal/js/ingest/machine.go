package ingest

import "time"

type state uint8

const (
	idle     state = iota // no batch
	starting              // its first message was sent, and isn't answered yet
	open                  // it takes messages
	probing               // something was lost, or may be: the server is asked where it is
	ending                // its end was sent
	waiting               // a batch ended too early: the next one begins at a time
	failed
)

// stuck is how many batches in a row may end without having stored a message.
const stuck = 10

// Machine is one sequence of messages. It isn't safe for concurrent use.
type Machine struct {
	cfg   Config
	state state
	up    bool

	last   uint64 // the number of the newest message
	stored uint64 // the messages up to this one are
	plain  uint64 // the newest message without an id
	flush  bool   // somebody wants all stored

	// The batch.
	batch   uint64
	base    uint64 // the number of the message before its first
	sent    uint64 // its newest message that was sent
	flow    uint64
	ended   bool   // its end was sent
	left    uint64 // of those that were sent, what left with a link that was lost
	cut     bool   // what may have been lost on this side of the server: with a link, or unsent
	refused uint64 // a message of it that the server has something against; 0: none
	vain    int    // batches in a row that stored nothing

	risk  uint64        // the messages up to this one may be stored without a word
	since time.Duration // when the first of these went out

	heard    time.Duration // when something was last heard, or begun to be waited for
	progress time.Duration // when messages were last known to be stored, or the first behind them sent
	probed   time.Duration // when it was last asked
	retryAt  time.Duration
	why      Reason // what a lack of patience means
}

// New makes a machine without a link.
func New(cfg Config) *Machine { return &Machine{cfg: cfg} }

// Stored is how many messages are known to be stored: the first so many.
func (m *Machine) Stored() uint64 { return m.stored }

// Last is the number of the newest message.
func (m *Machine) Last() uint64 { return m.last }

// Batch is the number of the batch; what is heard of another one is of no concern.
func (m *Machine) Batch() uint64 { return m.batch }

// Up says whether there is a link.
func (m *Machine) Up() bool { return m.up }

// Refusal is the message of the batch that was refused, by its number among all; 0: none.
func (m *Machine) Refusal() uint64 {
	if m.refused == 0 {
		return 0
	}
	return m.base + m.refused
}

// Idle says that nothing is under way: no batch is open, and all messages are stored.
func (m *Machine) Idle() bool { return m.state == idle }

// Room says whether a message may be added now.
func (m *Machine) Room() bool {
	switch {
	case m.flush || !m.up:
		return false
	case m.state == idle:
		return true
	}
	return m.state == open && m.base+m.sent == m.last && m.fits()
}

// Quiet says that everything that was sent is stored: only then, and when nothing is under
// way, does Add need the time.
func (m *Machine) Quiet() bool { return m.state == idle || m.base+m.sent == m.stored }

// Sent is the number of the batch's newest message that was sent.
func (m *Machine) Sent() uint64 { return m.base + m.sent }

// Base is the number of the message before the batch's first.
func (m *Machine) Base() uint64 { return m.base }

// fits says whether the server's pace allows one more message.
func (m *Machine) fits() bool {
	return m.base+m.sent-m.stored < m.flow*uint64(m.cfg.Outstanding)
}

// Add takes a message in, for which there is room, and says how it is to be sent. id says
// that it has one.
func (m *Machine) Add(now time.Duration, id bool) Action {
	m.last++
	if !id {
		m.plain = m.last
	}
	if m.state == idle {
		m.heard = now
		m.begin()
	}
	return m.next(now)
}

// Withdraw takes the newest message back, which couldn't be sent.
func (m *Machine) Withdraw() {
	m.last--
	m.sent--
	m.plain = min(m.plain, m.last)
	if m.sent == 0 {
		m.state = idle
	}
}

// Unsent says that message seq of the batch couldn't be sent again, and none behind it
// was. That is tried anew.
func (m *Machine) Unsent(now time.Duration, seq uint64) {
	m.cut = true
	m.sent = min(m.sent, seq-1)
	if m.sent == 0 {
		m.state, m.retryAt = waiting, now+m.cfg.Retry
		return
	}
	m.probe(now)
}

// begin opens a batch behind what is stored.
func (m *Machine) begin() {
	m.batch++
	m.base, m.sent, m.left, m.flow, m.ended, m.refused, m.cut = m.stored, 0, 0, 1, false, 0, false
	m.state, m.why = starting, NoStream
}

// next sends the next message of the batch.
func (m *Machine) next(now time.Duration) Action {
	if m.base+m.sent == m.stored {
		m.progress = now // nothing was waited for
	}
	m.sent++
	op := Append
	if m.sent == 1 {
		op = Start
	}
	return Action{Kind: Send, Op: op, Batch: m.batch, Seq: m.sent, N: m.base + m.sent}
}

func (m *Machine) say(op Op, seq uint64) Action {
	return Action{Kind: Say, Op: op, Batch: m.batch, Seq: seq, N: m.base + 1}
}

// Flush has all messages stored, which ends the batch; Done or Fail says when.
func (m *Machine) Flush(now time.Duration, acts []Action) []Action {
	m.flush = true
	return m.more(now, acts)
}

// more does what is to be done next: further messages, the end.
func (m *Machine) more(now time.Duration, acts []Action) []Action {
	if m.state == idle && m.flush {
		m.flush = false
		return append(acts, Action{Kind: Done})
	}
	if m.state != open || !m.up {
		return acts
	}
	for m.base+m.sent < m.last && m.fits() {
		if m.forgotten(now) {
			return m.fail(Forgot, true, acts)
		}
		acts = append(acts, m.next(now))
	}
	if m.base+m.sent == m.last && (m.flush || m.ended) {
		return m.end(now, acts)
	}
	return acts
}

// end ends the batch.
func (m *Machine) end(now time.Duration, acts []Action) []Action {
	m.state, m.ended = ending, true
	m.heard = max(m.heard, now)
	m.probed = now
	return append(acts, m.say(End, m.sent+1))
}

// Ack says that the server has the batch up to seq, and wants to acknowledge every flow
// messages.
func (m *Machine) Ack(now time.Duration, batch, seq, flow uint64, acts []Action) []Action {
	if batch != m.batch || m.state == idle || m.state == waiting || m.state == failed {
		return acts
	}
	m.heard = now
	m.flow = max(flow, 1)
	m.store(now, m.base+min(seq, m.sent))
	switch m.state {
	case starting:
		m.state, m.why = open, Silent
	case probing:
		if !m.up || m.refused != 0 {
			return acts
		}
		m.state, m.why = open, Silent // and if it had been ended, that got lost
		m.cut = false                 // the server has all that left
	}
	return m.more(now, acts)
}

func (m *Machine) store(now time.Duration, n uint64) {
	if n > m.stored {
		m.stored, m.progress = n, now
		m.vain = 0
	}
}

// Gap says that the server missed messages of the batch. It says next where that ended.
func (m *Machine) Gap(now time.Duration, batch uint64, acts []Action) []Action {
	if batch == m.batch && (m.state == open || m.state == ending) {
		m.heard = now
		m.probe(now)
	}
	return acts
}

// Dropped says that messages of the batch that were queued won't be sent.
func (m *Machine) Dropped(now time.Duration, acts []Action) []Action {
	m.cut = true
	if m.state == starting && m.sent == 1 {
		return m.Nobody(now, m.batch, acts)
	}
	return m.Gap(now, m.batch, acts)
}

// probe has the server asked, before long.
func (m *Machine) probe(now time.Duration) {
	m.state = probing
	m.retryAt = now + m.cfg.Retry
}

// Final says that the batch has ended with count messages, which are stored.
func (m *Machine) Final(now time.Duration, batch, count uint64, acts []Action) []Action {
	if batch != m.batch || m.state == idle || m.state == waiting || m.state == failed {
		return acts
	}
	m.heard = now
	m.vain++
	m.store(now, m.base+min(count, m.sent))
	if m.refused != 0 && m.refused == count+1 {
		return m.fail(Refused, false, acts)
	}
	if !m.cut && m.plain > m.stored && m.base+m.sent > m.stored {
		// Nothing was lost on the way there, so it was among the servers: a leader that
		// stepped down counts what it had stored, and what it had passed on may be, too.
		return m.fail(Forgot, true, acts)
	}
	return m.anew(now, acts)
}

// anew goes on in another batch, if there is something to go on with.
func (m *Machine) anew(now time.Duration, acts []Action) []Action {
	m.refused, m.heard = 0, now
	if m.stored == m.last {
		m.state, m.vain = idle, 0
		return m.more(now, acts)
	}
	if m.vain >= stuck {
		return m.fail(Stuck, false, acts)
	}
	m.state = waiting
	m.retryAt = now
	if m.vain > 1 {
		m.retryAt = now + m.cfg.Retry
	}
	return m.again(now, acts)
}

// again begins the next batch when it is due.
func (m *Machine) again(now time.Duration, acts []Action) []Action {
	if m.state != waiting || !m.up || now < m.retryAt {
		return acts
	}
	if m.forgotten(now) {
		return m.fail(Forgot, true, acts)
	}
	m.begin()
	return append(acts, m.next(now))
}

// forgotten says whether the next message may be stored, and the stream not know it again.
func (m *Machine) forgotten(now time.Duration) bool {
	next := m.stored
	if m.state == open {
		next = m.base + m.sent
	}
	return next < m.risk && now-m.since >= m.cfg.Replay
}

// Objection says that the server has something against message seq of the batch: it ends
// before that.
func (m *Machine) Objection(now time.Duration, batch, seq uint64, acts []Action) []Action {
	if batch != m.batch || seq == 0 || seq > m.sent {
		return acts
	}
	switch m.state {
	case starting:
		if seq == 1 {
			m.refused = 1
			return m.fail(Refused, false, acts)
		}
	case open, ending, probing:
		m.heard = now
		if m.refused == 0 || seq < m.refused {
			m.refused = seq
		}
		m.probe(now)
	}
	return acts
}

// Unknown says that the server, asked for the batch, doesn't know it.
func (m *Machine) Unknown(now time.Duration, batch uint64, acts []Action) []Action {
	if batch != m.batch || m.state == idle || m.state == waiting || m.state == failed {
		return acts
	}
	m.heard = now
	if m.refused == 1 {
		return m.fail(Refused, false, acts)
	}
	if m.stored == m.base+m.sent {
		return m.anew(now, acts) // all of it had been acknowledged
	}
	if m.risk <= m.stored {
		m.since = m.progress
	}
	if m.plain <= m.stored && now-m.since < m.cfg.Replay {
		// The stream knows the messages again, should it have them.
		m.risk = max(m.risk, m.base+m.sent)
		m.vain++
		return m.anew(now, acts)
	}
	return m.fail(Forgot, true, acts)
}

// Nobody says that there was nobody for what was sent: a message of the batch, or a
// question.
func (m *Machine) Nobody(now time.Duration, batch uint64, acts []Action) []Action {
	if batch != m.batch {
		return acts
	}
	switch m.state {
	case starting:
		// It isn't stored, for sure.
		m.sent = 0
		m.state, m.retryAt = waiting, now+m.cfg.Retry
		if now-m.heard >= m.cfg.Patience {
			return m.fail(NoStream, false, acts)
		}
		m.why = NoStream
	case open, ending:
		m.probe(now)
		m.why = NoStream
	case probing:
		m.retryAt = min(m.retryAt, now+m.cfg.Retry)
		m.why = NoStream
	}
	return acts
}

// LinkDown says that the link is gone. Of the batch's messages those up to left went out
// on it or an earlier one, the others are queued.
func (m *Machine) LinkDown(now time.Duration, left uint64) {
	m.up = false
	m.left = min(left, m.sent)
	if m.state == starting && m.left == 0 {
		return // it goes out on the next one
	}
	m.cut = true
	switch m.state {
	case starting:
		m.probe(now)
	case open, ending:
		m.probe(now)
	}
}

// LinkUp says that there is a link. What it wants said goes out before what is queued.
func (m *Machine) LinkUp(now time.Duration, acts []Action) []Action {
	m.up = true
	m.heard = now // there was nobody to hear
	switch m.state {
	case probing:
		m.retryAt = now + m.cfg.Probe
		return append(acts, m.say(Ping, m.left))
	case waiting:
		m.retryAt = now // behind what is queued
		return acts
	case starting:
		if m.forgotten(now) { // what is queued would be stored, perhaps again
			return m.fail(Forgot, true, acts)
		}
	}
	return m.more(now, acts)
}

// Close ends it, and says whether messages may be stored of which that isn't known.
func (m *Machine) Close() (doubt bool) {
	doubt = m.doubtful()
	m.state = failed
	return doubt
}

// fail ends it.
func (m *Machine) fail(why Reason, doubt bool, acts []Action) []Action {
	m.state = failed
	return append(acts, Action{Kind: Fail, Why: why, Doubt: doubt, Batch: m.batch})
}
