package scenarios

import (
	"context"
	"errors"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/micro"

	"github.com/evernats/nats/test/parity/env"
)

func servicesAnswering() []env.Scenario {
	return []env.Scenario{
		{Name: "service/request answered", Run: serviceAnswered},
		{Name: "service/request seen", Run: serviceSeen},
		{Name: "service/request answered with an error", Run: serviceErrorAnswer},
		{Name: "service/request that can't be answered", Run: serviceUnanswered},
		{Name: "service/request handled in order, endpoints side by side", Run: serviceOrder},
		{Name: "service/request with a context", Run: serviceContext},
		{Name: "service/errors and headers by hand", Run: serviceByHand},
	}
}

func serviceAnswered(e *env.Env) {
	s, h := e.Server(), e.On("handler")
	w := e.Wire(s)
	serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) {
			switch string(r.Data()) {
			case "nothing":
				h.Err("nothing", r.Respond(nil))
			case "json":
				h.Err("json", r.RespondJSON(map[string]any{"a": 1, "b": "<>"}))
			case "json nil":
				h.Err("json nil", r.RespondJSON(nil))
			case "headers":
				h.Err("headers", r.Respond([]byte("h"), micro.WithHeaders(micro.Headers{"A": {"1", "2"}, "B": {"3"}}), micro.WithHeaders(micro.Headers{"A": {"4"}})))
			case "json headers":
				h.Err("json headers", r.RespondJSON(1, micro.WithHeaders(micro.Headers{"A": {"1"}})))
			case "no headers":
				h.Err("no headers", r.Respond(nil, micro.WithHeaders(nil)))
			case "own option":
				h.Err("own option", r.Respond([]byte("x"), func(m *nats.Msg) {
					h.Log("option sees %s", show(m))
					m.Data = append(m.Data, 'y')
					m.Subject = "elsewhere"
				}))
			case "twice":
				h.Err("first", r.Respond([]byte("first")))
				h.Err("second", r.Respond([]byte("second")))
			}
		})}})
	nc := connect(e, w.URL())
	for _, what := range []string{"nothing", "json", "json nil", "headers", "json headers", "no headers", "own option", "twice"} {
		ask(e, nc, "order", what)
	}
	e.Await("handler", "second", 1)
}

func serviceSeen(e *env.Env) {
	s := e.Server()
	serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order.*",
		Handler: micro.HandlerFunc(func(r micro.Request) {
			h := r.Headers()
			e.Log("%s reply=%q data=%q header=%s nil %v", r.Subject(), r.Reply(), r.Data(), showHeader(nats.Header(h)), h == nil)
			e.Log("%q %q %q %v", h.Get("A"), h.Get("a"), h.Values("A"), h.Values("a") == nil)
			_ = r.Respond(nil)
		})}})
	nc := connect(e, s.URL())
	_, err := nc.RequestMsg(&nats.Msg{Subject: "order.1", Data: []byte("tea"), Header: nats.Header{"A": {"1", "2"}}}, env.Patience)
	e.Must(err)
	_, err = nc.Request("order.2", nil, env.Patience)
	e.Must(err)
	e.Must(nc.PublishRequest("order.3", "somewhere.else", nil))
	e.Await(env.Main, "order.3", 1)
}

func serviceErrorAnswer(e *env.Env) {
	s, h := e.Server(), e.On("handler")
	svc := serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) {
			switch string(r.Data()) {
			case "plain":
				h.Err("plain", r.Error("400", "bad: order", nil))
			case "data":
				h.Err("data", r.Error("500", "x", []byte("more")))
			case "headers":
				h.Err("headers", r.Error("1", "x", nil, micro.WithHeaders(micro.Headers{"A": {"1"}})))
			case "replaced":
				h.Err("replaced", r.Error("2", "x", []byte("data"), micro.WithHeaders(micro.Headers{micro.ErrorHeader: {"mine"}}),
					func(m *nats.Msg) { h.Log("option sees %s", show(m)); m.Data = []byte("lost") }))
			case "no code":
				h.Err("no code", r.Error("", "x", nil))
				h.Err("no description", r.Error("1", "", nil))
				h.Err("neither", r.Error("", "", nil))
				e.Must(r.Respond(nil))
			}
		})}})
	nc := connect(e, s.URL())
	for i, what := range []string{"plain", "data", "headers", "replaced", "no code"} {
		ask(e, nc, "order", what)
		showStats(e, counted(e, svc, "default", i+1))
	}
}

func serviceUnanswered(e *env.Env) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL(), watched(e)...), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.HandlerFunc(func(r micro.Request) {
			big := make([]byte, 2<<20)
			switch string(r.Data()) {
			case "no reply":
				e.Err("respond", r.Respond(nil))
				e.Err("json", r.RespondJSON(1))
				e.Err("error", r.Error("1", "x", nil))
			case "bad json":
				e.Err("bad json", r.RespondJSON(make(chan int)))
			case "large":
				e.Err("large", r.Respond(big))
			case "large json":
				e.Err("large json", r.RespondJSON(big))
			case "large error":
				e.Err("large error", r.Error("1", "x", big))
			}
		})}})
	nc := connect(e, s.URL())
	for i, what := range []string{"no reply", "bad json", "large", "large json", "large error"} {
		m := &nats.Msg{Subject: "order", Data: []byte(what)}
		if i > 0 {
			m.Reply = "somewhere"
		}
		e.Must(nc.PublishMsg(m))
		showStats(e, counted(e, svc, "default", i+1))
	}
}

func serviceOrder(e *env.Env) {
	s := e.Server()
	gate := make(chan bool)
	host := hosted(e, s.URL())
	svc := serve(e, host, micro.Config{})
	e.Must(svc.AddEndpoint("slow", micro.HandlerFunc(func(r micro.Request) {
		e.On("slow").Log("begins %s", r.Data())
		<-gate
		e.On("slow").Log("ends %s", r.Data())
		_ = r.Respond(nil)
	})))
	e.Must(svc.AddEndpoint("quick", answer))
	e.Must(host.Flush())
	nc := connect(e, s.URL())
	for _, data := range []string{"1", "2", "3"} {
		e.Must(nc.PublishRequest("slow", "somewhere", []byte(data)))
	}
	e.Await("slow", "begins 1", 1)
	ask(e, nc, "quick", "meanwhile")
	ask(e, nc, "$SRV.PING", "")
	e.Log("%d of slow's handled", svc.Stats().Endpoints[0].NumRequests)
	close(gate)
	counted(e, svc, "slow", 3)
}

func serviceContext(e *env.Env) {
	s := e.Server()
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
	serve(e, hosted(e, s.URL()), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order",
		Handler: micro.ContextHandler(ctx, func(ctx context.Context, r micro.Request) {
			e.Log("%v %v", ctx.Value(key{}), ctx.Err())
			_ = r.Respond(nil)
		})}})
	nc := connect(e, s.URL())
	ask(e, nc, "order", "")
	cancel()
	ask(e, nc, "order", "")
}

func serviceByHand(e *env.Env) {
	h := micro.Headers{"A": {"1", "2"}}
	e.Log("%q %q %q %v", h.Get("A"), h.Get("a"), h.Values("A"), h.Values("x"))
	err := &micro.NATSError{Subject: "a.b", Description: "what"}
	e.Log("%v, cause %v", err, err.Unwrap())
	e.Log("%v", &micro.NATSError{Description: "what"})
	for _, other := range []error{err, &micro.NATSError{Subject: "a.b", Description: "what"}, &micro.NATSError{Subject: "a", Description: "what"},
		&micro.NATSError{Subject: "a.b"}, errors.New("what"), nil} {
		e.Log("is %v: %v %v", other, errors.Is(err, other), other != nil && err.Is(other))
	}
}
