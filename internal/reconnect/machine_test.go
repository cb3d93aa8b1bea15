package reconnect

import (
	"errors"
	"fmt"
	"testing"
	"time"
	"unsafe"
)

// A million machines with pools of three must fit into a gigabyte.
func TestMachineIsSmall(t *testing.T) {
	size := unsafe.Sizeof(Machine{}) + 3*unsafe.Sizeof(server{})
	if size > 800 {
		t.Errorf("a machine with three servers takes %d bytes", size)
	}
}

func newTestMachine(p Policy, urls ...string) *Machine {
	return New(p, urls, func(n int64) int64 { return n / 2 })
}

func TestErrorsWrapTheLastAttempt(t *testing.T) {
	p := testPolicy()
	p.MaxReconnect = 1
	m := newTestMachine(p, "a")
	cause := errors.New("refused")
	m.Step(0, Event{Kind: Start}, nil)
	m.Step(0, Event{Kind: Established, Attempt: 1}, nil)
	m.Step(time.Minute, Event{Kind: Lost, Epoch: 1}, nil)
	acts := m.Step(time.Minute, Event{Kind: Failed, Attempt: 2, Failure: Failure{Kind: Network, Err: cause}}, nil)
	want := map[ActionKind]error{TellForgotten: ErrTooManyAttempts, TellClosed: ErrNoServers}
	for _, a := range acts {
		if is := want[a.Kind]; is != nil {
			if !errors.Is(a.Err, is) || !errors.Is(a.Err, cause) {
				t.Errorf("%v: %v doesn't wrap both %q and %q", a.Kind, a.Err, is, cause)
			}
			delete(want, a.Kind)
		}
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
}

func TestServersIsACopy(t *testing.T) {
	m := newTestMachine(testPolicy(), "a", "b", "a")
	s := m.Servers()
	if len(s) != 2 || s[0].URL != "a" || s[1].URL != "b" || !s[0].Given || s[0].LastFailed >= 0 {
		t.Fatalf("pool is %+v", s)
	}
	s[0].URL = "x"
	if got := m.Servers()[0].URL; got != "a" {
		t.Errorf("changing the copy changed the pool: %q", got)
	}
}

// Shuffling is fair: each of three servers is dialled first about as often.
func TestShuffleIsFair(t *testing.T) {
	p := testPolicy()
	p.NoRandomize = false
	first := map[string]int{}
	state := uint64(1)
	rnd := func(n int64) int64 {
		state = state*6364136223846793005 + 1442695040888963407
		return int64((state >> 33) % uint64(n))
	}
	const rounds = 3000
	for range rounds {
		acts := New(p, []string{"a", "b", "c"}, rnd).Step(0, Event{Kind: Start}, nil)
		for _, a := range acts {
			if a.Kind == Dial {
				first[a.URL]++
			}
		}
	}
	for _, u := range []string{"a", "b", "c"} {
		if n := first[u]; n < rounds/4 || n > rounds/2 {
			t.Errorf("%s was first %d times of %d", u, n, rounds)
		}
	}
}

// Steps don't allocate while a connection only fails to come back.
func TestStepDoesNotAllocate(t *testing.T) {
	p := testPolicy()
	p.MaxReconnect = -1
	m := newTestMachine(p, "a", "b", "c")
	acts := make([]Action, 0, 16)
	cause := errors.New("refused")
	now, attempt := time.Duration(0), uint32(1)
	acts = m.Step(now, Event{Kind: Start}, acts[:0])
	acts = m.Step(now, Event{Kind: Established, Attempt: attempt}, acts[:0])
	acts = m.Step(now, Event{Kind: Lost, Epoch: 1}, acts[:0])
	n := testing.AllocsPerRun(100, func() {
		for m.State() == Attempting {
			attempt++
			acts = m.Step(now, Event{Kind: Failed, Attempt: attempt, Failure: Failure{Kind: Network, Err: cause}}, acts[:0])
		}
		now, _ = m.Deadline()
		acts = m.Step(now, Event{Kind: Timeout}, acts[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations per pass", n)
	}
	if m.State() != Attempting {
		t.Errorf("ended in %v", m.State())
	}
}

// Each constant has a name for transcripts and logs.
func TestNames(t *testing.T) {
	for s := Idle; s <= Closed; s++ {
		if s.String() == "Unknown" {
			t.Errorf("state %d has no name", s)
		}
	}
	for k := NoFailure; k <= Local; k++ {
		if k.String() == "Unknown" {
			t.Errorf("failure %d has no name", k)
		}
	}
	for k := Start; k <= Stay; k++ {
		if k.String() == "Unknown" {
			t.Errorf("event %d has no name", k)
		}
	}
	for k := Dial; k <= TellMigrationFailed; k++ {
		if k.String() == "Unknown" {
			t.Errorf("action %d has no name", k)
		}
	}
	if got := fmt.Sprint(Closed+1, Stay+1, TellMigrationFailed+1, Local+1); got != "Unknown Unknown Unknown Unknown" {
		t.Errorf("past the end: %s", got)
	}
}

func BenchmarkStep(b *testing.B) {
	p := testPolicy()
	p.MaxReconnect = -1
	m := newTestMachine(p, "a", "b", "c")
	acts := make([]Action, 0, 16)
	acts = m.Step(0, Event{Kind: Start}, acts[:0])
	acts = m.Step(0, Event{Kind: Established, Attempt: 1}, acts[:0])
	acts = m.Step(0, Event{Kind: Lost, Epoch: 1}, acts[:0])
	now, attempt := time.Duration(0), uint32(1)
	for b.Loop() {
		attempt++
		acts = m.Step(now, Event{Kind: Failed, Attempt: attempt, Failure: Failure{Kind: Network}}, acts[:0])
		if m.State() == Waiting {
			now, _ = m.Deadline()
			acts = m.Step(now, Event{Kind: Timeout}, acts[:0])
		}
	}
}
