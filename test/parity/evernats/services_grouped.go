package scenarios

import (
	"fmt"
	"strconv"
	"sync/atomic"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/micro"

	"github.com/evernats/nats/test/parity/env"
)

func servicesGrouped() []env.Scenario {
	return []env.Scenario{
		{Name: "service/groups", Run: serviceGroups},
		{Name: "service/queue groups", Run: serviceQueueGroups},
		{Name: "service/queue group of the first endpoint", Run: serviceQueueGroupFirst},
		{Name: "service/queue group shares", Run: serviceShares},
		{Name: "service/queue group disabled", Run: serviceAll},
	}
}

type adder interface {
	AddEndpoint(string, micro.Handler, ...micro.EndpointOpt) error
}

func serviceGroups(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	svc := serve(e, nc, micro.Config{})
	g := svc.AddGroup("v1")
	for i, to := range []adder{g, g.AddGroup("orders"), g.AddGroup("a.b"), g.AddGroup(""), svc.AddGroup(""), svc.AddGroup("").AddGroup("x"), g.AddGroup("*")} {
		e.Must(to.AddEndpoint("e"+strconv.Itoa(i), answer))
		e.Must(to.AddEndpoint("s"+strconv.Itoa(i), answer, micro.WithEndpointSubject("sub.>")))
	}
	e.Must(g.AddEndpoint("e0", answer, micro.WithEndpointSubject("")))
	for _, ep := range svc.Info().Endpoints {
		e.Log("%s: %s", ep.Name, ep.Subject)
	}
	e.Must(nc.Flush())
	other := connect(e, s.URL())
	ask(e, other, "v1.orders.e1", "x")
	ask(e, other, "e1", "x")
}

func serviceQueueGroups(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	for i, c := range []micro.Config{{}, {QueueGroup: "S"}, {QueueGroupDisabled: true}, {QueueGroup: "S", QueueGroupDisabled: true}} {
		c.Name = "s" + strconv.Itoa(i)
		svc := serve(e, nc, c)
		add := func(what string, to adder, opts ...micro.EndpointOpt) {
			e.Must(to.AddEndpoint("ep", answer, opts...))
			all := svc.Info().Endpoints
			e.Log("service %q disabled %v, %s: %q", c.QueueGroup, c.QueueGroupDisabled, what, all[len(all)-1].QueueGroup)
		}
		named, none := micro.WithEndpointQueueGroup("E"), micro.WithEndpointQueueGroupDisabled()
		ofGroup, noneOfGroup := micro.WithGroupQueueGroup("G"), micro.WithGroupQueueGroupDisabled()
		add("endpoint", svc)
		add("endpoint named", svc, named)
		add("endpoint empty", svc, micro.WithEndpointQueueGroup(""))
		add("endpoint none", svc, none)
		add("endpoint named, none", svc, named, none)
		add("endpoint none, named", svc, none, named)
		g := svc.AddGroup("g")
		add("group", g)
		add("group, endpoint named", g, named)
		add("group, endpoint none", g, none)
		g = svc.AddGroup("g", ofGroup)
		add("group named", g)
		add("group named, endpoint named", g, named)
		add("group named, endpoint none", g, none)
		add("group named, group", g.AddGroup("h"))
		add("group named, group none", g.AddGroup("h", noneOfGroup))
		add("group named, group none, group", g.AddGroup("h", noneOfGroup).AddGroup("i"))
		g = svc.AddGroup("g", noneOfGroup)
		add("group none", g)
		add("group none, endpoint named", g, named)
		add("group none, group", g.AddGroup("h"))
		add("group none, group named", g.AddGroup("h", ofGroup))
		add("group named and none", svc.AddGroup("g", ofGroup, noneOfGroup))
		add("group none and named", svc.AddGroup("g", noneOfGroup, ofGroup))
		add("group empty", svc.AddGroup("g", micro.WithGroupQueueGroup("")))
		e.Must(svc.Stop())
		e.Await("service "+c.Name, "done", 1)
	}
}

func serviceQueueGroupFirst(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	for i := range 16 {
		pick := func(bit int, name string) string {
			if i&bit != 0 {
				return name
			}
			return ""
		}
		c := micro.Config{
			Name: "s" + strconv.Itoa(i), QueueGroup: pick(1, "S"), QueueGroupDisabled: i&2 != 0,
			Endpoint: &micro.EndpointConfig{Handler: answer, QueueGroup: pick(4, "E"), QueueGroupDisabled: i&8 != 0},
		}
		svc := serve(e, nc, c)
		e.Log("service %q %v, endpoint %q %v: %q", c.QueueGroup, c.QueueGroupDisabled, c.Endpoint.QueueGroup, c.Endpoint.QueueGroupDisabled, svc.Info().Endpoints[0].QueueGroup)
		e.Must(svc.Stop())
		e.Await("service "+c.Name, "done", 1)
	}
}

// instances adds n instances of a service, each on its own connection, and counts
// what each gets.
func instances(e *env.Env, s *env.Server, n int, opts ...micro.EndpointOpt) []*atomic.Int32 {
	e.Helper()
	var got []*atomic.Int32
	for i := range n {
		count := new(atomic.Int32)
		got = append(got, count)
		nc := hosted(e, s.URL())
		svc := serve(e, nc, micro.Config{Name: "s" + strconv.Itoa(i)})
		e.Must(svc.AddEndpoint("order", micro.HandlerFunc(func(r micro.Request) {
			count.Add(1)
			_ = r.Respond([]byte("done"))
		}), opts...))
		e.Must(nc.Flush())
	}
	return got
}

func serviceShares(e *env.Env) {
	s := e.Server()
	got := instances(e, s, 3)
	nc := connect(e, s.URL())
	for range 30 {
		_, err := nc.Request("order", nil, env.Patience)
		e.Must(err)
	}
	sum := int32(0)
	for _, count := range got {
		sum += count.Load()
	}
	e.Log("%d requests in all", sum)
}

func serviceAll(e *env.Env) {
	s := e.Server()
	got := instances(e, s, 3, micro.WithEndpointQueueGroupDisabled())
	nc := connect(e, s.URL())
	in, err := nc.SubscribeSync(nats.NewInbox())
	e.Must(err)
	for range 4 {
		e.Must(nc.PublishRequest("order", in.Subject, nil))
	}
	for range 12 {
		next(e, in)
	}
	for i, count := range got {
		e.Log("%s", fmt.Sprint(i, ": ", count.Load()))
	}
}
