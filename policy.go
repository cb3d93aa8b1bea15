package nats

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/transport"
)

// sessionConfig hands the session its share of the options.
func sessionConfig(o *Options, servers []*address.Server) *session.Config {
	return &session.Config{
		Policy:  policyOf(o),
		Servers: servers,
		Rules: address.Rules{
			TLS: o.Secure, IgnoreDiscovered: o.IgnoreDiscoveredServers, MaxDiscovered: reconnect.MaxDiscovered,
		},
		PingInterval: o.PingInterval,
		MaxPingsOut:  o.MaxPingsOut,
		StaleAfter:   o.StaleAfter,
	}
}

// attemptConfig hands an attempt its share of the options.
func (nc *Conn) attemptConfig() session.AttemptConfig {
	o := &nc.Opts
	return session.AttemptConfig{
		Timeout:    o.Timeout,
		Transport:  transportConfig(o),
		TLSFirst:   o.TLSHandshakeFirst,
		Client:     clientOf(o),
		AskHeaders: o.WebSocketConnectionHeadersHandler,
		TLS:        nc.tlsConfig,
	}
}

// policyOf hands the machine its share of the options.
func policyOf(o *Options) reconnect.Policy {
	return reconnect.Policy{
		AllowReconnect:       o.AllowReconnect,
		MaxReconnect:         o.MaxReconnect,
		ReconnectWait:        max(o.ReconnectWait, 0),
		ReconnectJitter:      max(o.ReconnectJitter, 0),
		ReconnectJitterTLS:   max(o.ReconnectJitterTLS, 0),
		ReconnectJitterMax:   o.ReconnectJitterMax,
		CustomDelay:          o.CustomReconnectDelayCB != nil,
		ChooseServer:         o.ReconnectToServerCB != nil,
		RetryOnFailedConnect: o.RetryOnFailedConnect,
		IgnoreAuthErrorAbort: o.IgnoreAuthErrorAbort,
		NoRandomize:          o.NoRandomize,
		IgnoreDiscovered:     o.IgnoreDiscoveredServers,
		AttemptDelay:         o.ConnectionAttemptDelay,
		BackoffFirst:         max(o.ReconnectBackoffFirst, 0),
		BackoffMax:           o.ReconnectBackoffMax,
		Spread:               max(o.ReconnectSpread, 0),
		Migrate:              o.LameDuckMigration,
	}
}

// transportConfig hands the transport its share of the options.
func transportConfig(o *Options) transport.Config {
	c := transport.Config{
		Dialer:         o.Dialer,
		SkipHostLookup: o.SkipHostLookup,
		MultipathTCP:   o.AllowMultipathTCP,
		AddressDelay:   o.ConnectionAttemptDelay,
		Compression:    o.Compression,
		ProxyPath:      o.ProxyPath,
	}
	if !o.NoRandomize {
		c.Shuffle = rand.Shuffle
	}
	if o.CustomDialer != nil {
		c.Custom = o.CustomDialer
	}
	if o.InProcessServer != nil {
		server := o.InProcessServer
		c.InProcess = func() (net.Conn, error) {
			conn, err := server.InProcessConn()
			if err != nil {
				err = fmt.Errorf("failed to get in-process connection: %w", err)
			}
			return conn, err
		}
	}
	if o.WebSocketConnectionHeaders != nil {
		c.Headers = fixedHeaders(o.WebSocketConnectionHeaders)
	}
	return c
}

// clientOf hands package auth its share of the options.
func clientOf(o *Options) auth.Client {
	return auth.Client{
		Name:         o.Name,
		Lang:         LangString,
		Version:      Version,
		Verbose:      o.Verbose,
		Pedantic:     o.Pedantic,
		NoEcho:       o.NoEcho,
		User:         o.User,
		Password:     o.Password,
		Token:        o.Token,
		UserInfo:     o.UserInfo,
		TokenHandler: o.TokenHandler,
		Nkey:         o.Nkey,
		JWT:          o.UserJWT,
		Sign:         o.SignatureCB,
	}
}

func fixedHeaders[H any](h H) func(context.Context) (H, error) {
	return func(context.Context) (H, error) { return h, nil }
}
