package nats

import (
	"crypto/tls"
	"net"
	"sync/atomic"

	"github.com/evernats/nats/internal/wire"
)

// Status says how the connection stands. See [Conn.StatusChanged] to be told of
// changes.
func (nc *Conn) Status() Status { return nc.statuses.Now() }

// IsConnected says whether a server is in use. A draining connection counts as long
// as it has one.
func (nc *Conn) IsConnected() bool {
	st := nc.Status()
	return st == CONNECTED || (st == DRAINING_SUBS || st == DRAINING_PUBS) && nc.session.Current() != nil
}

// IsReconnecting says whether the client is looking for a server after a loss.
func (nc *Conn) IsReconnecting() bool { return nc.Status() == RECONNECTING }

// IsClosed says whether the connection is closed, which is for good.
func (nc *Conn) IsClosed() bool { return nc.Status() == CLOSED }

// IsDraining says whether a drain is under way.
func (nc *Conn) IsDraining() bool {
	st := nc.Status()
	return st == DRAINING_SUBS || st == DRAINING_PUBS
}

// LastError returns the last error that the connection met: of an attempt, of
// the server, or asynchronous. It is nil if there was none. See
// [Conn.LastErrorDetail] for what to show to people.
func (nc *Conn) LastError() error {
	if nc == nil {
		return ErrInvalidConnection
	}
	return nc.Opts.shown(nc.state.lastErr())
}

// LastErrorDetail is [Conn.LastError] with all that is known of it: of a failed
// attempt or connection a [ConnError], in any case something that errors.Is finds
// the plain error in.
func (nc *Conn) LastErrorDetail() error {
	if nc == nil {
		return ErrInvalidConnection
	}
	return nc.state.lastErr()
}

// Stats returns a copy of the connection's statistics.
func (nc *Conn) Stats() Statistics {
	msgs, bytes := nc.out.Published()
	return Statistics{
		InMsgs:     atomic.LoadUint64(&nc.InMsgs),
		InBytes:    atomic.LoadUint64(&nc.InBytes),
		OutMsgs:    msgs,
		OutBytes:   bytes,
		Reconnects: atomic.LoadUint64(&nc.Reconnects),
	}
}

// MaxPayload returns the largest payload in bytes that the server in use takes,
// headers included; without a connection, that of the last one.
func (nc *Conn) MaxPayload() int64 { return nc.out.MaxPayload() }

// HeadersSupported says whether the server in use takes messages with headers;
// without a connection, whether the last one did.
func (nc *Conn) HeadersSupported() bool {
	info, _ := nc.session.Info()
	return info.Headers
}

// AuthRequired says whether the server in use asks for credentials; without a
// connection, whether the last one did.
func (nc *Conn) AuthRequired() bool {
	info, _ := nc.session.Info()
	return info.AuthRequired
}

// TLSRequired says whether the server in use asks for TLS; without a connection,
// whether the last one did. [Conn.TLSConnectionState] says whether it is used.
func (nc *Conn) TLSRequired() bool {
	info, _ := nc.session.Info()
	return info.TLSRequired
}

// connectedInfo is the INFO of the server in use, empty while there is none.
func (nc *Conn) connectedInfo() *wire.ServerInfo {
	if nc == nil {
		return &noInfo
	}
	info, ok := nc.session.Info()
	if !ok || nc.IsClosed() {
		return &noInfo
	}
	return info
}

var noInfo wire.ServerInfo

// ConnectedServerId returns the unique number of the server in use, empty while
// there is none.
func (nc *Conn) ConnectedServerId() string { return nc.connectedInfo().ID }

// ConnectedServerName returns the name of the server in use, empty while there
// is none.
func (nc *Conn) ConnectedServerName() string { return nc.connectedInfo().Name }

// ConnectedServerVersion returns the version of the server in use, empty while
// there is none.
func (nc *Conn) ConnectedServerVersion() string { return nc.connectedInfo().Version }

// ConnectedClusterName returns the name of the cluster in use, empty for none.
func (nc *Conn) ConnectedClusterName() string { return nc.connectedInfo().Cluster }

// ConnectedDomain returns the JetStream domain of the server in use, empty for
// none.
func (nc *Conn) ConnectedDomain() string { return nc.connectedInfo().Domain }

// ConnectedServerJetStream says whether the server in use has JetStream, and the
// level of its API, 0 from servers before 2.12. It is false while there is no
// connection.
func (nc *Conn) ConnectedServerJetStream() (bool, int) {
	info := nc.connectedInfo()
	return info.JetStream, info.JSApiLevel
}

// RemoteAccount returns the account that the connection is in, empty when the
// server doesn't say or there is no connection.
func (nc *Conn) RemoteAccount() string { return nc.connectedInfo().RemoteAccount }

// IsSystemAccount says whether the connection is in the system account, false
// while there is no connection.
func (nc *Conn) IsSystemAccount() bool { return nc.connectedInfo().IsSystemAccount }

// currentLink is the connection in use. What a closed connection still has to
// flush is no longer in use.
func (nc *Conn) currentLink() *link {
	if nc == nil || nc.IsClosed() {
		return nil
	}
	return nc.session.Current()
}

// ConnectedUrl returns the URL of the server in use, credentials included, empty
// while there is none. [Conn.ConnectedUrlRedacted] is the one to print.
func (nc *Conn) ConnectedUrl() string {
	if l := nc.currentLink(); l != nil {
		u := l.Server().URL()
		return u.String()
	}
	return ""
}

// ConnectedUrlRedacted is [Conn.ConnectedUrl] with the password replaced.
func (nc *Conn) ConnectedUrlRedacted() string {
	if l := nc.currentLink(); l != nil {
		return l.Server().Redacted()
	}
	return ""
}

// ConnectedAddr returns the network address of the server in use, empty while
// there is none.
func (nc *Conn) ConnectedAddr() string {
	if l := nc.currentLink(); l != nil {
		return l.RemoteAddr().String()
	}
	return ""
}

// LocalAddr returns the client's network address on the connection in use, empty
// while there is none.
func (nc *Conn) LocalAddr() string {
	if l := nc.currentLink(); l != nil {
		return l.LocalAddr().String()
	}
	return ""
}

// TLSConnectionState returns the TLS state of the connection in use:
// [ErrDisconnected] while there is none, [ErrConnectionNotTLS] if it is plain.
func (nc *Conn) TLSConnectionState() (tls.ConnectionState, error) {
	l := nc.currentLink()
	if l == nil {
		return tls.ConnectionState{}, ErrDisconnected
	}
	st, ok := l.TLS()
	if !ok {
		return tls.ConnectionState{}, ErrConnectionNotTLS
	}
	return st, nil
}

// GetClientID returns the number that the server in use has given the client;
// while there is no connection, the one that the last server gave. Errors:
// [ErrConnectionClosed], and [ErrClientIDNotSupported] for a server that gives
// none.
func (nc *Conn) GetClientID() (uint64, error) {
	if nc.IsClosed() {
		return 0, ErrConnectionClosed
	}
	info, _ := nc.session.Info()
	if info.CID == 0 {
		return 0, ErrClientIDNotSupported
	}
	return info.CID, nil
}

// GetClientIP returns the client's address as the server in use sees it; while
// there is no connection, as the last one saw it. Errors: [ErrConnectionClosed],
// and [ErrClientIPNotSupported] for a server that doesn't say.
func (nc *Conn) GetClientIP() (net.IP, error) {
	if nc.IsClosed() {
		return nil, ErrConnectionClosed
	}
	info, _ := nc.session.Info()
	if info.ClientIP == "" {
		return nil, ErrClientIPNotSupported
	}
	return net.ParseIP(info.ClientIP), nil
}

// cid is the client's number for messages to people.
func (nc *Conn) cid() uint64 {
	info, _ := nc.session.Info()
	return info.CID
}
