package nats

import (
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/evernats/nats/internal/reconnect"
)

// urlBook keeps what the machine's keys stand for: each server's URL with its
// credentials, and the name its certificate is expected to have.
type urlBook struct {
	secure  bool // TLS is required for every server
	ignores bool // servers that the cluster tells of are not to be used

	mu    sync.Mutex
	keys  []string // those of the call, in order
	byKey map[string]*bookEntry
	fit   int // how many entries were in use when that was last looked at
}

type bookEntry struct {
	server  *serverURL
	given   bool
	tlsName string // for a discovered address: the name its cluster was dialled by
	tls     bool   // a server told of it over TLS: it is reached in no other way
}

// init reads the URLs of the options, and returns what is wrong with those that
// can't be used.
func (b *urlBook) init(o *Options) (bad []error, err error) {
	servers, bad, err := o.servers()
	if err != nil {
		return nil, err
	}
	b.secure, b.ignores = o.Secure, o.IgnoreDiscoveredServers
	b.setGiven(servers)
	return bad, nil
}

// setGiven replaces the servers of the call; what was discovered is forgotten.
func (b *urlBook) setGiven(servers []*serverURL) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = nil
	b.byKey = make(map[string]*bookEntry)
	for _, s := range servers {
		b.keys = append(b.keys, s.key)
		b.byKey[s.key] = &bookEntry{server: s, given: true}
		b.secure = b.secure || s.secure()
	}
}

// tlsOnly says whether every server must be reached with TLS.
func (b *urlBook) tlsOnly() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.secure
}

func (b *urlBook) given() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.keys)
}

// list is the servers of the call for people.
func (b *urlBook) list() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, k := range b.keys {
		names = append(names, b.byKey[k].server.redacted())
	}
	return strings.Join(names, ", ")
}

// target is what an attempt needs to know of a server.
type target struct {
	server  *serverURL
	tlsName string
	tls     bool // nothing is said in plain text
}

func (b *urlBook) target(key string) target {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byKey[key]; e != nil {
		return target{e.server, e.tlsName, e.tls}
	}
	// The machine knows no key that the book doesn't.
	s, err := parseServerURL(key)
	if err != nil {
		s = &serverURL{url: &url.URL{Scheme: schemeNATS}, key: key}
	}
	return target{server: s}
}

// advertised turns an INFO's connect_urls into keys, and remembers what they
// stand for: servers reached the way the one was that told of them, with its
// credentials, and with TLS if that was how it told. Nil stays nil: such an INFO says
// nothing about the cluster. What the machine has no room for is left out.
func (b *urlBook) advertised(from *serverURL, hostPorts []string, overTLS bool) []string {
	if len(hostPorts) == 0 || b.ignores {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name := b.nameOf(from)
	keys := make([]string, 0, min(len(hostPorts), reconnect.MaxDiscovered))
	for _, hp := range hostPorts {
		if len(keys) == reconnect.MaxDiscovered {
			break
		}
		s, err := advertisedServer(hp, from)
		if err != nil {
			continue // a server's mistake must not cost the others
		}
		if b.byKey[s.key] == nil {
			s.url.User = from.url.User
			e := &bookEntry{server: s}
			if net.ParseIP(s.url.Hostname()) != nil {
				e.tlsName = name
			}
			b.byKey[s.key] = e
		}
		if e := b.byKey[s.key]; !e.given && overTLS {
			e.tls = true
		}
		keys = append(keys, s.key)
	}
	return keys
}

// nameOf is the host name that a server's certificate is checked for; empty for
// a bare address.
func (b *urlBook) nameOf(s *serverURL) string {
	if e := b.byKey[s.key]; e != nil && e.tlsName != "" {
		return e.tlsName
	}
	if host := s.url.Hostname(); net.ParseIP(host) == nil {
		return host
	}
	return ""
}

// grown says whether the book may hold much that nobody uses any more: servers of
// pools that were replaced, and what attempts were told of that led to nothing.
func (b *urlBook) grown() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byKey) > 2*b.fit+64
}

// keepOnly forgets all but these and the servers of the call.
func (b *urlBook) keepOnly(used map[string]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.keys {
		used[k] = true
	}
	maps.DeleteFunc(b.byKey, func(k string, _ *bookEntry) bool { return !used[k] })
	b.fit = len(b.byKey)
}

// tidyURLs keeps the book of URLs as small as what the connection can use. Only
// the driver calls it.
func (nc *Conn) tidyURLs() {
	if !nc.urls.grown() {
		return
	}
	used := make(map[string]bool)
	for _, s := range nc.machineServers() {
		used[s.URL] = true
	}
	if l := nc.state.current(); l != nil {
		used[l.url.key] = true
	}
	nc.urls.keepOnly(used)
}

func (b *urlBook) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byKey[key]; e != nil && !e.given {
		delete(b.byKey, key)
	}
}

// keyOf finds the key of a URL that the user hands back.
func (b *urlBook) keyOf(u *url.URL) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, e := range b.byKey {
		if e.server.url.String() == u.String() {
			return k
		}
	}
	if s, err := parseServerURL(u.String()); err == nil {
		return s.key
	}
	return u.String()
}

func fixedHeaders[H any](h H) func(context.Context) (H, error) {
	return func(context.Context) (H, error) { return h, nil }
}
