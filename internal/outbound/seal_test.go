package outbound

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Whatever is going on when it is sealed: what was written until then is answered for,
// nothing is written behind it, and the next connection goes on in order.
func TestSealedConnectionLeavesNothingBehind(t *testing.T) {
	const prefix = "SUB a 1\r\nPUB b 2\r\nhi\r\n"
	for mode := range 4 {
		hold, behind := mode%2 > 0, mode/2 > 0
		for out := range 3 { // no batch is out; one is; one is and more is published
			for cut := range 60 { // bytes that the socket takes first
				t.Run(fmt.Sprintf("hold %v, behind %v, out %d, cut %d", hold, behind, out, cut), func(t *testing.T) {
					b := New(Config{Hold: hold, ChunkSize: 64})
					b.Connected([]byte(prefix), nil)
					publish(b, 5, 10)
					var stream []byte
					take := func(limit, n int) {
						batch := slices.Concat(b.Batch(nil, limit)...)
						n = min(n, len(batch))
						stream = append(stream, batch[:n]...)
						b.Wrote(n)
					}
					take(1000, cut)
					var batch []byte
					if out > 0 {
						batch = slices.Concat(b.Batch(nil, 30)...)
					}
					if out > 1 {
						publish(b, 3, 10)
						b.Fence(7)
					}
					var waits bool
					if behind {
						waits = b.SealBehind([]byte("pub p 2\r\nhi\r\n"))
						if b.SealBehind(nil) {
							t.Error("sealed twice")
						}
					} else {
						waits = b.Seal()
					}
					if out > 0 {
						stream = append(stream, batch...)
						b.Wrote(len(batch))
					}
					publish(b, 3, 10)
					for b.Ready() {
						take(1000, 1000)
					}
					pongs := 0
					for {
						tag, ok := b.Pong()
						if !ok {
							break
						}
						if pongs++; tag != 0 && !b.Sealed() {
							t.Errorf("tag %d is answered before its turn", tag)
						}
					}
					if !b.Sealed() || b.Ready() || waits != (pongs > 0) {
						t.Fatalf("waits %v, %d PONGs, sealed %v, ready %v", waits, pongs, b.Sealed(), b.Ready())
					}
					if seq := b.Totals().ConfirmedSeq; seq > b.Seq() {
						t.Errorf("message %d is confirmed, of %d", seq, b.Seq())
					}
					if n := strings.Count(string(stream), "pub p 2\r\nhi\r\nPING\r\n"); behind && (n != 1 || !strings.HasSuffix(string(stream), "hi\r\nPING\r\n")) {
						t.Errorf("the last that is written isn't what was to go with it: %q", stream)
					}
					if loss := b.GaveUp(); loss.Doubt.Msgs != 0 {
						t.Errorf("in doubt: %+v", loss.Doubt)
					}
					b.Connected(nil, nil)
					for b.Ready() {
						take(1000, 1000)
					}
					var got []int
					for off := 0; off < len(stream); {
						n, msg := frameLen(stream[off:])
						if msg && !strings.HasPrefix(string(stream[off:]), "PUB b ") {
							got = append(got, off)
						}
						off += n
					}
					if want := int(b.Totals().Appended.Msgs); len(got) != want {
						t.Errorf("%d of %d were written, once each", len(got), want)
					}
				})
			}
		}
	}
}
