package nats

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestMsgSize(t *testing.T) {
	m := NewMsg("a")
	m.Reply, m.Data = "r", []byte("abc")
	for _, c := range []struct {
		add  string
		want int
	}{
		{"", 5},
		{"v", 5 + len("NATS/1.0\r\nk: v\r\n\r\n")},
		{"v2", 5 + len("NATS/1.0\r\nk: v\r\nk: v2\r\n\r\n")},
	} {
		if c.add != "" {
			m.Header.Add("k", c.add)
		}
		if got := m.Size(); got != c.want {
			t.Errorf("with headers %v: size %d, want %d", m.Header, got, c.want)
		}
		if hdr, err := m.headerBytes(); err != nil || 5+len(hdr) != c.want {
			t.Errorf("with headers %v: %d header bytes, %v", m.Header, len(hdr), err)
		}
	}
	if got := (*Msg)(nil).Size(); got != 0 {
		t.Errorf("nil has size %d", got)
	}
}

func TestMsgHeaderBytes(t *testing.T) {
	for _, key := range []string{"", "a b", "a:b", "a\r", "a\n", "é"} {
		m := &Msg{Subject: "a", Header: Header{key: {"x"}}}
		if _, err := m.headerBytes(); !errors.Is(err, ErrBadHeaderMsg) {
			t.Errorf("key %q: %v, want ErrBadHeaderMsg", key, err)
		}
		if got := m.Size(); got != 1 {
			t.Errorf("key %q: size %d counts a header that can't be sent", key, got)
		}
	}
	m := &Msg{Header: Header{"a": {" x\r\nb: y "}}}
	hdr, err := m.headerBytes()
	if err != nil || strings.Count(string(hdr), "\n") != 3 {
		t.Errorf("a value started a line of its own: %q, %v", hdr, err)
	}
	for _, h := range []Header{nil, {}} {
		if hdr, err := (&Msg{Header: h}).headerBytes(); hdr != nil || err != nil {
			t.Errorf("no headers: %q, %v", hdr, err)
		}
	}
}

func TestMsgEqual(t *testing.T) {
	full := func() *Msg {
		return &Msg{Subject: "a", Reply: "r", Data: []byte("abc"), Header: Header{"k": {"1", "2"}}}
	}
	for _, c := range []struct {
		name string
		a, b *Msg
		want bool
	}{
		{"same", full(), full(), true},
		{"both nil", nil, nil, true},
		{"nil and not", nil, full(), false},
		{"not and nil", full(), nil, false},
		{"no header and empty header", &Msg{}, &Msg{Header: Header{}}, true},
		{"no data and empty data", &Msg{}, &Msg{Data: []byte{}}, true},
		{"no values and empty values", &Msg{Header: Header{"k": nil}}, &Msg{Header: Header{"k": {}}}, true},
		{"other key without values", &Msg{Header: Header{"k": nil}}, &Msg{Header: Header{"l": nil}}, false},
		{"order of values", &Msg{Header: Header{"k": {"1", "2"}}}, &Msg{Header: Header{"k": {"2", "1"}}}, false},
		{"more keys", full(), &Msg{Subject: "a", Reply: "r", Data: []byte("abc")}, false},
		{"other subject", &Msg{Subject: "a"}, &Msg{Subject: "b"}, false},
		{"other reply", &Msg{Reply: "a"}, &Msg{Reply: "b"}, false},
		{"other data", &Msg{Data: []byte("a")}, &Msg{Data: []byte("b")}, false},
		{"other subscription", &Msg{Sub: &Subscription{}}, &Msg{}, true},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRespondWithoutAWayBack(t *testing.T) {
	for _, c := range []struct {
		name string
		msg  *Msg
		want error
	}{
		{"nil", nil, ErrMsgNotBound},
		{"made by hand", &Msg{Reply: "r"}, ErrMsgNotBound},
		{"no reply", &Msg{Sub: &Subscription{}}, ErrMsgNoReply},
		{"subscription without connection", &Msg{Sub: &Subscription{}, Reply: "r"}, ErrMsgNotBound},
	} {
		if err := c.msg.Respond(nil); !errors.Is(err, c.want) {
			t.Errorf("%s: Respond: %v, want %v", c.name, err, c.want)
		}
		if err := c.msg.RespondMsg(NewMsg("x")); !errors.Is(err, c.want) {
			t.Errorf("%s: RespondMsg: %v, want %v", c.name, err, c.want)
		}
	}
	sub, err := registered(t).SubscribeSync("a")
	if err != nil {
		t.Fatal(err)
	}
	bound := &Msg{Sub: sub, Reply: "r"}
	if err := bound.RespondMsg(nil); !errors.Is(err, ErrInvalidMsg) {
		t.Errorf("RespondMsg(nil): %v, want ErrInvalidMsg", err)
	}
}

// registered returns a connection that subscribes without a server.
func registered(tb testing.TB) *Conn {
	tb.Helper()
	nc := &Conn{}
	nc.subs.Init(receiving{nc}, 1)
	return nc
}

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
