// Package scenarios holds the parity scenarios. They are written for nats.go;
// the directory evernats has the same files with the import lines changed.
package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

// All returns every scenario.
func All() []env.Scenario {
	return slices.Concat(
		publishing(), subscribing(), iterating(), slowConsumers(), requesting(), headers(),
		unsubscribing(), draining(), flushing(), getters(), options(), badOptions(),
		authentication(), jwtAuthentication(), encryption(), websockets(), permissions(),
		nilReceivers(), lifecycle(), reconnecting(), pool(), clusters(), dialing(), limits(),
		services(), encoded(),
	)
}

// Sentinels are the error variables under their names.
func Sentinels() []env.Sentinel {
	return append(serviceErrors(), []env.Sentinel{
		{Name: "ErrAccountAuthExpired", Err: nats.ErrAccountAuthExpired},
		{Name: "ErrAuthExpired", Err: nats.ErrAuthExpired},
		{Name: "ErrAuthRevoked", Err: nats.ErrAuthRevoked},
		{Name: "ErrAuthorization", Err: nats.ErrAuthorization},
		{Name: "ErrBadHeaderMsg", Err: nats.ErrBadHeaderMsg},
		{Name: "ErrBadQueueName", Err: nats.ErrBadQueueName},
		{Name: "ErrBadSubject", Err: nats.ErrBadSubject},
		{Name: "ErrBadSubscription", Err: nats.ErrBadSubscription},
		{Name: "ErrBadTimeout", Err: nats.ErrBadTimeout},
		{Name: "ErrChanArg", Err: nats.ErrChanArg},
		{Name: "ErrClientCertOrRootCAsRequired", Err: nats.ErrClientCertOrRootCAsRequired},
		{Name: "ErrClientIDNotSupported", Err: nats.ErrClientIDNotSupported},
		{Name: "ErrClientIPNotSupported", Err: nats.ErrClientIPNotSupported},
		{Name: "ErrConnectionClosed", Err: nats.ErrConnectionClosed},
		{Name: "ErrConnectionDraining", Err: nats.ErrConnectionDraining},
		{Name: "ErrConnectionNotTLS", Err: nats.ErrConnectionNotTLS},
		{Name: "ErrConnectionReconnecting", Err: nats.ErrConnectionReconnecting},
		{Name: "ErrDisconnected", Err: nats.ErrDisconnected},
		{Name: "ErrDrainTimeout", Err: nats.ErrDrainTimeout},
		{Name: "ErrHeadersNotSupported", Err: nats.ErrHeadersNotSupported},
		{Name: "ErrInvalidArg", Err: nats.ErrInvalidArg},
		{Name: "ErrInvalidConnection", Err: nats.ErrInvalidConnection},
		{Name: "ErrInvalidContext", Err: nats.ErrInvalidContext},
		{Name: "ErrInvalidMsg", Err: nats.ErrInvalidMsg},
		{Name: "ErrJsonParse", Err: nats.ErrJsonParse},
		{Name: "ErrMaxAccountConnectionsExceeded", Err: nats.ErrMaxAccountConnectionsExceeded},
		{Name: "ErrMaxConnectionsExceeded", Err: nats.ErrMaxConnectionsExceeded},
		{Name: "ErrMaxMessages", Err: nats.ErrMaxMessages},
		{Name: "ErrMaxPayload", Err: nats.ErrMaxPayload},
		{Name: "ErrMaxSubscriptionsExceeded", Err: nats.ErrMaxSubscriptionsExceeded},
		{Name: "ErrMixingWebsocketSchemes", Err: nats.ErrMixingWebsocketSchemes},
		{Name: "ErrMsgNoReply", Err: nats.ErrMsgNoReply},
		{Name: "ErrMsgNotBound", Err: nats.ErrMsgNotBound},
		{Name: "ErrMultipleTLSConfigs", Err: nats.ErrMultipleTLSConfigs},
		{Name: "ErrNkeyAndUser", Err: nats.ErrNkeyAndUser},
		{Name: "ErrNkeyButNoSigCB", Err: nats.ErrNkeyButNoSigCB},
		{Name: "ErrNkeysNotSupported", Err: nats.ErrNkeysNotSupported},
		{Name: "ErrNoDeadlineContext", Err: nats.ErrNoDeadlineContext},
		{Name: "ErrNoEchoNotSupported", Err: nats.ErrNoEchoNotSupported},
		{Name: "ErrNoInfoReceived", Err: nats.ErrNoInfoReceived},
		{Name: "ErrNoResponders", Err: nats.ErrNoResponders},
		{Name: "ErrNoServers", Err: nats.ErrNoServers},
		{Name: "ErrNoUserCB", Err: nats.ErrNoUserCB},
		{Name: "ErrPermissionViolation", Err: nats.ErrPermissionViolation},
		{Name: "ErrReconnectBufExceeded", Err: nats.ErrReconnectBufExceeded},
		{Name: "ErrSecureConnRequired", Err: nats.ErrSecureConnRequired},
		{Name: "ErrSecureConnWanted", Err: nats.ErrSecureConnWanted},
		{Name: "ErrServerNotInPool", Err: nats.ErrServerNotInPool},
		{Name: "ErrSlowConsumer", Err: nats.ErrSlowConsumer},
		{Name: "ErrStaleConnection", Err: nats.ErrStaleConnection},
		{Name: "ErrSyncSubRequired", Err: nats.ErrSyncSubRequired},
		{Name: "ErrTLS", Err: nats.ErrTLS},
		{Name: "ErrTimeout", Err: nats.ErrTimeout},
		{Name: "ErrTokenAlreadySet", Err: nats.ErrTokenAlreadySet},
		{Name: "ErrTypeSubscription", Err: nats.ErrTypeSubscription},
		{Name: "ErrUserButNoSigCB", Err: nats.ErrUserButNoSigCB},
		{Name: "ErrUserInfoAlreadySet", Err: nats.ErrUserInfoAlreadySet},
		{Name: "ErrWebSocketHeadersAlreadySet", Err: nats.ErrWebSocketHeadersAlreadySet},
	}...)
}

// connect returns a connection that closes with the scenario.
func connect(e *env.Env, url string, opts ...nats.Option) *nats.Conn {
	e.Helper()
	nc, err := nats.Connect(url, opts...)
	e.Must(err)
	e.Cleanup(nc.Close)
	return nc
}

// attempt connects, notes the outcome and closes what it got.
func attempt(e *env.Env, what, url string, opts ...nats.Option) {
	e.Helper()
	nc, err := nats.Connect(url, opts...)
	e.Err(what, err)
	if (nc == nil) != (err != nil) {
		e.Log("%s: connection %v with error %v", what, nc != nil, err != nil)
	}
	if nc != nil {
		nc.Close()
	}
}

// quick are the options of a client that comes back at once and gives up late.
func quick(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ReconnectWait(10 * time.Millisecond),
		nats.ReconnectJitter(0, 0),
		nats.MaxReconnects(-1),
	}, more...)
}

// watched notes every callback on the lane "callbacks".
func watched(e *env.Env, more ...nats.Option) []nats.Option {
	lane := e.On("callbacks")
	return append([]nats.Option{
		nats.ConnectHandler(func(*nats.Conn) { lane.Log("connected") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { lane.Err("disconnected", err) }),
		nats.ReconnectHandler(func(*nats.Conn) { lane.Log("reconnected") }),
		nats.DiscoveredServersHandler(func(*nats.Conn) { lane.Log("discovered") }),
		nats.LameDuckModeHandler(func(*nats.Conn) { lane.Log("lame duck") }),
		nats.ClosedHandler(func(*nats.Conn) { lane.Log("closed") }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub != nil {
				lane.Err("error on "+sub.Subject, err)
			} else {
				lane.Err("error", err)
			}
		}),
	}, more...)
}

// show is all a program sees of a message.
func show(m *nats.Msg) string {
	if m == nil {
		return "<nil>"
	}
	text := fmt.Sprintf("%s reply=%q data=%q", m.Subject, m.Reply, m.Data)
	if m.Data == nil {
		text += " (nil)"
	}
	if m.Header != nil {
		text += " header=" + showHeader(m.Header)
	}
	if m.Sub != nil {
		text += " on " + m.Sub.Subject
	}
	return text
}

func showHeader(h nats.Header) string {
	var parts []string
	for key, values := range h {
		parts = append(parts, fmt.Sprintf("%q:%q", key, values))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, " ") + "}"
}

// next notes the next message of a synchronous subscription.
func next(e *env.Env, sub *nats.Subscription) *nats.Msg {
	e.Helper()
	m, err := sub.NextMsg(env.Patience)
	e.Must(err)
	e.Log("got %s", show(m))
	return m
}

// listen subscribes to subj on a connection of its own, so that what arrives
// is what went through the server.
func listen(e *env.Env, s *env.Server, subj string, opts ...nats.Option) *nats.Subscription {
	e.Helper()
	nc := connect(e, s.URL(), opts...)
	sub, err := nc.SubscribeSync(subj)
	e.Must(err)
	e.Must(nc.Flush())
	return sub
}

// stats notes a connection's counters.
func stats(e *env.Env, nc *nats.Conn) {
	s := nc.Stats()
	e.Log("stats: in %d msgs %d bytes, out %d msgs %d bytes, %d reconnects", s.InMsgs, s.InBytes, s.OutMsgs, s.OutBytes, s.Reconnects)
}

// queued notes a subscription's own accounts.
func queued(e *env.Env, sub *nats.Subscription) {
	msgs, bytes, err := sub.Pending()
	e.Err(fmt.Sprintf("pending %d msgs %d bytes", msgs, bytes), err)
	msgs, bytes, err = sub.MaxPending()
	e.Err(fmt.Sprintf("max pending %d msgs %d bytes", msgs, bytes), err)
	msgs, bytes, err = sub.PendingLimits()
	e.Err(fmt.Sprintf("limits %d msgs %d bytes", msgs, bytes), err)
	delivered, err := sub.Delivered()
	e.Err(fmt.Sprintf("delivered %d", delivered), err)
	dropped, err := sub.Dropped()
	e.Err(fmt.Sprintf("dropped %d", dropped), err)
	n, err := sub.QueuedMsgs()
	e.Err(fmt.Sprintf("queued %d", n), err)
	e.Log("valid %v, draining %v, type %d", sub.IsValid(), sub.IsDraining(), sub.Type())
}
