package nats

// The methods below turn events into calls of the user's handlers. The handler
// is looked up when its turn comes, so that one that was replaced meanwhile is
// not called any more.

func (d *dispatcher) conn(l lane, nc *Conn, pick func(*handlerSet) ConnHandler) {
	d.post(l, func() {
		nc.handlers.mu.Lock()
		cb := pick(&nc.handlers)
		nc.handlers.mu.Unlock()
		if cb != nil {
			cb(nc)
		}
	})
}

func (d *dispatcher) closed(nc *Conn) {
	d.conn(laneClosed, nc, func(h *handlerSet) ConnHandler { return h.closed })
}

func (d *dispatcher) reconnected(nc *Conn) {
	d.conn(laneReconnected, nc, func(h *handlerSet) ConnHandler { return h.reconnected })
}

func (d *dispatcher) discovered(nc *Conn) {
	nc.reports.post(d, laneDiscovered, 0, func() {
		if cb := getHandler(&nc.handlers, &nc.handlers.discovered); cb != nil {
			cb(nc)
		}
	})
}

// connected tells of the first connection ever. When it came late, after Connect
// had returned, the reconnect handler stands in for a missing connect handler.
func (d *dispatcher) connected(nc *Conn, late bool) {
	if cb := nc.Opts.ConnectedCB; cb != nil {
		d.post(laneConnected, func() { cb(nc) })
	} else if late {
		d.reconnected(nc)
	}
}

func (d *dispatcher) disconnected(nc *Conn, err error) {
	d.post(laneDisconnected, func() {
		nc.handlers.mu.Lock()
		withErr, plain := nc.handlers.disconnErr, nc.handlers.disconnected
		nc.handlers.mu.Unlock()
		if withErr != nil {
			withErr(nc, err)
		} else if plain != nil {
			plain(nc)
		}
	})
}

func (d *dispatcher) attemptFailed(nc *Conn, err error) {
	if cb := nc.Opts.ReconnectErrCB; cb != nil {
		d.post(laneAttemptFailed, func() { cb(nc, err) })
	}
}

func (d *dispatcher) lameDuck(nc *Conn) {
	if cb := nc.Opts.LameDuckModeHandler; cb != nil {
		nc.reports.post(d, laneLameDuck, 0, func() { cb(nc) })
	}
}

// asyncError records the error and tells the error handler.
func (d *dispatcher) asyncError(nc *Conn, sub *Subscription, err error) {
	nc.state.setErr(err)
	d.handlerError(nc, sub, err)
}

// handlerError tells the error handler of what the connection itself is well with.
func (d *dispatcher) handlerError(nc *Conn, sub *Subscription, err error) {
	d.post(laneError, func() {
		if cb := getHandler(&nc.handlers, &nc.handlers.async); cb != nil {
			cb(nc, sub, err)
		}
	})
}

func (d *dispatcher) inDoubt(nc *Conn, doubt InDoubt) {
	if cb := nc.Opts.InDoubtCB; cb != nil {
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
	if cb := nc.Opts.MessageDroppedCB; cb != nil {
		d.post(laneDropped, tell(func() { cb(nc, m) }))
		return
	}
	d.post(laneError, tell(func() {
		if cb := getHandler(&nc.handlers, &nc.handlers.async); cb != nil {
			cb(nc, nil, &DroppedError{Msg: *m})
		}
	}))
}
