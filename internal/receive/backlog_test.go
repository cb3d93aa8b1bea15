package receive

import (
	"math"
	"testing"
)

func TestBacklogCountsBothExactly(t *testing.T) {
	var b backlog
	check := func(msgs, bytes int) {
		t.Helper()
		if m, n := b.load(); m != msgs || n != bytes {
			t.Fatalf("%d messages and %d bytes, want %d and %d", m, n, msgs, bytes)
		}
	}
	check(0, 0)
	if m, n := b.add(3, 10); m != 3 || n != 10 {
		t.Fatalf("add says %d and %d", m, n)
	}
	b.took(0) // an empty message
	check(2, 10)
	b.took(10)
	check(1, 0)
	const much = min(60<<30, math.MaxInt) // bytes
	b.add(200_000_000, much)
	check(200_000_001, much)
	b.took(much)
	check(200_000_000, 0)
}
