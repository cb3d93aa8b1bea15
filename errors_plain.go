package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/handover"
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/request"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
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
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	var lookup *net.DNSError
	if errors.As(e.Err, &lookup) && e.Phase == transport.PhaseLookup {
		return &net.OpError{Op: "dial", Net: "tcp", Err: lookup}
	}
	return plain(e.Err)
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

// receiveErrors are the sentinels for what internal/receive finds wrong with a call.
var receiveErrors = [...]error{
	receive.BadSubscription:    ErrBadSubscription,
	receive.ConnectionClosed:   ErrConnectionClosed,
	receive.ConnectionDraining: ErrConnectionDraining,
	receive.MaxMessages:        ErrMaxMessages,
	receive.SlowConsumer:       ErrSlowConsumer,
	receive.HasHandler:         ErrSyncSubRequired,
	receive.HasChannel:         ErrTypeSubscription,
	receive.NoMessage:          ErrTimeout,
	receive.BadLimit:           ErrInvalidArg,
	receive.Poisonous:          ErrPoisonSubscription,
}

// ofReceive is the client's error for what is wrong with a call on a subscription.
func ofReceive(err error) error {
	if e, ok := err.(receive.Error); ok {
		return receiveErrors[e]
	}
	return err
}

// handoverErrors say why a connection stays where it is; ErrMigration wraps them.
var handoverErrors = [...]error{
	handover.Unproven: errors.New("nats: the server isn't joined to the one that is left, or is too slow to take over from it"),
	handover.TooMany:  errors.New("nats: more messages came in than can be compared during a migration"),
	handover.GivenUp:  errors.New("nats: the migration was given up"),
	handover.NotNow:   errors.New("nats: subscriptions are suspect or the old link has ended; no migration is possible now"),
}

// ofHandover is the client's error for a link that can't take over.
func ofHandover(err error) error {
	if e, ok := err.(handover.Error); ok {
		return handoverErrors[e]
	}
	return ofSend(err)
}

// ofSession is the client's error for what failed an attempt, ended a connection or
// was said by a server.
func ofSession(err error) error {
	switch e := err.(type) {
	case *session.Error:
		return ofFault(e)
	case *session.Said:
		return ofSaid(e)
	case *reconnect.NoServersError:
		if e.Last != nil {
			return &reconnect.NoServersError{Last: ofSession(e.Last), First: e.First}
		}
	}
	return err
}

func ofFault(e *session.Error) error {
	ce := &ConnError{Phase: e.Phase, Server: e.Server, Err: ofAuth(e.Err), Hint: e.Hint, tls: e.TLS, own: e.Own}
	switch e.Fault {
	case session.TimedOut:
		ce.Err = &timeoutError{after: e.After, err: e.Err}
	case session.Stale:
		ce.Err = because(ErrStaleConnection, e.Err)
	case session.NoInfo:
		ce.Err = because(ErrNoInfoReceived, e.Err)
	case session.BadInfo:
		ce.Err = detailed(ofJSON(e.Bare), "%w", e.Err)
	case session.NoPong:
		ce.Err = detailed(fmt.Errorf("nats: expected 'PONG', got '%s'", e.Text), "%w", e.Err)
	case session.NoTLS:
		ce.Err = ErrSecureConnWanted
	case session.NoEcho:
		ce.Err = ErrNoEchoNotSupported
	case session.NotInPool:
		return detailed(ErrServerNotInPool, "%w: %s", ErrServerNotInPool, e.Text)
	}
	if said, ok := ce.Err.(*session.Said); ok {
		ce.Err = &serverSaid{text: said.Text, kind: ofSaid(said)}
	}
	return ce
}

// ofJSON is the JSON decoder's error for the type that programs know.
func ofJSON(err error) error {
	if e, ok := err.(*json.UnmarshalTypeError); ok && e.Type == reflect.TypeFor[wire.ServerInfo]() {
		public := *e
		public.Type = reflect.TypeFor[ServerInfo]()
		return &public
	}
	return err
}

// because is a sentinel with what led to it, if that is known.
func because(sentinel, cause error) error {
	if cause == nil {
		return sentinel
	}
	return detailed(sentinel, "%w: %w", sentinel, cause)
}

// saidErrors are the errors of their own that a server can say.
var saidErrors = map[session.SaidKind]error{
	session.SaidStale:                ErrStaleConnection,
	session.SaidUnauthorized:         ErrAuthorization,
	session.SaidUserExpired:          ErrAuthExpired,
	session.SaidUserRevoked:          ErrAuthRevoked,
	session.SaidAccountExpired:       ErrAccountAuthExpired,
	session.SaidServerFull:           ErrMaxConnectionsExceeded,
	session.SaidAccountFull:          ErrMaxAccountConnectionsExceeded,
	session.SaidTooManySubscriptions: ErrMaxSubscriptionsExceeded,
	session.SaidSecure:               ErrSecureConnRequired,
}

// ofSaid is the client's error for an -ERR; one that has none of its own keeps the text.
func ofSaid(e *session.Said) error {
	if e.Kind == session.SaidForbidden {
		return fmt.Errorf("%w: %s", ErrPermissionViolation, e)
	}
	if err := saidErrors[e.Kind]; err != nil {
		return err
	}
	return errors.New("nats: " + e.Error())
}

// known says whether an error is one of saidErrors.
func known(err error) bool {
	for _, e := range saidErrors {
		if e == err {
			return true
		}
	}
	return false
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

// ofRequest is the client's error for a request that has no answer.
func ofRequest(err error) error {
	switch e := err.(type) {
	case request.Fault:
		if e == request.Closed {
			return ErrConnectionClosed
		}
		return ErrTimeout
	case *request.LostError:
		return fmt.Errorf("%w (%s)", errRequestInDoubt, e.Server)
	case *request.PoisonError:
		return fmt.Errorf("%w (request to %s)", ErrPoisonMessage, excerpt(e.Subject))
	case *request.AgainError:
		switch {
		case errors.Is(e.Why, ErrPoisonMessage):
			return fmt.Errorf("%w (request to %s)", e.Why, excerpt(e.Subject))
		case errors.Is(e.Why, ErrConnectionClosed):
			return e.Why
		}
		return fmt.Errorf("%w, and the request could not be sent again: %w", errRequestInDoubt, e.Why)
	}
	return err
}

var errRequestInDoubt = fmt.Errorf("%w: the connection to the server ended before the answer came", ErrInDoubt)

// excerpt is the start of a subject, for an error.
func excerpt(subj string) string {
	const most = 64
	if len(subj) > most {
		return fmt.Sprintf("%q and %d bytes more", subj[:most], len(subj)-most)
	}
	return fmt.Sprintf("%q", subj)
}

// isTimeout says that a deadline passed, after which a socket can be used again.
func isTimeout(err error) bool { return session.IsTimeout(err) }
