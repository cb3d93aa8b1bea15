package receive

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// evens lets the messages through whose data is an even number, and notes what it is told.
type evens struct {
	mu      sync.Mutex
	subject string
	arrived int
	taken   []uint64
	answers int
	ended   []string
}

func (e *evens) Arrive(filter func(wanted func(*message) bool)) {
	filter(func(m *message) bool { return strings.ContainsAny(string(m.Data), "02468") })
}

func (e *evens) Arrived() { e.mu.Lock(); e.arrived++; e.mu.Unlock() }

func (e *evens) Taken(msgs uint64) func() {
	e.taken = append(e.taken, msgs)
	return func() { e.answers++ }
}

func (e *evens) Subject() string { e.mu.Lock(); defer e.mu.Unlock(); return e.subject }

func (e *evens) Ended(connEnded, unsubscribed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = append(e.ended, fmt.Sprintf("connection %v, unsubscribed %v", connEnded, unsubscribed))
}

// bring has a reader bring single digits in one read.
func bring(t *testing.T, table *table, digits string) {
	t.Helper()
	var all []byte
	for _, d := range digits {
		all = append(all, msg(1, string(d))...)
	}
	in := newInbound(table, newLink())
	if _, err := in.parse(all); err != nil {
		t.Fatal(err)
	}
	in.flush()
}

// What the gate keeps back is neither seen nor counted.
func TestGateKeepsBack(t *testing.T) {
	table, _ := newTable()
	g := &evens{subject: "x"}
	s := add(t, table, config{Subject: "x", Gate: g})
	bring(t, table, "1223456679")
	if msgs, bytes, err := s.in.Pending(); msgs != 5 || bytes != 5 || err != nil {
		t.Errorf("%d messages and %d bytes are pending, want 5 and 5 (%v)", msgs, bytes, err)
	}
	if n := s.in.Admitted(); n != 5 {
		t.Errorf("%d messages admitted, want 5", n)
	}
	got := ""
	for range 5 {
		m, err := s.in.Next(0)
		if err != nil {
			t.Fatal(err)
		}
		got += string(m.Data)
	}
	if got != "22466" {
		t.Errorf("the program got %q, want the even ones", got)
	}
	if _, err := s.in.Next(0); err != NoMessage {
		t.Errorf("behind the last: %v", err)
	}
	if fmt.Sprint(g.taken) != "[1 2 3 4 5]" || g.answers != 5 {
		t.Errorf("the gate was told of %v, and %d of its answers were called", g.taken, g.answers)
	}
	if g.arrived != 1 {
		t.Errorf("one read, and the gate was told of %d", g.arrived)
	}
	if n := s.in.Taken(); n != 5 {
		t.Errorf("%d messages taken, want 5", n)
	}
}

// A run of which nothing is wanted leaves nothing behind, but the gate hears of it.
func TestGateKeepsAllBack(t *testing.T) {
	table, _ := newTable()
	g := &evens{subject: "x"}
	s := add(t, table, config{Subject: "x", Gate: g})
	bring(t, table, "13579")
	if msgs, bytes, _ := s.in.Pending(); msgs != 0 || bytes != 0 {
		t.Errorf("%d messages and %d bytes are pending", msgs, bytes)
	}
	if g.arrived != 1 {
		t.Errorf("the gate was told of %d runs, want 1", g.arrived)
	}
}

func TestGateOnAChannel(t *testing.T) {
	table, _ := newTable()
	ch := make(chan *message, 10)
	s := add(t, table, config{Subject: "x", Channel: ch, Gate: &evens{subject: "x"}})
	bring(t, table, "1223456679")
	if len(ch) != 5 {
		t.Fatalf("%d messages on the channel, want 5", len(ch))
	}
	<-ch
	<-ch
	if a, n := s.in.Admitted(), s.in.Taken(); a != 5 || n != 2 {
		t.Errorf("%d admitted and %d taken, want 5 and 2", a, n)
	}
}

// Limits don't count where the sender is held back.
func TestUnbound(t *testing.T) {
	for _, unbound := range []bool{false, true} {
		table, _ := newTable()
		s := add(t, table, config{Subject: "x", Gate: &evens{subject: "x"}, Unbound: unbound, MsgLimit: 2, ByteLimit: 2})
		bring(t, table, "2468")
		want := 2
		if unbound {
			want = 4
		}
		if msgs, _, _ := s.in.Pending(); msgs != want {
			t.Errorf("unbound %v: %d messages are pending, want %d", unbound, msgs, want)
		}
	}
}

// The server doesn't know what a gate lets through, so it isn't to count, and is told when
// the count is used up.
func TestGateAndAutoUnsubscribe(t *testing.T) {
	table, h := newTable()
	g := &evens{subject: "x"}
	s := add(t, table, config{Subject: "x", Gate: g})
	h.said()
	s.in.Unsubscribe(2)
	if said := h.said(); said != "" {
		t.Errorf("the server was told %q of the count", said)
	}
	if lines := string(s.in.appendResubscription(nil)); strings.Contains(lines, "UNSUB") {
		t.Errorf("the next server is told %q", lines)
	}
	bring(t, table, "1323524")
	for range 2 {
		if _, err := s.in.Next(0); err != nil {
			t.Fatal(err)
		}
	}
	if s.in.Valid() {
		t.Error("it goes on after the last message")
	}
	if said := h.said(); said != "UNSUB 1\r\n" {
		t.Errorf("the server was told %q of the end", said)
	}
	if fmt.Sprint(g.ended) != "[connection false, unsubscribed false]" {
		t.Errorf("the gate was told of the end: %q", g.ended)
	}
}

func TestGateHearsOfTheEnd(t *testing.T) {
	for _, c := range []struct {
		name, want string
		end        func(*table, *subscription)
	}{
		{"unsubscribed", "[connection false, unsubscribed true]", func(_ *table, s *subscription) { s.in.Unsubscribe(0); s.in.Remove(true) }},
		{"drained", "[connection false, unsubscribed false]", func(_ *table, s *subscription) { s.in.Drain(); <-s.in.Over() }},
		{"closed", "[connection true, unsubscribed true]", func(t *table, _ *subscription) { t.CloseAll() }},
	} {
		table, _ := newTable()
		g := &evens{subject: "x"}
		s := add(t, table, config{Subject: "x", Gate: g})
		c.end(table, s)
		g.mu.Lock()
		if fmt.Sprint(g.ended) != c.want {
			t.Errorf("%s: the gate was told %q, want %q", c.name, g.ended, c.want)
		}
		g.mu.Unlock()
	}
}

// Whoever has another subject is made under it, and moves on to it at once.
func TestGateHasAnotherSubject(t *testing.T) {
	table, h := newTable()
	g := &evens{subject: "x.1"}
	s := add(t, table, config{Subject: "x.1", Gate: g})
	h.said()
	g.mu.Lock()
	g.subject = "x.2"
	g.mu.Unlock()
	s.in.MoveOn()
	if said := h.said(); said != "UNSUB 1\r\nSUB x.2 1\r\n" && said != "UNSUB 1\r\nSUB x.2  1\r\n" {
		t.Errorf("the server was told %q", said)
	}
	if lines := string(s.in.appendResubscription(nil)); !strings.HasPrefix(lines, "SUB x.2 ") {
		t.Errorf("the next server is told %q", lines)
	}
	s.in.Remove(true)
	h.said()
	s.in.MoveOn()
	if said := h.said(); said != "" {
		t.Errorf("after the end the server was told %q", said)
	}
}

// What a function for Inline keeps for the program counts as pending.
func TestHeldMessagesArePending(t *testing.T) {
	table, _ := newTable()
	var held []*message
	var s *subscription
	s = add(t, table, config{Subject: "x", Drained: func() {}, Inline: func(m *message) {
		held = append(held, m)
		s.in.Hold(m)
	}})
	bring(t, table, "123")
	if msgs, bytes, _ := s.in.Pending(); msgs != 3 || bytes != 3 {
		t.Errorf("%d messages and %d bytes are pending, want 3 and 3", msgs, bytes)
	}
	s.in.Release(held[0])
	if msgs, bytes, _ := s.in.Pending(); msgs != 2 || bytes != 2 {
		t.Errorf("%d messages and %d bytes are pending, want 2 and 2", msgs, bytes)
	}
}

// What is kept beside a subscription is made once.
func TestBeside(t *testing.T) {
	table, _ := newTable()
	s := add(t, table, config{Subject: "x"})
	if s.in.Gate() != nil {
		t.Error("it has a gate")
	}
	made := 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { s.in.Beside(func() any { made++; return &made }) })
	}
	all.Wait()
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}
