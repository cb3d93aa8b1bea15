package nats

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/overlap"
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/wire"
)

// mover takes a connection from one link to another by the steps of package overlap,
// whose numbers it names. The driver begins and ends it; one goroutine of its own waits
// for what has to be awaited.
type mover struct {
	nc        *Conn
	old, next *link
	id        string // what the subjects of the probes begin with
	side      *send.Side
	probes    chan string

	refused  chan struct{} // a server doesn't let the probes pass
	deny     sync.Once
	switched atomic.Bool   // next is written to, and answers for that
	over     chan struct{} // the move was given up, or next is in use
	goOn     chan struct{} // the machine has switched
	gone     chan struct{} // old has ended before that was through
	done     chan struct{} // nothing is left of it: another one may begin

	// Owned by the driver.
	subs    *receive.Move[Msg, Header, Subscription] // nil until it has begun
	isOver  bool
	isGone  bool
	isClean bool // guarded by its being set before HandOver is posted
}

// Bounds of the steps. The machine has its own for the whole.
const (
	answerWithin = 2 * time.Second
	probeWithin  = 2 * time.Second
	probeEvery   = 3 * time.Millisecond
	holdWithin   = time.Second
	leaveWithin  = time.Second
)

var (
	errUnproven = errors.New("nats: the server isn't joined to the one that is left, or is too slow to take over from it")
	errTooMany  = errors.New("nats: more messages came in than can be compared during a migration")
	errGivenUp  = errors.New("nats: the migration was given up")
	errNotNow   = errors.New("nats: subscriptions are suspect or the old link has ended; no migration is possible now")
)

// prepare begins the move to a link, or has it wait for the end of the one before. The
// driver calls it.
func (nc *Conn) prepare(l *link) {
	m := &mover{
		nc: nc, old: nc.session.Current(), next: l, id: nc.NewInbox(), probes: make(chan string, 64),
		refused: make(chan struct{}), over: make(chan struct{}), goOn: make(chan struct{}),
		gone: make(chan struct{}), done: make(chan struct{}),
	}
	m.side = send.NewSide(outgoing{l}, func(err error) { l.Lost(l.Ended(phaseWrite, err)) })
	before := nc.mover
	nc.mover = m
	if before == nil {
		m.begin()
		return
	}
	go func() {
		select {
		case <-before.done:
			nc.session.Post(m.begin)
		case <-m.over:
		}
	}()
}

// begin is step 1. The driver calls it.
func (m *mover) begin() {
	nc := m.nc
	if m.isOver {
		return
	}
	nc.moving.Store(m)
	m.subs = nc.subs.BeginMove(reading{m.old, nc}, reading{m.next, nc}, receive.MoveConfig{
		Probes: m.id, Probed: m.probed, Beside: m.side.Write,
	})
	if m.subs == nil {
		nc.moving.Store(nil)
		nc.session.NotReady(m.next, errNotNow)
		return
	}
	go m.run()
}

func (m *mover) probed(subject string) {
	select {
	case m.probes <- subject:
	default: // nobody waits for so many
	}
}

// run waits for what the steps wait for.
func (m *mover) run() {
	s := &m.nc.session
	if err := m.overlap(); err != nil {
		s.NotReady(m.next, err)
		return
	}
	s.Ready(m.next)
	select {
	case <-m.over:
		return
	case <-m.goOn:
	}
	m.isClean = m.hold()
	s.HandOver(m.next)
}

// overlap is steps 2 to 5.
func (m *mover) overlap() error {
	nc := m.nc
	// The reader of the old link has begun to compare when it has brought this.
	if err := m.fenceOld(); err != nil {
		return err
	}
	m.subs.Subscribe()
	pong := m.side.Fence([]byte(wire.PingLine))
	if err := m.await(pong, answerWithin); err != nil {
		return err
	}
	toNext := wire.AppendPub(nil, m.id+".n.0", "", nil, nil)
	a, err := m.probe(func() { nc.out.Beside(probeFrame(toNext)) }, m.id+".n.0")
	if err != nil {
		return err
	}
	toOld := wire.AppendPub(nil, m.id+".o", "", nil, nil)
	b, err := m.probe(func() { m.side.Write(toOld) }, m.id+".o")
	if err != nil {
		return err
	}
	took := max(a, b)
	skew := overlap.Skew(took)
	m.subs.SetSkew(skew)
	if err := m.pause(overlap.Settle(took)); err != nil {
		return err
	}
	if m.subs.LeaveQueues() {
		if err := m.fenceOld(); err != nil {
			return err
		}
		if err := m.pause(skew); err != nil {
			return err
		}
	}
	// What was subscribed to just now isn't known everywhere yet.
	for range 8 {
		d := skew/2 - m.subs.LastMade()
		if d <= 0 {
			break
		}
		if err := m.pause(d); err != nil {
			return err
		}
	}
	if m.subs.GivenUp() {
		return errTooMany
	}
	return nil
}

// probeFrame is a message that the send side doesn't count.
func probeFrame(pub []byte) []byte {
	return append([]byte("pub"), pub[len("PUB"):]...)
}

func (m *mover) fenceOld() error {
	w, err := m.nc.out.Fence()
	if err != nil {
		return ofSend(err)
	}
	defer m.nc.out.Forget(w)
	t := time.NewTimer(answerWithin)
	defer t.Stop()
	select {
	case err := <-w.Done():
		return ofSend(err)
	case <-m.over:
		return errGivenUp
	case <-t.C:
		return errUnproven
	}
}

func (m *mover) await(done <-chan struct{}, within time.Duration) error {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-done:
		return nil
	case <-m.over:
		return errGivenUp
	case <-t.C:
		return errUnproven
	}
}

func (m *mover) pause(d time.Duration) error {
	if err := m.await(nil, d); err == errGivenUp {
		return err
	}
	return nil
}

// probe sends until what it sends comes in, and says how long that took.
func (m *mover) probe(send func(), want string) (took time.Duration, err error) {
	begin := time.Now()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		send()
		for again := true; again; {
			select {
			case got := <-m.probes:
				if got == want {
					return time.Since(begin), nil
				}
			case <-m.refused:
				return overlap.NoProbe, nil
			case <-m.over:
				return 0, errGivenUp
			case <-tick.C:
				again = false
			}
		}
		if time.Since(begin) > probeWithin {
			return 0, errUnproven
		}
	}
}

// hold is step 6, up to the moment when the new link may be written to. It says whether
// the old one has answered for everything.
func (m *mover) hold() (clean bool) {
	begin := time.Now()
	limit := time.NewTimer(holdWithin)
	defer limit.Stop()
	want := m.id + ".n.1"
	frame := probeFrame(wire.AppendPub(nil, want, "", nil, nil))
	held := m.nc.out.Hold(frame)
	for held == nil {
		select {
		case <-time.After(time.Millisecond):
			held = m.nc.out.Hold(frame)
		case <-m.over:
			return false
		case <-m.gone:
			return false
		case <-limit.C:
			return false
		}
	}
	refused := m.refused
	seen := false
	select {
	case <-refused:
		seen = true
	default:
	}
	for held != nil || !seen {
		select {
		case <-held:
			held = nil
		case got := <-m.probes:
			seen = seen || got == want
		case <-refused:
			refused, seen = nil, true
		case <-m.over:
			return false
		case <-m.gone:
			return false
		case <-limit.C:
			return false
		}
	}
	return m.pause(overlap.Margin(time.Since(begin))) == nil
}

// pong takes in an answer that isn't the send side's.
func (m *mover) pong(l *link) (asked, taken bool) {
	switch {
	case l == m.next && !m.switched.Load():
		return m.side.Pong(), true
	case l == m.old && m.switched.Load():
		return true, true // of a link that is left nothing is awaited
	}
	return false, false
}

// ping answers a PING, unless the send side does.
func (m *mover) ping(l *link) (taken bool) {
	switch {
	case l == m.next && !m.switched.Load():
		m.side.Write([]byte(wire.PongLine))
		return true
	case l == m.old && m.switched.Load():
		return true
	}
	return false
}

// refuses takes in an -ERR about the probes.
func (m *mover) refuses(text string) bool {
	if !strings.Contains(text, m.id) {
		return false
	}
	m.deny.Do(func() { close(m.refused) })
	return true
}

// handOver puts the new link to use in the place of the old one, when that has answered
// for everything: steps 6 and 7. The driver calls it.
func (m *mover) handOver() (done, again bool) {
	if !m.isClean && m.isGone {
		return false, false
	}
	if !m.side.Close() {
		return false, true
	}
	m.switched.Store(true)
	done = m.subs.Cut(!m.isClean, func() (ok bool) {
		ok, again = m.nc.out.Switch(outgoing{m.next}, send.Prefix{Frames: m.side.Rest()})
		return ok
	})
	if done {
		m.nc.links.Moved(portLink(m.next))
		m.finish()
	}
	return done, again
}

// rescue puts the new link to use when the old one is gone. It comes back when the last
// write of the other kind is. The driver calls it.
func (m *mover) rescue() {
	nc, l := m.nc, m.next
	if m.subs == nil { // nothing has begun
		m.finish()
		nc.resume(l)
		nc.readLoop(l)
		return
	}
	m.subs.Subscribe()
	if !m.side.Close() {
		time.AfterFunc(time.Millisecond, func() {
			nc.session.Post(func() {
				if nc.session.Current() == l {
					m.rescue()
				}
			})
		})
		return
	}
	m.switched.Store(true)
	nc.out.Fit(outgoing{l})
	m.subs.Cut(true, func() bool {
		nc.out.Attach(outgoing{l}, send.Prefix{Frames: nc.links.LinkUp(portLink(l), m.side.Rest())})
		return true
	})
	m.finish()
}

// abandon gives the move up before anything was handed over, and takes leave of the new
// server. The driver calls it.
func (m *mover) abandon() {
	m.end()
	if m.subs == nil {
		m.next.Close()
		close(m.done)
		return
	}
	lines := m.subs.Abandon()
	go func() {
		if len(lines) > 0 && !m.next.Closed() {
			// What a queue subscription was given there is nobody else's.
			t := time.NewTimer(leaveWithin)
			select {
			case <-m.side.Fence(append(lines, wire.PingLine...)):
			case <-t.C:
			}
			t.Stop()
		}
		m.next.Close()
		m.nc.moving.CompareAndSwap(m, nil)
		close(m.done)
	}()
}

// bothEnded ends the move after both links have. The driver calls it.
func (m *mover) bothEnded() {
	if m.isOver || m.subs == nil {
		return
	}
	m.switched.Store(true)
	m.subs.Cut(true, func() bool { return true })
	m.finish()
}

// oldGone is when the old link ends, or isn't waited for, before it has handed over.
func (m *mover) oldGone() {
	if !m.isGone {
		m.isGone = true
		close(m.gone)
	}
}

func (m *mover) end() {
	if !m.isOver {
		m.isOver = true
		close(m.over)
	}
}

// finish is what is left to do when the new link is in use, or both are gone: step 9.
func (m *mover) finish() {
	m.end()
	if m.subs == nil {
		m.nc.moving.CompareAndSwap(m, nil)
		close(m.done)
		return
	}
	go func() {
		<-m.subs.OldOver()
		m.nc.moving.CompareAndSwap(m, nil)
		select {
		case <-m.subs.Ended():
		case <-m.nc.session.Done():
		}
		close(m.done)
		m.nc.session.Post(func() {
			if m.nc.mover == m {
				m.nc.mover = nil
			}
		})
	}()
}
