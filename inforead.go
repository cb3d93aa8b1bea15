package nats

import (
	"sync"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/wire"
)

// readInfo reads what a server says of itself.
func readInfo(arg []byte) (ServerInfo, error) {
	wi, err := wire.ParseInfo(arg)
	if err != nil {
		return ServerInfo{}, err
	}
	wi.ConnectURLs = address.Bounded(wi.ConnectURLs)
	return ServerInfo(wi), nil
}

// infoMail is the newest INFO of a link that the driver hasn't seen yet: a server may
// send them faster than anybody can follow.
type infoMail struct {
	mu       sync.Mutex
	posted   bool
	link     *link
	info     *ServerInfo
	lameDuck bool // one of those that were passed over said so
}

// processInfo takes in an INFO that came in mid-connection.
func (nc *Conn) processInfo(l *link, arg []byte) {
	info, err := readInfo(arg)
	if err != nil {
		nc.events.serverError(nc, nil, &ConnError{Phase: phaseRead, Server: l.url.Redacted(), Err: scrubbed(err, nc.secrets(l.url))})
		return
	}
	m := &nc.mail
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lameDuck = info.LameDuckMode || m.lameDuck && m.link == l
	m.link, m.info = l, &info
	if !m.posted {
		m.posted = true
		nc.drv.post(nc.takeInfo)
	}
}

// takeInfo is the driver's part.
func (nc *Conn) takeInfo() {
	m := &nc.mail
	m.mu.Lock()
	l, info, lameDuck := m.link, m.info, m.lameDuck
	m.posted, m.lameDuck = false, false
	m.link, m.info = nil, nil
	m.mu.Unlock()
	if nc.state.current() != l {
		return
	}
	before, _ := nc.state.serverInfo()
	nc.state.setInfo(l, *info)
	nc.step(reconnect.Event{
		Kind:       reconnect.Info,
		Epoch:      l.epoch,
		Advertised: nc.urls.Advertised(l.url, info.ConnectURLs, l.tls != nil),
	})
	nc.tidyURLs()
	if lameDuck && !before.LameDuckMode {
		nc.events.lameDuck(nc)
	}
}
