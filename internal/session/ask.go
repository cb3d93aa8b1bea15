package session

import (
	"slices"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
)

// askDelay and askServer ask the user outside the driver: the answer comes back
// as an event, however long it takes.
func (s *Session) askDelay(token uint32, passes int) {
	go func() {
		d := s.host.AskDelay(passes)
		s.event(reconnect.Event{Kind: reconnect.DelayAnswer, Token: token, Delay: d})
	}()
}

func (s *Session) askServer(token uint32) {
	pool := s.Servers()
	info, _ := s.Info()
	go func() {
		u, delay := s.host.AskServer(pool, info)
		ev := reconnect.Event{Kind: reconnect.ServerAnswer, Token: token, Delay: delay}
		if u != nil {
			ev.URL = s.urls.KeyOf(u)
			if !s.inPool(ev.URL) {
				s.host.Report(&Error{Fault: NotInPool, Text: address.Redact(u)})
			}
		}
		s.event(ev)
	}()
}

func (s *Session) inPool(key string) bool {
	return slices.ContainsFunc(s.known(), func(x reconnect.Server) bool { return x.URL == key })
}
