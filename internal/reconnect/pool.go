package reconnect

import (
	"slices"
	"strings"
	"time"
)

// failureMemory is how long a failed attempt puts a server behind the others.
const failureMemory = time.Minute

// Server is what the machine knows of one server.
type Server struct {
	URL string
	// Given says that the URL came from the user; discovered ones came from the
	// cluster.
	Given bool
	// Failures counts the consecutive failed reconnect attempts; attempts of the
	// first connect don't count, and a whole handshake resets it.
	Failures int
	// EverConnected says that a handshake was once completed with it.
	EverConnected bool
	// LastFailed is when an attempt last failed or was too slow, on the clock of
	// Step; negative when it never did.
	LastFailed time.Duration
}

// turn says how far a server has come in the current pass.
type turn uint8

const (
	untried turn = iota
	// cut marks a server whose attempt was ended because it was silent while
	// others had not been tried at all; it gets a full attempt before the pass
	// ends.
	cut
	tried
)

type server struct {
	url        string
	auth       string        // reason of the last auth failure since a success
	lastFailed time.Duration // meaningless unless failed
	failures   int32
	seq        uint16 // the order in which servers became known
	tie        uint16 // order among servers of equal rank, drawn anew for each pass
	turn       turn
	given      bool
	worked     bool // connected at least once
	failed     bool // lastFailed is set
	refused    bool // auth is set
}

func (s *server) fail(now time.Duration) {
	s.failed, s.lastFailed = true, now
}

func (s *server) succeed() {
	s.failures, s.worked, s.failed = 0, true, false
	s.refused, s.auth = false, ""
}

func (s *server) recentlyFailed(now time.Duration) bool {
	return s.failed && now-s.lastFailed < failureMemory
}

type pool struct {
	servers []server
	seq     uint16
}

func (p *pool) find(url string) *server {
	for i := range p.servers {
		if p.servers[i].url == url {
			return &p.servers[i]
		}
	}
	return nil
}

func (p *pool) add(url string, given bool) {
	p.servers = append(p.servers, server{url: url, given: given, seq: p.seq})
	p.seq++
}

func (p *pool) drop(url string) {
	p.servers = slices.DeleteFunc(p.servers, func(s server) bool { return s.url == url })
}

// secure says whether any server is named by a scheme that means TLS.
func (p *pool) secure() bool {
	for i := range p.servers {
		u := p.servers[i].url
		if strings.HasPrefix(u, "tls://") || strings.HasPrefix(u, "wss://") {
			return true
		}
	}
	return false
}

// replace makes urls the whole pool. What is known of those that stay is kept.
func (p *pool) replace(urls []string) {
	old := p.servers
	p.servers = make([]server, 0, len(urls))
	p.seq = 0
	for _, u := range urls {
		if p.find(u) != nil {
			continue
		}
		p.add(u, true)
		for i := range old {
			if old[i].url == u {
				s := &p.servers[len(p.servers)-1]
				seq := s.seq
				*s = old[i]
				s.given, s.seq = true, seq
			}
		}
	}
}

// learn adds what is advertised and unknown, and returns it.
func (p *pool) learn(advertised []string) (fresh []string) {
	for _, u := range advertised {
		if p.find(u) == nil {
			p.add(u, false)
			fresh = append(fresh, u)
		}
	}
	return fresh
}

// forget drops the discovered servers that are no longer advertised, except the
// connected one, and returns them.
func (p *pool) forget(advertised []string, connected string) (gone []string) {
	for i := range p.servers {
		s := &p.servers[i]
		if !s.given && s.url != connected && !slices.Contains(advertised, s.url) {
			gone = append(gone, s.url)
		}
	}
	for _, u := range gone {
		p.drop(u)
	}
	return gone
}

// next is the server to try next in this pass: an untried one, or else one whose
// attempt was cut short; nil when all have had their turn.
func (p *pool) next() *server {
	var second *server
	for i := range p.servers {
		switch s := &p.servers[i]; s.turn {
		case untried:
			return s
		case cut:
			if second == nil {
				second = s
			}
		}
	}
	return second
}

func (p *pool) anyUntried() bool {
	for i := range p.servers {
		if p.servers[i].turn == untried {
			return true
		}
	}
	return false
}

// order of a pass, best first.
const (
	rankGood       = iota // worked once and hasn't failed lately
	rankFresh             // of the call, never connected, hasn't failed lately
	rankJustLost          // carried the connection that just ended
	rankFailed            // failed lately
	rankDiscovered        // discovered, never connected, hasn't failed lately
	rankHopeless          // discovered, never connected, failed lately
)

func (s *server) rank(now time.Duration, justLost string) int {
	switch {
	case !s.given && !s.worked && s.recentlyFailed(now):
		return rankHopeless
	case !s.given && !s.worked:
		return rankDiscovered
	case s.url == justLost:
		return rankJustLost
	case s.recentlyFailed(now):
		return rankFailed
	case s.worked:
		return rankGood
	}
	return rankFresh
}

// arrange puts the servers in the order of a new pass: by rank, and among
// equals at random, or as they became known when rnd is nil. pin keeps the
// first server where it is.
func (p *pool) arrange(now time.Duration, justLost string, pin bool, rnd func(int64) int64) {
	n := len(p.servers)
	for i := range p.servers {
		p.servers[i].turn = untried
		p.servers[i].tie = p.servers[i].seq
	}
	if rnd != nil {
		for i := n - 1; i > 0; i-- {
			j := int(rnd(int64(i + 1)))
			p.servers[i].tie, p.servers[j].tie = p.servers[j].tie, p.servers[i].tie
		}
	}
	rest := p.servers
	if pin && n > 0 {
		rest = rest[1:]
	}
	// Insertion sort: pools are small, and this one allocates nothing.
	for i := 1; i < len(rest); i++ {
		for j := i; j > 0 && before(&rest[j], &rest[j-1], now, justLost); j-- {
			rest[j], rest[j-1] = rest[j-1], rest[j]
		}
	}
}

func before(a, b *server, now time.Duration, justLost string) bool {
	if x, y := a.rank(now, justLost), b.rank(now, justLost); x != y {
		return x < y
	}
	return a.tie < b.tie
}
