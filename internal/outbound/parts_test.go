package outbound

import (
	"bytes"
	"slices"
	"testing"
)

// What a prefix has behind its parts goes out behind them, when the last is answered,
// and before what is queued; nothing of it is counted.
func TestPrefixGoesOnBehindItsParts(t *testing.T) {
	const subs, tail = "SUB a 1\r\nSUB b 2\r\n", "PUB c 2\r\nhi\r\n"
	for _, hold := range []bool{false, true} {
		for alone := range 3 {
			for strikes := range 3 { // over a message
				b := New(Config{Hold: hold})
				publish(b, 3, 10)
				for range strikes {
					b.Connected(nil, nil)
					b.Batch(nil, 1000)
					b.Wrote(5)
					b.Disconnected()
				}
				b.TryParts([]int{9, 18}, alone)
				b.Connected([]byte(subs+tail), nil)
				var got []byte
				for {
					batch := slices.Concat(b.Batch(nil, 1000)...)
					if strikes == 2 && bytes.Contains(batch, []byte("PUB m.1 ")) && bytes.Contains(batch, []byte("PUB m.2 ")) {
						t.Errorf("hold %v, %d alone: the suspect isn't tried alone", hold, alone)
					}
					for i := range batch { // the socket takes one byte at a time
						b.Wrote(1)
						if d := b.Unconfirmed().Msgs; string(got) == subs && i < len(tail) && d != 0 {
							t.Fatalf("%d messages unconfirmed in the prefix", d)
						}
						b.Batch(nil, 1000)
					}
					for off := 0; off < len(batch); {
						n, _ := frameLen(batch[off:])
						if frame := batch[off : off+n]; string(frame) != ping {
							got = append(got, frame...)
						}
						off += n
					}
					if _, ok := b.Pong(); !ok && len(batch) == 0 {
						break
					}
				}
				if n := len(subs + tail); len(got) < n || string(got[:n]) != subs+tail {
					t.Errorf("hold %v, %d alone, %d strikes: %q", hold, alone, strikes, got)
				}
				if c := b.Totals(); c.Unconfirmed.Msgs+c.Confirmed.Msgs != 3 || c.Queued.Msgs != 0 {
					t.Errorf("hold %v, %d alone, %d strikes: %+v", hold, alone, strikes, c)
				}
			}
		}
	}
}
