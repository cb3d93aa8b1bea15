package sim

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// Link is what the way between a client and a server is like.
type Link uint8

const (
	Good      Link = iota
	Cut            // every packet is answered with a reset
	BlackHole      // nothing arrives, either way
	OneWay         // the server hears the client and is never heard
)

// SetLink changes the way between a client and a server.
func (w *World) SetLink(c, s int, l Link) {
	if w.links == nil {
		if l == Good {
			return
		}
		w.links = make([]Link, len(w.clients)*len(w.servers))
	}
	w.links[c*len(w.servers)+s] = l
	cl := &w.clients[c]
	if l == Cut {
		w.disturb(c, s, 0, 0)
	} else if l != Good {
		w.disturb(c, s, w.cfg.Detect, 0)
	}
	if cl.server != int32(s) {
		return
	}
	switch l {
	case Cut:
		w.cutOff(c, 0)
	case BlackHole, OneWay:
		w.shardOf(c).suspect(c)
	}
}

// Link is the way between a client and a server.
func (w *World) Link(c, s int) Link {
	if w.links == nil {
		return Good
	}
	return w.links[c*len(w.servers)+s]
}

// flowing says whether the server's packets reach the client.
func (w *World) flowing(c, s int) bool { return w.Link(c, s) == Good }

// cutOff lets a client know that its link is gone, after a while.
func (w *World) cutOff(c int, after time.Duration) {
	s := w.shardOf(c)
	s.push(w.now+after+s.delay(), event{kind: onLost, client: uint32(c), arg: w.clients[c].gen, detail: uint16(reconnect.Network)})
}

// suspect lets a client find out in its own time that its peer is silent.
func (s *shard) suspect(c int) {
	half := s.w.cfg.Detect / 2
	s.push(max(s.now, s.w.now)+half+s.random(half), event{kind: onSilence, client: uint32(c), arg: s.w.clients[c].gen})
}

// silence is when a client looks whether its peer is still there.
func (s *shard) silence(c int, gen uint32) {
	cl := &s.w.clients[c]
	if cl.server < 0 || cl.gen != gen {
		return
	}
	sv := &s.w.servers[cl.server]
	if sv.state == up && sv.gen == cl.serverGen && s.w.flowing(c, int(cl.server)) {
		if sv.cfg.HangUp > 0 {
			s.lost(c, gen, reconnect.Network) // it has hung up meanwhile
		}
		return // it came back in time
	}
	s.lost(c, gen, reconnect.Stale)
}

// HandshakeWays is how often a packet of a handshake has to cross the link, one
// after the other: SYN, its answer, ACK, INFO, CONNECT with PING, and PONG. TLS
// is a round trip more.
func HandshakeWays(tls bool) int {
	if tls {
		return 8
	}
	return 6
}

// onTheWay is the time a handshake spends on the link between the arrival of its
// first packet and the departure of its last.
func (s *shard) onTheWay() time.Duration {
	var d time.Duration
	for range HandshakeWays(s.w.cfg.TLS) - 2 {
		d += s.delay()
	}
	return d
}
