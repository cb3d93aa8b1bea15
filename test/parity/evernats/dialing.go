package scenarios

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func dialing() []env.Scenario {
	return []env.Scenario{
		{Name: "dial/custom dialer", Run: dialCustom},
		{Name: "dial/custom dialer fails", Run: dialCustomFails},
		{Name: "dial/host names for the dialer", Run: dialNames},
		{Name: "dial/net dialer", Run: dialNet},
		{Name: "dial/in-process", Run: dialInProcess},
		{Name: "dial/in-process fails", Run: dialInProcessFails},
		{Name: "dial/multipath", Run: dialMultipath},
	}
}

// dialer notes what it is asked for and dials it, or fails.
type dialer struct {
	e    *env.Env
	fail error
	to   string
}

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	d.e.On("dialer").Log("%s %s", network, address)
	if d.fail != nil {
		return nil, d.fail
	}
	if d.to != "" {
		address = d.to
	}
	return net.Dial(network, address)
}

// onceDialer finds nobody there from the second time on.
type onceDialer struct{ used atomic.Bool }

func (d *onceDialer) Dial(network, address string) (net.Conn, error) {
	if d.used.Swap(true) {
		return nil, syscall.ECONNREFUSED
	}
	return net.Dial(network, address)
}

func dialCustom(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.SetCustomDialer(&dialer{e: e}))...)...)
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	e.Log("status %s", nc.Status())
}

func dialCustomFails(e *env.Env) {
	s := e.Server()
	attempt(e, "fails", s.URL(), nats.SetCustomDialer(&dialer{e: e, fail: errors.New("no line today")}))
	attempt(e, "cancelled", s.URL(), nats.SetCustomDialer(&dialer{e: e, fail: context.Canceled}))
}

// skipping is a dialer that wants to look up names itself.
type skipping struct{ dialer }

func (*skipping) SkipTLSHandshake() bool { return false }

func dialNames(e *env.Env) {
	s := e.Server()
	nc := connect(e, "nats://no-such-host.invalid:4222", nats.SetCustomDialer(&dialer{e: e, to: s.Addr()}), nats.SkipHostLookup())
	e.Log("at %s", nc.ConnectedServerName())
	nc = connect(e, s.URL(), nats.SetCustomDialer(&skipping{dialer{e: e}}))
	e.Log("at %s", nc.ConnectedServerName())
}

func dialNet(e *env.Env) {
	s := e.Server()
	attempt(e, "net dialer", s.URL(), nats.Dialer(&net.Dialer{Timeout: time.Second}))
	attempt(e, "net dialer that fails", s.URL(), nats.Dialer(&net.Dialer{Timeout: -time.Second}))
	attempt(e, "both dialers", s.URL(), nats.Dialer(&net.Dialer{Timeout: time.Second}), nats.SetCustomDialer(&dialer{e: e}))
}

func dialInProcess(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.DontListen = true })
	back := make(chan bool, 1)
	nc := connect(e, "", quick(nats.InProcessServer(s.Server), nats.ReconnectHandler(func(*nats.Conn) { back <- true }))...)
	e.Log("status %s, url %q, addr %q, servers %q", nc.Status(), nc.ConnectedUrl(), nc.ConnectedAddr(), nc.Servers())
	talk(e, nc)
	s.CutClients()
	env.Recv(e, "the reconnect", back)
	talk(e, nc)
	other := connect(e, "nats://ignored.invalid:1", nats.InProcessServer(s.Server))
	e.Log("url %q", other.ConnectedUrl())
}

// broken is an in-process server that has no connection to give.
type broken struct{}

func (broken) InProcessConn() (net.Conn, error) { return nil, errors.New("no server today") }

func dialInProcessFails(e *env.Env) {
	attempt(e, "fails", "", nats.InProcessServer(broken{}))
}

func dialMultipath(e *env.Env) {
	s := e.Server()
	for _, on := range []bool{true, false} {
		nc := connect(e, s.URL(), nats.MultipathTCP(on))
		e.Log("%v: status %s, field %v", on, nc.Status(), *nc.Opts.AllowMultipathTCP)
		talk(e, nc)
	}
}
