package session

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// flushLimit bounds how long a closed connection may go on writing what was queued.
const flushLimit = time.Second

// BeginClose says that the connection is about to be closed, and whether that is
// news: whoever is first closes. What leaves a link stops at that.
func (s *Session) BeginClose() (first bool) { return s.closing.CompareAndSwap(false, true) }

// Close ends the session. The socket is closed when flushed brings something, which
// says that what was queued has been written, or when that takes too long; nil: there
// is nothing to wait for. It doesn't wait for the end.
func (s *Session) Close(flushed <-chan error) {
	s.drv.post(func() { s.shutDown(flushed) })
}

func (s *Session) shutDown(flushed <-chan error) {
	if flushed != nil {
		go func() {
			t := time.NewTimer(flushLimit)
			defer t.Stop()
			select {
			case <-flushed:
			case <-t.C:
			}
			s.drv.post(func() { s.shutDown(nil) })
		}()
		return
	}
	s.unlink(nil, func(error) { s.step(reconnect.Event{Kind: reconnect.Close}) })
}

// end is the one way in which a session ends, whoever wanted it. The machine knows
// no attempt any more and starts none; the last link is gone before Ended is called,
// and that is the last call there is.
func (s *Session) end(last *reconnect.Action) {
	if s.over {
		return
	}
	s.over = true
	s.closing.Store(true)
	if s.deadline != nil {
		s.deadline.Stop()
	}
	s.unlink(nil, func(error) {
		s.host.Ended(last)
		close(s.done)
	})
}
