package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
)

// attempt is one try to reach one server. It runs on a goroutine of its own and
// reports to the driver with its number, so that a late answer is recognised.
type attempt struct {
	server *address.Server
	cancel context.CancelFunc
	link   *Link         // once established, until adopted
	begun  time.Duration // when, since the session's start
}

func (s *Session) startAttempt(no uint32, url string) {
	cfg := s.host.AttemptConfig()
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Timeout)
	if s.attempts == nil {
		s.attempts = make(map[uint32]*attempt)
	}
	asking := s.takeTurns(&cfg)
	target := s.urls.Target(url)
	at := &attempt{server: target.Server, cancel: cancel, begun: s.now()}
	s.attempts[no] = at
	s.tellAttempt(Begun, no, at)
	// What waits in the attempt ends with ctx, save a callback of the user's. One
	// that hangs must not stop the search for a server.
	watch := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return
		}
		time.AfterFunc(callbackGrace, func() {
			s.drv.post(func() { s.attemptDone(no, nil, hearsay{}, hung(target, cfg.Timeout), false) })
		})
	})
	go func() {
		l, named, err := s.handshake(ctx, &cfg, asking, target)
		watch()
		cancelled := errors.Is(ctx.Err(), context.Canceled)
		cancel()
		s.drv.post(func() { s.attemptDone(no, l, named, err, cancelled) })
	}()
}

// callbackGrace is how long an attempt may take to end after its time is up.
const callbackGrace = 100 * time.Millisecond

func hung(t address.Target, after time.Duration) error {
	return &Error{Phase: PhaseConnect, Server: t.Server.Redacted(),
		Fault: TimedOut, After: after, Err: dialTimeout(),
		Hint: "perhaps a callback for credentials, certificates or headers has not returned"}
}

// forgetAttempt takes an attempt out of the book, and the empty book away with all
// that attempts need: a connection that works needs none. Its context is done.
func (s *Session) forgetAttempt(no uint32) {
	if delete(s.attempts, no); len(s.attempts) == 0 {
		s.attempts = nil
		if s.turns.free() {
			s.turns = nil
		}
	}
}

func (s *Session) attemptDone(no uint32, l *Link, named hearsay, err error, cancelled bool) {
	at := s.attempts[no]
	if at == nil || cancelled && err != nil {
		s.forgetAttempt(no)
		if l != nil {
			l.Close()
		}
		return
	}
	if err != nil {
		s.tellAttempt(Over, no, at)
		s.forgetAttempt(no)
		s.step(reconnect.Event{
			Kind:       reconnect.Failed,
			Attempt:    no,
			Failure:    failureOf(err),
			Advertised: s.urls.Advertised(at.server, named.urls, named.overTLS),
		})
		s.tidyURLs()
		return
	}
	at.link = l
	s.step(reconnect.Event{
		Kind:       reconnect.Established,
		Attempt:    no,
		Advertised: s.urls.Advertised(l.server, l.info.ConnectURLs, l.encrypted),
		TLS:        l.encrypted,
		Same:       s.sameServer(l),
	})
	s.tidyURLs()
	// Whatever the machine did not adopt has lost the race.
	if at := s.attempts[no]; at != nil {
		s.cancelAttempt(no)
	}
}

func (s *Session) cancelAttempt(no uint32) {
	at := s.attempts[no]
	if at == nil {
		return
	}
	at.cancel()
	s.forgetAttempt(no)
	s.tellAttempt(GivenUp, no, at)
	if at.link != nil {
		at.link.Close()
	}
}

func (s *Session) tellAttempt(stage Stage, no uint32, at *attempt) {
	s.host.Attempt(Attempt{Stage: stage, No: no, Server: at.server, Took: s.now() - at.begun})
}

// turn lets one attempt at a time call the user's callbacks: attempts race, and
// callbacks are seldom written for that.
type turn chan struct{}

func (t turn) do(ctx context.Context, f func() error) error {
	select {
	case t <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t }()
	if err := ctx.Err(); err != nil { // both came at once
		return err
	}
	return f()
}

// turns are what the attempts of one search share.
type turns struct {
	asking turn
	dial   transport.Turn // of dialers that are called one at a time
}

// takeTurns gives an attempt its place among the others.
func (s *Session) takeTurns(cfg *AttemptConfig) (asking turn) {
	if s.turns == nil {
		s.turns = &turns{asking: make(turn, 1)}
	}
	asking = s.turns.asking
	if cfg.Transport.AddressDelay < 0 {
		if s.turns.dial == nil {
			s.turns.dial = make(transport.Turn, 1)
		}
		cfg.Transport.Turn = s.turns.dial
	}
	if ask := cfg.AskHeaders; ask != nil {
		cfg.Transport.Headers = func(ctx context.Context) (h http.Header, err error) {
			err = asking.do(ctx, func() (err error) {
				h, err = ask()
				return err
			})
			return h, err
		}
	}
	return asking
}

// free says that nobody is in the program's code, nor gets there: whoever takes a turn
// looks at his context before he uses it, and those of all attempts are done.
func (t *turns) free() bool { return t == nil || len(t.asking) == 0 && len(t.dial) == 0 }
