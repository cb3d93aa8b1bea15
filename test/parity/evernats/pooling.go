package scenarios

import (
	"fmt"
	"net/url"
	"sync"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func pool() []env.Scenario {
	return []env.Scenario{
		{Name: "pool/next server", Run: poolNext},
		{Name: "pool/set", Run: poolSet},
		{Name: "pool/set bad input", Run: poolSetBad},
		{Name: "pool/shown", Run: poolShown},
		{Name: "pool/chosen by callback", Run: poolChosen},
		{Name: "pool/chosen wrongly", Run: poolChosenWrong},
		{Name: "pool/servers dropped", Run: poolDropped},
	}
}

func poolNext(e *env.Env) {
	a, b, c := e.Server(), e.Server(), e.Server()
	// No connection is shorter than a wait of nothing, so that no server is last for having
	// hung up at once; and a dialer of the program's own is asked for one after the other,
	// however slow that is.
	nc := connect(e, a.URL()+","+b.URL()+","+c.URL(), watched(e, quick(nats.DontRandomize(),
		nats.ReconnectWait(0), nats.SetCustomDialer(&dialer{e: e}))...)...)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
	for i := range 4 {
		at := nc.ConnectedUrl()
		for _, s := range []*env.Server{a, b, c} {
			if s.URL() == at { // who is quick may be at the next one by now
				s.CutClients()
			}
		}
		e.Await("callbacks", "reconnected", i+1)
		e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
		e.Log("at %s", nc.ConnectedServerName())
	}
}

// poolText is the pool in a stable order.
func poolText(e *env.Env, nc *nats.Conn) string {
	var all []string
	for _, s := range nc.ServerPool() {
		all = append(all, fmt.Sprintf("%s (%d)", s.URL.Host, s.Reconnects))
	}
	return fmt.Sprint(e.Sorted(all))
}

func poolSet(e *env.Env) {
	a, b := e.Server(), e.Server()
	nc := connect(e, a.URL(), watched(e, quick()...)...)
	e.Log("pool %s", poolText(e, nc))
	e.Err("set", nc.SetServerPool([]string{b.URL()}))
	e.Log("at %s, pool %s, servers %q", nc.ConnectedServerName(), poolText(e, nc), nc.Servers())
	e.Err("force", nc.ForceReconnect())
	e.Await("callbacks", "reconnected", 1)
	e.Log("at %s, pool %s", nc.ConnectedServerName(), poolText(e, nc))
	e.Err("set both", nc.SetServerPool([]string{a.URL(), b.URL()}))
	e.Log("at %s, pool %s", nc.ConnectedServerName(), poolText(e, nc))
	a.Stop()
	b.CutClients()
	e.Await("callbacks", "reconnected", 2)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
}

func poolSetBad(e *env.Env) {
	s := e.Server(withWebsocket)
	nc := connect(e, s.URL())
	e.Err("nothing", nc.SetServerPool(nil))
	e.Err("empty", nc.SetServerPool([]string{}))
	e.Err("empty url", nc.SetServerPool([]string{""}))
	e.Err("bad port", nc.SetServerPool([]string{"nats://127.0.0.1:port"}))
	e.Err("unknown scheme", nc.SetServerPool([]string{"foo://127.0.0.1:1"}))
	e.Err("mixed", nc.SetServerPool([]string{s.URL(), "ws://" + s.WebsocketAddr()}))
	e.Err("only websocket", nc.SetServerPool([]string{"ws://" + s.WebsocketAddr()}))
	e.Err("twice the same", nc.SetServerPool([]string{s.URL(), s.URL()}))
	e.Log("pool %s", poolText(e, nc))
	nc.Close()
	e.Err("closed", nc.SetServerPool([]string{s.URL()}))
}

func poolShown(e *env.Env) {
	a := e.Server()
	nc := connect(e, a.URL()+","+dead(e), nats.DontRandomize())
	for _, s := range nc.ServerPool() {
		e.Log("%s, %d reconnects", s.URL, s.Reconnects)
	}
	shown := nc.ServerPool()
	shown[0].Reconnects = 99
	shown[0].URL.Host = "changed"
	for _, s := range nc.ServerPool() {
		e.Log("%s, %d reconnects", s.URL, s.Reconnects)
	}
}

func poolChosen(e *env.Env) {
	a, b, c := e.Server(), e.Server(), e.Server()
	lane := e.On("choices")
	var mu sync.Mutex
	want := b.URL()
	nc := connect(e, a.URL()+","+b.URL()+","+c.URL(), watched(e, quick(nats.DontRandomize(),
		nats.ReconnectWait(2*time.Second), // so that no connection lives for longer than that
		nats.ReconnectToServer(func(servers []nats.Server, info nats.ServerInfo) (*nats.Server, time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			var hosts []string
			for _, s := range servers {
				hosts = append(hosts, fmt.Sprintf("%s (%d)", s.URL.Host, s.Reconnects))
			}
			lane.Log("asked among %q, last info from %q", hosts, info.Name)
			for i := range servers {
				if servers[i].URL.String() == want {
					return &servers[i], 0
				}
			}
			return nil, 0
		}))...)...)
	a.CutClients()
	e.Await("callbacks", "reconnected", 1)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
	mu.Lock()
	want = c.URL()
	mu.Unlock()
	b.CutClients()
	e.Await("callbacks", "reconnected", 2)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
	// No answer leaves the choice to the library.
	mu.Lock()
	want = ""
	mu.Unlock()
	c.CutClients()
	e.Await("callbacks", "reconnected", 3)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
}

func poolChosenWrong(e *env.Env) {
	a, b := e.Server(), e.Server()
	stranger, err := url.Parse(dead(e))
	e.Must(err)
	nc := connect(e, a.URL()+","+b.URL(), watched(e, quick(nats.DontRandomize(),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { e.On("attempts").Err("failed", err) }),
		nats.ReconnectToServer(func([]nats.Server, nats.ServerInfo) (*nats.Server, time.Duration) {
			return &nats.Server{URL: stranger}, 0
		}))...)...)
	a.CutClients()
	e.Await("callbacks", "reconnected", 1)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
}

func poolDropped(e *env.Env) {
	a, b := e.Server(), e.Server()
	nc := connect(e, a.URL()+","+dead(e)+","+b.URL(), watched(e,
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(2), nats.DontRandomize())...)
	a.Stop()
	e.Await("callbacks", "reconnected", 1)
	e.Until("somewhere", func() bool { return nc.ConnectedUrl() != "" })
	e.Log("at %s", nc.ConnectedServerName())
	b.Stop()
	e.Await("callbacks", "closed", 1)
	e.Err("last error", nc.LastError())
	e.Log("servers %q", nc.Servers())
}
