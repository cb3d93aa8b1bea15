package nats

import (
	"sync/atomic"

	"github.com/evernats/nats/internal/session"
)

// reading is a link as internal/receive reads it.
type reading struct {
	*session.Link
	nc *Conn
}

func (r reading) Rest() []byte { return r.TakeRest() }

func (r reading) Count(msgs, bytes uint64) {
	atomic.AddUint64(&r.nc.InMsgs, msgs)
	atomic.AddUint64(&r.nc.InBytes, bytes)
}

func (r reading) Ping() {
	if m := r.nc.moving.Load(); m == nil || !m.ping(r.Link) {
		r.nc.out.OwePong()
	}
}

func (r reading) Pong() (asked bool) {
	r.Link.Pong()
	if m := r.nc.moving.Load(); m != nil {
		if asked, taken := m.pong(r.Link); taken {
			return asked
		}
	}
	return r.nc.out.Pong()
}

func (r reading) OK() (asked bool) { return r.nc.Opts.Verbose }
func (r reading) Info(arg []byte)  { r.TakeInfo(arg) }

func (r reading) Err(text string) {
	if m := r.nc.moving.Load(); m == nil || !m.refuses(text) {
		r.nc.processErr(r.Link, text)
	}
}

// Lost tells the session, with what was found out first: a write that failed has said
// why, and given the reader a moment for the server's last words.
func (r reading) Lost(err error, nonsense bool) {
	switch broken := r.Broken(); {
	case nonsense:
		r.GiveUp(r.Ended(phaseRead, err))
	case broken != nil && isTimeout(err):
		r.Link.Lost(broken)
	default:
		r.Link.Lost(r.Ended(phaseRead, err))
	}
}

func (r reading) InUse() bool { return r.nc.session.Current() == r.Link }
