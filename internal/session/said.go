package session

import (
	"fmt"
	"strings"

	"github.com/evernats/nats/internal/auth"
)

// SaidKind is what an -ERR is about.
type SaidKind uint8

// What an -ERR is about. A server that says one of the first six or the last in
// mid-connection hangs up next, and so may any.
const (
	SaidOther          SaidKind = iota
	SaidUnauthorized            // the credentials weren't accepted
	SaidUserExpired             // those of the user have expired
	SaidUserRevoked             // they were revoked
	SaidAccountExpired          // those of the account have expired
	SaidServerFull              // the server takes no more clients
	SaidAccountFull             // no more of the account
	SaidStale                   // the client didn't answer PINGs
	SaidTooManySubscriptions
	SaidSecure    // TLS is required
	SaidForbidden // by permissions: a publish or a subscription
	SaidTooLong   // a line was
	SaidUnknown   // the server couldn't make sense of what was sent
)

// saidTexts are how an -ERR begins, in lower case.
var saidTexts = [...]string{
	SaidUnauthorized:         "authorization violation",
	SaidUserExpired:          "user authentication expired",
	SaidUserRevoked:          "user authentication revoked",
	SaidAccountExpired:       "account authentication expired",
	SaidServerFull:           "maximum connections exceeded",
	SaidAccountFull:          "maximum account active connections exceeded",
	SaidStale:                "stale connection",
	SaidTooManySubscriptions: "maximum subscriptions exceeded",
	SaidSecure:               "secure connection",
	SaidForbidden:            "permissions violation",
	SaidTooLong:              "maximum control line exceeded",
	SaidUnknown:              "unknown protocol operation",
}

func (k SaidKind) text() string { return saidTexts[k] }

// credentials says whether it is about who the client is.
func (k SaidKind) credentials() bool { return k >= SaidUnauthorized && k <= SaidAccountExpired }

// full says whether there are too many clients.
func (k SaidKind) full() bool { return k == SaidServerFull || k == SaidAccountFull }

// Said is an -ERR.
type Said struct {
	Kind SaidKind
	Text string // as it came
}

// ReadErr reads the text of an -ERR.
func ReadErr(text string) *Said {
	lower := strings.ToLower(strings.TrimSpace(text))
	for k, t := range saidTexts {
		if t != "" && strings.HasPrefix(lower, t) {
			return &Said{SaidKind(k), text}
		}
	}
	return &Said{SaidOther, text}
}

// longestText is how much of an error of the server's is shown, in bytes.
const longestText = 4 << 10

// Error is the text, or the beginning of one that is long.
func (s *Said) Error() string {
	if len(s.Text) <= longestText {
		return s.Text
	}
	return fmt.Sprintf("%s … (%d bytes)", s.Text[:longestText], len(s.Text))
}

// Said takes in an -ERR that came in mid-connection, without the secrets in it. No text
// closes the client: if the server hangs up a reconnect follows, and then this may be why.
func (l *Link) Said(text string) *Said {
	said := ReadErr(text)
	said.Text = auth.Scrub(text, l.s.secrets(l.server)...)
	switch k := said.Kind; {
	case k == SaidTooLong:
		l.tooLong.Store(true)
	case k == SaidStale:
		l.Lost(said)
	case k.credentials() || k.full() || k == SaidUnknown:
		l.said.Store(said)
	}
	return said
}
