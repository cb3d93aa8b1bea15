package nats

import (
	"sync/atomic"

	"github.com/evernats/nats/internal/wire"
)

// What internal/receive needs of a link, see receive.Link.

// Read waits for the next bytes.
func (l *link) Read(b []byte) (int, error) {
	n, err := l.conn.Read(b)
	if n > 0 {
		l.reads.Add(1)
	}
	return n, err
}

func (l *link) Rest() []byte {
	rest := l.rest
	l.rest = nil
	return rest
}

func (l *link) Count(msgs, bytes uint64) {
	atomic.AddUint64(&l.nc.InMsgs, msgs)
	atomic.AddUint64(&l.nc.InBytes, bytes)
}

func (l *link) Ping() { l.nc.out.owePong() }

func (l *link) Pong() (asked bool) {
	l.nc.pinger.pong()
	return l.nc.out.pong()
}

func (l *link) OK() (asked bool) { return l.nc.Opts.Verbose }
func (l *link) Info(arg []byte)  { l.nc.processInfo(l, arg) }
func (l *link) Err(text string)  { l.nc.processErr(l, text) }

// Lost tells the driver, with what was found out first: a write that failed has said
// why, and given the reader a moment for the server's last words.
func (l *link) Lost(err error, nonsense bool) {
	if nonsense {
		l.bad.Store(true)
	} else if broken := l.broken.Load(); broken != nil && isTimeout(err) {
		l.nc.lost(l, *broken)
		return
	}
	l.nc.lost(l, l.ended(phaseRead, err))
}

func (l *link) InUse() bool { return l.nc.state.current() == l }

// isLineTooLong says whether the text of an -ERR is about the length of a line.
func isLineTooLong(text string) bool { return wire.LineTooLong(text) }

var pongLine = []byte(wire.PongLine)
