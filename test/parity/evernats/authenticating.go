package scenarios

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/parity/env"
)

func authentication() []env.Scenario {
	return []env.Scenario{
		{Name: "auth/user and password", Run: authUser},
		{Name: "auth/token", Run: authToken},
		{Name: "auth/handlers asked anew", Run: authHandlers},
		{Name: "auth/nkey", Run: authNkey},
		{Name: "auth/refused", Run: authRefused},
		{Name: "auth/refused by one of two servers", Run: authOtherServer},
		{Name: "auth/twice the same error closes", Run: authAborts},
		{Name: "auth/ignore abort", Run: authIgnoresAbort},
		{Name: "auth/recovers", Run: authRecovers},
		{Name: "auth/errors a server can send", Run: authErrors},
		{Name: "auth/no auth user", Run: authNoAuthUser},
	}
}

func jwtAuthentication() []env.Scenario {
	return []env.Scenario{
		{Name: "jwt/forms", Run: jwtForms},
		{Name: "jwt/callbacks", Run: jwtCallbacks},
		{Name: "jwt/refused", Run: jwtRefused},
		{Name: "jwt/user revoked", Run: jwtRevoked},
		{Name: "jwt/user expires", Run: jwtExpires},
		{Name: "jwt/account expires", Run: jwtAccountExpires},
		{Name: "jwt/wire", Run: jwtWire},
	}
}

func withUser(o *server.Options) { o.Username, o.Password = "me", "secret" }

func authUser(e *env.Env) {
	s := e.Server(withUser)
	attempt(e, "options", s.URL(), nats.UserInfo("me", "secret"))
	attempt(e, "url", s.URLFor("nats", "me:secret"))
	attempt(e, "url first", s.URLFor("nats", "me:secret"), nats.UserInfo("no", "body"))
	attempt(e, "url wrong", s.URLFor("nats", "me:wrong"), nats.UserInfo("me", "secret"))
	attempt(e, "handler", s.URL(), nats.UserInfoHandler(func() (string, string) { return "me", "secret" }))
	nc := connect(e, s.URL(), nats.UserInfo("me", "secret"))
	e.Log("auth required %v", nc.AuthRequired())
	c := s.Client()
	e.Log("server: user %q", c.AuthorizedUser)
	special := e.Server(func(o *server.Options) { o.Username, o.Password = "m@e", "s:e/c?r%t" })
	attempt(e, "special characters", special.URLFor("nats", "m%40e:s%3Ae%2Fc%3Fr%25t"))
	attempt(e, "special characters in options", special.URL(), nats.UserInfo("m@e", "s:e/c?r%t"))
}

func authToken(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.Authorization = "tok" })
	attempt(e, "option", s.URL(), nats.Token("tok"))
	attempt(e, "url", s.URLFor("nats", "tok"))
	attempt(e, "handler", s.URL(), nats.TokenHandler(func() string { return "tok" }))
	attempt(e, "wrong", s.URL(), nats.Token("wrong"))
	attempt(e, "none", s.URL())
	attempt(e, "as password", s.URL(), nats.UserInfo("", "tok"))
}

// reconnectTwice cuts the connection twice and waits until it is back.
func reconnectTwice(e *env.Env, s *env.Server) {
	e.Helper()
	for i := range 2 {
		s.CutClients()
		e.Await("callbacks", "reconnected", i+1)
	}
}

func authHandlers(e *env.Env) {
	s := e.Server(withUser)
	var asked atomic.Int32
	nc := connect(e, s.URL(), watched(e, quick(nats.UserInfoHandler(func() (string, string) {
		asked.Add(1)
		return "me", "secret"
	}))...)...)
	reconnectTwice(e, s)
	e.Log("user handler asked %d times", asked.Load())
	nc.Close()
	e.Await("callbacks", "closed", 1)
	s.Restart(func(o *server.Options) { o.Username, o.Password, o.Authorization = "", "", "tok" })
	asked.Store(0)
	var again atomic.Int32
	back := make(chan bool, 2)
	connect(e, s.URL(), quick(
		nats.TokenHandler(func() string { asked.Add(1); return "tok" }),
		nats.ReconnectHandler(func(*nats.Conn) { again.Add(1); back <- true }))...)
	s.CutClients()
	env.Recv(e, "the reconnect", back)
	e.Log("token handler asked %d times", asked.Load())
}

func authNkey(e *env.Env) {
	u, other := e.NewUser(), e.NewUser()
	s := e.Server(func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: u.Public}} })
	signer := &env.Signer{User: u}
	nc := connect(e, s.URL(), watched(e, quick(nats.Nkey(u.Public, signer.Sign))...)...)
	reconnectTwice(e, s)
	e.Log("signed %d times", signer.Calls())
	e.Log("server: %v", s.Client().AuthorizedUser == u.Public)
	nc.Close()
	opt, err := nats.NkeyOptionFromSeed(e.TempFile("seed", u.Seed+"\n"))
	e.Err("seed file", err)
	attempt(e, "seed file", s.URL(), opt)
	opt, err = nats.NkeyOptionFromSeed(e.TempFile("decorated", "# my key\n-----BEGIN USER NKEY SEED-----\n"+u.Seed+"\n------END USER NKEY SEED------\n"))
	e.Err("decorated seed file", err)
	if opt != nil {
		attempt(e, "decorated seed file", s.URL(), opt)
	}
	attempt(e, "unknown key", s.URL(), nats.Nkey(other.Public, other.Sign))
	attempt(e, "wrong signature", s.URL(), nats.Nkey(u.Public, other.Sign))
	attempt(e, "signing fails", s.URL(), nats.Nkey(u.Public, func([]byte) ([]byte, error) { return nil, fmt.Errorf("no key today") }))
	attempt(e, "no key", s.URL())
}

func authRefused(e *env.Env) {
	s := e.Server(withUser)
	for name, opts := range map[string][]nats.Option{
		"nothing":              nil,
		"wrong user":           {nats.UserInfo("you", "secret")},
		"wrong password":       {nats.UserInfo("me", "guess")},
		"token":                {nats.Token("tok")},
		"retry does not help":  {nats.RetryOnFailedConnect(true), nats.MaxReconnects(3), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0)},
		"no reconnect either":  {nats.NoReconnect()},
		"with callbacks there": {nats.ReconnectErrHandler(func(*nats.Conn, error) {})},
	} {
		lane := e.On(name)
		nc, err := nats.Connect(s.URL(), opts...)
		lane.Err("connect", err)
		if nc != nil {
			e.Until("closed", nc.IsClosed)
			lane.Err("last error", nc.LastError())
		}
	}
}

func authOtherServer(e *env.Env) {
	a, b := e.Server(withUser), e.Server()
	nc := connect(e, a.URL()+","+b.URL(), nats.DontRandomize())
	e.Log("at %s", nc.ConnectedServerName())
	e.Err("last error", nc.LastError())
}

func authAborts(e *env.Env) {
	s := e.Server(withUser)
	connect(e, s.URL(), watched(e, quick(nats.UserInfo("me", "secret"))...)...)
	s.Restart(func(o *server.Options) { o.Password = "other" })
	e.Await("callbacks", "closed", 1)
}

func authIgnoresAbort(e *env.Env) {
	s := e.Server(withUser)
	var refused atomic.Int32
	lane := e.On("outcome")
	connect(e, s.URL(), quick(
		nats.UserInfo("me", "secret"),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectHandler(func(*nats.Conn) { lane.Log("reconnected") }),
		nats.ClosedHandler(func(nc *nats.Conn) { lane.Err("closed", nc.LastError()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if refused.Add(1) == 1 {
				lane.Err("first error", err)
			}
		}))...)
	s.Restart(func(o *server.Options) { o.Password = "other" })
	e.Until("refused four times", func() bool { return refused.Load() >= 4 })
	s.Restart(func(o *server.Options) { o.Password = "secret" })
	e.Await("outcome", "reconnected", 1)
}

func authRecovers(e *env.Env) {
	s := e.Server(withUser)
	var password atomic.Value
	password.Store("secret")
	connect(e, s.URL(), watched(e, quick(nats.UserInfoHandler(func() (string, string) {
		// The second time it is asked after the change, it knows the new one.
		return "me", password.Swap("other").(string)
	}))...)...)
	password.Store("secret")
	s.Restart(func(o *server.Options) { o.Password = "other" })
	e.Await("callbacks", "reconnected", 1)
}

func authErrors(e *env.Env) {
	for _, text := range []string{
		"Authorization Violation", "User Authentication Expired", "User Authentication Revoked",
		"Account Authentication Expired", "Authentication Timeout",
		"maximum connections exceeded", "maximum account active connections exceeded",
	} {
		s := e.Silent(func(c *natstest.Config) { c.Behave = natstest.Always(natstest.Behavior{Refuse: text}) })
		attempt(e, text, s.URL(), nats.Timeout(time.Second))
		s.Close()
	}
}

func authNoAuthUser(e *env.Env) {
	s := e.Server(func(o *server.Options) {
		o.Users = []*server.User{{Username: "guest", Password: "g"}}
		o.NoAuthUser = "guest"
	})
	connect(e, s.URL())
	e.Log("server: %q", s.Client().AuthorizedUser)
}

func jwtForms(e *env.Env) {
	op := e.Operator()
	s := e.Server(op.Trusted)
	u := op.User()
	creds := u.Creds(e)
	attempt(e, "creds file", s.URL(), nats.UserCredentials(e.TempFile("user.creds", creds)))
	attempt(e, "jwt file and seed file", s.URL(), nats.UserCredentials(e.TempFile("user.jwt", u.JWT), e.TempFile("user.nk", u.Seed)))
	attempt(e, "creds bytes", s.URL(), nats.UserCredentialBytes([]byte(creds)))
	attempt(e, "jwt bytes and seed bytes", s.URL(), nats.UserCredentialBytes([]byte(u.JWT), []byte(u.Seed)))
	attempt(e, "jwt and seed", s.URL(), nats.UserJWTAndSeed(u.JWT, u.Seed))
	attempt(e, "callbacks", s.URL(), nats.UserJWT(func() (string, error) { return u.JWT, nil }, u.Sign))
	nc := connect(e, s.URL(), nats.UserCredentials(e.TempFile("again.creds", creds)))
	e.Until("the account", func() bool { return nc.RemoteAccount() != "" })
	e.Log("account %q", nc.RemoteAccount())
	c := s.Client()
	e.Log("server: account %q, user %v", c.Account, c.AuthorizedUser == u.Public)
}

func jwtCallbacks(e *env.Env) {
	op := e.Operator()
	s := e.Server(op.Trusted)
	u := op.User()
	signer := &env.Signer{User: u}
	var asked atomic.Int32
	connect(e, s.URL(), watched(e, quick(nats.UserJWT(func() (string, error) { asked.Add(1); return u.JWT, nil }, signer.Sign))...)...)
	reconnectTwice(e, s)
	e.Log("asked %d times, signed %d times", asked.Load(), signer.Calls())
	attempt(e, "jwt callback fails", s.URL(), nats.UserJWT(func() (string, error) { return "", fmt.Errorf("no jwt today") }, signer.Sign))
	attempt(e, "signature callback fails", s.URL(), nats.UserJWT(func() (string, error) { return u.JWT, nil }, func([]byte) ([]byte, error) { return nil, fmt.Errorf("no key today") }))
}

func jwtRefused(e *env.Env) {
	op, stranger := e.Operator(), e.Operator()
	s := e.Server(op.Trusted)
	u, other := stranger.User(), op.User()
	attempt(e, "other operator", s.URL(), nats.UserJWTAndSeed(u.JWT, u.Seed))
	attempt(e, "other user's key", s.URL(), nats.UserJWTAndSeed(other.JWT, u.Seed))
	attempt(e, "no jwt", s.URL(), nats.UserJWTAndSeed("", other.Seed))
	attempt(e, "junk jwt", s.URL(), nats.UserJWTAndSeed("junk", other.Seed))
	attempt(e, "nothing", s.URL())
	expired := op.User(func(c *jwt.UserClaims) { c.Expires = time.Now().Add(-time.Hour).Unix() })
	attempt(e, "expired", s.URL(), nats.UserJWTAndSeed(expired.JWT, expired.Seed))
}

func jwtRevoked(e *env.Env) {
	op := e.Operator()
	s := e.Server(op.Trusted)
	u := op.User()
	connect(e, s.URL(), watched(e, quick(nats.UserJWTAndSeed(u.JWT, u.Seed))...)...)
	op.Revoke(s, u)
	e.Await("callbacks", "closed", 1)
}

func jwtExpires(e *env.Env) {
	op := e.Operator()
	s := e.Server(op.Trusted)
	u := op.User(func(c *jwt.UserClaims) { c.Expires = time.Now().Add(2 * time.Second).Unix() })
	connect(e, s.URL(), watched(e, nats.NoReconnect(), nats.UserJWTAndSeed(u.JWT, u.Seed))...)
	e.Await("callbacks", "closed", 1)
}

func jwtAccountExpires(e *env.Env) {
	op := e.Operator()
	s := e.Server(op.Trusted)
	u := op.User()
	connect(e, s.URL(), watched(e, nats.NoReconnect(), nats.UserJWTAndSeed(u.JWT, u.Seed))...)
	op.ExpireAccount(s, 2*time.Second)
	e.Await("callbacks", "closed", 1)
}

func jwtWire(e *env.Env) {
	op := e.Operator()
	s := e.Server(op.Trusted)
	u := op.User()
	wire := e.Wire(s).URL()
	nc := connect(e, wire, nats.UserJWTAndSeed(u.JWT, u.Seed))
	nc.Close()
	nk := e.NewUser()
	keys := e.Server(func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: nk.Public}} })
	nc = connect(e, e.Wire(keys).URL(), nats.Nkey(nk.Public, nk.Sign))
	nc.Close()
	e.Log("%s", strconv.Quote("both connected"))
}
