package window

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func (p *tape) claimed(now time.Duration, no int, stream string) {
	p.claimedOf(now, no, p.w.Copies(p.byNo[no]), stream)
}

// claimedOf is claimed for another copy than the last.
func (p *tape) claimedOf(now time.Duration, no int, copy uint32, stream string) {
	p.do(now, p.w.InProcess(now, p.byNo[no], copy, stream, nil))
}

// store acknowledges a message that is new to its stream.
func (p *tape) store(now time.Duration, no int, stream string) {
	p.w.Stored(p.byNo[no], stream)
	p.ack(now, no)
}

// claims lets time pass from one second to another. Every copy of message 1 is answered with
// the stream's claim, and with each of its copies a newer message is published, which is stored
// before the next copy if newer says so.
func (p *tape) claims(from, to int, newer func(no int)) (ends string, at int) {
	for k := from; k < to; k++ {
		now := time.Duration(k) * time.Second
		p.tick(now)
		written := p.written
		p.written = nil
		for _, what := range written {
			switch {
			case what == "send 1":
				p.claimed(now+ms, 1, "S")
				if newer != nil {
					p.add(now+2*ms, 100+k, withID)
					newer(100 + k)
				}
			case strings.HasPrefix(what, "fail 1"):
				return what, k
			}
		}
	}
	return "", to
}

// A server that leads again holds the id of a message that was never stored. When newer
// ones are stored that is known, and the message waits until its id is forgotten, past the
// time for which it could be sent again otherwise.
func TestAnIDThatIsHeldIsWaitedFor(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	stored := func(no int) { p.store(0, no, "S") }
	if how, at := p.claims(0, 150, stored); how != "" {
		t.Fatalf("%q after %d s", how, at)
	}
	p.written = nil
	p.tick(150 * time.Second)
	p.want("send 1")
	p.store(150*time.Second+ms, 1, "S")
	if p.w.Count() != 0 || p.w.claims != 0 {
		t.Errorf("%d messages and %d claims are left", p.w.Count(), p.w.claims)
	}
}

// A stream that remembers ids for very long isn't waited for as long, and then nothing is in
// doubt.
func TestAnIDThatIsHeldForLongEndsWithoutDoubt(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	how, at := p.claims(0, 500, func(no int) { p.store(0, no, "S") })
	if how != "fail 1 1 in process" || at < 180 || at > 190 {
		t.Errorf("%q after %d s", how, at)
	}
}

// A limit that the program set ends it, and says as much.
func TestATimeoutOfWhatIsHeldIsWithoutDoubt(t *testing.T) {
	cfg := usual()
	cfg.Timeout = 30 * time.Second
	p := newTape(t, cfg)
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	if how, at := p.claims(0, 100, func(no int) { p.store(0, no, "S") }); how != "fail 1 1 in process" || at != 30 {
		t.Errorf("%q after %d s", how, at)
	}
}

// Whatever leaves open whether the message is still being stored leaves it in doubt.
func TestAClaimThatMayBeTrueLeavesADoubt(t *testing.T) {
	for name, c := range map[string]struct {
		early func(p *tape) // before the first claim
		newer func(p *tape, no int)
	}{
		"nothing newer":                  {},
		"a stored one of another stream": {newer: func(p *tape, no int) { p.store(0, no, "T") }},
		"one that was there before":      {newer: func(p *tape, no int) { p.ack(0, no) }},
		"one sent before the claim": {early: func(p *tape) {
			p.add(0, 2, withID)
			p.claimed(0, 1, "S")
			p.store(0, 2, "S")
		}},
		"one sent before the claim, and again": {
			early: func(p *tape) { p.add(0, 2, withID) },
			newer: func(p *tape, no int) {
				if no == 110 {
					p.store(0, 2, "S")
				}
			},
		},
		"a copy that the connection repeats": {
			early: func(p *tape) {
				p.do(ms, p.w.LinkDown(ms, 0, 1, nil))
				p.do(2*ms, p.w.LinkUp(2*ms, nil))
			},
			newer: func(p *tape, no int) { p.store(0, no, "S") },
		},
	} {
		p := newTape(t, usual())
		p.do(0, p.w.LinkUp(0, nil))
		p.add(0, 1, withID)
		if c.early != nil {
			c.early(p)
		}
		p.written = nil
		var newer func(int)
		if c.newer != nil {
			newer = func(no int) { c.newer(p, no) }
		}
		if how, at := p.claims(0, 500, newer); how != "fail 1 1 in doubt in process" || at < 59 || at > 62 {
			t.Errorf("%s: %q after %d s", name, how, at)
		}
	}
}

// It may take long until that is known, and counts from then on.
func TestAnIDThatIsHeldHasItsTimeFromWhenThatIsKnown(t *testing.T) {
	for begin, patience := range map[int]time.Duration{150: time.Minute, 210: 5 * time.Minute} {
		cfg := usual()
		cfg.Patience = patience
		p := newTape(t, cfg)
		p.do(0, p.w.LinkUp(0, nil))
		p.add(0, 1, withID)
		p.claims(0, 150, func(no int) {
			if no >= begin {
				p.store(0, no, "S")
			} else {
				p.ack(0, no)
			}
		})
		p.tick(150 * time.Second)
		p.want("send 1")
	}
}

// Of several each is known.
func TestSeveralIDsThatAreHeldAreKnown(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	const n = 3
	for no := range n {
		p.add(0, no, withID)
	}
	claimed := func(now time.Duration) {
		p.tick(now)
		for no := range n {
			p.claimed(now+ms, no, "S")
		}
	}
	claimed(5 * time.Second)
	p.add(6*time.Second, 9, withID)
	p.store(6*time.Second, 9, "S")
	claimed(10 * time.Second)
	p.written = nil
	p.do(11*time.Second, p.w.FailAll(11*time.Second, Closed, nil))
	p.want("fail 0 5 in process", "fail 1 5 in process", "fail 2 5 in process")
}

// The word for a copy that was sent before the newer one was stored says nothing: the message
// may have been stored right after. Nor does that for another copy than the last.
func TestAClaimForAnEarlierCopySaysNothing(t *testing.T) {
	const doubt = "fail 1 5 in doubt in process"
	for _, c := range []struct {
		sent     int // in all
		answered []uint32
		want     string
	}{
		{3, []uint32{2}, doubt},
		{3, []uint32{2, 3}, doubt},
		{4, []uint32{2, 3}, doubt},
		{4, []uint32{2, 3, 4}, "fail 1 5 in process"},
		{5, []uint32{2, 3, 4}, doubt},
	} {
		p := newTape(t, usual())
		p.do(0, p.w.LinkUp(0, nil))
		p.add(0, 1, withID)
		p.tick(5 * time.Second) // the second copy
		p.claimedOf(5001*ms, 1, 1, "S")
		p.tick(10 * time.Second) // the third
		p.add(10001*ms, 2, withID)
		p.store(10002*ms, 2, "S")
		for i := 3; i < c.sent; i++ {
			p.tick(time.Duration(i) * 5 * time.Second)
			p.add(24*time.Second, 10+i, withID) // one more says no less
			p.store(24*time.Second, 10+i, "S")
		}
		for _, copy := range c.answered {
			p.claimedOf(24*time.Second, 1, copy, "S")
		}
		p.written = nil
		p.do(24*time.Second, p.w.FailAll(24*time.Second, Closed, nil))
		p.want(c.want)
	}
}

// Where a second leader took a copy without an answer, too, the message waits for its id as well,
// but whether it is stored in the end isn't known.
func TestAnIDThatIsHeldIsWaitedForWithSeveralCopiesOut(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.do(ms, p.w.LinkDown(ms, p.number, 0, nil))
	p.do(2*ms, p.w.LinkUp(2*ms, nil)) // the second
	p.written = nil
	if how, at := p.claims(0, 500, func(no int) { p.store(0, no, "S") }); how != "fail 1 1 in doubt in process" || at < 180 || at > 190 {
		t.Errorf("%q after %d s", how, at)
	}
}

// A copy that isn't answered any more, after it was known that nothing stands behind the id,
// may be stored.
func TestACopyWithoutAnAnswerBehindAClaimIsInDoubt(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.claims(0, 12, func(no int) { p.store(0, no, "S") })
	if s := &p.w.slots[p.byNo[1].Slot()]; s.claim.empty == 0 || s.out != 0 {
		t.Fatalf("%+v, %d copies", s.claim, s.out)
	}
	p.tick(20 * time.Second) // taken, and not answered
	p.tick(25 * time.Second)
	p.claimed(25001*ms, 1, "S")
	p.written = nil
	p.do(26*time.Second, p.w.FailAll(26*time.Second, Closed, nil))
	p.want("fail 1 5 in doubt in process")
}

// What is known not to be stored may be sent again after any outage.
func TestWhatIsHeldSurvivesALongOutage(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.claims(0, 12, func(no int) { p.store(0, no, "S") })
	p.written = nil
	p.do(13*time.Second, p.w.LinkDown(13*time.Second, p.number, 0, nil))
	p.do(time.Hour, p.w.LinkUp(time.Hour, nil))
	p.tick(time.Hour + 6*time.Second)
	p.want("send 1", "send 1") // nothing was heard of it
}

// A claim says that the stream is there: what waits behind the message doesn't wait for as long
// as its id may be held.
func TestAClaimHoldsUpNobodyForLong(t *testing.T) {
	p := newTape(t, usual())
	p.do(0, p.w.LinkUp(0, nil))
	p.add(0, 1, withID)
	p.refuse(0, 1)
	p.do(0, p.w.Known(0, p.byNo[1], Exists, nil))
	p.add(0, 2, withID)
	p.want("new 1", "ask 1")
	for now := 250 * ms; now < 10*time.Second; now += 250 * ms {
		p.tick(now)
		for _, what := range p.written {
			if what == "send 1" {
				p.claimed(now, 1, "S")
			}
		}
		if slices.Contains(p.written, "send 2") {
			if now < 5*time.Second || now > 7*time.Second {
				t.Errorf("after %v", now)
			}
			return
		}
		p.written = nil
	}
	t.Error("it waits for ever")
}
