package nats

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Names and limits that are not options.
const (
	// Version is this library's version; it is sent to servers in CONNECT.
	Version = "0.1.0"

	// InboxPrefix starts every inbox subject unless CustomInboxPrefix says
	// otherwise.
	InboxPrefix = "_INBOX."

	// LangString is what the client calls its language in CONNECT.
	LangString = "go"

	// RequestChanLen is kept for programs that use it; requests need no
	// channel of that size here.
	RequestChanLen = 8

	// DefaultSubPendingMsgsLimit is how many messages may wait for the handler
	// of a subscription. Past it the subscription is a slow consumer. See
	// [Subscription.SetPendingLimits].
	DefaultSubPendingMsgsLimit = 500_000

	// DefaultSubPendingBytesLimit is how many bytes of messages may wait for
	// the handler of a subscription: 64 MiB.
	DefaultSubPendingBytesLimit = 64 * 1024 * 1024
)

// Status says how a connection stands. A fresh connection is CONNECTING, then
// CONNECTED; after a loss it is RECONNECTING until it is CONNECTED again. CLOSED
// is for good.
type Status int

// The states of a connection.
const (
	DISCONNECTED  Status = iota // kept for programs that name it; a connection goes from CONNECTED to RECONNECTING
	CONNECTED                   // a server is in use
	CLOSED                      // for good
	RECONNECTING                // looking for a server after a loss
	CONNECTING                  // looking for the first server
	DRAINING_SUBS               // Drain: subscriptions finish what they have
	DRAINING_PUBS               // Drain: published messages are sent
)

// String is the constant's name.
func (s Status) String() string {
	switch s {
	case DISCONNECTED:
		return "DISCONNECTED"
	case CONNECTED:
		return "CONNECTED"
	case CLOSED:
		return "CLOSED"
	case RECONNECTING:
		return "RECONNECTING"
	case CONNECTING:
		return "CONNECTING"
	case DRAINING_SUBS:
		return "DRAINING_SUBS"
	case DRAINING_PUBS:
		return "DRAINING_PUBS"
	}
	return "unknown status"
}

// SubStatus says how a subscription stands, see [Subscription.StatusChanged].
type SubStatus int

// The states of a subscription.
const (
	SubscriptionActive       SubStatus = iota // receives messages
	SubscriptionDraining                      // finishes what it has
	SubscriptionClosed                        // ended
	SubscriptionSlowConsumer                  // drops messages: its pending limits are reached
)

// String names the state: Active, Draining, Closed or SlowConsumer.
func (s SubStatus) String() string {
	switch s {
	case SubscriptionActive:
		return "Active"
	case SubscriptionDraining:
		return "Draining"
	case SubscriptionClosed:
		return "Closed"
	case SubscriptionSlowConsumer:
		return "SlowConsumer"
	}
	return "unknown status"
}

// SubscriptionType says how a subscription hands over its messages.
type SubscriptionType int

// The types of subscription.
const (
	AsyncSubscription SubscriptionType = iota // to a handler function
	SyncSubscription                          // to NextMsg
	ChanSubscription                          // to a channel of the program's
	NilSubscription                           // it was nil
	PullSubscription                          // of pull consumers of JetStream, to Fetch
)

// Statistics counts what a connection has sent and received since it was made,
// over all its servers. Bytes are payload and headers, without subjects and
// protocol. [Conn.Stats] takes a consistent copy.
type Statistics struct {
	InMsgs     uint64 // messages received
	OutMsgs    uint64 // messages published
	InBytes    uint64 // bytes received
	OutBytes   uint64 // bytes published
	Reconnects uint64 // successful reconnects; failed attempts don't count
}

// Server is a member of the pool of servers that a connection may use.
type Server struct {
	// URL is the server's address, with credentials if the program gave any.
	// URL.Redacted and [Conn.ConnectedUrlRedacted] hide passwords.
	URL *url.URL
	// Reconnects is the number of attempts that failed since this server was
	// last connected.
	Reconnects int
}

// ServerInfo is what a server says of itself in INFO.
type ServerInfo struct {
	// ID is the server's unique number.
	ID string `json:"server_id"`
	// Name is the server's name from its configuration.
	Name string `json:"server_name"`
	// Proto is the protocol version: 1 can tell of servers that join.
	Proto int `json:"proto"`
	// Version is the version of the server's software.
	Version string `json:"version"`
	// Host is the address that the server listens on.
	Host string `json:"host"`
	// Port is the port that the server listens on.
	Port int `json:"port"`
	// Headers says whether messages may have headers.
	Headers bool `json:"headers"`
	// AuthRequired says whether clients need credentials.
	AuthRequired bool `json:"auth_required,omitempty"`
	// TLSRequired says whether clients must use TLS.
	TLSRequired bool `json:"tls_required,omitempty"`
	// TLSAvailable says whether clients may use TLS.
	TLSAvailable bool `json:"tls_available,omitempty"`
	// MaxPayload is the largest message in bytes, headers included.
	MaxPayload int64 `json:"max_payload"`
	// CID is the server's number for this client.
	CID uint64 `json:"client_id,omitempty"`
	// ClientIP is the address the server sees this client at.
	ClientIP string `json:"client_ip,omitempty"`
	// Nonce is what a client with an nkey or JWT must sign.
	Nonce string `json:"nonce,omitempty"`
	// Cluster is the name of the server's cluster.
	Cluster string `json:"cluster,omitempty"`
	// ConnectURLs are the addresses, host:port, of all servers of the cluster.
	ConnectURLs []string `json:"connect_urls,omitempty"`
	// LameDuckMode says that the server is about to shut down.
	LameDuckMode bool `json:"ldm,omitempty"`
	// JetStream says whether JetStream is on.
	JetStream bool `json:"jetstream,omitempty"`
	// IsSystemAccount says whether this client is in the system account.
	IsSystemAccount bool `json:"acc_is_sys,omitempty"`
	// RemoteAccount is the account this client is in.
	RemoteAccount string `json:"remote_account,omitempty"`
	// JSApiLevel is the level of the JetStream API; servers before 2.12 leave
	// it at 0.
	JSApiLevel int `json:"api_lvl,omitempty"`
	// Domain is the JetStream domain.
	Domain string `json:"domain,omitempty"`
}

// MsgHandler is called with each message of a subscription, one after another.
// The message belongs to the handler: it may be kept and passed on.
type MsgHandler func(msg *Msg)

// ConnHandler is called with the connection that something happened to.
// Handlers run on a goroutine of the connection, strictly one after another in the
// order of what happened, and the [ClosedHandler] last; one that takes long delays
// those behind it and nothing else, see [ParallelHandlers]. Only what nats.go doesn't
// know, the [AttemptHandler], the [InDoubtHandler] and the [MessageDroppedHandler],
// may run beside them when a call takes longer than 50 ms. They may call any method
// of the connection.
type ConnHandler func(*Conn)

// ConnErrHandler is called with the connection and the error that happened,
// which may be nil where the handler's documentation says so.
type ConnErrHandler func(*Conn, error)

// ErrHandler is called with errors that no call can return: a slow consumer, a
// refused permission, a message given up. The subscription is nil when the error
// is about none.
type ErrHandler func(*Conn, *Subscription, error)

// ReconnectDelayHandler says how long to wait before the servers are tried
// again. It is called each time all of them were tried and failed, with the
// number of those passes so far: 1, 2, … Zero or less means no wait.
type ReconnectDelayHandler func(attempts int) time.Duration

// ReconnectToServerHandler chooses the server of the next reconnect attempt: it
// is given the pool and the INFO of the server last connected, and returns a
// pointer to one element of that slice and how long to wait first. It is called
// before every attempt. With nil, or a server that is not in the pool
// (ReconnectErrCB is then called with [ErrServerNotInPool]), the connection
// chooses by itself. Servers that used up MaxReconnect are no longer in the
// pool.
type ReconnectToServerHandler func([]Server, ServerInfo) (*Server, time.Duration)

// SignatureHandler signs the server's nonce with the user's private key and
// returns the raw signature. It is called at each attempt to connect, one call
// at a time; its error fails the attempt.
type SignatureHandler func([]byte) ([]byte, error)

// AuthTokenHandler returns the token to connect with. It is called at each
// attempt to connect, one call at a time.
type AuthTokenHandler func() string

// UserInfoCB returns the user and the password to connect with. It is called at
// each attempt to connect, one call at a time.
type UserInfoCB func() (string, string)

// UserJWTHandler returns the user's JWT to connect with. It is called at each
// attempt to connect, one call at a time; its error fails the attempt.
type UserJWTHandler func() (string, error)

// TLSCertHandler returns the client's certificate. It is called at each TLS
// handshake, one call at a time, so that a certificate that was renewed is used.
// Its error fails the attempt.
type TLSCertHandler func() (tls.Certificate, error)

// RootCAsHandler returns the certificate authorities to trust. It is called at
// each TLS handshake, one call at a time; its error fails the attempt.
type RootCAsHandler func() (*x509.CertPool, error)

// WebSocketHeadersHandler returns the HTTP headers of a WebSocket handshake. It
// is called at each attempt to connect, one call at a time; its error fails the
// attempt.
type WebSocketHeadersHandler func() (http.Header, error)

// CustomDialer makes the network connection to a server in place of a
// [net.Dialer]. The address is host:port.
//
// Its Dial is called from one goroutine at a time, so servers and addresses are
// tried one after another; a Dial that doesn't return after the connection's
// Timeout holds up the attempts behind it, though nothing else. With a positive
// [ConnectionAttemptDelay], which [Resilient] sets too, attempts race: then Dial is
// called from two goroutines at once. A [ContextDialer] always may be.
//
// A CustomDialer that also has a method SkipTLSHandshake() bool returning true
// has made TLS itself, and the connection makes none on top.
type CustomDialer interface {
	// Dial connects to the address, a host and a port; the network is "tcp". An
	// error of its own fails the attempt.
	Dial(network, address string) (net.Conn, error)
}

// ContextDialer is a [CustomDialer] that obeys a context and may be called from
// several goroutines at once: attempts race as they do without a dialer of the
// program's own. The name isn't that of net.Dialer's method, which a type that
// embeds a net.Dialer has without meaning it.
type ContextDialer interface {
	CustomDialer
	// DialServer is called in place of Dial; it should return when ctx is done.
	DialServer(ctx context.Context, network, address string) (net.Conn, error)
}

// InProcessConnProvider is a NATS server in the same process; the server of the
// nats-server module is one.
type InProcessConnProvider interface {
	// InProcessConn makes a connection to the server without the network.
	InProcessConn() (net.Conn, error)
}

// InDoubt says what may have been lost with a connection: what was written to
// its socket since the server last confirmed that it had everything. The server
// may have processed all of it, a first part or nothing.
type InDoubt struct {
	Epoch  uint64 // number of the connection that ended: 1, 2, 3 …
	Msgs   uint64 // messages
	Bytes  uint64 // bytes of those messages as they are on the wire
	Server string // URL of the server; a password or token in it is replaced
}

// DroppedMsg is a message, or a run of messages, that Publish accepted and that
// was given up: it was not sent, or, with [AtLeastOnce], sent and not confirmed
// when the connection was closed.
type DroppedMsg struct {
	// Msgs is the number of messages. Where it is more than one they were given
	// up together, and Subject and Reply are empty.
	Msgs    int
	Subject string // what it was published to
	Reply   string // its reply subject, empty for none
	Size    int    // bytes of payload and headers; of a run, bytes on the wire
	// Err is the reason: it matches [ErrMessageDropped] for a message that made
	// room for a newer one, [ErrMessageExpired], [ErrPoisonMessage],
	// [ErrConnectionClosed] when the connection was closed first, or says what
	// the next server can't take: [ErrMaxPayload], [ErrHeadersNotSupported].
	Err error
}
