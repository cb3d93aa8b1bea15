package scenarios

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/evernats/nats/test/parity/env"
)

func services() []env.Scenario {
	return slices.Concat(servicesFound(), servicesAnswering(), servicesCounting(), servicesGrouped(), servicesRefused(), servicesEnding())
}

func servicesFound() []env.Scenario {
	return []env.Scenario{
		{Name: "service/found by PING", Run: func(e *env.Env) { serviceFound(e, micro.PingVerb) }},
		{Name: "service/found by INFO", Run: func(e *env.Env) { serviceFound(e, micro.InfoVerb) }},
		{Name: "service/found by STATS", Run: func(e *env.Env) { serviceFound(e, micro.StatsVerb) }},
		{Name: "service/found with nothing to tell", Run: serviceFoundBare},
		{Name: "service/found, all instances", Run: serviceInstances},
		{Name: "service/found by whoever has a reply only", Run: serviceNoReply},
		{Name: "service/control subjects", Run: serviceControlSubjects},
		{Name: "service/subscriptions", Run: serviceSubscriptions},
		{Name: "service/metadata is its own", Run: serviceMetadata},
	}
}

func serviceErrors() []env.Sentinel {
	return []env.Sentinel{
		{Name: "micro.ErrArgRequired", Err: micro.ErrArgRequired},
		{Name: "micro.ErrConfigValidation", Err: micro.ErrConfigValidation},
		{Name: "micro.ErrMarshalResponse", Err: micro.ErrMarshalResponse},
		{Name: "micro.ErrRespond", Err: micro.ErrRespond},
		{Name: "micro.ErrServiceNameRequired", Err: micro.ErrServiceNameRequired},
		{Name: "micro.ErrVerbNotSupported", Err: micro.ErrVerbNotSupported},
	}
}

// serving is the name of the connection that services of a scenario are on.
const serving = "serving"

// hosted returns a connection for services.
func hosted(e *env.Env, url string, opts ...nats.Option) *nats.Conn {
	e.Helper()
	return connect(e, url, append(opts, nats.Name(serving))...)
}

// serve adds a service whose handlers note what they are told. The transcript calls
// its ID by its name.
func serve(e *env.Env, nc *nats.Conn, c micro.Config) micro.Service {
	e.Helper()
	if c.Name == "" {
		c.Name = "orders"
	}
	if c.Version == "" {
		c.Version = "1.2.3"
	}
	lane := e.On("service " + c.Name)
	if c.DoneHandler == nil {
		c.DoneHandler = func(s micro.Service) { lane.Log("done, stopped %v", s.Stopped()) }
	}
	if c.ErrorHandler == nil {
		c.ErrorHandler = func(_ micro.Service, err *micro.NATSError) { lane.Err("error on "+err.Subject, err) }
	}
	svc, err := micro.AddService(nc, c)
	e.Must(err)
	e.Alias(svc.Info().ID, "id-"+c.Name)
	e.Cleanup(func() { e.Must(svc.Stop()) })
	if nc.IsConnected() {
		e.Must(nc.Flush())
	}
	return svc
}

// answer is a handler that sends the request back.
var answer = micro.HandlerFunc(func(r micro.Request) { _ = r.Respond(r.Data()) })

var timesOfStats = regexp.MustCompile(`"(started|processing_time|average_processing_time)":("[^"]*"|[1-9][0-9]*)`)

// ask notes what answers a request.
func ask(e *env.Env, nc *nats.Conn, subject, data string) {
	e.Helper()
	m, err := nc.Request(subject, []byte(data), env.Patience)
	e.Err("asked "+subject+" "+data, err)
	if m != nil {
		e.Log("answer %s header %s", timesOfStats.ReplaceAll(m.Data, []byte(`"$1":"#"`)), showHeader(m.Header))
	}
}

// counted waits until an endpoint's handler has returned from n requests.
func counted(e *env.Env, svc micro.Service, name string, n int) *micro.EndpointStats {
	e.Helper()
	var found *micro.EndpointStats
	e.Until(fmt.Sprintf("%d requests of %s", n, name), func() bool {
		found = nil
		for _, ep := range svc.Stats().Endpoints {
			if ep.Name == name {
				found = ep
			}
		}
		return found != nil && found.NumRequests == n
	})
	return found
}

func showStats(e *env.Env, ep *micro.EndpointStats) {
	e.Log("%s on %q in %q: %d requests, %d errors, last %q, data %s, time %v, average within it %v",
		ep.Name, ep.Subject, ep.QueueGroup, ep.NumRequests, ep.NumErrors, ep.LastError, ep.Data,
		ep.ProcessingTime > 0, ep.NumRequests == 0 || ep.AverageProcessingTime == ep.ProcessingTime/time.Duration(ep.NumRequests))
}

// subscribed is what the server has of the connection that services are on.
func subscribed(e *env.Env, s *env.Server) []string {
	e.Helper()
	var subs []string
	for _, c := range s.Clients() {
		if c.Name != serving {
			continue
		}
		for _, sub := range c.SubsDetail {
			if !strings.HasPrefix(sub.Subject, "_INBOX.") {
				subs = append(subs, sub.Subject+" "+sub.Queue)
			}
		}
	}
	return e.Sorted(subs)
}

func serviceFound(e *env.Env, verb micro.Verb) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL()), micro.Config{
		Description: "takes <orders>", Metadata: map[string]string{"where": "here"},
		Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer, Metadata: map[string]string{"kind": "first"}},
	})
	e.Must(svc.AddEndpoint("more", answer))
	nc := connect(e, s.URL())
	for _, who := range [][2]string{{"", ""}, {"orders", ""}, {"orders", svc.Info().ID}, {"Orders", ""}, {"orders", "other"}} {
		subject, err := micro.ControlSubject(verb, who[0], who[1])
		e.Must(err)
		ask(e, nc, subject, "")
	}
	ask(e, nc, "$SRV."+verb.String(), "some words")
}

func serviceFoundBare(e *env.Env) {
	s := e.Server()
	svc := serve(e, hosted(e, s.URL()), micro.Config{})
	nc := connect(e, s.URL())
	for _, verb := range []string{"PING", "INFO", "STATS"} {
		ask(e, nc, "$SRV."+verb, "")
	}
	e.Log("%v %v", svc.Info().Endpoints == nil, svc.Stats().Endpoints == nil)
	e.Must(svc.AddEndpoint("bare", answer))
	e.Must(nc.Flush())
	for _, verb := range []string{"INFO", "STATS"} {
		ask(e, nc, "$SRV."+verb, "")
	}
	e.Log("data nil %v, metadata nil %v", svc.Stats().Endpoints[0].Data == nil, svc.Info().Endpoints[0].Metadata == nil)
	e.Log("length of the ID: %d", len(svc.Info().ID))
}

func serviceInstances(e *env.Env) {
	s := e.Server()
	for _, name := range []string{"one", "two"} {
		nc := hosted(e, s.URL())
		serve(e, nc, micro.Config{Name: name})
		serve(e, nc, micro.Config{Name: name + "-more"})
	}
	nc := connect(e, s.URL())
	in, err := nc.SubscribeSync(nc.NewInbox())
	e.Must(err)
	e.Must(nc.PublishRequest("$SRV.PING", in.Subject, nil))
	var answers []string
	for range 4 {
		m, err := in.NextMsg(env.Patience)
		e.Must(err)
		answers = append(answers, string(m.Data))
	}
	e.Log("%s", e.Sorted(answers))
}

func serviceNoReply(e *env.Env) {
	s := e.Server()
	serve(e, hosted(e, s.URL(), watched(e)...), micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order", Handler: answer}})
	e.Await("callbacks", "connected", 1)
	nc := connect(e, s.URL())
	e.Must(nc.Publish("$SRV.INFO", nil))
	e.Await("service orders", "error", 1)
	e.Must(nc.Publish("$SRV.STATS.orders", nil))
	e.Await("service orders", "error", 2)
	ask(e, nc, "$SRV.STATS", "")
}

func serviceControlSubjects(e *env.Env) {
	for _, verb := range []micro.Verb{micro.PingVerb, micro.StatsVerb, micro.InfoVerb, 3, -1} {
		for _, who := range [][2]string{{"", ""}, {"n", ""}, {"n", "id"}, {"", "id"}, {"a b", ""}, {"a.b", "c d"}} {
			subject, err := micro.ControlSubject(verb, who[0], who[1])
			e.Err(fmt.Sprintf("%d %q of %q: %q", verb, verb, who, subject), err)
		}
	}
}

func serviceSubscriptions(e *env.Env) {
	s := e.Server()
	nc := hosted(e, s.URL())
	svc := serve(e, nc, micro.Config{Endpoint: &micro.EndpointConfig{Subject: "order.*", Handler: answer}})
	e.Must(svc.AddEndpoint("plain", answer))
	e.Must(svc.AddEndpoint("everything", answer, micro.WithEndpointSubject("all.>"), micro.WithEndpointQueueGroupDisabled()))
	e.Must(nc.Flush())
	for _, line := range subscribed(e, s) {
		e.Log("%s", line)
	}
	e.Log("%d", nc.NumSubscriptions())
}

func serviceMetadata(e *env.Env) {
	s := e.Server()
	own, ofEndpoint := map[string]string{"a": "b"}, map[string]string{"c": "d"}
	svc := serve(e, hosted(e, s.URL()), micro.Config{
		Metadata: own, Endpoint: &micro.EndpointConfig{Handler: answer, Metadata: ofEndpoint},
	})
	optional := map[string]string{"e": "f"}
	e.Must(svc.AddEndpoint("more", answer, micro.WithEndpointMetadataKey("lost", "x"),
		micro.WithEndpointMetadata(optional), micro.WithEndpointMetadataKey("g", "h")))
	for _, m := range []map[string]string{own, ofEndpoint, optional} {
		e.Log("%d keys", len(m))
		clear(m)
	}
	for range 2 {
		info, stats := svc.Info(), svc.Stats()
		e.Log("%v %v %v %v", info.Metadata, stats.Metadata, info.Endpoints[0].Metadata, info.Endpoints[1].Metadata)
		maps.Copy(info.Metadata, map[string]string{"a": "changed"})
		maps.Copy(stats.Metadata, map[string]string{"a": "changed"})
		maps.Copy(info.Endpoints[0].Metadata, map[string]string{"c": "changed"})
		info.Endpoints[1].Name = "changed"
		stats.Endpoints[0].Name = "changed"
	}
	ask(e, connect(e, s.URL()), "$SRV.INFO", "")
}
