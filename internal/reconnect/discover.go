package reconnect

// MaxDiscovered is how many servers a pool keeps beside those of the call.
// What a server advertises past it is passed over until others leave: no INFO,
// however long, costs more than this.
const MaxDiscovered = 1000

// advertise learns and forgets servers from an INFO. The very first INFO tells
// of the whole cluster: nobody joined.
func (m *Machine) advertise(urls []string, tell bool, acts []Action) []Action {
	if urls == nil || m.policy.IgnoreDiscovered {
		return acts
	}
	for _, u := range m.pool.forget(urls, m.url) {
		acts = append(acts, Action{Kind: TellForgotten, URL: u, Err: ErrLeftCluster})
	}
	if fresh := m.pool.learn(urls); tell && len(fresh) > 0 {
		acts = append(acts, Action{Kind: TellDiscovered, Advertised: fresh})
	}
	return acts
}

// hear learns servers from one that didn't accept the connection. Nothing is
// forgotten for it.
func (m *Machine) hear(urls []string, acts []Action) []Action {
	if len(urls) == 0 || m.policy.IgnoreDiscovered {
		return acts
	}
	known := len(m.pool.servers)
	fresh := m.pool.learn(urls)
	if len(fresh) == 0 {
		return acts
	}
	if !m.policy.NoRandomize {
		m.pool.shuffle(known, m.rnd)
	}
	if m.epoch > 0 {
		acts = append(acts, Action{Kind: TellDiscovered, Advertised: fresh})
	}
	return acts
}

// learn adds what is advertised and unknown, as far as there is room, and
// returns it.
func (p *pool) learn(advertised []string) (fresh []string) {
	known := p.index(len(advertised))
	room := MaxDiscovered - p.discovered()
	added := newSet(len(advertised))
	for _, u := range advertised {
		if room <= 0 {
			break
		}
		if known.find(u) != nil || !added.add(u) {
			continue
		}
		fresh = append(fresh, u)
		room--
	}
	for _, u := range fresh {
		p.add(u, false)
	}
	return fresh
}

func (p *pool) discovered() (n int) {
	for i := range p.servers {
		if !p.servers[i].given {
			n++
		}
	}
	return n
}

// forget drops the discovered servers that are no longer advertised, except the
// connected one, and returns them.
func (p *pool) forget(advertised []string, connected string) (gone []string) {
	known, named := p.index(len(advertised)), newSet(min(len(advertised), len(p.servers)))
	for _, u := range advertised {
		if known.find(u) != nil {
			named.add(u)
		}
	}
	p.dropWhere(func(s *server) bool {
		leaves := !s.given && s.url != connected && !named.has(s.url)
		if leaves {
			gone = append(gone, s.url)
		}
		return leaves
	})
	return gone
}

// few is up to how many URLs are compared one by one: most clusters are small,
// and that allocates nothing.
const few = 16

// set is a set of URLs: a list while it is small, a map when it isn't.
type set struct {
	list [few]string
	n    int
	many map[string]struct{}
}

// newSet returns a set for up to n URLs.
func newSet(n int) (s set) {
	if n > few {
		s.many = make(map[string]struct{}, min(n, 2*MaxDiscovered))
	}
	return s
}

func (s *set) has(u string) bool {
	if s.many != nil {
		_, ok := s.many[u]
		return ok
	}
	for _, have := range s.list[:s.n] {
		if have == u {
			return true
		}
	}
	return false
}

// add says whether u is new.
func (s *set) add(u string) bool {
	if s.has(u) {
		return false
	}
	if s.many != nil {
		s.many[u] = struct{}{}
		return true
	}
	s.list[s.n] = u
	s.n++
	return true
}

// index finds servers by URL. It is good as long as the pool stays as it is.
type index struct {
	p     *pool
	byURL map[string]int
}

// index prepares for n look-ups.
func (p *pool) index(n int) index {
	x := index{p: p}
	if n > few && len(p.servers) > few {
		x.byURL = make(map[string]int, len(p.servers))
		for i := range p.servers {
			x.byURL[p.servers[i].url] = i
		}
	}
	return x
}

func (x *index) find(url string) *server {
	if x.byURL == nil {
		return x.p.find(url)
	}
	if i, ok := x.byURL[url]; ok {
		return &x.p.servers[i]
	}
	return nil
}
