package session

import (
	"net/url"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
)

// Server is a member of the pool.
type Server struct {
	URL      url.URL // with its credentials
	Given    bool    // by the program, not by the cluster
	Failures int     // attempts since it was last connected
}

// Servers returns the servers that the session knows, in no promised order.
func (s *Session) Servers() []Server {
	known := s.known()
	pool := make([]Server, len(known))
	for i, k := range known {
		pool[i] = Server{URL: s.urls.Target(k.URL).Server.URL(), Given: k.Given, Failures: k.Failures}
	}
	return pool
}

// SetPool replaces the servers that the session knows, from the next attempt on.
// Whoever asks for them after it has returned sees the new ones. It must not be
// called by the driver.
func (s *Session) SetPool(servers []*address.Server) {
	keys := make([]string, len(servers))
	for i, x := range servers {
		keys[i] = x.Key()
	}
	done := make(chan struct{})
	s.drv.post(func() { // which never waits for anything
		s.urls.SetGiven(servers)
		s.step(reconnect.Event{Kind: reconnect.SetPool, URLs: keys})
		s.tidyURLs()
		close(done)
	})
	<-done
}

// TLSOnly says whether every server must be reached with TLS.
func (s *Session) TLSOnly() bool { return s.urls.TLSOnly() }

// Names are the servers of the call, for people.
func (s *Session) Names() string { return s.urls.Names() }

// tidyURLs keeps the book of URLs as small as what the connection can use. Only
// the driver calls it.
func (s *Session) tidyURLs() {
	if !s.urls.Grown() {
		return
	}
	used := make(map[string]bool)
	for _, x := range s.known() {
		used[x.URL] = true
	}
	if l := s.Current(); l != nil {
		used[l.server.Key()] = true
	}
	s.urls.KeepOnly(used)
}
