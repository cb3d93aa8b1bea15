package address

import (
	"maps"
	"math"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Book keeps what the machine's keys stand for: each server's URL with its
// credentials, and the name its certificate is expected to have. Open comes before
// anything else.
type Book struct {
	room    int32 // how many of an INFO's the machine takes
	ignores bool  // servers that the cluster tells of are not to be used

	secure bool  // TLS is required for every server
	fit    int32 // how many entries were in use when that was last looked at
	mu     sync.Mutex
	keys   []string // those of the call, in order
	byKey  map[string]*bookEntry
}

type bookEntry struct {
	server  *Server
	given   bool
	tlsName string // for a discovered address: the name its cluster was dialled by
	tls     bool   // a server told of it over TLS: it is reached in no other way
}

// Rules are what a Book has to know of the options.
type Rules struct {
	TLS              bool // required for every server, whatever the URLs say
	IgnoreDiscovered bool // servers that the cluster tells of are not to be used
	MaxDiscovered    int  // how many of those that one INFO names are looked at
}

// Open begins the book with the servers of the call.
func (b *Book) Open(servers []*Server, r Rules) {
	b.ignores, b.room = r.IgnoreDiscovered, int32(min(r.MaxDiscovered, math.MaxInt32))
	b.mu.Lock()
	b.secure = r.TLS
	b.byKey = make(map[string]*bookEntry)
	b.mu.Unlock()
	b.SetGiven(servers)
}

// SetGiven makes servers the servers of the call. Those that were stay known until
// KeepOnly.
func (b *Book) SetGiven(servers []*Server) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = nil
	for _, s := range servers {
		b.keys = append(b.keys, s.key)
		b.byKey[s.key] = &bookEntry{server: s, given: true}
		b.secure = b.secure || s.Secure()
	}
}

// TLSOnly says whether every server must be reached with TLS.
func (b *Book) TLSOnly() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.secure
}

// Given returns the keys of the servers of the call, in order.
func (b *Book) Given() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.keys)
}

// Names are the servers of the call for people.
func (b *Book) Names() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, k := range b.keys {
		names = append(names, b.byKey[k].server.Redacted())
	}
	return strings.Join(names, ", ")
}

// Target is what an attempt needs to know of a server.
type Target struct {
	Server  *Server
	TLSName string // that its certificate must have, if not the URL's; may be empty
	TLS     bool   // nothing is said in plain text
}

// Target looks a key up.
func (b *Book) Target(key string) Target {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byKey[key]; e != nil {
		return Target{e.server, e.tlsName, e.tls}
	}
	// The machine knows no key that the book doesn't.
	s, err := Parse(key)
	if err != nil {
		s = &Server{url: &url.URL{Scheme: schemeNATS}, key: key}
	}
	return Target{Server: s}
}

// Advertised turns an INFO's connect_urls into keys, and remembers what they
// stand for: servers reached the way the one was that told of them, with its
// credentials, and with TLS if that was how it told. Nil stays nil: such an INFO says
// nothing about the cluster. What the machine has no room for is left out.
func (b *Book) Advertised(from *Server, hostPorts []string, overTLS bool) []string {
	if len(hostPorts) == 0 || b.ignores {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name := b.nameOf(from)
	keys := make([]string, 0, min(len(hostPorts), int(b.room)))
	for _, hp := range hostPorts {
		if len(keys) == int(b.room) {
			break
		}
		s, err := advertised(hp, from)
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
func (b *Book) nameOf(s *Server) string {
	if e := b.byKey[s.key]; e != nil && e.tlsName != "" {
		return e.tlsName
	}
	if host := s.url.Hostname(); net.ParseIP(host) == nil {
		return host
	}
	return ""
}

// Grown says whether the book may hold much that nobody uses any more: servers of
// pools that were replaced, and what attempts were told of that led to nothing.
func (b *Book) Grown() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byKey) > 2*int(b.fit)+64
}

// KeepOnly forgets all but these and the servers of the call.
func (b *Book) KeepOnly(used map[string]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.keys {
		used[k] = true
	}
	maps.DeleteFunc(b.byKey, func(k string, _ *bookEntry) bool { return !used[k] })
	b.fit = int32(len(b.byKey))
}

// Len is how many servers the book knows.
func (b *Book) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byKey)
}

// Forget takes a server out, unless it is one of the call.
func (b *Book) Forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byKey[key]; e != nil && !e.given {
		delete(b.byKey, key)
	}
}

// KeyOf finds the key of a URL that the user hands back.
func (b *Book) KeyOf(u *url.URL) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, e := range b.byKey {
		if e.server.url.String() == u.String() {
			return k
		}
	}
	if s, err := Parse(u.String()); err == nil {
		return s.key
	}
	return u.String()
}
