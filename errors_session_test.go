package nats

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/wire"
)

// What a server says in an -ERR is the variable that programs compare, and the constants
// are the texts that are recognised.
func TestErrorsThatServersSay(t *testing.T) {
	for text, want := range map[string]error{
		STALE_CONNECTION: ErrStaleConnection, AUTHORIZATION_ERR: ErrAuthorization, AUTHENTICATION_EXPIRED_ERR: ErrAuthExpired,
		AUTHENTICATION_REVOKED_ERR: ErrAuthRevoked, ACCOUNT_AUTHENTICATION_EXPIRED_ERR: ErrAccountAuthExpired,
		MAX_CONNECTIONS_ERR: ErrMaxConnectionsExceeded, MAX_ACCOUNT_CONNECTIONS_ERR: ErrMaxAccountConnectionsExceeded,
		MAX_SUBSCRIPTIONS_ERR: ErrMaxSubscriptionsExceeded, "secure connection required": ErrSecureConnRequired,
	} {
		said := session.ReadErr(strings.ToUpper(text[:1]) + text[1:])
		if got := ofSession(said); got != want {
			t.Errorf("%q: %v", text, got)
		}
		in := &session.Error{Phase: session.PhasePong, Server: "s", Err: said}
		if err := ofSession(in); !errors.Is(err, want) || (&Options{}).told(err) != want || plain(err).Error() != "nats: "+said.Text {
			t.Errorf("%q in answer to CONNECT: %v, plain %v", text, err, plain(err))
		}
	}
	forbidden := ofSession(session.ReadErr("Permissions Violation for Publish to \"a\""))
	if errors.Unwrap(forbidden) != ErrPermissionViolation || !strings.Contains(forbidden.Error(), `to "a"`) {
		t.Errorf("a permission: %v", forbidden)
	}
	if other := ofSession(session.ReadErr("Slow Consumer")); other.Error() != "nats: Slow Consumer" || known(other) {
		t.Errorf("something else: %v", other)
	}
}

// Each fault of the session's is an error of the client's, and bare the one that nats.go
// gives in its place.
func TestErrorsOfTheSession(t *testing.T) {
	bare := errors.New("bare")
	for what, c := range map[string]struct {
		e     session.Error
		is    []error
		plain error  // by ==
		text  string // of the plain one, where it is made anew
	}{
		"failed":     {session.Error{Err: io.EOF}, []error{io.EOF}, io.EOF, ""},
		"timed out":  {session.Error{Fault: session.TimedOut, After: time.Second, Err: bare}, []error{ErrTimeout, bare}, bare, ""},
		"stale":      {session.Error{Fault: session.Stale}, []error{ErrStaleConnection}, ErrStaleConnection, ""},
		"stale, why": {session.Error{Fault: session.Stale, Err: io.EOF}, []error{ErrStaleConnection, io.EOF}, ErrStaleConnection, ""},
		"no INFO":    {session.Error{Fault: session.NoInfo}, []error{ErrNoInfoReceived}, ErrNoInfoReceived, ""},
		"bad INFO":   {session.Error{Fault: session.BadInfo, Err: io.EOF, Bare: bare}, []error{io.EOF, bare}, bare, ""},
		"an INFO that is none": {session.Error{Fault: session.BadInfo, Err: io.EOF, Bare: json.Unmarshal([]byte("[]"), new(wire.ServerInfo))},
			[]error{io.EOF}, nil, "json: cannot unmarshal array into Go value of type nats.ServerInfo"},
		"no PONG":  {session.Error{Fault: session.NoPong, Text: "x", Err: io.EOF}, []error{io.EOF}, nil, "nats: expected 'PONG', got 'x'"},
		"no TLS":   {session.Error{Fault: session.NoTLS, Phase: session.PhaseTLS}, []error{ErrSecureConnWanted}, ErrSecureConnWanted, ""},
		"no echo":  {session.Error{Fault: session.NoEcho, Own: true}, []error{ErrNoEchoNotSupported}, ErrNoEchoNotSupported, ""},
		"TLS":      {session.Error{TLS: true, Phase: session.PhaseTLS, Err: bare}, []error{ErrTLS, bare}, nil, "nats: tls error: bare"},
		"no nonce": {session.Error{Own: true, Err: &auth.Error{Fault: auth.NoNonce}}, []error{ErrNkeysNotSupported}, ErrNkeysNotSupported, ""},
	} {
		e := c.e
		e.Server, e.Hint = "nats://a:1", "hint"
		err := ofSession(&e)
		var ce *ConnError
		if !errors.As(err, &ce) || ce.Server != e.Server || ce.Phase != e.Phase || ce.Hint != "hint" || ce.own != e.Own {
			t.Errorf("%s: %#v", what, err)
		}
		for _, target := range c.is {
			if !errors.Is(err, target) {
				t.Errorf("%s: %v isn't %v", what, err, target)
			}
		}
		if got := plain(err); c.plain != nil && got != c.plain || c.plain == nil && got.Error() != c.text {
			t.Errorf("%s: plain %v", what, got)
		}
		// It is found in what the machine says of a whole pass, too.
		none := ofSession(&reconnect.NoServersError{Last: &e, First: true})
		if !errors.Is(none, ErrNoServers) || !errors.As(none, &ce) || ce.Server != e.Server {
			t.Errorf("%s: %v", what, none)
		}
	}
	if err := ofSession(&session.Error{Fault: session.NotInPool, Text: "x"}); plain(err) != ErrServerNotInPool || !strings.HasSuffix(err.Error(), ": x") {
		t.Errorf("not in the pool: %v", err)
	}
	if ofSession(nil) != nil || ofSession(bare) != bare {
		t.Error("an error that isn't the session's is changed")
	}
}
