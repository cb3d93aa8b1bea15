package notify

import (
	"slices"
	"sync"
	"testing"
	"time"
)

type status int

const last status = 99

func always(status) bool { return true }

// waiting takes what a channel holds, and says whether it is open.
func waiting(ch <-chan status) (all []status, open bool) {
	for {
		select {
		case st, ok := <-ch:
			if !ok {
				return all, false
			}
			all = append(all, st)
		default:
			return all, true
		}
	}
}

func holds(t *testing.T, what string, ch <-chan status, want ...status) {
	t.Helper()
	if got, open := waiting(ch); !open || !slices.Equal(got, want) {
		t.Errorf("%s: it holds %v, open %v; want %v, and open", what, got, open, want)
	}
}

func TestListenersAreToldWhatTheyWant(t *testing.T) {
	var s Statuses[status]
	s.Begin(1)
	some, all, none := s.Listen([]status{2, last}), s.Listen([]status{1, 2, 3, last}), s.Listen(nil)
	for _, st := range []status{2, 3, 2, 1} {
		if !s.Change(st, always) || s.Now() != st {
			t.Errorf("it is %d, want %d", s.Now(), st)
		}
	}
	if !s.End(last) || s.Now() != last {
		t.Errorf("it is %d, want %d", s.Now(), last)
	}
	holds(t, "some", some, 2, 2, last)
	holds(t, "all", all, 2, 3, 2, 1, last)
	holds(t, "none", none)
}

// Only a change is announced, and only one that the owner allows.
func TestWhatIsNoChangeIsNotAnnounced(t *testing.T) {
	var s Statuses[status]
	s.Begin(1)
	ch := s.Listen([]status{1, 2})
	if s.Change(1, always) {
		t.Error("from 1 to 1 is a change")
	}
	var asked []status
	if s.Change(2, func(from status) bool { asked = append(asked, from); return false }) || s.Now() != 1 {
		t.Error("it changed though it may not")
	}
	if !slices.Equal(asked, []status{1}) {
		t.Errorf("asked whether it may change from %v, want 1", asked)
	}
	holds(t, "the channel", ch)
}

// Behind the last status comes nothing, and it costs nothing any more.
func TestTheLastStatusIsFinal(t *testing.T) {
	var s Statuses[status]
	ch := s.Listen([]status{1, last})
	if !s.End(last) || s.End(last) || s.End(1) || s.Change(1, always) || s.Now() != last {
		t.Errorf("it is %d, want %d, changed once", s.Now(), last)
	}
	holds(t, "a listener", ch, last)
	if n := s.Listeners(); n != 0 {
		t.Errorf("%d listeners are kept", n)
	}
	holds(t, "a later one", s.Listen([]status{1, last}))
	if n := s.Listeners(); n != 0 {
		t.Errorf("%d later listeners are kept", n)
	}
	s.Remove(ch)
	if _, open := waiting(ch); open {
		t.Error("Remove doesn't close it any more")
	}
}

// A reader that lags finds the newest, as many as the channel holds, and stays listed.
func TestOldestStatusMakesRoom(t *testing.T) {
	var s Statuses[status]
	var every []status
	for st := range status(100) {
		every = append(every, st)
	}
	ch := s.Listen(every)
	if cap(ch) != 10 {
		t.Errorf("the channel holds %d", cap(ch))
	}
	for _, st := range every[1:11] {
		s.Change(st, always)
	}
	holds(t, "as many as there is room for", ch, every[1:11]...)
	for _, st := range every[11:80] {
		s.Change(st, always)
	}
	holds(t, "more than there is room for", ch, every[70:80]...)
	s.Change(5, always)
	holds(t, "afterwards", ch, 5)
}

// All listeners see the changes in one order, that in which they were made.
func TestStatusesAreAnnouncedInTheOrderOfTheChanges(t *testing.T) {
	var s Statuses[status]
	var every []status
	for st := range status(9) {
		every = append(every, st)
	}
	one, other := s.Listen(every), s.Listen(every)
	for range 500 {
		var made []status // in the order in which they were allowed
		var all sync.WaitGroup
		for _, st := range every {
			all.Go(func() {
				s.Change(st, func(status) bool { made = append(made, st); return true })
			})
		}
		all.Wait()
		holds(t, "one", one, made...)
		holds(t, "the other", other, made...)
		if now := s.Now(); now != made[len(made)-1] {
			t.Fatalf("it is %d, and the last change was to %d", now, made[len(made)-1])
		}
	}
}

// A channel that the program has closed, or filled, stops nobody, and is forgotten.
func TestChannelThatTheProgramClosed(t *testing.T) {
	var s Statuses[status]
	for range 100 {
		close(s.Listen([]status{1, 2}))
	}
	kept := s.Listen([]status{1, 2})
	full := s.Listen([]status{1, 2})
	for range cap(full) {
		full <- 7
	}
	close(full)
	indifferent := s.Listen([]status{2})
	close(indifferent)
	if !s.Change(1, always) {
		t.Fatal("not changed")
	}
	holds(t, "another", kept, 1)
	if n := s.Listeners(); n != 2 { // kept, and the one that wasn't told anything yet
		t.Errorf("%d listeners are kept", n)
	}
	s.Change(2, always)
	holds(t, "another", kept, 2)
	if n := s.Listeners(); n != 1 {
		t.Errorf("%d listeners are kept", n)
	}
	s.Remove(indifferent)
	s.Remove(full)
	s.End(last)
}

// Remove closes whatever it is given, once, and nothing else is told less for it.
func TestRemoveClosesAnyChannelOnce(t *testing.T) {
	var s Statuses[status]
	first, kept := s.Listen([]status{1}), s.Listen([]status{1})
	foreign := make(chan status)
	for range 2 {
		for _, ch := range []chan status{first, foreign} {
			s.Remove(ch)
			if _, open := waiting(ch); open {
				t.Fatal("it is open")
			}
		}
		s.Remove(nil)
	}
	s.Change(1, always)
	holds(t, "another", kept, 1)
	if n := s.Listeners(); n != 1 {
		t.Errorf("%d listeners", n)
	}
}

// A reader that takes announcements while they come, and one that does nothing: the
// changes wait for neither.
func TestChangesDoNotWaitForReaders(t *testing.T) {
	var s Statuses[status]
	idle, busy := s.Listen([]status{1, 2}), s.Listen([]status{1, 2, last})
	done := make(chan status, 1)
	go func() {
		for st := range busy {
			if st == last {
				done <- st
				return
			}
		}
	}()
	for i := range 100_000 {
		s.Change(status(1+i%2), always)
	}
	s.End(last)
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the reader missed the last status")
	}
	if got, _ := waiting(idle); len(got) != cap(idle) {
		t.Errorf("it holds %v", got)
	}
}

// Changes nobody listens to cost nothing.
func TestChangesAllocateNothing(t *testing.T) {
	var s Statuses[status]
	for _, listeners := range []int{0, 3} {
		for range listeners {
			s.Listen([]status{1, 2})
		}
		if n := testing.AllocsPerRun(1000, func() {
			s.Change(1, func(from status) bool { return from != last })
			s.Change(2, func(from status) bool { return from != last })
			s.Now()
		}); n != 0 {
			t.Errorf("%d listeners: %v allocations", listeners, n)
		}
	}
}

// A listener by itself, as subscriptions have them.
func TestListener(t *testing.T) {
	l := NewListener([]status{1, 2})
	for _, st := range []status{1, 3, 2} {
		if !l.Tell(st) {
			t.Errorf("%d: not open", st)
		}
	}
	holds(t, "it", l.C(), 1, 2)
	l.Close()
	l.Close()
	if l.Tell(1) || !l.Tell(3) {
		t.Error("whether it is open shows when something wanted is told")
	}
}
