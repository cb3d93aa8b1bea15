package sim

import (
	"testing"
	"time"
)

// A fleet that migrates goes through a rolling restart without one lost connection:
// each server has sent nobody away when its grace is over.
func TestRollingRestartOfAFleetThatMigrates(t *testing.T) {
	p := testPolicy()
	p.Migrate = true
	w := fleetOf(t, 600, ServerConfig{HandshakesPerSecond: 1000}, p)
	w.Measure(100 * time.Millisecond)
	for i := range w.Servers() {
		on, moves := w.Connections(i), w.Counts().Moves
		if on == 0 {
			t.Fatalf("nobody is connected to server %d", i)
		}
		w.LameDuck(i, 10*time.Second, 20*time.Second)
		most := 0
		for range 100 {
			before := w.Counts().Moves
			w.RunUntil(w.Now() + 100*time.Millisecond)
			most = max(most, w.Counts().Moves-before)
		}
		if n := w.Counts().Moves - moves; n != on || w.Connections(i) != 0 {
			t.Errorf("server %d: %d of %d moved in the grace, %d are still there", i, n, on, w.Connections(i))
		}
		if most > on/10 {
			t.Errorf("server %d: %d of %d moved within 100 ms", i, most, on)
		}
		w.RunUntil(w.Now() + 21*time.Second)
		w.StartServer(i)
		w.RunUntil(w.Now() + 5*time.Second)
	}
	if c := w.Counts(); c.Losses != 0 || c.Connected != 600 || c.Reconnects != 0 {
		t.Errorf("%+v", c)
	}
}

// A lame duck sends those away that have nowhere to go, and nothing is worse for
// them than for others.
func TestNowhereToMove(t *testing.T) {
	p := testPolicy()
	p.Migrate = true
	w := fleetOf(t, 60, ServerConfig{}, p)
	w.KillServer(1)
	w.KillServer(2)
	w.RunUntil(w.Now() + 2*time.Minute)
	w.Measure(time.Second)
	w.LameDuck(0, 4*time.Second, 2*time.Second)
	w.RunUntil(w.Now() + 3900*time.Millisecond)
	if c := w.Counts(); c.Losses != 0 || w.Connections(0) != 60 {
		t.Errorf("%d are connected in the grace, after %+v", w.Connections(0), c)
	}
	w.RunUntil(w.Now() + 10*time.Second)
	for i := range w.Servers() {
		w.StartServer(i)
	}
	w.RunUntil(w.Now() + 20*time.Second)
	if c := w.Counts(); c.Losses != 60 || c.Connected != 60 || c.Moves != 0 || c.GaveUp != 0 {
		t.Errorf("%+v", c)
	}
}
