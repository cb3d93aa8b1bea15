package session

import (
	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/wire"
)

// readInfo reads what a server says of itself.
func readInfo(arg []byte) (*wire.ServerInfo, error) {
	info, err := wire.ParseInfo(arg)
	if err != nil {
		return nil, err
	}
	info.ConnectURLs = address.Bounded(info.ConnectURLs)
	return &info, nil
}

// infoMail is the newest INFO of a link that the driver hasn't seen yet: a server may
// send them faster than anybody can follow.
type infoMail struct {
	link     *Link
	info     *wire.ServerInfo
	lameDuck bool // one of those that were passed over said so
}

// TakeInfo takes in an INFO that came in mid-connection. Of a link that is no longer in
// use nothing is taken in.
func (l *Link) TakeInfo(arg []byte) {
	s := l.s
	info, err := readInfo(arg)
	if err != nil {
		if s.Current() != l {
			return
		}
		s.host.Report(&Error{Phase: PhaseRead, Server: l.server.Redacted(), Err: l.Scrub(err)})
		return
	}
	s.mu.Lock()
	if s.link != l {
		s.mu.Unlock()
		if info.LameDuckMode {
			s.drv.post(func() { s.preparedLeaves(l) })
		}
		return
	}
	m := s.mail
	post := m == nil
	if post {
		m = &infoMail{}
		s.mail = m
	}
	m.lameDuck = info.LameDuckMode || m.lameDuck && m.link == l
	m.link, m.info = l, info
	s.mu.Unlock()
	if post {
		s.drv.post(s.openMail)
	}
}

// openMail is the driver's part.
func (s *Session) openMail() {
	s.mu.Lock()
	m := s.mail
	s.mail = nil
	current, before := s.link, s.info // there is one: the link's
	s.mu.Unlock()
	l := m.link
	if current != l {
		return
	}
	if m.info.RemoteAccount == "" {
		// A server says whose the client is once. News of the cluster don't change it.
		m.info.RemoteAccount, m.info.IsSystemAccount = before.RemoteAccount, before.IsSystemAccount
	}
	s.setInfo(l, m.info)
	s.host.Info(l, m.info)
	s.step(reconnect.Event{
		Kind:       reconnect.Info,
		Epoch:      l.epoch.Load(),
		Advertised: s.urls.Advertised(l.server, m.info.ConnectURLs, l.encrypted),
	})
	s.tidyURLs()
	if m.lameDuck && !before.LameDuckMode {
		if s.host.LameDuck() {
			s.step(reconnect.Event{Kind: reconnect.LameDuck, Epoch: l.epoch.Load()})
		}
	}
}
