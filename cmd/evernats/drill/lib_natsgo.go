package drill

import (
	"time"

	"github.com/nats-io/nats.go"
)

type natsGoClient struct{ nc *nats.Conn }

func connectNatsGo(t *Target, p profile, d *dialer, h handlers) (client, error) {
	opts := []nats.Option{
		nats.Name(programName),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { h.disconnected(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { h.reconnected() }),
		nats.ClosedHandler(func(*nats.Conn) { h.closed() }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
		nats.SetCustomDialer(d),
	}
	if p != plain {
		opts = append(opts, nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(), nats.RetryOnFailedConnect(true),
			nats.ReconnectWait(nearestWait), nats.ReconnectJitter(nearestJitter, nearestJitter),
			nats.PingInterval(nearestPing), nats.MaxPingsOutstanding(nearestOutstanding))
	}
	u := t.programUser()
	switch {
	case u.token != "":
		opts = append(opts, nats.Token(u.token))
	case u.name != "":
		opts = append(opts, nats.UserInfo(u.name, u.password))
	case u.creds != "":
		opts = append(opts, nats.UserCredentials(u.creds))
	case u.nkey != "":
		nkey, err := nats.NkeyOptionFromSeed(u.nkey)
		if err != nil {
			return nil, err
		}
		opts = append(opts, nkey)
	}
	if t.CA != "" {
		opts = append(opts, nats.RootCAs(t.CA))
	}
	if t.Cert != "" {
		opts = append(opts, nats.ClientCert(t.Cert, t.Key))
	}
	if t.TLSFirst {
		opts = append(opts, nats.Secure(), nats.TLSHandshakeFirst())
	}
	if t.InboxPrefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(t.InboxPrefix))
	}
	nc, err := nats.Connect(t.urls(), opts...)
	if err != nil {
		return nil, err
	}
	return natsGoClient{nc}, nil
}

func (c natsGoClient) publish(subject string, data []byte) error { return c.nc.Publish(subject, data) }

func (c natsGoClient) subscribe(subject, queue string, each func(data []byte)) error {
	s, err := c.nc.QueueSubscribe(subject, queue, func(m *nats.Msg) {
		each(m.Data)
		if m.Reply != "" {
			_ = m.Respond(nil)
		}
	})
	if err != nil {
		return err
	}
	// What waits in memory must not become a reason to lose something.
	return s.SetPendingLimits(-1, -1)
}

func (c natsGoClient) request(subject string, data []byte, timeout time.Duration) error {
	_, err := c.nc.Request(subject, data, timeout)
	return err
}

func (c natsGoClient) flush(timeout time.Duration) error { return c.nc.FlushTimeout(timeout) }

func (c natsGoClient) close() { c.nc.Close() }
