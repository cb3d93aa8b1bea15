package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// movement is a move to another server as the model sees it.
type movement struct {
	phase   phase
	until   time.Duration // nothing is begun after it
	attempt uint32        // of the prepared link
	url     string        // its server
	old     uint64        // the epoch that is left, in finishing
	began   time.Duration // of the phase, where it is bounded
	tried   map[string]bool
	asked   bool
	duck    bool          // the server that is left is a lame duck
	again   time.Duration // in finishing: the new server leaves, too, with that grace
}

type phase uint8

const (
	planned phase = iota
	dialling
	resting
	overlapping
	finishing
)

func (mo *model) moving(p phase) bool { return mo.move != nil && mo.move.phase == p }

// expectMoveEvent takes an event of a move in.
func (mo *model) expectMoveEvent(now time.Duration, ev *reconnect.Event, x *expectation) {
	connected := mo.state == reconnect.Connected
	mine := mo.moving(overlapping) && ev.Attempt == mo.move.attempt
	switch ev.Kind {
	case reconnect.LameDuck:
		mo.expectLameDuck(now, ev, x)
	case reconnect.Migrate:
		switch {
		case !connected:
			x.refused = reconnect.ErrNotConnected
		case mo.p.ChooseServer:
			x.refused = reconnect.ErrProgramChooses
		case mo.move == nil:
			mo.move = &movement{until: now + 10*time.Second}
			fallthrough
		case mo.moving(planned):
			mo.move.asked = true
			mo.beginMovePass(now)
			mo.expectMoveOn(now, x)
		default:
			mo.move.asked = true
			x.nothing = true
		}
	case reconnect.Ready:
		if !mine {
			x.nothing = true
			return
		}
		v := mo.move
		v.phase, v.old, v.began = finishing, mo.epoch, now
		x.switchTo = v.attempt
		mo.judge(now, true)
		mo.arrive(now, v.url)
		mo.learn(mo.prepared, true, x)
	case reconnect.NotReady:
		if !mine {
			x.nothing = true
			return
		}
		mo.expectUnready(now, ev.Failure.Err, x)
	case reconnect.OldFinished:
		if !mo.moving(finishing) || ev.Epoch != mo.move.old {
			x.nothing = true
			return
		}
		mo.expectMoved(now, x)
	case reconnect.Stay:
		if mo.move == nil {
			x.nothing = true
			return
		}
		mo.expectMoveEnds(reconnect.ErrStopped, x)
	}
}

func (mo *model) arrive(now time.Duration, url string) {
	mo.url, mo.since = url, now
	mo.tls = mo.preparedTLS
	if k := mo.find(url); k != nil {
		k.fails, k.refused, k.held = 0, false, false
	}
}

func (mo *model) expectLameDuck(now time.Duration, ev *reconnect.Event, x *expectation) {
	grace := ev.Delay
	if grace <= 0 {
		grace = 10 * time.Second
	}
	follows := mo.state == reconnect.Connected && mo.p.Migrate && mo.p.AllowReconnect && !mo.p.ChooseServer
	switch {
	case follows && ev.Attempt != 0 && mo.moving(overlapping) && ev.Attempt == mo.move.attempt:
		mo.expectUnready(now, reconnect.ErrLameDuck, x)
		return
	case !follows || ev.Attempt != 0 || ev.Epoch != mo.epoch:
	case mo.moving(finishing):
		mo.move.again = grace
	case mo.move != nil:
		mo.move.duck, mo.move.until = true, now+max(grace, 2*time.Minute)
	default:
		mo.plan(now, grace, x)
	}
	x.nothing = true
}

// plan is a move in the first two fifths of the grace.
func (mo *model) plan(now, grace time.Duration, x *expectation) {
	mo.move = &movement{duck: true, until: now + max(grace, 2*time.Minute)}
	x.planned, x.plannedBy = true, now+max(2*grace/5, 1)
}

// expectUnready is a prepared link that can't be used.
func (mo *model) expectUnready(now time.Duration, err error, x *expectation) {
	x.unprepared, x.failed, x.failedErr = mo.move.attempt, mo.move.attempt, err
	mo.expectMoveOn(now, x)
}

func (mo *model) beginMovePass(now time.Duration) {
	mo.move.tried = map[string]bool{}
	for i := range mo.pool {
		mo.move.tried[mo.pool[i].url] = mo.waits(&mo.pool[i], now)
	}
}

// expectMoveOn is what follows an attempt that failed: the next server, a rest, or the
// end of the move.
func (mo *model) expectMoveOn(now time.Duration, x *expectation) {
	v := mo.move
	v.phase, v.attempt = resting, 0
	if now >= v.until {
		mo.expectMoveEnds(reconnect.ErrMoveTooLong, x)
		return
	}
	for i := range mo.pool {
		if u := mo.pool[i].url; u != mo.url && !v.tried[u] {
			x.moveDials = true
			return
		}
	}
	if v.asked && len(mo.pool) < 2 {
		if !v.duck {
			mo.expectMoveEnds(reconnect.ErrNoOtherServer, x)
			return
		}
		v.asked, x.moveFailed = false, reconnect.ErrNoOtherServer
	}
	x.rests = true
}

// expectMoveEnds is a move that is given up, or finished when it has switched.
func (mo *model) expectMoveEnds(why error, x *expectation) {
	switch {
	case mo.move == nil:
		return
	case mo.moving(finishing):
		mo.move.again = 0
		x.migrated, x.migratedEpoch, x.oldEpoch = true, mo.epoch, mo.move.old
	case mo.moving(overlapping):
		x.unprepared = mo.move.attempt
		fallthrough
	default:
		x.moveFailed = why
	}
	mo.move = nil
}

// expectMoved is the end of the old link.
func (mo *model) expectMoved(now time.Duration, x *expectation) {
	again := mo.move.again
	mo.expectMoveEnds(nil, x)
	x.migrated = true
	if again > 0 {
		mo.plan(now, again, x)
	}
}

// expectPrepared is an attempt of a move that has reached its server.
func (mo *model) expectPrepared(now time.Duration, t try, ev *reconnect.Event, x *expectation) {
	v := mo.move
	v.phase, v.attempt, v.url, v.began = overlapping, t.id, t.url, now
	mo.prepared, mo.preparedTLS = ev.Advertised, ev.TLS
	x.prepare = t.id
}

func (mo *model) expectMoveFailed(now time.Duration, t try, ev *reconnect.Event, x *expectation) {
	x.failed = t.id
	mo.hear(ev.Advertised, x)
	mo.expectMoveOn(now, x)
}

// expectRescue is the loss of the connection while another link is prepared.
func (mo *model) expectRescue(now time.Duration, ev *reconnect.Event, x *expectation) {
	v := mo.move
	x.lost, x.rescue, x.adopt, x.moveFailed = true, true, v.attempt, reconnect.ErrEndedMeanwhile
	if k := mo.find(mo.url); k != nil && ev.Failure.Kind == reconnect.Auth {
		k.refused, k.reason, k.refusal, k.held = true, ev.Failure.Reason, now, true
	}
	mo.judge(now, false)
	mo.move = nil
	mo.arrive(now, v.url)
	mo.learn(mo.prepared, true, x)
}

func (mo *model) expectMoveTimeout(now time.Duration, x *expectation) {
	switch mo.move.phase {
	case planned, resting:
		mo.beginMovePass(now)
		mo.expectMoveOn(now, x)
	case dialling:
		mo.expectMoveEnds(reconnect.ErrMoveTooLong, x)
	case overlapping:
		mo.expectUnready(now, reconnect.ErrNotInTime, x)
	case finishing:
		mo.expectMoved(now, x)
	}
}

// repool is a move after the pool was replaced.
func (mo *model) repool(now time.Duration, x *expectation) {
	v := mo.move
	for u := range v.tried {
		if mo.find(u) == nil {
			delete(v.tried, u)
		}
	}
	switch {
	case v.phase == dialling && len(mo.flying) > 0 && mo.find(mo.flying[0].url) == nil:
		mo.expectMoveOn(now, x)
	case v.phase == overlapping && mo.find(v.url) == nil:
		x.unprepared = v.attempt
		mo.expectMoveOn(now, x)
	}
}

// actMove takes in an action of a move.
func (mo *model) actMove(a *reconnect.Action, x *expectation, s *seen) error {
	switch a.Kind {
	case reconnect.Prepare:
		if s.prepared = a.Attempt; a.Attempt != x.prepare {
			return fmt.Errorf("prepares attempt %d", a.Attempt)
		}
	case reconnect.Switch:
		if s.switched = a.Attempt; a.Attempt != x.switchTo {
			return fmt.Errorf("switches to attempt %d", a.Attempt)
		}
		if mo.epoch++; a.Epoch != mo.epoch {
			return fmt.Errorf("epoch %d follows %d", a.Epoch, mo.epoch-1)
		}
	case reconnect.TellMigrated:
		if !x.migrated || s.migrated || a.Epoch != x.migratedEpoch {
			return fmt.Errorf("tells %v", *a)
		}
		s.migrated = true
	case reconnect.TellMigrationFailed:
		want := x.moveFailed
		if x.refused != nil {
			want = x.refused
		}
		if want == nil || s.moveFailed || !errors.Is(a.Err, want) {
			return fmt.Errorf("tells %v", *a)
		}
		s.moveFailed = true
	}
	return nil
}

// actMoveDial is an attempt beside the connection.
func (mo *model) actMoveDial(now time.Duration, a *reconnect.Action, x *expectation) error {
	v := mo.move
	switch {
	case v == nil || !x.moveDials:
		return fmt.Errorf("dials %s while connected", a.URL)
	case a.URL == mo.url:
		return fmt.Errorf("dials %s, which it is about to leave", a.URL)
	case mo.find(a.URL) == nil:
		return fmt.Errorf("dials %s, which isn't in the pool", a.URL)
	case v.tried[a.URL]:
		return fmt.Errorf("dials %s twice in one pass of a move", a.URL)
	case len(mo.flying) > 0:
		return fmt.Errorf("dials %s beside another attempt of a move", a.URL)
	case now >= v.until:
		return fmt.Errorf("dials %s after the grace", a.URL)
	}
	v.tried[a.URL] = true
	v.phase, x.moveDials = dialling, false
	mo.flying = append(mo.flying, try{id: a.Attempt, url: a.URL, began: now})
	return nil
}

// compareMove holds what was seen of a move against what must be.
func (mo *model) compareMove(now time.Duration, x *expectation, s *seen) error {
	switch {
	case x.moveDials:
		return errors.New("a move should dial another server, and doesn't")
	case x.prepare != s.prepared, x.switchTo != s.switched:
		return errors.New("the move doesn't go on")
	case x.migrated != s.migrated:
		return errors.New("the end of a move isn't told of")
	case x.migrated != s.oldDropped:
		return errors.New("the old link isn't dropped with the end of its move")
	case (x.moveFailed != nil || x.refused != nil) != s.moveFailed:
		return errors.New("the move that was given up isn't told of")
	case (x.unprepared != 0) != s.unprepared:
		return errors.New("the prepared link isn't given up as it should be")
	}
	at, timed := mo.m.Deadline()
	switch {
	case mo.state != reconnect.Connected:
		if mo.move != nil {
			return errors.New("a move without a connection")
		}
	case (mo.move != nil) != timed:
		return errors.New("a move has no deadline, or a deadline no move")
	case mo.move == nil:
	case x.planned && (at < now || at >= x.plannedBy):
		return fmt.Errorf("a move is planned for %v, after two fifths of the grace have passed at %v", at, x.plannedBy)
	case x.rests && (at <= now || at > min(now+3*time.Second, mo.move.until)):
		return fmt.Errorf("a move rests until %v", at)
	case mo.moving(dialling) && at > mo.move.until:
		return fmt.Errorf("an attempt of a move may last until %v", at)
	case (mo.moving(overlapping) || mo.moving(finishing)) && at > mo.move.began+10*time.Second:
		return fmt.Errorf("an overlap may last until %v", at)
	}
	return nil
}
