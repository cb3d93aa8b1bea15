package wire

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// What Alike reads is what Next would have read one by one, and it stops where a
// message isn't like the first, or isn't whole.
func TestAlike(t *testing.T) {
	alike, same := 0, 0
	for seed := range uint64(10_000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		pick := func(s ...string) string { return s[rnd.IntN(len(s))] }
		var buf []byte
		for range 1 + rnd.IntN(12) {
			size := rnd.IntN(13)
			buf = fmt.Appendf(buf, "%s%s %s %s%d\r\n%s\r\n",
				pick("MSG ", "MSG ", "MSG ", "MSG ", "MSG ", "MSG ", "MSG ", "msg ", "MSG  "), pick("a.b", "a.b", "a.b", "a.b", "a.b", "a.b", "a.b", "a.bc", "a."), pick("7", "7", "7", "7", "77"),
				pick("", "", "", "", "5 ", "r ", "7 "), size, "0123456789\r\nx"[:size])
		}
		switch rnd.IntN(4) {
		case 0:
			buf = buf[:rnd.IntN(len(buf)+1)]
		case 1:
			buf[rnd.IntN(len(buf))] = pick("x", " ", "\n", "0", "9")[0]
		}
		var p Parser
		if rnd.IntN(4) == 0 {
			p = Parser{MaxPayload: rnd.IntN(20), MaxControlLine: rnd.IntN(20)}
		}
		for from := 0; from < len(buf); {
			var first, at MsgAt
			var op Op
			n := p.NextMsg(buf[from:], &first)
			if n == 0 {
				break
			}
			if first.Reply.End > 0 {
				from += n
				continue
			}
			list, msgs, bytes, end := p.Alike(buf[from:], first.Payload, n, 1000+from, []Piece{{1, 2, 3, 4, 5}})
			subject := string(first.Subject.Of(buf[from:]))
			next := from
			for i, piece := range list[1:] {
				if piece.Count == 0 || piece.Next != uint32(i+2) {
					t.Fatalf("seed %d, %q: piece %d is %v", seed, buf[from:], i, piece)
				}
				for ; piece.Count > 0; piece.Count-- {
					size, err := p.Next(buf[next:], &op)
					behind := uint32(1000 + next + size - len("\r\n"))
					if size == 0 || err != nil || piece.Begin != behind-uint32(len(op.Payload)) || piece.End != behind ||
						op.Kind != Msg || op.SID != first.SID || string(op.Subject) != subject || op.Reply != nil {
						t.Fatalf("seed %d, %q: in piece %d is %v, which ends at %d", seed, buf[from:], i, piece, behind)
					}
					piece.Begin += piece.Stride
					piece.End += piece.Stride
					next += size
					msgs--
					bytes -= len(op.Payload)
				}
			}
			if msgs != 0 || bytes != 0 {
				t.Fatalf("seed %d, %q: %d messages of %d bytes too many are counted", seed, buf[from:], msgs, bytes)
			}
			if next != from+end {
				t.Fatalf("seed %d, %q: it ends at %d, want %d", seed, buf[from:], end, next-from)
			}
			if n := p.NextMsg(buf[next:], &at); n > 0 && at.SID == first.SID && string(at.Subject.Of(buf[next:])) == subject && at.Reply.End == 0 {
				t.Fatalf("seed %d, %q: it stops before one that is like the others", seed, buf[from:])
			}
			for _, piece := range list[1:] {
				alike += int(piece.Count)
				same += int(piece.Count - 1)
			}
			alike--
			from = next
		}
	}
	if alike < 500 || same < 50 {
		t.Errorf("%d messages were alike, %d of them of the same size", alike, same)
	}
}
