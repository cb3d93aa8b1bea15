package nats

import (
	"testing"

	"github.com/evernats/nats/internal/outbound"
)

// Publishers that meet again and again pause; those that meet now and then don't.
func TestCrowdOfPublishers(t *testing.T) {
	s := &sender{buf: outbound.New(outbound.Config{})}
	publish := func(n int) {
		for range n {
			s.buf.Pub("a", "", nil, nil)
		}
	}
	meet := func() bool { // as one that found the lock taken
		s.enterCrowd()
		s.mu.Unlock()
		return s.crowd.crowded.Load()
	}
	for range 3 * crowdTimes {
		publish(crowdSoon + 1)
		if meet() {
			t.Fatal("those that meet now and then are taken for a crowd")
		}
	}
	for i := range crowdTimes {
		publish(crowdSoon)
		if got, want := meet(), i == crowdTimes-1; got != want {
			t.Fatalf("after %d meetings crowded is %v", i+1, got)
		}
	}
	publish(crowdSoon + 1)
	if meet() {
		t.Error("still a crowd, long after the last meeting")
	}
}
