package receive

import (
	"testing"
	"testing/synctest"
	"time"
)

// What a server may send of control operations is a burst and a rate.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := patience{since: time.Now()}
		ops := func(limit int) (n int) {
			for n < limit && p.charge(len("PING\r\n")) == nil {
				n++
			}
			return n
		}
		const one = 6 + controlCost
		for range 600 { // ten minutes at the rate
			if n := ops(controlRate / one); n < controlRate/one {
				t.Fatalf("given up after %d operations of a second", n)
			}
			time.Sleep(time.Second)
		}
		p = patience{since: time.Now()}
		if n := ops(1 << 30); n < controlBurst/one-1 || n > controlBurst/one+1 {
			t.Errorf("a burst of %d operations, of %d", n, controlBurst/one)
		}
		time.Sleep(10 * time.Second)
		if n := ops(1 << 30); n < 9*controlRate/one || n > 10*controlRate/one {
			t.Errorf("%d operations after ten seconds of rest", n)
		}
	})
}

// The read buffer grows by what came in, and takes what is announced for granted up to
// the size of a usual message.
func TestRoomFor(t *testing.T) {
	for _, c := range []struct{ size, have, need, want int }{
		{512, 100, 0, 512},
		{512, 512, 0, 1024},
		{512, 100, 1000, 1000},
		{readBufMax, 100, 1 << 20, 1 << 20},
		{readBufMax, 100, believed, believed},
		{readBufMax, 100, 64 << 20, believed},
		{believed, 100, 64 << 20, believed},
		{believed, believed, 64 << 20, 2 * believed},
		{2 * believed, believed, 64 << 20, 2 * believed},
		{2 * believed, 2 * believed, 3 * believed, 3 * believed},
		{4 << 20, 100, 5000, 4 << 20},
		{1 << 20, 1 << 20, 0, 2 << 20},
	} {
		if got := roomFor(c.size, c.have, c.need); got != c.want {
			t.Errorf("%d of %d bytes, which needs %d: %d, want %d", c.have, c.size, c.need, got, c.want)
		}
	}
}
