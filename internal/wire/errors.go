package wire

import (
	"bytes"
	"errors"
	"strconv"
)

var (
	// ErrSyntax says that the peer sent something that is no NATS operation.
	ErrSyntax = errors.New("malformed protocol data")

	// ErrTooLarge says that a control line or a declared payload is past its
	// limit.
	ErrTooLarge = errors.New("protocol data past its limit")

	// ErrBadHeader says that a message's header block can't be read, or that a
	// header key can't be sent.
	ErrBadHeader = errors.New("malformed message header")
)

// maxExcerpt bounds the bytes of the stream that an error shows.
const maxExcerpt = 64

// SyntaxError tells what is wrong with the operation at the front of the
// buffer. It wraps [ErrSyntax] or [ErrTooLarge].
type SyntaxError struct {
	What    string // what is wrong, without data of the stream
	Excerpt string // the start of the offending line, at most 64 bytes; empty where it could hold a secret
	Err     error  // ErrSyntax or ErrTooLarge
}

func (e *SyntaxError) Error() string {
	s := e.Err.Error() + ": " + e.What
	if e.Excerpt != "" {
		s += ": " + strconv.Quote(e.Excerpt)
	}
	return s
}

// Unwrap returns ErrSyntax or ErrTooLarge.
func (e *SyntaxError) Unwrap() error { return e.Err }

// excerpt copies the start of the line at the front of buf.
func excerpt(buf []byte) string {
	if i := bytes.IndexByte(buf, '\n'); i >= 0 {
		buf = buf[:i]
	}
	buf = bytes.TrimSuffix(buf, []byte{'\r'})
	return string(buf[:min(len(buf), maxExcerpt)])
}

func syntaxErr(what string, line []byte) error {
	return &SyntaxError{What: what, Excerpt: excerpt(line), Err: ErrSyntax}
}

func tooLarge(what string, line []byte) error {
	return &SyntaxError{What: what, Excerpt: excerpt(line), Err: ErrTooLarge}
}
