package overlap

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"testing"
	"time"
)

// links plays the two links of a move and notes what the program gets.
type links struct {
	f   *Filter[string]
	now time.Duration
	got []string
}

func newLinks(limits Limits) *links {
	return &links{f: New[string](0, maphash.MakeSeed(), limits)}
}

func (l *links) old(text string) {
	if l.f.Old(l.now, 1, []byte("s"), nil, nil, []byte(text)) {
		l.got = append(l.got, text)
	}
}

func (l *links) new(text string) Verdict {
	v := l.f.New(l.now, 1, []byte("s"), nil, nil, []byte(text), func() string { return text })
	if v == Deliver {
		l.got = append(l.got, text)
	}
	return v
}

func (l *links) rescue() {
	l.f.Rescue(l.now, func(text string) { l.got = append(l.got, text) })
}

func (l *links) cut() bool {
	return l.f.Cut(l.now, func(text string) { l.got = append(l.got, text) })
}

// play is a script: o: and n: are messages of the old and the new link, cut is the
// cut, rescue one without the old link, and +D is time that passes.
func (l *links) play(t *testing.T, script string) string {
	t.Helper()
	for _, what := range strings.Fields(script) {
		link, text, _ := strings.Cut(what, ":")
		switch {
		case link == "o":
			l.old(text)
		case link == "n":
			l.new(text)
		case what == "cut":
			l.cut()
		case what == "rescue":
			l.rescue()
		case what == "abandon":
			l.f.Abandon()
		case strings.HasPrefix(what, "+"):
			d, err := time.ParseDuration(what[1:])
			if err != nil {
				t.Fatal(err)
			}
			l.now += d
		default:
			t.Fatalf("unknown word %q", what)
		}
	}
	return strings.Join(l.got, " ")
}

func TestFilter(t *testing.T) {
	for _, tc := range []struct{ name, script, want string }{
		{"the old link's go through", "o:a o:b", "a b"},
		{"the new link's wait", "n:a n:b", ""},
		{"both bring it, the old one first", "o:a n:a cut", "a"},
		{"both bring it, the new one first", "n:a o:a cut", "a"},
		{"what only the new one brought follows", "o:a n:a n:b n:c o:b cut n:d", "a b c d"},
		{"the old one is ahead at the cut", "o:a o:b o:c n:a cut n:b n:c n:d", "a b c d"},
		{"after the cut the old one is ignored", "o:a cut o:b n:a n:b", "a b"},
		{"equal ones are counted", "o:a o:a n:a cut n:a n:a", "a a a"},
		{"equal ones are counted while held", "n:a n:a n:a o:a cut", "a a a"},
		{"the first of equal ones is the one that was delivered", "n:a n:b n:a o:a cut", "a b a"},
		{"what only the old one brought is forgotten", "o:a +3s cut n:a", "a a"},
		{"and until then it isn't", "o:a +2999ms cut n:a", "a"},
		{"not even when others follow", "o:a +2999ms o:b n:b +1ms cut n:a", "a b a"},
		{"equal ones keep coming, and the first of them was the old one's alone",
			"o:a +400ms o:a n:a +400ms n:a o:a +400ms o:a n:a +400ms o:a n:a cut n:a n:b", "a a a a a a b"},
		{"the new one may be behind after the cut", "o:a cut +2s n:a n:b", "a b"},
		{"abandoned", "o:a n:a n:b abandon n:c o:b o:c cut", "a b c"},
		{"too late to abandon", "o:a n:b cut abandon n:a n:c o:d", "a b c"},
		{"the new one doubles what the old one brought", "n:a n:a o:a n:b +999ms n:c +1ms cut n:d", "a c d"},
		{"the old one ended, and nobody knows what it would have brought", "n:a n:a o:a +2s n:b rescue n:c", "a a b c"},
		{"cut twice", "n:a cut cut n:b", "a b"},
	} {
		if got := newLinks(Limits{}).play(t, tc.script); got != tc.want {
			t.Errorf("%s: %q gives %q instead of %q", tc.name, tc.script, got, tc.want)
		}
	}
}

// Messages are equal when all of them is: no part stands for another.
func TestEachPartCounts(t *testing.T) {
	type message struct {
		sid                          uint64
		subject, reply, header, data string
	}
	all := []message{
		{1, "s", "", "", ""}, {2, "s", "", "", ""}, {1, "ss", "", "", ""}, {1, "s", "s", "", ""}, {1, "s", "", "s", ""},
		{1, "s", "", "", "s"}, {1, "", "s", "", "s"}, {1, "s", "ss", "", ""}, {1, "ss", "s", "", ""}, {1, "s", "", "ss", "s"},
	}
	for i, o := range all {
		for k, n := range all {
			f := New[string](0, maphash.MakeSeed(), Limits{})
			f.Old(0, o.sid, []byte(o.subject), []byte(o.reply), []byte(o.header), []byte(o.data))
			want := Hold
			if i == k {
				want = Drop
			}
			got := f.New(0, n.sid, []byte(n.subject), []byte(n.reply), []byte(n.header), []byte(n.data), func() string { return "" })
			if got != want {
				t.Errorf("%+v after %+v: %v instead of %v", n, o, got, want)
			}
		}
	}
}

// Past the limits the old link goes on, alone and complete.
func TestLimits(t *testing.T) {
	for name, l := range map[string]*links{
		"messages held":       newLinks(Limits{Messages: 3}),
		"bytes held":          newLinks(Limits{Bytes: 7}),
		"messages remembered": newLinks(Limits{Messages: 3}),
	} {
		var want []string
		for i := range 10 {
			if text := fmt.Sprint(i); name == "messages remembered" {
				l.old(text)
				want = append(want, text)
			} else {
				l.new(text)
			}
		}
		if !l.f.GivenUp() {
			t.Errorf("%s: it isn't given up", name)
		}
		l.old("x")
		if v := l.new("x"); v != Drop {
			t.Errorf("%s: %v after the limit", name, v)
		}
		if l.cut() {
			t.Errorf("%s: Cut agrees", name)
		}
		l.old("y")
		if want = append(want, "x", "y"); !slices.Equal(l.got, want) {
			t.Errorf("%s: the program got %v instead of %v", name, l.got, want)
		}
		if n, b := l.f.Held(); n != 0 || b != 0 || l.f.Remembered() != 0 {
			t.Errorf("%s: %d messages of %d bytes are held, %d remembered", name, n, b, l.f.Remembered())
		}
	}
}

// After Commit it is crowded at each limit, goes on up to twice that, and has given up past
// it: then the old link's messages are the program's until a cut, which there can't be.
func TestLimitsAfterCommit(t *testing.T) {
	const limit = 4
	for name, c := range map[string]struct {
		limits  Limits
		next    func(l *links, i int)
		crowded int // messages until it is
		most    int // and that it takes
	}{
		"messages held":       {Limits{Messages: limit}, func(l *links, i int) { l.new(fmt.Sprint(i)) }, limit, 2 * limit},
		"bytes held":          {Limits{Bytes: 2 * limit}, func(l *links, i int) { l.new(string(rune('a' + i))) }, limit, 2 * limit},
		"messages remembered": {Limits{Messages: limit}, func(l *links, i int) { l.old(fmt.Sprint(i)) }, limit + 1, 2 * limit},
	} {
		l := newLinks(c.limits)
		if !l.f.Commit(l.now) {
			t.Fatalf("%s: Commit doesn't agree", name)
		}
		for i := range c.most {
			if l.f.Crowded() != (i >= c.crowded) {
				t.Errorf("%s: crowded %v at %d", name, l.f.Crowded(), i)
			}
			c.next(l, i)
			if l.f.GivenUp() {
				t.Fatalf("%s: given up at %d of %d", name, i+1, c.most)
			}
		}
		c.next(l, c.most)
		l.old("x")
		if v := l.new("y"); !l.f.GivenUp() || v != Drop || l.got[len(l.got)-1] != "x" || l.cut() {
			t.Errorf("%s: past twice the limit: given up %v, %v, got %v", name, l.f.GivenUp(), v, l.got)
		}
		if n, b := l.f.Held(); n != 0 || b != 0 || l.f.Remembered() != 0 || !l.f.Crowded() {
			t.Errorf("%s: %d messages of %d bytes are held, %d remembered", name, n, b, l.f.Remembered())
		}
		// And one that has given up before doesn't agree.
		l = newLinks(c.limits)
		for i := range c.most {
			c.next(l, i)
		}
		if l.f.Commit(l.now) {
			t.Errorf("%s: Commit agrees past the limit", name)
		}
	}
}

// What is kept of messages that were seen is bounded, whoever brought them.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	const limit = 100
	l := newLinks(Limits{Messages: limit})
	l.f.Commit(l.now)
	for i := range 100_000 {
		text := fmt.Sprint(i)
		if i%2 == 0 {
			l.old(text)
			l.new(text)
		} else {
			l.new(text)
			l.old(text)
		}
		l.got = l.got[:0]
		if n := len(l.f.ahead); n > 2*limit+1 {
			t.Fatalf("%d are remembered", n)
		}
		if n, b := l.f.Held(); n != 0 || b != 0 || len(l.f.held.byHash) != 0 {
			t.Fatalf("%d messages of %d bytes are held", n, b)
		}
	}
}

// What both links bring leaves nothing behind, however much it is.
func TestMatchedMessagesLeaveNothing(t *testing.T) {
	l := newLinks(Limits{Messages: 10, Bytes: 1000})
	for i := range 100_000 {
		text := fmt.Sprint(i % 5000)
		if i%2 == 0 {
			l.old(text)
			l.new(text)
		} else {
			l.new(text)
			l.old(text)
		}
		if i%1000 == 0 {
			l.now += 300 * time.Millisecond
		}
	}
	if n, b := l.f.Held(); n != 0 || b != 0 || l.f.Remembered() != 0 || l.f.GivenUp() || len(l.f.held.byHash) != 0 {
		t.Errorf("%d messages of %d bytes are held, %d remembered, given up: %v", n, b, l.f.Remembered(), l.f.GivenUp())
	}
	if len(l.got) != 100_000 {
		t.Errorf("the program got %d", len(l.got))
	}
	if l.f.Done(l.now) {
		t.Error("done before the cut")
	}
	l.cut()
	if !l.f.Done(l.now) {
		t.Error("nothing is remembered, and it isn't done")
	}
}

func TestDone(t *testing.T) {
	l := newLinks(Limits{})
	l.f.SetSkew(100 * time.Millisecond)
	l.play(t, "o:a o:b cut n:a")
	if l.f.Done(l.now) {
		t.Error("done while the new link may bring what the old one delivered")
	}
	if l.now += 299 * time.Millisecond; l.f.Done(l.now) {
		t.Error("done too early")
	}
	if l.now += time.Millisecond; !l.f.Done(l.now) {
		t.Error("not done after three skews")
	}
	if v := l.new("b"); v != Deliver {
		t.Errorf("%v when it is done", v)
	}
}

func TestTimes(t *testing.T) {
	for _, tc := range []struct{ probe, skew, margin time.Duration }{
		{0, 250 * time.Millisecond, 2 * time.Millisecond},
		{40 * time.Millisecond, 320 * time.Millisecond, 80 * time.Millisecond},
		{NoProbe, time.Second, 100 * time.Millisecond},
		{time.Minute, time.Second, 100 * time.Millisecond},
	} {
		if s, g := Skew(tc.probe), Margin(tc.probe); s != tc.skew || g != tc.margin || Settle(tc.probe) != 4*s {
			t.Errorf("%v: skew %v, margin %v, settle %v", tc.probe, s, g, Settle(tc.probe))
		}
	}
}

// In a calm overlap nothing is allocated for what both bring, the old link first.
func TestMatchingDoesNotAllocate(t *testing.T) {
	f := New[string](0, maphash.MakeSeed(), Limits{})
	subject, data := []byte("subject"), []byte("payload")
	if n := testing.AllocsPerRun(1000, func() {
		f.Old(0, 1, subject, nil, nil, data)
		f.New(0, 1, subject, nil, nil, data, func() string { return string(data) })
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFilter(b *testing.B) {
	f := New[string](0, maphash.MakeSeed(), Limits{})
	subject, data := []byte("orders.eu.created"), make([]byte, 128)
	b.ReportAllocs()
	for b.Loop() {
		f.Old(0, 1, subject, nil, nil, data)
		f.New(0, 1, subject, nil, nil, data, func() string { return "" })
	}
}
