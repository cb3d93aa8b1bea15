package address

import (
	"errors"
	"strings"
	"testing"
)

func TestAdvertisedServer(t *testing.T) {
	for _, c := range []struct{ from, hostPort, want string }{
		{"nats://u:p@a", "10.0.0.1:4223", "nats://10.0.0.1:4223"},
		{"tls://a", "10.0.0.1:4223", "tls://10.0.0.1:4223"},
		{"wss://a/path", "[::1]:443", "wss://[::1]:443"},
	} {
		from, err := Parse(c.from)
		if err != nil {
			t.Fatal(err)
		}
		s, err := advertised(c.hostPort, from)
		if err != nil || s.url.String() != c.want {
			t.Errorf("%s told by %s: %v, %v, want %s", c.hostPort, c.from, s, err, c.want)
		}
	}
}

// What a server tells of others is addresses: nothing else has any effect.
func TestAdvertisedNonsense(t *testing.T) {
	from, err := Parse("ws://u:p@a/path")
	if err != nil {
		t.Fatal(err)
	}
	for _, hostPort := range []string{
		"", ":", "a:b:c", "a:0", "a:65536", "a:-1", "a:99999999999999999999", "[::1", "::1:4222", "a b:4222", "a\x00:4222", "a\n:4222",
		"evil:pass@10.0.0.1:4222", "token@10.0.0.1:4222", "nats://10.0.0.1:4222", "http://10.0.0.1", "file:///etc/passwd", "10.0.0.1:4222/path",
		"10.0.0.1:4222?q=1", "10.0.0.1:4222#x", "a%2f:4222", "a\\b:4222", "a,b:4222", strings.Repeat("x", 10_000) + ":4222",
		"u:pass@" + strings.Repeat("x", 10_000) + ":4222", "u:" + strings.Repeat("pass", 1000) + "@x:4222",
	} {
		s, err := advertised(hostPort, from)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q gives %v, %v", hostPort, s, err)
		}
		if err != nil && (len(err.Error()) > 600 || strings.Contains(err.Error(), "pass@") || strings.Contains(err.Error(), "passpass")) {
			t.Errorf("%q: %v", hostPort[:min(len(hostPort), 100)], err)
		}
	}
}

// However many addresses an INFO has, no more are kept, and what is short is left
// alone.
func TestAddressesOfAnInfoAreBounded(t *testing.T) {
	few := []string{"a", "b"}
	if got := Bounded(few); &got[0] != &few[0] || len(got) != 2 {
		t.Errorf("%q", got)
	}
	if got := Bounded(make([]string, 5000)); len(got) != maxTold || cap(got) > 2*maxTold {
		t.Errorf("%d of 5000 are kept, in a slice of %d", len(got), cap(got))
	}
}

// FuzzAdvertised reads anything as an address: what comes of it is reached the way
// the server was that told of it, and has no more than host and port.
func FuzzAdvertised(f *testing.F) {
	for _, s := range []string{"10.0.0.1:4222", "[::1]:443", "a", "u:p@a:1", "nats://a:1", "a:1/b?c#d", ":", "[", "a%zz:1", "a:1,b:2", "\x00"} {
		f.Add(s)
	}
	from, err := Parse("wss://user:secret@told.example:443/path?q=1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, hostPort string) {
		s, err := advertised(hostPort, from)
		if err != nil {
			return
		}
		u := s.url
		if u.Scheme != "wss" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || u.Hostname() == "" {
			t.Errorf("%q gives %q", hostPort, u)
		}
		if again, err := Parse(u.String()); err != nil || again.key != s.key {
			t.Errorf("%q gives %q, which gives %v, %v", hostPort, u, again, err)
		}
	})
}
