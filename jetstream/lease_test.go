package jetstream

import (
	"testing"
	"time"
)

func TestWhatWaitedTooLongIsLeftToOthers(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		cfg       ConsumerConfig
		delivered uint64
		waited    time.Duration
		want      what
	}{
		{ConsumerConfig{AckWait: 8 * s}, 1, 1 * s, handle},
		{ConsumerConfig{AckWait: 8 * s}, 1, 2 * s, extend},
		{ConsumerConfig{AckWait: 8 * s}, 1, 7*s - 1, extend},
		{ConsumerConfig{AckWait: 8 * s}, 9, 7 * s, leave},
		{ConsumerConfig{}, 1, 7 * s, handle},
		{ConsumerConfig{}, 1, 26 * s, extend},
		{ConsumerConfig{}, 1, 30 * s, leave},
		{ConsumerConfig{AckWait: 8 * s, MaxDeliver: -1}, 3, 9 * s, leave},
		{ConsumerConfig{AckWait: 8 * s, MaxDeliver: 3}, 2, 9 * s, leave},
		{ConsumerConfig{AckWait: 8 * s, MaxDeliver: 3}, 3, 9 * s, extend}, // else nobody would
		{ConsumerConfig{AckWait: 8 * s, BackOff: []time.Duration{4 * s, 40 * s}}, 1, 4 * s, leave},
		{ConsumerConfig{AckWait: 8 * s, BackOff: []time.Duration{4 * s, 40 * s}}, 2, 4 * s, handle},
		{ConsumerConfig{AckWait: 8 * s, BackOff: []time.Duration{4 * s, 40 * s}}, 7, 34 * s, extend},
		{ConsumerConfig{AckWait: 8 * s, BackOff: []time.Duration{4 * s, 40 * s}}, 0, 4 * s, leave},
	} {
		if got := leaseOf(&c.cfg).of(c.delivered, c.waited); got != c.want {
			t.Errorf("%+v, delivery %d, waited %v: %d, want %d", c.cfg, c.delivered, c.waited, got, c.want)
		}
	}
	if l := leaseOf(&ConsumerConfig{BackOff: []time.Duration{9 * s, 4 * s}}); l.least != 4*s {
		t.Errorf("the shortest is %v", l.least)
	}
	for _, p := range []AckPolicy{AckNonePolicy, AckAllPolicy} {
		if leaseOf(&ConsumerConfig{AckPolicy: p}) != nil {
			t.Errorf("messages of %v are left", p)
		}
	}
}
