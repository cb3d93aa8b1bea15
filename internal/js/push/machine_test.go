package push

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

func text(acts []Action) string {
	var b []string
	for _, a := range acts {
		switch a.Kind {
		case Make:
			b = append(b, fmt.Sprint("make behind ", a.Cursor))
		case Inactive:
			b = append(b, "inactive")
		case Mismatch:
			b = append(b, fmt.Sprintf("mismatch %d of %d at %d", a.Came, a.Sent, a.Cursor))
		}
	}
	return strings.Join(b, ", ")
}

func want(t *testing.T, acts []Action, text_ string) {
	t.Helper()
	if got := text(acts); got != text_ {
		t.Errorf("got %q, want %q", got, text_)
	}
}

func TestWhatFollowsIsLetThrough(t *testing.T) {
	m := New(0, Config{Ordered: true, Heartbeat: time.Second})
	for i := range uint64(5) {
		if acts, through := m.Message(0, i+1, 2*i+7, nil); !through || len(acts) > 0 {
			t.Errorf("message %d: %v %s", i, through, text(acts))
		}
	}
	acts, through := m.Message(10*ms, 7, 17, nil)
	want(t, acts, "make behind 15")
	if through || !m.Resetting() {
		t.Error("a message behind a gap came through")
	}
	// What comes of the old one meanwhile changes nothing; of the new one it does.
	want(t, m.Made(20*ms, nil), "")
	if _, through := m.Message(20*ms, 1, 16, nil); !through || m.Cursor() != 16 {
		t.Error("the first of the next consumer doesn't come through")
	}
}

func TestHeartbeatsTellOfWhatIsMissing(t *testing.T) {
	m := New(0, Config{Ordered: true, Heartbeat: time.Second})
	m.Message(0, 1, 1, nil)
	want(t, m.Heartbeat(ms, 1, nil), "")
	want(t, m.Heartbeat(ms, 3, nil), "make behind 1")
	want(t, m.Heartbeat(ms, 3, nil), "") // it is being made
	m = New(0, Config{Heartbeat: time.Second})
	want(t, m.Heartbeat(ms, 3, nil), "") // what was before isn't known
	m.Message(0, 4, 9, nil)
	want(t, m.Heartbeat(ms, 6, nil), "mismatch 4 of 6 at 9")
	want(t, m.Heartbeat(ms, 6, nil), "") // once
	m.Message(0, 7, 12, nil)
	want(t, m.Heartbeat(ms, 8, nil), "mismatch 7 of 8 at 12")
}

func TestSilence(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		m := New(0, Config{Ordered: ordered, Heartbeat: time.Second})
		if at, ok := m.Deadline(); !ok || at != 2*time.Second {
			t.Errorf("due at %v, %v", at, ok)
		}
		want(t, m.Tick(1999*ms, nil), "")
		expected := "inactive"
		if ordered {
			expected = "make behind 0"
		}
		want(t, m.Tick(2000*ms, nil), expected)
		if !ordered {
			want(t, m.Tick(3999*ms, nil), "")
			want(t, m.Tick(4000*ms, nil), "inactive")
		}
		m.LinkDown()
		if _, ok := m.Deadline(); ok {
			t.Error("something is due without a link")
		}
		want(t, m.Tick(time.Hour, nil), "")
	}
}

func TestALinkHasTheOrderedConsumerMadeAnew(t *testing.T) {
	m := New(0, Config{Ordered: true, Heartbeat: time.Second})
	m.Message(0, 1, 5, nil)
	m.LinkDown()
	want(t, m.LinkUp(10*time.Second, nil), "make behind 5")
	// Another link comes while it is made: what was made hangs on the old one.
	m.LinkDown()
	want(t, m.LinkUp(11*time.Second, nil), "")
	want(t, m.Made(12*time.Second, nil), "make behind 5")
	want(t, m.Made(12*time.Second, nil), "")
	m = New(0, Config{Heartbeat: time.Second})
	want(t, m.LinkUp(time.Second, nil), "")
}

func TestItIsTriedAgain(t *testing.T) {
	m := New(0, Config{Ordered: true})
	now := time.Second
	want(t, m.LinkUp(now, nil), "make behind 0")
	for _, wait := range []time.Duration{50 * ms, 100 * ms, 200 * ms, 200 * ms} {
		m.Failed(now)
		at, ok := m.Deadline()
		if !ok || at != now+wait {
			t.Errorf("tried again after %v, want %v", at-now, wait)
		}
		want(t, m.Tick(at-1, nil), "")
		now = at
		want(t, m.Tick(now, nil), "make behind 0")
	}
	now += time.Minute
	m.Failed(now)
	if at, _ := m.Deadline(); at != now+slowRetry {
		t.Errorf("after a minute it is tried after %v", at-now)
	}
	// A link is a reason to try at once.
	m.LinkDown()
	want(t, m.LinkUp(now, nil), "make behind 0")
}

func TestAFullProgramIsWaitedFor(t *testing.T) {
	m := New(0, Config{Ordered: true})
	m.Message(0, 1, 1, nil)
	m.Full(0)
	if _, through := m.Message(0, 2, 2, nil); through {
		t.Error("the next came through although there is no room")
	}
	m.Full(3 * ms)
	want(t, m.Tick(5*ms, nil), "")
	want(t, m.Tick(8*ms, nil), "make behind 1")
}

// A stream of messages is read over everything that can happen: each is let through once
// and in order.
func TestOnceAndInOrderWhateverHappens(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := New(0, Config{Ordered: true, Heartbeat: time.Second, Chance: r.Int64N})
		now := time.Duration(0)
		const n = 60
		next, sent := uint64(1), uint64(0) // what the consumer sends next; how much it has sent
		seen, up := uint64(0), true
		var making bool
		var begin uint64
		act := func(acts []Action) {
			for _, a := range acts {
				if a.Kind == Make {
					if making {
						t.Fatalf("seed %d: made twice at once", seed)
					}
					making, begin = true, a.Cursor+1
				}
			}
		}
		for step := 0; seen < n; step++ {
			if step > 100_000 {
				t.Fatalf("seed %d: stuck at %d", seed, seen)
			}
			now += time.Duration(r.Int64N(int64(50 * ms)))
			calm := step > 2000
			switch k := r.IntN(12); {
			case k < 5 && up && !making && next > 0 && next <= n:
				next, sent = next+1, sent+1
				if !calm && r.IntN(10) == 0 {
					break // it is lost
				}
				acts, through := m.Message(now, sent, next-1, nil)
				if through {
					if next-1 != seen+1 {
						t.Fatalf("seed %d: got %d behind %d", seed, next-1, seen)
					}
					seen++
				}
				act(acts)
			case k < 7 && up && !making && next > 0:
				act(m.Heartbeat(now, sent, nil))
			case k == 7 && !calm:
				next = 0 // the consumer is gone, and says nothing any more
			case k == 8 && up && !calm:
				up = false
				m.LinkDown()
			case k == 9 && !up:
				up = true
				act(m.LinkUp(now, nil))
			case k == 10 && making && up:
				making = false
				if !calm && r.IntN(3) == 0 {
					m.Failed(now)
					break
				}
				next, sent = begin, 0
				act(m.Made(now, nil))
			default:
				act(m.Tick(now, nil))
			}
		}
	}
}

// What is asked while there is no leader isn't answered. The next is asked soon, so that it
// isn't long after there is one; and only where that isn't so is there more patience.
func TestWhatIsNotAnsweredIsAskedAgainSoon(t *testing.T) {
	m := New(0, Config{Ordered: true, Heartbeat: 100 * ms})
	now := time.Second
	acts := m.LinkUp(now, nil)
	for len(acts) == 1 && now < 5*time.Second {
		if acts[0].Patience != 400*ms {
			t.Fatalf("at %v it waits %v for an answer", now, acts[0].Patience)
		}
		now += acts[0].Patience
		m.Failed(now)
		at, ok := m.Deadline()
		if !ok || at <= now || at > now+50*ms {
			t.Fatalf("at %v, without an answer, the next is due at %v", now, at)
		}
		now = at
		acts = m.Tick(now, nil)
	}
	longest := time.Duration(0)
	for range 20 {
		if len(acts) != 1 {
			t.Fatalf("at %v: %v", now, acts)
		}
		longest = max(longest, acts[0].Patience)
		now += acts[0].Patience
		m.Failed(now)
		now, _ = m.Deadline()
		acts = m.Tick(now, nil)
	}
	if longest != 5*time.Second {
		t.Errorf("it waits %v at most", longest)
	}
}
