package reconnect

import (
	"strings"
	"time"
)

// failureMemory is how long a failed attempt puts a server behind the others, and
// slowMemory how long silence does while another server was tried beside it: what
// is slow for a moment may be as good as ever in the next.
const (
	failureMemory = time.Minute
	slowMemory    = 5 * time.Second
)

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
	refusal    *refusal      // the last auth failure since a success; most have none
	lastFailed time.Duration // meaningless unless failed
	failures   int32
	seq        uint32 // the order in which servers are tried when not at random
	tie        uint32 // order among servers of equal rank, drawn anew for each pass
	turn       turn
	rank       rank // in the current pass
	given      bool
	worked     bool // connected at least once
	failed     bool // lastFailed is set
	slow       bool // it was only too slow then
}

// refusal is an auth failure.
type refusal struct {
	reason string
	at     time.Duration
	held   bool // it ended the connection: the server gets no turn for a while
}

func (s *server) fail(now time.Duration) {
	s.failed, s.slow, s.lastFailed = true, false, now
}

// lag is an attempt that was given up because it was silent for too long.
func (s *server) lag(now time.Duration) {
	if !s.recentlyFailed(now) {
		s.failed, s.slow, s.lastFailed = true, true, now
	}
}

func (s *server) succeed() {
	s.failures, s.worked, s.failed = 0, true, false
	s.refusal = nil
}

// refuse remembers an auth failure of an attempt that began at that moment, and
// says whether it equals the one before. It does so only when wait lies between
// them: new credentials take their time to arrive.
func (s *server) refuse(now, began, wait time.Duration, reason string) (again bool) {
	held := false
	if r := s.refusal; r != nil {
		held = r.held
		if r.reason == reason {
			if began < r.at+wait {
				return false
			}
			again = true
		}
	}
	s.refusal = &refusal{reason: reason, at: now, held: held}
	return again
}

// hold keeps a server that ended a connection with an auth failure from its next
// turns.
func (s *server) hold(now time.Duration, reason string) {
	s.refusal = &refusal{reason: reason, at: now, held: true}
}

// held says whether the server gets no turn now.
func (s *server) held(now, wait time.Duration) bool {
	return s.refusal != nil && s.refusal.held && now < s.refusal.at+wait
}

func (s *server) recentlyFailed(now time.Duration) bool {
	memory := failureMemory
	if s.slow {
		memory = slowMemory
	}
	return s.failed && now-s.lastFailed < memory
}

type pool struct {
	servers []server
	seq     uint32
	at      int32 // before it, all have had their turn or were cut short
	cuts    int32 // an upper bound of those cut short
}

func (p *pool) find(url string) *server {
	for i := range p.servers {
		if p.servers[i].url == url {
			return &p.servers[i]
		}
	}
	return nil
}

func (p *pool) add(url string, given bool) *server {
	p.servers = append(p.servers, server{url: url, given: given, seq: p.seq})
	p.seq++
	return &p.servers[len(p.servers)-1]
}

// dropWhere removes the servers that leave is true of, in one go.
func (p *pool) dropWhere(leave func(*server) bool) {
	kept, at := p.servers[:0], p.at
	for i := range p.servers {
		if !leave(&p.servers[i]) {
			kept = append(kept, p.servers[i])
		} else if i < int(p.at) {
			at--
		}
	}
	clear(p.servers[len(kept):])
	p.servers, p.at = kept, at
}

func (p *pool) drop(url string) {
	p.dropWhere(func(s *server) bool { return s.url == url })
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
	old := pool{servers: p.servers}
	known := old.index(len(urls))
	*p = pool{servers: make([]server, 0, len(urls)), cuts: p.cuts}
	added := newSet(len(urls))
	for _, u := range urls {
		if !added.add(u) {
			continue
		}
		s := p.add(u, true)
		if o := known.find(u); o != nil {
			seq := s.seq
			*s = *o
			s.given, s.seq = true, seq
		}
	}
}

// next is the server to try next in this pass: an untried one, or else one whose
// attempt was cut short; nil when all have had their turn.
func (p *pool) next() *server {
	if p.anyUntried() {
		return &p.servers[p.at]
	}
	if p.cuts > 0 {
		for i := range p.servers {
			if p.servers[i].turn == cut {
				return &p.servers[i]
			}
		}
		p.cuts = 0
	}
	return nil
}

func (p *pool) anyUntried() bool {
	for int(p.at) < len(p.servers) && p.servers[p.at].turn != untried {
		p.at++
	}
	return int(p.at) < len(p.servers)
}

// cutShort takes back the turn of a server that was silent.
func (p *pool) cutShort(s *server) {
	s.turn = cut
	p.cuts++
}
