package nats

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// handshake takes one server from the dial to the PONG that says it has accepted
// the client. Whatever it waits for ends with ctx. One that fails returns what the
// server's INFO named nevertheless: who doesn't accept may know who does.
func (nc *Conn) handshake(ctx context.Context, t address.Target) (l *link, named hearsay, err error) {
	h := &handshake{nc: nc, target: t, phase: phaseDial}
	if err := h.run(ctx); err != nil {
		if h.conn != nil {
			transport.Close(h.conn)
		}
		if h.secured {
			named = hearsay{h.info.ConnectURLs, h.encrypted()}
		}
		return nil, named, h.explain(ctx, err)
	}
	l = &link{conn: h.conn, url: t.Server, info: h.info, rest: h.buf, resumes: transport.SurvivesWriteTimeout(h.conn)}
	l.tcp, _ = h.conn.(*net.TCPConn)
	l.now = transport.NewNowWriter(h.conn)
	l.acks = transport.NewAcks(h.conn)
	if st, ok := transport.TLSState(h.conn); ok {
		l.tls = &st
	}
	return l, hearsay{}, nil
}

// hearsay is what the INFO of a server that accepted nobody has named.
type hearsay struct {
	urls    []string
	overTLS bool
}

type handshake struct {
	nc     *Conn
	target address.Target
	conn   net.Conn
	phase  string
	buf    []byte // read and not yet parsed
	chunk  []byte
	read   int // bytes in all, and handshakeCost for each operation
	parser wire.Parser
	info   ServerInfo
	// secured says that the INFO was read and TLS is made, where it is wanted. An
	// INFO in front of a TLS handshake that fails could be anybody's.
	secured bool
	wss     bool // TLS is below the WebSocket
}

func (h *handshake) run(ctx context.Context) error {
	nc, srv := h.nc, h.target.Server
	h.wss = srv.WebSocket() && (srv.Secure() || nc.urls.TLSOnly())
	var cfg *tls.Config
	u := srv.URL()
	if h.wss {
		var err error
		h.phase = phaseTLS
		if cfg, err = h.tlsConfig(ctx); err != nil {
			return err
		}
		h.phase = phaseDial
		u.Scheme = address.SchemeWSS
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

	if nc.Opts.TLSHandshakeFirst && !srv.WebSocket() {
		if err := h.upgrade(ctx); err != nil {
			return err
		}
	}
	if err := h.readInfo(); err != nil {
		return err
	}
	if !srv.WebSocket() && !nc.Opts.TLSHandshakeFirst {
		if err := h.startTLS(ctx); err != nil {
			return err
		}
	}
	h.secured = true
	if nc.Opts.NoEcho && h.info.Proto < 1 {
		return ownError(ErrNoEchoNotSupported, "%w", ErrNoEchoNotSupported)
	}
	h.phase = phaseConnect
	var connect wire.ConnectInfo
	err = nc.asking.do(ctx, func() (err error) {
		connect, err = h.connectInfo()
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
		var said *serverSaid
		if perr := h.awaitPong(); errors.As(perr, &said) {
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

// connectInfo is what the client says of itself.
func (h *handshake) connectInfo() (wire.ConnectInfo, error) {
	s := auth.Server{Nonce: h.info.Nonce, Headers: h.info.Headers, Encrypted: h.encrypted()}
	s.User, s.Password, s.Token, s.InURL = h.target.Server.Credentials()
	client := clientOf(&h.nc.Opts)
	ci, err := client.Connect(&s)
	h.nc.given.add(ci.Pass, ci.AuthToken)
	return ci, ofAuth(err)
}

// startTLS encrypts the connection if the user or the server wants it.
func (h *handshake) startTLS(ctx context.Context) error {
	nc := h.nc
	wanted := nc.urls.TLSOnly() || h.target.Server.Secure() || h.target.TLS
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
			return detailed(ErrNoInfoReceived, "%w: the server says %q", ErrNoInfoReceived, shown(h.scrub(string(op.Arg))))
		default:
			return ErrNoInfoReceived
		}
	}
}

func (h *handshake) setInfo(arg []byte) error {
	info, err := readInfo(arg)
	if err != nil {
		return badInfo(arg, scrubbed(err, h.secrets()))
	}
	h.info = info
	return nil
}

// badInfo is what is wrong with an INFO, which programs know as the error of the
// JSON decoder.
func badInfo(arg []byte, err error) error {
	if len(arg) == 0 {
		return detailed(ErrNoInfoReceived, "%w: %w", ErrNoInfoReceived, err)
	}
	if bad := json.Unmarshal(arg, new(ServerInfo)); bad != nil {
		return detailed(bad, "%w", err)
	}
	return err
}

// awaitPong reads until the server has answered the PING behind CONNECT.
func (h *handshake) awaitPong() error {
	h.phase = phasePong
	h.parser.MaxPayload = 1 // nobody has subscribed to anything
	var op wire.Op
	for {
		if err := h.next(&op); err != nil {
			return err
		}
		switch op.Kind {
		case wire.Pong:
			return nil
		case wire.Err:
			text := string(op.Arg)
			return &serverSaid{text: h.scrub(text), kind: serverError(text, h.secrets()...)}
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

// handshakeLimit bounds what a server may send before the handshake is over: an INFO
// of the largest size, and another one.
const (
	handshakeLimit = 2*wire.DefaultMaxInfo + 64<<10
	handshakeCost  = 256 // what an operation counts besides its bytes
)

var errTalkative = errors.New("the server sends more than belongs to a handshake")

// next reads one operation. op's slices are good until the next call.
func (h *handshake) next(op *wire.Op) error {
	for {
		n, err := h.parser.Next(h.buf, op)
		if err != nil {
			switch {
			case h.phase == phaseInfo && !errors.Is(err, wire.ErrTooLarge):
				return detailed(ErrNoInfoReceived, "%w: %w", ErrNoInfoReceived, scrubbed(err, h.secrets()))
			case h.phase == phasePong:
				line, _, _ := bytes.Cut(h.buf, []byte("\r\n"))
				return detailed(fmt.Errorf("nats: expected 'PONG', got '%s'", h.scrub(string(line))), "%w", scrubbed(err, h.secrets()))
			}
			return err
		}
		if n > 0 {
			h.buf = h.buf[n:]
			h.read += handshakeCost
			return nil
		}
		if h.read > handshakeLimit {
			return errTalkative
		}
		if h.chunk == nil {
			h.chunk = make([]byte, 4<<10)
		}
		m, err := h.conn.Read(h.chunk)
		h.read += m
		h.buf = append(h.buf, h.chunk[:m]...)
		if m == 0 && err != nil {
			return err
		}
	}
}

func (h *handshake) secrets() []string { return h.nc.secrets(h.target.Server) }

func (h *handshake) scrub(text string) string { return auth.Scrub(text, h.secrets()...) }

// explain says which server failed, in which phase, and what may help.
func (h *handshake) explain(ctx context.Context, err error) error {
	var ce *ConnError
	if errors.As(err, &ce) {
		return err
	}
	e := &ConnError{Phase: h.phase, Server: h.target.Server.Redacted(), Err: err}
	var own *ownErr
	var failed *transport.Error
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case errors.As(err, &own):
		e.own = true
	case errors.As(err, &failed) && failed.Phase == transport.PhaseTLS: // of wss
		e.Phase, e.tls = phaseTLS, true
	case h.phase == phaseTLS:
		e.tls = !errors.Is(err, ErrSecureConnWanted)
	default:
		// A server that refuses the client's certificate, or a proxy in front of
		// it, says so by hanging up, or by an alert, once the handshake is over.
		encrypted := failed != nil && failed.Phase == transport.PhaseWebSocket && h.wss
		if h.conn != nil {
			_, encrypted = transport.TLSState(h.conn)
		}
		e.tls = encrypted && !late && hungUp(err)
	}
	switch {
	case late && !e.own:
		e.Err = h.timedOut(err)
		e.Hint = "is it overloaded, or not a NATS server? see the Timeout option"
	case errors.Is(err, ErrSecureConnWanted):
		e.Hint = "the server offers no TLS; credentials are not sent in plain text"
	case isAuthError(err):
		e.Hint = "check the credentials"
	case e.Hint == "" && h.target.Server.SchemeHint() != "":
		e.Hint = h.target.Server.SchemeHint()
	case errors.Is(err, ErrNoInfoReceived):
		e.Hint = "is it a NATS server, and the right port?"
	}
	return e
}

// hungUp says whether the peer has ended the connection.
func hungUp(err error) bool {
	var alert *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNRESET) || errors.As(err, &alert) && alert.Op == "remote error"
}

// timedOut is the error of an attempt whose time was up, as the socket would say
// it: which of the two notices first is chance.
func (h *handshake) timedOut(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) || !op.Timeout() {
		op = &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
		if h.conn != nil {
			op.Op, op.Source, op.Addr = "read", h.conn.LocalAddr(), h.conn.RemoteAddr()
		}
	}
	return &timeoutError{after: h.nc.Opts.Timeout, err: op}
}

// ownErr marks what the program's own code or options have failed.
type ownErr struct{ detail }

func ownError(plain error, format string, args ...any) error {
	return &ownErr{detail{plain, fmt.Errorf(format, args...)}}
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
