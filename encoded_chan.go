package nats

import "reflect"

// BindSendChan publishes the values that the program sends to a channel, in their
// order, on a goroutine that ends when the channel is closed. An error, be it of
// the encoder or of [Conn.Publish], is told to the error handler and ends it, too:
// after that nobody reads the channel any more. A closed connection shows at the
// next value.
//
// [ErrChanArg] says that channel is none that can be read.
func (c *EncodedConn) BindSendChan(subject string, channel any) error {
	ch := reflect.ValueOf(channel)
	if ch.Kind() != reflect.Chan || ch.Type().ChanDir()&reflect.RecvDir == 0 {
		return ErrChanArg
	}
	go func() {
		for {
			v, ok := ch.Recv()
			if !ok {
				return
			}
			if err := c.Publish(subject, v.Interface()); err != nil {
				c.Conn.events.handlerError(c.Conn, nil, err)
				return
			}
		}
	}()
	return nil
}

// BindRecvChan subscribes to a subject and sends what comes in to a channel, as
// values of its element's type. It waits until each is taken; what comes meanwhile
// is pending, within the subscription's limits. A message that can't be read is
// told to the error handler, with its subscription, and left out. If the program
// closes the channel the subscription ends; the channel is never closed here.
//
// The errors are those of [Conn.Subscribe], and [ErrChanArg] for a channel that
// can't be sent to.
func (c *EncodedConn) BindRecvChan(subject string, channel any) (*Subscription, error) {
	return c.BindRecvQueueChan(subject, "", channel)
}

// BindRecvQueueChan is BindRecvChan as a member of a queue group; an empty name is
// none.
func (c *EncodedConn) BindRecvQueueChan(subject, queue string, channel any) (*Subscription, error) {
	ch := reflect.ValueOf(channel)
	if ch.Kind() != reflect.Chan || ch.Type().ChanDir()&reflect.SendDir == 0 {
		return nil, ErrChanArg
	}
	of := ch.Type().Elem()
	return c.subscribe(subject, queue, func(m *Msg) {
		v, err := c.value(m, of)
		if err != nil {
			c.Conn.events.asyncError(c.Conn, m.Sub, undecoded(err))
			return
		}
		sendTo(ch, v, m.Sub)
	})
}

// sendTo waits until the value is taken or the subscription has ended.
func sendTo(ch, v reflect.Value, s *Subscription) {
	defer func() {
		// Sending to a closed channel panics, and nothing else does here.
		if recover() != nil {
			_ = s.Unsubscribe()
		}
	}()
	reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectSend, Chan: ch, Send: v},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(s.in.Over())},
	})
}
