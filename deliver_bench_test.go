package nats

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
	run := func(name string, sub *Subscription, consume func(s *Subscription)) {
		b.Run(name, func(b *testing.B) {
			nc := &Conn{}
			nc.Opts.SubChanLen = 2 * n
			nc.subs.init()
			nc.initOut()
			s, err := nc.subscribe(sub)
			if err != nil {
				b.Fatal(err)
			}
			in := newInbound(nc, nil)
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
	run("handler", &Subscription{Subject: "bench.data", typ: AsyncSubscription, cb: func(*Msg) { handled++ }}, func(s *Subscription) {
		for {
			if msgs, _ := s.pending.load(); msgs == 0 {
				return
			}
			runtime.Gosched()
		}
	})
	run("NextMsg", &Subscription{Subject: "bench.data", typ: SyncSubscription}, func(s *Subscription) {
		for range n {
			if _, err := s.NextMsg(0); err != nil {
				b.Fatal(err)
			}
		}
	})
	ch := make(chan *Msg, 2*n)
	run("channel", &Subscription{Subject: "bench.data", typ: ChanSubscription, ch: ch}, func(*Subscription) {
		for range n {
			<-ch
		}
	})
}
