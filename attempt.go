package nats

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
)

// attempt is one try to reach one server. It runs on a goroutine of its own and
// reports to the driver with its number, so that a late answer is recognised.
type attempt struct {
	server *address.Server
	cancel context.CancelFunc
	link   *link // once established, until adopted
	begun  time.Duration
}

func (nc *Conn) startAttempt(no uint32, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), nc.Opts.Timeout)
	if nc.attempts == nil {
		nc.attempts = make(map[uint32]*attempt)
	}
	target := nc.urls.Target(url)
	nc.attempts[no] = &attempt{server: target.Server, cancel: cancel}
	nc.events.attemptStarted(nc, no)
	// What waits in the attempt ends with ctx, save a callback of the user's. One
	// that hangs must not stop the search for a server.
	watch := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return
		}
		time.AfterFunc(callbackGrace, func() {
			nc.drv.post(func() { nc.attemptDone(no, nil, hearsay{}, nc.hungError(target), false) })
		})
	})
	go func() {
		l, named, err := nc.handshake(ctx, target)
		watch()
		cancelled := errors.Is(ctx.Err(), context.Canceled)
		cancel()
		nc.drv.post(func() { nc.attemptDone(no, l, named, err, cancelled) })
	}()
}

// callbackGrace is how long an attempt may take to end after its time is up.
const callbackGrace = 100 * time.Millisecond

func (nc *Conn) hungError(t address.Target) error {
	return &ConnError{Phase: phaseConnect, Server: t.Server.Redacted(),
		Err:  &timeoutError{after: nc.Opts.Timeout, err: dialTimeout()},
		Hint: "perhaps a callback for credentials, certificates or headers has not returned"}
}

// forgetAttempt takes an attempt out of the book, and the empty book away: a
// connection that works needs none.
func (nc *Conn) forgetAttempt(no uint32) {
	if delete(nc.attempts, no); len(nc.attempts) == 0 {
		nc.attempts = nil
	}
}

func (nc *Conn) attemptDone(no uint32, l *link, named hearsay, err error, cancelled bool) {
	at := nc.attempts[no]
	if at == nil || cancelled && err != nil {
		nc.forgetAttempt(no)
		if l != nil {
			l.close()
		}
		return
	}
	if err != nil {
		nc.events.attemptOver(nc, at)
		nc.forgetAttempt(no)
		nc.step(reconnect.Event{
			Kind:       reconnect.Failed,
			Attempt:    no,
			Failure:    failureOf(err),
			Advertised: nc.urls.Advertised(at.server, named.urls, named.overTLS),
		})
		nc.tidyURLs()
		return
	}
	at.link = l
	nc.step(reconnect.Event{
		Kind:       reconnect.Established,
		Attempt:    no,
		Advertised: nc.urls.Advertised(l.url, l.info.ConnectURLs, l.tls != nil),
		TLS:        l.tls != nil,
	})
	nc.tidyURLs()
	// Whatever the machine did not adopt has lost the race.
	if at := nc.attempts[no]; at != nil {
		nc.cancelAttempt(no)
	}
}

func (nc *Conn) cancelAttempt(no uint32) {
	at := nc.attempts[no]
	if at == nil {
		return
	}
	nc.forgetAttempt(no)
	nc.events.attemptCancelled(nc, no, at)
	at.cancel()
	if at.link != nil {
		at.link.close()
	}
}

// adopt makes the attempt's link the connection: subscriptions first, then what
// was queued, then whatever is published from now on.
func (nc *Conn) adopt(no uint32, epoch uint64) {
	at := nc.attempts[no]
	if at == nil || at.link == nil {
		return
	}
	nc.forgetAttempt(no)
	l := at.link
	l.epoch = epoch
	l.adopted = time.Since(nc.start)
	l.heard.Store(int64(l.adopted))
	nc.events.attemptSucceeded(nc, no, at)
	nc.state.setLink(l)
	nc.resume(l)
	nc.pinger.start(nc, l)
	go nc.readLoop(l)
}

// lost reports that a link is gone. Readers, writers and the pinger call it;
// only the first call for a link counts.
func (nc *Conn) lost(l *link, err error) {
	// Closing the socket makes the reader report its end as well; the cause is
	// the one that was there first.
	if !l.lost.CompareAndSwap(false, true) {
		return
	}
	l.endedBy.Store(&err)
	l.close()
	nc.drv.post(func() {
		if nc.state.current() != l {
			return
		}
		nc.whenUnlinked(func() {
			f := failureOf(l.cause(err))
			nc.state.setErr(f.Err) // whoever sees the new status finds the reason
			nc.step(reconnect.Event{Kind: reconnect.Lost, Epoch: l.epoch, Failure: f})
		})
	})
}

// whenUnlinked takes the connection's link out of use and then calls f, on the
// driver. The link's last write must be back before anyone can say what became
// of the queue; closing the socket brings it back at once.
func (nc *Conn) whenUnlinked(f func()) {
	l := nc.state.current()
	if l != nil {
		l.lost.Store(true) // what the reader says of the closed socket is no news
		l.close()
		nc.state.setLink(nil)
		nc.pinger.stop()
	}
	nc.out.detach(func(back bool) {
		if !back {
			nc.drv.post(func() { nc.afterDetach(l, f) })
			return
		}
		nc.afterDetach(l, f)
	})
}

func (nc *Conn) afterDetach(l *link, f func()) {
	if l != nil {
		nc.reportDoubt(l)
	}
	f()
}

// dropLink closes the connection's link without telling the machine, which
// asked for it.
func (nc *Conn) dropLink() {
	if nc.state.current() != nil {
		nc.whenUnlinked(func() {})
	}
}

// askDelay and askServer ask the user outside the driver: the answer comes back
// as an event, however long it takes.
func (nc *Conn) askDelay(token uint32, passes int) {
	cb := nc.Opts.CustomReconnectDelayCB
	go func() {
		d := nc.Opts.ReconnectWait
		if cb != nil { // the program may have taken it away since
			d = cb(passes)
		}
		nc.event(reconnect.Event{Kind: reconnect.DelayAnswer, Token: token, Delay: d})
	}()
}

func (nc *Conn) askServer(token uint32) {
	cb := nc.Opts.ReconnectToServerCB
	pool := nc.ServerPool()
	info, _ := nc.state.serverInfo()
	go func() {
		var srv *Server
		var delay time.Duration
		if cb != nil {
			srv, delay = cb(pool, info)
		}
		ev := reconnect.Event{Kind: reconnect.ServerAnswer, Token: token, Delay: delay}
		if srv != nil && srv.URL != nil {
			ev.URL = nc.urls.KeyOf(srv.URL)
			if !nc.inPool(ev.URL) {
				err := detailed(ErrServerNotInPool, "%w: %s", ErrServerNotInPool, address.Redact(srv.URL))
				nc.state.setErr(err)
				nc.events.errorEvent(nc, nil, err)
				nc.events.reconnectFailed(nc, nc.Opts.told(err))
			}
		}
		nc.event(ev)
	}()
}

func (nc *Conn) inPool(key string) bool {
	return slices.ContainsFunc(nc.machineServers(), func(s reconnect.Server) bool { return s.URL == key })
}

// failureOf sorts an error into the kinds that the machine tells apart.
func failureOf(err error) reconnect.Failure {
	f := reconnect.Failure{Kind: reconnect.Network, Err: err}
	var ne net.Error
	var ce *ConnError
	switch {
	case errors.As(err, &ce) && ce.own:
		f.Kind = reconnect.Local
	case isAuthError(err):
		f.Kind = reconnect.Auth
		f.Reason = authReason(err)
	case errors.Is(err, ErrStaleConnection):
		f.Kind = reconnect.Stale
	case errors.Is(err, ErrMaxConnectionsExceeded), errors.Is(err, ErrMaxAccountConnectionsExceeded):
		f.Kind = reconnect.Refused
	case errors.Is(err, ErrSecureConnRequired), errors.Is(err, ErrSecureConnWanted), errors.Is(err, ErrTLS):
		f.Kind = reconnect.TLS
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrTimeout), errors.As(err, &ne) && ne.Timeout():
		f.Kind = reconnect.TimedOut
	}
	return f
}
