package object

import "time"

// Config says how long to wait for what. Times are durations since the zero of the
// caller's clock.
type Config struct {
	// Window bounds the bytes of chunks that aren't freed.
	Window int
	// Patience ends an upload that makes no progress for so long; 0: never.
	Patience time.Duration
	// Resend is after which silence a chunk is sent again on the same link.
	Resend time.Duration
	// Wait is how long nothing is sent after a refusal, doubled with each further one
	// up to MaxWait. Chance gives a random number below n, for jitter.
	Wait, MaxWait time.Duration
	Chance        func(n int64) int64
}

// Kind is what an action does.
type Kind uint8

// What the machine wants done.
const (
	Send   Kind = iota // publish the chunk under its id, then call Sent or Unsent
	Delete             // remove the message Seq from the stream, then call Gone
	Free               // the chunk is stored in its place: its bytes aren't needed any more
	Abort              // it can't be done
)

// Reason is why an upload is given up.
type Reason uint8

// Reasons.
const (
	Timeout   Reason = iota + 1 // no progress for Patience
	Confusion                   // the stream can't be brought to have all chunks in order
)

// ID names one attempt to store a chunk: the stream stores it once.
type ID struct {
	Index   int // from 0
	Attempt uint32
}

// Action is one thing to do.
type Action struct {
	Kind Kind
	ID   ID
	Seq  uint64
	Why  Reason
}

type state uint8

const (
	held    state = iota // to be sent
	flying               // on its way, or queued to be
	lost                 // to be sent again on the next link
	refused              // the stream didn't take it
	stored
)

type chunk struct {
	size   int
	state  state
	again  bool   // it was sent more than once under its id
	number uint64 // in the outbound order; 0: ahead of it
	seq    uint64
	sent   time.Duration
	said   time.Duration // when the stream first said that it is just storing it; 0: it didn't
}

// Upload is the machine. It isn't safe for concurrent use.
type Upload struct {
	cfg     Config
	chunks  []chunk // from base on
	base    int
	bytes   int
	attempt uint32
	last    uint64 // where in the stream the last freed chunk is

	up       bool
	upAt     time.Duration
	blocked  bool // something is out of order: nothing new until that is settled
	probing  bool // one chunk finds out whether the stream takes them again
	deleting int
	retryAt  time.Duration
	wait     time.Duration
	progress time.Duration
	odd      bool // something else than one acknowledgement for each chunk happened
	stuck    bool // the stream holds ids of chunks that it doesn't store
	over     bool
	repairs  int

	removed map[uint64]bool // messages that were taken out
	places  []uint64        // where the chunks before base are
	acts    []Action
}

// maxChunks bounds how many small chunks are under way.
const maxChunks = 512

// maxRepairs bounds how often misplaced chunks are taken out.
const maxRepairs = 100

// NewUpload makes one without a link.
func NewUpload(cfg Config) *Upload {
	return &Upload{cfg: cfg, removed: make(map[uint64]bool)}
}

// Room says whether a chunk of that size may be added. The first always may.
func (u *Upload) Room(size int) bool {
	return len(u.chunks) == 0 || u.bytes+size <= u.cfg.Window && len(u.chunks) < maxChunks
}

// Held is how many chunks aren't freed.
func (u *Upload) Held() int { return len(u.chunks) }

// Verify says whether the stream must be asked which chunks it has, before the object
// may be announced.
func (u *Upload) Verify() bool { return u.odd }

// Strays are those of the messages there, in order, that aren't a chunk in its place: a
// stream with a new leader may store what an old one had already, and say so of one
// copy alone. whole says that all chunks are among them.
func (u *Upload) Strays(there []uint64) (strays []uint64, whole bool) {
	i := 0
	for _, seq := range there {
		if i < len(u.places) && u.places[i] == seq {
			i++
			continue
		}
		strays = append(strays, seq)
	}
	return strays, i == len(u.places)
}

func (u *Upload) take(acts []Action) []Action {
	acts = append(acts, u.acts...)
	u.acts = u.acts[:0]
	return acts
}

func (u *Upload) id(i int) ID { return ID{u.base + i, u.attempt} }

func (u *Upload) find(index int) *chunk {
	if i := index - u.base; i >= 0 && i < len(u.chunks) {
		return &u.chunks[i]
	}
	return nil
}

// Add takes the next chunk in.
func (u *Upload) Add(now time.Duration, size int, acts []Action) []Action {
	if len(u.chunks) == 0 {
		u.progress = now
	}
	u.chunks = append(u.chunks, chunk{size: size})
	u.bytes += size
	u.sendHeld(now)
	return u.take(acts)
}

// sendHeld sends what waits, in order.
func (u *Upload) sendHeld(now time.Duration) {
	if !u.up || u.blocked || u.over || now < u.retryAt {
		return
	}
	u.sendLost(now)
	for i := range u.chunks {
		if u.chunks[i].state == held {
			u.send(now, i)
		}
	}
}

func (u *Upload) send(now time.Duration, i int) {
	c := &u.chunks[i]
	c.again = c.again || c.state != held
	c.state, c.sent = flying, now
	u.acts = append(u.acts, Action{Kind: Send, ID: u.id(i)})
}

// Sent says that a chunk was queued, with that number; 0 says that it went ahead of the
// queue.
func (u *Upload) Sent(index int, number uint64) {
	if c := u.find(index); c != nil {
		c.number = number
	}
}

// Unsent says that a chunk, and with it all behind it that were to be sent, couldn't be
// queued. They are tried again soon.
func (u *Upload) Unsent(now time.Duration, index int) {
	if c := u.find(index); c != nil && c.state == flying {
		c.state = held
		if c.again { // it may be there
			c.state = lost
		}
		u.retryAt = max(u.retryAt, now+10*time.Millisecond)
		if u.blocked {
			u.probing = false
		}
	}
}

// Acked says that the stream has a chunk, as that message. It needn't be a new one.
func (u *Upload) Acked(now time.Duration, id ID, seq uint64, acts []Action) []Action {
	c := u.find(id.Index)
	switch {
	case u.over:
		if c != nil && id.Attempt == u.attempt {
			c.state = stored
		}
		return acts
	case c == nil || id.Attempt != u.attempt || c.state == stored:
		u.surprise(c, id, seq)
	default:
		// One that was refused too: it was sent twice, and this was the other.
		c.state, c.seq = stored, seq
		u.settle(now)
	}
	return u.take(acts)
}

// surprise is an acknowledgement that nobody waits for: of a chunk that was sent twice,
// or of an attempt that was given up. A message that isn't known must go.
func (u *Upload) surprise(c *chunk, id ID, seq uint64) {
	switch ago := u.base - id.Index; {
	case ago < 0 && c == nil, u.removed[seq], c != nil && c.state == stored && c.seq == seq:
		return
	case ago > 0 && u.places[id.Index] == seq:
		return
	}
	u.odd = true
	u.remove(seq)
}

func (u *Upload) remove(seq uint64) {
	u.removed[seq] = true
	u.deleting++
	u.acts = append(u.acts, Action{Kind: Delete, Seq: seq})
}

// Refused says that the stream didn't take a chunk, and may take it later.
func (u *Upload) Refused(now time.Duration, id ID, acts []Action) []Action {
	c := u.find(id.Index)
	if c == nil || id.Attempt != u.attempt || c.state != flying {
		return acts
	}
	c.state = refused
	if u.over {
		return acts
	}
	u.block(now)
	u.settle(now)
	return u.take(acts)
}

// UnderWay says that the stream refuses a copy of a chunk since it is just storing another.
// It will say when it has that, or the silence will; but a server that lost its lead and has it
// again may say so for ever of what it lost meanwhile. Such a chunk is sent under another id,
// and what is stored after all is taken out.
func (u *Upload) UnderWay(now time.Duration, id ID, acts []Action) []Action {
	c := u.find(id.Index)
	switch {
	case c == nil || id.Attempt != u.attempt || c.state != flying || u.over:
		return acts
	case c.said == 0:
		c.said = max(now, 1)
		return acts
	case now-c.said < u.cfg.Resend/2:
		return acts
	}
	u.stuck = true
	return u.Refused(now, id, acts)
}

func (u *Upload) block(now time.Duration) {
	u.odd = true
	if !u.blocked || u.probing {
		u.wait = min(max(2*u.wait, u.cfg.Wait), u.cfg.MaxWait)
		u.retryAt = now + u.wait
		if u.cfg.Chance != nil && u.wait > 4 {
			u.retryAt -= time.Duration(u.cfg.Chance(int64(u.wait) / 4))
		}
	}
	u.blocked, u.probing = true, false
}

// GaveUp says that queued chunks with these numbers aren't sent. They are sent again
// soon.
func (u *Upload) GaveUp(now time.Duration, first, last uint64) {
	for i := range u.chunks {
		if c := &u.chunks[i]; c.state == flying && c.number != 0 && c.number >= first && c.number <= last {
			c.state, c.number = lost, 0
			u.odd = true
			u.retryAt = max(u.retryAt, now+10*time.Millisecond)
		}
	}
}

// Gone says that a message isn't in the stream any more.
func (u *Upload) Gone(now time.Duration, acts []Action) []Action {
	u.deleting--
	u.progress = now
	u.settle(now)
	return u.take(acts)
}

// Deleting is how many messages are still to be removed.
func (u *Upload) Deleting() int { return u.deleting }

// Stop ends it: nothing is sent any more.
func (u *Upload) Stop() { u.over = true }

// Flying is how many chunks are on their way, or queued to be.
func (u *Upload) Flying() (n int) {
	for i := range u.chunks {
		if u.chunks[i].state == flying {
			n++
		}
	}
	return n
}

func (u *Upload) abort(why Reason) {
	if !u.over {
		u.over = true
		u.acts = append(u.acts, Action{Kind: Abort, Why: why})
	}
}
