package scenarios

import (
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func clusters() []env.Scenario {
	return []env.Scenario{
		{Name: "cluster/growth is told", Run: clusterGrowth},
		{Name: "cluster/growth ignored", Run: clusterIgnored},
		{Name: "cluster/outlives its url", Run: clusterOutlives},
		{Name: "cluster/shrinks", Run: clusterShrinks},
		{Name: "cluster/lame duck", Run: clusterLameDuck},
		{Name: "cluster/messages cross", Run: clusterCross},
		{Name: "cluster/websocket gossip", Run: clusterWebsocket},
	}
}

func clusterGrowth(e *env.Env) {
	a := e.Server(env.Clustered(nil))
	nc := connect(e, a.URL(), watched(e, quick(nats.DontRandomize())...)...)
	e.Log("servers %q, discovered %q", e.Sorted(nc.Servers()), e.Sorted(nc.DiscoveredServers()))
	b := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b)
	e.Await("callbacks", "discovered", 1)
	e.Log("servers %q, discovered %q", e.Sorted(nc.Servers()), e.Sorted(nc.DiscoveredServers()))
	c := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b, c)
	e.Await("callbacks", "discovered", 2)
	e.Log("servers %q, discovered %q", e.Sorted(nc.Servers()), e.Sorted(nc.DiscoveredServers()))
	e.Log("pool %s", poolText(e, nc))
}

func clusterIgnored(e *env.Env) {
	a := e.Server(env.Clustered(nil))
	nc := connect(e, a.URL(), watched(e, quick(nats.IgnoreDiscoveredServers())...)...)
	e.Await("callbacks", "connected", 1)
	told := connect(e, a.URL(), nats.DiscoveredServersHandler(func(*nats.Conn) { e.On("other").Log("discovered") }))
	b := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b)
	e.Await("other", "discovered", 1)
	e.Must(nc.Flush())
	e.Must(nc.Flush())
	e.Log("servers %q, discovered %q", e.Sorted(nc.Servers()), e.Sorted(nc.DiscoveredServers()))
	e.Log("the other: servers %q", e.Sorted(told.Servers()))
}

func clusterOutlives(e *env.Env) {
	a := e.Server(env.Clustered(nil))
	b := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b)
	nc := connect(e, a.URL(), watched(e, quick()...)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Until("both known", func() bool { return len(nc.Servers()) == 2 })
	a.Stop()
	e.Await("callbacks", "reconnected", 1)
	e.Log("at %s", nc.ConnectedServerName())
	e.Must(nc.Publish("a", []byte("x")))
	next(e, sub)
	e.Log("servers %q", e.Sorted(nc.Servers()))
}

func clusterShrinks(e *env.Env) {
	a := e.Server(env.Clustered(nil))
	b := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b)
	nc := connect(e, a.URL(), watched(e, quick()...)...)
	e.Await("callbacks", "connected", 1)
	e.Until("both known", func() bool { return len(nc.Servers()) == 2 })
	b.Stop()
	e.Until("one left", func() bool { return len(nc.Servers()) == 1 })
	e.Log("servers %q, discovered %q, status %s", nc.Servers(), nc.DiscoveredServers(), nc.Status())
}

func clusterLameDuck(e *env.Env) {
	a := e.Server(env.Clustered(nil), func(o *server.Options) {
		o.LameDuckDuration, o.LameDuckGracePeriod = 500*time.Millisecond, 50*time.Millisecond
	})
	b := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b)
	nc := connect(e, a.URL(), watched(e, quick()...)...)
	e.Until("both known", func() bool { return len(nc.Servers()) == 2 })
	ended := make(chan bool, 1)
	go func() { a.LameDuckShutdown(); ended <- true }()
	e.Await("callbacks", "lame duck", 1)
	e.Await("callbacks", "reconnected", 1)
	e.Log("at %s", nc.ConnectedServerName())
	env.Recv(e, "the end of the lame duck", ended)
}

func clusterCross(e *env.Env) {
	a := e.Server(env.Clustered(nil))
	b := e.Server(env.Clustered(a))
	e.AwaitRoutes(a, b)
	in := listen(e, a, "cross")
	nc := connect(e, b.URL())
	e.Until("interest", func() bool { return b.GlobalAccount().SubscriptionInterest("cross") })
	e.Must(nc.Publish("cross", []byte("x")))
	next(e, in)
	e.Log("cluster %q", nc.ConnectedClusterName())
}

func clusterWebsocket(e *env.Env) {
	a := e.Server(env.Clustered(nil), withWebsocket)
	b := e.Server(env.Clustered(a), withWebsocket)
	e.AwaitRoutes(a, b)
	nc := connect(e, "ws://"+a.WebsocketAddr(), watched(e, quick()...)...)
	e.Until("both known", func() bool { return len(nc.Servers()) == 2 })
	e.Log("servers %q, discovered %q", e.Sorted(nc.Servers()), nc.DiscoveredServers())
	a.Stop()
	e.Await("callbacks", "reconnected", 1)
	e.Log("at %s, url %q", nc.ConnectedServerName(), nc.ConnectedUrl())
}
