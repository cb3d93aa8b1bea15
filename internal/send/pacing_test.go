package send

import (
	"testing"
	"time"
)

// Publishers pause only when much is queued for a socket that is fast, and moves.
func TestPace(t *testing.T) {
	const batch = 256 << 10
	for _, c := range []struct {
		what    string
		queued  int
		took    time.Duration // for the last batch
		ago     time.Duration // when the socket took something
		writing bool
		want    bool
	}{
		{"much for a fast socket", 2 * paceAbove, 100 * time.Microsecond, 0, true, true},
		{"little", paceAbove / 2, 100 * time.Microsecond, 0, true, false},
		{"a slow socket", 2 * paceAbove, 2 * time.Millisecond, 0, true, false},
		{"a stalled socket", 2 * paceAbove, 100 * time.Microsecond, 2 * paceProof, true, false},
		{"nobody writes", 2 * paceAbove, 100 * time.Microsecond, 0, false, false},
	} {
		s, w := newSender(usual)
		w.start, s.writing = time.Now().Add(-time.Hour), c.writing
		for s.buf.Size() < c.queued {
			s.buf.Pub("a", "", nil, make([]byte, 4<<10))
		}
		s.batchTookLocked(batch, c.took)
		s.moved()
		s.progress.Add(-int64(c.ago))
		if got := s.pacedLocked(16); got != c.want {
			t.Errorf("%s: pause is %v", c.what, got)
		}
	}
}
