package nats

import (
	"sync/atomic"

	"github.com/evernats/nats/internal/wire"
)

// incoming is a link as internal/receive reads it.
type incoming struct {
	nc *Conn
	l  *link
}

func (in incoming) Read(b []byte) (int, error) {
	n, err := in.l.conn.Read(b)
	if n > 0 {
		in.l.reads.Add(1)
	}
	return n, err
}

func (in incoming) Rest() []byte {
	rest := in.l.rest
	in.l.rest = nil
	return rest
}

func (in incoming) Count(msgs, bytes uint64) {
	atomic.AddUint64(&in.nc.InMsgs, msgs)
	atomic.AddUint64(&in.nc.InBytes, bytes)
}

func (in incoming) Ping() { in.nc.out.owePong() }

func (in incoming) Pong() (asked bool) {
	in.nc.pinger.pong()
	return in.nc.out.pong()
}

func (in incoming) OK() (asked bool) { return in.nc.Opts.Verbose }
func (in incoming) Info(arg []byte)  { in.nc.processInfo(in.l, arg) }
func (in incoming) Err(text string)  { in.nc.processErr(in.l, text) }

// Lost tells the driver, with what was found out first: a write that failed has said
// why, and given the reader a moment for the server's last words.
func (in incoming) Lost(err error, nonsense bool) {
	if nonsense {
		in.l.bad.Store(true)
	} else if broken := in.l.broken.Load(); broken != nil && isTimeout(err) {
		in.nc.lost(in.l, *broken)
		return
	}
	in.nc.lost(in.l, in.l.ended(phaseRead, err))
}

func (in incoming) InUse() bool { return in.nc.state.current() == in.l }

// isLineTooLong says whether the text of an -ERR is about the length of a line.
func isLineTooLong(text string) bool { return wire.LineTooLong(text) }

var pongLine = []byte(wire.PongLine)
