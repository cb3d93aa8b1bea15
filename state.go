package nats

import (
	"context"
	"fmt"
	"sync"

	"github.com/evernats/nats/internal/reconnect"
)

// stateView is what the outside may know of the connection at any moment. Only
// the driver and Close write it; readers never wait for more than a field copy.
type stateView struct {
	mu   sync.Mutex
	err  error // LastError
	up   chan struct{}
	left bool // Connect returned before there was a connection
}

// StatusChanged returns a channel on which the listed statuses are announced;
// without a list all that matter to a program: CONNECTED, RECONNECTING,
// DISCONNECTED and CLOSED. The channel holds 10 announcements. A reader that
// lags further behind finds the newest ones: the oldest announcement makes room,
// the listener is never removed. The channel is the program's: the client closes it
// in [Conn.RemoveStatusListener] only, after CLOSED nothing more comes, and a program
// that has enough of it may also close it itself, though the race detector reports a
// close that meets an announcement: RemoveStatusListener is the clean way. On a closed
// connection it brings nothing.
func (nc *Conn) StatusChanged(statuses ...Status) chan Status {
	if len(statuses) == 0 {
		statuses = []Status{CONNECTED, RECONNECTING, DISCONNECTED, CLOSED}
	}
	return nc.statuses.Listen(statuses)
}

// RemoveStatusListener ends the announcements on a channel that StatusChanged
// returned, and closes it. It closes a channel that isn't listed any more, or never
// was, just as well; one that is nil or closed already is left as it is.
func (nc *Conn) RemoveStatusListener(ch chan Status) { nc.statuses.Remove(ch) }

// changeStatus makes st the status and announces it. CLOSED is final, and a drain
// leads nowhere else, whoever comes late with other news.
func (nc *Conn) changeStatus(st Status) bool {
	if st == CLOSED {
		return nc.statuses.End(CLOSED)
	}
	return nc.statuses.Change(st, func(old Status) bool {
		return old != DRAINING_PUBS && (old != DRAINING_SUBS || st == DRAINING_PUBS)
	})
}

// set changes the status and tells those who wait for it.
func (s *stateView) set(nc *Conn, st Status) {
	if !nc.changeStatus(st) {
		return
	}
	nc.events.draining(nc, st)
	if st == CONNECTED || st == CLOSED {
		s.wakeWaiters()
	}
}

// follow translates the machine's state. A connection that drains keeps saying
// so while it reconnects.
func (s *stateView) follow(nc *Conn, st reconnect.State) {
	var to Status
	switch st {
	case reconnect.Connected:
		to = CONNECTED
	case reconnect.Attempting, reconnect.Asking, reconnect.Waiting:
		to = RECONNECTING
	default: // Connecting is where it started; CLOSED is set with what goes with it
		return
	}
	if to == RECONNECTING && nc.Status() == CONNECTING && !nc.Opts.RetryOnFailedConnect {
		return
	}
	if nc.drain.Active() {
		if to == CONNECTED {
			s.wakeWaiters()
		} else {
			nc.drain.Poke() // there may be nothing left to save
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
	nc.statuses.Change(RECONNECTING, func(from Status) bool { return from == CONNECTING })
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

// WaitConnected waits until a server is in use. It returns nil then, ctx's error
// (wrapped, with the last thing that went wrong) when ctx is done first, and
// [ErrConnectionClosed] when the connection is closed.
func (nc *Conn) WaitConnected(ctx context.Context) error {
	if nc == nil {
		return ErrInvalidConnection
	}
	if ctx == nil {
		return ErrInvalidContext
	}
	for {
		changed := nc.state.changed()
		if nc.IsClosed() {
			return ErrConnectionClosed
		}
		// A link alone isn't enough: the status follows in a moment.
		if nc.session.Current() != nil && nc.IsConnected() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if last := nc.LastErrorDetail(); last != nil {
				return fmt.Errorf("nats: not connected: %w (last error: %w)", ctx.Err(), last)
			}
			return fmt.Errorf("nats: not connected: %w", ctx.Err())
		}
	}
}
