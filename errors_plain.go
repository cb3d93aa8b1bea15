package nats

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/transport"
)

// plain returns what programs compare: the error that nats.go gives in the same
// place, without what this client knows besides. Within the client errors carry
// all of it; this is the one place where it is taken off, at the border to the
// program, see shown and told.
func plain(err error) error {
	switch e := err.(type) {
	case *ConnError:
		switch {
		case e.tls && e.Phase == phaseTLS:
			return fmt.Errorf("%w: %w", ErrTLS, plain(e.Err))
		case e.tls:
			return fmt.Errorf("%w: connection closed by remote after TLS handshake: %w", ErrTLS, plain(e.Err))
		}
		return plain(e.Err)
	case *detail:
		return plain(e.plain)
	case *ownErr:
		return plain(e.plain)
	case *timeoutError:
		return plain(e.err)
	case *reconnect.NoServersError:
		if e.First && !refused(e.Last) {
			return plain(e.Last)
		}
		return ErrNoServers
	case *transport.Error:
		return plainTransport(e)
	case transport.AddressErrors:
		return plain(e[len(e)-1])
	}
	return err
}

// plainTransport is what the dialer of the standard library says.
func plainTransport(e *transport.Error) error {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return dialTimeout()
	}
	var lookup *net.DNSError
	if errors.As(e.Err, &lookup) && e.Phase == transport.PhaseLookup {
		return &net.OpError{Op: "dial", Net: "tcp", Err: lookup}
	}
	return plain(e.Err)
}

func dialTimeout() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

// refused says whether nobody listens there, or a dialer of the program's own
// says so in the system's words.
func refused(err error) bool {
	return err == nil || errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "connection refused")
}

// shown is an error as a call returns it.
func (o *Options) shown(err error) error {
	if o.DetailedErrors {
		return err
	}
	return plain(err)
}

// told is an error as a handler is given it: what a server said is there the
// variable that it stands for.
func (o *Options) told(err error) error {
	if o.DetailedErrors {
		return err
	}
	err = plain(err)
	if said, ok := err.(*serverSaid); ok && known(said.kind) {
		return said.kind
	}
	return err
}

// ofAddress is the client's error for what is wrong with a URL, which shows no
// credentials: an ErrBadURL, and for programs the *url.Error that a malformed one is
// in the standard library, or what dialling a port that doesn't exist would say.
func ofAddress(err error) error {
	switch e := err.(type) {
	case *address.MixedError:
		return detailed(ErrMixingWebsocketSchemes, "%w: %s and %s", ErrMixingWebsocketSchemes, e.First, e.Second)
	case *address.Error:
		var bare error = &url.Error{Op: "parse", URL: e.Shown, Err: &kindError{e.Why, ErrBadURL}}
		if e.Fault == address.BadPort {
			bare = &net.OpError{Op: "dial", Net: "tcp", Err: &net.AddrError{Err: "invalid port", Addr: e.Port}}
		}
		return detailed(bare, "%w %q: %s", ErrBadURL, e.Shown, e.Why)
	}
	return err
}

// ofAuth is the client's error for credentials that could not be had: the fault of
// the program, its callbacks or options.
func ofAuth(err error) error {
	e, ok := err.(*auth.Error)
	if !ok {
		return err
	}
	switch e.Fault {
	case auth.JWTUnsigned:
		return ownError(ErrUserButNoSigCB, "%w", ErrUserButNoSigCB)
	case auth.NkeyUnsigned:
		return ownError(ErrNkeyButNoSigCB, "%w", ErrNkeyButNoSigCB)
	case auth.NoNonce:
		return ownError(ErrNkeysNotSupported, "%w", ErrNkeysNotSupported)
	case auth.NotSigned:
		return ownError(fmt.Errorf("error signing nonce: %w", e.Err), "%w", e)
	}
	return ownError(e.Err, "%w", e)
}

// sendFaults are what programs find in the place of what goes wrong on the way out.
var sendFaults = [...]error{
	send.Closed:    ErrConnectionClosed,
	send.Draining:  ErrConnectionDraining,
	send.TooLarge:  ErrMaxPayload,
	send.NoHeaders: ErrHeadersNotSupported,
	send.OutOfTime: ErrTimeout,
	send.GaveWay:   ErrMessageDropped,
	send.Expired:   ErrMessageExpired,
	send.Poison:    ErrPoisonMessage,
}

// ofSend is the client's error for a message that isn't sent, or whose fate isn't
// known. Away from a server a full buffer is also an ErrReconnectBufExceeded, which
// programs written for nats.go look for.
func ofSend(err error) error {
	switch e := err.(type) {
	case send.Fault:
		return sendFaults[e]
	case *send.NoRoomError:
		return fmt.Errorf("%w: no room for %d bytes: %w", ErrOutboundFull, e.Size, ofSend(e.Why))
	case *send.DoubtError:
		return fmt.Errorf("%w: the connection to %s ended with %d messages (%d bytes) sent but not confirmed",
			ErrInDoubt, e.Server, e.Msgs, e.Bytes)
	case *send.FullError:
		return ofFull(e)
	}
	return err
}

func ofFull(e *send.FullError) error {
	if e.Server == "" {
		if e.HeldLimit == 0 {
			return ErrReconnectBufExceeded
		}
		return fmt.Errorf("%w: %d bytes wait for a connection; AtLeastOnceLimit allows %d, and a message of %d more was not accepted",
			ErrReconnectBufExceeded, e.Waiting, e.HeldLimit, e.Size)
	}
	err := fmt.Errorf("%w: %d bytes wait for server %s", ErrOutboundFull, e.Waiting, e.Server)
	if e.Stalled > 0 {
		err = fmt.Errorf("%w, which has taken nothing for %v", err, e.Stalled.Round(time.Millisecond))
	}
	if e.HeldLimit > 0 {
		return fmt.Errorf("%w; with %d unconfirmed ones that is what AtLeastOnceLimit allows (%d), and a message of %d was not accepted",
			err, e.Held, e.HeldLimit, e.Size)
	}
	return fmt.Errorf("%w; ReconnectBufSize allows %d, and a message of %d was not accepted", err, e.Limit, e.Size)
}

// detail is an error with more to say than the one that programs compare.
type detail struct {
	plain error
	full  error
}

// detailed gives an error a text and further causes.
func detailed(plain error, format string, args ...any) error {
	return &detail{plain, fmt.Errorf(format, args...)}
}

func (e *detail) Error() string { return e.full.Error() }

// Is finds the plain one, which the full text need not wrap.
func (e *detail) Is(target error) bool { return errors.Is(e.plain, target) }

func (e *detail) As(target any) bool { return errors.As(e.plain, target) }

func (e *detail) Unwrap() error { return e.full }

// serverSaid is an -ERR in answer to CONNECT, in the server's own words.
type serverSaid struct {
	text string
	kind error // what serverError makes of it
}

func (e *serverSaid) Error() string { return "nats: " + e.text }

func (e *serverSaid) Unwrap() error { return e.kind }
