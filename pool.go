package nats

import (
	"github.com/evernats/nats/internal/address"
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
		u := nc.urls.Target(s.URL).Server.URL()
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
		u := nc.urls.Target(s.URL).Server.URL()
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
		keys[i] = s.Key()
	}
	// The driver never waits for anything, and whoever asks for the pool after
	// this must see the new one.
	done := make(chan struct{})
	nc.drv.post(func() {
		nc.urls.SetGiven(parsed)
		nc.step(reconnect.Event{Kind: reconnect.SetPool, URLs: keys})
		nc.tidyURLs()
		close(done)
	})
	<-done
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

// tidyURLs keeps the book of URLs as small as what the connection can use. Only
// the driver calls it.
func (nc *Conn) tidyURLs() {
	if !nc.urls.Grown() {
		return
	}
	used := make(map[string]bool)
	for _, s := range nc.machineServers() {
		used[s.URL] = true
	}
	if l := nc.state.current(); l != nil {
		used[l.url.Key()] = true
	}
	nc.urls.KeepOnly(used)
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
