package handover

import (
	"time"

	"github.com/evernats/nats/internal/overlap"
	"github.com/evernats/nats/internal/wire"
)

// Bounds of the steps. The machine has its own for the whole.
const (
	answerWithin = 2 * time.Second
	probeWithin  = 2 * time.Second
	probeEvery   = 3 * time.Millisecond
	holdWithin   = 5 * time.Second // publishing stands still for that long
	holdLook     = 10 * time.Millisecond
	holdAgain    = time.Millisecond
	silentTrips  = 8 // how many times the longest of the old server's answers it may be silent
)

// run waits for what the steps wait for.
func (m *Move) run() {
	if err := m.overlap(); err != nil {
		m.host.NotReady(err)
		return
	}
	m.host.Ready()
	select {
	case <-m.over:
		return
	case <-m.goOn:
	}
	m.isClean = m.hold()
	m.host.HandOver()
}

// overlap is steps 2 to 5.
func (m *Move) overlap() error {
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
	a, err := m.probe(func() { m.host.Beside(probeFrame(toNext)) }, m.id+".n.0")
	if err != nil {
		return err
	}
	toOld := wire.AppendPub(nil, m.id+".o", "", nil, nil)
	b, err := m.probe(func() { m.side.Write(toOld) }, m.id+".o")
	if err != nil {
		return err
	}
	took := max(a, b)
	m.took.Store(int64(took))
	skew := overlap.Skew(took)
	m.subs.SetSkew(skew)
	if err := m.pause(overlap.QueuesStay(took)); err != nil {
		return err
	}
	rest := overlap.Settle(took) - overlap.QueuesStay(took)
	if m.subs.LeaveQueues() {
		if err := m.fenceOld(); err != nil {
			return err
		}
		rest = overlap.QueuesGone(took)
	}
	if err := m.pause(rest); err != nil {
		return err
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
	if !m.subs.Commit() {
		return TooMany
	}
	return nil
}

// probeFrame is a message that the send side doesn't count.
func probeFrame(pub []byte) []byte {
	return append([]byte("pub"), pub[len("PUB"):]...)
}

func (m *Move) fenceOld() error {
	answer, forget, err := m.host.Fence()
	if err != nil {
		return err
	}
	defer forget()
	begin := time.Now()
	t := time.NewTimer(answerWithin)
	defer t.Stop()
	select {
	case err := <-answer:
		m.trip = max(m.trip, time.Since(begin))
		return err
	case <-m.over:
		return GivenUp
	case <-t.C:
		return Unproven
	}
}

func (m *Move) await(done <-chan struct{}, within time.Duration) error {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-done:
		return nil
	case <-m.over:
		return GivenUp
	case <-t.C:
		return Unproven
	}
}

func (m *Move) pause(d time.Duration) error {
	if err := m.await(nil, d); err == GivenUp {
		return err
	}
	return nil
}

// probe sends until what it sends comes in, and says how long that took.
func (m *Move) probe(send func(), want string) (took time.Duration, err error) {
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
				return 0, GivenUp
			case <-tick.C:
				again = false
			}
		}
		if time.Since(begin) > probeWithin {
			return 0, Unproven
		}
	}
}

// hold is step 6, up to the moment when the new link may be written to. It says whether
// the old one has answered for everything, for which it has time as long as it isn't
// silent and what is compared meanwhile doesn't grow too much. Silence counts when the new
// server has answered a PING within it: this process may have stood still itself.
func (m *Move) hold() (clean bool) {
	begin := time.Now()
	limit := time.NewTimer(holdWithin)
	defer limit.Stop()
	look := time.NewTicker(holdLook)
	defer look.Stop()
	still := func() time.Duration { return min(m.old.Still(), time.Since(begin)) }
	want := m.id + ".n.1"
	frame := probeFrame(wire.AppendPub(nil, want, "", nil, nil))
	var again <-chan time.Time // to ask for held
	held := m.host.Hold(frame)
	if held == nil {
		again = time.After(holdAgain)
	}
	refused := m.refused
	seen := false
	silence := m.silence()
	var answer <-chan struct{} // of the new server, which was asked because the old one is silent
	for again != nil || held != nil || !seen {
		select {
		case <-look.C:
			switch {
			case m.subs.Crowded():
				return false
			case still() < silence:
				answer = nil
			case answer == nil:
				answer = m.side.Fence([]byte(wire.PingLine))
			}
		case <-answer:
			if still() >= silence {
				return false
			}
			answer = nil
		case <-again:
			again = nil
			if held = m.host.Hold(frame); held == nil {
				again = time.After(holdAgain)
			}
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

// silence is for how long the old link may be still while publishing waits for its answer:
// what the move reckons with between servers, and many times what answers have needed.
func (m *Move) silence() time.Duration {
	d := max(overlap.Silence(time.Duration(m.took.Load())), silentTrips*m.trip)
	return min(d, m.host.Patience(), holdWithin)
}
