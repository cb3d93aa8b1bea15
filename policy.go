package nats

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"

	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
)

// policyOf hands the machine its share of the options.
func policyOf(o *Options, secure bool) reconnect.Policy {
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
		Secure:               secure,
		AttemptDelay:         o.ConnectionAttemptDelay,
		BackoffFirst:         max(o.ReconnectBackoffFirst, 0),
		BackoffMax:           o.ReconnectBackoffMax,
		Spread:               max(o.ReconnectSpread, 0),
	}
}

// transportConfig hands the transport its share of the options.
func transportConfig(o *Options, asking turn) transport.Config {
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
	if o.ConnectionAttemptDelay < 0 {
		c.Turn = make(transport.Turn, 1)
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
	if handler := o.WebSocketConnectionHeadersHandler; handler != nil {
		c.Headers = func(ctx context.Context) (h http.Header, err error) {
			err = asking.do(ctx, func() (err error) {
				h, err = handler()
				return err
			})
			return h, err
		}
	} else if o.WebSocketConnectionHeaders != nil {
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
