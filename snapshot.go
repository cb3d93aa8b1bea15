package nats

import (
	"fmt"
	"strings"
	"time"

	"github.com/evernats/nats/internal/eventlog"
	"github.com/evernats/nats/internal/session"
)

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
	totals := nc.out.State().Totals
	info, _ := nc.session.Info()
	now := time.Since(nc.start)
	fmt.Fprintf(&b, "evernats %s, %s after Connect\n", Version, eventlog.Span(now))
	fmt.Fprintf(&b, "status %s, machine %s, epoch %d\n", nc.Status(), nc.session.State(), nc.events.epoch.Load())
	if l := nc.session.Current(); l != nil {
		fmt.Fprintf(&b, "connected to %s (%s, version %s, client %d) since %s, last heard %s ago\n", l.Server().Redacted(),
			oneWord(info.Name), oneWord(info.Version), info.CID, eventlog.Span(now-l.Adopted()), eventlog.Span(now-l.Heard()))
	} else {
		b.WriteString("no server is in use\n")
	}
	if err := nc.state.lastErr(); err != nil {
		fmt.Fprintf(&b, "last error: %s\n", session.TraceText(err.Error()))
	}
	stats := nc.Stats()
	fmt.Fprintf(&b, "in %d messages, %d bytes; out %d messages, %d bytes; %d reconnects; %d subscriptions\n",
		stats.InMsgs, stats.InBytes, stats.OutMsgs, stats.OutBytes, stats.Reconnects, nc.NumSubscriptions())
	fmt.Fprintf(&b, "outbound: queued %d, unconfirmed %d, confirmed %d, in doubt %d, dropped %d messages\n",
		totals.Queued.Msgs, totals.Unconfirmed.Msgs, totals.Confirmed.Msgs, totals.InDoubt.Msgs, totals.Dropped.Msgs)
	for _, s := range nc.session.Known() {
		fmt.Fprintf(&b, "server %s: given %v, connected before %v, failures %d", nc.session.Redacted(s.URL), s.Given, s.EverConnected, s.Failures)
		if s.LastFailed >= 0 {
			fmt.Fprintf(&b, ", the last %s ago", eventlog.Span(now-s.LastFailed))
		}
		b.WriteByte('\n')
	}
	lines, forgotten := nc.session.Trace()
	fmt.Fprintf(&b, "%d inputs and actions, %d before them forgotten\n", len(lines), forgotten)
	for _, l := range lines {
		fmt.Fprintf(&b, "%12.6f %s\n", l.At.Seconds(), l.Text)
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
