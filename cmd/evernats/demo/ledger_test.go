package demo

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLedger(t *testing.T) {
	for name, tc := range map[string]struct {
		arrived                           []uint64
		delivered, duplicated, outOfOrder uint64
	}{
		"nothing":             {nil, 0, 0, 0},
		"in order":            {[]uint64{1, 2, 3}, 3, 0, 0},
		"one missing":         {[]uint64{1, 3}, 2, 0, 0},
		"sent again":          {[]uint64{1, 2, 3, 2, 3, 4}, 4, 2, 0},
		"overtaken":           {[]uint64{1, 3, 2}, 3, 0, 1},
		"a gap filled later":  {[]uint64{1, 4, 2, 3, 5}, 5, 0, 2},
		"across a word":       {[]uint64{63, 64, 65, 64}, 3, 1, 0},
		"thrice is two extra": {[]uint64{7, 7, 7}, 1, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var l ledger
			for _, n := range tc.arrived {
				l.take(n)
			}
			d, dup, ooo := l.counts()
			if d != tc.delivered || dup != tc.duplicated || ooo != tc.outOfOrder {
				t.Errorf("delivered %d, duplicated %d, out of order %d; want %d, %d, %d",
					d, dup, ooo, tc.delivered, tc.duplicated, tc.outOfOrder)
			}
		})
	}
}

func TestLedgerOfAPart(t *testing.T) {
	var l ledger
	for _, n := range []uint64{1, 2, 5, 64, 66} {
		l.take(n)
	}
	for _, tc := range []struct{ from, to, missing uint64 }{
		{1, 2, 0}, {1, 5, 2}, {63, 66, 2}, {200, 201, 2}, {3, 2, 0},
	} {
		if n := l.missing(tc.from, tc.to); n != tc.missing {
			t.Errorf("of %d to %d %d are missing, want %d", tc.from, tc.to, n, tc.missing)
		}
	}
}

// What is watched is the time between two messages, and from the last one to the end.
func TestLedgerWatchesGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		l.watchGaps(true)
		for _, d := range []time.Duration{2, 30, 5} {
			time.Sleep(d * time.Millisecond)
			l.take(uint64(d))
		}
		if gap := l.watchGaps(true); gap != 30*time.Millisecond {
			t.Errorf("the longest gap is %v", gap)
		}
		time.Sleep(7 * time.Millisecond)
		if gap := l.watchGaps(false); gap != 7*time.Millisecond {
			t.Errorf("without a message the gap is %v", gap)
		}
	})
}
