package natstest

import "errors"

// obey does what a server does about an operation.
func (c *Conn) obey(op Op, b Behavior) error {
	wants := c.wishes()
	switch op.Kind {
	case "CONNECT":
		if b.Say != "" {
			c.Send(b.Say)
		}
		if b.Refuse != "" {
			c.SendErr(b.Refuse)
			c.drained()
			return errors.New("refused: " + b.Refuse)
		}
	case "PING":
		if !b.NoPong {
			c.answer("PONG\r\n")
		}
		return nil
	case "PONG":
		return nil
	case "SUB":
		c.bus.add(&sub{conn: c, subject: op.Subject, queue: op.Queue, sid: op.SID})
	case "UNSUB":
		c.bus.unsub(c, op.SID, op.Max)
	case "PUB", "HPUB":
		c.publish(op, wants)
	}
	if wants.Verbose {
		c.answer("+OK\r\n")
	}
	return nil
}

func (c *Conn) publish(op Op, wants wishes) {
	echo := wants.Echo == nil || *wants.Echo
	n := c.bus.route(c, echo, op.Subject, func(s *sub) {
		header := op.Header
		if !s.conn.wishes().Headers {
			header = ""
		}
		s.conn.answer(msgLine(op.Subject, s.sid, op.Reply, header, op.Payload))
	})
	if n > 0 || op.Reply == "" || !wants.NoResponders {
		return
	}
	c.bus.route(nil, true, op.Reply, func(s *sub) {
		s.conn.answer(msgLine(op.Reply, s.sid, "", "NATS/1.0 503\r\n\r\n", ""))
	})
}
