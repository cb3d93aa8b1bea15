package ingest

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// script drives a machine by hand and writes down what it wants.
type script struct {
	*testing.T
	m    *Machine
	now  time.Duration
	want []string
}

func (s *script) got(acts ...Action) {
	s.Helper()
	var got []string
	for _, a := range acts {
		switch a.Kind {
		case Send:
			got = append(got, fmt.Sprintf("send %d as %d.%d op %d", a.N, a.Batch, a.Seq, a.Op))
		case Say:
			got = append(got, fmt.Sprintf("say %d.%d op %d", a.Batch, a.Seq, a.Op))
		case Done:
			got = append(got, "done")
		case Fail:
			got = append(got, fmt.Sprintf("fail %d %t", a.Why, a.Doubt))
		}
	}
	if !slices.Equal(got, s.want) {
		s.Fatalf("%q, want %q", got, s.want)
	}
	s.want = nil
}

func (s *script) expect(want ...string) *script {
	s.want = want
	return s
}

// begun is a machine with a batch that the server has answered for, with n messages.
func begun(t *testing.T, n int) *script {
	t.Helper()
	s := &script{T: t, m: New(testConfig())}
	s.expect().got(s.m.LinkUp(0, nil)...)
	s.expect("send 1 as 1.1 op 0").got(s.m.Add(0, false))
	if s.m.Room() {
		t.Fatal("there is room before the server has answered")
	}
	s.expect().got(s.m.Ack(0, 1, 0, 4, nil)...)
	for i := 2; i <= n; i++ {
		s.expect(fmt.Sprintf("send %d as 1.%d op 1", i, i)).got(s.m.Add(0, false))
	}
	return s
}

// The server's pace is kept, and follows it.
func TestNoMoreThanThePaceIsUnderWay(t *testing.T) {
	s := begun(t, 8)
	if s.m.Room() {
		t.Error("there is room for a ninth, with two times four")
	}
	s.got(s.m.Ack(0, 1, 4, 2, nil)...)
	if s.m.Room() || s.m.Stored() != 4 {
		t.Error("there is room with two times two, and four under way")
	}
	s.got(s.m.Ack(0, 1, 6, 2, nil)...)
	if !s.m.Room() {
		t.Error("there is no room with two of four under way")
	}
}

// A batch of which nothing was lost goes on after a loss; what was queued is none of its
// concern.
func TestABatchGoesOnWhenNothingWasLost(t *testing.T) {
	s := begun(t, 5)
	s.m.LinkDown(0, 3)
	if s.m.Room() {
		t.Error("there is room without a link")
	}
	s.expect("say 1.3 op 4").got(s.m.LinkUp(0, nil)...)
	s.got(s.m.Ack(0, 1, 0, 4, nil)...)
	s.expect("send 6 as 1.6 op 1").got(s.m.Add(0, false))
	s.expect("say 1.7 op 3").got(s.m.Flush(0, nil)...)
	s.expect("done").got(s.m.Final(0, 1, 6, nil)...)
	if !s.m.Idle() || s.m.Stored() != 6 {
		t.Errorf("%+v", *s.m)
	}
}

// What was lost goes out again in the next batch, from the first on that isn't stored, and
// what is said of the old one counts no more.
func TestWhatIsLostGoesOutAgain(t *testing.T) {
	s := begun(t, 5)
	s.m.LinkDown(0, 5)
	s.expect("say 1.5 op 4").got(s.m.LinkUp(0, nil)...)
	s.got(s.m.Gap(0, 1, nil)...)
	s.expect("send 3 as 2.1 op 0").got(s.m.Final(0, 1, 2, nil)...)
	s.got(s.m.Final(0, 1, 5, nil)...)
	s.got(s.m.Objection(0, 1, 4, nil)...)
	s.got(s.m.Unknown(0, 1, nil)...)
	s.got(s.m.Ack(0, 1, 4, 4, nil)...)
	if s.m.Stored() != 2 {
		t.Errorf("%d are stored", s.m.Stored())
	}
	s.expect("send 4 as 2.2 op 1", "send 5 as 2.3 op 1").got(s.m.Ack(0, 2, 0, 4, nil)...)
}

// A batch that was ended, and whose end was lost, is ended again.
func TestALostEndIsSaidAgain(t *testing.T) {
	s := begun(t, 3)
	s.expect("say 1.4 op 3").got(s.m.Flush(0, nil)...)
	s.got(s.m.Tick(999*time.Millisecond, nil)...)
	s.expect("say 1.3 op 4").got(s.m.Tick(time.Second, nil)...)
	s.expect("say 1.4 op 3").got(s.m.Ack(time.Second, 1, 0, 4, nil)...)
	s.expect("done").got(s.m.Final(time.Second, 1, 3, nil)...)
}

// A batch that rests is ended, though nobody asked for it.
func TestABatchThatRestsIsEnded(t *testing.T) {
	s := begun(t, 3)
	if at, ok := s.m.Deadline(); !ok || at != 2*time.Second {
		t.Fatalf("due at %v, %t", at, ok)
	}
	s.expect("say 1.4 op 3").got(s.m.Tick(2*time.Second, nil)...)
	s.got(s.m.Final(2*time.Second, 1, 3, nil)...)
	if _, ok := s.m.Deadline(); ok || !s.m.Room() {
		t.Error("there is something to do")
	}
	s.expect("send 4 as 2.1 op 0").got(s.m.Add(3*time.Second, false))
}

// It fails when nobody says anything for long, and says whether messages are in doubt. A
// time without a link doesn't count.
func TestPatienceEnds(t *testing.T) {
	s := begun(t, 8)
	s.m.LinkDown(time.Second, 8)
	s.got(s.m.Tick(time.Hour, nil)...)
	s.expect("say 1.8 op 4").got(s.m.LinkUp(time.Hour, nil)...)
	s.expect("say 1.8 op 4").got(s.m.Tick(time.Hour+time.Second, nil)...)
	s.expect("fail 1 true").got(s.m.Tick(time.Hour+30*time.Second, nil)...)

	s = &script{T: t, m: New(testConfig())}
	s.got(s.m.LinkUp(0, nil)...)
	s.expect("send 1 as 1.1 op 0").got(s.m.Add(0, false))
	now := time.Duration(0)
	for b := 2; now < 30*time.Second; b++ {
		s.expect().got(s.m.Nobody(now, s.m.Batch(), nil)...)
		now += 100 * time.Millisecond
		if now < 30*time.Second {
			s.expect(fmt.Sprintf("send 1 as %d.1 op 0", b)).got(s.m.Tick(now, nil)...)
		}
	}
	s.expect("fail 2 false").got(s.m.Tick(now, nil)...)
}

// Messages with ids go on when the server has forgotten the batch, as long as the stream
// knows ids; others are in doubt, but for those that were acknowledged.
func TestAForgottenBatch(t *testing.T) {
	s := begun(t, 6)
	s.got(s.m.Ack(0, 1, 4, 4, nil)...)
	s.m.LinkDown(0, 6)
	s.expect("say 1.6 op 4").got(s.m.LinkUp(0, nil)...)
	s.expect("fail 4 true").got(s.m.Unknown(0, 1, nil)...)
	if s.m.Stored() != 4 {
		t.Errorf("%d are stored", s.m.Stored())
	}
	for _, late := range []bool{false, true} {
		s := &script{T: t, m: New(testConfig())}
		s.got(s.m.LinkUp(0, nil)...)
		s.expect("send 1 as 1.1 op 0").got(s.m.Add(0, true))
		s.m.LinkDown(0, 1)
		now := time.Second
		if late {
			now = time.Minute
		}
		s.expect("say 1.1 op 4").got(s.m.LinkUp(now, nil)...)
		if late {
			s.expect("fail 4 true")
		} else {
			s.expect("send 1 as 2.1 op 0")
		}
		s.got(s.m.Unknown(now, 1, nil)...)
	}
}

// A leader that steps down counts less than what will be stored: with ids that is sent again,
// without it can't be known.
func TestAnEndThatNothingOnThisSideExplains(t *testing.T) {
	for _, id := range []bool{false, true} {
		s := &script{T: t, m: New(testConfig())}
		s.got(s.m.LinkUp(0, nil)...)
		s.expect("send 1 as 1.1 op 0").got(s.m.Add(0, id))
		s.got(s.m.Ack(0, 1, 0, 4, nil)...)
		s.expect("send 2 as 1.2 op 1").got(s.m.Add(0, id))
		s.got(s.m.Gap(0, 1, nil)...)
		if id {
			s.expect("send 2 as 2.1 op 0")
		} else {
			s.expect("fail 4 true")
		}
		s.got(s.m.Final(0, 1, 1, nil)...)
	}
}

// A message that may be stored is sent again as long as the stream remembers its id from the
// first time, however often it was sent since, and isn't sent either when it was queued
// before and the link came too late.
func TestAForgottenBatchIsSentAgainForSoLong(t *testing.T) {
	again := func() *script {
		s := &script{T: t, m: New(testConfig())}
		s.got(s.m.LinkUp(0, nil)...)
		s.expect("send 1 as 1.1 op 0").got(s.m.Add(0, true))
		s.m.LinkDown(0, 1)
		s.expect("say 1.1 op 4").got(s.m.LinkUp(40*time.Second, nil)...)
		s.expect("send 1 as 2.1 op 0").got(s.m.Unknown(40*time.Second, 1, nil)...)
		return s
	}
	s := again()
	s.m.LinkDown(41*time.Second, 1)
	s.expect("say 2.1 op 4").got(s.m.LinkUp(61*time.Second, nil)...)
	s.expect("fail 4 true").got(s.m.Unknown(61*time.Second, 2, nil)...)

	s = again()
	s.m.LinkDown(41*time.Second, 0)
	s.expect().got(s.m.LinkUp(42*time.Second, nil)...)
	s.m.LinkDown(43*time.Second, 0)
	s.expect("fail 4 true").got(s.m.LinkUp(61*time.Second, nil)...)
}

// What couldn't be queued again is, later.
func TestWhatIsNotSentAgainIsLater(t *testing.T) {
	s := begun(t, 3)
	s.got(s.m.Dropped(0, nil)...)
	s.expect("send 1 as 2.1 op 0").got(s.m.Final(0, 1, 0, nil)...)
	s.m.Unsent(0, 1)
	s.expect("send 1 as 3.1 op 0").got(s.m.Tick(100*time.Millisecond, nil)...)
	s.expect("send 2 as 3.2 op 1", "send 3 as 3.3 op 1").got(s.m.Ack(0, 3, 0, 4, nil)...)
	s.m.Unsent(0, 3)
	s.expect("say 3.2 op 4").got(s.m.Tick(200*time.Millisecond, nil)...)
	s.expect("send 3 as 3.3 op 1").got(s.m.Ack(0, 3, 0, 4, nil)...)
}

// What the connection gave up is a gap that the server needn't find first.
func TestWhatWasDroppedIsAskedFor(t *testing.T) {
	s := begun(t, 3)
	s.got(s.m.Dropped(0, nil)...)
	if s.m.Room() {
		t.Error("there is room behind a gap")
	}
	s.expect("say 1.3 op 4").got(s.m.Tick(100*time.Millisecond, nil)...)

	s = &script{T: t, m: New(testConfig())}
	s.got(s.m.LinkUp(0, nil)...)
	s.expect("send 1 as 1.1 op 0").got(s.m.Add(0, false))
	s.got(s.m.Dropped(0, nil)...)
	s.expect("send 1 as 2.1 op 0").got(s.m.Tick(100*time.Millisecond, nil)...)
}
