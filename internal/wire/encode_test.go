package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestEncoders(t *testing.T) {
	hdr := []byte(hdrFoo)
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"pub", AppendPub(nil, "a", "", nil, []byte("hi")), "PUB a 2\r\nhi\r\n"},
		{"pub empty", AppendPub(nil, "a", "", nil, nil), "PUB a 0\r\n\r\n"},
		{"pub reply", AppendPub(nil, "a", "r", nil, []byte("hi")), "PUB a r 2\r\nhi\r\n"},
		{"pub empty header", AppendPub(nil, "a", "r", []byte{}, []byte("hi")), "PUB a r 2\r\nhi\r\n"},
		{"hpub", AppendPub(nil, "a", "", hdr, []byte("hi")), "HPUB a 20 22\r\n" + hdrFoo + "hi\r\n"},
		{"hpub reply", AppendPub(nil, "a", "r", hdr, nil), "HPUB a r 20 20\r\n" + hdrFoo + "\r\n"},
		{"msg", AppendMsg(nil, "a", 12, "", nil, []byte("hi")), "MSG a 12 2\r\nhi\r\n"},
		{"msg reply", AppendMsg(nil, "a", 12, "r", nil, []byte("hi")), "MSG a 12 r 2\r\nhi\r\n"},
		{"hmsg", AppendMsg(nil, "a", 12, "", hdr, []byte("hi")), "HMSG a 12 20 22\r\n" + hdrFoo + "hi\r\n"},
		{"hmsg reply", AppendMsg(nil, "a", 12, "r", hdr, nil), "HMSG a 12 r 20 20\r\n" + hdrFoo + "\r\n"},
		{"sub", AppendSub(nil, "a", "", 1), "SUB a 1\r\n"},
		{"sub queue", AppendSub(nil, "a", "q", 1), "SUB a q 1\r\n"},
		{"unsub", AppendUnsub(nil, 1, 0), "UNSUB 1\r\n"},
		{"unsub max", AppendUnsub(nil, 1, 10), "UNSUB 1 10\r\n"},
		{"err", AppendErr(nil, "Slow Consumer"), "-ERR 'Slow Consumer'\r\n"},
		{"behind what is there", AppendSub([]byte(PingLine), "a", "", 1), "PING\r\nSUB a 1\r\n"},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestPubSizeIsExact(t *testing.T) {
	for _, reply := range []string{"", "r", "_INBOX.x"} {
		for _, hdr := range []int{0, 1, 9, 10, 99, 100} {
			for _, data := range []int{0, 1, 8, 9, 10, 98, 99, 100, 999, 1000, 65535, 100000} {
				frame := AppendPub(nil, "a.b", reply, make([]byte, hdr), make([]byte, data))
				want := PubSize("a.b", reply, hdr, data)
				if len(frame) != want {
					t.Errorf("reply %q, header %d, data %d: %d bytes, PubSize says %d", reply, hdr, data, len(frame), want)
				}
				if bound := PubBound("a.b", reply, hdr, data); bound < want {
					t.Errorf("reply %q, header %d, data %d: %d bytes, PubBound says %d", reply, hdr, data, want, bound)
				}
				// Room for exactly so much is enough.
				room := make([]byte, want)
				if n := PutPub(room, "a.b", reply, make([]byte, hdr), make([]byte, data)); n != want || !bytes.Equal(room, frame) {
					t.Errorf("reply %q, header %d, data %d: PutPub wrote %q, want %q", reply, hdr, data, room[:n], frame)
				}
			}
		}
	}
}

func TestEncodersDoNotAllocate(t *testing.T) {
	dst, data := make([]byte, 0, 1024), make([]byte, 100)
	if a := testing.AllocsPerRun(100, func() {
		b := AppendPub(dst, "a.b", "r", nil, data)
		b = AppendPub(b, "a.b", "r", data, data)
		b = AppendMsg(b, "a.b", 1<<60, "r", data, data)
		b = AppendSub(b, "a.b", "q", 1<<60)
		b = AppendUnsub(b, 1<<60, 1<<60)
		b = AppendErr(b, "x")
		AppendHeader(b, benchHeader)
	}); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestKindString(t *testing.T) {
	if s := HMsg.String(); s != "HMSG" {
		t.Errorf("HMsg is %q", s)
	}
	if s := None.String() + Kind(200).String(); s != strings.Repeat("none", 2) {
		t.Errorf("None and an unknown kind are %q", s)
	}
}
