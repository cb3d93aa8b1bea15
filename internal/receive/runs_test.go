package receive

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// What comes in together is taken in pieces, in order, the last of which says so; and data
// that shares no memory is put where Memory says.
func TestRunsAreTakenInPieces(t *testing.T) {
	table, _ := newTable()
	var got, want []string
	var open bool // a piece follows
	pieces, runs := 0, 0
	var given [][]byte
	add(t, table, config{
		Subject: "x",
		Runs: func(msgs []message, more bool) {
			if len(msgs) == 0 {
				t.Error("an empty piece")
			}
			for _, m := range msgs {
				got = append(got, string(m.Data))
			}
			pieces++
			if open = more; !more {
				runs++
			}
		},
		Memory: func(size int) []byte {
			b := make([]byte, size, size+1)
			given = append(given, b)
			return b
		},
	})
	in := newInbound(table, newLink())
	large := strings.Repeat("y", 3*sharedPayload)
	for round := range 3 {
		var in1 []byte
		for i := range 100 {
			text := strings.Repeat("z", i)
			if i == 50 {
				text = large
			}
			in1 = append(in1, msg(1, text)...)
			want = append(want, text)
		}
		if used, err := in.parse(in1); used != len(in1) || err != nil {
			t.Fatal(used, err)
		}
		if open || runs != round+1 {
			t.Fatalf("%d runs after %d reads, another piece follows: %v", runs, round+1, open)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d messages of %d, or in another order", len(got), len(want))
	}
	if pieces < 6 || pieces > 100 {
		t.Errorf("%d pieces of %d messages", pieces, len(want))
	}
	if len(given) != 3 || !bytes.Equal(given[0], []byte(large)) {
		t.Errorf("memory was given %d times for 3 large messages", len(given))
	}
}
