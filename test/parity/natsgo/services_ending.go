package scenarios

import (
	"strconv"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/evernats/nats/test/parity/env"
)

func servicesEnding() []env.Scenario {
	return []env.Scenario{
		{Name: "service/stop", Run: serviceStop},
		{Name: "service/stop handles what waits", Run: serviceStopBusy},
		{Name: "service/stop by a handler", Run: serviceStopInside},
		{Name: "service/stop one of two", Run: serviceStopOne},
		{Name: "service/stop without a server", Run: serviceStopAway},
		{Name: "service/stop, then an endpoint", Run: serviceStopThenAdd},
		{Name: "service/connection closed", Run: serviceClosed},
		{Name: "service/connection closed, told to nobody", Run: serviceClosedMuted},
		{Name: "service/connection drained", Run: serviceDrained},
		{Name: "service/connection given up", Run: serviceGivenUp},
		{Name: "service/handlers set afterwards", Run: serviceHandlersAfterwards},
		{Name: "service/handlers given back", Run: serviceHandlersBack},
		{Name: "service/handlers when the first of two has stopped", Run: func(e *env.Env) { serviceHandlersOfTwo(e, 0) }},
		{Name: "service/handlers when the last of two has stopped", Run: func(e *env.Env) { serviceHandlersOfTwo(e, 1) }},
		{Name: "service/error handler replaced", Run: serviceErrorHandlerReplaced},
		{Name: "service/closed handler replaced", Run: serviceClosedHandlerReplaced},
	}
}

// grace is how long a scenario waits for what one of the libraries doesn't do.
const grace = time.Second

func serviceStop(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	svc := serve(e, nc, micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer}})
	other := connect(e, s.URL())
	ask(e, other, "order", "tea")
	e.Log("stopped %v", svc.Stopped())
	e.Err("stop", svc.Stop())
	e.Log("stopped %v", svc.Stopped())
	e.Await("service orders", "done", 1)
	e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
	e.Err("again", svc.Stop())
	e.Log("server: %v", subscribed(e, s))
	ask(e, other, "order", "tea")
	ask(e, other, "$SRV.PING", "")
	info, st := svc.Info(), svc.Stats()
	e.Log("%s %s %v %v", info.Name, info.ID, info.Endpoints, st.Endpoints)
	svc.Reset()
	e.Log("connection closed %v", nc.IsClosed())
}

func serviceStopBusy(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	svc := serve(e, nc, micro.Config{})
	release := busy(e, svc, "ep")
	other := connect(e, s.URL())
	in, err := other.SubscribeSync("answers")
	e.Must(err)
	e.Must(nc.Flush())
	for _, data := range []string{"1", "2", "3"} {
		e.Must(other.PublishRequest("ep", "answers", []byte(data)))
	}
	e.Must(other.Flush())
	e.Must(nc.Flush())
	e.Await("ep", "begins 1", 1)
	e.Err("stop", svc.Stop())
	e.Await("service orders", "done", 1)
	release()
	for range 3 {
		next(e, in)
	}
	e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
}

func serviceStopInside(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	var svc micro.Service
	svc = serve(e, nc, micro.Config{})
	e.Must(svc.AddEndpoint("end", micro.HandlerFunc(func(r micro.Request) {
		e.On("handler").Err("stop", svc.Stop())
		e.On("handler").Err("respond", r.Respond([]byte("bye")))
	})))
	other := connect(e, s.URL())
	e.Must(nc.Flush())
	ask(e, other, "end", "")
	e.Await("service orders", "done", 1)
	e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
}

func serviceStopOne(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	one, two := serve(e, nc, micro.Config{Name: "one"}), serve(e, nc, micro.Config{Name: "two"})
	e.Must(one.Stop())
	e.Await("service one", "done", 1)
	e.Until("half of the subscriptions", func() bool { return nc.NumSubscriptions() == 9 })
	other := connect(e, s.URL())
	ask(e, other, "$SRV.PING", "")
	ask(e, other, "$SRV.PING.one", "")
	e.Log("stopped %v %v", one.Stopped(), two.Stopped())
	nc.Close()
	e.Await("service two", "done", 1)
	e.Await("callbacks", "closed", 1)
	e.Log("stopped %v %v", one.Stopped(), two.Stopped())
}

func serviceStopAway(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), quick()...)
	svc := serve(e, nc, micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer}})
	s.Stop()
	e.Until("disconnected", func() bool { return !nc.IsConnected() })
	begun := time.Now()
	e.Err("stop", svc.Stop())
	e.Log("at once %v, stopped %v", time.Since(begun) < env.Patience/2, svc.Stopped())
	e.Await("service orders", "done", 1)
	gone := time.Now().Add(grace)
	for nc.NumSubscriptions() > 0 && time.Now().Before(gone) {
		time.Sleep(time.Millisecond)
	}
	e.Log("%d subscriptions without a server", nc.NumSubscriptions())
	s.Restart()
	e.Until("connected", nc.IsConnected)
	e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
	e.Must(nc.Flush())
	e.Log("server: %v", subscribed(e, s))
}

func serviceStopThenAdd(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	svc := serve(e, nc, micro.Config{})
	g := svc.AddGroup("g")
	e.Must(svc.Stop())
	e.Await("service orders", "done", 1)
	e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
	e.Err("added", svc.AddEndpoint("late", answer))
	e.Err("added to a group", g.AddEndpoint("late", answer))
	e.Must(nc.Flush())
	e.Log("server: %v", subscribed(e, s))
}

func serviceClosed(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	svc := serve(e, nc, micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer}})
	nc.Close()
	e.Await("service orders", "done", 1)
	e.Await("callbacks", "closed", 1)
	e.Log("stopped %v", svc.Stopped())
	e.Err("stop", svc.Stop())
	e.Log("%v", svc.Info().Endpoints)
	e.Err("endpoint", svc.AddEndpoint("late", answer))
}

func serviceClosedMuted(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), nats.NoCallbacksAfterClientClose())
	svc := serve(e, nc, micro.Config{})
	nc.Close()
	end := time.Now().Add(grace)
	for !svc.Stopped() && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
	e.Log("stopped %v", svc.Stopped())
	e.Must(svc.Stop())
	e.Await("service orders", "done", 1)
}

func serviceDrained(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	svc := serve(e, nc, micro.Config{})
	release := busy(e, svc, "ep")
	e.Must(nc.Flush())
	other := connect(e, s.URL())
	in, err := other.SubscribeSync("answers")
	e.Must(err)
	e.Must(other.PublishRequest("ep", "answers", []byte("1")))
	e.Must(other.PublishRequest("ep", "answers", []byte("2")))
	e.Must(other.Flush())
	e.Await("ep", "begins 1", 1)
	e.Must(nc.Flush())
	e.Must(nc.Drain())
	e.Log("stopped %v", svc.Stopped())
	e.Err("endpoint", svc.AddEndpoint("late", answer))
	release()
	next(e, in)
	next(e, in)
	e.Await("service orders", "done", 1)
	e.Await("callbacks", "closed", 1)
	e.Log("stopped %v", svc.Stopped())
}

func serviceGivenUp(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e, quick(nats.MaxReconnects(1))...)...)
	e.Await("callbacks", "connected", 1)
	svc := serve(e, nc, micro.Config{})
	s.Stop()
	e.Await("callbacks", "closed", 1)
	e.Await("service orders", "done", 1)
	e.Log("stopped %v", svc.Stopped())
}

func serviceHandlersAfterwards(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	svc := serve(e, nc, micro.Config{Name: "one"})
	before := nc.ErrorHandler()
	nc.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
		e.On("callbacks").Log("new handler")
		before(nc, sub, err)
	})
	serve(e, nc, micro.Config{Name: "two"})
	release := overrun(e, nc, svc, "ep", "ep")
	defer release()
	e.Await("service one", "error", 1)
	showStats(e, svc.Stats().Endpoints[0])
}

func serviceHandlersBack(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	one, two := serve(e, nc, micro.Config{Name: "one"}), serve(e, nc, micro.Config{Name: "two"})
	e.Must(one.Stop())
	e.Must(two.Stop())
	e.Await("service one", "done", 1)
	e.Await("service two", "done", 1)
	e.Until("no subscriptions", func() bool { return nc.NumSubscriptions() == 0 })
	begun, gate := make(chan bool, 10), make(chan bool)
	sub, err := nc.Subscribe("a", func(*nats.Msg) {
		begun <- true
		<-gate
	})
	e.Must(err)
	e.Must(sub.SetPendingLimits(1, -1))
	e.Must(nc.Publish("a", nil))
	env.Recv(e, "the first message", begun)
	for range 5 {
		e.Must(nc.Publish("a", nil))
	}
	e.Await("callbacks", "error", 1)
	e.Must(nc.Flush()) // the rest of them has come, too
	close(gate)
	nc.Close()
	e.Await("callbacks", "closed", 1)
}

// serviceHandlersOfTwo overruns the one that is left.
func serviceHandlersOfTwo(e *env.Env, stop int) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	both := []micro.Service{serve(e, nc, micro.Config{Name: "s0"}), serve(e, nc, micro.Config{Name: "s1"})}
	e.Must(both[stop].Stop())
	e.Await("service s"+strconv.Itoa(stop), "done", 1)
	left := both[1-stop]
	release := overrun(e, nc, left, "ep", "ep")
	showStats(e, left.Stats().Endpoints[0])
	release()
	e.Must(left.Stop())
	e.Await("service s"+strconv.Itoa(1-stop), "done", 1)
}

func serviceErrorHandlerReplaced(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	one := serve(e, nc, micro.Config{Name: "one"})
	nc.SetErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
		e.On("callbacks").Err("error of "+sub.Subject+" told to another", err)
	})
	release := overrun(e, nc, one, "first", "first")
	defer release()
	two := serve(e, nc, micro.Config{Name: "two"})
	begun, gate := make(chan bool, 10), make(chan bool)
	defer close(gate)
	e.Must(one.AddEndpoint("second", micro.HandlerFunc(func(micro.Request) {
		begun <- true
		<-gate
	}), micro.WithEndpointPendingLimits(1, -1)))
	e.Must(nc.Publish("second", nil))
	env.Recv(e, "the request", begun)
	for range 5 {
		e.Must(nc.Publish("second", nil))
	}
	e.Await("callbacks", "error of second", 1)
	for _, st := range one.Stats().Endpoints {
		showStats(e, st)
	}
	e.Must(two.Stop())
	e.Must(one.Stop())
	e.Await("service one", "done", 1)
	e.Await("service two", "done", 1)
}

func serviceClosedHandlerReplaced(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	svc := serve(e, nc, micro.Config{})
	nc.SetClosedHandler(func(*nats.Conn) { e.On("callbacks").Log("closed, told to another") })
	nc.Close()
	e.Await("callbacks", "closed", 1)
	end := time.Now().Add(grace)
	for !svc.Stopped() && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
	e.Log("stopped %v", svc.Stopped())
	e.Must(svc.Stop())
	e.Await("service orders", "done", 1)
}
