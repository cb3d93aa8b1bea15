package cluster

import (
	"context"
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
)

// ask puts a question to the running server. A paused one answers when it is
// resumed, so bound ctx where that can happen.
func (s *Server) ask(ctx context.Context, op string, args, result any) error {
	p := s.current()
	if p == nil {
		return fmt.Errorf("%w: %s", ErrNotRunning, s.name)
	}
	if err := p.ctl.call(ctx, op, args, result); err != nil {
		return fmt.Errorf("cluster: %s: %s: %w", s.name, op, err)
	}
	return nil
}

// Varz is the server's own view of itself: connections, subscriptions, messages.
func (s *Server) Varz(ctx context.Context) (*server.Varz, error) {
	v := new(server.Varz)
	return v, s.ask(ctx, opVarz, nil, v)
}

// Connz lists the server's client connections. With nil options it names users
// and subscriptions too.
func (s *Server) Connz(ctx context.Context, opts *server.ConnzOptions) (*server.Connz, error) {
	if opts == nil {
		opts = &server.ConnzOptions{Username: true, Subscriptions: true}
	}
	v := new(server.Connz)
	return v, s.ask(ctx, opConnz, opts, v)
}

// Routez lists the server's routes, several for each other server. With nil
// options it doesn't list what the others subscribed to.
func (s *Server) Routez(ctx context.Context, opts *server.RoutezOptions) (*server.Routez, error) {
	if opts == nil {
		opts = &server.RoutezOptions{}
	}
	v := new(server.Routez)
	return v, s.ask(ctx, opRoutez, opts, v)
}

// Disconnect makes the server hang up on one client, by its ID there.
func (s *Server) Disconnect(ctx context.Context, cid uint64) error {
	return s.ask(ctx, opDisconnect, cid, nil)
}

// Reload gives the running server another configuration text, in place of
// Config and ServerConfig of the cluster; later lives of this server keep it.
func (s *Server) Reload(ctx context.Context, config string) error {
	sp := s.spec()
	sp.Config = config
	if err := s.ask(ctx, opReload, sp, nil); err != nil {
		return err
	}
	s.SetConfig(config)
	return nil
}

// SetConfig sets the configuration text for the server's next life.
func (s *Server) SetConfig(config string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config = config
}
