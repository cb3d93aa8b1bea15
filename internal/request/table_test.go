package request

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnswersReachWhoAsked(t *testing.T) {
	table, h := newTable()
	a, toA := begin(t, table, "a", nil)
	b, toB := begin(t, table, "b", nil)
	if len(h.inboxes) != 1 || h.inboxes[0].subject != table.prefix+"*" || h.inboxes[0].once {
		t.Fatalf("subscribed to %+v", h.inboxes)
	}
	take := h.inboxes[0].take
	take(toB, &message{"for b"})
	take(toB, &message{"too much"})
	take(toA, &message{"for a"})
	take(table.prefix, &message{"for nobody"})
	take(table.prefix+"12345678", &message{"for nobody"})
	for w, want := range map[*Waiter[message]]string{a: "for a", b: "for b"} {
		if m, err := w.Wait(context.Background(), 0); err != nil || m.text != want {
			t.Errorf("%v, %v, want %s", m, err, want)
		}
	}
	table.Release(b, true)
	take(toB, &message{"late"})
	c, _ := begin(t, table, "c", nil)
	if c != b || len(c.ch) != 0 || c.Number().Load() != 0 {
		t.Errorf("a waiter that is used again isn't empty: %+v", c)
	}
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, _ := newTable()
		w, _ := begin(t, table, "a", nil)
		start := time.Now()
		if _, err := w.Wait(nil, time.Minute); err != OutOfTime || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Wait(ctx, 0); err != context.Canceled {
			t.Error(err)
		}
		go table.End()
		if _, err := w.Wait(nil, time.Minute); err != Closed {
			t.Error(err)
		}
	})
}

func TestInboxOfItsOwn(t *testing.T) {
	for _, answered := range []bool{true, false} {
		table, h := newTable()
		w, err := table.BeginOwn("own", "a")
		if err != nil || len(h.inboxes) != 1 || !h.inboxes[0].once || h.inboxes[0].subject != "own" {
			t.Fatalf("%v, subscribed to %+v", err, h.inboxes)
		}
		table.LinkEnded("s", 99, 0, true)
		if err := failed(w); err != nil {
			t.Errorf("its answer may come by the next link: %v", err)
		}
		table.Release(w, answered)
		if i := h.inboxes[0]; !i.removed || i.told == answered {
			t.Errorf("answered %v: %+v", answered, i)
		}
		h.inboxes[0].take("own", &message{"late"})
		if next, _ := begin(t, table, "b", nil); next == w {
			t.Error("a waiter that may still be answered is used again")
		}
	}
	table, h := newTable()
	h.refuse = errors.New("refused")
	if _, err := table.BeginOwn("own", "a"); err != h.refuse || len(table.byID) != 0 {
		t.Errorf("%v, and %d wait", err, len(table.byID))
	}
	if _, _, err := table.Begin("a", nil); err != h.refuse || len(table.byID) != 0 {
		t.Errorf("%v, and %d wait", err, len(table.byID))
	}
}

func TestFreeWaitersAreBounded(t *testing.T) {
	table, _ := newTable()
	var all []*Waiter[message]
	for range 2 * freeWaiters {
		w, _ := begin(t, table, "a", nil)
		all = append(all, w)
	}
	for _, w := range all {
		table.Release(w, true)
	}
	if len(table.free) != freeWaiters || len(table.byID) != 0 || table.waiting.Load() != 0 {
		t.Errorf("%d are kept, %d wait", len(table.free), len(table.byID))
	}
}

func TestInboxesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	table, _ := newTable()
	for range 1000 {
		i := NewInbox("my.")
		if !regexp.MustCompile(`^my\.[0-9A-Za-z]{22}$`).MatchString(i) {
			t.Fatalf("inbox %q", i)
		}
		r := table.Reply()
		if seen[i] || seen[r] {
			t.Fatalf("%q or %q twice", i, r)
		}
		seen[i], seen[r] = true, true
	}
}

// What a request costs besides its message: one allocation, for the reply subject.
func TestAllocationsOfRequests(t *testing.T) {
	table, _ := newTable()
	if n := testing.AllocsPerRun(1000, func() { book(t, table) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRequestBookkeeping(b *testing.B) {
	table, _ := newTable()
	b.ReportAllocs()
	for b.Loop() {
		book(b, table)
	}
}

func BenchmarkNewInbox(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewInbox("_INBOX.")
	}
}

func book(tb testing.TB, t *Table[message]) {
	w, _, err := t.Begin("a", nil)
	if err != nil {
		tb.Fatal(err)
	}
	t.Release(w, true)
}
