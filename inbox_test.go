package nats

import (
	"errors"
	"regexp"
	"testing"
)

func TestInboxes(t *testing.T) {
	for _, c := range []struct {
		name, inbox, want string
	}{
		{"package", NewInbox(), `^_INBOX\.[0-9A-Za-z]{22}$`},
		{"connection", (&Conn{}).NewInbox(), `^_INBOX\.[0-9A-Za-z]{22}$`},
		{"own prefix", (&Conn{Opts: Options{InboxPrefix: "_my.box"}}).NewInbox(), `^_my\.box\.[0-9A-Za-z]{22}$`},
	} {
		if !regexp.MustCompile(c.want).MatchString(c.inbox) {
			t.Errorf("%s: %q doesn't match %s", c.name, c.inbox, c.want)
		}
	}
	if a, b := NewInbox(), NewInbox(); a == b {
		t.Errorf("%q twice", a)
	}
}

func TestInboxPrefix(t *testing.T) {
	for _, p := range []string{"", "foo.", "foo.*", "foo.>", ">", "*", "foo*", ".foo", "foo..bar", "foo bar", "foo\tbar", "foo\r\n"} {
		var o Options
		err := CustomInboxPrefix(p)(&o)
		if !errors.Is(err, ErrBadSubject) || o.InboxPrefix != "" {
			t.Errorf("prefix %q: %v", p, err)
		}
		if p == "" {
			continue // in a struct, the default
		}
		o.InboxPrefix = p
		if err := o.validate(); !errors.Is(err, ErrBadSubject) {
			t.Errorf("prefix %q in a struct: %v", p, err)
		}
	}
	for _, p := range []string{"_INBOX", "foo", "foo.bar", "$SYS"} {
		var o Options
		if err := CustomInboxPrefix(p)(&o); err != nil || o.InboxPrefix != p || o.validate() != nil {
			t.Errorf("prefix %q: %v", p, err)
		}
	}
}
