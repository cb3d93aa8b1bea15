package nats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// handshake takes one server from the dial to the PONG that says it has accepted
// the client. Whatever it waits for ends with ctx.
func (nc *Conn) handshake(ctx context.Context, t target) (*link, error) {
	h := &handshake{nc: nc, target: t, phase: phaseDial}
	if err := h.run(ctx); err != nil {
		if h.conn != nil {
			transport.Close(h.conn)
		}
		return nil, h.explain(ctx, err)
	}
	l := &link{conn: h.conn, url: t.server, info: h.info, rest: h.buf, resumes: transport.SurvivesWriteTimeout(h.conn)}
	l.tcp, _ = h.conn.(*net.TCPConn)
	l.now = transport.NewNowWriter(h.conn)
	l.acks = transport.NewAcks(h.conn)
	if st, ok := transport.TLSState(h.conn); ok {
		l.tls = &st
	}
	return l, nil
}

type handshake struct {
	nc     *Conn
	target target
	conn   net.Conn
	phase  string
	buf    []byte // read and not yet parsed
	parser wire.Parser
	info   ServerInfo
}

func (h *handshake) run(ctx context.Context) error {
	nc, srv := h.nc, h.target.server
	wss := srv.url.Scheme == schemeWSS || srv.websocket() && nc.urls.tlsOnly()
	var cfg *tls.Config
	u := *srv.url
	if wss {
		var err error
		h.phase = phaseTLS
		if cfg, err = h.tlsConfig(ctx); err != nil {
			return err
		}
		h.phase = phaseDial
		u.Scheme = schemeWSS
	}
	c, err := transport.Dial(ctx, &nc.transport, &u, cfg)
	if err != nil {
		return err
	}
	h.conn = c
	// From here on the socket's deadline is what ends a silent server; a
	// cancelled attempt ends at once.
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	if nc.Opts.TLSHandshakeFirst && !srv.websocket() {
		if err := h.upgrade(ctx); err != nil {
			return err
		}
	}
	if err := h.readInfo(); err != nil {
		return err
	}
	if !srv.websocket() && !nc.Opts.TLSHandshakeFirst {
		if err := h.startTLS(ctx); err != nil {
			return err
		}
	}
	if nc.Opts.NoEcho && h.info.Proto < 1 {
		return ErrNoEchoNotSupported
	}
	h.phase = phaseConnect
	var connect wire.ConnectInfo
	err = nc.asking.do(ctx, func() (err error) {
		connect, err = nc.connectInfo(h.target, &h.info, h.encrypted())
		return err
	})
	if err != nil {
		return err
	}
	hello := wire.AppendConnect(nil, &connect)
	hello = append(hello, wire.PingLine...)
	if _, err := h.conn.Write(hello); err != nil {
		// A server that refuses may hang up before it has read: what it said
		// is worth more than the broken pipe.
		if perr := h.awaitPong(); perr != nil && isAuthError(perr) {
			return perr
		}
		return err
	}
	if err := h.awaitPong(); err != nil {
		return err
	}
	if !stop() {
		return ctx.Err()
	}
	return h.conn.SetDeadline(time.Time{})
}

// startTLS encrypts the connection if the user or the server wants it.
func (h *handshake) startTLS(ctx context.Context) error {
	nc := h.nc
	wanted := nc.urls.tlsOnly() || h.target.server.secure()
	switch {
	case nc.transport.SkipTLSHandshake():
		return nil
	case wanted && !h.info.TLSRequired && !h.info.TLSAvailable:
		h.phase = phaseTLS
		return ErrSecureConnWanted
	case !wanted && !h.info.TLSRequired:
		return nil
	}
	return h.upgrade(ctx)
}

func (h *handshake) upgrade(ctx context.Context) error {
	h.phase = phaseTLS
	if len(h.buf) > 0 {
		// Plain bytes before the encryption could be anybody's.
		return errors.New("the server sent data before the TLS handshake")
	}
	cfg, err := h.tlsConfig(ctx)
	if err != nil {
		return err
	}
	c, err := transport.Upgrade(ctx, h.conn, cfg)
	if err != nil {
		return err
	}
	h.conn = c
	return nil
}

func (h *handshake) tlsConfig(ctx context.Context) (cfg *tls.Config, err error) {
	err = h.nc.asking.do(ctx, func() (err error) {
		cfg, err = h.nc.tlsConfig(h.target)
		return err
	})
	return cfg, err
}

func (h *handshake) encrypted() bool {
	_, ok := transport.TLSState(h.conn)
	return ok || h.nc.transport.SkipTLSHandshake()
}

func (h *handshake) readInfo() error {
	h.phase = phaseInfo
	var op wire.Op
	for {
		if err := h.next(&op); err != nil {
			return err
		}
		switch op.Kind {
		case wire.Info:
			return h.setInfo(op.Arg)
		case wire.Err:
			return fmt.Errorf("%w: %w", ErrNoInfoReceived, serverError(string(op.Arg)))
		default:
			return ErrNoInfoReceived
		}
	}
}

func (h *handshake) setInfo(arg []byte) error {
	info, err := wire.ParseInfo(arg)
	if err != nil {
		return err
	}
	h.info = ServerInfo(info)
	return nil
}

// awaitPong reads until the server has answered the PING behind CONNECT.
func (h *handshake) awaitPong() error {
	h.phase = phasePong
	var op wire.Op
	for {
		if err := h.next(&op); err != nil {
			return err
		}
		switch op.Kind {
		case wire.Pong:
			return nil
		case wire.Err:
			return serverError(string(op.Arg))
		case wire.Ping:
			if _, err := h.conn.Write(pongLine); err != nil {
				return err
			}
		case wire.Info:
			if err := h.setInfo(op.Arg); err != nil {
				return err
			}
		}
	}
}

// next reads one operation. op's slices are good until the next call.
func (h *handshake) next(op *wire.Op) error {
	for {
		n, err := h.parser.Next(h.buf, op)
		if err != nil {
			if h.phase == phaseInfo && !errors.Is(err, wire.ErrTooLarge) {
				return errors.Join(ErrNoInfoReceived, err)
			}
			return err
		}
		if n > 0 {
			h.buf = h.buf[n:]
			return nil
		}
		chunk := make([]byte, 4<<10)
		m, err := h.conn.Read(chunk)
		h.buf = append(h.buf, chunk[:m]...)
		if m == 0 && err != nil {
			return err
		}
	}
}

// explain says which server failed, in which phase, and what may help.
func (h *handshake) explain(ctx context.Context, err error) error {
	var ce *ConnError
	if errors.As(err, &ce) {
		return err
	}
	e := &ConnError{Phase: h.phase, Server: h.target.server.redacted(), Err: err}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Err = &timeoutError{after: h.nc.Opts.Timeout, err: err}
		e.Hint = "is it overloaded, or not a NATS server? see the Timeout option"
	case errors.Is(err, ErrSecureConnWanted):
		e.Hint = "the server offers no TLS; credentials are not sent in plain text"
	case isAuthError(err):
		e.Hint = "check the credentials"
	case errors.Is(err, ErrNoInfoReceived):
		e.Hint = "is it a NATS server, and the right port?"
	}
	return e
}

// timeoutError says that an attempt's time was up. It is ErrTimeout and whatever
// was going on.
type timeoutError struct {
	after time.Duration
	err   error
}

func (e *timeoutError) Error() string   { return "no answer within " + e.after.String() }
func (e *timeoutError) Timeout() bool   { return true }
func (e *timeoutError) Temporary() bool { return true }
func (e *timeoutError) Unwrap() []error { return []error{ErrTimeout, e.err} }

// turn lets one attempt at a time call the user's callbacks: attempts race, and
// callbacks are seldom written for that.
type turn chan struct{}

func (t turn) do(ctx context.Context, f func() error) error {
	select {
	case t <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t }()
	return f()
}
