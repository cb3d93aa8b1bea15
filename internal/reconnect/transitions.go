package reconnect

import "time"

// The states and what moves between them. Idle is where it begins and Closed is
// where nothing happens any more; every other state takes every event, and what
// isn't listed changes nothing.
//
//	Idle        Start           Connecting
//	Connecting  Established     Connected
//	            pass failed     Closed, or a wait when RetryOnFailedConnect
//	            ConnectWithin   Attempting
//	Connected   Lost            Attempting; Asking with ChooseServer; Waiting when
//	                            spread or flapping, or refused by the only server;
//	                            Closed when not to reconnect
//	            ForceReconnect  Attempting, or Asking with ChooseServer
//	Attempting  Established     Connected
//	            Failed          the next server; a wait when the pass failed;
//	                            Closed when no server is left or auth is refused twice
//	Asking      DelayAnswer     Waiting
//	            ServerAnswer    Attempting, or Waiting when with a delay
//	            ForceReconnect  Attempting, unless it asks for the server
//	Waiting     Timeout         Attempting, or Asking with ChooseServer
//	            ForceReconnect  the same, at once
//	any         Close           Closed
//
// What a move to another server adds to Connected is in migrate.go. A wait is Waiting,
// or Asking when CustomDelay is set.
func (m *Machine) handle(now time.Duration, ev Event, acts []Action) []Action {
	if m.state == Closed {
		return acts
	}
	switch ev.Kind {
	case Start:
		return m.onStart(now, acts)
	case Established:
		return m.onEstablished(now, ev, acts)
	case Failed:
		return m.onFailed(now, ev, acts)
	case Lost:
		return m.onLost(now, ev, acts)
	case Info:
		return m.onInfo(ev, acts)
	case Timeout:
		return m.onTimeout(now, acts)
	case DelayAnswer:
		return m.onDelayAnswer(now, ev, acts)
	case ServerAnswer:
		return m.onServerAnswer(now, ev, acts)
	case ForceReconnect:
		return m.onForce(now, ev, acts)
	case SetPool:
		return m.onSetPool(now, ev, acts)
	case Close:
		return m.onClose(now, acts)
	case LameDuck:
		return m.onLameDuck(now, ev, acts)
	case Migrate:
		return m.onMigrate(now, ev, acts)
	case Ready:
		return m.onReady(now, ev, acts)
	case NotReady:
		return m.onNotReady(now, ev, acts)
	case OldFinished:
		return m.onOldFinished(now, ev, acts)
	case Stay:
		return m.onStay(now, ev, acts)
	}
	return acts
}

func (m *Machine) onStart(now time.Duration, acts []Action) []Action {
	if m.state != Idle {
		return acts
	}
	m.state = Connecting
	if m.policy.RetryOnFailedConnect && m.policy.ConnectWithin > 0 {
		m.bounded, m.connectBy = true, now+m.policy.ConnectWithin
	}
	return m.beginPass(now, acts)
}

func (m *Machine) onEstablished(now time.Duration, ev Event, acts []Action) []Action {
	a, ok := m.take(ev.Attempt)
	if !ok {
		return acts
	}
	if m.state == Connected {
		return m.prepared(now, a, ev, acts)
	}
	m.epoch++
	m.url, m.connectedAt, m.tls = a.url, now, ev.TLS
	m.passes, m.bounded = 0, false
	if s := m.pool.find(a.url); s != nil {
		s.succeed()
	}
	acts = append(acts, Action{Kind: Adopt, Attempt: a.id, Epoch: m.epoch, URL: a.url})
	acts = m.cancelAll(now, acts)
	m.state = Connected
	tell := TellReconnected
	if m.epoch == 1 {
		tell = TellConnected
	}
	acts = append(acts, Action{Kind: tell, Epoch: m.epoch, URL: a.url})
	return m.advertise(ev.Advertised, m.epoch > 1, acts)
}

func (m *Machine) onFailed(now time.Duration, ev Event, acts []Action) []Action {
	a, ok := m.take(ev.Attempt)
	if !ok {
		return acts
	}
	f := ev.Failure
	acts = append(acts, Action{Kind: TellAttemptFailed, Attempt: a.id, URL: a.url, Err: f.Err})
	if m.state == Connected {
		return m.moveFailed(now, a, ev, acts)
	}
	m.note(f)
	acts = m.hear(ev.Advertised, acts)
	s := m.pool.find(a.url)
	if s == nil {
		return m.attempt(now, acts)
	}
	s.fail(now)
	if f.Kind == Auth && s.refuse(now, a.started, m.policy.ReconnectWait, f.Reason) && !m.policy.IgnoreAuthErrorAbort && m.state != Connecting {
		return m.giveUp(now, f.Err, acts)
	}
	if m.state != Connecting {
		s.failures++
		if limit := m.policy.MaxReconnect; limit >= 0 && int(s.failures) >= limit {
			acts = append(acts, Action{Kind: TellForgotten, URL: a.url, Err: tooManyAttempts(s.failures, f.Err)})
			m.pool.drop(a.url)
		}
	}
	return m.attempt(now, acts)
}

func (m *Machine) onLost(now time.Duration, ev Event, acts []Action) []Action {
	if m.moving(finishing) && ev.Epoch == m.move.old {
		return m.moved(now, acts)
	}
	if m.state != Connected || ev.Epoch != m.epoch {
		return acts
	}
	f := ev.Failure
	if m.moving(overlapping) && m.policy.AllowReconnect {
		return m.rescue(now, f, acts)
	}
	acts = m.stay(now, ErrEndedMeanwhile, acts)
	acts = append(acts, Action{Kind: TellDisconnected, Epoch: m.epoch, URL: m.url, Err: f.Err})
	m.judge(now, false)
	m.blame(now, f)
	switch {
	case !m.policy.AllowReconnect:
		return m.giveUp(now, f.Err, acts)
	case m.policy.MaxReconnect == 0:
		return m.giveUp(now, noServers(f.Err), acts)
	case m.flapping():
		return m.wait(now, m.delay(), thenPass, acts)
	}
	return m.wait(now, m.random(m.policy.Spread), thenPass, acts)
}

// blame notes what the end of a connection says of its server. One that hangs up
// on whoever connects, or sends its clients away with a reason, counts as one
// that failed.
func (m *Machine) blame(now time.Duration, f Failure) {
	s := m.pool.find(m.url)
	if s == nil {
		return
	}
	m.pool.behind(s)
	if m.soon(now) || f.Kind == Auth || f.Kind == Refused {
		s.fail(now)
	}
	if f.Kind == Auth {
		s.hold(now, f.Reason)
	}
}

func (m *Machine) onInfo(ev Event, acts []Action) []Action {
	if m.state != Connected || ev.Epoch != m.epoch {
		return acts
	}
	return m.advertise(ev.Advertised, true, acts)
}

func (m *Machine) onTimeout(now time.Duration, acts []Action) []Action {
	if at, ok := m.Deadline(); !ok || now < at {
		return acts
	}
	switch m.state {
	case Waiting:
		return m.proceed(now, acts)
	case Connected:
		return m.moveTimeout(now, acts)
	}
	if m.bounded && now >= m.connectBy {
		// The caller has waited long enough; what is under way goes on.
		m.bounded = false
		m.state = Attempting
		acts = append(acts, Action{Kind: TellConnectFailed, Err: m.connectError()})
	}
	if at, ok := m.raceAt(); ok && now >= at {
		acts = m.race(now, acts)
	}
	return acts
}

func (m *Machine) onDelayAnswer(now time.Duration, ev Event, acts []Action) []Action {
	if m.state != Asking || m.then != thenPass || ev.Token != m.token {
		return acts
	}
	return m.wait(now, ev.Delay, thenPass, acts)
}

func (m *Machine) onServerAnswer(now time.Duration, ev Event, acts []Action) []Action {
	if m.state != Asking || m.then != thenServer || ev.Token != m.token {
		return acts
	}
	m.chosen = ev.URL
	return m.wait(now, ev.Delay, thenServer, acts)
}

func (m *Machine) onForce(now time.Duration, ev Event, acts []Action) []Action {
	switch m.state {
	case Connected:
		acts = m.stay(now, ErrForced, acts)
		acts = append(acts,
			Action{Kind: Drop, Epoch: m.epoch, URL: m.url},
			Action{Kind: TellDisconnected, Epoch: m.epoch, URL: m.url, Err: ev.Failure.Err})
		m.judge(now, true)
		if s := m.pool.find(m.url); s != nil {
			m.pool.behind(s)
		}
		m.pool.release()
		return m.beginPass(now, acts)
	case Waiting:
		m.pool.release()
		return m.proceed(now, acts)
	case Asking:
		// Who asks for the server must have the answer; it isn't a wait.
		if m.then == thenPass {
			m.pool.release()
			return m.proceed(now, acts)
		}
	}
	return acts
}

func (m *Machine) onSetPool(now time.Duration, ev Event, acts []Action) []Action {
	if len(ev.URLs) == 0 {
		return acts
	}
	m.pool.replace(ev.URLs)
	for i := 0; i < m.inFlight(); {
		if m.pool.find(m.attempts[i].url) != nil {
			i++
			continue
		}
		acts = m.cancel(now, i, acts)
	}
	if (m.state == Connecting || m.state == Attempting) && m.inFlight() == 0 {
		return m.attempt(now, acts)
	}
	return m.repool(now, acts)
}

func (m *Machine) onClose(now time.Duration, acts []Action) []Action {
	acts = m.stay(now, ErrClosed, acts)
	acts = m.cancelAll(now, acts)
	if m.state == Connected {
		acts = append(acts,
			Action{Kind: Drop, Epoch: m.epoch, URL: m.url},
			Action{Kind: TellDisconnected, Epoch: m.epoch, URL: m.url})
	}
	return m.giveUp(now, nil, acts)
}

// beginPass puts the servers in order and tries the first. When every one of them
// has just refused the credentials it waits until the first may be asked again.
func (m *Machine) beginPass(now time.Duration, acts []Action) []Action {
	m.lastErr, m.telling, m.raced = nil, false, false
	shuffle := m.rnd
	if m.policy.NoRandomize {
		shuffle = nil
	}
	at := moment{now: now, flapping: m.flapping(), hold: m.policy.ReconnectWait}
	if m.passes == 0 && m.epoch > 0 {
		at.justLost = m.url
	}
	m.pool.arrange(at, m.state == Connecting && m.policy.PinFirst, shuffle)
	if free, ok := m.pool.freeAt(at.hold); ok && !m.policy.ChooseServer {
		return m.wait(now, free-now+m.random(m.jitter()), thenPass, acts)
	}
	return m.attempt(now, acts)
}

// attempt starts or asks for the next server of this pass, if there is room.
func (m *Machine) attempt(now time.Duration, acts []Action) []Action {
	if m.policy.ChooseServer && m.state != Connecting && len(m.pool.servers) > 0 {
		if m.inFlight() > 0 {
			return acts
		}
		m.chosen = ""
		return m.ask(AskServer, thenServer, acts)
	}
	return m.attemptNext(now, acts)
}

// attemptNext tries the best server that hasn't had its turn. When all had it
// and none is under way the pass has failed.
func (m *Machine) attemptNext(now time.Duration, acts []Action) []Action {
	if s := m.pool.next(); s != nil {
		return m.attemptServer(now, s, acts)
	}
	if m.inFlight() > 0 {
		return acts
	}
	return m.passFailed(now, acts)
}

func (m *Machine) attemptServer(now time.Duration, s *server, acts []Action) []Action {
	if m.state != Connecting {
		m.state = Attempting
	}
	return m.dial(now, s, acts)
}

// passFailed is when every server has been tried in vain.
func (m *Machine) passFailed(now time.Duration, acts []Action) []Action {
	m.passes++
	if m.state == Connecting {
		m.bounded = false
		acts = append(acts, Action{Kind: TellConnectFailed, Err: m.connectError()})
		if !m.policy.RetryOnFailedConnect {
			m.state = Closed
			return acts
		}
		if m.policy.MaxReconnect == 0 {
			return m.giveUp(now, noServers(m.lastErr), acts)
		}
	}
	switch {
	case len(m.pool.servers) == 0:
		return m.giveUp(now, noServers(m.lastErr), acts)
	case m.policy.CustomDelay:
		return m.ask(AskDelay, thenPass, acts)
	}
	return m.wait(now, m.delay(), thenPass, acts)
}

// ask puts a question to the user; its answer leads to then.
func (m *Machine) ask(what ActionKind, then next, acts []Action) []Action {
	m.token++
	m.state, m.then = Asking, then
	a := Action{Kind: what, Token: m.token}
	if what == AskDelay {
		a.Passes = int(m.passes)
	}
	return append(acts, a)
}

// wait goes on to then after d, at once when d isn't positive.
func (m *Machine) wait(now, d time.Duration, then next, acts []Action) []Action {
	m.then = then
	if d <= 0 {
		return m.proceed(now, acts)
	}
	m.state, m.waitUntil = Waiting, now+d
	return acts
}

// proceed does what a wait or an answer led to.
func (m *Machine) proceed(now time.Duration, acts []Action) []Action {
	// Whatever comes next is no longer what was waited for.
	m.state = Attempting
	if m.then == thenPass {
		return m.beginPass(now, acts)
	}
	if s := m.pool.find(m.chosen); s != nil {
		return m.attemptServer(now, s, acts)
	}
	return m.attemptNext(now, acts)
}

// giveUp ends it for good; err is nil when the user closed.
func (m *Machine) giveUp(now time.Duration, err error, acts []Action) []Action {
	acts = m.cancelAll(now, acts)
	m.state = Closed
	return append(acts, Action{Kind: TellClosed, Err: err})
}

// note keeps the failure that tells the user most about this pass.
func (m *Machine) note(f Failure) {
	if t := telling(f.Kind); t || !m.telling {
		m.lastErr, m.telling = f.Err, t
	}
}

// connectError is why the first pass failed: what a server said, or else that
// none could be reached.
func (m *Machine) connectError() error {
	if m.telling {
		return m.lastErr
	}
	return &NoServersError{Last: m.lastErr, First: true}
}
