package nats

import (
	"sync"
	"sync/atomic"

	"github.com/evernats/nats/internal/reconnect"
)

// stateView is what the outside may know of the connection at any moment. Only
// the driver and Close write it; readers never wait for more than a field copy.
type stateView struct {
	status     atomic.Int32
	maxPayload atomic.Int64 // of the last server; 0: none said
	linked     atomic.Bool  // a server is in use, or the books on the last one aren't closed yet

	mu   sync.Mutex
	link *link      // the connection in use; nil while there is none
	info ServerInfo // of the server in use, or the last one
	err  error      // LastError
	up   chan struct{}
	left bool // Connect returned before there was a connection
}

// set changes the status and tells the listeners. CLOSED is final.
func (s *stateView) set(nc *Conn, st Status) {
	if !nc.statuses.change(&s.status, st) {
		return
	}
	if st == CONNECTED || st == CLOSED {
		s.wakeWaiters()
	}
}

// follow translates the machine's state. A connection that drains keeps saying
// so while it reconnects.
func (s *stateView) follow(nc *Conn, st reconnect.State) {
	var to Status
	s.linked.Store(st == reconnect.Connected)
	switch st {
	case reconnect.Connected:
		to = CONNECTED
	case reconnect.Attempting, reconnect.Asking, reconnect.Waiting:
		to = RECONNECTING
	default: // Connecting is where it started; CLOSED is set with what goes with it
		return
	}
	if to == RECONNECTING && Status(s.status.Load()) == CONNECTING && !nc.Opts.RetryOnFailedConnect {
		return
	}
	if nc.drain.active() {
		if to == CONNECTED {
			s.wakeWaiters()
		} else {
			nc.drain.poke() // there may be nothing left to save
		}
		return
	}
	s.set(nc, to)
}

// leaveConnecting is for a first connect that goes on in the background.
func (s *stateView) leaveConnecting(nc *Conn) {
	s.mu.Lock()
	s.left = true
	s.mu.Unlock()
	// The driver may have connected meanwhile.
	nc.statuses.changeFrom(&s.status, CONNECTING, RECONNECTING)
}

func (s *stateView) leftConnecting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

func (s *stateView) setErr(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
}

func (s *stateView) lastErr() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *stateView) setLink(l *link) {
	s.mu.Lock()
	s.link = l
	if l != nil {
		s.info = l.info
		s.maxPayload.Store(l.info.MaxPayload)
	}
	s.mu.Unlock()
}

func (s *stateView) setInfo(l *link, info ServerInfo) {
	s.mu.Lock()
	if s.link == l {
		s.info = info
		s.maxPayload.Store(info.MaxPayload)
	}
	s.mu.Unlock()
}

// current returns the link in use, nil when there is none.
func (s *stateView) current() *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

// serverInfo returns the INFO of the server in use; ok is false while there is
// none.
func (s *stateView) serverInfo() (info ServerInfo, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info, s.link != nil
}

// changed returns a channel that is closed at the next CONNECTED or CLOSED.
func (s *stateView) changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up == nil {
		s.up = make(chan struct{})
	}
	return s.up
}

func (s *stateView) wakeWaiters() {
	s.mu.Lock()
	up := s.up
	s.up = nil
	s.mu.Unlock()
	if up != nil {
		close(up)
	}
}
