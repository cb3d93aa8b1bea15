// Package health answers the probes of Kubernetes, and of whatever else asks by HTTP,
// for the connections of a program.
//
//	http.Handle("/readyz", health.Ready(nc))
//	http.Handle("/livez", health.Live(nc))
//
// [Ready] asks each connection's server for an answer, as [nats.Conn.Health] does: it
// says no within 2 s of the death of a peer, or half of StaleAfter if that is less, and yes as
// soon as there is a connection again. A pod that isn't ready gets no traffic; it isn't
// restarted.
//
// [Live] says no only once a connection is closed for good, which a restart mends and
// nothing else does. Through an outage, however long, it says yes: a restart doesn't
// bring the servers back, and it throws away what waits to be sent.
//
// Answers have the status 200 for yes and 503 for no, and a body of JSON that says why:
// URLs of servers and errors, without passwords. Serve them where only those see them
// who may.
package health

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/evernats/nats"
)

// Report is the body of an answer.
type Report struct {
	// OK is the answer: ready, or live.
	OK bool `json:"ok"`
	// Connections are the verdicts on the connections, in the order of the call.
	Connections []nats.Health `json:"connections"`
}

// Ready answers with 200 if all the connections are ready, otherwise with 503. It waits
// for the servers' answers, 2 s at most, and no longer than the request lasts: give the
// probe 3 s (timeoutSeconds). A connection that the program drains is not ready.
func Ready(conns ...*nats.Conn) http.Handler {
	return handler(conns, false, func(h *nats.Health) bool { return h.Ready })
}

// Live answers with 503 once one of the connections is closed for good, otherwise with
// 200. It asks no server, and doesn't wait.
func Live(conns ...*nats.Conn) http.Handler {
	return handler(conns, true, func(h *nats.Health) bool { return h.Live })
}

// handler judges by what is known when it is not to ask.
func handler(conns []*nats.Conn, known bool, ok func(*nats.Health) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		if known {
			cancel()
		}
		report := Report{OK: true, Connections: make([]nats.Health, len(conns))}
		var wg sync.WaitGroup
		for i, nc := range conns {
			wg.Go(func() { report.Connections[i] = nc.Health(ctx) })
		}
		wg.Wait()
		for i := range report.Connections {
			report.OK = report.OK && ok(&report.Connections[i])
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !report.OK {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(&report) // whoever asked has gone
	})
}
