package object

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

func usual() Config {
	return Config{Window: 100, Patience: 30 * time.Second, Resend: 300 * ms, Wait: 20 * ms, MaxWait: 200 * ms}
}

// show writes actions down.
func show(acts []Action) (s string) {
	for _, a := range acts {
		switch a.Kind {
		case Send:
			s += fmt.Sprintf("send %d.%d ", a.ID.Index, a.ID.Attempt)
		case Delete:
			s += fmt.Sprintf("delete #%d ", a.Seq)
		case Free:
			s += fmt.Sprintf("free %d ", a.ID.Index)
		case Abort:
			s += fmt.Sprintf("abort %d ", a.Why)
		}
	}
	return s
}

func want(t *testing.T, got []Action, text string) {
	t.Helper()
	if s := show(got); s != text {
		t.Errorf("got %q, want %q", s, text)
	}
}

func TestChunksAreSentAndFreedInOrder(t *testing.T) {
	u := NewUpload(usual())
	want(t, u.Add(0, 40, nil), "")
	want(t, u.LinkUp(0, nil), "")
	want(t, u.Tick(0, nil), "send 0.0 ")
	u.Sent(0, 1)
	want(t, u.Add(0, 40, nil), "send 1.0 ")
	u.Sent(1, 2)
	if u.Room(21) || !u.Room(20) {
		t.Error("the window isn't kept")
	}
	want(t, u.Acked(0, ID{1, 0}, 8, nil), "")
	want(t, u.Acked(0, ID{0, 0}, 5, nil), "free 0 free 1 ")
	if u.Verify() || u.Held() != 0 || !u.Room(1000) {
		t.Error("all went well")
	}
}

// A server may hold the id of a chunk that it lost when it lost its lead: then the chunk goes
// out under another, with all behind it, and what is stored after all is taken out.
func TestAnIDThatIsHeldForEverIsGivenUp(t *testing.T) {
	u := NewUpload(usual())
	u.LinkUp(0, nil)
	for i := range 3 {
		want(t, u.Add(0, 10, nil), fmt.Sprintf("send %d.0 ", i))
		u.Sent(i, uint64(i+1))
	}
	want(t, u.Tick(300*ms, nil), "send 0.0 send 1.0 send 2.0 ")
	want(t, u.UnderWay(310*ms, ID{0, 0}, nil), "")
	want(t, u.UnderWay(311*ms, ID{1, 0}, nil), "")
	want(t, u.UnderWay(312*ms, ID{0, 0}, nil), "") // of another copy
	want(t, u.Acked(320*ms, ID{2, 0}, 7, nil), "")
	want(t, u.Tick(600*ms, nil), "send 0.0 send 1.0 ")
	want(t, u.UnderWay(610*ms, ID{0, 0}, nil), "")
	want(t, u.UnderWay(610*ms, ID{1, 0}, nil), "delete #7 ")
	want(t, u.Gone(700*ms, nil), "send 0.1 ")
	want(t, u.UnderWay(700*ms, ID{0, 0}, nil), "")
	want(t, u.Acked(700*ms, ID{0, 1}, 8, nil), "free 0 send 1.1 send 2.1 ")
	want(t, u.Acked(700*ms, ID{1, 0}, 9, nil), "delete #9 ")
	want(t, u.Acked(700*ms, ID{1, 1}, 10, nil), "free 1 ")
	want(t, u.Acked(700*ms, ID{2, 1}, 11, nil), "free 2 ")
	if !u.Verify() {
		t.Error("it has to be looked at")
	}

	u = NewUpload(usual()) // nothing is behind it
	u.LinkUp(0, nil)
	want(t, u.Add(0, 10, nil), "send 0.0 ")
	want(t, u.Tick(300*ms, nil), "send 0.0 ")
	want(t, u.UnderWay(300*ms, ID{0, 0}, nil), "")
	want(t, u.Tick(600*ms, nil), "send 0.0 ")
	want(t, u.UnderWay(600*ms, ID{0, 0}, nil), "")
	want(t, u.Tick(620*ms, nil), "send 0.1 ")
}

// One is refused, one behind it gets in: it is taken out, and both go again in order.
func TestWhatGotInBehindARefusedChunkIsTakenOut(t *testing.T) {
	u := NewUpload(usual())
	u.LinkUp(0, nil)
	for i := range 3 {
		want(t, u.Add(0, 10, nil), fmt.Sprintf("send %d.0 ", i))
		u.Sent(i, uint64(i+1))
	}
	want(t, u.Refused(0, ID{0, 0}, nil), "")
	want(t, u.Add(0, 10, nil), "") // nothing new
	want(t, u.Refused(0, ID{1, 0}, nil), "")
	want(t, u.Acked(0, ID{2, 0}, 7, nil), "delete #7 ")
	want(t, u.Gone(100*ms, nil), "send 0.1 ")
	want(t, u.Acked(100*ms, ID{2, 0}, 7, nil), "") // said twice
	want(t, u.Refused(100*ms, ID{0, 1}, nil), "")
	want(t, u.Tick(110*ms, nil), "")
	want(t, u.Tick(200*ms, nil), "send 0.1 ")
	want(t, u.Acked(200*ms, ID{0, 1}, 8, nil), "free 0 send 1.1 send 2.1 send 3.1 ")
	for i := 1; i < 4; i++ {
		want(t, u.Acked(200*ms, ID{i, 1}, uint64(8+i), nil), fmt.Sprintf("free %d ", i))
	}
	if !u.Verify() {
		t.Error("it isn't verified")
	}
}

func TestLostChunksGoFirstOnTheNextLink(t *testing.T) {
	u := NewUpload(usual())
	u.LinkUp(0, nil)
	for i := range 3 {
		u.Add(0, 10, nil)
		u.Sent(i, uint64(i+1))
	}
	u.LinkDown(2)
	want(t, u.Add(0, 10, nil), "")
	want(t, u.LinkUp(5*ms, nil), "send 0.0 send 1.0 ")
	u.Sent(0, 0)
	u.Sent(1, 0)
	want(t, u.Tick(5*ms, nil), "send 3.0 ") // 2 is queued
	want(t, u.Acked(5*ms, ID{0, 0}, 3, nil), "free 0 ")
	want(t, u.Acked(5*ms, ID{0, 0}, 3, nil), "")           // the other copy says the same
	want(t, u.Acked(5*ms, ID{0, 0}, 9, nil), "delete #9 ") // it was stored twice
	want(t, u.Acked(5*ms, ID{0, 0}, 9, nil), "")
}

func TestAnUploadWithoutProgressEnds(t *testing.T) {
	u := NewUpload(usual())
	u.LinkUp(0, nil)
	u.Add(0, 10, nil)
	for now := time.Duration(0); ; {
		at, ok := u.Deadline()
		if !ok || at <= now && now > 0 {
			t.Fatalf("at %v: due %v %v", now, at, ok)
		}
		now = at
		acts := u.Tick(now, nil)
		if now >= 30*time.Second {
			want(t, acts, "abort 1 ")
			break
		}
		want(t, acts, "send 0.0 ")
	}
	if _, ok := u.Deadline(); ok {
		t.Error("it isn't over")
	}
}

// Whatever happens to the link and the stream, and whatever a stream that is asked too
// much refuses, or stores twice: it ends, and once what is a stray is gone the stream has
// all chunks once and in order.
func TestRandomTroublesEndWithAllChunksInOrder(t *testing.T) {
	strays := 0
	for seed := range uint64(4000) {
		strays += troubled(t, seed)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d were found by asking", strays)
	if strays == 0 {
		t.Error("nothing was ever found by asking, which then isn't tested")
	}
}

func troubled(t *testing.T, seed uint64) (found int) {
	rng := rand.New(rand.NewPCG(seed, 5))
	u := NewUpload(usual())
	type frame struct {
		number uint64
		id     ID
	}
	type message struct {
		seq uint64
		no  int
	}
	var (
		now         time.Duration
		queue, wire []frame // to be written; on their way to the stream
		old         []frame // of a lost link, still on their way
		answers     []func()
		deletes     []func()
		seq, number uint64
		up, leader  = false, true
		seen        = map[ID]uint64{} // what the stream remembers
		stream      []message
		freed       int
		aborted     bool
	)
	var do func([]Action)
	do = func(acts []Action) {
		room := true
		for _, a := range acts {
			switch a.Kind {
			case Send:
				switch {
				case !up:
					wire = append(wire, frame{0, a.ID}) // ahead of the queue
					u.Sent(a.ID.Index, 0)
				case !room || rng.IntN(40) == 0:
					room = false
					u.Unsent(now, a.ID.Index)
				default:
					number++
					queue = append(queue, frame{number, a.ID})
					u.Sent(a.ID.Index, number)
				}
			case Free:
				if a.ID.Index != freed {
					t.Fatalf("seed %d: %d is freed, not %d", seed, a.ID.Index, freed)
				}
				freed++
			case Delete:
				deletes = append(deletes, func() {
					stream = slices.DeleteFunc(stream, func(m message) bool { return m.seq == a.Seq })
					do(u.Gone(now, nil))
				})
			case Abort:
				aborted = true
			}
		}
	}
	// arrive is what the stream does with a frame. It answers on the link of by then.
	arrive := func(f frame, answered bool) {
		kind := rng.IntN(60)
		switch {
		case !leader || kind == 0:
			if answered && (leader || rng.IntN(4) > 0) { // else it is silent
				answers = append(answers, func() { do(u.Refused(now, f.id, nil)) })
			}
			return
		}
		at, ok := seen[f.id]
		if !ok || rng.IntN(200) == 0 { // or it has forgotten
			seq += 1 + uint64(rng.IntN(3))
			at = seq
			seen[f.id] = seq
			stream = append(stream, message{seq, f.id.Index})
		}
		if answered {
			answers = append(answers, func() { do(u.Acked(now, f.id, at, nil)) })
		}
	}
	total := 20 + rng.IntN(40)
	next := 0
	const troubles = 2500
	for step := 0; freed < total && !aborted; step++ {
		if step > 100_000 {
			t.Fatalf("seed %d: %d of %d", seed, freed, total)
		}
		now += ms
		if step < troubles && rng.IntN(80) == 0 {
			switch {
			case rng.IntN(2) == 0:
				leader = !leader
			case up:
				up = false
				gone := number
				if len(queue) > 0 {
					gone = queue[0].number - 1
				}
				old = append(old, wire...) // some get lost, with the answers
				if n := len(old); n > 0 && rng.IntN(2) == 0 {
					old = old[:rng.IntN(n)]
				}
				wire, answers = nil, nil
				u.LinkDown(gone)
			}
		}
		if step >= troubles {
			leader = true
		}
		if !up && (rng.IntN(20) == 0 || step >= troubles) {
			do(u.LinkUp(now, nil))
			up = true
		}
		if next < total && rng.IntN(4) == 0 && u.Room(10) {
			do(u.Add(now, 10, nil))
			next++
		}
		if up && len(queue) > 0 && rng.IntN(2) == 0 {
			wire, queue = append(wire, queue[0]), queue[1:]
		}
		if len(old) > 0 && rng.IntN(3) == 0 {
			f := old[0]
			old = old[1:]
			arrive(f, false)
		}
		if up && len(wire) > 0 && rng.IntN(2) == 0 {
			f := wire[0]
			wire = wire[1:]
			arrive(f, true)
		}
		if up && len(answers) > 0 && rng.IntN(2) == 0 {
			f := answers[0]
			answers = answers[1:]
			f()
		}
		if up && len(deletes) > 0 && rng.IntN(3) == 0 {
			f := deletes[0]
			deletes = deletes[1:]
			f()
		}
		if at, ok := u.Deadline(); ok && at <= now {
			do(u.Tick(now, nil))
			if at, ok := u.Deadline(); ok && at <= now && !aborted {
				t.Fatalf("seed %d: at %v something is due since %v, and stays so", seed, now, at)
			}
		}
	}
	for len(deletes) > 0 {
		f := deletes[0]
		deletes = deletes[1:]
		f()
	}
	if aborted {
		t.Fatalf("seed %d: aborted at %v with %d of %d", seed, now, freed, total)
	}
	var there []uint64
	for _, m := range stream {
		there = append(there, m.seq)
	}
	strays, whole := u.Strays(there)
	if !whole || len(strays) > 0 && !u.Verify() {
		t.Fatalf("seed %d: verify %v, whole %v, strays %v of %v", seed, u.Verify(), whole, strays, stream)
	}
	stream = slices.DeleteFunc(stream, func(m message) bool { return slices.Contains(strays, m.seq) })
	for i, m := range stream {
		whole = whole && m.no == i
	}
	if !whole || len(stream) != total {
		t.Fatalf("seed %d: the stream has %v of %d", seed, stream, total)
	}
	return len(strays)
}
