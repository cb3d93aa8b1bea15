package nats

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/send"
)

// A URL that can't be used is an ErrBadURL that says why. Bare it is what the standard
// library has for it: a port that doesn't exist is the dialer's error.
func TestBadURLs(t *testing.T) {
	for in, why := range map[string]string{
		"nats//host:1":             "misspelt nats://",
		"nats:/host:1":             "misspelt nats://",
		"nats:// host":             "invalid character",
		"nats://a b:1":             "invalid character",
		"nats://host:port":         "invalid port",
		"host:-1":                  "invalid port",
		"host:99999":               "between 1 and 65535",
		"::1":                      "[::1]",
		"1:2:3":                    "brackets",
		"a,b":                      "comma",
		"\x7fnats://host":          "control character",
		"nats://%zz@host":          "percent-encoded",
		"nats://user:pa/ss@host":   "percent-encoded",
		"nats://user:pa ss@host:1": "percent-encoded",
	} {
		_, _, err := parseServers([]string{in})
		if !errors.Is(err, ErrBadURL) || !strings.HasPrefix(err.Error(), ErrBadURL.Error()+" \"") || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v; want ErrBadURL that says %q", in, err, why)
		}
		var ue *url.Error
		var oe *net.OpError
		bare := plain(err)
		if !errors.As(err, &ue) && !errors.As(err, &oe) || bare != error(ue) && bare != error(oe) {
			t.Errorf("%q: neither *url.Error nor *net.OpError, but %T", in, bare)
		}
		if (oe != nil) != (in == "host:99999") || ue != nil && !errors.Is(bare, ErrBadURL) {
			t.Errorf("%q: bare it is %T: %v", in, bare, bare)
		}
	}
}

func TestBadURLsHideCredentials(t *testing.T) {
	for _, in := range []string{
		"nats://user:s3cret@ho st", "nats://s3cret@host:port", "user:s3cret@a,b", "foo://s3cret@host:port",
		"nats://user:s3cr/s3cret@host", "nats://user:%zzs3cret@host", "user:s3cret@:99999",
		"nats://user:x@s3cret@host:port", "s3cret:s3cret@::1",
	} {
		_, _, err := parseServers([]string{in})
		if !errors.Is(err, ErrBadURL) {
			t.Errorf("%q: %v, want ErrBadURL", in, err)
			continue
		}
		for _, text := range []string{err.Error(), plain(err).Error()} {
			if strings.Contains(text, "s3cr") {
				t.Errorf("%q: the error shows the secret: %s", in, text)
			}
		}
	}
}

func TestServersOfTheOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		keys string
	}{
		{"none", Options{}, "nats://127.0.0.1:4222"},
		{"empty ones", Options{Servers: []string{"", " "}}, "nats://127.0.0.1:4222"},
		{"Url first", Options{Url: "b", Servers: []string{"a", "c"}}, "nats://b:4222 nats://a:4222 nats://c:4222"},
		{"twice", Options{Url: "a", Servers: []string{"A", "a/"}}, "nats://a:4222"},
		{"a user and a token handler", Options{Url: "u:p@a", TokenHandler: func() string { return "" }}, "nats://a:4222"},
	} {
		list, bad, err := c.o.servers()
		var keys []string
		for _, s := range list {
			keys = append(keys, s.Key())
		}
		if got := strings.Join(keys, " "); got != c.keys || bad != nil || err != nil {
			t.Errorf("%s: %s, bad %v, %v, want %s", c.name, got, bad, err, c.keys)
		}
	}
	if DefaultPort != address.DefaultPort {
		t.Errorf("without a port it is %d, not DefaultPort", address.DefaultPort)
	}
}

func TestServersOfTheOptionsRefused(t *testing.T) {
	for _, servers := range [][]string{{"ws://a", "nats://b"}, {"tls://a", "b", "wss://c"}} {
		_, _, err := (&Options{Servers: servers}).servers()
		if !errors.Is(err, ErrMixingWebsocketSchemes) || plain(err) != ErrMixingWebsocketSchemes || !strings.Contains(err.Error(), servers[0]) {
			t.Errorf("%q: %v, want ErrMixingWebsocketSchemes", servers, err)
		}
	}
	if _, _, err := (&Options{Servers: []string{"a", "b:port"}}).servers(); !errors.Is(err, ErrBadURL) {
		t.Errorf("a malformed one among good ones: %v, want ErrBadURL", err)
	}
	list, bad, err := (&Options{Servers: []string{"a", "b:99999", "foo://c", ":99999"}}).servers()
	if len(list) != 2 || len(bad) != 2 || err != nil || !errors.Is(bad[0], ErrBadURL) {
		t.Errorf("unusable ones among good ones: %v, bad %v, %v", list, bad, err)
	}
	if _, _, err := (&Options{Servers: []string{"b:99999", ":99999"}}).servers(); !errors.Is(err, ErrBadURL) {
		t.Errorf("unusable ones alone: %v, want ErrBadURL", err)
	}
	handler := func() string { return "" }
	if _, _, err := (&Options{Url: "token@a", TokenHandler: handler}).servers(); !errors.Is(err, ErrTokenAlreadySet) {
		t.Errorf("a token in the URL and a handler: %v, want ErrTokenAlreadySet", err)
	}
}

// Every fault of the send side stands for an error that programs know.
func TestFaultsOfTheSendSide(t *testing.T) {
	if ofSend(nil) != nil {
		t.Error("no error is one")
	}
	for f := send.Closed; f <= send.Poison; f++ {
		if err := ofSend(f); err == nil || !strings.HasPrefix(err.Error(), "nats: ") {
			t.Errorf("%v: %v", f, err)
		}
	}
	if n := len(sendFaults); n != int(send.Poison)+1 {
		t.Errorf("%d errors for %d faults", n-1, send.Poison)
	}
	for _, c := range []struct {
		err  error
		text string
		is   []error
	}{
		{&send.FullError{Size: 9, Waiting: 8, Limit: 7}, "", []error{ErrReconnectBufExceeded}},
		{&send.FullError{Size: 9, Waiting: 8, Limit: 7, HeldLimit: 6}, "8 bytes wait for a connection; AtLeastOnceLimit allows 6", []error{ErrReconnectBufExceeded}},
		{&send.FullError{Size: 9, Waiting: 8, Limit: 7, Server: "nats://a"}, "8 bytes wait for server nats://a; ReconnectBufSize allows 7, and a message of 9", []error{ErrOutboundFull}},
		{&send.FullError{Size: 9, Waiting: 8, Limit: 7, Server: "nats://a", Stalled: 1500 * time.Millisecond, Held: 5, HeldLimit: 6}, "nats://a, which has taken nothing for 1.5s; with 5 unconfirmed ones that is what AtLeastOnceLimit allows (6)", []error{ErrOutboundFull}},
		{&send.NoRoomError{Size: 9, Why: context.Canceled}, "no room for 9 bytes", []error{ErrOutboundFull, context.Canceled}},
		{&send.NoRoomError{Size: 9, Why: send.OutOfTime}, "no room for 9 bytes", []error{ErrOutboundFull, ErrTimeout}},
		{&send.DoubtError{Server: "nats://a", Msgs: 3, Bytes: 4}, "connection to nats://a ended with 3 messages (4 bytes)", []error{ErrInDoubt}},
	} {
		err := ofSend(c.err)
		if !strings.Contains(err.Error(), c.text) {
			t.Errorf("%q, want %q in it", err, c.text)
		}
		for _, is := range c.is {
			if !errors.Is(err, is) {
				t.Errorf("%v isn't %v", err, is)
			}
		}
	}
}
