package receive

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What doesn't fit is dropped and counted, the consumer is told once of a series, and
// again after it has caught up, with each kind of consumer.
func TestSlowConsumers(t *testing.T) {
	for _, kind := range []Kind{Handler, lentHandler, Sync, Channel} {
		synctest.Test(t, func(t *testing.T) {
			table, h := newTable()
			var got []string
			held := make(chan struct{})
			ch := make(chan *message, 3)
			cfg := config{Subject: "x", MsgLimit: 3}
			switch kind {
			case Handler:
				cfg.Handler = func(m *message) { <-held; got = append(got, string(m.Data)) }
			case lentHandler:
				cfg.Lent = func(m *lent) { <-held; got = append(got, string(m.Data)) }
			case Channel:
				cfg.Channel = ch
			}
			s := add(t, table, cfg)
			if kind == Sync {
				s.in.SetLimits(3, -1)
			}
			statuses := listen(s).C()
			in := newInbound(table, newLink())
			bring := func(from, to int) {
				var buf []byte
				for i := from; i < to; i++ {
					buf = append(buf, msg(1, strconv.Itoa(i))...)
				}
				in.parse(buf)
				synctest.Wait()
			}
			take := func(n int) {
				switch kind {
				case Handler, lentHandler:
					for range n {
						held <- struct{}{}
					}
				case Sync:
					if _, err := s.in.Next(0); err != SlowConsumer {
						t.Errorf("Next: %v, want SlowConsumer", err)
					}
				}
				for range n {
					switch kind {
					case Sync:
						m, err := s.in.Next(0)
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, string(m.Data))
					case Channel:
						got = append(got, string((<-ch).Data))
					}
				}
				synctest.Wait()
			}
			bring(0, 10)
			bring(10, 20)
			if n, err := s.in.Dropped(); n != 17 || err != nil || h.slow != 1 {
				t.Errorf("kind %d: %d dropped, %v, told %d times", kind, n, err, h.slow)
			}
			// The one that there was no room for counts as one that waited.
			if most, bytes, err := s.in.MaxPending(); kind != Channel && (most != 4 || bytes != 5 || err != nil) {
				t.Errorf("kind %d: at most %d of %d bytes waited, %v", kind, most, bytes, err)
			}
			take(3)
			bring(20, 22)
			bring(22, 30)
			take(3)
			if want := []string{"0", "1", "2", "20", "21", "22"}; !slices.Equal(got, want) {
				t.Errorf("kind %d: got %v, want %v", kind, got, want)
			}
			if n, err := s.in.Delivered(); n != 6 || err != nil || h.slow != 2 || h.back != 1 {
				t.Errorf("kind %d: %d delivered, %v, told %d times, and %d times that it goes on", kind, n, err, h.slow, h.back)
			}
			var seen []Status
			for len(statuses) > 0 {
				seen = append(seen, Status(<-statuses))
			}
			if want := []Status{Active, Slow, Active, Slow}; !slices.Equal(seen, want) {
				t.Errorf("kind %d: statuses %v, want %v", kind, seen, want)
			}
			s.in.Remove(false)
			synctest.Wait()
		})
	}
}

// The count of an auto-unsubscribe goes on over links: the server of each is told what
// is left, and what it sends beyond that isn't delivered.
func TestUnsubscribeByCount(t *testing.T) {
	for _, kind := range []Kind{Handler, lentHandler, Sync, Channel} {
		synctest.Test(t, func(t *testing.T) {
			table, h := newTable()
			n, closed := 0, ""
			ch := make(chan *message, 100)
			cfg := config{Subject: "x", Queue: "q", Closed: func(subject string) { closed = subject }}
			switch kind {
			case Handler:
				cfg.Handler = func(*message) { n++ }
			case lentHandler:
				cfg.Lent = func(*lent) { n++ }
			case Channel:
				cfg.Channel = ch
			}
			s := add(t, table, cfg)
			in := newInbound(table, newLink())
			in.parse(slices.Concat(msg(1, "a"), msg(1, "b")))
			s.in.Unsubscribe(5)
			if got := h.said(); got != "SUB x q 1\r\nUNSUB 1 5\r\n" {
				t.Errorf("the server was told %q", got)
			}
			var lines string
			l := newLink()
			table.Resume(l, func(b []byte, ends []int, _ int) {
				if lines = string(b); ends != nil {
					t.Error("nobody is suspect")
				}
			})
			if lines != "SUB x q 1\r\nUNSUB 1 3\r\n" {
				t.Errorf("the next server was told %q", lines)
			}
			s.in.Unsubscribe(6)
			if got := h.said(); got != "UNSUB 1 4\r\n" { // as this server counts
				t.Errorf("the next server was told %q", got)
			}
			for range 9 {
				l.reads <- msg(1, "c")
			}
			close(l.reads)
			table.Read(l)
			synctest.Wait()
			for kind == Sync {
				_, err := s.in.Next(0)
				if err != nil {
					if err != MaxMessages {
						t.Error(err)
					}
					break
				}
				n++
			}
			synctest.Wait()
			if kind == Channel {
				n = len(ch)
			}
			if n != 6 || s.in.Valid() || table.Len() != 0 || closed != "x" {
				t.Errorf("kind %d: %d messages, valid %v, closed %q", kind, n, s.in.Valid(), closed)
			}
		})
	}
}

// A barrier passes when what was there has been handled, also where it is dropped.
func TestBarrier(t *testing.T) {
	for _, kind := range []Kind{Handler, lentHandler} {
		synctest.Test(t, func(t *testing.T) { barrier(t, kind) })
	}
}

func barrier(t *testing.T, kind Kind) {
	table, _ := newTable()
	if add(t, table, config{Subject: "x"}); table.Barrier(func() { t.Error("it was called") }) {
		t.Error("there is no handler to wait for")
	}
	handler := func(f func()) config {
		if kind == lentHandler {
			return config{Subject: "x", Lent: func(*lent) { f() }}
		}
		return config{Subject: "x", Handler: func(*message) { f() }}
	}
	held := make(chan struct{})
	var mu sync.Mutex
	handled, passed := 0, -1
	add(t, table, handler(func() { <-held; mu.Lock(); handled++; mu.Unlock() }))
	gone := add(t, table, handler(func() { select {} }))
	add(t, table, config{Subject: "idle", Handler: func(*message) {}})
	in := newInbound(table, newLink())
	in.parse(slices.Concat(msg(2, "a"), msg(2, "b")))
	synctest.Wait()
	gone.in.Remove(true)
	if !table.Barrier(func() { mu.Lock(); passed = handled; mu.Unlock() }) {
		t.Error("it waits for nobody")
	}
	in.parse(msg(2, "c"))
	held <- struct{}{}
	synctest.Wait()
	if passed != -1 {
		t.Error("it passed after the first of two")
	}
	held <- struct{}{}
	held <- struct{}{}
	synctest.Wait()
	if passed != 2 {
		t.Errorf("it passed after %d messages, want 2", passed)
	}
}

// A drain ends a subscription when the server has answered or the link is through, and
// what came by then was handled.
func TestDrain(t *testing.T) {
	for _, way := range []string{"answer", "lost link", "no link", "answer, lent"} {
		synctest.Test(t, func(t *testing.T) {
			table, h := newTable()
			n := 0
			cfg := config{Subject: "x", Handler: func(*message) { time.Sleep(time.Second); n++ }}
			way, lends := strings.CutSuffix(way, ", lent")
			if lends {
				cfg = config{Subject: "x", Lent: func(*lent) { time.Sleep(time.Second); n++ }}
			}
			s := add(t, table, cfg)
			fetched := add(t, table, config{Subject: "y"})
			drained := 0
			taken := add(t, table, config{Subject: "z", Inline: func(*message) {}, Drained: func() { drained++ }})
			own := add(t, table, config{Subject: "inbox", Inline: func(*message) {}})
			l := newLink()
			want := 2
			if way != "no link" {
				table.Resume(l, func([]byte, []int, int) {})
				table.Read(l)
				l.reads <- slices.Concat(msg(1, "a"), msg(1, "b"), msg(2, "c"))
			} else {
				newInbound(table, l).parse(slices.Concat(msg(1, "a"), msg(1, "b"), msg(2, "c")))
			}
			synctest.Wait()
			table.Drain()
			table.Drain() // does nothing
			switch way {
			case "answer":
				want = 3
				l.reads <- msg(1, "d")
				synctest.Wait()
				if drained != 0 {
					t.Error("drained before the server has answered")
				}
				h.answer(nil)
			case "lost link":
				want = 3
				l.reads <- msg(1, "d")
				h.answer(errRefused)
				synctest.Wait()
				if drained != 0 {
					t.Error("drained before the link was through")
				}
				close(l.reads)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if n != want || s.in.Valid() {
				t.Errorf("%s: %d handled, want %d; valid: %v", way, n, want, s.in.Valid())
			}
			if !fetched.in.IsDraining() || !fetched.in.Valid() {
				t.Errorf("%s: one with a message left has ended", way)
			}
			if m, err := fetched.in.Next(0); err != nil || string(m.Data) != "c" || fetched.in.Valid() {
				t.Errorf("%s: %v, valid %v", way, err, fetched.in.Valid())
			}
			if drained != 1 || !taken.in.Valid() || !own.in.Valid() {
				t.Errorf("%s: drained %d times; its end is its taker's", way, drained)
			}
			if table.Draining() != 1 || table.Len() != 2 {
				t.Errorf("%s: %d of %d are left", way, table.Draining(), table.Len())
			}
			if way == "answer" {
				close(l.reads)
			}
			synctest.Wait()
		})
	}
}
