package nats

import (
	"strings"
)

// NewInbox returns a subject that nobody else uses, to be told to others as a
// reply subject and subscribed to: "_INBOX." and 22 random characters, which can't be
// guessed by those who know earlier ones. It knows nothing of a connection's
// CustomInboxPrefix; [Conn.NewInbox] does.
func NewInbox() string {
	return newInbox(InboxPrefix)
}

// NewInbox is like the function [NewInbox], with the prefix that the connection
// was given by [CustomInboxPrefix].
func (nc *Conn) NewInbox() string {
	return newInbox(nc.inboxPrefix())
}

func newInbox(prefix string) string {
	var buf [96]byte
	return string(appendInbox(append(buf[:0], prefix...)))
}

// inboxPrefix is what inboxes start with, the dot included.
func (nc *Conn) inboxPrefix() string {
	if nc == nil || nc.Opts.InboxPrefix == "" {
		return InboxPrefix
	}
	return nc.Opts.InboxPrefix + "."
}

var errInboxPrefix = &kindError{"nats: invalid custom prefix", ErrBadSubject}

// checkInboxPrefix refuses what can't start an inbox subject.
func checkInboxPrefix(p string) error {
	var why string
	switch {
	case p == "":
		why = "it is empty"
	case strings.ContainsAny(p, "*>"):
		why = "it has a wildcard in it"
	case strings.HasSuffix(p, "."):
		why = "it ends in a dot, which the client adds itself"
	case badSubject(p):
		why = "it has a space or an empty token in it"
	default:
		return nil
	}
	return detailed(errInboxPrefix, "%w %q for inboxes: %s", errInboxPrefix, p, why)
}
