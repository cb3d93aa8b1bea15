package js

import (
	"sort"
	"strings"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// Msg is one that a stream has.
type Msg struct {
	Seq     uint64
	Subject string
	ID      string // for the duplicate window
	Mark    string // the id of a write that depends on a revision
	Data    []byte
	At      time.Duration
	Op      kv.Op
}

// pub is a message that is published.
type pub struct {
	subject, id, mark string
	data              []byte
	op                kv.Op
	depends           bool
	expect            uint64 // the last of its subject, if it depends
	rollup            bool
}

// Stream is a replicated stream: what it has stored outlives its leaders, what it was
// about to store may not.
type Stream struct {
	w         *World
	name      string
	lead      leader
	created   int64
	last      uint64
	msgs      []Msg
	all       []Msg // whatever was stored, removed or not
	dupes     map[string]remembered
	window    time.Duration
	perKey    int           // messages of a subject; 0: no bound
	forgets   bool          // a new leader may not know the latest ids
	busyUntil time.Duration // it refuses chunks, which come in numbers
	proposals []*proposal
	commitAt  time.Duration
	consumers []*consumer
	names     int
	stuck     map[string]bool                  // ids of chunks that the leader says to be storing, and isn't
	holds     bool                             // a leader that steps down goes on holding ids of what it didn't store
	held      map[int]map[string]time.Duration // since when, by the node
}

type remembered struct {
	seq uint64
	at  time.Duration
}

type proposal struct {
	pub
	answer func(reply)
}

// NewStream makes a stream. perKey bounds the messages of a subject, 0 for no bound.
func (w *World) NewStream(name string, perKey int) *Stream {
	s := &Stream{w: w, name: name, perKey: perKey, window: 2 * time.Minute, dupes: map[string]remembered{}, stuck: map[string]bool{}, created: 1}
	s.lead = leader{w: w, name: name, at: -1, lost: s.leaderLost}
	s.lead.elect()
	w.streams = append(w.streams, s)
	return s
}

const (
	wrongLast   = 10071
	inProcess   = 10158
	unavailable = 10008
	noMessage   = 10037
	noConsumer  = 10014
)

// publish takes a message in, and answers if it can.
func (s *Stream) publish(p pub, answer func(reply)) {
	w := s.w
	switch {
	case !s.lead.there():
		if !s.lead.silent {
			answer(reply{none: true})
		}
		return
	case !w.healed && !w.Calm && w.one(150):
		return // lost between two nodes
	case w.now < s.busyUntil && matches("C.", p.subject):
		answer(reply{code: 429})
		return
	}
	if p.id != "" {
		if r, ok := s.dupes[p.id]; ok && w.now-r.at < s.window {
			answer(reply{seq: r.seq, dup: true})
			return
		}
		if at, ok := s.held[s.lead.at][p.id]; ok && w.now-at < s.window || s.stuck[p.id] {
			answer(reply{code: 400, errCode: inProcess})
			return
		}
		for _, o := range s.proposals {
			if o.id == p.id {
				answer(reply{code: 400, errCode: inProcess})
				return
			}
		}
	}
	if s.forgets && !w.healed && matches("C.", p.subject) && w.one(150) {
		s.stuck[p.id] = true
		return
	}
	o := &proposal{p, answer}
	s.proposals = append(s.proposals, o)
	slowest := ms
	if s.holds {
		slowest = 30 * ms // so that more is under way when a leader steps down
	}
	s.commitAt = max(s.commitAt, w.now+w.between(ms/10, slowest))
	w.at(s.commitAt, func() {
		if len(s.proposals) > 0 && s.proposals[0] == o {
			s.proposals = s.proposals[1:]
			a := s.store(&o.pub)
			if w.healed || w.Calm || !w.one(80) {
				o.answer(a)
			}
		}
	})
}

// leaderLost decides what becomes of what wasn't stored yet.
func (s *Stream) leaderLost(bool) {
	list := s.proposals
	s.proposals = nil
	n := s.w.rnd.IntN(len(list) + 1)
	for _, o := range list[:n] {
		s.store(&o.pub)
	}
	if !s.w.nodes[s.lead.was].up {
		delete(s.held, s.lead.was)
	} else if s.holds {
		for _, o := range list[n:] {
			s.hold(s.lead.was, o.id)
		}
	}
	clear(s.stuck)
	if s.forgets && s.w.one(2) {
		for id, r := range s.dupes {
			if s.last-r.seq < 3 {
				delete(s.dupes, id)
			}
		}
	}
}

func (s *Stream) hold(node int, id string) {
	if s.held == nil {
		s.held = map[int]map[string]time.Duration{}
	}
	if s.held[node] == nil {
		s.held[node] = map[string]time.Duration{}
	}
	s.held[node][id] = s.w.now
}

func (s *Stream) store(p *pub) reply {
	if p.depends {
		if m := s.lastOf(p.subject); m == nil && p.expect != 0 || m != nil && m.Seq != p.expect {
			return reply{code: 400, errCode: wrongLast}
		}
	}
	s.last++
	m := Msg{Seq: s.last, Subject: p.subject, ID: p.id, Mark: p.mark, Data: p.data, At: s.w.now, Op: p.op}
	if p.rollup {
		s.keep(p.subject, 0)
	}
	s.msgs = append(s.msgs, m)
	s.all = append(s.all, m)
	if p.id != "" {
		s.dupes[p.id] = remembered{m.Seq, s.w.now}
	}
	if s.perKey > 0 {
		s.keep(p.subject, s.perKey)
	}
	for _, c := range s.consumers {
		c.serve()
	}
	return reply{seq: m.Seq}
}

// keep removes all of a subject but the last n.
func (s *Stream) keep(subject string, n int) {
	for i := len(s.msgs) - 1; i >= 0; i-- {
		if s.msgs[i].Subject != subject {
			continue
		}
		if n--; n < 0 {
			s.msgs = append(s.msgs[:i], s.msgs[i+1:]...)
		}
	}
}

// from is the index of the first message with that number or a higher one.
func (s *Stream) from(seq uint64) int {
	return sort.Search(len(s.msgs), func(i int) bool { return s.msgs[i].Seq >= seq })
}

func (s *Stream) bySeq(seq uint64) *Msg {
	if i := s.from(seq); i < len(s.msgs) && s.msgs[i].Seq == seq {
		return &s.msgs[i]
	}
	return nil
}

func (s *Stream) lastOf(subject string) *Msg {
	for i := len(s.msgs) - 1; i >= 0; i-- {
		if s.msgs[i].Subject == subject {
			return &s.msgs[i]
		}
	}
	return nil
}

func (s *Stream) nextOf(subject string, seq uint64) *Msg {
	for i := s.from(seq); i < len(s.msgs); i++ {
		if s.msgs[i].Subject == subject {
			return &s.msgs[i]
		}
	}
	return nil
}

// matches says whether a subject is one that a filter means: itself, or what begins with
// it when it ends with a dot; empty: all.
func matches(filter, subject string) bool {
	return filter == "" || filter == subject || strings.HasSuffix(filter, ".") && strings.HasPrefix(subject, filter)
}

// lead answers what only the leader of a stream can say.
func (s *Stream) ask(say func() reply) func(answer func(reply)) {
	return func(answer func(reply)) {
		if s.lead.there() {
			answer(say())
		}
	}
}

// state is what a bucket's stream has.
func (s *Stream) state() kv.State {
	st := kv.State{Created: s.created, Last: s.last, First: s.last + 1}
	if len(s.msgs) > 0 {
		st.First, st.FirstTime = s.msgs[0].Seq, int64(s.msgs[0].At)
	}
	return st
}

// remove takes a message out.
func (s *Stream) remove(seq uint64) reply {
	i := s.from(seq)
	if i == len(s.msgs) || s.msgs[i].Seq != seq {
		return reply{code: 404, errCode: noMessage}
	}
	s.msgs = append(s.msgs[:i], s.msgs[i+1:]...)
	return reply{}
}
