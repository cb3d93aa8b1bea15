package nats

import (
	"context"
	"math/rand/v2"
	"net/http"

	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
)

// policyOf hands the machine its share of the options.
func policyOf(o *Options, secure bool) reconnect.Policy {
	return reconnect.Policy{
		AllowReconnect:       o.AllowReconnect,
		MaxReconnect:         o.MaxReconnect,
		ReconnectWait:        o.ReconnectWait,
		ReconnectJitter:      o.ReconnectJitter,
		ReconnectJitterTLS:   o.ReconnectJitterTLS,
		ReconnectJitterMax:   o.ReconnectJitterMax,
		CustomDelay:          o.CustomReconnectDelayCB != nil,
		ChooseServer:         o.ReconnectToServerCB != nil,
		RetryOnFailedConnect: o.RetryOnFailedConnect,
		IgnoreAuthErrorAbort: o.IgnoreAuthErrorAbort,
		NoRandomize:          o.NoRandomize,
		IgnoreDiscovered:     o.IgnoreDiscoveredServers,
		Secure:               secure,
		AttemptDelay:         o.ConnectionAttemptDelay,
		BackoffFirst:         o.ReconnectBackoffFirst,
		BackoffMax:           o.ReconnectBackoffMax,
		Spread:               o.ReconnectSpread,
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
	if o.InProcessServer != nil {
		c.InProcess = o.InProcessServer.InProcessConn
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
