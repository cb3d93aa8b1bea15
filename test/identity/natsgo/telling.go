package walks

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/identity/world"
)

func telling() []world.Walk {
	return []world.Walk{
		{Name: "told/lost", Run: toldLost},
		{Name: "told/lost for good", Run: toldLostForGood},
		{Name: "told/gave up", Run: toldGaveUp},
		{Name: "told/refused at a reconnect", Run: toldRefused},
		{Name: "told/own code at a reconnect", Run: toldOwnCode},
		{Name: "told/hung up on at a reconnect", Run: toldHungUp},
		{Name: "told/reconnect errors", Run: toldReconnect},
		{Name: "told/never connected", Run: toldNever},
		{Name: "told/errors of the server", Run: toldErrors},
		{Name: "told/drain", Run: toldDrain},
		{Name: "told/headers", Run: toldHeaders},
	}
}

// once notes the first call only.
func once(w *world.World, place string) func(error) {
	var called atomic.Bool
	return func(err error) {
		if called.CompareAndSwap(false, true) {
			w.Saw(place, err)
		}
	}
}

// closing notes what the closed handler finds.
func closing(w *world.World, place string) nats.Option {
	saw := once(w, place)
	return nats.ClosedHandler(func(nc *nats.Conn) { saw(nc.LastError()) })
}

func disconnecting(w *world.World, place string) nats.Option {
	saw := once(w, place)
	return nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { saw(err) })
}

func erring(w *world.World, place string) nats.Option {
	saw := once(w, place)
	return nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { saw(err) })
}

// ends are the ways in which a connection ends.
var ends = map[string]func(*natstest.Conn){
	"hangs up":      func(c *natstest.Conn) { c.HangUp() },
	"resets":        func(c *natstest.Conn) { c.Update(func(b *natstest.Behavior) { b.Reset = true }); c.HangUp() },
	"stale":         func(c *natstest.Conn) { c.SendErr("Stale Connection") },
	"authorization": func(c *natstest.Conn) { c.SendAway("Authorization Violation") },
	"expired":       func(c *natstest.Conn) { c.SendAway("User Authentication Expired") },
	"revoked":       func(c *natstest.Conn) { c.SendAway("User Authentication Revoked") },
	"full":          func(c *natstest.Conn) { c.SendAway("maximum connections exceeded") },
	"account full":  func(c *natstest.Conn) { c.SendAway("maximum account active connections exceeded") },
}

func toldLost(w *world.World) {
	for name, end := range ends {
		s := natstest.NewServer(w.TB, natstest.Config{})
		nc := connect(w, s.URL(), quick(disconnecting(w, name))...)
		end(s.Last())
		w.Await(name)
		nc.Close()
	}
	s := natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Always(natstest.Behavior{
		On: func(c *natstest.Conn, op natstest.Op) bool { return op.Kind == "PING" && c.Count("PING") > 1 }})})
	connect(w, s.URL(), quick(disconnecting(w, "no PONG"), nats.PingInterval(10*time.Millisecond))...)
	w.Await("no PONG")
}

func toldLostForGood(w *world.World) {
	for name, end := range ends {
		s := natstest.NewServer(w.TB, natstest.Config{})
		connect(w, s.URL(), quick(nats.NoReconnect(), closing(w, name))...)
		end(s.Last())
		w.Await(name)
	}
}

func toldGaveUp(w *world.World) {
	s := natstest.NewServer(w.TB, natstest.Config{})
	connect(w, s.URL(), quick(nats.MaxReconnects(2), closing(w, "closed"))...)
	s.Stop()
	w.Await("closed")
	s = natstest.NewServer(w.TB, natstest.Config{})
	connect(w, s.URL(), quick(nats.MaxReconnects(0), closing(w, "not allowed to"))...)
	s.Last().HangUp()
	w.Await("not allowed to")
}

func toldRefused(w *world.World) {
	for _, text := range []string{"Authorization Violation", "User Authentication Expired", "User Authentication Revoked", "Account Authentication Expired"} {
		s := natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Script(natstest.Behavior{}, natstest.Behavior{Refuse: text}, natstest.Behavior{Refuse: text})})
		nc := connect(w, s.URL(), quick(erring(w, text))...)
		s.Last().HangUp()
		w.Await(text)
		nc.Close()
	}
	auth := natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Script(natstest.Behavior{},
		natstest.Behavior{Refuse: "Authorization Violation"}, natstest.Behavior{Refuse: "Authorization Violation"})})
	connect(w, auth.URL(), quick(closing(w, "closed after it"))...)
	auth.Last().HangUp()
	w.Await("closed after it")
}

func toldOwnCode(w *world.World) {
	mine := errors.New("mine")
	var broken atomic.Bool
	s := natstest.NewServer(w.TB, natstest.Config{Info: natstest.Info{Nonce: "abcdefghijk"}})
	fail := func() error {
		if broken.Load() {
			return mine
		}
		return nil
	}
	for name, opt := range map[string]nats.Option{
		"JWT":       nats.UserJWT(func() (string, error) { return "a.b.c", fail() }, func([]byte) ([]byte, error) { return nil, nil }),
		"signature": nats.UserJWT(func() (string, error) { return "a.b.c", nil }, func([]byte) ([]byte, error) { return nil, fail() }),
	} {
		broken.Store(false)
		nc := connect(w, s.URL(), quick(opt, erring(w, name))...)
		broken.Store(true)
		s.Last().HangUp()
		w.Await(name)
		nc.Close()
	}
	user := w.Operator().User()
	path := w.TempFile("user.creds", user.Creds(w.Env))
	nc := connect(w, s.URL(), quick(nats.UserCredentials(path), erring(w, "creds file"))...)
	w.Must(os.Remove(path))
	s.Last().HangUp()
	w.Await("creds file")
	nc.Close()
}

func toldHungUp(w *world.World) {
	s := natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Script(natstest.Behavior{}, natstest.Behavior{HangUpAfterOps: 2})})
	connect(w, s.URL(), quick(erring(w, "hangs up instead of PONG"))...)
	s.Last().HangUp()
	w.Await("hangs up instead of PONG")

	c := natstest.NewCerts(w.TB)
	var n atomic.Int32
	url := w.Listen(encrypted(c, func(conn net.Conn) {
		hearing(conn)
		if n.Add(1) == 2 {
			_ = conn.Close()
			return
		}
		fmt.Fprint(conn, "PONG\r\n")
		if n.Load() == 1 {
			_ = conn.Close()
			return
		}
		stays(conn)
	}))
	connect(w, url, quick(nats.RootCAs(c.CAFile), erring(w, "hangs up after TLS"))...)
	w.Await("hangs up after TLS")
}

func toldReconnect(w *world.World) {
	saw := once(w, "dial")
	s := natstest.NewServer(w.TB, natstest.Config{})
	nc := connect(w, s.URL(), quick(nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { saw(err) }))...)
	s.Stop()
	w.Await("dial")
	nc.Close()

	saw = once(w, "not in the pool")
	t := natstest.NewServer(w.TB, natstest.Config{})
	connect(w, t.URL(), quick(nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { saw(err) }),
		nats.ReconnectToServer(func([]nats.Server, nats.ServerInfo) (*nats.Server, time.Duration) { return stranger(), 0 }))...)
	t.Last().HangUp()
	w.Await("not in the pool")
}

func toldNever(w *world.World) {
	for name, url := range map[string]string{
		"refused":  w.Dead(),
		"hangs up": w.Listen(hangsUp),
		"says no":  natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"})}).URL(),
	} {
		saw := once(w, name)
		nc := connect(w, url, quick(nats.RetryOnFailedConnect(true), nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { saw(err) }))...)
		w.Await(name)
		nc.Close()
	}
}

func toldErrors(w *world.World) {
	for _, text := range []string{"Permissions Violation for Publish to \"x\"", "Permissions Violation for Subscription to \"x\"", "maximum subscriptions exceeded", "Maximum Subscriptions Exceeded"} {
		s := natstest.NewServer(w.TB, natstest.Config{})
		nc := connect(w, s.URL(), quick(erring(w, text))...)
		s.Last().SendErr(text)
		w.Await(text)
		w.Saw("LastError: "+text, nc.LastError())
		nc.Close()
	}
	slow := w.Server()
	nc := connect(w, slow.URL(), quick(erring(w, "slow"))...)
	sub, err := nc.SubscribeSync("a")
	w.Must(err)
	w.Must(sub.SetPendingLimits(1, 1<<20))
	for range 3 {
		w.Must(nc.Publish("a", nil))
	}
	w.Must(nc.Flush())
	w.Await("slow")
	_, err = sub.NextMsg(time.Second)
	w.Saw("slow: next", err)
	permitted := w.Server(func(o *server.Options) {
		o.Users = []*server.User{{Username: "u", Password: "p", Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{"no"}}}}}
	})
	nc = connect(w, permitted.URL(), quick(nats.UserInfo("u", "p"), nats.PermissionErrOnSubscribe(true))...)
	sub, err = nc.SubscribeSync("no")
	w.Must(err)
	_, err = sub.NextMsg(patient)
	w.Saw("permission: next", err)
}

func toldDrain(w *world.World) {
	nc := connect(w, w.Server().URL(), quick(nats.DrainTimeout(20*time.Millisecond), erring(w, "drain"), closing(w, "drain: closed"))...)
	let := make(chan bool)
	_, err := nc.Subscribe("a", func(*nats.Msg) { <-let })
	w.Must(err)
	w.Must(nc.Publish("a", nil))
	w.Must(nc.Flush())
	w.Must(nc.Drain())
	w.Await("drain")
	close(let)
	w.Await("drain: closed")
}

func toldHeaders(w *world.World) {
	s := natstest.NewServer(w.TB, natstest.Config{})
	nc := connect(w, s.URL(), quick(erring(w, "header"))...)
	_, err := nc.Subscribe("a", func(*nats.Msg) {})
	w.Must(err)
	w.Must(nc.Flush())
	block := "nonsense\r\n\r\n"
	s.Last().Send(fmt.Sprintf("HMSG a 1 %d %d\r\n%s\r\n", len(block), len(block), block))
	w.Await("header")
}
