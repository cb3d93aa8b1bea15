package nats

import (
	"errors"
	"sync/atomic"

	"github.com/evernats/nats/internal/reconnect"
)

// tell turns what the machine reports into callbacks and answers to waiters. Only the
// driver calls it.
func (nc *Conn) tell(a *reconnect.Action) {
	err := ofSession(a.Err)
	switch a.Kind {
	case reconnect.StateIs:
		nc.state.follow(nc, a.State)
	case reconnect.TellConnected:
		late := nc.settled || nc.state.leftConnecting()
		if late {
			nc.state.setErr(nil)
		}
		nc.events.connected(nc, late) // before Connect returns and more can happen
		nc.firstOutcome(nil)
	case reconnect.TellReconnected:
		atomic.AddUint64(&nc.Reconnects, 1)
		nc.state.setErr(nil)
		nc.events.reconnected(nc)
		nc.firstOutcome(nil)
	case reconnect.TellDisconnected:
		if err != nil {
			nc.state.setErr(err)
			nc.announceLastLoss()
		}
		nc.events.disconnected(nc, err)
	case reconnect.TellMigrated:
		nc.migrated(a)
	case reconnect.TellMigrationFailed:
		nc.notMigrated(a, err)
	case reconnect.TellAttemptFailed:
		if nc.session.Current() != nil { // of a move; the connection is well
			nc.events.attemptFailed(nc, a.Attempt, a.URL, err)
			return
		}
		nc.state.setErr(err)
		nc.events.attemptFailed(nc, a.Attempt, a.URL, err)
		if !nc.settled {
			return // the pass is told of as a whole
		}
		nc.events.reconnectFailed(nc, nc.Opts.told(err))
		// Whatever fails once a server was reached is worth the error handler's
		// attention: credentials above all, which programs renew when they see it.
		if fromConnect(err) {
			nc.events.asyncError(nc, nil, err)
		}
	case reconnect.TellDiscovered:
		nc.events.discovered(nc, a.Advertised)
	case reconnect.TellForgotten:
		nc.events.gone(nc, a.URL, err)
	case reconnect.TellConnectFailed:
		nc.state.setErr(err)
		nc.events.reconnectFailed(nc, nc.Opts.shown(err))
		nc.events.connectFailed(nc, err)
		nc.firstOutcome(err)
	}
}

// announceLastLoss is for a loss that ends the connection at once: the status goes
// to CLOSED by way of the one that a program waits for.
func (nc *Conn) announceLastLoss() {
	switch {
	case nc.session.State() != reconnect.Closed:
	case nc.Opts.AllowReconnect:
		nc.state.set(nc, RECONNECTING)
	default:
		nc.state.set(nc, DISCONNECTED)
	}
}

// fromConnect says whether an attempt failed in its last part, from the credentials
// to the server's answer.
func fromConnect(err error) bool {
	var ce *ConnError
	return errors.As(err, &ce) && (ce.Phase == phaseConnect || ce.Phase == phasePong)
}

// firstOutcome tells the caller of Connect, once.
func (nc *Conn) firstOutcome(err error) {
	if nc.first == nil {
		return
	}
	nc.settled = true
	nc.first <- err
	nc.first = nil
}

// endedWith brings the public face to CLOSED, if Close didn't, and lets go of what a
// closed connection no longer needs. The last that is told is the closed handler; a
// connection whose first pass failed was never anybody's.
func (nc *Conn) endedWith(last *reconnect.Action) {
	err := ofSession(last.Err)
	if err != nil {
		nc.state.setErr(err)
	}
	failedFirst := last.Kind == reconnect.TellConnectFailed
	if failedFirst {
		nc.events.MuteButAttempts()
	}
	nc.goClosed()
	nc.failWaiters()
	nc.out.Discard()
	if nc.drain.Due() {
		if left := nc.discarded(); left != nil {
			nc.events.asyncError(nc, nil, left)
		}
	}
	if failedFirst {
		nc.events.connectFailed(nc, err)
	}
	nc.firstOutcome(err)
	if !failedFirst {
		nc.events.closed(nc, err)
	}
}

// failWaiters answers whoever waits on a connection that is closed.
func (nc *Conn) failWaiters() {
	nc.reqs.End()
	nc.migrations.tell(ErrConnectionClosed, true)
	nc.subs.CloseOwn()
	nc.out.End()
}
