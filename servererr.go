package nats

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// serverErrors are the texts of -ERR that have an error of their own.
var serverErrors = []struct {
	text string
	err  error
}{
	{STALE_CONNECTION, ErrStaleConnection},
	{AUTHORIZATION_ERR, ErrAuthorization},
	{AUTHENTICATION_EXPIRED_ERR, ErrAuthExpired},
	{AUTHENTICATION_REVOKED_ERR, ErrAuthRevoked},
	{ACCOUNT_AUTHENTICATION_EXPIRED_ERR, ErrAccountAuthExpired},
	{MAX_CONNECTIONS_ERR, ErrMaxConnectionsExceeded},
	{MAX_ACCOUNT_CONNECTIONS_ERR, ErrMaxAccountConnectionsExceeded},
	{MAX_SUBSCRIPTIONS_ERR, ErrMaxSubscriptionsExceeded},
	{"secure connection", ErrSecureConnRequired},
}

// serverError turns the text of an -ERR into an error that keeps the text.
func serverError(text string) error {
	lower := strings.ToLower(strings.TrimSpace(text))
	if strings.HasPrefix(lower, PERMISSIONS_ERR) {
		return fmt.Errorf("%w: %s", ErrPermissionViolation, text)
	}
	for _, e := range serverErrors {
		if strings.HasPrefix(lower, e.text) {
			return e.err
		}
	}
	return errors.New("nats: " + text)
}

func isAuthError(err error) bool {
	return errors.Is(err, ErrAuthorization) || errors.Is(err, ErrAuthExpired) ||
		errors.Is(err, ErrAuthRevoked) || errors.Is(err, ErrAccountAuthExpired)
}

// authReason tells two auth errors apart.
func authReason(err error) string {
	for _, e := range serverErrors {
		if errors.Is(err, e.err) {
			return e.text
		}
	}
	return err.Error()
}

// isTimeout says that a deadline passed, after which a socket can be used again.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &ne) && ne.Timeout() && !isUnacknowledged(err)
}

// isUnacknowledged says that the system has given the connection up, because the
// peer acknowledged nothing for too long (see StaleAfter). It looks like a
// deadline that passed, but nothing works any more.
func isUnacknowledged(err error) bool { return errors.Is(err, syscall.ETIMEDOUT) }

// processErr deals with an -ERR in mid-connection. No text closes the client: it
// is reported, and if the server hangs up a reconnect follows.
func (nc *Conn) processErr(l *link, text string) {
	err := serverError(text)
	switch {
	case errors.Is(err, ErrStaleConnection):
		nc.lost(l, err)
	case errors.Is(err, ErrPermissionViolation):
		nc.permissionDenied(err, text)
	case isAuthError(err):
		// The server hangs up next; the loss should say why.
		l.authErr.Store(&err)
		nc.events.asyncError(nc, nil, err)
	default:
		if errors.Is(err, ErrMaxConnectionsExceeded) || errors.Is(err, ErrMaxAccountConnectionsExceeded) {
			l.authErr.Store(&err)
		}
		nc.events.asyncError(nc, nil, err)
	}
}

// permissionDenied marks the one subscription that a permission error concerns.
// It is tried again at the next connection.
func (nc *Conn) permissionDenied(err error, text string) {
	sub := nc.deniedSubscription(text)
	if sub != nil {
		sub.mu.Lock()
		if nc.Opts.PermissionErrOnSubscribe {
			sub.denied = err
			if sub.wake != nil {
				sub.signal()
			}
		}
		sub.mu.Unlock()
		if sub.quiet {
			return
		}
	}
	nc.events.asyncError(nc, sub, err)
}

// deniedSubscription finds the subscription that a text like
//
//	Permissions Violation for Subscription to "foo" using queue "q"
//
// speaks of.
func (nc *Conn) deniedSubscription(text string) *Subscription {
	const what = "subscription to "
	i := strings.Index(strings.ToLower(text), what)
	if i < 0 {
		return nil
	}
	subject, rest := unquoted(text[i+len(what):])
	queue := ""
	if j := strings.Index(strings.ToLower(rest), "queue "); j >= 0 {
		queue, _ = unquoted(rest[j+len("queue "):])
	}
	for _, s := range nc.subs.all() {
		if s.Subject == subject && s.Queue == queue {
			return s
		}
	}
	return nil
}

// unquoted cuts a quoted word off the front.
func unquoted(s string) (word, rest string) {
	if s == "" || s[0] != '"' {
		return "", s
	}
	s = s[1:]
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}
