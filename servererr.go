package nats

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
)

// serverErrors are the texts of -ERR that have an error of their own.
var serverErrors = []textError{
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

type textError struct {
	text string
	err  error
}

// serverError turns the text of an -ERR into an error that keeps the text, without the
// secrets that the server may have put into it.
func serverError(text string, secrets ...string) error {
	lower := strings.ToLower(strings.TrimSpace(text))
	if strings.HasPrefix(lower, PERMISSIONS_ERR) {
		return fmt.Errorf("%w: %s", ErrPermissionViolation, shown(auth.Scrub(text, secrets...)))
	}
	for _, e := range serverErrors {
		if strings.HasPrefix(lower, e.text) {
			return e.err
		}
	}
	return errors.New("nats: " + shown(auth.Scrub(text, secrets...)))
}

// known says whether an error is one of the texts'.
func known(err error) bool {
	return slices.ContainsFunc(serverErrors, func(e textError) bool { return e.err == err })
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
	err := serverError(text, nc.secrets(l.url)...)
	if isLineTooLong(text) {
		l.tooLong.Store(true)
	}
	switch {
	case errors.Is(err, ErrStaleConnection):
		nc.lost(l, err)
	case errors.Is(err, ErrPermissionViolation):
		nc.permissionDenied(l, err, text)
	case isAuthError(err):
		// The server hangs up next; the loss should say why.
		l.authErr.Store(&err)
		nc.events.serverError(nc, nil, err)
	case errors.Is(err, ErrMaxSubscriptionsExceeded):
		if nc.reqs.tooManySubscriptions(nc, err) {
			nc.events.serverError(nc, nil, err)
		}
	default:
		if errors.Is(err, ErrMaxConnectionsExceeded) || errors.Is(err, ErrMaxAccountConnectionsExceeded) {
			l.authErr.Store(&err)
		}
		nc.events.serverError(nc, nil, err)
	}
}

// givenSecrets are the passwords and tokens that servers were given last. One attempt
// at a time adds to them.
type givenSecrets struct{ list atomic.Pointer[[]string] }

// mostGiven is how many of them are remembered: a handler may return others each time.
const mostGiven = 4

func (g *givenSecrets) add(secrets ...string) {
	var list []string
	if known := g.list.Load(); known != nil {
		list = *known
	}
	for _, s := range secrets {
		if s != "" && !slices.Contains(list, s) {
			newer := append(slices.Clone(list[max(0, len(list)-mostGiven+1):]), s)
			g.list.Store(&newer)
			list = newer
		}
	}
}

// secrets are what a server may have been given that nobody else is to see: it could
// say it again.
func (nc *Conn) secrets(srv *address.Server) []string {
	list := []string{nc.Opts.Password, nc.Opts.Token}
	if given := nc.given.list.Load(); given != nil {
		list = append(list, *given...)
	}
	if srv != nil {
		_, password, token, _ := srv.Credentials()
		list = append(list, password, token)
	}
	return list
}

// scrubbed is an error that quotes what a server has sent, without the secrets in it.
func scrubbed(err error, secrets []string) error {
	text := err.Error()
	if clean := auth.Scrub(text, secrets...); clean != text {
		return &kindError{clean, err}
	}
	return err
}

// longestText is how much of an error of the server's is shown, in bytes.
const longestText = 4 << 10

// shown is the part of a text from a server that goes into an error.
func shown(text string) string {
	if len(text) <= longestText {
		return text
	}
	return fmt.Sprintf("%s … (%d bytes)", text[:longestText], len(text))
}
