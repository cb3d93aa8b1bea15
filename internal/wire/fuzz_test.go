package wire

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// FuzzParserSplits feeds any bytes whole and in random pieces: both must give the
// same. The seed chooses the pieces and, when odd, small limits.
func FuzzParserSplits(f *testing.F) {
	f.Add([]byte(script), uint64(0))
	f.Add([]byte(script), uint64(1))
	for _, s := range []string{
		"MSG a 1 5\r\nhello\r\nMSG a 1 5\r\nhel", "MSG a 1 2\r\nhi\n\n", "PING\rX\nPONG\n",
		"HMSG a 1 3 2\r\nhi\r\n", "MSG a 1 99999999999999999999\r\n", "\x16\x03\x01", "HTTP/1.1 200 OK\r\n",
	} {
		f.Add([]byte(s), uint64(len(s)))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		if len(data) > 1<<10 {
			return // feed copies what is pending at each piece
		}
		var limits Parser
		rnd := rand.New(rand.NewPCG(seed, 1))
		if seed%2 == 1 {
			limits = Parser{MaxControlLine: 1 + rnd.IntN(40), MaxInfo: 1 + rnd.IntN(60), MaxPayload: 1 + rnd.IntN(30)}
		}
		p := limits
		want := feed(t, &p, data, whole)
		p = limits
		longest := 1 + rnd.IntN(24)
		got := feed(t, &p, data, func(left int) int { return min(left, 1+rnd.IntN(longest)) })
		if !got.equal(want) {
			t.Errorf("in pieces:\n%v\nwhole:\n%v", got, want)
		}
	})
}

// FuzzRoundTrip encodes one of each operation and reads them back.
func FuzzRoundTrip(f *testing.F) {
	f.Add("a.b", "_INBOX.x", "q", []byte("NATS/1.0\r\n\r\n"), []byte("hello"), uint64(7), int64(3))
	f.Add("a", "", "", []byte(nil), []byte(nil), uint64(0), int64(0))
	f.Add("a", "12", "34", []byte("x"), []byte("\r\n\r\n"), ^uint64(0), int64(1<<62))
	f.Add("größe", "世界", "\x01", []byte("\r\n"), []byte("MSG a 1 0\r\n\r\n"), uint64(10), int64(-1))
	f.Fuzz(func(t *testing.T, subject, reply, queue string, hdr, data []byte, sid uint64, limit int64) {
		subject, reply, queue = token(subject), token(reply), token(queue)
		if subject == "" {
			subject = "s"
		}
		limit = max(limit, 0)
		if len(subject)+len(reply)+len(queue) > 2000 {
			return
		}
		pub, msg := Pub, Msg
		if len(hdr) == 0 {
			hdr = nil
		} else {
			pub, msg = HPub, HMsg
		}
		frame := AppendPub(nil, subject, reply, hdr, data)
		if n := PubSize(subject, reply, len(hdr), len(data)); n != len(frame) {
			t.Errorf("PubSize is %d, the frame has %d bytes", n, len(frame))
		}
		frame = AppendMsg(frame, subject, sid, reply, hdr, data)
		frame = AppendSub(frame, subject, queue, sid)
		frame = AppendUnsub(frame, sid, limit)

		p := new(Parser)
		for _, want := range []Op{
			{Kind: pub, Subject: []byte(subject), Reply: opt(reply), Header: hdr, Payload: present(data)},
			{Kind: msg, SID: sid, Subject: []byte(subject), Reply: opt(reply), Header: hdr, Payload: present(data)},
			{Kind: Sub, SID: sid, Subject: []byte(subject), Queue: opt(queue)},
			{Kind: Unsub, SID: sid, Max: limit},
		} {
			var op Op
			n, err := next(t, p, frame, &op)
			if n == 0 || err != nil || !sameOp(&op, &want) {
				t.Fatalf("%q gives %d, %v\n got %s\nwant %s", frame, n, err, show(&op), show(&want))
			}
			frame = frame[n:]
		}
		if len(frame) != 0 {
			t.Errorf("%q is left", frame)
		}
	})
}

// token drops what can't be part of an argument.
func token(s string) string {
	return strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s)
}

func opt(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// FuzzHeader reads any block; what it gives must survive being written and read
// again. The same bytes as a value must stay within their line.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{
		hdrFoo, "NATS/1.0 503 No Responders\r\n\r\n", "NATS/1.0\nA: b\nA:c\n\n", "NATS/1.0\r\n: x\r\n\r\n",
		"NATS/1.0\r\nA: x\ry \t\r\r\n\r\n", "NATS/1.0 10\r\n\r\n", "NATS/1.0\r\nA\r\n\r\n", "x\r\nB: y", " \r\n\t",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, size, err := ParseHeader(string(data))
		switch {
		case err != nil:
			if !errors.Is(err, ErrBadHeader) || h != nil || len(err.Error()) > 600 {
				t.Errorf("%q gives %q, %v", data, h, err)
			}
		case size != HeaderSize(h):
			t.Errorf("%q: size %d, HeaderSize says %d", data, size, HeaderSize(h))
		case CheckHeader(h) == nil:
			checkHeaderRoundTrip(t, h)
		}
		sameHeaders(t, string(data))
		checkHeaderRoundTrip(t, hdrMap{"K": {string(data), "end"}})

		// Not even an unchecked key may add lines.
		block := AppendHeader(nil, hdrMap{string(data): {"v"}})
		if n := bytes.Count(block, []byte("\n")); n != 3 || bytes.Count(block, []byte("\r")) != 3 {
			t.Errorf("key %q makes %q", data, block)
		}
	})
}

func checkHeaderRoundTrip(t *testing.T, h hdrMap) {
	t.Helper()
	block := AppendHeader(nil, h)
	if n := HeaderSize(h); n != len(block) {
		t.Errorf("HeaderSize is %d, the block has %d bytes: %q", n, len(block), block)
	}
	want := hdrMap{}
	for k, values := range h {
		for _, v := range values {
			v = strings.NewReplacer("\r", " ", "\n", " ").Replace(strings.Trim(v, " \t\r\n"))
			want[k] = append(want[k], v)
		}
	}
	got, _, err := ParseHeader(string(block))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q:\n got %q, %v\nwant %q", block, got, err, want)
	}
}

// FuzzInfo reads any JSON as INFO and CONNECT; what it gives must survive being
// written and read again.
func FuzzInfo(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `{"server_id":"x","port":4222,"connect_urls":["a:1"],"new":{}}`, `{"port":"x"}`,
		`{"name":"a\r\nb","pass":"p","protocol":1}`, `{"connect_urls":[]}`, `{"nonce":"\ud800"}`, `{"a":`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := ParseInfo(data)
		checkInfoError(t, data, err)
		if err == nil {
			if len(info.ConnectURLs) == 0 {
				info.ConnectURLs = nil // an empty list isn't written
			}
			again, err := ParseInfo(arg(t, Info, AppendInfo(nil, &info)))
			if err != nil || !reflect.DeepEqual(again, info) {
				t.Errorf("INFO %q: %+v became %+v, %v", data, info, again, err)
			}
		}
		connect, err := ParseConnect(data)
		checkInfoError(t, data, err)
		if err == nil {
			again, err := ParseConnect(arg(t, Connect, AppendConnect(nil, &connect)))
			if err != nil || again != connect {
				t.Errorf("CONNECT %q: %+v became %+v, %v", data, connect, again, err)
			}
		}
	})
}

func checkInfoError(t *testing.T, data []byte, err error) {
	t.Helper()
	if err != nil && (!errors.Is(err, ErrSyntax) || len(err.Error()) > 600) {
		t.Errorf("%q gives %v", data, err)
	}
}
