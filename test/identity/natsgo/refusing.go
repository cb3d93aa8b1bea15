package walks

import (
	"net/http"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/identity/world"
)

func refusing() []world.Walk {
	return []world.Walk{
		{Name: "options", Run: refusedOptions},
		{Name: "urls", Run: refusedURLs},
		{Name: "credentials", Run: refusedCredentials},
	}
}

func refusedOptions(w *world.World) {
	s := w.Server().URL()
	sign := func([]byte) ([]byte, error) { return nil, nil }
	user := func() (string, error) { return "a.b.c", nil }
	attempt(w, "timeout", s, nats.Timeout(-1))
	attempt(w, "timeout of a second", s, nats.Timeout(-time.Second))
	attempt(w, "token and handler", s, nats.Token("a"), nats.TokenHandler(func() string { return "b" }))
	attempt(w, "handler and token", s, nats.TokenHandler(func() string { return "b" }), nats.Token("a"))
	attempt(w, "token in the URL and handler", "nats://tok@"+s[7:], nats.TokenHandler(func() string { return "b" }))
	attempt(w, "user and handler", s, nats.UserInfo("a", "b"), nats.UserInfoHandler(func() (string, string) { return "", "" }))
	attempt(w, "nkey and JWT", s, nats.Nkey("UX", sign), nats.UserJWT(user, sign))
	attempt(w, "JWT and nkey", s, nats.UserJWT(user, sign), nats.Nkey("UX", sign))
	attempt(w, "JWT without callback", s, nats.UserJWT(nil, sign))
	attempt(w, "JWT without signature", s, nats.UserJWT(user, nil))
	attempt(w, "nkey without signature", s, nats.Nkey("UX", nil))
	attempt(w, "two TLS configs", s, nats.Secure(nil, nil))
	attempt(w, "no TLS callback", s, nats.ClientTLSConfig(nil, nil))
	headers := func() (http.Header, error) { return nil, nil }
	attempt(w, "headers and handler", s, nats.WebSocketConnectionHeaders(http.Header{"A": {"b"}}), nats.WebSocketConnectionHeadersHandler(headers))
	attempt(w, "handler and headers", s, nats.WebSocketConnectionHeadersHandler(headers), nats.WebSocketConnectionHeaders(http.Header{"A": {"b"}}))
}

func refusedURLs(w *world.World) {
	s := w.Server().URL()
	attempt(w, "malformed port", "nats://127.0.0.1:abc")
	attempt(w, "malformed", "nats://%zz")
	attempt(w, "malformed among good ones", s+",nats://127.0.0.1:abc")
	attempt(w, "mixed", s+",ws://127.0.0.1:1")
	attempt(w, "mixed the other way", "ws://127.0.0.1:1,"+s)
	nc := connect(w, s)
	w.Saw("pool: mixed", nc.SetServerPool([]string{s, "ws://127.0.0.1:1"}))
	w.Saw("pool: malformed", nc.SetServerPool([]string{"nats://127.0.0.1:abc"}))
	nc.Close()
	w.Saw("pool: closed", nc.SetServerPool([]string{s}))
}

func refusedCredentials(w *world.World) {
	s := w.Server().URL()
	attempt(w, "no creds file", s, nats.UserCredentials("no-such-file.creds"))
	_, err := nats.NkeyOptionFromSeed("no-such-file.nk")
	w.Saw("no nkey file", err)
}
