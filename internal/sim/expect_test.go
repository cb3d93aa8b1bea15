package sim

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// expectation is what one event must lead to.
type expectation struct {
	nothing      bool   // no action at all
	adopt        uint32 // that attempt becomes the connection
	failed       uint32 // that attempt is told to have failed
	lost         bool   // a disconnect is told
	dial         string // that server is dialled because the user chose it
	passFailed   bool   // every server had its turn in vain
	mayWait      bool   // a wait may begin: least ≤ it < most, or 0
	least, most  time.Duration
	exactly      time.Duration // a wait begins and takes just that; 0: no such thing
	closed       bool
	closedErr    error // nil when the user closed
	discovered   []string
	forgotten    []string
	forgottenWhy error

	// What comes of a move to another server.
	prepare       uint32 // that attempt's link is prepared
	unprepared    uint32 // it is given up
	switchTo      uint32 // it is the connection now
	moveDials     bool   // another server is dialled
	rests         bool   // none is, for a while
	planned       bool   // one will be, before plannedBy
	plannedBy     time.Duration
	rescue        bool // the prepared link is adopted in place of the one that was lost
	migrated      bool // the move is told to be done
	migratedEpoch uint64
	oldEpoch      uint64
	moveFailed    error // it is told to be given up
	refused       error // a move is refused
	failedErr     error // of the attempt that failed, when it isn't the event's
}

// expect takes an event in and says what must come of it.
func (mo *model) expect(now time.Duration, ev *reconnect.Event) (x expectation) {
	if mo.state == reconnect.Closed {
		x.nothing = true
		return x
	}
	switch ev.Kind {
	case reconnect.Start:
		if mo.state != reconnect.Idle {
			x.nothing = true
			return x
		}
		mo.started = now
		mo.newPass()
	case reconnect.Established:
		mo.expectEstablished(now, ev, &x)
	case reconnect.Failed:
		mo.expectFailed(now, ev, &x)
	case reconnect.Lost:
		mo.expectLost(now, ev, &x)
	case reconnect.Info:
		if mo.state != reconnect.Connected || ev.Epoch != mo.epoch {
			x.nothing = true
			return x
		}
		mo.learn(ev.Advertised, true, &x)
	case reconnect.Timeout:
		switch {
		case !mo.timed || now < mo.deadline:
			x.nothing = true
		case mo.state == reconnect.Connected:
			mo.expectMoveTimeout(now, &x)
		case mo.choosing:
			mo.expectChosen(mo.chosen, &x)
		case mo.state == reconnect.Waiting:
			mo.expectPass(now, &x)
		}
	case reconnect.DelayAnswer:
		if mo.question != reconnect.AskDelay || ev.Token != mo.token {
			x.nothing = true
			return x
		}
		mo.question = 0
		x.exactly = max(ev.Delay, 0)
	case reconnect.ServerAnswer:
		if mo.question != reconnect.AskServer || ev.Token != mo.token {
			x.nothing = true
			return x
		}
		mo.question = 0
		if ev.Delay > 0 {
			mo.choosing, mo.chosen = true, ev.URL
			x.exactly = ev.Delay
			return x
		}
		mo.expectChosen(ev.URL, &x)
	case reconnect.ForceReconnect:
		mo.expectForce(now, &x)
	case reconnect.SetPool:
		mo.expectSetPool(now, ev, &x)
	case reconnect.Close:
		mo.expectMoveEnds(reconnect.ErrClosed, &x)
		x.lost = mo.state == reconnect.Connected
		x.closed = true
	default:
		mo.expectMoveEvent(now, ev, &x)
	}
	return x
}

func (mo *model) expectEstablished(now time.Duration, ev *reconnect.Event, x *expectation) {
	t, ok := mo.take(ev.Attempt)
	if !ok {
		x.nothing = true
		return
	}
	if mo.state == reconnect.Connected {
		mo.expectPrepared(now, t, ev, x)
		return
	}
	x.adopt = t.id
	mo.url, mo.tls, mo.since = t.url, ev.TLS, now
	mo.passes = 0
	if k := mo.find(t.url); k != nil {
		k.fails, k.refused, k.held = 0, false, false
	}
	mo.learn(ev.Advertised, mo.epoch > 0, x)
}

func (mo *model) expectFailed(now time.Duration, ev *reconnect.Event, x *expectation) {
	t, ok := mo.take(ev.Attempt)
	if !ok {
		x.nothing = true
		return
	}
	if mo.state == reconnect.Connected {
		mo.expectMoveFailed(now, t, ev, x)
		return
	}
	x.failed = t.id
	mo.hear(ev.Advertised, x)
	k := mo.find(t.url)
	k.had = true
	if ev.Failure.Kind == reconnect.Auth && k.refuse(now, t.began, mo.p.ReconnectWait, ev.Failure.Reason) &&
		!mo.p.IgnoreAuthErrorAbort && mo.state != reconnect.Connecting {
		x.closed, x.closedErr = true, ev.Failure.Err
		return
	}
	if mo.state != reconnect.Connecting {
		if k.fails++; mo.p.MaxReconnect >= 0 && k.fails >= mo.p.MaxReconnect {
			x.forgotten, x.forgottenWhy = []string{t.url}, reconnect.ErrTooManyAttempts
			mo.remove(t.url)
		}
	}
	mo.expectNext(x)
}

// expectNext is what follows when a turn is over.
func (mo *model) expectNext(x *expectation) {
	asks := mo.p.ChooseServer && mo.state != reconnect.Connecting && len(mo.pool) > 0
	if len(mo.flying) == 0 && mo.allHad() && !asks {
		mo.expectPassFailed(x)
	}
}

func (mo *model) expectPassFailed(x *expectation) {
	x.passFailed = true
	mo.passes++
	mo.newPass()
	first := mo.state == reconnect.Connecting
	switch {
	case first && !mo.p.RetryOnFailedConnect:
		x.closed = true
	case first && mo.p.MaxReconnect == 0, len(mo.pool) == 0:
		x.closed, x.closedErr = true, reconnect.ErrNoServers
	case !mo.p.CustomDelay:
		mo.expectWait(x)
	}
}

func (mo *model) expectWait(x *expectation) {
	x.mayWait = true
	x.least, x.most = mo.waitBounds()
	mo.backoff++
}

func (mo *model) expectLost(now time.Duration, ev *reconnect.Event, x *expectation) {
	if mo.moving(finishing) && ev.Epoch == mo.move.old {
		mo.expectMoved(now, x)
		return
	}
	if mo.state != reconnect.Connected || ev.Epoch != mo.epoch {
		x.nothing = true
		return
	}
	if mo.moving(overlapping) && mo.p.AllowReconnect {
		mo.expectRescue(now, ev, x)
		return
	}
	mo.expectMoveEnds(reconnect.ErrEndedMeanwhile, x)
	x.lost = true
	if k := mo.find(mo.url); k != nil && ev.Failure.Kind == reconnect.Auth {
		k.refused, k.reason, k.refusal, k.held = true, ev.Failure.Reason, now, true
	}
	mo.judge(now, false)
	mo.newPass()
	switch {
	case !mo.p.AllowReconnect:
		x.closed, x.closedErr = true, ev.Failure.Err
	case mo.p.MaxReconnect == 0:
		x.closed, x.closedErr = true, reconnect.ErrNoServers
	case mo.short >= 3:
		mo.expectWait(x)
	case mo.p.Spread > 0:
		x.mayWait, x.most = true, mo.p.Spread
	default:
		mo.expectPass(now, x)
	}
}

// expectChosen is the user's choice coming true: that server, or any when it
// isn't in the pool.
func (mo *model) expectChosen(url string, x *expectation) {
	mo.choosing = false
	if mo.find(url) != nil {
		x.dial = url
		return
	}
	if mo.allHad() {
		mo.expectPassFailed(x)
	}
}

func (mo *model) expectForce(now time.Duration, x *expectation) {
	switch {
	case mo.state == reconnect.Connected:
		mo.expectMoveEnds(reconnect.ErrForced, x)
		x.lost = true
		mo.judge(now, true)
		mo.release()
		mo.newPass()
	case mo.state == reconnect.Waiting && mo.choosing:
		mo.release()
		mo.expectChosen(mo.chosen, x)
	case mo.state == reconnect.Waiting:
		mo.release()
	case mo.question == reconnect.AskDelay:
		mo.release()
		mo.question = 0
	default:
		x.nothing = true
	}
}

func (mo *model) expectSetPool(now time.Duration, ev *reconnect.Event, x *expectation) {
	if len(ev.URLs) == 0 {
		x.nothing = true
		return
	}
	mo.setPool(ev.URLs)
	if mo.move != nil {
		mo.repool(now, x)
	}
	if mo.state != reconnect.Connecting && mo.state != reconnect.Attempting {
		return
	}
	for _, t := range mo.flying {
		if mo.find(t.url) != nil {
			return // it goes on
		}
	}
	if mo.allHad() && (!mo.p.ChooseServer || mo.state == reconnect.Connecting) {
		mo.expectPassFailed(x)
	}
}
