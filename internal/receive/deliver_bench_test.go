package receive

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// BenchmarkDeliver is the way of a message of 16 bytes from the read buffer to its
// consumer, for each type of subscription.
func BenchmarkDeliver(b *testing.B) {
	one := wire.AppendMsg(nil, "bench.data", 1, "", nil, make([]byte, 16))
	const n = 1000
	buf := bytes.Repeat(one, n)
	run := func(name string, cfg config, consume func(s *Sub[message, header, subscription])) {
		b.Run(name, func(b *testing.B) {
			t, _ := newTable()
			s := &add(b, t, cfg).in
			in := newInbound(t, newLink())
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				if used, err := in.parse(buf); used != len(buf) || err != nil {
					b.Fatal(used, err)
				}
				consume(s)
			}
		})
	}
	handled := 0
	run("handler", config{Subject: "bench.data", Handler: func(*message) { handled++ }}, func(s *Sub[message, header, subscription]) {
		for {
			if msgs, _ := s.pending.load(); msgs == 0 {
				return
			}
			runtime.Gosched()
		}
	})
	run("NextMsg", config{Subject: "bench.data"}, func(s *Sub[message, header, subscription]) {
		for range n {
			if _, err := s.Next(0); err != nil {
				b.Fatal(err)
			}
		}
	})
	ch := make(chan *message, 2*n)
	run("channel", config{Subject: "bench.data", Channel: ch}, func(*Sub[message, header, subscription]) {
		for range n {
			<-ch
		}
	})
}
