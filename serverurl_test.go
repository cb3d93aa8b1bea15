package nats

import (
	"errors"
	"net"
	"net/url"
	"slices"
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
		s, err := parseServerURL(c.in)
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
		_, err := parseServerURL(in)
		if !errors.Is(err, ErrBadURL) || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v; want ErrBadURL that says %q", in, err, why)
		}
		// What programs are given: without a port that exists it's the dialer's error.
		var ue *url.Error
		var oe *net.OpError
		if bare := plain(err); !errors.As(err, &ue) && !errors.As(err, &oe) || bare != error(ue) && bare != error(oe) {
			t.Errorf("%q: neither *url.Error nor *net.OpError, but %T", in, bare)
		}
	}
}

// A scheme that the client doesn't know is taken for nats, and whoever can't be
// reached by it gets a hint.
func TestUnknownSchemesMeanNATS(t *testing.T) {
	for in, hint := range map[string]string{
		"foo://host": `scheme "foo" is taken for nats`, "http://host": "ws://", "https://host": "wss://", "nats://host": "",
	} {
		s, err := parseServerURL(in)
		if err != nil || s.key != "nats://host:4222" || s.secure() {
			t.Errorf("%q: %+v, %v", in, s, err)
			continue
		}
		if got := unknownScheme(s.url.Scheme); !strings.Contains(got, hint) || (got == "") != (hint == "") {
			t.Errorf("%q: hint %q, want one that says %q", in, got, hint)
		}
	}
}

func TestURLErrorsHideCredentials(t *testing.T) {
	for _, in := range []string{
		"nats://user:s3cret@ho st", "nats://s3cret@host:port", "user:s3cret@a,b", "foo://s3cret@host:port",
		"nats://user:s3cr/s3cret@host", "nats://user:%zzs3cret@host", "user:s3cret@:99999",
		"nats://user:x@s3cret@host:port", "s3cret:s3cret@::1",
	} {
		_, err := parseServerURL(in)
		if err == nil {
			t.Errorf("%q was accepted", in)
			continue
		}
		var ue *url.Error
		if !errors.As(err, &ue) {
			continue // there is a network error in its place, which has the port alone
		}
		for _, text := range []string{err.Error(), ue.Error()} {
			if strings.Contains(text, "s3cr") {
				t.Errorf("%q: the error shows the secret: %s", in, text)
			}
		}
	}
}

func TestRedacted(t *testing.T) {
	for in, want := range map[string]string{
		"nats://host:1":          "nats://host:1",
		"nats://user:pass@host":  "nats://user:xxxxx@host:4222",
		"nats://token@host":      "nats://xxxxx@host:4222",
		"nats://user:@host":      "nats://user:xxxxx@host:4222",
		"wss://user:p@host/path": "wss://user:xxxxx@host:443/path",
	} {
		s, err := parseServerURL(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.redacted(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := redactURL(nil); got != "" {
		t.Errorf("nil: %q", got)
	}
}

func TestURLCredentials(t *testing.T) {
	for in, want := range map[string][3]string{
		"host":             {},
		"user:pass@host":   {"user", "pass", ""},
		"user:p%40ss@host": {"user", "p@ss", ""},
		"token@host":       {"", "", "token"},
	} {
		s, err := parseServerURL(in)
		if err != nil {
			t.Fatal(err)
		}
		user, pass, token := s.credentials()
		if got := [3]string{user, pass, token}; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSplitURLs(t *testing.T) {
	for in, want := range map[string][]string{
		"":           nil,
		" , ":        nil,
		"a":          {"a"},
		"a, b ,,c:1": {"a", "b", "c:1"},
	} {
		if got := splitURLs(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestServerList(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		keys string
	}{
		{"none", Options{}, "nats://127.0.0.1:4222"},
		{"empty ones", Options{Servers: []string{"", " "}}, "nats://127.0.0.1:4222"},
		{"Url first", Options{Url: "b", Servers: []string{"a", "c"}}, "nats://b:4222 nats://a:4222 nats://c:4222"},
		{"twice", Options{Servers: []string{"a", "nats://a:4222", "A", "a/"}}, "nats://a:4222"},
		{"other scheme", Options{Servers: []string{"a", "tls://a"}}, "nats://a:4222 nats://a:4222#2"},
		{"other user", Options{Servers: []string{"u:p@a", "v:p@a", "u:p@a"}}, "nats://a:4222 nats://a:4222#2"},
		{"other path", Options{Servers: []string{"ws://a/x", "ws://a/y"}}, "ws://a:80 ws://a:80#2"},
	} {
		list, _, err := c.o.servers()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var keys []string
		for _, s := range list {
			keys = append(keys, s.key)
		}
		if got := strings.Join(keys, " "); got != c.keys {
			t.Errorf("%s: %s, want %s", c.name, got, c.keys)
		}
	}
}

func TestServerListRefused(t *testing.T) {
	for _, servers := range [][]string{{"ws://a", "nats://b"}, {"tls://a", "b", "wss://c"}} {
		if _, _, err := (&Options{Servers: servers}).servers(); !errors.Is(err, ErrMixingWebsocketSchemes) {
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
	if _, _, err := (&Options{Url: "u:p@a", TokenHandler: handler}).servers(); err != nil {
		t.Errorf("a user in the URL and a token handler: %v", err)
	}
}

func TestAdvertisedServer(t *testing.T) {
	for _, c := range []struct{ from, hostPort, want string }{
		{"nats://u:p@a", "10.0.0.1:4223", "nats://10.0.0.1:4223"},
		{"tls://a", "10.0.0.1:4223", "tls://10.0.0.1:4223"},
		{"wss://a/path", "[::1]:443", "wss://[::1]:443"},
	} {
		from, err := parseServerURL(c.from)
		if err != nil {
			t.Fatal(err)
		}
		s, err := advertisedServer(c.hostPort, from)
		if err != nil || s.url.String() != c.want {
			t.Errorf("%s told by %s: %v, %v, want %s", c.hostPort, c.from, s, err, c.want)
		}
	}
}

// What a server tells of others is addresses: nothing else has any effect.
func TestAdvertisedNonsense(t *testing.T) {
	from, err := parseServerURL("ws://u:p@a/path")
	if err != nil {
		t.Fatal(err)
	}
	for _, hostPort := range []string{
		"", ":", "a:b:c", "a:0", "a:65536", "a:-1", "a:99999999999999999999", "[::1", "::1:4222", "a b:4222", "a\x00:4222", "a\n:4222",
		"evil:pass@10.0.0.1:4222", "token@10.0.0.1:4222", "nats://10.0.0.1:4222", "http://10.0.0.1", "file:///etc/passwd", "10.0.0.1:4222/path",
		"10.0.0.1:4222?q=1", "10.0.0.1:4222#x", "a%2f:4222", "a\\b:4222", "a,b:4222", strings.Repeat("x", 10_000) + ":4222",
	} {
		s, err := advertisedServer(hostPort, from)
		if !errors.Is(err, ErrBadURL) {
			t.Errorf("%q gives %v, %v", hostPort, s, err)
		}
		if err != nil && (len(err.Error()) > 6000 || strings.Contains(err.Error(), "pass@")) {
			t.Errorf("%q: %v", hostPort[:min(len(hostPort), 100)], err)
		}
	}
}

// FuzzAdvertised reads anything as an address: what comes of it is reached the way
// the server was that told of it, and has no more than host and port.
func FuzzAdvertised(f *testing.F) {
	for _, s := range []string{"10.0.0.1:4222", "[::1]:443", "a", "u:p@a:1", "nats://a:1", "a:1/b?c#d", ":", "[", "a%zz:1", "a:1,b:2", "\x00"} {
		f.Add(s)
	}
	from, err := parseServerURL("wss://user:secret@told.example:443/path?q=1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, hostPort string) {
		s, err := advertisedServer(hostPort, from)
		if err != nil {
			return
		}
		u := s.url
		if u.Scheme != "wss" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || u.Hostname() == "" {
			t.Errorf("%q gives %q", hostPort, u)
		}
		if again, err := parseServerURL(u.String()); err != nil || again.key != s.key {
			t.Errorf("%q gives %q, which gives %v, %v", hostPort, u, again, err)
		}
	})
}
