package address

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSplitURLs(t *testing.T) {
	for in, want := range map[string][]string{
		"":           nil,
		" , ":        nil,
		"a":          {"a"},
		"a, b ,,c:1": {"a", "b", "c:1"},
	} {
		if got := Split(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestServerList(t *testing.T) {
	const fallback = "nats://127.0.0.1"
	for _, c := range []struct {
		name string
		urls []string
		keys string
	}{
		{"none", nil, "nats://127.0.0.1:4222"},
		{"empty ones", []string{"", " "}, "nats://127.0.0.1:4222"},
		{"in order", []string{"b", "a", "c"}, "nats://b:4222 nats://a:4222 nats://c:4222"},
		{"twice", []string{"a", "nats://a:4222", "A", "a/"}, "nats://a:4222"},
		{"other scheme", []string{"a", "tls://a"}, "nats://a:4222 nats://a:4222#2"},
		{"other user", []string{"u:p@a", "v:p@a", "u:p@a"}, "nats://a:4222 nats://a:4222#2"},
		{"other path", []string{"ws://a/x", "ws://a/y"}, "ws://a:80 ws://a:80#2"},
	} {
		list, _, err := ParseList(c.urls, fallback)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var keys []string
		for _, s := range list {
			keys = append(keys, s.Key())
		}
		if got := strings.Join(keys, " "); got != c.keys {
			t.Errorf("%s: %s, want %s", c.name, got, c.keys)
		}
	}
}

func TestServerListRefused(t *testing.T) {
	for _, urls := range [][]string{{"ws://a", "nats://b"}, {"tls://a", "b", "wss://c"}, {"ws://a", "nats://u:s3cret@b"}} {
		var mixed *MixedError
		if _, _, err := ParseList(urls, "d"); !errors.As(err, &mixed) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v, want a MixedError", urls, err)
		}
	}
	var e *Error
	if _, _, err := ParseList([]string{"a", "b:port"}, "d"); !errors.As(err, &e) || e.Fault != Malformed {
		t.Errorf("a malformed one among good ones: %v, want a malformed one", err)
	}
	list, bad, err := ParseList([]string{"a", "b:99999", "foo://c", ":99999"}, "d")
	if len(list) != 2 || len(bad) != 2 || err != nil || !errors.As(bad[0], &e) || e.Fault != BadPort || e.Port != "99999" {
		t.Errorf("unusable ones among good ones: %v, bad %v, %v", list, bad, err)
	}
	if _, _, err := ParseList([]string{"b:99999", ":99999"}, "d"); !errors.As(err, &e) || e.Fault != BadPort {
		t.Errorf("unusable ones alone: %v, want the first", err)
	}
}
