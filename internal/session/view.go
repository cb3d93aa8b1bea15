package session

import "github.com/evernats/nats/internal/wire"

var noInfo wire.ServerInfo // of no server at all

// Current returns the link in use, nil when there is none.
func (s *Session) Current() *Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

// Info returns the INFO of the server in use, which is not to be changed; ok is false
// while there is none. Then it is that of the last one, or an empty one.
func (s *Session) Info() (info *wire.ServerInfo, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.info == nil {
		return &noInfo, false
	}
	return s.info, s.link != nil
}

// Linked says that a server is in use, or that it isn't known yet what became of what
// was sent to the last one.
func (s *Session) Linked() bool { return s.linked.Load() }

func (s *Session) setLink(l *Link) {
	s.mu.Lock()
	s.link = l
	if l != nil {
		s.info = l.info
	}
	s.mu.Unlock()
}

func (s *Session) setInfo(l *Link, info *wire.ServerInfo) {
	s.mu.Lock()
	if s.link == l {
		s.info = info
	}
	s.mu.Unlock()
}
