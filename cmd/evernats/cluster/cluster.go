package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Cluster is a set of servers that know each other.
type Cluster struct {
	cfg     Config
	starter *starter
	closed  context.Context
	close   context.CancelFunc

	mu      sync.Mutex
	servers []*Server
}

var (
	errNotHooked = errors.New("cluster: RunChildIfAsked must be the first call of main or TestMain")
	errClosed    = errors.New("cluster: the cluster is closed")
)

// Start starts a cluster and returns when every client and route of it is known
// to all of its servers. ctx bounds the start only.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	if !looked.Load() {
		return nil, errNotHooked
	}
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &Cluster{cfg: cfg, starter: newStarter()}
	c.closed, c.close = context.WithCancel(context.Background())
	err := c.startAll(ctx)
	if err == nil {
		err = c.WaitFormed(ctx)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// startAll starts the first server, then the others together: they find each
// other through it, with no port known beforehand.
func (c *Cluster) startAll(ctx context.Context) error {
	for range c.cfg.Servers {
		if _, err := c.newServer(); err != nil {
			return err
		}
	}
	all := c.Servers()
	if err := all[0].Restart(ctx); err != nil {
		return err
	}
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, s := range all[1:] {
		wg.Go(func() { errs[i] = s.Restart(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *Cluster) newServer() (*Server, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Err() != nil {
		return nil, errClosed
	}
	i := len(c.servers)
	s := &Server{c: c, index: i, name: c.cfg.Name + "-" + strconv.Itoa(i+1), config: c.cfg.serverConfig(i)}
	// It belongs to the cluster before it holds anything, so that Close finds it.
	c.servers = append(c.servers, s)
	for range 3 {
		r, err := reserve()
		if err != nil {
			return nil, err
		}
		s.reserved = append(s.reserved, r)
	}
	// Others may hear of the server before its start has returned.
	s.info.Ports.Client = max(0, s.reserved[0].port)
	return s, nil
}

// Add starts one more server that joins the live ones, and returns when it
// accepts clients; see [Cluster.WaitFormed] for the moment when all know it.
func (c *Cluster) Add(ctx context.Context) (*Server, error) {
	s, err := c.newServer()
	if err != nil {
		return nil, err
	}
	return s, s.Restart(ctx)
}

// Server returns server i, from 0; asking for one that doesn't exist panics.
func (c *Cluster) Server(i int) *Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.servers[i]
}

// Servers returns all servers there ever were, dead ones too.
func (c *Cluster) Servers() []*Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*Server(nil), c.servers...)
}

// ByAddr returns the server that listens for clients at host:port, or at the
// address of a URL, and nil if there is none.
func (c *Cluster) ByAddr(addr string) *Server {
	if _, rest, ok := strings.Cut(addr, "://"); ok {
		addr = rest
	}
	for _, s := range c.Servers() {
		if s.Addr() == addr {
			return s
		}
	}
	return nil
}

// URLs are the client URLs of all servers.
func (c *Cluster) URLs() []string {
	var urls []string
	for _, s := range c.Servers() {
		urls = append(urls, s.URL())
	}
	return urls
}

// routesFor lists the routes a server is told of: to all others that were ever
// up, since one that is down may come back; with JetStream to all, since its first
// servers must know how many they will be.
func (c *Cluster) routesFor(s *Server) []string {
	var routes []string
	for _, o := range c.Servers() {
		port := o.state().Ports.Route
		if port == 0 && c.cfg.JetStream != "" {
			port = max(0, o.reserved[1].port)
		}
		if o != s && port != 0 {
			routes = append(routes, "nats-route://"+net.JoinHostPort(loopback, strconv.Itoa(port)))
		}
	}
	return routes
}

// startContext ends when ctx does or the cluster is closed.
func (c *Cluster) startContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.closed, func() { cancel(errClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// Logs is what all servers logged, each line after the server's name.
func (c *Cluster) Logs() string {
	var b strings.Builder
	for _, s := range c.Servers() {
		for line := range strings.Lines(s.Log()) {
			fmt.Fprintf(&b, "%s: %s", s.name, line)
		}
	}
	return b.String()
}

// Close kills all servers and returns when their processes are gone. The
// cluster can't be used afterwards; closing twice is fine.
func (c *Cluster) Close() {
	c.close()
	var wg sync.WaitGroup
	for _, s := range c.Servers() {
		wg.Go(func() {
			_ = s.Kill()
			s.release()
		})
	}
	wg.Wait()
	c.starter.close()
}
