package drill

import (
	"errors"
	"testing"
	"time"
)

func TestAnAccountCountsWhatWasLostTwiceAndOutOfOrder(t *testing.T) {
	var a account
	began := time.Now()
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	same := func(s string) string { return s }
	a.came(0, at(0)) // a probe
	a.begin(at(0))
	for i := range uint64(6) {
		a.sent(i+1, nil, same)
	}
	a.sent(7, errors.New("full of secrets"), func(string) string { return "full" })
	a.came(1, at(10))
	a.strike(at(100))
	a.came(3, at(400)) // 390 ms after the last
	a.came(2, at(410)) // behind
	a.came(3, at(420)) // twice
	a.came(5, at(600)) // too short for a gap
	a.came(7, at(610)) // an error was returned, and it went out all the same
	a.stop(at(1000))
	a.came(4, at(2000)) // late, not lost; the account of gaps is closed
	f := a.flow()
	if f.Sent != 6 || f.Failed != 1 || f.Arrived != 6 || f.Lost != 1 || f.Duplicated != 1 || f.Reordered != 2 {
		t.Errorf("%+v", f)
	}
	if len(f.Gaps) != 2 || f.Gaps[0] != (Gap{10, 390, false}) || f.Gaps[1] != (Gap{610, 390, true}) {
		t.Errorf("%+v", f.Gaps)
	}
	if f.Errors["full"] != 1 || len(f.Errors) != 1 {
		t.Errorf("%v", f.Errors)
	}
	if len(f.Curve) != 21 || f.Curve[0] != 1 || f.Curve[4] != 2 || f.Curve[20] != 1 {
		t.Errorf("%v", f.Curve)
	}
}

func TestDurationsHaveQuantiles(t *testing.T) {
	var d durations
	began := time.Now()
	d.begin(began)
	for i := range 100 {
		d.add(began.Add(time.Duration(i)*time.Millisecond*10), time.Duration(i+1)*time.Millisecond)
	}
	l := d.latency()
	if l.P50 != 51 || l.P99 != 100 || l.Max != 100 || len(l.Curve) != 10 || l.Curve[0] != 10 || l.Curve[9] != 100 {
		t.Errorf("%+v", l)
	}
}

// A pause that messages had which no fault strikes is nobody's gap.
func TestGapsThatNoFaultMadeDoNotCount(t *testing.T) {
	var c control
	began := time.Now()
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	c.begin(at(0))
	for _, ms := range []int{10, 20, 300, 310, 320, 330} { // 280 ms of nothing
		c.came(at(ms))
	}
	gaps := c.without([]Gap{{15, 290, false}, {10, 1000, false}, {320, 260, true}})
	if len(gaps) != 2 || gaps[0].Length != 1000 || gaps[1].From != 320 || c.longest() != 280 {
		t.Errorf("%v, %v", gaps, c.longest())
	}
}
