package outbound

import (
	"bytes"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// What wire's encoder writes is read back as wire's parser reads it.
func TestFramesReadLikeTheParser(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789\r\nPUB x 5\r\n"), 60)
	for _, reply := range []string{"", "reply", "_INBOX.1.22"} {
		for _, hdr := range []int{0, 1, 12, 340} {
			for _, data := range []int{0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 1001} {
				frame := wire.AppendPub(nil, "some.subject", reply, body[:hdr], body[:data])
				more := append(bytes.Clone(frame), "PUB next 0\r\n\r\n"...)
				if n, msg := frameLen(more); n != len(frame) || !msg {
					t.Fatalf("frameLen = %d, %v for %q", n, msg, more)
				}
				var got, want wire.Op
				var p wire.Parser
				if n, err := p.Next(frame, &want); n != len(frame) || err != nil {
					t.Fatal(n, err)
				}
				parseFrame(frame, &got)
				if got.Kind != want.Kind || string(got.Subject) != string(want.Subject) ||
					string(got.Reply) != string(want.Reply) || string(got.Header) != string(want.Header) ||
					string(got.Payload) != string(want.Payload) || (got.Header == nil) != (want.Header == nil) {
					t.Fatalf("%q read as\n%+v, want\n%+v", frame, got, want)
				}
			}
		}
	}
}

func TestControlFramesAreNoMessages(t *testing.T) {
	for _, f := range []string{"PING\r\n", "PONG\r\n", "SUB a.b q 12\r\n", "UNSUB 1 5\r\n"} {
		if n, msg := frameLen([]byte(f + "PUB a 1\r\nx\r\n")); n != len(f) || msg {
			t.Errorf("frameLen = %d, %v for %q", n, msg, f)
		}
	}
}

// A subject that breaks the protocol must not break the Buffer.
func TestFramesOfBrokenSubjects(t *testing.T) {
	for _, subject := range []string{"", " ", "a b c", "a\r\nb", "\n", "a\nPUB b 1000", "x 99999999999999999999"} {
		b := New(Config{Hold: true, ChunkSize: 64})
		for range 3 {
			b.Pub(subject, "", nil, []byte("data"))
			b.Pub(subject, "r", []byte("h"), nil)
		}
		n := 0
		b.Connected([]byte("SUB a 1\r\n"), func(*wire.Op) error { n++; return nil })
		if n == 0 {
			t.Errorf("%q: nothing was shown", subject)
		}
		b.Batch(nil, 100)
		b.Wrote(60)
		b.Disconnected()
		b.DropOldest(10)
		b.Connected(nil, nil)
		flushed(b)
		b.Disconnected()
		b.Close()
		if b.Size() != 0 {
			t.Errorf("%q: Size %d after Close", subject, b.Size())
		}
	}
}
