package nats

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// apply applies options in order and returns the first error, or that of
// validate.
func apply(o Options, opts ...Option) error {
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return err
		}
	}
	o = o.withDefaults()
	return o.validate()
}

func TestBadOptionsAreRefused(t *testing.T) {
	token := func() string { return "" }
	userInfo := func() (string, string) { return "", "" }
	jwt := func() (string, error) { return "", nil }
	sign := func([]byte) ([]byte, error) { return nil, nil }
	wsHeaders := func() (http.Header, error) { return nil, nil }
	someHeaders := http.Header{"A": {"b"}}
	for _, c := range []struct {
		name string
		want error // nil: fine
		opts []Option
	}{
		{"negative Timeout", ErrBadTimeout, []Option{Timeout(-1)}},
		{"negative DrainTimeout", nil, []Option{DrainTimeout(-1)}},
		{"negative MaxPingsOutstanding", nil, []Option{MaxPingsOutstanding(-1)}},
		{"negative SyncQueueLen", nil, []Option{SyncQueueLen(-1)}},
		{"negative WriteBufferSize", nil, []Option{WriteBufferSize(-1)}},
		{"negative AtLeastOnceLimit", ErrInvalidArg, []Option{AtLeastOnceLimit(-1)}},
		{"unknown policy", ErrInvalidArg, []Option{OutboundFull(17)}},
		{"negative policy", ErrInvalidArg, []Option{OutboundFull(-1)}},
		{"back-off that shrinks", ErrInvalidArg, []Option{ReconnectBackoff(time.Minute, time.Second)}},
		{"back-off with a negative bound", ErrInvalidArg, []Option{ReconnectBackoff(time.Second, -1)}},

		{"token, then handler", ErrTokenAlreadySet, []Option{Token("a"), TokenHandler(token)}},
		{"handler, then token", ErrTokenAlreadySet, []Option{TokenHandler(token), Token("a")}},
		{"two token handlers", nil, []Option{TokenHandler(token), TokenHandler(token)}},
		{"user, then handler", ErrUserInfoAlreadySet, []Option{UserInfo("a", "b"), UserInfoHandler(userInfo)}},
		{"handler, then user", ErrUserInfoAlreadySet, []Option{UserInfoHandler(userInfo), UserInfo("a", "b")}},
		{"password alone and handler", ErrUserInfoAlreadySet, []Option{UserInfo("", "b"), UserInfoHandler(userInfo)}},
		{"nkey and JWT", ErrNkeyAndUser, []Option{Nkey("U", sign), UserJWT(jwt, sign)}},
		{"JWT and nkey", ErrNkeyAndUser, []Option{UserJWT(jwt, sign), Nkey("U", sign)}},
		{"nkey without signature", ErrNkeyButNoSigCB, []Option{Nkey("U", nil)}},
		{"no nkey", nil, []Option{Nkey("", nil)}},
		{"no JWT callback", ErrNoUserCB, []Option{UserJWT(nil, sign)}},
		{"neither callback", ErrNoUserCB, []Option{UserJWT(nil, nil)}},
		{"JWT without signature", ErrUserButNoSigCB, []Option{UserJWT(jwt, nil)}},

		{"two TLS configurations", ErrMultipleTLSConfigs, []Option{Secure(&tls.Config{}, &tls.Config{})}},
		{"TLS without callbacks", ErrClientCertOrRootCAsRequired, []Option{ClientTLSConfig(nil, nil)}},

		{"WebSocket headers, then handler", ErrWebSocketHeadersAlreadySet,
			[]Option{WebSocketConnectionHeaders(someHeaders), WebSocketConnectionHeadersHandler(wsHeaders)}},
		{"WebSocket handler, then headers", ErrWebSocketHeadersAlreadySet,
			[]Option{WebSocketConnectionHeadersHandler(wsHeaders), WebSocketConnectionHeaders(someHeaders)}},
		{"empty WebSocket headers and handler", nil,
			[]Option{WebSocketConnectionHeaders(http.Header{}), WebSocketConnectionHeadersHandler(wsHeaders)}},
	} {
		err := apply(GetDefaultOptions(), c.opts...)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestBadStructsAreRefused(t *testing.T) {
	sign := func([]byte) ([]byte, error) { return nil, nil }
	jwt := func() (string, error) { return "", nil }
	for _, c := range []struct {
		name string
		want error
		o    Options
	}{
		{"nkey without signature", ErrNkeyButNoSigCB, Options{Nkey: "U"}},
		{"nkey and JWT", ErrNkeyAndUser, Options{Nkey: "U", UserJWT: jwt, SignatureCB: sign}},
		{"a JWT that needs no signature", nil, Options{UserJWT: jwt}},
		{"two tokens", ErrTokenAlreadySet, Options{Token: "a", TokenHandler: func() string { return "" }}},
		{"two users", ErrUserInfoAlreadySet, Options{User: "a", UserInfo: func() (string, string) { return "", "" }}},
		{"negative FenceBytes", ErrInvalidArg, Options{FenceBytes: -1}},
		{"negative FenceInterval", ErrInvalidArg, Options{FenceInterval: -1}},
		{"nothing", nil, Options{}},
	} {
		if err := apply(c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestRefusalsNameTheOption(t *testing.T) {
	for name, opt := range map[string]Option{
		"Timeout": Timeout(-time.Second), "FenceBytes": FenceEvery(-1, 0), "FenceInterval": FenceEvery(0, -1),
		"HeldLimit": AtLeastOnceLimit(-1), "OutboundFull": OutboundFull(9),
	} {
		if err := apply(Options{}, opt); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v doesn't name it", name, err)
		}
	}
}

// Bad input is refused by Connect itself, before anything is dialled.
func TestConnectRefusesBadInput(t *testing.T) {
	dialled := SetCustomDialer(dialerFunc(func(string, string) (net.Conn, error) {
		t.Error("bad input was dialled")
		return nil, errors.New("no network")
	}))
	for _, c := range []struct {
		name, url string
		opts      []Option
		want      error
	}{
		{"no such port", "nats://host:99999", nil, ErrBadURL},
		{"malformed URL", "nats://host:port", nil, ErrBadURL},
		{"mixed schemes", "nats://a, ws://b", nil, ErrMixingWebsocketSchemes},
		{"negative size", "nats://a", []Option{AtLeastOnceLimit(-5)}, ErrInvalidArg},
		{"negative time", "nats://a", []Option{Timeout(-5)}, ErrBadTimeout},
		{"missing credentials file", "nats://a", []Option{UserCredentials("/no/such/file")}, fs.ErrNotExist},
		{"missing authorities", "nats://a", []Option{RootCAs("/no/such/file")}, fs.ErrNotExist},
		{"inbox prefix", "nats://a", []Option{CustomInboxPrefix("a b")}, ErrBadSubject},
		{"two tokens", "nats://token@a", []Option{TokenHandler(func() string { return "" })}, ErrTokenAlreadySet},
	} {
		// Not even trying for ever makes bad input good.
		nc, err := Connect(c.url, append(c.opts, dialled, Resilient())...)
		if !errors.Is(err, c.want) || nc != nil {
			t.Errorf("%s: connection %v and error %v, want %v", c.name, nc, err, c.want)
		}
	}
}

type dialerFunc func(network, address string) (net.Conn, error)

func (f dialerFunc) Dial(network, address string) (net.Conn, error) { return f(network, address) }
