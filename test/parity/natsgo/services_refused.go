package scenarios

import (
	"strconv"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func servicesRefused() []env.Scenario {
	return []env.Scenario{
		{Name: "service/bad names", Run: serviceBadNames},
		{Name: "service/bad endpoints", Run: serviceBadEndpoints},
		{Name: "service/bad groups", Run: serviceBadGroups},
		{Name: "service/no handler", Run: serviceNoHandler},
		{Name: "service/no connection", Run: serviceNoConnection},
		{Name: "service/permissions", Run: servicePermissions},
	}
}

func serviceBadNames(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	try := func(what string, c micro.Config) {
		svc, err := micro.AddService(nc, c)
		e.Err(what, err)
		e.Log("%v, %d subscriptions", svc != nil, nc.NumSubscriptions())
		if svc != nil {
			e.Must(svc.Stop())
			e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
		}
	}
	for _, name := range []string{"", "a b", "a.b", "a*", "a>", "ä", "a$b", "a/b", "a\n", "a-b_C1", "-", "_", "0"} {
		try("name "+strconv.Quote(name), micro.Config{Name: name, Version: "1.0.0"})
	}
	for _, version := range []string{"", "1", "1.0", "v1.0.0", "01.0.0", "1.0.0 ", "1.0.0-", "1.0.0+", "1.0.0-01", "1.0.0-a..b", "1.0.0.0", "-1.0.0", "1.0.0-ä", "1.0.0\n",
		"1.0.0", "0.0.0", "10.20.30", "1.0.0-a", "1.0.0-0", "1.0.0-0a", "1.0.0--", "1.0.0-a.1+b.01", "1.0.0+01"} {
		try("version "+strconv.Quote(version), micro.Config{Name: "n", Version: version})
	}
	for _, queue := range []string{"a b", "a>b", ">", "a.*", "..", "a\tb"} {
		try("queue "+strconv.Quote(queue), micro.Config{Name: "n", Version: "1.0.0", QueueGroup: queue})
	}
	for _, ep := range []micro.EndpointConfig{{Subject: "a b"}, {Subject: "a..b"}, {QueueGroup: "a b"}, {Subject: ""}} {
		ep.Handler = answer
		try("endpoint "+strconv.Quote(ep.Subject+"|"+ep.QueueGroup), micro.Config{Name: "n", Version: "1.0.0", Endpoint: &ep})
	}
	e.Must(nc.Flush())
	e.Log("%v", subscribed(e, s))
}

func serviceBadEndpoints(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	svc := serve(e, nc, micro.Config{})
	for _, name := range []string{"", "a b", "a.b", "a*", "a$b", "ä", "a\n", "ok-_1"} {
		e.Err("name "+strconv.Quote(name), svc.AddEndpoint(name, answer))
	}
	for _, subject := range []string{"a b", "a..b", "a.", ".a", "a.>.b", "a\tb", "a\r\n", "*.b", "a*b", "x>", ">.>"} {
		e.Err("subject "+strconv.Quote(subject), svc.AddEndpoint("ep", answer, micro.WithEndpointSubject(subject)))
	}
	for _, queue := range []string{"a b", "a>b", "a.*", "a..b", "k>"} {
		e.Err("queue "+strconv.Quote(queue), svc.AddEndpoint("ep", answer, micro.WithEndpointQueueGroup(queue)))
	}
	for _, limits := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {-1, -1}, {-2, 5}, {1, 1}} {
		e.Err("limits "+strconv.Itoa(limits[0])+" "+strconv.Itoa(limits[1]), svc.AddEndpoint("limited", answer, micro.WithEndpointPendingLimits(limits[0], limits[1])))
	}
	for _, ep := range svc.Info().Endpoints {
		e.Log("%s: %q %q", ep.Name, ep.Subject, ep.QueueGroup)
	}
	e.Must(nc.Flush())
	for _, line := range subscribed(e, s) {
		e.Log("%s", line)
	}
}

func serviceBadGroups(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	svc := serve(e, nc, micro.Config{})
	for _, name := range []string{"a b", "a.>", "a.", "..", ">", "a\tb", "a.*"} {
		g := svc.AddGroup(name)
		e.Err("group "+strconv.Quote(name), g.AddEndpoint("ep", answer))
		e.Err("group in group "+strconv.Quote(name), g.AddGroup("g").AddEndpoint("ep", answer))
	}
	for _, queue := range []string{"a b", "a>b", "ok"} {
		g := svc.AddGroup("q", micro.WithGroupQueueGroup(queue))
		e.Err("queue "+strconv.Quote(queue), g.AddEndpoint("ep", answer))
		e.Err("queue of the endpoint's own "+strconv.Quote(queue), g.AddEndpoint("ep", answer, micro.WithEndpointQueueGroup("own")))
	}
	e.Log("%d endpoints", len(svc.Info().Endpoints))
}

func serviceNoHandler(e *env.Env) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL()), micro.Config{})
	e.Err("without a handler", svc.AddEndpoint("ep", nil))
	other, err := micro.AddService(hosted(e, s.URL()), micro.Config{Name: "n", Version: "1.0.0", Endpoint: &micro.EndpointConfig{Subject: "x"}})
	e.Err("first endpoint without a handler", err)
	if other != nil {
		e.Must(other.Stop())
	}
}

func serviceNoConnection(e *env.Env) {
	s := e.Server()
	draining := hosted(e, s.URL())
	begun, gate := make(chan bool, 1), make(chan bool)
	defer close(gate)
	_, err := draining.Subscribe("a", func(*nats.Msg) {
		begun <- true
		<-gate
	})
	e.Must(err)
	e.Must(draining.Publish("a", nil))
	env.Recv(e, "the message", begun)
	e.Must(draining.Drain())
	closed := hosted(e, s.URL())
	closed.Close()
	for what, nc := range map[string]*nats.Conn{"draining": draining, "closed": closed} {
		lane := e.On(what)
		svc, err := micro.AddService(nc, micro.Config{Name: "n", Version: "1.0.0"})
		lane.Err(what, err)
		lane.Log("%v", svc != nil)
		_, err = micro.AddService(nc, micro.Config{Name: "n", Version: "1.0.0", Endpoint: &micro.EndpointConfig{Subject: "x", Handler: answer}})
		lane.Err(what+", with an endpoint", err)
	}
}

func servicePermissions(e *env.Env) {
	s := e.Server(func(o *server.Options) {
		o.Users = []*server.User{{Username: "all", Password: "x"}, {Username: "some", Password: "x", Permissions: &server.Permissions{
			Subscribe: &server.SubjectPermission{Deny: []string{"$SRV.PING", "denied"}},
			Publish:   &server.SubjectPermission{Deny: []string{"unreachable"}},
		}}}
	})
	nc := hosted(e, s.URLFor("nats", "some:x"), watched(e)...)
	svc := serve(e, nc, micro.Config{})
	e.Await("callbacks", "error", 1)
	e.Err("denied", svc.AddEndpoint("denied", answer))
	e.Must(svc.AddEndpoint("other", answer))
	e.Await("callbacks", "error", 2)
	e.Must(nc.Flush())
	asking := connect(e, s.URLFor("nats", "all:x"))
	e.Must(asking.PublishRequest("other", "unreachable", nil))
	e.Await("callbacks", "error", 3)
	counted(e, svc, "other", 1)
	for _, st := range svc.Stats().Endpoints {
		showStats(e, st)
	}
	ask(e, asking, "$SRV.PING.orders", "")
	ask(e, asking, "$SRV.PING", "")
	e.Must(svc.Stop())
	e.Await("service orders", "done", 1)
}
