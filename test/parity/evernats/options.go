package scenarios

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func options() []env.Scenario {
	return []env.Scenario{
		{Name: "options/defaults", Run: optionsDefaults},
		{Name: "options/made by hand", Run: optionsByHand},
		{Name: "options/wire", Run: optionsWire},
		{Name: "options/urls", Run: optionsURLs},
		{Name: "options/server lists", Run: optionsServerLists},
		{Name: "options/verbose and pedantic", Run: optionsVerbose},
	}
}

func badOptions() []env.Scenario {
	return []env.Scenario{
		{Name: "bad options/urls", Run: badURLs},
		{Name: "bad options/credentials", Run: badCredentials},
		{Name: "bad options/tls", Run: badTLS},
		{Name: "bad options/values", Run: badValues},
		{Name: "bad options/nil", Run: badNil},
		{Name: "bad options/fields by hand", Run: badFields},
	}
}

func optionsDefaults(e *env.Env) {
	for _, o := range []nats.Options{nats.GetDefaultOptions(), nats.DefaultOptions} {
		e.Log("url %q servers %q name %q", o.Url, o.Servers, o.Name)
		e.Log("allow reconnect %v, max %d, wait %s, jitter %s and %s, buffer %d", o.AllowReconnect, o.MaxReconnect, o.ReconnectWait, o.ReconnectJitter, o.ReconnectJitterTLS, o.ReconnectBufSize)
		e.Log("timeout %s, drain %s, flusher %s, ping %s max %d", o.Timeout, o.DrainTimeout, o.FlusherTimeout, o.PingInterval, o.MaxPingsOut)
		e.Log("sub chan %d, write buffer %d", o.SubChanLen, o.WriteBufferSize)
		e.Log("flags %v %v %v %v %v %v %v %v %v", o.NoRandomize, o.NoEcho, o.Verbose, o.Pedantic, o.Secure, o.UseOldRequestStyle, o.RetryOnFailedConnect, o.Compression, o.SkipHostLookup)
	}
}

func optionsByHand(e *env.Env) {
	s := e.Server()
	nc, err := nats.Options{Url: s.URL()}.Connect()
	e.Err("zero but for the url", err)
	o := nc.Opts
	e.Log("allow reconnect %v, max %d, wait %s, buffer %d", o.AllowReconnect, o.MaxReconnect, o.ReconnectWait, o.ReconnectBufSize)
	e.Log("timeout %s, drain %s, flusher %s, ping %s max %d", o.Timeout, o.DrainTimeout, o.FlusherTimeout, o.PingInterval, o.MaxPingsOut)
	e.Log("sub chan %d, write buffer %d", o.SubChanLen, o.WriteBufferSize)
	sub, err := nc.SubscribeSync("a")
	e.Err("subscribe", err)
	queued(e, sub)
	e.Err("publish", nc.Publish("a", []byte("x")))
	next(e, sub)
	s.CutClients()
	e.Until("closed", nc.IsClosed)
	nc, err = nats.Options{Servers: []string{s.URL()}}.Connect()
	e.Err("servers only", err)
	nc.Close()
	o = nats.GetDefaultOptions()
	o.Url = s.URL()
	o.Servers = []string{"nats://127.0.0.1:1"}
	o.NoRandomize = true
	nc, err = o.Connect()
	e.Err("url and servers", err)
	e.Log("servers %q", nc.Servers())
	nc.Close()
}

func optionsWire(e *env.Env) {
	s := e.Server()
	url := e.Wire(s).URL()
	for _, opts := range [][]nats.Option{
		nil,
		{nats.Name("a name with \"quotes\" and é")},
		{nats.NoEcho()},
		{nats.UserInfo("me", "secret")},
		{nats.Token("tok")},
		{func(o *nats.Options) error { o.Verbose, o.Pedantic = true, true; return nil }},
	} {
		nc := connect(e, url, opts...)
		e.Must(nc.Publish("a", nil))
		e.Must(nc.Flush())
		nc.Close()
	}
	nc := connect(e, "nats://user:pass@"+url[len("nats://"):])
	nc.Close()
}

func optionsURLs(e *env.Env) {
	s := e.Server()
	port := s.Addr()[len("127.0.0.1:"):]
	e.Alias(":"+port, ":{A}")
	for _, url := range []string{
		s.URL(), s.Addr(), "nats://127.0.0.1:" + port + "/", "NATS://127.0.0.1:" + port, " nats://127.0.0.1:" + port + " ",
		"localhost:" + port, "nats://localhost:" + port, "tcp://127.0.0.1:" + port, "nats://127.0.0.1:" + port + "/some/path",
		"nats://127.0.0.1:" + port + ",nats://127.0.0.1:1", s.URL() + " , " + s.URL(), s.URL() + ",",
		"nats://127.0.0.1:" + port + "?query=1",
	} {
		nc, err := nats.Connect(url, nats.DontRandomize())
		e.Err("connect to "+quote(url), err)
		if nc != nil {
			e.Log("url %q, servers %q", nc.ConnectedUrl(), nc.Servers())
			nc.Close()
		}
	}
}

func optionsServerLists(e *env.Env) {
	a, b := e.Server(), e.Server()
	dead := dead(e)
	nc := connect(e, dead+","+a.URL()+","+b.URL(), nats.DontRandomize())
	e.Log("at %s, servers %q", nc.ConnectedUrl(), nc.Servers())
	nc.Close()
	o := nats.GetDefaultOptions()
	o.Servers = []string{dead, b.URL(), a.URL()}
	o.NoRandomize = true
	nc, err := o.Connect()
	e.Err("list", err)
	e.Log("at %s, servers %q", nc.ConnectedUrl(), nc.Servers())
	nc.Close()
	attempt(e, "all dead", dead)
	first := map[string]bool{}
	e.Until("both were first", func() bool {
		nc := connect(e, a.URL()+","+b.URL())
		first[nc.ConnectedServerName()] = true
		nc.Close()
		return len(first) == 2
	})
	e.Log("the order is random")
}

// dead is the URL of a port where nobody listens.
func dead(e *env.Env) string {
	e.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", e.Port())
	e.Alias(addr, "dead")
	return "nats://" + addr
}

func optionsVerbose(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, func(o *nats.Options) error { o.Verbose, o.Pedantic = true, true; return nil })...)
	e.Await("callbacks", "connected", 1)
	sub, err := nc.SubscribeSync("a")
	e.Err("subscribe", err)
	e.Err("publish", nc.Publish("a", []byte("x")))
	e.Err("flush", nc.Flush())
	next(e, sub)
	_, err = nc.Request("nobody", nil, env.Patience)
	e.Err("request", err)
	e.Log("status %s, last error %v", nc.Status(), nc.LastError())
}

func badURLs(e *env.Env) {
	s := e.Server()
	for _, url := range []string{
		"nats://127.0.0.1:99999", "nats://127.0.0.1:port", "nats://:0", "nats://[::1", "http://127.0.0.1:1", "foo://127.0.0.1:1",
		"nats://", "://", "nats://user:pa ss@127.0.0.1:1", "nats://127.0.0.1:-1", "nats://%zz", "nats:// 127.0.0.1:1", "/", "a b",
		s.URL() + ",nats://127.0.0.1:bad",
		"ws://127.0.0.1:1,nats://127.0.0.1:1", "nats://127.0.0.1:1,wss://127.0.0.1:1",
		"nats://no-such-host.invalid:4222",
	} {
		attempt(e, "connect to "+quote(url), url, nats.Timeout(time.Second))
	}
}

func badCredentials(e *env.Env) {
	s := e.Server()
	url := s.URL()
	u := e.NewUser()
	junk := e.TempFile("junk", "no key in here")
	attempt(e, "token and handler", url, nats.Token("a"), nats.TokenHandler(func() string { return "b" }))
	attempt(e, "handler and token", url, nats.TokenHandler(func() string { return "b" }), nats.Token("a"))
	attempt(e, "token in url and handler", s.URLFor("nats", "tok"), nats.TokenHandler(func() string { return "b" }))
	attempt(e, "user and handler", url, nats.UserInfo("a", "b"), nats.UserInfoHandler(func() (string, string) { return "a", "b" }))
	attempt(e, "handler and user", url, nats.UserInfoHandler(func() (string, string) { return "a", "b" }), nats.UserInfo("a", "b"))
	attempt(e, "nkey without signature", url, nats.Nkey(u.Public, nil))
	attempt(e, "no nkey", url, nats.Nkey("", u.Sign))
	attempt(e, "nkey and jwt", url, nats.Nkey(u.Public, u.Sign), nats.UserJWT(func() (string, error) { return "", nil }, u.Sign))
	attempt(e, "jwt without signature", url, nats.UserJWT(func() (string, error) { return "", nil }, nil))
	attempt(e, "signature without jwt", url, nats.UserJWT(nil, u.Sign))
	attempt(e, "server knows no nkeys", url, nats.Nkey(u.Public, u.Sign))
	attempt(e, "no such creds file", url, nats.UserCredentials("/no/such/file.creds"))
	attempt(e, "no such seed file", url, nats.UserCredentials(e.TempFile("user.jwt", e.Operator().User().JWT), "/no/such/seed"))
	attempt(e, "creds file is junk", url, nats.UserCredentials(junk))
	attempt(e, "creds bytes are junk", url, nats.UserCredentialBytes([]byte("junk")))
	attempt(e, "no creds bytes", url, nats.UserCredentialBytes(nil))
	attempt(e, "jwt and junk seed", url, nats.UserJWTAndSeed("jwt", "junk"))
	_, err := nats.NkeyOptionFromSeed("/no/such/seed")
	e.Err("no such nkey file", err)
	_, err = nats.NkeyOptionFromSeed(junk)
	e.Err("nkey file is junk", err)
	_, err = nats.NkeyOptionFromSeed(e.TempFile("account", "SAAFYOZ5U4UBAJMVPZGSRIMXCKTQN33QM7D3FBYVG6CCXRVVUYGRNVUZMY"))
	e.Err("nkey file holds another kind", err)
}

func badTLS(e *env.Env) {
	s := e.Server()
	url := s.URL()
	junk := e.TempFile("junk.pem", "no certificate in here")
	attempt(e, "two configs", url, nats.Secure(&tls.Config{}, &tls.Config{}))
	attempt(e, "no callbacks", url, nats.ClientTLSConfig(nil, nil))
	attempt(e, "no such root file", url, nats.RootCAs("/no/such/ca.pem"))
	attempt(e, "root file is junk", url, nats.RootCAs(junk))
	attempt(e, "no such certificate", url, nats.ClientCert("/no/such/cert.pem", "/no/such/key.pem"))
	attempt(e, "certificate is junk", url, nats.ClientCert(junk, junk))
	attempt(e, "server has no tls", url, nats.Secure())
	attempt(e, "server has no tls, by url", s.URLFor("tls", ""))
	attempt(e, "root files to a plain server", url, nats.RootCAs())
}

func badValues(e *env.Env) {
	s := e.Server()
	for name, opt := range map[string]nats.Option{
		"no option":                nil,
		"negative timeout":         nats.Timeout(-time.Second),
		"zero timeout":             nats.Timeout(0),
		"negative drain timeout":   nats.DrainTimeout(-1),
		"negative flusher timeout": nats.FlusherTimeout(-1),
		"zero flusher timeout":     nats.FlusherTimeout(0),
		"negative ping":            nats.PingInterval(-1),
		"zero pings out":           nats.MaxPingsOutstanding(0),
		"negative pings out":       nats.MaxPingsOutstanding(-1),
		"negative wait":            nats.ReconnectWait(-1),
		"negative jitter":          nats.ReconnectJitter(-1, -1),
		"negative buffer":          nats.ReconnectBufSize(-1),
		"zero buffer":              nats.ReconnectBufSize(0),
		"negative queue":           nats.SyncQueueLen(-1),
		"zero queue":               nats.SyncQueueLen(0),
		"negative write buffer":    nats.WriteBufferSize(-1),
		"zero write buffer":        nats.WriteBufferSize(0),
		"nil dialer":               nats.Dialer(nil),
		"nil custom dialer":        nats.SetCustomDialer(nil),
		"nil handlers":             func(o *nats.Options) error { return nats.ErrorHandler(nil)(o) },
		"multipath":                nats.MultipathTCP(true),
		"no multipath":             nats.MultipathTCP(false),
		"nil delay":                nats.CustomReconnectDelay(nil),
		"nil token handler":        nats.TokenHandler(nil),
		"nil user handler":         nats.UserInfoHandler(nil),
		"nil server":               nats.InProcessServer(nil),
		"proxy path":               nats.ProxyPath("a"),
		"failing option":           func(*nats.Options) error { return context.Canceled },
	} {
		lane := e.On(name)
		var opts []nats.Option
		if opt != nil {
			opts = []nats.Option{opt}
		}
		nc, err := nats.Connect(s.URL(), opts...)
		lane.Err("connect", err)
		if nc == nil {
			continue
		}
		o := nc.Opts
		lane.Log("timeout %s, drain %s, flusher %s, ping %s max %d, wait %s, jitter %s %s, buffer %d, queue %d, write buffer %d",
			o.Timeout, o.DrainTimeout, o.FlusherTimeout, o.PingInterval, o.MaxPingsOut, o.ReconnectWait, o.ReconnectJitter, o.ReconnectJitterTLS, o.ReconnectBufSize, o.SubChanLen, o.WriteBufferSize)
		sub, err := nc.Subscribe("a", func(*nats.Msg) {})
		lane.Err("subscribe", err)
		lane.Err("publish", nc.Publish("a", nil))
		lane.Err("flush", nc.Flush())
		lane.Log("valid %v, status %s", sub.IsValid(), nc.Status())
		nc.Close()
	}
}

func badNil(e *env.Env) {
	s := e.Server()
	attempt(e, "nil option", s.URL(), nil)
	attempt(e, "nil among options", s.URL(), nats.Name("a"), nil, nats.NoEcho())
	attempt(e, "nil websocket headers", s.URL(), nats.WebSocketConnectionHeaders(nil))
	attempt(e, "websocket headers twice", s.URL(), nats.WebSocketConnectionHeaders(http.Header{"A": {"b"}}), nats.WebSocketConnectionHeadersHandler(func() (http.Header, error) { return nil, nil }))
	attempt(e, "websocket headers twice, other order", s.URL(), nats.WebSocketConnectionHeadersHandler(func() (http.Header, error) { return nil, nil }), nats.WebSocketConnectionHeaders(http.Header{"A": {"b"}}))
}

func badFields(e *env.Env) {
	s := e.Server()
	u := e.NewUser()
	jwt := func() (string, error) { return "", nil }
	token := func() string { return "b" }
	user := func() (string, string) { return "a", "b" }
	for _, c := range []struct {
		name   string
		change func(*nats.Options)
	}{
		{"nkey without signature", func(o *nats.Options) { o.Nkey = u.Public }},
		{"nkey and jwt", func(o *nats.Options) { o.Nkey, o.UserJWT, o.SignatureCB = u.Public, jwt, u.Sign }},
		{"jwt without signature", func(o *nats.Options) { o.UserJWT = jwt }},
		{"signature alone", func(o *nats.Options) { o.SignatureCB = u.Sign }},
		{"token and handler", func(o *nats.Options) { o.Token, o.TokenHandler = "a", token }},
		{"user and handler", func(o *nats.Options) { o.User, o.UserInfo = "a", user }},
		{"password and handler", func(o *nats.Options) { o.Password, o.UserInfo = "a", user }},
		{"websocket headers twice", func(o *nats.Options) {
			o.WebSocketConnectionHeaders = http.Header{"A": {"b"}}
			o.WebSocketConnectionHeadersHandler = func() (http.Header, error) { return nil, nil }
		}},
		{"tls config without secure", func(o *nats.Options) { o.TLSConfig = &tls.Config{} }},
		{"negative ping", func(o *nats.Options) { o.PingInterval = -1 }},
		{"old style", func(o *nats.Options) { o.UseOldRequestStyle = true }},
	} {
		o := nats.GetDefaultOptions()
		o.Url = s.URL()
		c.change(&o)
		nc, err := o.Connect()
		e.Err(c.name, err)
		if nc != nil {
			nc.Close()
		}
	}
}
