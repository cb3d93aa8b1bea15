package receive

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// BenchmarkTakeIn is the reader's work without the socket and the handler.
func BenchmarkTakeIn(b *testing.B) {
	hdr := wire.AppendHeader(nil, map[string][]string{
		"Nats-Msg-Id": {"0123456789abcdef"},
		"Trace-Id":    {"00-4bf92f3577b34da6a3ce929d0e0e4736-01"},
	})
	for _, c := range []struct {
		what string
		size int
		hdr  []byte
	}{
		{"16 B", 16, nil}, {"128 B", 128, nil}, {"128 B and two headers", 128, hdr}, {"4 KiB", 4 << 10, nil}, {"16 KiB", 16 << 10, nil},
	} {
		b.Run(c.what, func(b *testing.B) {
			in := reading("bench.data", func(*message) {})
			one := wire.AppendMsg(nil, "bench.data", 1, "", c.hdr, make([]byte, c.size))
			n := max(1, (128<<10)/len(one))
			buf := bytes.Repeat(one, n)
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				if used, err := in.parse(buf); used != len(buf) || err != nil {
					b.Fatal(fmt.Sprint(used, err))
				}
			}
		})
	}
}

// BenchmarkLent is the reader's work without the socket, and that of the goroutine that
// calls the handler.
func BenchmarkLent(b *testing.B) {
	hdr := wire.AppendHeader(nil, map[string][]string{
		"Nats-Msg-Id": {"0123456789abcdef"},
		"Trace-Id":    {"00-4bf92f3577b34da6a3ce929d0e0e4736-01"},
	})
	for _, c := range []struct {
		what, reply string
		size        int
		hdr         []byte
	}{
		{"16 B", "", 16, nil}, {"128 B", "", 128, nil}, {"128 B and a reply", "_INBOX.abcdefghijklmnop.qrstuv", 128, nil},
		{"128 B and two headers", "", 128, hdr}, {"4 KiB", "", 4 << 10, nil},
	} {
		b.Run(c.what, func(b *testing.B) {
			t, _ := newTable()
			s := add(b, t, config{Subject: "bench.data", Lent: func(*lent) {}})
			in := newInbound(t, newLink())
			one := wire.AppendMsg(nil, "bench.data", 1, c.reply, c.hdr, make([]byte, c.size))
			n := max(1, lentReadBuf/len(one))
			buf := bytes.Repeat(one, n)
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				if used, err := in.parse(buf); used != len(buf) || err != nil {
					b.Fatal(used, err)
				}
				for {
					if left, _ := s.in.pending.load(); left == 0 {
						break
					}
					runtime.Gosched()
				}
				for in.lender.block.refs.Load() > 1 {
					runtime.Gosched()
				}
				in.lender.next(buf, len(buf), len(buf))
			}
		})
	}
}
