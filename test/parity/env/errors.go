package env

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"
)

// ErrorNote is an error as two libraries can be compared on it.
type ErrorNote struct {
	Text      string
	Sentinels []string // the library's error variables that it Is
	Exactly   string   // the variable that it is identical to
	Classes   []string // what it is for the rest of Go
}

func (n *ErrorNote) String() string {
	switch {
	case n.Text == "":
		return "ok"
	case len(n.Sentinels) > 0:
		return strings.Join(n.Sentinels, "+")
	case len(n.Classes) > 0:
		return "<" + strings.Join(n.Classes, "+") + ">"
	}
	return "some error"
}

func (e *Env) note(err error) *ErrorNote {
	if err == nil {
		return &ErrorNote{}
	}
	n := &ErrorNote{Text: e.normalised(err.Error()), Classes: classes(err)}
	for _, s := range e.sentinels {
		if errors.Is(err, s.Err) {
			n.Sentinels = append(n.Sentinels, s.Name)
		}
		if err == s.Err {
			n.Exactly = s.Name
		}
	}
	return n
}

// classes says what err is apart from the library's own variables. How the
// end of a connection shows (EOF, reset, a pipe without a reader) depends on
// who was quicker, so all of these are one class.
func classes(err error) []string {
	var found []string
	is := func(class string, targets ...error) {
		for _, target := range targets {
			if errors.Is(err, target) {
				found = append(found, class)
				return
			}
		}
	}
	is("cancelled", context.Canceled)
	is("deadline", context.DeadlineExceeded)
	is("no such file", fs.ErrNotExist)
	is("refused", syscall.ECONNREFUSED)
	is("connection lost", io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed)
	var (
		timeout   net.Error
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		lookup    *net.DNSError
	)
	as := func(class string, target any) {
		if errors.As(err, target) {
			found = append(found, class)
		}
	}
	as("unknown authority", &authority)
	as("wrong host name", &hostname)
	as("invalid certificate", &invalid)
	as("certificate refused", &verify)
	as("not TLS", &record)
	as("unknown host", &lookup)
	if errors.As(err, &timeout) && timeout.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		found = append(found, "timeout")
	}
	return found
}
