package pull

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
)

const (
	firstRetry = 50 * time.Millisecond
	quickRetry = 200 * time.Millisecond
	slowRetry  = 2 * time.Second
	// patience is how long a consumer that nobody answers for is asked quickly.
	patience = 30 * time.Second

	probeExpires   = 2 * time.Second
	probeHeartbeat = 400 * time.Millisecond

	// grace is how late a server's last word on a pull may be.
	grace = time.Second
	// fetchGrace is the same for the end of a fetch.
	fetchGrace = 100 * time.Millisecond
	// fresh is what was heard so lately that a new leader must have said it, if it was
	// about the newest pull.
	fresh = 250 * time.Millisecond
	// maxPulls bounds how many pulls are under way at once.
	maxPulls = 64
	// askAfter is how many troubles in a row make it ask whether the consumer exists,
	// and askEvery how many more make it ask again.
	askAfter, askEvery = 3, 8
	// warnAgain is how soon the same warning may come again.
	warnAgain = time.Second
)

// Machine is the state of one consumption. It isn't safe for concurrent use.
type Machine struct {
	cfg   Config
	acts  []Action
	pulls []pulled // in the order they were sent, which is the order they are served
	last  uint64   // id of the newest

	look   uint64        // id of the pull that looks whether the consumer is there; 0: none does
	looked time.Duration // when it was sent

	epoch uint64
	up    bool
	begun bool
	start time.Duration // of a fetch

	buffered, bufferedBytes int
	received                int

	since   time.Duration // the last word, or the first of the pulls under way
	heard   time.Duration // the last word, or the last alarm
	unsure  bool          // the next pull is a probe
	trouble Reason        // the last, until it is over
	times   int           // troubles in a row
	badFrom time.Duration // the first of them
	retryAt time.Duration // 0: nothing keeps it from pulling
	asking  bool

	warned   Reason
	warnedAt time.Duration

	pin                string
	capBatch, capBytes int
	capExpires         time.Duration
	stopped, over      bool
}

// pulled is a pull that is under way.
type pulled struct {
	id          uint64
	msgs, bytes int // that are still to come
	limited     bool
	whole       bool // nothing has come of it, and it has the whole window's bytes
	answered    bool // something has come of it
	heartbeat   time.Duration
	until       time.Duration // when the server has forgotten it for sure
}

// New makes a machine that waits for its first link.
func New(cfg Config) *Machine { return &Machine{cfg: cfg, pin: cfg.Pin} }

// Over says whether the machine has ended or was stopped.
func (m *Machine) Over() bool { return m.over || m.stopped }

// Received is how many messages came in.
func (m *Machine) Received() int { return m.received }

// Pending is how many messages are asked for and have not come.
func (m *Machine) Pending() int {
	n := 0
	for i := range m.pulls {
		n += m.pulls[i].msgs
	}
	return n
}

// Buffered is how many messages came and are not handled.
func (m *Machine) Buffered() int { return m.buffered }

// take hands over what is to be done.
func (m *Machine) take(acts []Action) []Action {
	acts = append(acts, m.acts...)
	m.acts = m.acts[:0]
	return acts
}

// Go begins to ask, where that was held back.
func (m *Machine) Go(now time.Duration, acts []Action) []Action {
	if m.cfg.Held {
		m.cfg.Held = false
		m.refill(now)
	}
	return m.take(acts)
}

// LinkUp says that a link is there. The pulls of an earlier one are void. One that has
// ended or was stopped takes note of it, for Renew.
func (m *Machine) LinkUp(now time.Duration, epoch uint64, acts []Action) []Action {
	if epoch <= m.epoch {
		return acts
	}
	m.begin(now)
	m.unsure = m.epoch > 0
	m.epoch, m.up = epoch, true
	m.pulls, m.look = m.pulls[:0], 0
	m.calm(now)
	m.refill(now)
	return m.take(acts)
}

// LinkDown says that the link of that epoch is gone.
func (m *Machine) LinkDown(epoch uint64) {
	if epoch < m.epoch {
		return
	}
	m.epoch = epoch
	m.up = false
	m.pulls = m.pulls[:0]
}

// begin starts a fetch's time.
func (m *Machine) begin(now time.Duration) {
	if !m.begun {
		m.begun, m.start = true, now
	}
}

// calm forgets the troubles of a link that is gone.
func (m *Machine) calm(now time.Duration) {
	m.retryAt, m.times = 0, 0
	m.since, m.heard = now, now
}

// Leader says that the consumer has a new leader, which knows nothing of pulls that
// were sent to the old one.
func (m *Machine) Leader(now time.Duration, acts []Action) []Action {
	if !m.up || m.Over() || now-m.heard < fresh && !m.unsure && m.known() {
		return acts
	}
	m.pulls, m.look = m.pulls[:0], 0
	m.unsure = true
	heard := m.heard
	m.calm(now)
	m.heard = heard
	m.refill(now)
	return m.take(acts)
}

// known says that the consumer knows of the newest pull. One that was sent while the
// leader changed may have reached nobody.
func (m *Machine) known() bool {
	n := len(m.pulls)
	return n == 0 || m.pulls[n-1].answered
}

// Message says that a message came, of that size, and with a pin if the consumer has
// pinned this client.
func (m *Machine) Message(now time.Duration, size int, pin string, acts []Action) []Action {
	m.word(now)
	m.settle()
	if pin != "" {
		m.pin = pin
	}
	m.received++
	m.buffered++
	m.bufferedBytes += size
	for i := range m.pulls {
		p := &m.pulls[i]
		p.whole, p.answered = false, true
		p.msgs--
		if p.limited {
			p.bytes -= size
		}
		if p.msgs <= 0 || p.limited && p.bytes <= 0 {
			m.drop(i)
		}
		break
	}
	if m.cfg.Total > 0 && m.received >= m.cfg.Total || m.cfg.Once && m.cfg.Bytes > 0 && m.bufferedBytes >= m.cfg.Bytes {
		m.end(Done, api.Info{})
	}
	return m.take(acts)
}

// Handled says that the program is done with n messages of so many bytes.
func (m *Machine) Handled(now time.Duration, n, bytes int, acts []Action) []Action {
	m.buffered -= n
	m.bufferedBytes -= bytes
	m.refill(now)
	return m.take(acts)
}

// Stop ends it without a word: no pull follows.
func (m *Machine) Stop() { m.stopped = true }

// Renew begins anew, behind Stop or an end, with another consumer in place of the one
// that it was: what was asked of that one is void. Whether the new one is still there
// when it is asked isn't known.
func (m *Machine) Renew(now time.Duration, acts []Action) []Action {
	m.stopped, m.over, m.asking = false, false, false
	m.pulls, m.look = m.pulls[:0], 0
	m.settle()
	m.unsure = true
	m.calm(now)
	m.refill(now)
	return m.take(acts)
}

// Waits says whether that pull is under way.
func (m *Machine) Waits(id uint64) bool { return m.find(id) >= 0 }

// Asked is the answer to Ask.
func (m *Machine) Asked(now time.Duration, a Answer, acts []Action) []Action {
	m.asking = false
	if a == Missing && m.trouble != None {
		m.end(Deleted, api.Info{})
	}
	return m.take(acts)
}

// word notes that the server has something to say for the consumer.
func (m *Machine) word(now time.Duration) { m.since, m.heard = now, now }

// settle says that all is well.
func (m *Machine) settle() {
	m.unsure, m.trouble, m.times = false, None, 0
}

func (m *Machine) drop(i int) { m.pulls = append(m.pulls[:i], m.pulls[i+1:]...) }

func (m *Machine) end(why Reason, info api.Info) {
	if m.over {
		return
	}
	m.over = true
	m.pulls = m.pulls[:0]
	a := Action{Kind: End, Why: why, Info: info}
	if why == Timeout {
		if a.Trouble = m.trouble; a.Trouble == None {
			a.Why = Done
		}
	}
	m.acts = append(m.acts, a)
}

func (m *Machine) warn(now time.Duration, why Reason, info api.Info) {
	if m.cfg.Once || m.warned == why && now-m.warnedAt < warnAgain {
		return
	}
	m.warned, m.warnedAt = why, now
	m.acts = append(m.acts, Action{Kind: Warn, Why: why, Info: info})
}
