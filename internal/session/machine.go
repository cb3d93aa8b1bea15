package session

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// event posts one event for the machine.
func (s *Session) event(ev reconnect.Event) {
	s.drv.post(func() { s.step(ev) })
}

// step feeds one event to the machine and does what it answers. Only the driver
// calls it.
func (s *Session) step(ev reconnect.Event) {
	s.machineMu.Lock()
	now := s.now()
	acts := s.machine.Step(now, ev, nil)
	s.traceLocked(now, &ev, acts)
	s.machineMu.Unlock()
	for i := range acts {
		s.perform(&acts[i])
	}
	s.setDeadline()
}

// setDeadline arms the one timer that the machine asks for.
func (s *Session) setDeadline() {
	s.machineMu.Lock()
	at, ok := s.machine.Deadline()
	s.machineMu.Unlock()
	if !ok {
		if s.deadline != nil {
			s.deadline.Stop()
		}
		return
	}
	d := max(at-s.now(), 0)
	if s.deadline == nil {
		s.deadline = time.AfterFunc(d, func() { s.event(reconnect.Event{Kind: reconnect.Timeout}) })
		return
	}
	s.deadline.Reset(d)
}

// perform carries out one action.
func (s *Session) perform(a *reconnect.Action) {
	switch a.Kind {
	case reconnect.Dial:
		s.startAttempt(a.Attempt, a.URL)
	case reconnect.Cancel:
		if !s.unprepare(a.Attempt) {
			s.cancelAttempt(a.Attempt)
		}
	case reconnect.Adopt:
		if !s.rescue(a.Attempt, a.Epoch) {
			s.adopt(a.Attempt, a.Epoch)
		}
	case reconnect.Drop:
		s.drop(a.Epoch)
	case reconnect.Prepare:
		s.prepare(a.Attempt)
	case reconnect.Switch:
		s.switchTo(a.Attempt, a.Epoch)
	case reconnect.AskDelay:
		s.askDelay(a.Token, a.Passes)
	case reconnect.AskServer:
		s.askServer(a.Token)
	case reconnect.TellForgotten:
		s.host.Tell(a)
		s.urls.Forget(a.URL)
	case reconnect.StateIs:
		s.stateIs(a)
	case reconnect.TellConnectFailed:
		if s.retries {
			s.host.Tell(a)
		} else {
			s.end(a)
		}
	case reconnect.TellClosed:
		s.end(a)
	default:
		s.host.Tell(a)
	}
}

func (s *Session) stateIs(a *reconnect.Action) {
	if s.forced && a.State != reconnect.Attempting {
		// The attempts that were under way when the user forced one have
		// failed: the one that was asked for comes now, not after a wait.
		s.forced = false
		if a.State != reconnect.Connected {
			s.event(reconnect.Event{Kind: reconnect.ForceReconnect})
		}
	}
	s.linked.Store(a.State == reconnect.Connected)
	s.host.Tell(a)
}

// State is where the machine stands.
func (s *Session) State() reconnect.State {
	s.machineMu.Lock()
	defer s.machineMu.Unlock()
	return s.machine.State()
}

// NextAttempt is how long the machine waits before it begins another attempt; zero when
// it doesn't, negative when it has asked the program or is closed.
func (s *Session) NextAttempt() time.Duration {
	s.machineMu.Lock()
	defer s.machineMu.Unlock()
	if at, ok := s.machine.Rests(); ok {
		return max(at-s.now(), 0)
	}
	switch s.machine.State() {
	case reconnect.Asking, reconnect.Closed:
		return -1
	}
	return 0
}

func (s *Session) known() []reconnect.Server {
	s.machineMu.Lock()
	defer s.machineMu.Unlock()
	return s.machine.Servers()
}
