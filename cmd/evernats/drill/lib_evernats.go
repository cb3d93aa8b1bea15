package drill

import (
	"time"

	"github.com/evernats/nats"
)

type evernatsClient struct{ nc *nats.Conn }

func connectEvernats(t *Target, p profile, d *dialer, h handlers) (client, error) {
	opts := []nats.Option{
		nats.Name(programName),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { h.disconnected(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { h.reconnected() }),
		nats.ClosedHandler(func(*nats.Conn) { h.closed() }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	switch p {
	case atLeastOnce:
		opts = append(opts, nats.Resilient(), nats.AtLeastOnce())
	case resilient:
		opts = append(opts, nats.Resilient(), nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) { h.inDoubt(d.Msgs) }))
	default:
		opts = append(opts, nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) { h.inDoubt(d.Msgs) }))
	}
	return openEvernats(t, t.programUser(), append(opts, nats.SetCustomDialer(d)))
}

// connectWitness connects past the fault layer.
func connectWitness(t *Target, h handlers) (client, error) {
	return openEvernats(t.forWitness(), t.witnessUser(), []nats.Option{
		nats.Name(witnessName), nats.Resilient(), nats.AtLeastOnce(), nats.RetryOnFailedConnect(false),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { h.disconnected(err) }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	})
}

func openEvernats(t *Target, u user, opts []nats.Option) (client, error) {
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
	return evernatsClient{nc}, nil
}

func (c evernatsClient) publish(subject string, data []byte) error {
	return c.nc.Publish(subject, data)
}

func (c evernatsClient) subscribe(subject, queue string, each func(data []byte)) error {
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

func (c evernatsClient) request(subject string, data []byte, timeout time.Duration) error {
	_, err := c.nc.Request(subject, data, timeout)
	return err
}

func (c evernatsClient) flush(timeout time.Duration) error { return c.nc.FlushTimeout(timeout) }

func (c evernatsClient) close() { c.nc.Close() }
