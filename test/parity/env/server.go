package env

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a real nats-server in this process. The transcript calls its
// address by its name.
type Server struct {
	*server.Server
	Name string
	e    *Env
	opts *server.Options
}

// Server starts a server after the given changes to its options. The first
// one of a scenario is A, the next B and so on.
func (e *Env) Server(change ...func(*server.Options)) *Server {
	e.Helper()
	e.mu.Lock()
	name := string(rune('A' + len(e.servers)))
	e.mu.Unlock()
	opts := &server.Options{
		ServerName: name,
		Host:       "127.0.0.1",
		Port:       e.Port(),
		NoLog:      true,
		NoSigs:     true,
		// The server's own early PING would come at any moment of the scenario.
		DisableShortFirstPing: true,
	}
	for _, f := range change {
		f(opts)
	}
	if opts.Websocket.Port == server.RANDOM_PORT {
		opts.Websocket.Port = e.Port()
	}
	s := &Server{Name: name, e: e, opts: opts}
	e.mu.Lock()
	e.servers = append(e.servers, s)
	e.mu.Unlock()
	if !opts.DontListen {
		e.Alias(s.Addr(), s.Name)
		e.Alias(fmt.Sprintf("localhost:%d", opts.Port), "localhost:"+s.Name)
	}
	if opts.Websocket.Port != 0 {
		e.Alias(s.WebsocketAddr(), s.Name+"-ws")
	}
	s.start()
	e.Cleanup(s.Stop)
	return s
}

func (s *Server) start() {
	s.e.Helper()
	srv, err := server.NewServer(s.opts.Clone())
	s.e.Must(err)
	srv.Start()
	if !srv.ReadyForConnections(Patience) {
		s.e.Fatalf("server %s doesn't accept connections", s.Name)
	}
	s.Server = srv
	s.e.Alias(srv.ID(), "id-"+s.Name)
	if s.opts.Cluster.Port == server.RANDOM_PORT {
		s.opts.Cluster.Port = srv.ClusterAddr().Port
	}
}

// Addr is host and port for clients, the same in all lives of the server.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.opts.Port)) }

// URL is what a client connects to.
func (s *Server) URL() string { return "nats://" + s.Addr() }

// URLFor is URL with another scheme and with user information.
func (s *Server) URLFor(scheme, userInfo string) string {
	if userInfo != "" {
		userInfo += "@"
	}
	return scheme + "://" + userInfo + s.Addr()
}

// WebsocketAddr is host and port of the websocket listener.
func (s *Server) WebsocketAddr() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.opts.Websocket.Port))
}

// Stop shuts the server down and waits for its end.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}

// Restart starts the server again at the same address, with changes to its
// options if there are any.
func (s *Server) Restart(change ...func(*server.Options)) {
	s.e.Helper()
	s.Stop()
	for _, f := range change {
		f(s.opts)
	}
	s.start()
}

// AwaitClients waits until the server has n clients.
func (s *Server) AwaitClients(n int) {
	s.e.Helper()
	s.e.Until(fmt.Sprintf("%d clients at server %s", n, s.Name), func() bool { return s.NumClients() == n })
}

// Client is the server's view of its only client.
func (s *Server) Client() *server.ConnInfo {
	s.e.Helper()
	s.AwaitClients(1)
	return s.Clients()[0]
}

// Clients is the server's view of all its clients.
func (s *Server) Clients() []*server.ConnInfo {
	s.e.Helper()
	z, err := s.Connz(&server.ConnzOptions{Username: true, Subscriptions: true, SubscriptionsDetail: true})
	s.e.Must(err)
	return z.Conns
}

// CutClients hangs up on every client.
func (s *Server) CutClients() {
	s.e.Helper()
	z, err := s.Connz(nil)
	s.e.Must(err)
	for _, c := range z.Conns {
		// A client that has just left by itself is gone as well.
		_ = s.DisconnectClientByID(c.Cid)
	}
}

// Clustered lets a server join a cluster of which seed is a member; the first
// member has none. Gossip tells the clients of each about the others.
func Clustered(seed *Server) func(*server.Options) {
	return func(o *server.Options) {
		o.Cluster.Name = "parity"
		o.Cluster.Host = "127.0.0.1"
		o.Cluster.Port = server.RANDOM_PORT
		o.Cluster.PoolSize = -1
		if seed != nil {
			o.Routes = server.RoutesFromStr("nats://" + seed.ClusterAddr().String())
		}
	}
}

// AwaitRoutes waits until every one of the servers is routed to all others.
func (e *Env) AwaitRoutes(servers ...*Server) {
	e.Helper()
	for _, s := range servers {
		e.Until("routes of "+s.Name, func() bool {
			seen := map[string]bool{}
			z, err := s.Routez(nil)
			e.Must(err)
			for _, r := range z.Routes {
				seen[r.RemoteID] = true
			}
			return len(seen) == len(servers)-1
		})
	}
}

// Quick makes the server notice a dead client within moments.
func Quick(o *server.Options) {
	o.PingInterval = 50 * time.Millisecond
	o.MaxPingsOut = 1
}
