package request

import "sync"

// givenUp are the messages that were given up and of which requests haven't been
// told yet. Its lock is a leaf, save for Host.Post.
type givenUp struct {
	mu     sync.Mutex
	spans  []span
	posted bool
}

// span is a run of messages, by their numbers in the outbound order.
type span struct {
	first, last uint64
	err         error
}

// GaveUp ends the requests whose message is among those that were given up before they
// were sent, with err. It only notes that: they are told in what it posts.
func (t *Table[M]) GaveUp(first, last uint64, err error) {
	if t.waiting.Load() == 0 {
		return
	}
	if t.given == nil {
		t.given = new(givenUp)
	}
	g := t.given
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.spans); n > 0 && g.spans[n-1].last+1 == first && g.spans[n-1].err == err {
		g.spans[n-1].last = last
	} else {
		g.spans = append(g.spans, span{first, last, err})
	}
	if !g.posted {
		g.posted = true
		t.host.Post(func() { t.tellGivenUp(g) })
	}
}

func (t *Table[M]) tellGivenUp(g *givenUp) {
	g.mu.Lock()
	spans := g.spans
	g.spans, g.posted = nil, false
	g.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.byID {
		n := w.Number().Load()
		for i := range spans {
			if s := &spans[i]; n >= s.first && n <= s.last {
				w.failLocked(s.err)
			}
		}
	}
}
