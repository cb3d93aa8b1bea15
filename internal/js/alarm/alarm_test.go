package alarm

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// It goes off once, at the earliest time that it was set for, and can be set again.
func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex // the owner's
		var a Alarm
		var rang []time.Duration
		set := func(at time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			if a.Wants(at) {
				a.Set(at, at-time.Since(begin), func() {
					mu.Lock()
					defer mu.Unlock()
					rang = append(rang, time.Since(begin))
					a.Rang()
				})
			}
		}
		expect := func(want ...time.Duration) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if len(rang) != len(want) || len(want) > 0 && rang[len(want)-1] != want[len(want)-1] {
				t.Fatalf("it rang at %v, want %v", rang, want)
			}
		}
		set(3 * time.Second)
		set(time.Second)
		set(2 * time.Second)
		time.Sleep(5 * time.Second)
		expect(time.Second)
		set(0) // in the past: at once
		expect(time.Second, 5*time.Second)
		set(6 * time.Second)
		a.Stop()
		time.Sleep(5 * time.Second)
		expect(time.Second, 5*time.Second)
		set(11 * time.Second)
		time.Sleep(5 * time.Second)
		expect(time.Second, 5*time.Second, 11*time.Second)
		new(Alarm).Stop()
	})
}
