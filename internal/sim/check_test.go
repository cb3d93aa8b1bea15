package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// checker compares each step of each client with its model. The first thing
// that is wrong stays in err.
type checker struct {
	models []*model
	err    error
	steps  int
	log    func(format string, args ...any) // nil: no transcript
	closed map[reconnect.State]int          // in which states clients were closed by their users; nil: not counted
}

func (ck *checker) Stepped(c int, now time.Duration, ev reconnect.Event, acts []reconnect.Action) {
	mo := ck.models[c]
	if ck.log != nil {
		ck.logStep(c, now, ev, acts)
	}
	if ck.err != nil {
		return
	}
	if ev.Kind == reconnect.Close && ck.closed != nil {
		ck.closed[mo.state]++
	}
	if err := mo.step(now, &ev, acts); err != nil {
		ck.err = fmt.Errorf("client %d at %v, %v: %w", c, now, ev.Kind, err)
	}
	if ck.steps++; ck.steps > 1_000_000 {
		ck.err = fmt.Errorf("still busy at %v after a million steps", now)
	}
}

func (ck *checker) logStep(c int, now time.Duration, ev reconnect.Event, acts []reconnect.Action) {
	if ev.Kind == reconnect.Timeout && len(acts) == 0 {
		return
	}
	what := ev.Kind.String()
	if ev.Attempt != 0 {
		what += fmt.Sprintf(" attempt=%d", ev.Attempt)
	}
	if ev.Epoch != 0 {
		what += fmt.Sprintf(" epoch=%d", ev.Epoch)
	}
	if ev.Failure.Err != nil {
		what += fmt.Sprintf(" %v %q", ev.Failure.Kind, ev.Failure.Err)
	}
	if ev.Advertised != nil {
		what += fmt.Sprintf(" advertised=%v", ev.Advertised)
	}
	if ev.URLs != nil {
		what += fmt.Sprintf(" urls=%v", ev.URLs)
	}
	if ev.Token != 0 {
		what += fmt.Sprintf(" token=%d url=%q delay=%v", ev.Token, ev.URL, ev.Delay)
	}
	ck.log("%12v client %d: %s", now, c, what)
	for i := range acts {
		ck.log("                 %v", acts[i])
	}
	if at, ok := ck.models[c].m.Deadline(); ok {
		ck.log("                 until %v", at)
	}
}

// seen is what one step's actions amount to.
type seen struct {
	dials      []reconnect.Action
	cancelled  int
	adopted    bool
	dropped    bool
	state      int
	up         bool // TellConnected or TellReconnected
	down       bool // TellDisconnected
	failedTold int
	discovered []string
	forgotten  []string
	connFailed bool
	closed     bool
	asked      bool

	prepared   uint32
	switched   uint32
	unprepared bool
	oldDropped bool
	migrated   bool
	moveFailed bool
}

func (mo *model) step(now time.Duration, ev *reconnect.Event, acts []reconnect.Action) error {
	before := mo.state
	x := mo.expect(now, ev)
	if x.nothing {
		if len(acts) > 0 {
			return fmt.Errorf("nothing should follow, but %v does", acts[0])
		}
		mo.deadline, mo.timed = mo.m.Deadline()
		return mo.compareMove(now, &x, &seen{})
	}
	var s seen
	for i := range acts {
		if err := mo.act(now, ev, &acts[i], &x, &s); err != nil {
			return err
		}
	}
	mo.state = mo.m.State()
	if mo.state != reconnect.Waiting {
		mo.choosing = false
	}
	if mo.fresh && (mo.state == reconnect.Connecting || mo.state == reconnect.Attempting || mo.question == reconnect.AskServer) {
		mo.begin(now)
	}
	if err := mo.compare(before, ev, &x, &s); err != nil {
		return err
	}
	if err := mo.compareMove(now, &x, &s); err != nil {
		return err
	}
	mo.deadline, mo.timed = mo.m.Deadline()
	if err := mo.compareWait(now, before, &x, &s); err != nil {
		return err
	}
	return mo.alive(now)
}

// act takes one action in and checks what can be said of it alone.
func (mo *model) act(now time.Duration, ev *reconnect.Event, a *reconnect.Action, x *expectation, s *seen) error {
	switch a.Kind {
	case reconnect.Dial:
		s.dials = append(s.dials, *a)
		return mo.actDial(now, ev, a, x, s)
	case reconnect.Cancel:
		if a.Attempt == x.unprepared && a.Attempt != 0 && !s.unprepared {
			s.unprepared = true
			return nil
		}
		s.cancelled++
		if _, ok := mo.take(a.Attempt); !ok {
			return fmt.Errorf("attempt %d is cancelled and wasn't under way", a.Attempt)
		}
		if ev.Kind == reconnect.Timeout && mo.passes > 0 && mo.state != reconnect.Connected {
			return fmt.Errorf("attempt %d is cut short in a later pass", a.Attempt)
		}
	case reconnect.Adopt:
		if a.Attempt != x.adopt || s.adopted {
			return fmt.Errorf("adopts attempt %d", a.Attempt)
		}
		if mo.epoch++; a.Epoch != mo.epoch {
			return fmt.Errorf("epoch %d follows %d", a.Epoch, mo.epoch-1)
		}
		s.adopted = true
	case reconnect.Drop:
		switch {
		case x.migrated && a.Epoch == x.oldEpoch && !s.oldDropped:
			s.oldDropped = true
		case a.Epoch != mo.epoch || s.dropped:
			return fmt.Errorf("drops epoch %d", a.Epoch)
		default:
			s.dropped = true
		}
	case reconnect.StateIs:
		if s.state++; x.rescue && s.state == 1 {
			if a.State != reconnect.Attempting {
				return fmt.Errorf("tells %v", *a)
			}
			return nil
		}
		if a.State != mo.m.State() {
			return fmt.Errorf("StateIs %v is told in state %v", a.State, mo.m.State())
		}
	case reconnect.AskDelay, reconnect.AskServer:
		mo.question, mo.token = a.Kind, a.Token
		s.asked = true
		if a.Kind == reconnect.AskDelay && (!mo.p.CustomDelay || !x.passFailed || a.Passes != mo.passes) {
			return fmt.Errorf("asks for the delay with passes=%d instead of %d", a.Passes, mo.passes)
		}
		if a.Kind == reconnect.AskServer && (!mo.p.ChooseServer || len(mo.flying) > 0) {
			return errors.New("asks for the server")
		}
	case reconnect.TellConnected, reconnect.TellReconnected:
		if first := a.Kind == reconnect.TellConnected; !s.adopted || s.up || first != (mo.epoch == 1) || a.Epoch != mo.epoch {
			return fmt.Errorf("tells %v", *a)
		}
		s.up, mo.mourning = true, false
	case reconnect.TellDisconnected:
		if !x.lost || s.down || mo.mourning || a.Epoch != mo.epoch {
			return fmt.Errorf("tells %v", *a)
		}
		s.down, mo.mourning, mo.since = true, true, now
	case reconnect.TellAttemptFailed:
		want := ev.Failure.Err
		if x.failedErr != nil {
			want = x.failedErr
		}
		if s.failedTold++; a.Attempt != x.failed || a.Err != want {
			return fmt.Errorf("tells %v", *a)
		}
	case reconnect.TellDiscovered:
		s.discovered = append(s.discovered, a.Advertised...)
	case reconnect.TellForgotten:
		s.forgotten = append(s.forgotten, a.URL)
		if !errors.Is(a.Err, x.forgottenWhy) {
			return fmt.Errorf("tells %v", *a)
		}
	case reconnect.TellConnectFailed:
		if mo.told || mo.epoch > 0 {
			return fmt.Errorf("tells %v again", *a)
		}
		mo.told, s.connFailed = true, true
	case reconnect.TellClosed:
		if s.closed || !x.closed || (x.closedErr == nil) != (a.Err == nil) || !errors.Is(a.Err, x.closedErr) {
			return fmt.Errorf("tells %v and should say %v", *a, x.closedErr)
		}
		s.closed, mo.mourning = true, false
	default:
		return mo.actMove(a, x, s)
	}
	return nil
}

func (mo *model) actDial(now time.Duration, ev *reconnect.Event, a *reconnect.Action, x *expectation, s *seen) error {
	k := mo.find(a.URL)
	switch {
	case mo.m.State() == reconnect.Connected:
		return mo.actMoveDial(now, a, x)
	case mo.m.State() == reconnect.Closed:
		return fmt.Errorf("dials %s while closed", a.URL)
	case k == nil:
		return fmt.Errorf("dials %s, which isn't in the pool", a.URL)
	case x.dial != "" && x.dial != a.URL:
		return fmt.Errorf("dials %s and the user chose %s", a.URL, x.dial)
	case x.dial == "" && mo.waits(k, now) && (mo.fresh || k.skipped):
		return fmt.Errorf("dials %s, which has just refused", a.URL)
	case x.dial == "" && k.had:
		return fmt.Errorf("dials %s twice in one pass", a.URL)
	case mo.flies(a.URL):
		return fmt.Errorf("dials %s twice at once", a.URL)
	}
	if n := len(mo.flying); n > 0 {
		if n >= 2 || !mo.racing() {
			return fmt.Errorf("dials %s beside %d others", a.URL, n)
		}
	}
	if ev.Kind == reconnect.Timeout && (mo.state == reconnect.Connecting || mo.state == reconnect.Attempting) && s.cancelled+len(mo.flying) > 0 {
		need := mo.p.AttemptDelay << min(mo.passes, 3)
		if mo.raced {
			need /= 2
		}
		if now < mo.lastDial+need {
			return fmt.Errorf("dials %s only %v after the last", a.URL, now-mo.lastDial)
		}
		mo.raced = true
	}
	mo.lastDial = now
	mo.flying = append(mo.flying, try{id: a.Attempt, url: a.URL, began: now})
	return nil
}

// compare holds what was seen against what must be.
func (mo *model) compare(before reconnect.State, ev *reconnect.Event, x *expectation, s *seen) error {
	changed := 0
	if mo.state != before {
		changed = 1
	}
	if x.rescue {
		changed = 2
	}
	lastWords := x.closed && !(before == reconnect.Connecting && !mo.p.RetryOnFailedConnect && ev.Kind != reconnect.Close)
	switch {
	case s.state != changed:
		return fmt.Errorf("the state went from %v to %v and was told %d times", before, mo.state, s.state)
	case (x.adopt != 0) != s.adopted:
		return errors.New("the established attempt isn't adopted")
	case s.adopted != s.up:
		return errors.New("the new connection isn't told of")
	case s.adopted && len(mo.flying) > 0:
		return errors.New("attempts go on beside the connection")
	case x.lost != s.down:
		return errors.New("the end of the connection isn't told of")
	case (x.lost && ev.Kind != reconnect.Lost) != s.dropped:
		return errors.New("the link isn't dropped as it should be")
	case (x.failed != 0) != (s.failedTold == 1):
		return fmt.Errorf("the failed attempt is told %d times", s.failedTold)
	case x.closed != (mo.state == reconnect.Closed):
		return fmt.Errorf("it ends in state %v", mo.state)
	case lastWords != s.closed:
		return errors.New("the end isn't told as it should be")
	case x.passFailed && before == reconnect.Connecting && !s.connFailed:
		return errors.New("the failed first connect isn't told of")
	case x.passFailed && !x.closed && mo.p.CustomDelay && !s.asked:
		return errors.New("a pass failed and nobody asks for the delay")
	case x.dial != "" && len(s.dials) == 0:
		return fmt.Errorf("doesn't dial %s, which the user chose", x.dial)
	case !slices.Equal(x.discovered, s.discovered):
		return fmt.Errorf("discovered %v and tells of %v", x.discovered, s.discovered)
	case !slices.Equal(sorted(x.forgotten), sorted(s.forgotten)):
		return fmt.Errorf("forgot %v and tells of %v", x.forgotten, s.forgotten)
	}
	if x.passFailed || s.adopted || len(s.forgotten)+len(s.discovered) > 0 || ev.Kind == reconnect.SetPool {
		return mo.samePool()
	}
	return nil
}

func sorted(s []string) []string {
	if len(s) < 2 {
		return s
	}
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// compareWait checks how long a wait that begins will take, and that none begins
// without reason.
func (mo *model) compareWait(now time.Duration, before reconnect.State, x *expectation, s *seen) error {
	wait := mo.deadline - now
	begins := mo.state == reconnect.Waiting && (before != reconnect.Waiting || x.mayWait)
	switch {
	case begins && x.exactly > 0:
		if wait != x.exactly {
			return fmt.Errorf("waits %v instead of %v", wait, x.exactly)
		}
	case begins && !x.mayWait:
		return fmt.Errorf("waits %v without reason", wait)
	case begins:
		if wait < x.least || wait > x.most || wait == x.most && x.most > x.least {
			return fmt.Errorf("waits %v, which isn't in [%v, %v)", wait, x.least, x.most)
		}
	case x.exactly > 0:
		return fmt.Errorf("doesn't wait %v", x.exactly)
	case x.mayWait && !x.closed && x.least > 0:
		return fmt.Errorf("doesn't wait %v", x.least)
	}
	return nil
}

// alive checks that something will happen next: whatever the state, there is a
// link, an attempt, a question or a deadline.
func (mo *model) alive(now time.Duration) error {
	switch mo.state {
	case reconnect.Connected:
		if n := len(mo.flying); n > 1 || n == 1 != mo.moving(dialling) {
			return errors.New("attempts beside a connection")
		}
	case reconnect.Connecting, reconnect.Attempting:
		if len(mo.flying) == 0 {
			return errors.New("stuck: attempting, and no attempt is under way")
		}
		if mo.mayRace() && !mo.timed {
			return errors.New("a silent attempt would keep it from the others for ever")
		}
		if mo.state == reconnect.Connecting && mo.bounded() && now > mo.started+mo.p.ConnectWithin {
			return errors.New("the first connect outlives its bound")
		}
	case reconnect.Waiting:
		if !mo.timed || mo.deadline <= now {
			return errors.New("stuck: waiting, and no deadline ahead")
		}
	case reconnect.Asking:
		if mo.question == 0 {
			return errors.New("stuck: asking, and no question is open")
		}
	case reconnect.Closed:
		if len(mo.flying) > 0 {
			return errors.New("attempts go on though closed")
		}
		if mo.timed {
			return errors.New("waits for a deadline though closed")
		}
	}
	if mo.state == reconnect.Connected == mo.mourning && mo.epoch > 0 && mo.state != reconnect.Closed {
		return fmt.Errorf("state %v, and the last told was the opposite", mo.state)
	}
	return nil
}
