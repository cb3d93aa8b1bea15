package nats

import "time"

// leave gives the link in use up in good order, and then calls f on the driver: what
// was written is given time to arrive, what wasn't waits for the next link. Closing the
// socket at once could cost what it has taken, see SettleForClose, and the next
// connection could overtake what is left of this one. It never waits itself. f isn't
// called when the link was replaced meanwhile, or the connection closed.
func (nc *Conn) leave(f func()) {
	if nc.leaving {
		return // it is on its way already
	}
	l := nc.state.current()
	settled := nc.out.Seal()
	if settled == nil {
		f()
		return
	}
	nc.leaving = true
	go func() {
		nc.out.AwaitSettled(l, settled)
		nc.drv.post(func() {
			nc.leaving = false
			if now := nc.state.current(); now != nil && now != l || nc.closing.Load() {
				return
			}
			f()
		})
	}()
}

// closeFlushLimit bounds how long Close lets the queue drain behind its back.
const closeFlushLimit = time.Second
