package session

import (
	"strings"
	"time"

	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/ring"
)

// traced is how many of the machine's inputs and actions are remembered, longestTrace
// how much of each, in bytes.
const (
	traced       = 256
	longestTrace = 200
)

// Traced is an input of the machine, "<", or what it said to that, ">", and when.
type Traced struct {
	At   time.Duration // since the session's start
	Text string
}

// traceLocked remembers what the machine was told, and what it said. It begins with the
// first input that matters: a session that found a server and just works needs none.
func (s *Session) traceLocked(now time.Duration, ev *reconnect.Event, acts []reconnect.Action) {
	if s.past == nil || s.past.trace == nil {
		switch ev.Kind {
		case reconnect.Failed, reconnect.Lost, reconnect.ForceReconnect, reconnect.SetPool, reconnect.Migrate, reconnect.LameDuck:
			s.pastLocked().trace = ring.New[Traced](traced)
		default:
			return
		}
	}
	if len(acts) == 0 && (ev.Kind == reconnect.Timeout || ev.Kind == reconnect.Info) {
		return // there may be any number of them
	}
	r := s.past.trace
	r.Add(Traced{now, "< " + TraceText(ev.String())})
	for i := range acts {
		r.Add(Traced{now, "> " + TraceText(acts[i].String())})
	}
}

// Trace returns what is remembered, oldest first, and how much is forgotten.
func (s *Session) Trace() (lines []Traced, forgotten uint64) {
	s.machineMu.Lock()
	defer s.machineMu.Unlock()
	if s.past == nil || s.past.trace == nil {
		return nil, 0
	}
	return s.past.trace.Values(), s.past.trace.Forgotten()
}

// TraceText is a line for people: without what a URL of the program's own may hold
// before its host, and not too long.
func TraceText(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if at := strings.LastIndexByte(w, '@'); at >= 0 {
			words[i] = "xxxxx" + w[at:]
		}
	}
	text = strings.Join(words, " ")
	if len(text) > longestTrace {
		text = text[:longestTrace] + " …"
	}
	return text
}

// Known are the servers as the machine knows them, by the keys that Redacted takes.
func (s *Session) Known() []reconnect.Server { return s.known() }

// Redacted is what the server of a key is called, without its secrets.
func (s *Session) Redacted(key string) string { return s.urls.Target(key).Server.Redacted() }
