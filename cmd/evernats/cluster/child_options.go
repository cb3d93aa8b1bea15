package cluster

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

const loopback = "127.0.0.1"

// serverOptions are the options of a server as the spec has them. What the
// cluster decides wins over what the configuration text says.
func serverOptions(sp spec) (*server.Options, error) {
	opts := &server.Options{}
	if strings.TrimSpace(sp.Config) != "" { // the parser takes "nothing" for a mistake
		if err := opts.ProcessConfigString(sp.Config); err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
	}
	opts.ServerName = sp.Name
	opts.Host, opts.Port = loopback, sp.Ports.Client
	opts.NoSigs = true
	opts.Debug, opts.Trace = sp.Debug, sp.Trace
	opts.HTTPPort, opts.HTTPSPort = 0, 0
	if sp.LameDuckDuration > 0 {
		opts.LameDuckDuration = sp.LameDuckDuration
	}
	if sp.LameDuckGrace > 0 {
		opts.LameDuckGracePeriod = sp.LameDuckGrace
	}
	if opts.Websocket.Port != 0 {
		opts.Websocket.Host, opts.Websocket.Port = loopback, sp.Ports.Websocket
	}
	if sp.Cluster == "" {
		return opts, nil
	}
	opts.Cluster.Name = sp.Cluster
	opts.Cluster.Host, opts.Cluster.Port = loopback, sp.Ports.Route
	for _, r := range sp.Routes {
		u, err := url.Parse(r)
		if err != nil {
			return nil, err
		}
		opts.Routes = append(opts.Routes, u)
	}
	return opts, nil
}

// describe says where a started server listens.
func describe(srv *server.Server, opts *server.Options) *started {
	st := &started{
		ID:         srv.ID(),
		Advertises: !opts.Cluster.NoAdvertise,
		Routes:     max(1, opts.Cluster.PoolSize) + len(opts.Cluster.PinnedAccounts),
	}
	if a, ok := srv.Addr().(*net.TCPAddr); ok {
		st.Ports.Client = a.Port
	}
	if a := srv.ClusterAddr(); a != nil {
		st.Ports.Route = a.Port
	}
	if opts.Websocket.Port != 0 {
		st.WebsocketURL = srv.WebsocketURL()
		if u, err := url.Parse(st.WebsocketURL); err == nil {
			_, _ = fmt.Sscan(u.Port(), &st.Ports.Websocket)
		}
	}
	return st
}
