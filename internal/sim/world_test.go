package sim

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// The same seed is the same world, to the last line.
func TestSeedDecidesEverything(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		var first, second strings.Builder
		for _, b := range []*strings.Builder{&first, &second} {
			if err := play(seed, func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if first.String() != second.String() || first.Len() == 0 {
			t.Errorf("seed %d: two runs differ", seed)
		}
	}
}

// The random scenarios close clients in each of their states.
func TestSeedsCloseInEveryState(t *testing.T) {
	closed := map[reconnect.State]int{}
	for seed := uint64(1); seed <= 5000; seed++ {
		if err := playClosing(seed, nil, closed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	for st := reconnect.Idle; st <= reconnect.Closed; st++ {
		if closed[st] == 0 {
			t.Errorf("nobody was closed in %v", st)
		}
	}
	t.Log(closed)
}

// The wheel gives events in the order in which the heap gives them.
func TestWheelAgreesWithHeap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	heap, wheel := &queue{}, newWheel()
	now := time.Duration(0)
	push := func() {
		spans := []time.Duration{0, time.Microsecond, 100 * time.Microsecond, time.Second, 20 * time.Second, time.Hour}
		e := event{at: now + time.Duration(r.Int64N(int64(spans[r.IntN(len(spans))])+1)), arg: r.Uint32()}
		heap.push(e)
		wheel.push(e)
	}
	for range 200_000 {
		if r.IntN(2) == 0 || heap.len() == 0 {
			push()
			continue
		}
		a, _ := heap.next()
		b, ok := wheel.next()
		if !ok || a != b {
			t.Fatalf("the heap gives %+v, the wheel %+v", a, b)
		}
		heap.pop()
		wheel.pop()
		now = a.at
	}
	if heap.len() != wheel.len() {
		t.Errorf("%d events left in the heap, %d in the wheel", heap.len(), wheel.len())
	}
	for heap.len() > 0 {
		wheel.next()
		if a, b := heap.pop(), wheel.pop(); a != b {
			t.Fatalf("the heap gives %+v, the wheel %+v", a, b)
		}
	}
	if _, ok := wheel.next(); ok || wheel.len() != 0 {
		t.Error("the wheel has events that the heap never had")
	}
}

func TestRing(t *testing.T) {
	var r ring
	next, first := uint32(0), uint32(0)
	for i := range 10_000 {
		if i%3 != 2 || i < 100 {
			r.push(waiting{client: next})
			next++
			continue
		}
		if v, ok := r.pop(); !ok || v.client != first {
			t.Fatalf("got %d, %v instead of %d", v.client, ok, first)
		}
		first++
	}
	if r.len() != int(next-first) {
		t.Errorf("%d left instead of %d", r.len(), next-first)
	}
}

// testPolicy is the mission's defaults.
func testPolicy() *reconnect.Policy {
	return &reconnect.Policy{
		AllowReconnect:     true,
		MaxReconnect:       60,
		ReconnectWait:      2 * time.Second,
		ReconnectJitter:    100 * time.Millisecond,
		ReconnectJitterTLS: time.Second,
		ReconnectJitterMax: 5 * time.Minute,
		AttemptDelay:       250 * time.Millisecond,
	}
}

// fleet is a world of connected clients and three servers.
func fleet(t *testing.T, clients int, server ServerConfig) *World {
	t.Helper()
	return fleetOf(t, clients, server, testPolicy())
}

func fleetOf(t *testing.T, clients int, server ServerConfig, p *reconnect.Policy) *World {
	t.Helper()
	w := NewFleet(Config{Seed: 1, Latency: time.Millisecond, Detect: 2 * time.Second}, clients)
	urls := []string{"a", "b", "c"}
	for _, u := range urls {
		w.AddServer(ServerConfig{URL: u})
		w.StartServer(len(w.servers) - 1)
	}
	for range clients {
		w.Start(w.AddClient(p, 2*time.Second, urls))
	}
	w.RunUntil(time.Minute)
	for i := range w.servers {
		w.SetServer(i, server)
	}
	if n := w.Connections(0) + w.Connections(1) + w.Connections(2); n != clients {
		t.Fatalf("%d of %d clients are connected", n, clients)
	}
	return w
}

// A server of a limited rate takes clients on at that rate.
func TestHandshakeRate(t *testing.T) {
	w := fleet(t, 900, ServerConfig{HandshakesPerSecond: 100})
	w.Measure(time.Second)
	lost := w.Connections(0)
	w.KillServer(0)
	w.RunUntil(w.Now() + time.Second)
	if w.Counts().Losses != lost {
		t.Errorf("%d clients lost their connection instead of %d", w.Counts().Losses, lost)
	}
	// Two servers at 100 a second.
	if w.Counts().Reconnects < 180 || w.Counts().Reconnects > 200 {
		t.Errorf("%d clients were back after a second", w.Counts().Reconnects)
	}
	w.RunUntil(w.Now() + time.Minute)
	if w.Counts().Connected != 900 || w.Counts().GaveUp != 0 {
		t.Errorf("%d connected, %d gave up", w.Counts().Connected, w.Counts().GaveUp)
	}
}

// Clients of a frozen server find out, and those of one that is continued soon
// enough never know.
func TestFreeze(t *testing.T) {
	w := fleet(t, 90, ServerConfig{})
	w.Measure(time.Second)
	w.FreezeServer(0)
	w.RunUntil(w.Now() + 900*time.Millisecond)
	w.StartServer(0)
	w.RunUntil(w.Now() + time.Minute)
	if w.Counts().Losses != 0 {
		t.Errorf("%d clients noticed a short stop", w.Counts().Losses)
	}
	on := w.Connections(0)
	w.FreezeServer(0)
	w.RunUntil(w.Now() + 5*time.Second)
	if w.Counts().Losses != on || w.Counts().Connected != 90 {
		t.Errorf("%d of %d clients left the frozen server, %d are connected", w.Counts().Losses, on, w.Counts().Connected)
	}
}

// Clients that share a machine dial one after the other.
func TestDialsPerSecond(t *testing.T) {
	p := testPolicy()
	p.AttemptDelay = -1
	w := fleetOf(t, 800, ServerConfig{}, p)
	w.cfg.DialsPerSecond = 1000
	w.Measure(10 * time.Millisecond)
	for i := range w.Servers() {
		w.KillServer(i)
	}
	// Each client has three servers to be refused by.
	w.RunUntil(w.Now() + 700*time.Millisecond)
	if n := w.Counts().Refused; n < 600 || n > 750 {
		t.Errorf("%d dials were refused in 0.7 s", n)
	}
}

// Handshakes that stand in line several times are done together.
func TestRounds(t *testing.T) {
	for _, rounds := range []int{1, 2, 5} {
		w := fleet(t, 9000, ServerConfig{HandshakesPerSecond: 10_000, Rounds: rounds}) // many, so that both servers get about the same
		w.Measure(10 * time.Millisecond)
		w.KillServer(0)
		w.RunUntil(w.Now() + 5*time.Second)
		back := w.Series().Back
		if len(back) != w.Counts().Losses {
			t.Fatalf("%d of %d came back", len(back), w.Counts().Losses)
		}
		middle := float64(back[len(back)/2]) / float64(back[len(back)-1])
		want := (float64(rounds) - 0.5) / float64(rounds)
		if middle < want-0.05 || middle > want+0.05 {
			t.Errorf("%d rounds: half were back at %.2f of the time, not at %.2f", rounds, middle, want)
		}
	}
}

// A full backlog is silence, and the SYN comes again.
func TestBacklog(t *testing.T) {
	w := fleet(t, 300, ServerConfig{HandshakesPerSecond: 50, Backlog: 10})
	w.Measure(time.Second)
	w.KillServer(0)
	w.RunUntil(w.Now() + 500*time.Millisecond)
	if waiting := w.servers[1].queue.len() + w.servers[2].queue.len(); waiting > 20 {
		t.Errorf("%d clients wait in two backlogs of 10", waiting)
	}
	w.RunUntil(w.Now() + time.Minute)
	if w.Counts().Connected != 300 || w.Counts().TimedOut == 0 {
		t.Errorf("%d connected after %d time-outs", w.Counts().Connected, w.Counts().TimedOut)
	}
}

// A lame duck sends its clients away one by one and takes nobody in.
func TestLameDuck(t *testing.T) {
	w := fleet(t, 90, ServerConfig{})
	w.Measure(time.Second)
	on := w.Connections(2)
	w.LameDuck(2, 0, 10*time.Second)
	w.RunUntil(w.Now() + 5*time.Second)
	if w.Counts().Losses < on/4 || w.Counts().Losses > on*3/4 {
		t.Errorf("%d of %d clients were sent away in half of the time", w.Counts().Losses, on)
	}
	w.RunUntil(w.Now() + 10*time.Second)
	if w.Counts().Losses != on || w.Counts().Connected != 90 || w.Connections(2) != 0 {
		t.Errorf("%d of %d were sent away, %d are connected, %d of them to the duck", w.Counts().Losses, on, w.Counts().Connected, w.Connections(2))
	}
}

// A storm is the same storm on any number of processors.
func TestProcessorsDontMatter(t *testing.T) {
	var first Counts
	for i, procs := range []int{1, 4} {
		old := runtime.GOMAXPROCS(procs)
		w := fleet(t, 20_000, ServerConfig{HandshakesPerSecond: 1000, Backlog: 500})
		w.Measure(time.Second)
		w.KillServer(1)
		w.RunUntil(w.Now() + 30*time.Second)
		runtime.GOMAXPROCS(old)
		c := w.Counts()
		if c.Connected != 20_000 || c.TimedOut == 0 {
			t.Errorf("%d processors: %+v", procs, c)
		}
		if i == 0 {
			first = c
		}
		if c != first {
			t.Errorf("%d processors: %+v\nand with one: %+v", procs, c, first)
		}
	}
}
