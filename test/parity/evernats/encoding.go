package scenarios

import (
	"context"
	"fmt"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/encoders/builtin"

	"github.com/evernats/nats/test/parity/env"
)

func encoded() []env.Scenario {
	return []env.Scenario{
		{Name: "encoded/published", Run: encodedPublished},
		{Name: "encoded/handlers", Run: encodedHandlers},
		{Name: "encoded/bad handlers", Run: encodedBadHandlers},
		{Name: "encoded/unreadable", Run: encodedUnreadable},
		{Name: "encoded/queue groups", Run: encodedQueues},
		{Name: "encoded/requests", Run: encodedRequests},
		{Name: "encoded/requests failing", Run: encodedRequestsFailing},
		{Name: "encoded/channel to send", Run: encodedSend},
		{Name: "encoded/channel to receive", Run: encodedReceive},
		{Name: "encoded/channels refused", Run: encodedBadChannels},
		{Name: "encoded/unreadable for a channel", Run: encodedReceiveUnreadable},
		{Name: "encoded/encoders", Run: encodedEncoders},
		{Name: "encoded/connection over", Run: encodedOver},
		{Name: "encoded/reconnect", Run: encodedReconnect},
		{Name: "encoded/encoder default", Run: func(e *env.Env) { encoderTable(e, &builtin.DefaultEncoder{}) }},
		{Name: "encoded/encoder json", Run: func(e *env.Env) { encoderTable(e, &builtin.JsonEncoder{}) }},
		{Name: "encoded/encoder gob", Run: encoderGob},
	}
}

type order struct {
	ID   int
	What string `json:"what,omitempty"`
}

func encoding(e *env.Env, nc *nats.Conn, encoder string) *nats.EncodedConn {
	e.Helper()
	ec, err := nats.NewEncodedConn(nc, encoder)
	e.Must(err)
	return ec
}

func encodedPublished(e *env.Env) {
	s := e.Server()
	in := listen(e, s, ">")
	nc := connect(e, s.URL())
	for _, encoder := range []string{nats.DEFAULT_ENCODER, nats.JSON_ENCODER} {
		ec := encoding(e, nc, encoder)
		for i, v := range []any{"text", "", []byte("bytes"), 1, 2.5, true, order{3, "tea"}, &order{4, ""}, nil, []string{"a"}, map[string]int{"b": 1}} {
			e.Err(fmt.Sprintf("%s publishes %T", encoder, v), ec.Publish(fmt.Sprintf("%s.%d", encoder, i), v))
			e.Must(nc.Flush())
			next(e, in)
		}
		e.Err("with a reply", ec.PublishRequest("subject", "reply", 5))
		e.Must(nc.Flush())
		next(e, in)
		e.Err("with an empty reply", ec.PublishRequest("subject", "", 6))
		e.Err("no subject", ec.Publish("", 1))
	}
	ec := encoding(e, nc, nats.JSON_ENCODER)
	e.Err("not encodable", ec.Publish("a", make(chan int)))
	e.Err("not encodable, with a reply", ec.PublishRequest("a", "b", make(chan int)))
	e.Err("too large", ec.Publish("a", make([]byte, 2<<20)))
	e.Err("flush", ec.Flush())
	e.Err("flush in time", ec.FlushTimeout(env.Patience))
	e.Err("flush in no time", ec.FlushTimeout(0))
	e.Err("last error", ec.LastError())
}

func encodedHandlers(e *env.Env) {
	s := e.Server()
	ec := encoding(e, connect(e, s.URL()), nats.JSON_ENCODER)
	for lane, cb := range map[string]nats.Handler{
		"pointer":       func(o *order) { e.On("pointer").Log("%+v", *o) },
		"value":         func(o order) { e.On("value").Log("%+v", o) },
		"subject":       func(subject string, o *order) { e.On("subject").Log("%s %+v", subject, *o) },
		"reply":         func(subject, reply string, o *order) { e.On("reply").Log("%s %q %+v", subject, reply, *o) },
		"message":       func(m *nats.Msg) { e.On("message").Log("%s", show(m)) },
		"map":           func(m map[string]any) { e.On("map").Log("%v", m) },
		"map pointer":   func(m *map[string]any) { e.On("map pointer").Log("%v", *m) },
		"anything":      func(v any) { e.On("anything").Log("%v", v) },
		"text":          func(text string) { e.On("text").Log("%q", text) },
		"text, subject": func(subject, text string) { e.On("text, subject").Log("%s %q", subject, text) },
		"bytes":         func(b []byte) { e.On("bytes").Log("%q", b) },
		"with a result": func(o order) error { e.On("with a result").Log("%+v", o); return nil },
	} {
		sub, err := ec.Subscribe("orders.*", cb)
		e.On(lane).Err("subscribe", err)
		e.On(lane).Log("type %d, subject %s, queue %q", sub.Type(), sub.Subject, sub.Queue)
	}
	for _, v := range []any{order{1, "tea"}, &order{2, "pots"}, nil, map[string]any{"ID": 3, "other": true}} {
		e.Must(ec.Publish("orders.new", v))
	}
	e.Must(ec.PublishRequest("orders.old", "somewhere", order{4, ""}))
	e.Must(ec.Flush())
	barrier(e, ec.Conn)
}

func encodedBadHandlers(e *env.Env) {
	s := e.Server()
	ec := encoding(e, connect(e, s.URL()), nats.JSON_ENCODER)
	_, err := ec.Subscribe("a", nil)
	e.Err("nil", err)
	_, err = ec.QueueSubscribe("a", "q", nil)
	e.Err("nil in a queue group", err)
	_, err = ec.Subscribe("", func(int) {})
	e.Err("no subject", err)
	_, err = ec.Subscribe("a b", func(int) {})
	e.Err("bad subject", err)
	_, err = ec.QueueSubscribe("a", "b c", func(int) {})
	e.Err("bad queue group", err)
	panics(e, "no function", func() {
		_, err := ec.Subscribe("a", 3)
		e.Err("no function", err)
	})
	e.Log("%d subscriptions", ec.Conn.NumSubscriptions())
}

func encodedUnreadable(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	ec := encoding(e, nc, nats.JSON_ENCODER)
	sub, err := ec.Subscribe("a", func(n int) { e.On("handler").Log("got %d", n) })
	e.Must(err)
	for _, data := range []string{"1", "{bad", `"text"`, "1.5", "", "2"} {
		e.Must(nc.Publish("a", []byte(data)))
	}
	e.Await("handler", "got 2", 1)
	e.Await("callbacks", "error on a", 4)
	e.Log("valid %v", sub.IsValid())
	e.Err("last error", nc.LastError())
}

func encodedQueues(e *env.Env) {
	s := e.Server()
	ec := encoding(e, connect(e, s.URL()), nats.GOB_ENCODER)
	got := make(chan order, 20)
	for range 3 {
		sub, err := ec.QueueSubscribe("a", "q", func(o *order) { got <- *o })
		e.Must(err)
		e.Log("queue %q", sub.Queue)
	}
	plain, err := ec.QueueSubscribe("a", "", func(o *order) { e.On("plain").Log("%+v", *o) })
	e.Err("empty name", err)
	e.Log("queue %q", plain.Queue)
	for i := range 5 {
		e.Must(ec.Publish("a", order{i, "x"}))
	}
	e.Must(ec.Flush())
	barrier(e, ec.Conn)
	e.Log("%d for the group", len(got))
}

func encodedRequests(e *env.Env) {
	s := e.Server()
	ec := encoding(e, connect(e, s.URL()), nats.JSON_ENCODER)
	_, err := ec.Subscribe("double", func(_, reply string, n int) {
		if err := ec.Publish(reply, 2*n); err != nil {
			e.On("responder").Err("publish", err)
		}
	})
	e.Must(err)
	var n int
	e.Err("request", ec.Request("double", 21, &n, env.Patience))
	e.Log("%d", n)
	ctx, cancel := context.WithTimeout(context.Background(), env.Patience)
	defer cancel()
	e.Err("with context", ec.RequestWithContext(ctx, "double", 4, &n))
	e.Log("%d", n)
	e.Err("with context that has no end", ec.RequestWithContext(context.Background(), "double", 5, &n))
	e.Log("%d", n)
	var text string
	e.Err("as text", ec.Request("double", 6, &text, env.Patience))
	e.Log("%q", text)
	var m nats.Msg
	e.Err("as a message", ec.Request("double", 7, &m, env.Patience))
	e.Log("data %q, reply %q", m.Data, m.Reply)
}

func encodedRequestsFailing(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	ec := encoding(e, nc, nats.JSON_ENCODER)
	_, err := nc.Subscribe("bad", func(m *nats.Msg) {
		if err := m.Respond([]byte("{")); err != nil {
			e.On("responder").Err("respond", err)
		}
	})
	e.Must(err)
	_, err = nc.SubscribeSync("deaf")
	e.Must(err)
	n := 1
	e.Err("unreadable", ec.Request("bad", 1, &n, env.Patience))
	e.Err("nowhere to store", ec.Request("bad", 1, nil, env.Patience))
	e.Err("no pointer", ec.Request("bad", 1, n, env.Patience))
	e.Err("nobody", ec.Request("nobody", 1, &n, env.Patience))
	e.Err("timeout", ec.Request("deaf", 1, &n, 10*time.Millisecond))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	e.Err("deadline", ec.RequestWithContext(ctx, "deaf", 1, &n))
	e.Err("no context", ec.RequestWithContext(nil, "deaf", 1, &n)) //nolint:staticcheck // bad input is the point
	e.Err("not encodable", ec.Request("bad", make(chan int), &n, env.Patience))
	e.Err("not encodable with context", ec.RequestWithContext(context.Background(), "bad", make(chan int), &n))
	e.Err("no subject", ec.Request("", 1, &n, env.Patience))
	e.Log("%d", n)
}

func encodedSend(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "out")
	ec := encoding(e, connect(e, s.URL(), watched(e)...), nats.JSON_ENCODER)
	e.Await("callbacks", "connected", 1)
	ch := make(chan *order)
	e.Err("bind", ec.BindSendChan("out", ch))
	for i := range 3 {
		ch <- &order{i, "x"}
	}
	for range 3 {
		next(e, in)
	}
	close(ch)
	only := make(chan int, 1)
	e.Err("bind one that is read only", ec.BindSendChan("out", (<-chan int)(only)))
	only <- 7
	next(e, in)
	close(only)
	bad := make(chan chan int, 3)
	e.Err("bind one of what can't be encoded", ec.BindSendChan("out", bad))
	bad <- nil
	e.Await("callbacks", "error", 1)
	bad <- nil
	e.Log("%d is left", len(bad))
	nowhere := make(chan int, 3)
	e.Err("bind one without a subject", ec.BindSendChan("", nowhere))
	nowhere <- 1
	e.Await("callbacks", "error", 2)
}

func encodedReceive(e *env.Env) {
	s := e.Server()
	ec := encoding(e, connect(e, s.URL()), nats.JSON_ENCODER)
	pointers, values, texts := make(chan *order), make(chan order), make(chan string, 10)
	sub, err := ec.BindRecvChan("in", pointers)
	e.Err("bind", err)
	e.Log("type %d", sub.Type())
	other, err := ec.BindRecvQueueChan("in", "q", values)
	e.Err("bind in a queue group", err)
	e.Log("queue %q", other.Queue)
	_, err = ec.BindRecvQueueChan("in", "", (chan<- string)(texts))
	e.Err("bind in none, write only", err)
	for i := range 3 {
		e.Must(ec.Publish("in", order{i, "x"}))
	}
	for range 3 {
		e.Log("%+v %+v %s", *env.Recv(e, "a pointer", pointers), env.Recv(e, "a value", values), env.Recv(e, "a text", texts))
	}
	close(pointers)
	e.Must(ec.Publish("in", order{3, "x"}))
	e.Log("%+v", env.Recv(e, "a value", values))
	e.Until("the closed one has ended", func() bool { return !sub.IsValid() })
	e.Log("the other one is valid %v", other.IsValid())
	e.Err("unsubscribe", other.Unsubscribe())
}

func encodedBadChannels(e *env.Env) {
	s := e.Server()
	ec := encoding(e, connect(e, s.URL()), nats.JSON_ENCODER)
	for _, v := range []any{nil, 3, "x", []int{}, func() {}} {
		e.Err(fmt.Sprintf("send %T", v), ec.BindSendChan("a", v))
		sub, err := ec.BindRecvChan("a", v)
		e.Err(fmt.Sprintf("receive %T, %v", v, sub != nil), err)
		sub, err = ec.BindRecvQueueChan("a", "q", v)
		e.Err(fmt.Sprintf("receive in a group %T, %v", v, sub != nil), err)
	}
	_, err := ec.BindRecvChan("", make(chan int))
	e.Err("no subject", err)
	_, err = ec.BindRecvQueueChan("a", "b c", make(chan int))
	e.Err("bad queue group", err)
}

func encodedReceiveUnreadable(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	ec := encoding(e, nc, nats.JSON_ENCODER)
	ch := make(chan int, 5)
	sub, err := ec.BindRecvChan("a", ch)
	e.Must(err)
	for _, data := range []string{"1", "{bad", "2"} {
		e.Must(nc.Publish("a", []byte(data)))
	}
	e.Log("%d %d", env.Recv(e, "the first", ch), env.Recv(e, "the third", ch))
	e.Await("callbacks", "error on a", 1)
	e.Log("valid %v, failed %v", sub.IsValid(), nc.LastError() != nil)
}

// upper is an encoder of the program's own.
type upper struct{ lane env.Writer }

func (u upper) Encode(subject string, v any) ([]byte, error) {
	u.lane.Log("encodes %v for %s", v, subject)
	return []byte(fmt.Sprint("<", v, ">")), nil
}

func (u upper) Decode(subject string, data []byte, vPtr any) error {
	u.lane.Log("decodes %s of %s to a %T", data, subject, vPtr)
	return nil
}

func encodedEncoders(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	for _, name := range []string{"default", "gob", "json", "other", ""} {
		ec, err := nats.NewEncodedConn(nc, name)
		e.Err("encoder "+name, err)
		e.Log("%v %T", ec != nil, nats.EncoderForType(name))
		if ec != nil {
			e.Log("%v %T", ec.Conn == nc, ec.Enc)
		}
	}
	nats.RegisterEncoder("parity", upper{e.On("encoder")})
	nats.RegisterEncoder("parity nil", nil)
	e.Log("%v", nats.EncoderForType("parity nil"))
	_, err := nats.NewEncodedConn(nc, "parity nil")
	e.Err("nil encoder", err)
	_, err = nats.NewEncodedConn(nil, "json")
	e.Err("nil connection", err)
	ec := encoding(e, nc, "parity")
	_, err = ec.Subscribe("a", func(_, reply string, n *int) { e.On("handler").Err("answer", ec.Publish(reply, "answer")) })
	e.Must(err)
	var answer string
	e.Err("request", ec.Request("a", "question", &answer, env.Patience))
	e.Await("handler", "answer", 1)
}

func encodedOver(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	ec := encoding(e, nc, nats.JSON_ENCODER)
	sub, err := ec.Subscribe("a", func(int) {})
	e.Must(err)
	ch := make(chan int)
	e.Must(ec.BindSendChan("a", ch))
	e.Err("drain", ec.Drain())
	e.Await("callbacks", "closed", 1)
	ec.Close()
	e.Log("valid %v", sub.IsValid())
	e.Err("publish", ec.Publish("a", 1))
	e.Err("publish with a reply", ec.PublishRequest("a", "b", 1))
	e.Err("request", ec.Request("a", 1, new(int), time.Second))
	_, err = ec.Subscribe("a", func(int) {})
	e.Err("subscribe", err)
	_, err = ec.BindRecvChan("a", make(chan int))
	e.Err("receive", err)
	_, err = nats.NewEncodedConn(nc, nats.JSON_ENCODER)
	e.Err("another", err)
	e.Err("flush", ec.Flush())
	e.Err("drain again", ec.Drain())
	ch <- 1 // takes the sender off the channel
	e.Await("callbacks", "error", 1)
}

func encodedReconnect(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), quick()...)
	ec := encoding(e, nc, nats.JSON_ENCODER)
	in, out := make(chan order, 5), make(chan order)
	_, err := ec.BindRecvChan("a", in)
	e.Must(err)
	e.Must(ec.BindSendChan("a", out))
	for i := range 3 {
		out <- order{i, "x"}
		e.Log("%+v", env.Recv(e, "an order", in))
		if i < 2 {
			s.Stop()
			e.Until("disconnected", func() bool { return !nc.IsConnected() })
			s.Restart()
			e.Until("connected", nc.IsConnected)
			e.Must(nc.Flush())
		}
	}
	close(out)
}

// encoderTable shows what an encoder makes of many values, and of many payloads.
func encoderTable(e *env.Env, enc nats.Encoder) {
	type text string
	for _, v := range []any{"s", "", "a\"b\n", "<>", []byte("b"), []byte{}, nil, 1, int8(-2), uint64(3), 1.5, float32(2.5), 1e21, true, false, 'x', text("t"),
		order{1, "x"}, &order{2, ""}, (*order)(nil), []int{1, 2}, map[string]int{"a": 1}, time.Second, fmt.Errorf("e")} {
		data, err := enc.Encode("s", v)
		e.Err(fmt.Sprintf("encode %T: %q, nil %v", v, data, data == nil), err)
	}
	_, err := enc.Encode("s", map[string]any{"f": func() {}, "s": "x"})
	e.Log("encode a function: failed %v", err != nil)
	for _, data := range []string{"", "s", "1", "-1", "300", "5000000000", "1.5", "1e3", "true", "TRUE", "\"q\"", "\"a\\\"b\"", "\"\\u003c\"", " \"q\" ", "\"", "\"\"", "{\"ID\":1}", "null", "[1]"} {
		decoded[string](e, enc, data)
		decoded[[]byte](e, enc, data)
		decoded[int](e, enc, data)
		decoded[int8](e, enc, data)
		decoded[int32](e, enc, data)
		decoded[int64](e, enc, data)
		decoded[uint](e, enc, data)
		decoded[float32](e, enc, data)
		decoded[float64](e, enc, data)
		decoded[bool](e, enc, data)
		decoded[order](e, enc, data)
		decoded[any](e, enc, data)
		decoded[[]int](e, enc, data)
		decoded[text](e, enc, data)
	}
}

func decoded[T any](e *env.Env, enc nats.Encoder, data string) {
	v := new(T)
	what := fmt.Sprintf("decode %q to %T", data, v)
	panics(e, what, func() {
		err := enc.Decode("s", []byte(data), v)
		e.Err(fmt.Sprintf("%s: %#v", what, *v), err)
	})
}

func encoderGob(e *env.Env) {
	enc := &builtin.GobEncoder{}
	data, err := enc.Encode("s", order{1, "x"})
	e.Err("encode", err)
	var o order
	e.Err("decode", enc.Decode("s", data, &o))
	e.Log("%+v", o)
	var n int
	e.Err("decode to something else", enc.Decode("s", data, &n))
	e.Err("decode nothing", enc.Decode("s", nil, &o))
	e.Err("decode rubbish", enc.Decode("s", []byte("rubbish"), &o))
	e.Err("decode to no pointer", enc.Decode("s", data, o))
	_, err = enc.Encode("s", nil)
	e.Err("encode nil", err)
	_, err = enc.Encode("s", make(chan int))
	e.Err("encode a channel", err)
	panics(e, "encode a nil pointer", func() {
		_, err := enc.Encode("s", (*order)(nil))
		e.Err("encode a nil pointer", err)
	})
}
