package reconnect

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func manyURLs(prefix string, n int) []string {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = fmt.Sprintf("nats://%s-%d:4222", prefix, i)
	}
	return urls
}

// connected is a machine that is connected to the first of its servers.
func connected(p Policy, advertised []string, urls ...string) *Machine {
	m := newTestMachine(p, urls...)
	m.Step(0, Event{Kind: Start}, nil)
	m.Step(0, Event{Kind: Established, Attempt: 1, Advertised: advertised}, nil)
	return m
}

// However many servers an INFO names, and however often they change, the pool
// keeps those of the call and a bounded number of others.
func TestPoolIsBounded(t *testing.T) {
	m := connected(testPolicy(), manyURLs("first", 100_000), "a", "b")
	for i := range 5 {
		if n := len(m.Servers()); n != MaxDiscovered+2 {
			t.Fatalf("%d servers in the pool", n)
		}
		m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: manyURLs(fmt.Sprint("other", i), 100_000)}, nil)
	}
	acts := m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: []string{"c"}}, nil)
	if n := len(m.Servers()); n != 3 {
		t.Errorf("%d servers in the pool when all but one have left", n)
	}
	if last := acts[len(acts)-1]; last.Kind != TellDiscovered || !slices.Equal(last.Advertised, []string{"c"}) {
		t.Errorf("told last: %v", last)
	}
}

// When the pool is full those that are known stay, and those that leave make room.
func TestFullPoolKeepsWhatItKnows(t *testing.T) {
	known := manyURLs("known", MaxDiscovered)
	m := connected(testPolicy(), known, "a")
	acts := m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: append(manyURLs("new", 10), known...)}, nil)
	if len(acts) != 0 {
		t.Errorf("a full pool changes: %v", acts[0])
	}
	acts = m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: append(manyURLs("new", 10), known[3:]...)}, nil)
	if len(acts) != 4 || len(acts[3].Advertised) != 3 {
		t.Errorf("three leave and three come: %v", acts)
	}
}

// An URL that is advertised twice is one server.
func TestAdvertisedTwice(t *testing.T) {
	m := connected(testPolicy(), []string{"b", "b", "a", "b"}, "a")
	if n := len(m.Servers()); n != 2 {
		t.Errorf("%d servers: %v", n, m.Servers())
	}
	many := manyURLs("x", 100)
	m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: append(many, many...)}, nil)
	if n := len(m.Servers()); n != 101 {
		t.Errorf("%d servers", n)
	}
}

// A pass over servers, of which some are dropped on the way, gives each one turn.
func TestEachHasOneTurn(t *testing.T) {
	for _, limit := range []int{-1, 1} {
		p := testPolicy()
		p.MaxReconnect = limit
		m := connected(p, manyURLs("x", 50), "a")
		dialled := map[string]int{}
		acts := m.Step(time.Minute, Event{Kind: Lost, Epoch: 1}, nil)
		for len(acts) > 0 && acts[len(acts)-1].Kind == Dial {
			d := acts[len(acts)-1]
			dialled[d.URL]++
			acts = m.Step(time.Minute, Event{Kind: Failed, Attempt: d.Attempt}, nil)
		}
		if len(dialled) != 51 {
			t.Errorf("limit %d: %d servers were dialled", limit, len(dialled))
		}
		for u, n := range dialled {
			if n != 1 {
				t.Errorf("limit %d: %s was dialled %d times", limit, u, n)
			}
		}
	}
}

// Ten times the servers are about ten times the work, not a hundred times.
func TestWorkGrowsWithTheList(t *testing.T) {
	work := func(n int) time.Duration {
		least := time.Hour
		for range 5 {
			p := testPolicy()
			p.MaxReconnect = -1
			one, other := manyURLs("one", n), manyURLs("other", n)
			given := manyURLs("given", n)
			began := time.Now()
			m := connected(p, one, given...)
			m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: other}, nil)
			m.Step(0, Event{Kind: Info, Epoch: 1, Advertised: one}, nil)
			m.Step(0, Event{Kind: SetPool, URLs: other}, nil)
			m.Step(0, Event{Kind: SetPool, URLs: given}, nil)
			m.Step(time.Minute, Event{Kind: Lost, Epoch: 1}, nil)
			least = min(least, time.Since(began))
		}
		return least
	}
	small, big := work(2000), work(20_000)
	if big > 40*small {
		t.Errorf("2,000 servers take %v and 20,000 take %v", small, big)
	}
	t.Logf("2,000 servers take %v and 20,000 take %v", small, big)
}
