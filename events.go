package nats

import "errors"

// The methods below turn events into calls of the user's handlers. The handler
// is looked up in the options when its turn comes, so that one that was replaced
// meanwhile is not called any more.

func (d *dispatcher) conn(l lane, nc *Conn, field *ConnHandler) {
	d.post(l, func() { callConn(nc, field) })
}

func callConn(nc *Conn, field *ConnHandler) {
	if cb := handler(nc, field); cb != nil {
		cb(nc)
	}
}

func (d *dispatcher) closed(nc *Conn)      { d.conn(laneClosed, nc, &nc.Opts.ClosedCB) }
func (d *dispatcher) reconnected(nc *Conn) { d.conn(laneReconnected, nc, &nc.Opts.ReconnectedCB) }

// What a server can cause as often as it likes has a bound while it waits.

func (d *dispatcher) discovered(nc *Conn) {
	nc.reports.post(d, laneDiscovered, 0, func() { callConn(nc, &nc.Opts.DiscoveredServersCB) })
}

func (d *dispatcher) lameDuck(nc *Conn) {
	nc.reports.post(d, laneLameDuck, 0, func() { callConn(nc, &nc.Opts.LameDuckModeHandler) })
}

// connected tells of the first connection ever. When it came late, after Connect
// had returned, the reconnect handler stands in for a missing connect handler.
func (d *dispatcher) connected(nc *Conn, late bool) {
	if handler(nc, &nc.Opts.ConnectedCB) == nil && late {
		d.reconnected(nc)
		return
	}
	d.conn(laneConnected, nc, &nc.Opts.ConnectedCB)
}

func (d *dispatcher) disconnected(nc *Conn, err error) {
	err = nc.Opts.told(err)
	d.post(laneDisconnected, func() {
		if cb := handler(nc, &nc.Opts.DisconnectedErrCB); cb != nil {
			cb(nc, err)
		} else if cb := handler(nc, &nc.Opts.DisconnectedCB); cb != nil {
			cb(nc)
		}
	})
}

// reconnectFailed tells of an attempt, or of a first pass of them, that failed.
func (d *dispatcher) reconnectFailed(nc *Conn, err error) {
	d.post(laneReconnectFailed, func() {
		if cb := handler(nc, &nc.Opts.ReconnectErrCB); cb != nil {
			cb(nc, err)
		}
	})
}

// attemptFailed tells of an attempt in all detail.
func (d *dispatcher) attemptFailed(nc *Conn, err error) {
	var ce *ConnError
	if cb := handler(nc, &nc.Opts.AttemptCB); cb != nil && errors.As(err, &ce) {
		d.post(laneAttempt, func() { cb(nc, ce) })
	}
}

// asyncError records the error and tells the error handler.
func (d *dispatcher) asyncError(nc *Conn, sub *Subscription, err error) {
	nc.state.setErr(err)
	d.handlerError(nc, sub, err)
}

// handlerError tells the error handler of what the connection itself is well with.
func (d *dispatcher) handlerError(nc *Conn, sub *Subscription, err error) {
	d.post(laneError, func() { nc.tellError(sub, err) })
}

// tellError calls the error handler: the program's with the error that it may
// compare, the one that prints with all that is known.
func (nc *Conn) tellError(sub *Subscription, err error) {
	cb := handler(nc, &nc.Opts.AsyncErrorCB)
	switch {
	case cb == nil:
	case prints(cb):
		cb(nc, sub, err)
	default:
		cb(nc, sub, nc.Opts.told(err))
	}
}

func (d *dispatcher) inDoubt(nc *Conn, doubt InDoubt) {
	if cb := handler(nc, &nc.Opts.InDoubtCB); cb != nil {
		d.post(laneInDoubt, func() { cb(nc, doubt) })
	}
}

// dropped tells of messages that were given up. Runs of them that nobody has been
// told of yet are summed up, so that giving up at full speed takes no memory.
func (d *dispatcher) dropped(nc *Conn, m *DroppedMsg) {
	sum := m.Subject == ""
	d.mu.Lock()
	if last := d.drop; sum && last != nil && last.Err == m.Err {
		last.Msgs += m.Msgs
		last.Size += m.Size
		d.mu.Unlock()
		return
	}
	if d.drop = nil; sum {
		d.drop = m
	}
	d.mu.Unlock()

	tell := func(h func()) func() {
		return func() {
			d.mu.Lock()
			if d.drop == m {
				d.drop = nil // no longer ours to change
			}
			d.mu.Unlock()
			h()
		}
	}
	if cb := handler(nc, &nc.Opts.MessageDroppedCB); cb != nil {
		d.post(laneDropped, tell(func() { cb(nc, m) }))
		return
	}
	d.post(laneError, tell(func() { nc.tellError(nil, &DroppedError{Msg: *m}) }))
}
