package send

import "testing"

// Publishers that meet again and again pause; those that meet now and then don't.
func TestContentionOfPublishers(t *testing.T) {
	s, _ := newSender(usual)
	publish := func(n int) {
		for range n {
			s.buf.Pub("a", "", nil, nil)
		}
	}
	meet := func() bool { // as one that found the lock taken
		s.lockContended()
		s.mu.Unlock()
		return s.meeting.contended()
	}
	for range 3 * meetTimes {
		publish(meetSoon + 1)
		if meet() {
			t.Fatal("those that meet now and then are taken to contend")
		}
	}
	for i := range meetTimes {
		publish(meetSoon)
		if got, want := meet(), i == meetTimes-1; got != want {
			t.Fatalf("after %d meetings contended is %v", i+1, got)
		}
	}
	publish(meetSoon + 1)
	if meet() {
		t.Error("still contended, long after the last meeting")
	}
}
