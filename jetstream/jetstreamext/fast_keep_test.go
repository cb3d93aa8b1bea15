package jetstreamext

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// What is kept stays what it was, however its memory is used again, until it is released.
func TestKeeper(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var q keeper
	content := func(n uint64) (hdr, data []byte) {
		hdr = bytes.Repeat([]byte{'h'}, int(n%3)*7)
		size := int(n*7919%2000) + 1
		if n%97 == 0 {
			size = keptPiece // one that has memory of its own
		}
		return hdr, bytes.Repeat([]byte(fmt.Sprintf("%06d", n)), size)[:size]
	}
	check := func(n uint64) {
		t.Helper()
		k := q.get(n)
		hdr, data := content(n)
		if !bytes.Equal(k.header(), hdr) || !bytes.Equal(k.data(), data) || k.subject != fmt.Sprint(n) {
			t.Fatalf("message %d is another one", n)
		}
	}
	stored, last, sent := uint64(0), uint64(0), uint64(0)
	for range 20_000 {
		switch rng.IntN(6) {
		case 0:
			stored += rng.Uint64N(last - stored + 1)
			q.release(stored)
		case 1:
			if last > stored {
				check(stored + 1 + rng.Uint64N(last-stored))
			}
		case 2:
			if last > stored {
				q.withdraw()
				last--
			}
		default:
			if last-stored > 1000 {
				continue
			}
			last++
			sent++
			hdr, data := content(last)
			q.add(last, stored, fmt.Sprint(last), hdr, data).number = sent
		}
	}
	for n := stored + 1; n <= last; n++ {
		check(n)
		if got := q.left(q.get(n).number, stored, last); got != n {
			t.Errorf("%d left when %d did", got, n)
		}
	}
	if last == stored {
		t.Fatal("nothing is left to look at")
	}
	if got := q.left(0, stored, last); got != stored {
		t.Errorf("%d left when none did", got)
	}
	q.release(last)
	if got := q.left(0, last-1, last); got != last {
		t.Errorf("what isn't kept has left: %d", got)
	}
}
