package nats

import (
	"github.com/evernats/nats/internal/reconnect"
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
	for _, s := range nc.machineServers() {
		if discoveredOnly && s.Given {
			continue
		}
		u := *nc.urls.target(s.URL).server.url
		u.User = nil
		urls = append(urls, u.String())
	}
	return urls
}

func (nc *Conn) machineState() reconnect.State {
	nc.machineMu.Lock()
	defer nc.machineMu.Unlock()
	return nc.machine.State()
}

func (nc *Conn) machineServers() []reconnect.Server {
	nc.machineMu.Lock()
	defer nc.machineMu.Unlock()
	return nc.machine.Servers()
}

// ServerPool returns the servers that the client knows, in no promised order.
// The copies may be changed and handed back from a [ReconnectToServerHandler].
func (nc *Conn) ServerPool() []Server {
	known := nc.machineServers()
	pool := make([]Server, len(known))
	for i, s := range known {
		u := *nc.urls.target(s.URL).server.url
		pool[i] = Server{URL: &u, Reconnects: s.Failures}
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
// that is an [ErrBadURL]; [ErrMixingWebsocketSchemes].
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
	for _, err := range bad {
		nc.events.asyncError(nc, nil, err)
	}
	keys := make([]string, len(parsed))
	for i, s := range parsed {
		keys[i] = s.key
	}
	// The driver never waits for anything, and whoever asks for the pool after
	// this must see the new one.
	done := make(chan struct{})
	nc.drv.post(func() {
		nc.urls.add(parsed)
		nc.step(reconnect.Event{Kind: reconnect.SetPool, URLs: keys})
		nc.tidyURLs()
		close(done)
	})
	<-done
	return nil
}

// add makes servers known as servers of the call.
func (b *urlBook) add(servers []*serverURL) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = nil
	for _, s := range servers {
		b.keys = append(b.keys, s.key)
		b.byKey[s.key] = &bookEntry{server: s, given: true}
		b.secure = b.secure || s.secure()
	}
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
	nc.drv.post(func() {
		nc.leave(func() {
			nc.whenUnlinked(func() {
				nc.forced = nc.machineState() == reconnect.Attempting
				nc.step(reconnect.Event{Kind: reconnect.ForceReconnect})
			})
		})
	})
	return nil
}
