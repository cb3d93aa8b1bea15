package support

import (
	"testing"
	"testing/synctest"
	"time"
)

// Until waits until cond holds and fails the test when it doesn't come to hold
// in ten seconds, which in a bubble are virtual.
func Until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	UntilIn(t, 10*time.Second, what, cond)
}

// UntilIn is Until with a limit of its own.
func UntilIn(t testing.TB, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.Now().Add(limit)
	for !cond() {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain for %s", limit, what)
		}
		<-tick.C
	}
}

// Receive takes a value from a channel, and fails the test when none comes.
func Receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case v, ok := <-ch:
		if !ok {
			t.Fatalf("waiting for %s: the channel was closed", what)
		}
		return v
	case <-timer.C:
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// Ended waits for a channel to be closed.
func Ended(t testing.TB, what string, ch <-chan struct{}) {
	t.Helper()
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case <-ch:
	case <-timer.C:
		t.Fatalf("waited in vain for %s", what)
	}
}

// Must fails the test when there is an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Silent fails the test when a channel has something, or is closed, once the bubble
// rests.
func Silent[T any](t *testing.T, what string, ch <-chan T) {
	t.Helper()
	synctest.Wait()
	select {
	case v, open := <-ch:
		t.Errorf("%s: %v, open %v; want nothing, and open", what, v, open)
	default:
	}
}
