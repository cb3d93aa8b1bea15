package nats

import (
	"fmt"
	"strings"
	"time"

	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/ring"
)

// traced is how many of the machine's inputs and actions are remembered.
const traced = 256

// trace remembers what the machine was told, and what it said. It begins with the
// first input that matters: a connection that was made and just works needs none. The
// lock of the machine guards it.
type trace struct{ ring *ring.Ring[tracedLine] }

type tracedLine struct {
	at   time.Duration
	text string
}

func (t *trace) note(now time.Duration, ev *reconnect.Event, acts []reconnect.Action) {
	if t.ring == nil {
		switch ev.Kind {
		case reconnect.Failed, reconnect.Lost, reconnect.ForceReconnect, reconnect.SetPool:
			t.ring = ring.New[tracedLine](traced)
		default:
			return
		}
	}
	if len(acts) == 0 && (ev.Kind == reconnect.Timeout || ev.Kind == reconnect.Info) {
		return // there may be any number of them
	}
	t.ring.Add(tracedLine{now, "< " + traceText(ev.String())})
	for i := range acts {
		t.ring.Add(tracedLine{now, "> " + traceText(acts[i].String())})
	}
}

// traceText is a line of one of them: without what a URL of the program's own may hold
// before its host, and not too long.
func traceText(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if at := strings.LastIndexByte(w, '@'); at >= 0 {
			words[i] = "xxxxx" + w[at:]
		}
	}
	s = strings.Join(words, " ")
	if len(s) > longestTrace {
		s = s[:longestTrace] + " …"
	}
	return s
}

const longestTrace = 200

// DebugSnapshot describes the connection for people who look for a fault: its state,
// figures and servers, and the last 256 inputs and actions of what decides about
// reconnecting, "<" and ">", with the time since Connect. They are remembered from the
// first attempt that failed, connection that was lost or reconnect that the program
// wanted; until then a connection takes no memory for it, and then 60 KiB at most. No
// secret is in it. The text may change from version to version.
func (nc *Conn) DebugSnapshot() string {
	if nc == nil {
		return "no connection\n"
	}
	var b strings.Builder
	totals := nc.out.totals()
	info, _ := nc.state.serverInfo()
	now := time.Since(nc.start)
	fmt.Fprintf(&b, "evernats %s, %s after Connect\n", Version, span(now))
	fmt.Fprintf(&b, "status %s, machine %s, epoch %d\n", nc.Status(), nc.machineState(), nc.events.epoch.Load())
	if l := nc.state.current(); l != nil {
		fmt.Fprintf(&b, "connected to %s (%s, version %s, client %d) since %s, last heard %s ago\n", l.url.Redacted(),
			oneWord(info.Name), oneWord(info.Version), info.CID, span(now-l.adopted), span(now-time.Duration(l.heard.Load())))
	} else {
		b.WriteString("no server is in use\n")
	}
	if err := nc.state.lastErr(); err != nil {
		fmt.Fprintf(&b, "last error: %s\n", traceText(err.Error()))
	}
	stats := nc.Stats()
	fmt.Fprintf(&b, "in %d messages, %d bytes; out %d messages, %d bytes; %d reconnects; %d subscriptions\n",
		stats.InMsgs, stats.InBytes, stats.OutMsgs, stats.OutBytes, stats.Reconnects, nc.NumSubscriptions())
	fmt.Fprintf(&b, "outbound: queued %d, unconfirmed %d, confirmed %d, in doubt %d, dropped %d messages\n",
		totals.Queued.Msgs, totals.Unconfirmed.Msgs, totals.Confirmed.Msgs, totals.InDoubt.Msgs, totals.Dropped.Msgs)
	for _, s := range nc.machineServers() {
		fmt.Fprintf(&b, "server %s: given %v, connected before %v, failures %d", nc.redactedKey(s.URL), s.Given, s.EverConnected, s.Failures)
		if s.LastFailed >= 0 {
			fmt.Fprintf(&b, ", the last %s ago", span(now-s.LastFailed))
		}
		b.WriteByte('\n')
	}
	nc.machineMu.Lock()
	r := nc.trace.ring
	var lines []tracedLine
	var forgotten uint64
	if r != nil {
		lines, forgotten = r.Values(), r.Forgotten()
	}
	nc.machineMu.Unlock()
	fmt.Fprintf(&b, "%d inputs and actions, %d before them forgotten\n", len(lines), forgotten)
	for _, l := range lines {
		fmt.Fprintf(&b, "%12.6f %s\n", l.at.Seconds(), l.text)
	}
	return b.String()
}

// oneWord is what a server says of itself, bounded.
func oneWord(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return fmt.Sprintf("%q", s)
}
