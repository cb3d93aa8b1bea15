package kv

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// script tells a watch what happens and returns what it says.
//
//	start            where the next consumer begins
//	begin B P        a consumer behind revision B with P messages
//	msg R D [x]      revision R, D messages behind it, a marker with x
//	quiet N P        the server has delivered N and has P
//	state C F L T    the bucket: created, first, last, time of the first
func script(w *Watch, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		n := func(i int) (v uint64) { fmt.Sscan(f[i], &v); return v }
		switch f[0] {
		case "start":
			s := w.Start()
			fmt.Fprintln(&b, [...]string{"last", "all", "new", fmt.Sprint("from ", s.Revision)}[s.Policy])
		case "begin":
			fmt.Fprintln(&b, say(false, w.Begin(50, n(1), n(2))))
		case "msg":
			m := Message{Key: f[1], Revision: n(1), Delta: n(2), At: int64(n(1)) * 10}
			if len(f) > 3 {
				m.Op = Delete
			}
			give, complete := w.Message(m)
			fmt.Fprintln(&b, say(give, complete))
		case "quiet":
			fmt.Fprintln(&b, say(false, w.Quiet(n(1), n(2))))
		case "state":
			w.Resume(State{Created: int64(n(1)), First: n(2), Last: n(3), FirstTime: int64(n(4))})
		}
	}
	return b.String()
}

func say(give bool, p Progress) string {
	s := "-"
	if give {
		s = "give"
	}
	switch p {
	case Completed:
		s += " complete"
	case Again:
		s += " again"
	}
	return s
}

func TestWatches(t *testing.T) {
	for name, c := range map[string]struct {
		cfg        WatchConfig
		text, want string
	}{
		"values": {WatchConfig{}, `
			start
			begin 0 2
			msg 3 1
			msg 5 0
			msg 6 0
			start`, "last\n-\ngive\ngive complete\ngive\nfrom 7\n"},
		"nothing there": {WatchConfig{}, "start\nbegin 0 0\nstart\nbegin 0 1\nmsg 1 0", "last\n- complete\nall\n-\ngive\n"},
		"the count is enough when updates follow": {WatchConfig{}, "begin 0 2\nmsg 3 5\nmsg 4 5", "-\ngive\ngive complete\n"},
		"a message less, which was removed: another consumer has as many as it says": {WatchConfig{}, `
			begin 0 3
			msg 3 1
			msg 4 0
			start
			begin 0 2
			msg 3 1
			msg 4 0`, "-\ngive\ngive again\nlast\n-\n-\n- complete\n"},
		"a message less, which was left out": {WatchConfig{}, `
			begin 0 3
			msg 3 2
			msg 5 1
			quiet 2 0
			begin 0 3
			msg 3 2
			msg 4 1
			msg 5 0`, "-\ngive\ngive\n- again\n-\n-\ngive\n- complete\n"},
		"nothing is believed for ever": {WatchConfig{}, `
			begin 0 3
			msg 3 0
			msg 4 0
			begin 0 3
			msg 3 0
			begin 0 3
			msg 3 0`, "-\ngive again\ngive\n-\n- again\n-\n- complete\n"},
		"a new consumer has nothing yet": {WatchConfig{}, `
			begin 0 3
			msg 3 2
			state 100 3 5 30
			begin 0 0
			msg 3 2
			msg 4 1
			quiet 2 1
			msg 5 0`, "-\ngive\n-\n-\ngive\n-\ngive complete\n"},
		"a new consumer has nothing, and says so twice": {WatchConfig{}, `
			begin 0 3
			state 100 3 5 30
			begin 0 0
			quiet 0 0
			begin 0 1
			msg 5 0`, "-\n-\n- again\n-\ngive complete\n"},
		"a new consumer lacks a key that was given": {WatchConfig{}, `
			begin 0 3
			msg 3 2
			msg 4 1
			begin 0 1
			msg 4 0
			begin 0 2
			msg 3 1
			msg 4 0`, "-\ngive\ngive\n-\n- again\n-\n-\n- complete\n"},
		"lost in the first part: values again, and what came is dropped": {WatchConfig{}, `
			begin 0 3
			msg 3 2
			start
			begin 0 4
			msg 3 3
			msg 5 2
			msg 6 1
			msg 9 0`, "-\ngive\nlast\n-\n-\ngive\ngive\ngive complete\n"},
		"the number of the first consumer doesn't count": {WatchConfig{}, `
			begin 0 3
			msg 3 2
			msg 4 1
			start
			begin 0 3
			msg 3 5
			msg 4 4
			msg 5 3`, "-\ngive\ngive\nlast\n-\n-\n-\ngive complete\n"},
		"nothing left": {WatchConfig{}, `
			begin 0 3
			msg 3 2
			quiet 0 0
			quiet 1 1
			quiet 1 0
			quiet 1 0
			begin 0 1
			msg 3 0`, "-\ngive\n-\n-\n- again\n-\n-\n- complete\n"},
		"history": {WatchConfig{History: true}, `
			start
			begin 0 3
			msg 1 2
			start
			begin 1 2
			msg 2 1
			msg 3 0`, "all\n-\ngive\nfrom 2\n-\ngive\ngive complete\n"},
		"history, nothing came": {WatchConfig{History: true}, "begin 0 3\nstart", "-\nall\n"},
		"updates": {WatchConfig{UpdatesOnly: true}, `
			start
			begin 7 0
			start
			begin 7 1
			msg 8 0`, "new\n-\nfrom 8\n-\ngive\n"},
		"updates of an empty bucket": {WatchConfig{UpdatesOnly: true}, "start\nbegin 0 0\nstart", "new\n-\nall\n"},
		"from a revision": {WatchConfig{From: 4}, `
			start
			begin 3 2
			start
			begin 3 2
			msg 4 1
			start
			begin 4 1
			msg 5 0`, "from 4\n-\nfrom 4\n-\ngive\nfrom 5\n-\ngive complete\n"},
		"from a revision, updates alone": {WatchConfig{From: 4, UpdatesOnly: true}, "start\nbegin 3 1\nmsg 4 0", "from 4\n-\ngive\n"},
		"without deletes":                {WatchConfig{IgnoreDeletes: true}, "begin 0 2\nmsg 3 1\nmsg 4 0 x\nmsg 5 0 x\nmsg 6 0", "-\ngive\n- complete\n-\ngive\n"},
		"the same bucket": {WatchConfig{}, `
			begin 0 1
			msg 9 0
			state 100 3 12 30
			start
			state 100 0 12 0
			start
			state 100 13 12 0
			start`, "-\ngive complete\nfrom 10\nfrom 10\nfrom 10\n"},
		"another of the same name": {WatchConfig{}, `
			begin 0 1
			msg 9 0
			state 101 3 12 30
			start
			begin 0 1
			msg 3 0
			start`, "-\ngive complete\nall\n-\ngive\nfrom 4\n"},
		"it was made anew before the watch began": {WatchConfig{}, `
			begin 0 1
			msg 9 0
			state 45 3 12 30
			start
			state 46 3 12 30
			start`, "-\ngive complete\nfrom 10\nall\n"},
		"fewer messages than were seen": {WatchConfig{History: true}, "begin 0 1\nmsg 9 0\nstate 100 1 8 10\nstart", "-\ngive complete\nall\n"},
		"low numbers that came later":   {WatchConfig{UpdatesOnly: true}, "begin 0 0\nmsg 9 0\nstate 100 1 12 95\nstart", "-\ngive\nall\n"},
		"another, before anything came": {WatchConfig{}, "begin 0 0\nstate 101 1 5 5\nstart", "- complete\nall\n"},
		"low numbers before any update": {WatchConfig{UpdatesOnly: true}, "begin 7 0\nstate 100 1 12 49\nstart\nstate 100 1 12 51\nstart", "-\nfrom 8\nall\n"},
		"another, updates alone":        {WatchConfig{UpdatesOnly: true}, "begin 7 0\nstate 101 1 5 5\nstart\nbegin 0 5\nmsg 1 4", "-\nall\n-\ngive\n"},
	} {
		if got := script(NewWatch(c.cfg, 100), c.text); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, c.want)
		}
	}
}

// A leader that was just elected may have less than the watch has seen. It is asked again
// for a while, and that isn't another bucket.
func TestABucketThatHasLessIsAskedAgain(t *testing.T) {
	w := NewWatch(WatchConfig{}, 100)
	w.Begin(7, 0, 1)
	w.Message(Message{Key: "a", Revision: 5, At: 10})
	short, whole := State{Created: 100, First: 1, Last: 4, FirstTime: 3}, State{Created: 100, First: 1, Last: 5, FirstTime: 3}
	for i, c := range []struct {
		now   time.Duration
		state State
		stale bool
	}{
		{0, whole, false},
		{time.Second, short, true},
		{3 * time.Second, short, true},
		{3500 * time.Millisecond, whole, false}, // so it begins anew
		{4 * time.Second, short, true},
		{5 * time.Second, State{Created: 200, First: 1, Last: 4, FirstTime: 3}, false}, // another
		{6 * time.Second, short, true},
		{8999 * time.Millisecond, short, true},
		{9 * time.Second, short, false}, // it is true
	} {
		if got := w.Stale(c.now, c.state); got != c.stale {
			t.Errorf("%d: %v", i+1, got)
		}
	}
	w.Resume(whole)
	if s := w.Start(); s != (Start{FromRevision, 6}) {
		t.Errorf("it goes on with %v", s)
	}
	w.Resume(short)
	if s := w.Start(); s.Policy != Everything {
		t.Errorf("what its server has lost: it goes on with %v", s)
	}
}
