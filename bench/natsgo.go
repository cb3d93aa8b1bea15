package main

import (
	"time"

	"github.com/nats-io/nats.go"
)

type natsGoClient struct{ nc *nats.Conn }

func connectNatsGo(url string, o connOptions) (client, error) {
	opts := []nats.Option{nats.Name("nats.go"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { complain("nats.go", err) })}
	if o.reconnectSoon {
		opts = append(opts, nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1))
	}
	if o.reconnected != nil {
		opts = append(opts, nats.ReconnectHandler(func(*nats.Conn) { o.reconnected() }))
	}
	if o.disconnected != nil {
		opts = append(opts, nats.DisconnectErrHandler(func(*nats.Conn, error) { o.disconnected() }))
	}
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, err
	}
	return natsGoClient{nc}, nil
}

func (c natsGoClient) publish(subj string, data []byte) error { return c.nc.Publish(subj, data) }

func (c natsGoClient) publishHeader(subj string, data []byte, h map[string][]string) error {
	return c.nc.PublishMsg(&nats.Msg{Subject: subj, Data: data, Header: h})
}

func (c natsGoClient) flush() error { return c.nc.Flush() }
func (c natsGoClient) close()       { c.nc.Close() }

func (c natsGoClient) request(subj string, data []byte, timeout time.Duration) error {
	_, err := c.nc.Request(subj, data, timeout)
	return err
}

func (c natsGoClient) receive(how, subj string, pending int, each func([]byte)) error {
	var sub *nats.Subscription
	var err error
	switch how {
	case byCallback:
		sub, err = c.nc.Subscribe(subj, func(m *nats.Msg) { each(m.Data) })
	case byLent:
		sub, err = c.nc.Subscribe(subj, func(m *nats.Msg) { each(m.Data) })
	case byChannel:
		ch := make(chan *nats.Msg, pending)
		_, err = c.nc.ChanSubscribe(subj, ch)
		go func() {
			for m := range ch { // as long as the process runs
				each(m.Data)
			}
		}()
		return err
	default:
		sub, err = c.nc.SubscribeSync(subj)
	}
	if err != nil {
		return err
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	switch how {
	case byNextMsg:
		go func() {
			for {
				m, err := sub.NextMsg(time.Hour)
				if err != nil {
					return
				}
				each(m.Data)
			}
		}()
	case byIterator:
		go func() {
			for m, err := range sub.Msgs() {
				if err != nil {
					return
				}
				each(m.Data)
			}
		}()
	}
	return nil
}

func (c natsGoClient) keep(subj string, each func(any)) error {
	sub, err := c.nc.Subscribe(subj, func(m *nats.Msg) { each(m) })
	if err != nil {
		return err
	}
	return sub.SetPendingLimits(-1, -1)
}

func (c natsGoClient) serve(subj string, each func(func([]byte) error)) error {
	_, err := c.nc.Subscribe(subj, func(m *nats.Msg) { each(m.Respond) })
	return err
}

func (c natsGoClient) idle(subj string) error {
	_, err := c.nc.Subscribe(subj, func(*nats.Msg) {})
	return err
}

func (c natsGoClient) server() string { return c.nc.ConnectedUrl() }

// move is the nearest that there is.
func (c natsGoClient) move() (reconnects bool) {
	must(c.nc.ForceReconnect())
	return true
}
