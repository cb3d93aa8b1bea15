package ring

import (
	"slices"
	"testing"
)

func TestRingKeepsTheLast(t *testing.T) {
	for size := 1; size < 6; size++ {
		r := New[int](size)
		var all []int
		for n := range 20 {
			want := all[max(0, len(all)-size):]
			if got := r.Values(); !slices.Equal(got, want) {
				t.Fatalf("size %d, after %d: %v, want %v", size, n, got, want)
			}
			if got := r.Forgotten(); got != uint64(len(all)-len(want)) {
				t.Fatalf("size %d, after %d: %d forgotten", size, n, got)
			}
			r.Add(n)
			all = append(all, n)
		}
	}
}

func TestRingOfNothingKeepsOne(t *testing.T) {
	r := New[string](0)
	r.Add("a")
	r.Add("b")
	if got := r.Values(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("%v", got)
	}
}

func TestRingTakesNoMemoryBeforeItIsUsed(t *testing.T) {
	if r := New[[64]byte](256); cap(r.list) != 0 {
		t.Errorf("room for %d values in an empty ring", cap(r.list))
	}
}
