package nats

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// driver runs what is posted to it one after another, in order, on a goroutine
// that exists only while there is something to run. All control of a connection
// goes through it: it feeds the machine and carries out what the machine says.
type driver struct {
	mu      sync.Mutex
	queue   []func()
	running bool
}

// post hands f to the driver; it never waits.
func (d *driver) post(f func()) {
	d.mu.Lock()
	d.queue = append(d.queue, f)
	if !d.running {
		d.running = true
		go d.run()
	}
	d.mu.Unlock()
}

func (d *driver) run() {
	var todo []func()
	for {
		d.mu.Lock()
		if len(d.queue) == 0 {
			d.running = false
			d.queue = nil
			d.mu.Unlock()
			return
		}
		todo, d.queue = d.queue, todo[:0]
		d.mu.Unlock()
		for i, f := range todo {
			f()
			todo[i] = nil
		}
	}
}

// event posts one event for the machine.
func (nc *Conn) event(ev reconnect.Event) {
	nc.drv.post(func() { nc.step(ev) })
}

// step feeds one event to the machine and does what it answers. Only the driver
// calls it.
func (nc *Conn) step(ev reconnect.Event) {
	nc.machineMu.Lock()
	acts := nc.machine.Step(time.Since(nc.start), ev, nil)
	nc.trace.note(time.Since(nc.start), &ev, acts)
	nc.machineMu.Unlock()
	for i := range acts {
		nc.perform(&acts[i])
	}
	nc.setDeadline()
}

// setDeadline arms the one timer that the machine asks for.
func (nc *Conn) setDeadline() {
	nc.machineMu.Lock()
	at, ok := nc.machine.Deadline()
	nc.machineMu.Unlock()
	if !ok {
		if nc.deadline != nil {
			nc.deadline.Stop()
		}
		return
	}
	d := max(at-time.Since(nc.start), 0)
	if nc.deadline == nil {
		nc.deadline = time.AfterFunc(d, func() { nc.event(reconnect.Event{Kind: reconnect.Timeout}) })
		return
	}
	nc.deadline.Reset(d)
}

// perform carries out one action.
func (nc *Conn) perform(a *reconnect.Action) {
	switch a.Kind {
	case reconnect.Dial:
		nc.startAttempt(a.Attempt, a.URL)
	case reconnect.Cancel:
		nc.cancelAttempt(a.Attempt)
	case reconnect.Adopt:
		nc.adopt(a.Attempt, a.Epoch)
	case reconnect.Drop:
		nc.dropLink()
	case reconnect.AskDelay:
		nc.askDelay(a.Token, a.Passes)
	case reconnect.AskServer:
		nc.askServer(a.Token)
	case reconnect.StateIs:
		if nc.forced && a.State != reconnect.Attempting {
			// The attempts that were under way when the user forced one have
			// failed: the one that was asked for comes now, not after a wait.
			nc.forced = false
			if a.State != reconnect.Connected {
				nc.event(reconnect.Event{Kind: reconnect.ForceReconnect})
			}
		}
		nc.state.follow(nc, a.State)
	default:
		nc.tell(a)
	}
}

// tell turns what the machine reports into callbacks and answers to waiters.
func (nc *Conn) tell(a *reconnect.Action) {
	switch a.Kind {
	case reconnect.TellConnected:
		late := nc.settled || nc.state.leftConnecting()
		if late {
			nc.state.setErr(nil)
		}
		nc.events.connected(nc, late) // before Connect returns and more can happen
		nc.firstOutcome(nil)
	case reconnect.TellReconnected:
		nc.out.addReconnect()
		nc.state.setErr(nil)
		nc.events.reconnected(nc)
		nc.firstOutcome(nil)
	case reconnect.TellDisconnected:
		if a.Err != nil {
			nc.state.setErr(a.Err)
			nc.announceLastLoss()
		}
		nc.events.disconnected(nc, a.Err)
	case reconnect.TellAttemptFailed:
		nc.state.setErr(a.Err)
		nc.events.attemptFailed(nc, a.Attempt, a.URL, a.Err)
		if !nc.settled {
			return // the pass is told of as a whole
		}
		nc.events.reconnectFailed(nc, nc.Opts.told(a.Err))
		// Whatever fails once a server was reached is worth the error handler's
		// attention: credentials above all, which programs renew when they see it.
		if fromConnect(a.Err) {
			nc.events.asyncError(nc, nil, a.Err)
		}
	case reconnect.TellDiscovered:
		nc.events.discovered(nc, a.Advertised)
	case reconnect.TellForgotten:
		nc.events.gone(nc, a.URL, a.Err)
		nc.urls.Forget(a.URL)
	case reconnect.TellConnectFailed:
		nc.state.setErr(a.Err)
		if !nc.Opts.RetryOnFailedConnect {
			nc.events.MuteButAttempts()
			nc.endWith(a.Err)
		} else {
			nc.events.reconnectFailed(nc, nc.Opts.shown(a.Err))
		}
		nc.events.connectFailed(nc, a.Err)
		nc.firstOutcome(a.Err)
	case reconnect.TellClosed:
		if a.Err != nil {
			nc.state.setErr(a.Err)
		}
		nc.endWith(a.Err)
		nc.firstOutcome(a.Err)
		nc.events.closed(nc, a.Err)
	}
}

// announceLastLoss is for a loss that ends the connection at once: the status goes
// to CLOSED by way of the one that a program waits for.
func (nc *Conn) announceLastLoss() {
	switch {
	case nc.machineState() != reconnect.Closed:
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

// endWith brings the public face to CLOSED when the machine got there by itself.
func (nc *Conn) endWith(err error) {
	nc.closing.Store(true)
	if err == nil {
		err = ErrConnectionClosed
	}
	nc.goClosed()
	nc.reqs.failAll(ErrConnectionClosed)
	nc.subs.closeOwn()
	nc.out.failFences(ErrConnectionClosed)
	nc.finish()
}

// finish lets go of everything that a closed connection no longer needs.
func (nc *Conn) finish() {
	select {
	case <-nc.ended:
		return
	default:
	}
	if nc.deadline != nil {
		nc.deadline.Stop()
	}
	nc.pinger.stop()
	nc.dropLink()
	nc.out.discard()
	if nc.drain.due() {
		if left := nc.discarded(); left != nil {
			nc.events.asyncError(nc, nil, left)
		}
	}
	close(nc.ended)
}

// shutDown is the driver's part of Close: the socket is closed when what was
// queued has been written, or when that takes too long.
func (nc *Conn) shutDown(flushed <-chan error) {
	if flushed != nil {
		go func() {
			t := time.NewTimer(closeFlushLimit)
			defer t.Stop()
			select {
			case <-flushed:
			case <-t.C:
			}
			nc.drv.post(func() { nc.shutDown(nil) })
		}()
		return
	}
	nc.whenUnlinked(func() {
		nc.step(reconnect.Event{Kind: reconnect.Close})
		nc.finish()
	})
}

func randomBelow(n int64) int64 {
	if n <= 0 {
		return 0
	}
	return rand.Int64N(n)
}
