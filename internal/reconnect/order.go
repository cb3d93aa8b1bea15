package reconnect

import (
	"cmp"
	"slices"
	"time"
)

// rank is a server's place in the order of a pass, best first.
type rank uint8

const (
	rankFresh      rank = iota // of the call, never connected, hasn't failed lately
	rankGood                   // worked once and hasn't failed lately, or discovered and a scout
	rankAgain                  // failed lately, and a scout
	rankJustLost               // carried the connection that just ended
	rankDiscovered             // discovered, never connected, hasn't failed lately
	rankFailed                 // failed lately
	rankHopeless               // discovered, never connected, failed lately
)

// scouts is how many servers come ahead of the one just lost though nothing good is
// known of them: discovered ones that were never tried, as early as those that have
// worked, or else those whose failure is the oldest. There must be some, or who was
// given one URL would never leave it, and who is kicked would be back at once; they
// must be few, or addresses that can't be reached from here would stand between a
// client and the servers that it knows to be good.
const scouts = 2

// rankOf is a server's rank, scouts apart. While connections keep ending soon it
// is of no account whether a server that failed has ever worked.
func (s *server) rankOf(now time.Duration, justLost string, flapping bool) rank {
	switch {
	case s.recentlyFailed(now) && (s.given || s.worked || flapping):
		return rankFailed
	case s.recentlyFailed(now):
		return rankHopeless
	case s.url == justLost:
		return rankJustLost
	case s.worked:
		return rankGood
	case s.given:
		return rankFresh
	}
	return rankDiscovered
}

// moment is what the order of a pass depends on.
type moment struct {
	now      time.Duration
	justLost string        // URL of the connection that this pass follows; "" when it follows none
	flapping bool          // connections keep ending soon
	hold     time.Duration // how long after its refusal a server that is held gets no turn
}

// arrange puts the servers in the order of a new pass: by rank, and among equals
// at random, or in their own order when rnd is nil. Among those that failed
// lately, while flapping, the one whose failure is the oldest comes first, so
// that each gets its turn. pin keeps the first server where it is.
func (p *pool) arrange(at moment, pin bool, rnd func(int64) int64) {
	n := len(p.servers)
	p.at, p.cuts = 0, 0
	for i := range p.servers {
		s := &p.servers[i]
		s.turn, s.tie = untried, s.seq
		if s.held(at.now, at.hold) {
			s.turn = tried // with its refusal
		}
		s.rank = s.rankOf(at.now, at.justLost, at.flapping)
	}
	if rnd != nil {
		for i := n - 1; i > 0; i-- {
			j := int(rnd(int64(i + 1)))
			p.servers[i].tie, p.servers[j].tie = p.servers[j].tie, p.servers[i].tie
		}
	}
	p.sendScouts()
	rest := p.servers
	if pin && n > 0 {
		rest = rest[1:]
	}
	if at.flapping {
		slices.SortFunc(rest, longestAgo)
	} else {
		slices.SortFunc(rest, inOrder)
	}
}

// sendScouts raises the rank of the scouts.
func (p *pool) sendScouts() {
	var chosen [scouts]*server
	n := p.choose(chosen[:], rankDiscovered, inOrder)
	if slices.ContainsFunc(p.servers, func(s server) bool { return s.rank == rankJustLost }) {
		p.choose(chosen[n:], rankFailed, longestAgo)
	}
	for i, s := range chosen {
		switch {
		case s == nil:
		case i < n:
			s.rank = rankGood
		default:
			s.rank = rankAgain
		}
	}
}

// choose puts the first servers of a rank into best, and says how many there are.
func (p *pool) choose(best []*server, of rank, order func(a, b server) int) (n int) {
	for i := range p.servers {
		s := &p.servers[i]
		if s.rank != of {
			continue
		}
		for k := range best {
			if best[k] == nil || order(*s, *best[k]) < 0 {
				best[k], s = s, best[k]
			}
			if s == nil {
				n++
				break
			}
		}
	}
	return n
}

func inOrder(a, b server) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.tie, b.tie))
}

func longestAgo(a, b server) int {
	if a.rank == rankFailed && b.rank == rankFailed && a.lastFailed != b.lastFailed {
		return cmp.Compare(a.lastFailed, b.lastFailed)
	}
	return inOrder(a, b)
}

// shuffle puts the servers from that index on in a random order.
func (p *pool) shuffle(from int, rnd func(int64) int64) {
	rest := p.servers[from:]
	for i := len(rest) - 1; i > 0; i-- {
		j := int(rnd(int64(i + 1)))
		rest[i], rest[j] = rest[j], rest[i]
	}
}

// behind puts a server behind the others in their own order.
func (p *pool) behind(s *server) {
	s.seq = p.seq
	p.seq++
}

// release lets every server that is held have its turn.
func (p *pool) release() {
	for i := range p.servers {
		if r := p.servers[i].refusal; r != nil {
			r.held = false
		}
	}
}

// freeAt is when the first of the servers that are held is free; ok is false
// when one has a turn now.
func (p *pool) freeAt(hold time.Duration) (at time.Duration, ok bool) {
	for i := range p.servers {
		s := &p.servers[i]
		if s.turn != tried {
			return 0, false
		}
		if free := s.refusal.at + hold; !ok || free < at {
			at, ok = free, true
		}
	}
	return at, ok
}
