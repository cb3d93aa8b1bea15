package scenarios

import (
	"strconv"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/evernats/nats/test/parity/env"
)

func servicesCounting() []env.Scenario {
	return []env.Scenario{
		{Name: "service/stats of requests", Run: serviceStats},
		{Name: "service/stats count a request's errors once", Run: serviceErrorsOnce},
		{Name: "service/stats count an error that comes late", Run: serviceLateError},
		{Name: "service/stats reset", Run: serviceReset},
		{Name: "service/stats with data", Run: serviceStatsHandler},
		{Name: "service/stats after a reconnect", Run: serviceReconnect},
		{Name: "service/slow endpoint", Run: serviceSlow},
		{Name: "service/slow subscription beside it", Run: serviceSlowBeside},
	}
}

func serviceStats(e *env.Env) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) {
			time.Sleep(time.Millisecond)
			_ = r.Respond(nil)
		})}})
	e.Must(svc.AddEndpoint("idle", answer))
	nc := connect(e, s.URL())
	for i := range 5 {
		_, err := nc.Request("order", []byte(strconv.Itoa(i)), env.Patience)
		e.Must(err)
	}
	st := counted(e, svc, "default", 5)
	showStats(e, st)
	e.Log("at least what was slept: %v", st.ProcessingTime >= 5*time.Millisecond)
	showStats(e, svc.Stats().Endpoints[1])
	e.Log("type %s, started in UTC %v", svc.Stats().Type, svc.Stats().Started.Location() == time.UTC)
}

func serviceErrorsOnce(e *env.Env) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) {
			switch string(r.Data()) {
			case "two":
				_ = r.Error("1", "first", nil)
				_ = r.Error("2", "second", nil)
			case "error, then answer":
				_ = r.Error("3", "third", nil)
				_ = r.Respond(nil)
			case "fine":
				_ = r.Respond(nil)
			}
		})}})
	nc := connect(e, s.URL())
	for i, what := range []string{"two", "fine", "error, then answer", "fine"} {
		e.Must(nc.PublishRequest("order", "somewhere", []byte(what)))
		showStats(e, counted(e, svc, "default", i+1))
	}
}

func serviceLateError(e *env.Env) {
	s := e.Server()
	later := make(chan micro.Request, 1)
	svc := serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) { later <- r })}})
	nc := connect(e, s.URL())
	e.Must(nc.PublishRequest("order", "somewhere", nil))
	r := env.Recv(e, "the request", later)
	counted(e, svc, "default", 1)
	e.Err("error", r.Error("1", "late", nil))
	e.Err("another", r.Error("2", "later", nil))
	showStats(e, svc.Stats().Endpoints[0])
}

func serviceReset(e *env.Env) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) { _ = r.Error("1", "x", nil) })}})
	nc := connect(e, s.URL())
	_, err := nc.Request("order", nil, env.Patience)
	e.Must(err)
	showStats(e, counted(e, svc, "default", 1))
	before := svc.Stats().Started
	time.Sleep(time.Millisecond)
	svc.Reset()
	e.Log("started later %v", svc.Stats().Started.After(before))
	showStats(e, svc.Stats().Endpoints[0])
	_, err = nc.Request("order", nil, env.Patience)
	e.Must(err)
	showStats(e, counted(e, svc, "default", 1))
}

func serviceStatsHandler(e *env.Env) {
	s := e.Server()
	seen := map[*micro.Endpoint]bool{}
	svc := serve(e, hosted(e, s.URL()), micro.Config{
		StatsHandler: func(ep *micro.Endpoint) any {
			seen[ep] = true
			switch ep.Name {
			case "nothing":
				return nil
			case "unfit":
				return make(chan int)
			}
			return map[string]any{"name": ep.Name, "subject": ep.Subject, "queue": ep.QueueGroup, "metadata": ep.Metadata}
		},
		Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer, Metadata: map[string]string{"a": "b"}},
	})
	e.Must(svc.AddGroup("g").AddEndpoint("nothing", answer))
	e.Must(svc.AddGroup("g").AddEndpoint("unfit", answer, micro.WithEndpointQueueGroupDisabled()))
	e.Must(svc.AddGroup("g").AddEndpoint("named", answer, micro.WithEndpointSubject("n.*"), micro.WithEndpointQueueGroup("k")))
	for range 2 {
		for _, st := range svc.Stats().Endpoints {
			showStats(e, st)
		}
	}
	e.Log("%d endpoints seen", len(seen))
	ask(e, connect(e, s.URL()), "$SRV.STATS", "")
}

func serviceReconnect(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e, quick()...)...)
	svc := serve(e, nc, micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer}})
	other := connect(e, s.URL(), quick()...)
	for i := range 3 {
		if i > 0 {
			s.Stop()
			e.Until("disconnected", func() bool { return !nc.IsConnected() && !other.IsConnected() })
			if i == 1 {
				e.Err("added while away", svc.AddEndpoint("later", answer))
			}
			s.Restart()
			e.Until("connected", func() bool { return nc.IsConnected() && other.IsConnected() })
			e.Await("callbacks", "reconnected", i) // it is told of a moment later
			e.Must(nc.Flush())
		}
		ask(e, other, "order", "tea")
		counted(e, svc, "default", i+1)
		for _, verb := range []string{"PING", "INFO.orders", "STATS.orders." + svc.Info().ID} {
			ask(e, other, "$SRV."+verb, "")
		}
	}
	ask(e, other, "later", "tea")
	for _, line := range subscribed(e, s) {
		e.Log("%s", line)
	}
	e.Log("stopped %v", svc.Stopped())
}

// busy adds an endpoint whose handler stays with its first request until release.
func busy(e *env.Env, svc adder, name string, opts ...micro.EndpointOpt) (release func()) {
	e.Helper()
	gate := make(chan bool)
	e.Must(svc.AddEndpoint(name, micro.HandlerFunc(func(r micro.Request) {
		e.On(name).Log("begins %s", r.Data())
		<-gate
		e.On(name).Err("ends "+string(r.Data()), r.Respond(nil))
	}), opts...))
	return func() { close(gate) }
}

// overrun adds an endpoint and sends it more than it takes, until an error is told.
func overrun(e *env.Env, nc *nats.Conn, to adder, subject, name string) (release func()) {
	e.Helper()
	begun, gate := make(chan bool, 10), make(chan bool)
	e.Must(to.AddEndpoint(name, micro.HandlerFunc(func(micro.Request) {
		begun <- true
		<-gate
	}), micro.WithEndpointPendingLimits(1, -1)))
	e.Must(nc.Flush())
	e.Must(nc.Publish(subject, nil))
	env.Recv(e, "the first request", begun)
	for range 5 {
		e.Must(nc.Publish(subject, nil))
	}
	e.Await("callbacks", "error", 1)
	return func() { close(gate) }
}

func serviceSlow(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	svc, other := serve(e, nc, micro.Config{Name: "one"}), serve(e, nc, micro.Config{Name: "two"})
	g := svc.AddGroup("g")
	for _, name := range []string{"x", "epic"} {
		e.Must(g.AddEndpoint(name, answer, micro.WithEndpointSubject("ep."+name)))
	}
	e.Must(other.AddGroup("g").AddEndpoint("ep", answer, micro.WithEndpointSubject("epx")))
	release := overrun(e, nc, g, "g.ep", "ep")
	defer release()
	e.Await("service one", "error", 1)
	for _, service := range []micro.Service{svc, other} {
		for _, st := range service.Stats().Endpoints {
			showStats(e, st)
		}
	}
	e.Log("stopped %v", svc.Stopped())
}

func serviceSlowBeside(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	svc := serve(e, nc, micro.Config{})
	e.Must(svc.AddEndpoint("a", answer))
	e.Must(svc.AddEndpoint("prefix", answer, micro.WithEndpointSubject("a.b")))
	begun, gate := make(chan bool, 10), make(chan bool)
	defer close(gate)
	sub, err := nc.Subscribe("a.b.c", func(*nats.Msg) {
		begun <- true
		<-gate
	})
	e.Must(err)
	e.Must(sub.SetPendingLimits(1, -1))
	e.Must(nc.Flush())
	e.Must(nc.Publish("a.b.c", nil))
	env.Recv(e, "the first message", begun)
	for range 5 {
		e.Must(nc.Publish("a.b.c", nil))
	}
	e.Await("callbacks", "error", 1)
	ask(e, nc, "$SRV.STATS", "")
	e.Must(svc.Stop())
	e.Await("service orders", "done", 1)
}
