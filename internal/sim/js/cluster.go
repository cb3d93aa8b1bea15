package js

import "time"

// node is a server.
type node struct {
	id        int
	up        bool
	leads     []*leader
	residents []*consumer // that live on this node alone
}

// leader is who leads a stream, a consumer or the API.
type leader struct {
	w       *World
	name    string
	at      int  // -1: nobody
	was     int  // before
	returns bool // who led before is likely to lead again
	changes int  // how often one was lost or elected
	// silent says that who asks while there is none isn't even told so.
	silent bool
	since  time.Duration // when it was elected
	lostAt time.Duration // when the one before was lost
	over   bool          // there is nothing to lead any more

	lost    func(told bool) // told: it stepped down, and could say so
	elected func()
}

func (l *leader) there() bool { return l.at >= 0 }

// lose takes the leadership away, and gives it to another node later. A cluster that has
// lost a node needs longer than one whose leader steps down.
func (l *leader) lose(told bool) {
	if l.at < 0 {
		return
	}
	w := l.w
	l.resign()
	l.lostAt, w.disturbed = w.now, w.now
	l.changes++
	l.silent = w.one(3)
	w.tracef("%s has no leader, told %v, silent %v", l.name, told, l.silent)
	if l.lost != nil {
		l.lost(told)
	}
	wait := w.between(350*ms, 1500*ms)
	if told && w.one(2) {
		wait = w.between(5*ms, 400*ms)
	}
	w.After(wait, l.elect)
}

// resign takes it off the node that it was led by.
func (l *leader) resign() {
	n := l.w.nodes[l.at]
	for i, o := range n.leads {
		if o == l {
			n.leads = append(n.leads[:i:i], n.leads[i+1:]...)
			break
		}
	}
	l.was, l.at = l.at, -1
}

// end says that there is nothing to lead any more.
func (l *leader) end() {
	l.over = true
	if l.at >= 0 {
		l.resign()
	}
}

func (l *leader) elect() {
	w := l.w
	if l.at >= 0 || l.over {
		return
	}
	up := make([]*node, 0, 3)
	for _, n := range w.nodes {
		if n.up {
			up = append(up, n)
		}
	}
	if len(up) < 2 {
		w.After(w.between(100*ms, 300*ms), l.elect)
		return
	}
	n := up[w.rnd.IntN(len(up))]
	if before := w.nodes[l.was]; l.returns && before.up && w.one(2) {
		n = before
	}
	l.at = n.id
	l.changes++
	l.since, w.disturbed = w.now, w.now
	n.leads = append(n.leads, l)
	w.tracef("node %d leads %s", n.id, l.name)
	if l.elected != nil {
		l.elected()
	}
}

// down is how many nodes aren't there.
func (w *World) down() (n int) {
	for _, o := range w.nodes {
		if !o.up {
			n++
		}
	}
	return n
}

// Kill ends a node, if it is the only one that is away, and starts it later.
func (w *World) Kill(i int) {
	n := w.nodes[i]
	if !n.up || w.down() > 0 {
		return
	}
	w.tracef("node %d dies", i)
	n.up = false
	for _, c := range w.clients {
		if c.node == i {
			c.Cut()
		}
	}
	for len(n.leads) > 0 {
		n.leads[len(n.leads)-1].lose(false)
	}
	for _, c := range n.residents {
		c.end(false)
	}
	n.residents = nil
	w.After(w.between(300*ms, 3*time.Second), func() {
		n.up = true
		w.tracef("node %d is back", i)
	})
}

// StepDown has something that is led lose its leader, which may say so.
func (w *World) StepDown() {
	var all []*leader
	for _, n := range w.nodes {
		all = append(all, n.leads...)
	}
	if len(all) > 0 {
		all[w.rnd.IntN(len(all))].lose(w.one(2))
	}
}

// Settled says whether everything has a leader and all nodes are there.
func (w *World) Settled() bool {
	if !w.meta.there() || w.down() > 0 {
		return false
	}
	for _, s := range w.streams {
		if !s.lead.there() {
			return false
		}
		for _, c := range s.consumers {
			if !c.lead.there() {
				return false
			}
		}
	}
	for _, c := range w.clients {
		if !c.up || c.dead {
			return false
		}
	}
	return true
}
