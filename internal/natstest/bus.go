package natstest

import (
	"strings"
	"sync"
)

// Bus carries messages between the connections of servers. Servers that share
// one are a cluster.
type Bus struct {
	mu   sync.Mutex // never held while waiting
	subs []*sub
	turn int // of queue groups
}

// NewBus returns an empty bus.
func NewBus() *Bus { return &Bus{} }

type sub struct {
	conn      *Conn
	subject   string
	queue     string
	sid       string
	max       int
	delivered int
}

func (b *Bus) add(s *sub) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs = append(b.subs, s)
}

func (b *Bus) removeIf(cond func(*sub) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := b.subs[:0]
	for _, s := range b.subs {
		if !cond(s) {
			kept = append(kept, s)
		}
	}
	clear(b.subs[len(kept):])
	b.subs = kept
}

func (b *Bus) unsub(c *Conn, sid string, limit int) {
	if limit > 0 {
		b.mu.Lock()
		for _, s := range b.subs {
			if s.conn == c && s.sid == sid {
				s.max = limit
			}
		}
		b.mu.Unlock()
	}
	b.removeIf(func(s *sub) bool {
		return s.conn == c && s.sid == sid && (limit <= 0 || s.delivered >= limit)
	})
}

func (b *Bus) subscriptions(c *Conn) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for _, s := range b.subs {
		if s.conn == c {
			list = append(list, strings.TrimSpace(s.subject+" "+s.queue))
		}
	}
	return list
}

// route picks who gets a message on subject: every plain subscription and one
// of each queue group. Counts and removes those that reach their maximum.
func (b *Bus) route(from *Conn, echo bool, subject string, deliver func(*sub)) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	groups := make(map[string][]*sub)
	var picked []*sub
	for _, s := range b.subs {
		if s.conn == from && !echo || !Matches(s.subject, subject) {
			continue
		}
		if s.queue == "" {
			picked = append(picked, s)
			continue
		}
		groups[s.queue] = append(groups[s.queue], s)
	}
	for _, g := range groups {
		picked = append(picked, g[b.turn%len(g)])
	}
	ended := make(map[*sub]bool)
	for _, s := range picked {
		s.delivered++
		deliver(s)
		ended[s] = s.max > 0 && s.delivered >= s.max
	}
	kept := b.subs[:0]
	for _, s := range b.subs {
		if !ended[s] {
			kept = append(kept, s)
		}
	}
	clear(b.subs[len(kept):])
	b.subs = kept
	return len(picked)
}

// Matches reports whether subject is one that pattern, in which * stands for a
// token and > for the rest, asks for.
func Matches(pattern, subject string) bool {
	ps, ts := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, p := range ps {
		switch {
		case p == ">" && i == len(ps)-1:
			return len(ts) > i
		case i >= len(ts) || p != "*" && p != ts[i]:
			return false
		}
	}
	return len(ps) == len(ts)
}
