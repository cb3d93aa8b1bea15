package session

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/evernats/nats/internal/transport"
)

// explain says which server failed, in which phase, and what may help.
func (h *handshake) explain(ctx context.Context, err error) *Error {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Err: err}
	}
	e.Phase, e.Server = h.phase, h.target.Server.Redacted()
	var said *Said
	var failed *transport.Error
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case e.Own:
	case errors.As(err, &failed) && failed.Phase == transport.PhaseTLS: // of wss
		e.Phase, e.TLS = PhaseTLS, true
	case h.phase == PhaseTLS:
		e.TLS = e.Fault != NoTLS
	default:
		// A server that refuses the client's certificate, or a proxy in front of
		// it, says so by hanging up, or by an alert, once the handshake is over.
		encrypted := failed != nil && failed.Phase == transport.PhaseWebSocket && h.wss
		if h.conn != nil {
			_, encrypted = transport.TLSState(h.conn)
		}
		e.TLS = encrypted && !late && hungUp(err)
	}
	switch {
	case late && !e.Own:
		e.Fault, e.After, e.Err = TimedOut, h.cfg.Timeout, h.timedOut(err)
		e.Hint = "is it overloaded, or not a NATS server? see the Timeout option"
	case e.Fault == NoTLS:
		e.Hint = "the server offers no TLS; credentials are not sent in plain text"
	case errors.As(err, &said) && said.Kind.credentials():
		e.Hint = "check the credentials"
	case e.Hint == "" && h.target.Server.SchemeHint() != "":
		e.Hint = h.target.Server.SchemeHint()
	case e.Fault == NoInfo:
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
	return op
}
