package walks

import (
	"fmt"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/identity/world"
)

func valuing() []world.Walk {
	return []world.Walk{
		{Name: "values/numbers", Run: valuesNumbers},
		{Name: "values/texts", Run: valuesTexts},
		{Name: "values/nil", Run: valuesNil},
		{Name: "values/drain", Run: valuesDrain},
		{Name: "values/unused", Run: valuesUnused},
		{Name: "values/pings", Run: valuesPings},
		{Name: "values/urls", Run: valuesURLs},
	}
}

// shape is what a program can read of the options.
func shape(o *nats.Options) string {
	return fmt.Sprintln(o.Url, o.NoRandomize, o.NoEcho, o.Name, o.Verbose, o.Pedantic, o.Secure, o.TLSConfig != nil, o.TLSHandshakeFirst,
		o.AllowReconnect, o.MaxReconnect, o.ReconnectWait, o.ReconnectJitter, o.ReconnectJitterTLS, o.Timeout, o.DrainTimeout,
		o.FlusherTimeout, o.ReconnectOnFlusherError, o.PingInterval, o.MaxPingsOut, o.ReconnectBufSize, o.SubChanLen,
		o.Nkey, o.User, o.Password, o.Token, o.UseOldRequestStyle, o.RetryOnFailedConnect, o.Compression, o.ProxyPath,
		o.InboxPrefix, o.SkipHostLookup, o.WriteBufferSize, o.Dialer != nil, o.AsyncErrorCB != nil, o.ClosedCB != nil)
}

// value connects with an option and notes what comes of it.
func value(w *world.World, place, url string, opts ...nats.Option) {
	w.Helper()
	nc, err := nats.Connect(url, opts...)
	w.Saw(place, err)
	if err != nil {
		return
	}
	defer nc.Close()
	w.Note(place+": options", "%s", shape(&nc.Opts))
	got := make(chan string, 1)
	_, err = nc.Subscribe("a", func(m *nats.Msg) { got <- string(m.Data); _ = m.Respond(nil) })
	w.Saw(place+": subscribe", err)
	_, err = nc.Request("a", []byte("x"), patient)
	w.Saw(place+": request", err)
	w.Note(place+": status", "%s %s", nc.Status(), <-got)
	w.Saw(place+": last error", nc.LastError())
}

func valuesNumbers(w *world.World) {
	s := w.Server().URL()
	for name, set := range map[string]func(int) nats.Option{
		"Timeout":             func(n int) nats.Option { return nats.Timeout(time.Duration(n)) },
		"DrainTimeout":        func(n int) nats.Option { return nats.DrainTimeout(time.Duration(n)) },
		"FlusherTimeout":      func(n int) nats.Option { return nats.FlusherTimeout(time.Duration(n)) },
		"PingInterval":        func(n int) nats.Option { return nats.PingInterval(time.Duration(n)) },
		"ReconnectWait":       func(n int) nats.Option { return nats.ReconnectWait(time.Duration(n)) },
		"ReconnectJitter":     func(n int) nats.Option { return nats.ReconnectJitter(time.Duration(n), time.Duration(n)) },
		"MaxPingsOutstanding": nats.MaxPingsOutstanding,
		"ReconnectBufSize":    nats.ReconnectBufSize,
		"MaxReconnects":       nats.MaxReconnects,
		"SyncQueueLen":        nats.SyncQueueLen,
		"WriteBufferSize":     nats.WriteBufferSize,
	} {
		for _, n := range []int{-1, -1 << 40, 0} {
			value(w, fmt.Sprint(name, " ", n), s, set(n))
		}
	}
}

func valuesTexts(w *world.World) {
	s := w.Server().URL()
	sign := func([]byte) ([]byte, error) { return nil, nil }
	for name, opt := range map[string]nats.Option{
		"Name":            nats.Name(""),
		"Token":           nats.Token(""),
		"UserInfo":        nats.UserInfo("", ""),
		"UserInfo, user":  nats.UserInfo("u", ""),
		"Nkey":            nats.Nkey("", sign),
		"Nkey alone":      nats.Nkey("", nil),
		"ProxyPath":       nats.ProxyPath(""),
		"CustomInbox":     nats.CustomInboxPrefix(""),
		"CustomInbox *":   nats.CustomInboxPrefix("*"),
		"CustomInbox dot": nats.CustomInboxPrefix("a."),
		"RootCAs":         nats.RootCAs(""),
		"ClientCert":      nats.ClientCert("", ""),
		"UserCredentials": nats.UserCredentials(""),
	} {
		value(w, name, s, opt)
	}
	_, err := nats.NkeyOptionFromSeed("")
	w.Saw("NkeyOptionFromSeed", err)
}

func valuesNil(w *world.World) {
	s := w.Server().URL()
	for name, opt := range map[string]nats.Option{
		"nothing":                 nil,
		"ConnectHandler":          nats.ConnectHandler(nil),
		"ErrorHandler":            nats.ErrorHandler(nil),
		"ClosedHandler":           nats.ClosedHandler(nil),
		"ReconnectHandler":        nats.ReconnectHandler(nil),
		"ReconnectErrHandler":     nats.ReconnectErrHandler(nil),
		"DisconnectErrHandler":    nats.DisconnectErrHandler(nil),
		"LameDuckModeHandler":     nats.LameDuckModeHandler(nil),
		"CustomReconnectDelay":    nats.CustomReconnectDelay(nil),
		"ReconnectToServer":       nats.ReconnectToServer(nil),
		"TokenHandler":            nats.TokenHandler(nil),
		"UserInfoHandler":         nats.UserInfoHandler(nil),
		"Dialer":                  nats.Dialer(nil),
		"SetCustomDialer":         nats.SetCustomDialer(nil),
		"InProcessServer":         nats.InProcessServer(nil),
		"WebSocketHeaders":        nats.WebSocketConnectionHeaders(nil),
		"WebSocketHeadersHandler": nats.WebSocketConnectionHeadersHandler(nil),
	} {
		value(w, name, s, opt)
	}
}

// valuesDrain: how a drain of a connection whose handler is busy ends.
func valuesDrain(w *world.World) {
	s := w.Server().URL()
	for _, d := range []time.Duration{-1, -time.Second} {
		place := fmt.Sprint("DrainTimeout ", int64(d))
		let := make(chan bool)
		nc := connect(w, s, nats.DrainTimeout(d), erring(w, place), closing(w, place+": closed"))
		_, err := nc.Subscribe("a", func(*nats.Msg) { <-let })
		w.Must(err)
		w.Must(nc.Publish("a", nil))
		w.Must(nc.Flush())
		w.Must(nc.Drain())
		w.Await(place + ": closed")
		close(let)
	}
}

// valuesUnused are values under which one of the libraries can't work.
func valuesUnused(w *world.World) {
	s := w.Server().URL()
	let := make(chan bool)
	ended := make(chan bool)
	nc := connect(w, s, nats.DrainTimeout(0), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
		nats.ClosedHandler(func(*nats.Conn) { close(ended) }))
	_, err := nc.Subscribe("a", func(*nats.Msg) { <-let })
	w.Must(err)
	w.Must(nc.Publish("a", nil))
	w.Must(nc.Flush())
	w.Must(nc.Drain())
	select {
	case <-ended:
		w.Note("DrainTimeout 0", "ends before the handler does")
		close(let)
	case <-time.After(300 * time.Millisecond): // a drain that waits at all waits for much longer
		w.Note("DrainTimeout 0", "waits for the handler")
		close(let)
		<-ended
	}
	_, err = nats.Connect(s, nats.UserCredentialBytes(nil))
	w.Note("UserCredentialBytes", "refused: %v", err != nil)
	_, err = nats.Connect(s, nats.UserJWTAndSeed("", ""))
	w.Note("UserJWTAndSeed", "refused: %v", err != nil)
}

func valuesPings(w *world.World) {
	s := w.Server().URL()
	place := "MaxPingsOutstanding -1"
	connect(w, s, quick(nats.MaxPingsOutstanding(-1), nats.PingInterval(20*time.Millisecond), disconnecting(w, place))...)
	w.Await(place)
}

// valuesURLs: one that is no good among good ones.
func valuesURLs(w *world.World) {
	s := w.Server().URL()
	for name, other := range map[string]string{
		"port": "nats://127.0.0.1:99999", "scheme": "foo" + w.Dead()[4:], "http": "http" + w.Dead()[4:],
	} {
		for _, url := range []string{other + "," + s, s + "," + other} {
			place := name + " first"
			if strings.HasPrefix(url, s) {
				place = name + " last"
			}
			nc, err := nats.Connect(url, quick()...)
			w.Saw(place, err)
			if nc != nil {
				w.Note(place+": at", "%s", nc.ConnectedUrl())
				nc.Close()
			}
		}
	}
	scheme := natstest.NewServer(w.TB, natstest.Config{})
	nc, err := nats.Connect("foo" + scheme.URL()[4:])
	w.Saw("an unknown scheme", err)
	if nc != nil {
		w.Note("an unknown scheme: at", "%s", nc.ConnectedUrl())
		nc.Close()
	}
}
