package walks

import (
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/identity/world"
)

func living() []world.Walk {
	return []world.Walk{
		{Name: "opts/filled", Run: optsFilled},
		{Name: "opts/handlers", Run: optsHandlers},
		{Name: "opts/assigned", Run: optsAssigned},
		{Name: "opts/order", Run: optsOrder},
	}
}

func optsFilled(w *world.World) {
	s := w.Server().URL()
	a, b := connect(w, s, nats.Timeout(3*time.Second)), connect(w, s)
	w.Note("dialer", "%v %v", a.Opts.Dialer != nil && a.Opts.Dialer.Timeout == 3*time.Second, a.Opts.Dialer != b.Opts.Dialer)
	w.Note("error handler", "%v", a.Opts.AsyncErrorCB != nil)
	w.Note("plain", "%v %v", a.Opts.Secure, a.Opts.TLSConfig != nil)
	c := natstest.NewCerts(w.TB)
	enc := w.Server(func(o *server.Options) {
		o.TLSConfig, o.TLSTimeout = c.ServerConfig(), 5
		o.Websocket.Host, o.Websocket.Port, o.Websocket.TLSConfig = "127.0.0.1", server.RANDOM_PORT, c.ServerConfig()
	})
	roots := func(o *nats.Options) error {
		o.RootCAsCB = nil
		return nats.RootCAs(c.CAFile)(o)
	}
	bare := func(o *nats.Options) error { // RootCAs itself would set Secure
		err := roots(o)
		o.Secure, o.TLSConfig = false, nil
		return err
	}
	for _, url := range []string{enc.URL(), "tls" + enc.URL()[4:], "wss://" + enc.WebsocketAddr()} {
		nc := connect(w, url, bare)
		w.Note("secure: "+url[:3], "%v %v", nc.Opts.Secure, nc.Opts.TLSConfig != nil)
	}
}

// optsHandlers: what the Set methods set is found in the options.
func optsHandlers(w *world.World) {
	nc := connect(w, w.Server().URL())
	show := func(place string) {
		o := &nc.Opts
		w.Note(place, "%v %v %v %v %v %v", o.ClosedCB != nil, o.DisconnectedCB != nil, o.DisconnectedErrCB != nil,
			o.ReconnectedCB != nil, o.DiscoveredServersCB != nil, o.AsyncErrorCB != nil)
		w.Note(place+": getters", "%v %v %v %v %v", nc.ClosedHandler() != nil, nc.DisconnectErrHandler() != nil,
			nc.ReconnectHandler() != nil, nc.DiscoveredServersHandler() != nil, nc.ErrorHandler() != nil)
	}
	show("at first")
	h := func(*nats.Conn) {}
	nc.SetClosedHandler(h)
	nc.SetDisconnectHandler(h)
	nc.SetDisconnectErrHandler(func(*nats.Conn, error) {})
	nc.SetReconnectHandler(h)
	nc.SetDiscoveredServersHandler(h)
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	show("set")
	nc.SetClosedHandler(nil)
	nc.SetDisconnectHandler(nil)
	nc.SetDisconnectErrHandler(nil)
	nc.SetReconnectHandler(nil)
	nc.SetDiscoveredServersHandler(nil)
	nc.SetErrorHandler(nil)
	show("unset")
}

// optsAssigned: handlers that are assigned after Connect are called, and may call
// the one that was there.
func optsAssigned(w *world.World) {
	s := natstest.NewServer(w.TB, natstest.Config{})
	nc := connect(w, s.URL(), quick(nats.ClosedHandler(func(*nats.Conn) { w.Note("closed: the old one", "called") }))...)
	old := nc.Opts.ClosedCB
	nc.Opts.ClosedCB = func(nc *nats.Conn) {
		old(nc)
		w.Note("closed", "called")
	}
	nc.Opts.ReconnectedCB = func(*nats.Conn) { w.Note("reconnected", "called") }
	nc.Opts.DisconnectedErrCB = func(*nats.Conn, error) { w.Note("disconnected", "called") }
	nc.Opts.AsyncErrorCB = func(*nats.Conn, *nats.Subscription, error) { w.Note("error", "called") }
	nc.Opts.LameDuckModeHandler = func(*nats.Conn) { w.Note("lame duck", "called") }
	nc.Opts.DiscoveredServersCB = func(*nats.Conn) { w.Note("discovered", "called") }
	w.Must(nc.Flush())
	s.Last().SendErr("Permissions Violation for Publish to \"x\"")
	w.Await("error")
	info := s.Info()
	info.ConnectURLs = []string{"127.0.0.1:1"}
	info.LameDuckMode = true
	s.Last().SendInfo(info)
	w.Await("discovered")
	w.Await("lame duck")
	s.Last().HangUp()
	w.Await("reconnected")
	w.Await("disconnected")
	nc.SetDisconnectErrHandler(nil)
	nc.Close()
	w.Await("closed")
}

// optsOrder: handlers that take long are called one after another, the closed
// handler last.
func optsOrder(w *world.World) {
	s := natstest.NewServer(w.TB, natstest.Config{})
	told := make(chan string, 10)
	slow := func(what string) func(*nats.Conn) {
		return func(*nats.Conn) {
			time.Sleep(120 * time.Millisecond) // longer than any patience with handlers
			told <- what
		}
	}
	nc := connect(w, s.URL(), quick(nats.ReconnectHandler(slow("reconnected")), nats.ClosedHandler(slow("closed")),
		nats.DisconnectErrHandler(func(nc *nats.Conn, _ error) { slow("disconnected")(nc) }))...)
	s.Last().HangUp()
	w.Until("the reconnect", func() bool { return len(s.Conns()) == 2 && nc.IsConnected() })
	nc.Close()
	var order []string
	for len(order) < 4 {
		order = append(order, <-told)
	}
	w.Note("order", "%s", strings.Join(order, " "))
}
