package nats

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

func TestHeaderKeepsTheCaseOfKeys(t *testing.T) {
	h := Header{}
	h.Set("foo", "a")
	h.Add("Foo", "b")
	h.Add("foo", "c")
	if got := h.Get("foo"); got != "a" {
		t.Errorf("Get(foo) = %q", got)
	}
	if got := h.Values("foo"); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("Values(foo) = %q", got)
	}
	if got := h.Get("FOO"); got != "" {
		t.Errorf("Get(FOO) = %q", got)
	}
	h.Del("FOO")
	h.Del("foo")
	if want := (Header{"Foo": {"b"}}); !maps.EqualFunc(h, want, slices.Equal) {
		t.Errorf("left %v, want %v", h, want)
	}
}

func TestNilHeader(t *testing.T) {
	var h Header
	if h.Get("a") != "" || h.Values("a") != nil {
		t.Error("a nil header has values")
	}
	h.Del("a")
}

func TestDecodeHeadersMsg(t *testing.T) {
	for _, c := range []struct {
		block string
		want  Header // nil: refused
	}{
		{"", nil},
		{"NATS/1.0", nil},
		{"NATS/1.0\r\n", nil},
		{"NATS/1.0\r\n\r\n", Header{}},
		{"NATS/1.0\r\nfoo: bar\r\n\r\n", Header{"foo": {"bar"}}},
		{"NATS/1.0\r\nfoo:bar\r\n\r\n", Header{"foo": {"bar"}}},
		{"NATS/1.0\r\nfoo :bar\r\n\r\n", Header{"foo ": {"bar"}}},
		{"NATS/1.0\r\nfoo:bar\r\n", nil},
		{"NATS/1.0\r\nfoo\r\n\r\n", nil},
		{"NATS/1.0\r\n:bar\r\n\r\n", Header{}},
		{"NATS/1.0\r\nfoo:\r\n\r\n", Header{"foo": {""}}},
		{"NATS/1.0\r\nfoo:  a b  \r\n\r\n", Header{"foo": {"a b  "}}},
		{"NATS/1.0\r\nfoo:a\r\nfoo:b\r\nFoo:c\r\n\r\n", Header{"foo": {"a", "b"}, "Foo": {"c"}}},
		{"NATS/1.0 503\r\n\r\n", Header{"Status": {"503"}}},
		{"NATS/1.0 503 No Responders\r\n\r\n", Header{"Status": {"503"}, "Description": {"No Responders"}}},
		{"NATS/1.0 100 Idle\r\nk:v\r\n\r\n", Header{"Status": {"100"}, "Description": {"Idle"}, "k": {"v"}}},
		{"NATS/1.0 4\r\n\r\n", nil},
		{"NATS/1.0 \r\n\r\n", nil},
		{"NATS/2.0\r\nfoo:bar\r\n\r\n", nil},
		{"nats/1.0\r\nfoo:bar\r\n\r\n", nil},
		{"NATS/1.0\r\nfoo:a:b\r\n\r\n", Header{"foo": {"a:b"}}},
		{"NATS/1.0\r\nfoo:a\r\n b\r\n\r\n", nil},
		{"NATS/1.0 503\r\nStatus: 7\r\n\r\n", Header{"Status": {"7", "503"}}},
		{"NATS/1.0\r\nfoo:bar\r\n\r\ntrail", Header{"foo": {"bar"}}},
	} {
		got, err := DecodeHeadersMsg([]byte(c.block))
		if c.want == nil {
			if !errors.Is(err, ErrBadHeaderMsg) || got != nil {
				t.Errorf("%q: got %v and %v, want ErrBadHeaderMsg", c.block, got, err)
			}
			continue
		}
		if err != nil || !maps.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%q: got %v and %v, want %v", c.block, got, err, c.want)
		}
	}
}
