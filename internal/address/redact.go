package address

import (
	"net/url"
	"strings"
)

const hidden = "xxxxx"

// Redact is the URL with its password, or its token, replaced.
func Redact(u *url.URL) string {
	if u == nil {
		return ""
	}
	if u.User == nil {
		return u.String()
	}
	c := *u
	if _, both := u.User.Password(); both {
		c.User = url.UserPassword(u.User.Username(), hidden)
	} else {
		c.User = url.User(hidden)
	}
	return c.String()
}

// redactText does the same for a text that is no valid URL: everything that may
// be credentials goes.
func redactText(raw string) string {
	at := strings.LastIndexByte(raw, '@')
	if at < 0 {
		return raw
	}
	scheme := ""
	if i := strings.Index(raw, "://"); i >= 0 && i < at {
		scheme = raw[:i+3]
	}
	return scheme + hidden + raw[at:]
}
