package session

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// handshake takes one server from the dial to the PONG that says it has accepted
// the client. Whatever it waits for ends with ctx. One that fails returns what the
// server's INFO named nevertheless: who doesn't accept may know who does.
func (s *Session) handshake(ctx context.Context, cfg *AttemptConfig, asking turn, t address.Target) (l *Link, named hearsay, err error) {
	h := &handshake{s: s, cfg: cfg, asking: asking, target: t, phase: PhaseDial}
	if err := h.run(ctx); err != nil {
		if h.conn != nil {
			transport.Close(h.conn)
		}
		if h.secured {
			named = hearsay{h.info.ConnectURLs, h.encrypted()}
		}
		return nil, named, h.explain(ctx, err)
	}
	l = NewLink(s, h.conn, t.Server, h.info)
	l.rest = h.buf
	return l, hearsay{}, nil
}

// hearsay is what the INFO of a server that accepted nobody has named.
type hearsay struct {
	urls    []string
	overTLS bool
}

type handshake struct {
	s      *Session
	cfg    *AttemptConfig
	asking turn
	target address.Target
	conn   net.Conn
	phase  string
	buf    []byte // read and not yet parsed
	chunk  []byte
	read   int // bytes in all, and handshakeCost for each operation
	parser wire.Parser
	info   *wire.ServerInfo
	// secured says that the INFO was read and TLS is made, where it is wanted. An
	// INFO in front of a TLS handshake that fails could be anybody's.
	secured bool
	wss     bool // TLS is below the WebSocket
}

func (h *handshake) run(ctx context.Context) error {
	srv := h.target.Server
	h.wss = srv.WebSocket() && (srv.Secure() || h.s.urls.TLSOnly())
	var cfg *tls.Config
	u := srv.URL()
	if h.wss {
		var err error
		h.phase = PhaseTLS
		if cfg, err = h.tlsConfig(ctx); err != nil {
			return err
		}
		h.phase = PhaseDial
		u.Scheme = address.SchemeWSS
	}
	c, err := transport.Dial(ctx, &h.cfg.Transport, &u, cfg)
	if err != nil {
		return err
	}
	h.conn = c
	// From here on the socket's deadline is what ends a silent server; a
	// cancelled attempt ends at once.
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	if h.cfg.TLSFirst && !srv.WebSocket() {
		if err := h.upgrade(ctx); err != nil {
			return err
		}
	}
	if err := h.readInfo(); err != nil {
		return err
	}
	if !srv.WebSocket() && !h.cfg.TLSFirst {
		if err := h.startTLS(ctx); err != nil {
			return err
		}
	}
	h.secured = true
	if h.cfg.Client.NoEcho && h.info.Proto < 1 {
		return &Error{Fault: NoEcho, Own: true}
	}
	h.phase = PhaseConnect
	var connect wire.ConnectInfo
	err = h.asking.do(ctx, func() (err error) {
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
		var said *Said
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
	ci, err := h.cfg.Client.Connect(&s)
	h.s.gave(ci.Pass, ci.AuthToken)
	if err != nil {
		err = &Error{Own: true, Err: err}
	}
	return ci, err
}

// startTLS encrypts the connection if the user or the server wants it.
func (h *handshake) startTLS(ctx context.Context) error {
	wanted := h.s.urls.TLSOnly() || h.target.Server.Secure() || h.target.TLS
	switch {
	case h.cfg.Transport.SkipTLSHandshake():
		return nil
	case wanted && !h.info.TLSRequired && !h.info.TLSAvailable:
		h.phase = PhaseTLS
		return &Error{Fault: NoTLS}
	case !wanted && !h.info.TLSRequired:
		return nil
	}
	return h.upgrade(ctx)
}

func (h *handshake) upgrade(ctx context.Context) error {
	h.phase = PhaseTLS
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
	err = h.asking.do(ctx, func() (err error) {
		if cfg, err = h.cfg.TLS(h.target); err != nil {
			err = &Error{Own: true, Err: err}
		}
		return err
	})
	return cfg, err
}

func (h *handshake) encrypted() bool {
	_, ok := transport.TLSState(h.conn)
	return ok || h.cfg.Transport.SkipTLSHandshake()
}

func (h *handshake) readInfo() error {
	h.phase = PhaseInfo
	var op wire.Op
	for {
		if err := h.next(&op); err != nil {
			return err
		}
		switch op.Kind {
		case wire.Info:
			return h.setInfo(op.Arg)
		case wire.Err:
			return &Error{Fault: NoInfo, Err: fmt.Errorf("the server says %q", (&Said{Text: h.scrub(string(op.Arg))}).Error())}
		default:
			return &Error{Fault: NoInfo}
		}
	}
}

func (h *handshake) setInfo(arg []byte) error {
	info, err := readInfo(arg)
	if err != nil {
		return badInfo(arg, auth.ScrubError(err, h.secrets()...))
	}
	h.info = info
	return nil
}

// badInfo is what is wrong with an INFO, which programs know as the error of the
// JSON decoder.
func badInfo(arg []byte, err error) error {
	if len(arg) == 0 {
		return &Error{Fault: NoInfo, Err: err}
	}
	if bad := json.Unmarshal(arg, new(wire.ServerInfo)); bad != nil {
		return &Error{Fault: BadInfo, Err: err, Bare: bad}
	}
	return err
}

// awaitPong reads until the server has answered the PING behind CONNECT.
func (h *handshake) awaitPong() error {
	h.phase = PhasePong
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
			said := ReadErr(string(op.Arg))
			said.Text = h.scrub(said.Text)
			return said
		case wire.Ping:
			if _, err := h.conn.Write([]byte(wire.PongLine)); err != nil {
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
			case h.phase == PhaseInfo && !errors.Is(err, wire.ErrTooLarge):
				return &Error{Fault: NoInfo, Err: auth.ScrubError(err, h.secrets()...)}
			case h.phase == PhasePong:
				line, _, _ := bytes.Cut(h.buf, []byte("\r\n"))
				return &Error{Fault: NoPong, Text: h.scrub(string(line)), Err: auth.ScrubError(err, h.secrets()...)}
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

// secrets are those that the server may say again.
func (h *handshake) secrets() []string {
	c := &h.cfg.Client
	return append(h.s.secrets(h.target.Server), c.Password, c.Token)
}

func (h *handshake) scrub(text string) string { return auth.Scrub(text, h.secrets()...) }
