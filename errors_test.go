package nats

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// Programs compare these texts in logs and alerts; they are part of the API.
var sentinels = []struct {
	name string
	err  error
	text string
}{
	{"ErrAccountAuthExpired", ErrAccountAuthExpired, "nats: account authentication expired"},
	{"ErrAuthExpired", ErrAuthExpired, "nats: authentication expired"},
	{"ErrAuthRevoked", ErrAuthRevoked, "nats: authentication revoked"},
	{"ErrAuthorization", ErrAuthorization, "nats: authorization violation"},
	{"ErrBadHeaderMsg", ErrBadHeaderMsg, "nats: message could not decode headers"},
	{"ErrBadQueueName", ErrBadQueueName, "nats: invalid queue name"},
	{"ErrBadSubject", ErrBadSubject, "nats: invalid subject"},
	{"ErrBadSubscription", ErrBadSubscription, "nats: invalid subscription"},
	{"ErrBadTimeout", ErrBadTimeout, "nats: timeout invalid"},
	{"ErrChanArg", ErrChanArg, "nats: argument needs to be a channel type"},
	{"ErrClientCertOrRootCAsRequired", ErrClientCertOrRootCAsRequired, "nats: at least one of certCB or rootCAsCB must be set"},
	{"ErrClientIDNotSupported", ErrClientIDNotSupported, "nats: client ID not supported by this server"},
	{"ErrClientIPNotSupported", ErrClientIPNotSupported, "nats: client IP not supported by this server"},
	{"ErrConnectionClosed", ErrConnectionClosed, "nats: connection closed"},
	{"ErrConnectionDraining", ErrConnectionDraining, "nats: connection draining"},
	{"ErrConnectionNotTLS", ErrConnectionNotTLS, "nats: connection is not tls"},
	{"ErrConnectionReconnecting", ErrConnectionReconnecting, "nats: connection reconnecting"},
	{"ErrDisconnected", ErrDisconnected, "nats: server is disconnected"},
	{"ErrDrainTimeout", ErrDrainTimeout, "nats: draining connection timed out"},
	{"ErrHeadersNotSupported", ErrHeadersNotSupported, "nats: headers not supported by this server"},
	{"ErrInvalidArg", ErrInvalidArg, "nats: invalid argument"},
	{"ErrInvalidConnection", ErrInvalidConnection, "nats: invalid connection"},
	{"ErrInvalidContext", ErrInvalidContext, "nats: invalid context"},
	{"ErrInvalidMsg", ErrInvalidMsg, "nats: invalid message or message nil"},
	{"ErrJsonParse", ErrJsonParse, "nats: connect message, json parse error"},
	{"ErrMaxAccountConnectionsExceeded", ErrMaxAccountConnectionsExceeded, "nats: maximum account active connections exceeded"},
	{"ErrMaxConnectionsExceeded", ErrMaxConnectionsExceeded, "nats: server maximum connections exceeded"},
	{"ErrMaxMessages", ErrMaxMessages, "nats: maximum messages delivered"},
	{"ErrMaxPayload", ErrMaxPayload, "nats: maximum payload exceeded"},
	{"ErrMaxSubscriptionsExceeded", ErrMaxSubscriptionsExceeded, "nats: server maximum subscriptions exceeded"},
	{"ErrMixingWebsocketSchemes", ErrMixingWebsocketSchemes, "nats: mixing of websocket and non websocket URLs is not allowed"},
	{"ErrMsgNoReply", ErrMsgNoReply, "nats: message does not have a reply"},
	{"ErrMsgNotBound", ErrMsgNotBound, "nats: message is not bound to subscription/connection"},
	{"ErrMultipleTLSConfigs", ErrMultipleTLSConfigs, "nats: multiple tls.Configs not allowed"},
	{"ErrNkeyAndUser", ErrNkeyAndUser, "nats: user callback and nkey defined"},
	{"ErrNkeyButNoSigCB", ErrNkeyButNoSigCB, "nats: nkey defined without a signature handler"},
	{"ErrNkeysNotSupported", ErrNkeysNotSupported, "nats: nkeys not supported by the server"},
	{"ErrNoDeadlineContext", ErrNoDeadlineContext, "nats: context requires a deadline"},
	{"ErrNoEchoNotSupported", ErrNoEchoNotSupported, "nats: no echo option not supported by this server"},
	{"ErrNoInfoReceived", ErrNoInfoReceived, "nats: protocol exception, INFO not received"},
	{"ErrNoResponders", ErrNoResponders, "nats: no responders available for request"},
	{"ErrNoServers", ErrNoServers, "nats: no servers available for connection"},
	{"ErrNoUserCB", ErrNoUserCB, "nats: user callback not defined"},
	{"ErrPermissionViolation", ErrPermissionViolation, "nats: permissions violation"},
	{"ErrReconnectBufExceeded", ErrReconnectBufExceeded, "nats: outbound buffer limit exceeded"},
	{"ErrSecureConnRequired", ErrSecureConnRequired, "nats: secure connection required"},
	{"ErrSecureConnWanted", ErrSecureConnWanted, "nats: secure connection not available"},
	{"ErrServerNotInPool", ErrServerNotInPool, "nats: selected server is not in the pool"},
	{"ErrSlowConsumer", ErrSlowConsumer, "nats: slow consumer, messages dropped"},
	{"ErrStaleConnection", ErrStaleConnection, "nats: stale connection"},
	{"ErrSyncSubRequired", ErrSyncSubRequired, "nats: illegal call on an async subscription"},
	{"ErrTLS", ErrTLS, "nats: tls error"},
	{"ErrTimeout", ErrTimeout, "nats: timeout"},
	{"ErrTokenAlreadySet", ErrTokenAlreadySet, "nats: token and token handler both set"},
	{"ErrTypeSubscription", ErrTypeSubscription, "nats: invalid subscription type"},
	{"ErrUserButNoSigCB", ErrUserButNoSigCB, "nats: user callback defined without a signature handler"},
	{"ErrUserInfoAlreadySet", ErrUserInfoAlreadySet, "nats: cannot set user info callback and user/pass"},
	{"ErrWebSocketHeadersAlreadySet", ErrWebSocketHeadersAlreadySet, "nats: websocket connection headers already set"},
	{"ErrBadURL", ErrBadURL, "nats: invalid server URL"},
	{"ErrOutboundFull", ErrOutboundFull, "nats: outbound buffer full"},
	{"ErrInDoubt", ErrInDoubt, "nats: connection lost, outcome in doubt"},
	{"ErrMessageDropped", ErrMessageDropped, "nats: message dropped"},
	{"ErrMessageExpired", ErrMessageExpired, "nats: message expired before it could be sent"},
	{"ErrPoisonMessage", ErrPoisonMessage, "nats: message ended the connection each time it was sent"},
}

func TestErrorTexts(t *testing.T) {
	for _, s := range sentinels {
		if got := s.err.Error(); got != s.text {
			t.Errorf("%s: %q, want %q", s.name, got, s.text)
		}
	}
}

func TestErrorsAreApart(t *testing.T) {
	related := map[[2]string]bool{
		{"ErrReconnectBufExceeded", "ErrOutboundFull"}: true,
		{"ErrMessageExpired", "ErrMessageDropped"}:     true,
		{"ErrPoisonMessage", "ErrMessageDropped"}:      true,
	}
	for _, a := range sentinels {
		for _, b := range sentinels {
			want := a.name == b.name || related[[2]string{a.name, b.name}]
			if got := errors.Is(a.err, b.err); got != want {
				t.Errorf("errors.Is(%s, %s) = %v", a.name, b.name, got)
			}
		}
	}
}

func TestConnError(t *testing.T) {
	err := error(&ConnError{
		Phase: phaseConnect, Server: "nats://10.0.0.1:4222",
		Err: ErrAuthorization, Hint: "check user and password",
	})
	want := "nats: sending CONNECT failed (nats://10.0.0.1:4222): authorization violation (check user and password)"
	if err.Error() != want {
		t.Errorf("text %q, want %q", err, want)
	}
	if !errors.Is(err, ErrAuthorization) {
		t.Error("the cause is hidden")
	}
	var ce *ConnError
	if !errors.As(err, &ce) || ce.Phase != "CONNECT" {
		t.Error("errors.As doesn't find the ConnError")
	}
}

func TestConnErrorNamesEachPhase(t *testing.T) {
	seen := map[string]bool{}
	for _, phase := range []string{"look-up", "dial", "TLS", "INFO", "CONNECT", "PONG", "write", "read"} {
		text := (&ConnError{Phase: phase}).Error()
		if seen[text] || text == "nats: "+phase {
			t.Errorf("phase %q has no text of its own: %q", phase, text)
		}
		seen[text] = true
	}
	if text := (&ConnError{Phase: "tunnel"}).Error(); !strings.Contains(text, "tunnel") {
		t.Errorf("a phase without a text is not shown: %q", text)
	}
}

func TestConnErrorTimeout(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{ErrTimeout, true},
		{os.ErrDeadlineExceeded, true},
		{ErrAuthorization, false},
		{nil, false},
	} {
		if got := (&ConnError{Err: c.err}).Timeout(); got != c.want {
			t.Errorf("Timeout of %v is %v", c.err, got)
		}
	}
}
