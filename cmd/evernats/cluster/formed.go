package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// formPatience bounds WaitFormed when the caller's context doesn't.
const formPatience = 30 * time.Second

// WaitFormed waits until the servers that run, paused ones aside, are routed to
// each other and to nobody else, and each tells its clients of exactly these.
func (c *Cluster) WaitFormed(ctx context.Context) error {
	if c.cfg.Standalone {
		return nil
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, formPatience)
		defer cancel()
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var last string // the final round ends in the context's error, which says less
	for {
		missing, err := c.missing(ctx)
		switch {
		case err == nil && missing == "":
			return nil
		case err == nil:
			last = missing
		case last == "":
			last = err.Error()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("cluster: not formed: %s: %w\n%s", last, context.Cause(ctx), c.tails())
		case <-c.closed.Done():
			return errClosed
		case <-tick.C:
		}
	}
}

// missing says what the first unfinished server lacks, and nothing if none is.
func (c *Cluster) missing(ctx context.Context) (string, error) {
	var live []*Server
	told := 0 // how many of them clients are told of
	for _, s := range c.Servers() {
		if s.Running() && !s.Paused() {
			live = append(live, s)
			if s.state().Advertises {
				told++
			}
		}
	}
	for _, s := range live {
		routes, err := s.Routez(ctx, nil)
		if err != nil {
			return "", err
		}
		if text := missingRoutes(s, live, routes.Routes); text != "" {
			return text, nil
		}
		if !s.state().Advertises {
			continue
		}
		v, err := s.Varz(ctx)
		if err != nil {
			return "", err
		}
		// A server that never met another advertises nobody, not even itself.
		if n := len(v.ClientConnectURLs); n != told && (n != 0 || len(live) > 1) {
			return fmt.Sprintf("%s advertises %v, %d servers are up", s.name, v.ClientConnectURLs, told), nil
		}
	}
	return "", nil
}

func (c *Cluster) tails() string {
	var text string
	for _, s := range c.Servers() {
		text += "-- " + s.name + "\n" + s.log.tail(10) + "\n"
	}
	return text
}

// missingRoutes compares a server's routes with the servers that are up. Each pair
// must have all the routes it is going to have: an account whose own route isn't
// there yet sends nothing to the other side.
func missingRoutes(s *Server, live []*Server, routes []*server.RouteInfo) string {
	have := make(map[string]int)
	for _, r := range routes {
		have[r.RemoteID]++
	}
	for _, o := range live {
		if want := min(s.state().Routes, o.state().Routes); o != s && have[o.ID()] < want {
			return fmt.Sprintf("%s has %d of %d routes to %s", s.name, have[o.ID()], want, o.name)
		}
		delete(have, o.ID())
	}
	if len(have) > 0 {
		return fmt.Sprintf("%s still has routes to %d servers that are gone", s.name, len(have))
	}
	return ""
}
