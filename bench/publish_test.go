package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

var testPeer *peer

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	if os.Getenv(peerEnv) != "" {
		runPeer()
		return
	}
	if text := os.Getenv(childEnv); text != "" {
		runChild(text)
		return
	}
	var err error
	testPeer, err = startPeer()
	must(err)
	code := m.Run()
	testPeer.stop()
	os.Exit(code)
}

// both runs a benchmark with each library; benchstat compares them with
// -col /lib.
func both(b *testing.B, f func(b *testing.B, l lib)) {
	for _, l := range []lib{ours, theirs} {
		b.Run("lib="+l.name, func(b *testing.B) { f(b, l) })
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, size := range []int{16, 128, 4096} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			both(b, func(b *testing.B, l lib) {
				c := connect(l, testPeer.sink, connOptions{})
				defer c.close()
				data := make([]byte, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				begin := cpuTime()
				for b.Loop() {
					must(c.publish(subject, data))
				}
				must(c.flush())
				b.ReportMetric(float64(cpuTime()-begin)/float64(b.N), "cpu-ns/op")
			})
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	for _, how := range []string{byCallback, byChannel, byNextMsg, byIterator, byLent} {
		for _, size := range []int{16, 128, 4096} {
			b.Run(fmt.Sprintf("how=%s/size=%d", how, size), func(b *testing.B) {
				both(b, func(b *testing.B, l lib) {
					w := window(size)
					n := (b.N + w - 1) / w * w
					e := &env{peer: testPeer}
					round, done := receiveSetup(how, order{subject: subject, msgs: n, size: size, subs: 1}, 0)(e, l)
					defer done()
					b.SetBytes(int64(size))
					b.ReportAllocs()
					b.ResetTimer()
					s := round()
					b.ReportMetric(s[cpuNs], "cpu-ns/op")
				})
			})
		}
	}
}
