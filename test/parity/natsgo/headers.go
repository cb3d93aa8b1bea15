package scenarios

import (
	"fmt"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

func headers() []env.Scenario {
	return []env.Scenario{
		{Name: "header/odd keys and values", Run: headerOdd},
		{Name: "header/methods", Run: headerMethods},
		{Name: "header/decode", Run: headerDecode},
		{Name: "header/raw blocks", Run: headerRaw},
		{Name: "message/equal and size", Run: messageEqual},
		{Name: "message/received size", Run: messageSize},
	}
}

func headerOdd(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "a")
	nc := connect(e, e.Wire(s).URL())
	for _, h := range []nats.Header{
		{"Plain": {"value"}},
		{"lower-case": {"value"}},
		{"MiXeD": {"value"}},
		{"Many": {"1", "2", "3"}},
		{"Empty": {""}},
		{"None": {}},
		{"Nil": nil},
		{"Spaces": {"  around  "}},
		{"Tab": {"\ttab\t"}},
		{"Colon": {"a:b:c"}},
		{"Unicode": {"héllo ☃"}},
		{"Ünicode-Key": {"x"}},
		{"Line": {"one\r\ntwo"}},
		{"Feed": {"one\ntwo"}},
		{"Return": {"one\rtwo"}},
		{"Nul": {"a\x00b"}},
		{"Bytes": {"\xff\xfe"}},
		{"key with space": {"x"}},
		{" lead": {"x"}},
		{"trail ": {"x"}},
		{"col:on": {"x"}},
		{"": {"empty key"}},
		{"new\r\nline": {"x"}},
		{"nats-msg-id": {"id"}},
		{"Status": {"503"}},
	} {
		err := nc.PublishMsg(&nats.Msg{Subject: "a", Header: h, Data: []byte("x")})
		e.Err("publish "+showHeader(h), err)
		if err == nil {
			m, err := in.NextMsg(env.Patience)
			e.Err("receive", err)
			e.Log("got %s", show(m))
		}
	}
}

func headerMethods(e *env.Env) {
	h := nats.Header{}
	h.Set("Key", "1")
	h.Add("Key", "2")
	h.Add("key", "3")
	h.Add("Other", "x")
	e.Log("%s", showHeader(h))
	e.Log("%q %q %q %q", h.Get("Key"), h.Get("key"), h.Get("KEY"), h.Get("none"))
	e.Log("%q %q %q", h.Values("Key"), h.Values("KEY"), h.Values("none"))
	h.Set("Key", "4")
	h.Del("Other")
	h.Del("KEY")
	h.Del("none")
	e.Log("%s", showHeader(h))
	var none nats.Header
	e.Log("%q %v", none.Get("a"), none.Values("a"))
	none.Del("a")
	m := nats.NewMsg("a")
	e.Log("new msg header nil: %v", m.Header == nil)
	m.Header.Add("a", "b")
	e.Log("%s", show(m))
}

func headerDecode(e *env.Env) {
	for _, text := range []string{
		"", "NATS/1.0", "NATS/1.0\r\n", "NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: b\r\n\r\n",
		"NATS/1.0\r\nA:b\r\nA: c\r\na: d\r\n\r\n", "NATS/1.0\r\nA:  spaced  \r\n\r\n",
		"NATS/1.0 503\r\n\r\n", "NATS/1.0 503 \r\n\r\n", "NATS/1.0 404 No Messages\r\n\r\n", "NATS/1.0 408\r\nA: b\r\n\r\n",
		"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1\r\n\r\n", "NATS/1.0  \r\n\r\n",
		"NATS/1.1\r\n\r\n", "HTTP/1.0\r\n\r\n", "nats/1.0\r\n\r\n", "NATS/1.0\r\nA\r\n\r\n", "NATS/1.0\r\n: b\r\n\r\n",
		"NATS/1.0\r\nA: b\r\n", "NATS/1.0\r\nA: b", "NATS/1.0\r\nA b: c\r\n\r\n", "NATS/1.0\r\n A: b\r\n\r\n",
		"NATS/1.0\r\nA: b\r\n c\r\n\r\n", "NATS/1.0\nA: b\n\n", "NATS/1.0\r\nA : b\r\n\r\n",
		"NATS/1.0\r\nA: b\r\n\r\ntrailing", "NATS/1.0 503 Text with: colon\r\n\r\n", "NATS/1.0X\r\n\r\n",
	} {
		h, err := nats.DecodeHeadersMsg([]byte(text))
		e.Err(fmt.Sprintf("decode %q gives %s", text, showHeader(h)), err)
	}
}

// headerRaw sends blocks that no client library would, as any program may.
func headerRaw(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "a", watched(e)...)
	e.Await("callbacks", "connected", 1)
	nc := connect(e, s.URL(), nats.SkipSubjectValidation())
	for _, block := range []string{
		"NATS/1.0\r\nA:1\r\nA: 2\r\nb:  3 \r\n\r\n",
		"NATS/1.0 404 Nothing here\r\nA: 1\r\n\r\n",
		"NATS/1.0 503\r\nA: 1\r\n\r\n",
		"NATS/1.0\r\nno colon\r\n\r\n",
		"NATS/1.0\r\nA: no end",
		"HTTP/1.1\r\nA: 1\r\n\r\n",
		"",
	} {
		e.Raw(s, fmt.Sprintf("HPUB a %d %d\r\n%sbody\r\n", len(block), len(block)+4, block))
		e.Must(nc.Publish("a", []byte("marker")))
		for {
			m, err := in.NextMsg(env.Patience)
			e.Err(fmt.Sprintf("block %q", block), err)
			if err != nil {
				break
			}
			e.Log("got %s", show(m))
			if string(m.Data) == "marker" {
				break
			}
		}
	}
	e.Await("callbacks", "error on a", 3)
}

func messageEqual(e *env.Env) {
	full := func() *nats.Msg {
		return &nats.Msg{Subject: "s", Reply: "r", Data: []byte("d"), Header: nats.Header{"A": {"1", "2"}, "B": {"3"}}}
	}
	same := map[string]func(*nats.Msg){
		"nothing":      func(*nats.Msg) {},
		"subject":      func(m *nats.Msg) { m.Subject = "t" },
		"reply":        func(m *nats.Msg) { m.Reply = "" },
		"data":         func(m *nats.Msg) { m.Data = nil },
		"header value": func(m *nats.Msg) { m.Header["A"][1] = "4" },
		"header order": func(m *nats.Msg) { m.Header["A"] = []string{"2", "1"} },
		"header gone":  func(m *nats.Msg) { delete(m.Header, "B") },
		"header more":  func(m *nats.Msg) { m.Header["C"] = []string{"5"} },
		"header nil":   func(m *nats.Msg) { m.Header = nil },
		"header case":  func(m *nats.Msg) { delete(m.Header, "B"); m.Header["b"] = []string{"3"} },
	}
	for what, change := range same {
		m := full()
		change(m)
		e.On(what).Log("equal %v and %v, size %d", full().Equal(m), m.Equal(full()), m.Size())
	}
	m := full()
	e.Log("nil %v, itself %v", m.Equal(nil), m.Equal(m))
	e.Log("empty %v, size %d", (&nats.Msg{}).Equal(&nats.Msg{}), (&nats.Msg{}).Size())
	e.Log("nil and empty data %v", (&nats.Msg{Data: []byte{}}).Equal(&nats.Msg{}))
	e.Log("nil and empty header %v", (&nats.Msg{Header: nats.Header{}}).Equal(&nats.Msg{}))
}

func messageSize(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a.*")
	e.Must(err)
	e.Must(nc.PublishMsg(&nats.Msg{Subject: "a.bc", Reply: "r", Data: []byte("12345"), Header: nats.Header{"A": {"1"}}}))
	e.Must(nc.Publish("a.d", []byte("12345")))
	e.Must(nc.Publish("a.e", nil))
	for range 3 {
		m := next(e, sub)
		e.Log("size %d", m.Size())
	}
	_, bytes, err := sub.MaxPending()
	e.Err(fmt.Sprintf("max pending %d bytes", bytes), err)
}
