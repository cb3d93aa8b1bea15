package wire

import (
	"errors"
	"strings"
	"testing"
)

const hdrFoo = "NATS/1.0\r\nFoo: b\r\n\r\n" // 20 bytes

func TestOperations(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"msg", "MSG a.b 7 2\r\nhi\r\n", `MSG sid=7 subject="a.b" payload="hi"`},
		{"msg reply", "MSG a.b 7 _INBOX.x 2\r\nhi\r\n", `MSG sid=7 subject="a.b" reply="_INBOX.x" payload="hi"`},
		{"msg reply of digits", "MSG a.b 7 12 2\r\nhi\r\n", `MSG sid=7 subject="a.b" reply="12" payload="hi"`},
		{"msg reply that starts with digits", "MSG a.b 7 12x 2\r\nhi\r\n", `MSG sid=7 subject="a.b" reply="12x" payload="hi"`},
		{"msg empty", "MSG a.b 7 0\r\n\r\n", `MSG sid=7 subject="a.b" payload=""`},
		{"msg of CRLF", "MSG a.b 7 4\r\n\r\n\r\n\r\n", `MSG sid=7 subject="a.b" payload="\r\n\r\n"`},
		{"msg lower case", "msg a.b 7 2\r\nhi\r\n", `MSG sid=7 subject="a.b" payload="hi"`},
		{"msg mixed case", "MsG a.b 7 2\r\nhi\r\n", `MSG sid=7 subject="a.b" payload="hi"`},
		{"msg tabs", "MSG\ta.b\t7\tr\t2\r\nhi\r\n", `MSG sid=7 subject="a.b" reply="r" payload="hi"`},
		{"msg tab after subject", "MSG a.b\tc 7 2\r\nhi\r\n", `error: sid of MSG is no number`},
		{"msg spaces", "MSG   a.b  7   2  \r\nhi\r\n", `MSG sid=7 subject="a.b" payload="hi"`},
		{"msg line ends in LF", "MSG a.b 7 2\nhi\r\n", `MSG sid=7 subject="a.b" payload="hi"`},
		{"msg zeros in front", "MSG a.b 007 00000000000002\r\nhi\r\n", `MSG sid=7 subject="a.b" payload="hi"`},
		{"msg sid 0", "MSG a.b 0 2\r\nhi\r\n", `MSG subject="a.b" payload="hi"`},
		{"msg largest sid", "MSG a.b 18446744073709551615 2\r\nhi\r\n", `MSG sid=18446744073709551615 subject="a.b" payload="hi"`},
		{"msg sid too large", "MSG a.b 18446744073709551616 2\r\nhi\r\n", `error: sid of MSG is no number`},
		{"msg sid of letters", "MSG a.b x 2\r\nhi\r\n", `error: sid of MSG is no number`},
		{"msg unicode subject", "MSG größe.世界 7 2\r\nhi\r\n", `MSG sid=7 subject="größe.世界" payload="hi"`},
		{"msg control byte in subject", "MSG a\x01b 7 2\r\nhi\r\n", `MSG sid=7 subject="a\x01b" payload="hi"`},
		{"msg long subject", "MSG " + strings.Repeat("a", 40) + " 7 2\r\nhi\r\n", `MSG sid=7 subject="` + strings.Repeat("a", 40) + `" payload="hi"`},
		{"msg negative size", "MSG a.b 7 -2\r\nhi\r\n", `error: size of MSG is no number`},
		{"msg no size", "MSG a.b 7\r\nhi\r\n", `error: MSG wants subject sid [reply] size`},
		{"msg too many", "MSG a b c 1 2 3\r\nhi\r\n", `error: stray CR or too many arguments in MSG`},
		{"msg five", "MSG a 1 b c 2\r\nhi\r\n", `error: MSG wants subject sid [reply] size`},
		{"msg stray CR", "MSG a\rb 7 2\r\nhi\r\n", `error: stray CR or too many arguments in MSG`},
		{"msg two CR", "MSG a 7 2\r\r\nhi\r\n", `error: stray CR or too many arguments in MSG`},
		{"msg payload longer than said", "MSG a 7 2\r\nhello\r\n", `error: payload of MSG not closed by CRLF where its size says`},
		{"msg payload ends in LF", "MSG a 7 2\r\nhi\n\n", `error: payload of MSG not closed by CRLF where its size says`},
		{"msg alone", "MSG\r\n", `error: MSG wants subject sid [reply] size`},

		{"hmsg", "HMSG a 7 20 22\r\n" + hdrFoo + "hi\r\n", `HMSG sid=7 subject="a" header="NATS/1.0\r\nFoo: b\r\n\r\n" payload="hi"`},
		{"hmsg reply", "HMSG a 7 r 20 22\r\n" + hdrFoo + "hi\r\n", `HMSG sid=7 subject="a" reply="r" header="NATS/1.0\r\nFoo: b\r\n\r\n" payload="hi"`},
		{"hmsg reply of digits", "HMSG a 7 5 20 22\r\n" + hdrFoo + "hi\r\n", `HMSG sid=7 subject="a" reply="5" header="NATS/1.0\r\nFoo: b\r\n\r\n" payload="hi"`},
		{"hmsg header only", "HMSG a 7 20 20\r\n" + hdrFoo + "\r\n", `HMSG sid=7 subject="a" header="NATS/1.0\r\nFoo: b\r\n\r\n" payload=""`},
		{"hmsg no header", "HMSG a 7 0 2\r\nhi\r\n", `HMSG sid=7 subject="a" header="" payload="hi"`},
		{"hmsg header past total", "HMSG a 7 3 2\r\nhi\r\n", `error: header size of HMSG exceeds total size`},
		{"hmsg header size bad", "HMSG a 7 x y 2\r\nhi\r\n", `error: header size of HMSG is no number`},
		{"hmsg header size huge", "HMSG a 7 99999999999999999999999 2\r\nhi\r\n", `error: header size of HMSG exceeds total size`},
		{"hmsg one size", "HMSG a 7 2\r\nhi\r\n", `error: HMSG wants subject sid [reply] header-size total-size`},

		{"pub", "PUB a 2\r\nhi\r\n", `PUB subject="a" payload="hi"`},
		{"pub reply", "PUB a r 2\r\nhi\r\n", `PUB subject="a" reply="r" payload="hi"`},
		{"pub bad", "PUB a\r\n", `error: PUB wants subject [reply] size`},
		{"hpub", "HPUB a 20 22\r\n" + hdrFoo + "hi\r\n", `HPUB subject="a" header="NATS/1.0\r\nFoo: b\r\n\r\n" payload="hi"`},
		{"hpub reply", "hpub a r 20 22\r\n" + hdrFoo + "hi\r\n", `HPUB subject="a" reply="r" header="NATS/1.0\r\nFoo: b\r\n\r\n" payload="hi"`},
		{"hpub bad", "HPUB a 2\r\nhi\r\n", `error: HPUB wants subject [reply] header-size total-size`},

		{"sub", "SUB a.* 3\r\n", `SUB sid=3 subject="a.*"`},
		{"sub queue", "SUB a.> q 3\r\n", `SUB sid=3 subject="a.>" queue="q"`},
		{"sub bad", "SUB a\r\n", `error: SUB wants subject [queue] sid`},
		{"sub sid", "SUB a b\r\n", `error: sid of SUB is no number`},
		{"unsub", "UNSUB 3\r\n", `UNSUB sid=3`},
		{"unsub max", "UNSUB 3 9223372036854775807\r\n", `UNSUB sid=3 max=9223372036854775807`},
		{"unsub max too large", "UNSUB 3 9223372036854775808\r\n", `error: max of UNSUB is no number`},
		{"unsub max negative", "UNSUB 3 -1\r\n", `error: max of UNSUB is no number`},
		{"unsub alone", "UNSUB\r\n", `error: UNSUB wants sid [max]`},
		{"unsub sid", "UNSUB x\r\n", `error: sid of UNSUB is no number`},

		{"ping", "PING\r\n", `PING`},
		{"ping LF", "ping\n", `PING`},
		{"ping with something new", "PING later \r\n", `PING`},
		{"pong", "PONG\r\n", `PONG`},
		{"ok", "+OK\r\n", `+OK`},
		{"ok lower case", "+ok\r\n", `+OK`},
		{"err", "-ERR 'Stale Connection'\r\n", `-ERR arg="Stale Connection"`},
		{"err no quotes", "-ERR Stale Connection \r\n", `-ERR arg="Stale Connection"`},
		{"err quotes within", "-ERR it's a 'test'\r\n", `-ERR arg="it's a 'test'"`},
		{"err quoted quotes", "-ERR ''a''\r\n", `-ERR arg="'a'"`},
		{"err alone", "-ERR\r\n", `-ERR arg=""`},
		{"err one quote", "-ERR '\r\n", `-ERR arg="'"`},
		{"info", "INFO {\"a\": 1} \r\n", `INFO arg="{\"a\": 1}"`},
		{"info CR within", "INFO {\r}\r\n", `INFO arg="{\r}"`},
		{"info alone", "INFO\r\n", `INFO arg=""`},
		{"connect", "CONNECT\t{}\r\n", `CONNECT arg="{}"`},

		{"unknown", "HELLO\r\n", `error: unknown operation`},
		{"unknown before a line end", "X", `error: unknown operation`},
		{"longer than a verb", "PINGX\r\n", `error: unknown operation`},
		{"space in front", " PING\r\n", `error: unknown operation`},
		{"empty line", "\r\n", `error: unknown operation`},
		{"control byte like plus", "\x0bOK\r\n", `error: unknown operation`},
		{"TLS alert", "\x15\x03\x03\x00\x02\x02\x46", `error: unknown operation (a TLS record: the peer speaks TLS where plain text was expected)`},
		{"HTTP", "HTTP/1.1 400 Bad Request", `error: unknown operation (HTTP? the peer doesn't seem to speak NATS here)`},

		{"part of a verb", "MS", ""},
		{"verb without end", "PING", ""},
		{"part of a line", "PING\r", ""},
		{"part of a payload", "MSG a 1 2\r\nhi\r", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, cut := range map[string]func(int) int{"whole": whole, "bytewise": bytewise} {
				o := feed(t, new(Parser), []byte(tt.in), cut)
				got := strings.Join(o.ops, "\n")
				if o.err != nil {
					got += "error: " + o.err.What
				} else if (o.left == 0) != (tt.want != "") {
					t.Errorf("%s: %d bytes left", how, o.left)
				}
				if got != tt.want {
					t.Errorf("%s: %q\n got %s\nwant %s", how, tt.in, got, tt.want)
				}
			}
		})
	}
}

// script holds every operation, in several spellings.
const script = "INFO {\"server_id\":\"x\",\"max_payload\":1048576}\r\n" +
	"+OK\r\nPING\r\nMSG a.b 1 2\r\nhi\r\nMSG a.b 1 _INBOX.abcdefgh.1 0\r\n\r\n" +
	"HMSG subject.of.some.length 12 r.e.p.l.y 20 25\r\n" + hdrFoo + "hello\r\n" +
	"hmsg s 2 20 20\r\n" + hdrFoo + "\r\nMSG x 3 12\r\nMSG y 4 1\r\nz\r\n" +
	"-ERR 'Slow Consumer'\r\nPONG\nCONNECT {\"verbose\":false}\r\n" +
	"PUB a 2\r\nhi\r\nPUB\ta  r 11\r\nhello world\r\n" +
	"HPUB a r 20 21\r\n" + hdrFoo + "x\r\nSUB a q 1\r\nSUB a.> 2\r\nUNSUB 1\r\nUNSUB 2 5\r\n"

func TestEverySplitGivesTheSame(t *testing.T) {
	const ops = 18
	for _, tail := range []string{"", "MSG a 1 3\r\nabcd\r\n", "BOGUS\r\n", "MSG a 1 99999999999\r\n"} {
		data := []byte(script + tail)
		want := feed(t, new(Parser), data, whole)
		if len(want.ops) != ops || want.left != 0 || (want.err != nil) != (tail != "") {
			t.Fatalf("script gives %d operations:\n%v", len(want.ops), want)
		}
		if got := feed(t, new(Parser), data, bytewise); !got.equal(want) {
			t.Errorf("byte at a time:\n%v\nwhole:\n%v", got, want)
		}
		for at := 1; at < len(data); at++ {
			if got := feed(t, new(Parser), data, inTwo(at)); !got.equal(want) {
				t.Fatalf("split at %d:\n%v\nwhole:\n%v", at, got, want)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	line := func(verb string, n int) string { return verb + strings.Repeat("x", n-len(verb)) }
	for _, tt := range []struct {
		name string
		p    Parser
		in   string
		what string // empty: no error
	}{
		{"sub at the default", Parser{}, "SUB a 1" + strings.Repeat(" ", 4096-7) + "\r\n", ""},
		{"sub past the default", Parser{}, line("SUB ", 4097) + "\r\n", "SUB line too long"},
		{"sub past the default, LF", Parser{}, line("SUB ", 4097) + "\n", "SUB line too long"},
		{"sub without end", Parser{}, line("SUB ", 4098), "SUB line too long"},
		{"msg longer than clients may send", Parser{}, "MSG " + strings.Repeat("x", 8000) + " 1 2\r\nhi\r\n", ""},
		{"msg past a limit of its own", Parser{MaxControlLine: 100}, "MSG " + strings.Repeat("x", 93) + " 1 2\r\nhi\r\n", "MSG line too long"},
		{"msg at a limit of its own", Parser{MaxControlLine: 100}, "MSG " + strings.Repeat("x", 92) + " 1 2\r\nhi\r\n", ""},
		{"msg without end", Parser{MaxInfo: 10000}, line("MSG ", 10002), "MSG line too long"},
		{"info past 4096", Parser{}, line("INFO ", 9000) + "\r\n", ""},
		{"info at its limit", Parser{MaxInfo: 5000}, line("INFO ", 5000) + "\r\n", ""},
		{"info past its limit", Parser{MaxInfo: 5000}, line("INFO ", 5001) + "\r\n", "INFO line too long"},
		{"connect past its limit", Parser{MaxInfo: 5000}, line("CONNECT ", 5001) + "\r\n", "CONNECT line too long"},
		{"err past its limit", Parser{MaxInfo: 5000}, line("-ERR ", 5001) + "\r\n", "-ERR line too long"},
		{"payload at its limit", Parser{MaxPayload: 10}, "MSG a 1 10\r\n0123456789\r\n", ""},
		{"payload past its limit", Parser{MaxPayload: 10}, "MSG a 1 11\r\n01234567890\r\n", "declared size of MSG too large"},
		{"pub past its limit", Parser{MaxPayload: 10}, "PUB a 11\r\n", "declared size of PUB too large"},
		{"header counts", Parser{MaxPayload: 21}, "HMSG a 1 20 22\r\n" + hdrFoo + "hi\r\n", "declared size of HMSG too large"},
		{"payload past the default", Parser{}, "MSG a 1 68157441\r\n", "declared size of MSG too large"},
		{"payload past 64 bits", Parser{}, "MSG a 1 99999999999999999999999\r\n", "declared size of MSG too large"},
		{"payload past 64 bits, no limit", Parser{MaxPayload: int(^uint(0) >> 1)}, "MSG a 1 99999999999999999999999\r\n", "declared size of MSG too large"},
		{"limits at the largest int", Parser{MaxPayload: maxInt, MaxInfo: maxInt, MaxControlLine: maxInt}, "MSG a 1 2\r\nhi\r\nINFO {}\r\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, cut := range map[string]func(int) int{"whole": whole, "bytewise": bytewise} {
				p := tt.p
				o := feed(t, &p, []byte(tt.in), cut)
				switch {
				case tt.what == "" && (o.err != nil || o.left != 0 || len(o.ops) == 0):
					t.Errorf("%s: refused: %v", how, o)
				case tt.what != "" && (o.err == nil || o.err.What != tt.what || !errors.Is(o.err, ErrTooLarge)):
					t.Errorf("%s: want %q past a limit, got %v", how, tt.what, o)
				}
			}
		})
	}
}

const maxInt = int(^uint(0) >> 1)

func TestNeed(t *testing.T) {
	const msg = "MSG a 1 5\r\nhello\r\n"
	p, op := new(Parser), new(Op)
	for have := 1; have < len(msg); have++ {
		if n, err := p.Next([]byte(msg[:have]), op); n != 0 || err != nil {
			t.Fatalf("%d bytes: %d, %v", have, n, err)
		}
		want := 0
		if have >= strings.Index(msg, "hello") {
			want = len(msg)
		}
		if p.Need() != want {
			t.Errorf("%d bytes: Need is %d, want %d", have, p.Need(), want)
		}
	}
	p.Reset()
	if p.Need() != 0 {
		t.Errorf("Need is %d after Reset", p.Need())
	}
	if n, err := p.Next([]byte(PingLine), op); n != len(PingLine) || err != nil || op.Kind != Ping {
		t.Errorf("a new stream after Reset: %d, %v, %v", n, err, op.Kind)
	}
}

// Bytes already known to hold no line end aren't looked at again.
func TestScanResumes(t *testing.T) {
	p, op := new(Parser), new(Op)
	buf := []byte("INFO {" + strings.Repeat(" ", 1000))
	if n, err := p.Next(buf, op); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if p.scanned != len(buf) {
		t.Errorf("scanned %d of %d bytes", p.scanned, len(buf))
	}
}

func TestErrorSaysWhatAndWhere(t *testing.T) {
	_, err := new(Parser).Next([]byte("SSH-2.0-OpenSSH_9.6\r\nmore"), new(Op))
	const want = `malformed protocol data: unknown operation: "SSH-2.0-OpenSSH_9.6"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if !errors.Is(err, ErrSyntax) || errors.Is(err, ErrTooLarge) {
		t.Errorf("%v is of the wrong class", err)
	}
}

func TestErrorHidesCredentials(t *testing.T) {
	p := Parser{MaxInfo: 40}
	_, err := p.Next([]byte(`CONNECT {"user":"u","pass":"s3cret","verbose":false}`+"\r\n"), new(Op))
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{
		`{"pass":"s3cret"`, `{"pass":"s3cret"]`, `"s3cret"`, `{"user":1,"pass":"s3cret"}`,
	} {
		_, err := ParseConnect([]byte(bad))
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	msgs := []byte(script)
	p, op := new(Parser), new(Op)
	if a := testing.AllocsPerRun(100, func() {
		for at := 0; at < len(msgs); {
			n, err := p.Next(msgs[at:], op)
			if n == 0 || err != nil {
				t.Fatal(n, err)
			}
			at += n
		}
	}); a != 0 {
		t.Errorf("%v allocations for the script", a)
	}
}

// The quick way for a PONG takes what Next would take as one.
func TestNextPong(t *testing.T) {
	for _, in := range []string{PongLine, PongLine + "MSG", "PONG", "pong\r\n", "PONG \r\n", "PING\r\n", "PONG\n\r\n", ""} {
		var p Parser
		var op Op
		n := p.NextPong([]byte(in))
		if m, err := p.Next([]byte(in), &op); n > 0 && (err != nil || m != n || op.Kind != Pong) {
			t.Errorf("%q: %d bytes, Next says %d of kind %v, %v", in, n, m, op.Kind, err)
		}
		if want := strings.HasPrefix(in, PongLine); want != (n > 0) {
			t.Errorf("%q: %d bytes", in, n)
		}
	}
}
