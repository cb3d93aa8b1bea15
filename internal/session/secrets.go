package session

import (
	"slices"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
)

// mostGiven is how many secrets are remembered: a callback may return others each time.
const mostGiven = 4

// gave remembers what a server was given.
func (s *Session) gave(secrets ...string) {
	s.machineMu.Lock()
	defer s.machineMu.Unlock()
	for _, secret := range secrets {
		if secret == "" || s.past != nil && slices.Contains(s.past.given, secret) {
			continue
		}
		p := s.pastLocked()
		if len(p.given) == mostGiven {
			p.given = slices.Delete(p.given, 0, 1)
		}
		p.given = append(p.given, secret)
	}
}

// secrets are what a server may have been given that nobody else is to see: it could
// say it again.
func (s *Session) secrets(srv *address.Server) []string {
	_, password, token, _ := srv.Credentials()
	list := []string{password, token}
	s.machineMu.Lock()
	defer s.machineMu.Unlock()
	if s.past != nil {
		list = append(list, s.past.given...)
	}
	return list
}

// Scrub is an error that quotes what came in on the link, without the secrets in it.
func (l *Link) Scrub(err error) error {
	return auth.ScrubError(err, l.s.secrets(l.server)...)
}
