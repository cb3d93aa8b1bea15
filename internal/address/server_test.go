package address

import (
	"errors"
	"strings"
	"testing"
)

func TestServerURL(t *testing.T) {
	for _, c := range []struct{ in, url, key string }{
		{"localhost", "nats://localhost:4222", "nats://localhost:4222"},
		{"127.0.0.1:5222", "nats://127.0.0.1:5222", "nats://127.0.0.1:5222"},
		{" nats://Host:1 ", "nats://Host:1", "nats://host:1"},
		{"NATS://host", "nats://host:4222", "nats://host:4222"},
		{"tls://host", "tls://host:4222", "nats://host:4222"},
		{"tcp://host", "tcp://host:4222", "nats://host:4222"},
		{"ws://host", "ws://host:80", "ws://host:80"},
		{"wss://host/path", "wss://host:443/path", "ws://host:443"},
		{"wss://host:8080", "wss://host:8080", "ws://host:8080"},
		{"u:p@host", "nats://u:p@host:4222", "nats://host:4222"},
		{"tok@host", "nats://tok@host:4222", "nats://host:4222"},
		{"nats://u:p%40@host", "nats://u:p%40@host:4222", "nats://host:4222"},
		{"[::1]", "nats://[::1]:4222", "nats://[::1]:4222"},
		{"nats://[::1]:5", "nats://[::1]:5", "nats://[::1]:5"},
		{"nats://[fe80::1%25lo]:5", "nats://[fe80::1%25lo]:5", "nats://[fe80::1%lo]:5"},
		{":5222", "nats://:5222", "nats://:5222"},
		{"host:", "nats://host:4222", "nats://host:4222"},
		{"nats://host:1/path", "nats://host:1/path", "nats://host:1"},
	} {
		s, err := Parse(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if got := s.url.String(); got != c.url || s.key != c.key {
			t.Errorf("%q: URL %q and key %q, want %q and %q", c.in, got, s.key, c.url, c.key)
		}
	}
}

func TestServerURLRefused(t *testing.T) {
	for in, why := range map[string]string{
		"":                         "empty",
		"   ":                      "empty",
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
		_, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), why) || strings.Contains(why, "between 1 and 65535") != (e.Fault == BadPort) {
			t.Errorf("%q: %v; want an Error that says %q", in, err, why)
		}
	}
}

// A scheme that the client doesn't know is taken for nats, and whoever can't be
// reached by it gets a hint.
func TestUnknownSchemesMeanNATS(t *testing.T) {
	for in, hint := range map[string]string{
		"foo://host": `scheme "foo" is taken for nats`, "http://host": "ws://", "https://host": "wss://", "nats://host": "",
	} {
		s, err := Parse(in)
		if err != nil || s.key != "nats://host:4222" || s.Secure() {
			t.Errorf("%q: %+v, %v", in, s, err)
			continue
		}
		if got := s.SchemeHint(); !strings.Contains(got, hint) || (got == "") != (hint == "") {
			t.Errorf("%q: hint %q, want one that says %q", in, got, hint)
		}
	}
}

func TestURLCredentials(t *testing.T) {
	for in, want := range map[string][3]string{
		"host":             {},
		"@host":            {},
		"user:pass@host":   {"user", "pass", ""},
		"user:p%40ss@host": {"user", "p@ss", ""},
		"token@host":       {"", "", "token"},
	} {
		s, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		user, pass, token, said := s.Credentials()
		if got := [3]string{user, pass, token}; got != want || said != strings.Contains(in, "@") {
			t.Errorf("%q: %q, %v, want %q", in, got, said, want)
		}
	}
}
