package nats

import (
	"strings"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/session"
)

// Servers returns the URLs of all servers that the client knows: those of the
// call and those that the cluster told it of. Passwords are left out.
func (nc *Conn) Servers() []string { return nc.serverURLs(false) }

// DiscoveredServers returns the URLs of the servers that the client knows only
// because the cluster told it of them: 1,000 at most, what is advertised beyond
// them is passed over.
func (nc *Conn) DiscoveredServers() []string { return nc.serverURLs(true) }

func (nc *Conn) serverURLs(discoveredOnly bool) []string {
	urls := []string{}
	for _, s := range nc.session.Servers() {
		if discoveredOnly && s.Given {
			continue
		}
		s.URL.User = nil
		urls = append(urls, s.URL.String())
	}
	return urls
}

// ServerPool returns the servers that the client knows, in no promised order.
// The copies may be changed and handed back from a [ReconnectToServerHandler].
func (nc *Conn) ServerPool() []Server {
	return poolOf(nc.session.Servers())
}

func poolOf(known []session.Server) []Server {
	pool := make([]Server, len(known))
	for i := range known {
		pool[i] = Server{URL: &known[i].URL, Reconnects: known[i].Failures}
	}
	return pool
}

// SetServerPool replaces the servers that the client knows by these, in effect
// from the next attempt on; the connection in use stays as it is. Servers that
// the cluster tells of later are added again, up to 1,000 of them, unless
// [IgnoreDiscoveredServers] is set.
//
// A URL that can't be used, of a port that doesn't exist say, is told to the error
// handler, and the others are used.
//
// Errors: [ErrConnectionClosed]; [ErrNoServers] for an empty list; a [url.Error]
// that is an [ErrBadURL]; [ErrMixingWebsocketSchemes], also for WebSocket URLs where the
// connection has others, or the other way round.
func (nc *Conn) SetServerPool(servers []string) error {
	if nc.IsClosed() {
		return ErrConnectionClosed
	}
	if len(servers) == 0 {
		return ErrNoServers
	}
	parsed, bad, err := parseServers(servers)
	if err != nil {
		return nc.Opts.shown(err)
	}
	for _, s := range nc.session.Servers() {
		if known := s.URL.Scheme; strings.HasPrefix(known, "ws") != parsed[0].WebSocket() {
			mixed := &address.MixedError{First: s.URL.Redacted(), Second: parsed[0].Redacted()}
			return nc.Opts.shown(ofAddress(mixed))
		}
	}
	for _, err := range bad {
		nc.events.asyncError(nc, nil, err)
	}
	nc.session.SetPool(parsed)
	return nil
}

// parseServers reads a list of URLs, that of DefaultURL if it names none. One that
// can't be used is an error among bad as long as there is another.
func parseServers(urls []string) (list []*address.Server, bad []error, err error) {
	list, bad, err = address.ParseList(urls, DefaultURL)
	for i := range bad {
		bad[i] = ofAddress(bad[i])
	}
	return list, bad, ofAddress(err)
}

// ForceReconnect gives up the connection in use and connects anew at once; while
// the client is reconnecting already, it skips the wait it may be in, or the one
// that would follow if the attempts under way fail. What was written is given a
// moment to arrive: two seconds at most, and half a second without progress. What
// wasn't waits for the next connection, in order. The call waits neither for that nor
// for the outcome. A request that is under way goes on waiting for its answer, see
// [Conn.Request]. [ErrConnectionClosed] says that it is too late.
func (nc *Conn) ForceReconnect() error {
	if nc.IsClosed() {
		return ErrConnectionClosed
	}
	nc.session.Force()
	return nil
}
