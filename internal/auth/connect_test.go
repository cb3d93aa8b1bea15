package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

func TestConnectSaysWhoTheClientIs(t *testing.T) {
	c := Client{Name: "n", Lang: "go", Version: "1", Verbose: true, Pedantic: true}
	got, err := c.Connect(&Server{Headers: true, Encrypted: true})
	want := wire.ConnectInfo{Name: "n", Lang: "go", Version: "1", Verbose: true, Pedantic: true, Protocol: 1,
		Echo: true, TLSRequired: true, Headers: true, NoResponders: true}
	if got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	c = Client{NoEcho: true}
	if got, err := c.Connect(&Server{}); got != (wire.ConnectInfo{Protocol: 1}) || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// The URL comes before the options, and the callback for a token before both.
func TestWhichUserAndTokenCount(t *testing.T) {
	options := Client{User: "u", Password: "p", Token: "t"}
	asks := Client{UserInfo: func() (string, string) { return "cu", "cp" }}
	token := Client{User: "u", Password: "p", TokenHandler: func() string { return "ct" }}
	for _, c := range []struct {
		name   string
		client Client
		server Server
		want   string
	}{
		{"options", options, Server{}, "u p t"},
		{"URL", options, Server{InURL: true, User: "su", Password: "sp"}, "su sp "},
		{"token in the URL", options, Server{InURL: true, Token: "st"}, "  st"},
		{"empty ones in the URL", options, Server{InURL: true}, "  "},
		{"callback", asks, Server{}, "cu cp "},
		{"callback and URL", asks, Server{InURL: true, User: "su"}, "su  "},
		{"token callback", token, Server{}, "u p ct"},
		{"token callback and URL", token, Server{InURL: true, User: "su", Password: "sp"}, "su sp ct"},
	} {
		ci, err := c.client.Connect(&c.server)
		if got := fmt.Sprintf("%s %s %s", ci.User, ci.Pass, ci.AuthToken); got != c.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestConnectSignsTheNonce(t *testing.T) {
	seed, pub := userKey(t)
	user := UserOfStrings(someJWT, seed)
	for name, c := range map[string]Client{
		"JWT":  {JWT: user.JWT, Sign: user.Sign},
		"nkey": {Nkey: pub, Sign: user.Sign},
	} {
		ci, err := c.Connect(&Server{Nonce: "nonce"})
		if err != nil || ci.Nkey != c.Nkey || (ci.JWT == someJWT) != (c.JWT != nil) {
			t.Errorf("%s: %+v, %v", name, ci, err)
		}
		verifySignature(t, pub, func([]byte) ([]byte, error) { return base64.RawURLEncoding.DecodeString(ci.Sig) })
	}
	// What is neither needs no signature.
	bare := Client{JWT: func() (string, error) { return "", nil }, Sign: func([]byte) ([]byte, error) {
		t.Error("signed for nobody")
		return nil, nil
	}}
	if ci, err := bare.Connect(&Server{Nonce: "nonce"}); ci.Sig != "" || err != nil {
		t.Errorf("%+v, %v", ci, err)
	}
}

func TestCredentialsAreAskedForAnew(t *testing.T) {
	n := 0
	next := func() string { n++; return fmt.Sprint(n) }
	c := Client{
		UserInfo:     func() (string, string) { return next(), next() },
		TokenHandler: next,
		JWT:          func() (string, error) { return next(), nil },
		Sign:         func(nonce []byte) ([]byte, error) { return append(nonce, next()...), nil },
	}
	for _, want := range []string{"1 2 3 4 nonce5", "6 7 8 9 nonce10"} {
		ci, err := c.Connect(&Server{Nonce: "nonce"})
		sig, _ := base64.RawURLEncoding.DecodeString(ci.Sig)
		if got := fmt.Sprintf("%s %s %s %s %s", ci.User, ci.Pass, ci.AuthToken, ci.JWT, sig); got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

func TestWhyThereAreNoCredentials(t *testing.T) {
	mine := errors.New("mine")
	jwt := func() (string, error) { return someJWT, nil }
	sign := func([]byte) ([]byte, error) { return nil, nil }
	for _, c := range []struct {
		client Client
		nonce  string
		want   Fault
		cause  error
		text   string
	}{
		{Client{JWT: func() (string, error) { return "", mine }, Sign: sign}, "n", NoJWT, mine, "the user's JWT could not be had: mine"},
		{Client{JWT: jwt, Sign: func([]byte) ([]byte, error) { return nil, mine }}, "n", NotSigned, mine, "the server's nonce could not be signed: mine"},
		{Client{JWT: jwt}, "n", JWTUnsigned, nil, "there is a user JWT and nothing to sign with"},
		{Client{Nkey: "U"}, "n", NkeyUnsigned, nil, "there is an nkey and nothing to sign with"},
		{Client{Nkey: "U", Sign: sign}, "", NoNonce, nil, "the server gave no nonce to sign"},
	} {
		_, err := c.client.Connect(&Server{Nonce: c.nonce})
		var e *Error
		if !errors.As(err, &e) || e.Fault != c.want || e.Unwrap() != c.cause || err.Error() != c.text {
			t.Errorf("%v; want %q", err, c.text)
		}
	}
	// Servers of old take a JWT without a nonce.
	old := Client{JWT: jwt, Sign: sign}
	if _, err := old.Connect(&Server{}); err != nil {
		t.Errorf("a JWT and no nonce: %v", err)
	}
}
