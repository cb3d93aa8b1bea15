package main

import (
	"context"
	"time"

	"github.com/evernats/nats"
)

type evernatsClient struct{ nc *nats.Conn }

func connectEvernats(url string, o connOptions) (client, error) {
	opts := []nats.Option{nats.Name("evernats"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { complain("evernats", err) })}
	if o.reconnectSoon {
		opts = append(opts, nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1))
	}
	if o.reconnected != nil {
		opts = append(opts, nats.ReconnectHandler(func(*nats.Conn) { o.reconnected() }))
	}
	if o.disconnected != nil {
		opts = append(opts, nats.DisconnectErrHandler(func(*nats.Conn, error) { o.disconnected() }))
	}
	if o.migrate {
		opts = append(opts, nats.LameDuckMigration(true))
	}
	if o.atLeastOnce {
		opts = append(opts, nats.AtLeastOnce())
	}
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, err
	}
	return evernatsClient{nc}, nil
}

func (c evernatsClient) publish(subj string, data []byte) error { return c.nc.Publish(subj, data) }

func (c evernatsClient) publishHeader(subj string, data []byte, h map[string][]string) error {
	return c.nc.PublishMsg(&nats.Msg{Subject: subj, Data: data, Header: h})
}

func (c evernatsClient) flush() error { return c.nc.Flush() }
func (c evernatsClient) close()       { c.nc.Close() }

func (c evernatsClient) request(subj string, data []byte, timeout time.Duration) error {
	_, err := c.nc.Request(subj, data, timeout)
	return err
}

func (c evernatsClient) receive(how, subj string, pending int, each func([]byte)) error {
	var sub *nats.Subscription
	var err error
	switch how {
	case byCallback:
		sub, err = c.nc.Subscribe(subj, func(m *nats.Msg) { each(m.Data) })
	case byLent:
		sub, err = c.nc.SubscribeLent(subj, func(m *nats.LentMsg) { each(m.Data) })
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

func (c evernatsClient) keep(subj string, each func(any)) error {
	sub, err := c.nc.Subscribe(subj, func(m *nats.Msg) { each(m) })
	if err != nil {
		return err
	}
	return sub.SetPendingLimits(-1, -1)
}

func (c evernatsClient) serve(subj string, each func(func([]byte) error)) error {
	_, err := c.nc.Subscribe(subj, func(m *nats.Msg) { each(m.Respond) })
	return err
}

func (c evernatsClient) idle(subj string) error {
	_, err := c.nc.Subscribe(subj, func(*nats.Msg) {})
	return err
}

func (c evernatsClient) server() string { return c.nc.ConnectedUrl() }

// move goes to another server, without a gap.
func (c evernatsClient) move() (reconnects bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	must(c.nc.Migrate(ctx))
	return false
}
