package objectstore

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// taken adds to what a server has what the Put took out: the chunks from the second on, sent
// before others were in their place.
func taken(h *host, l []Stored) []Stored {
	var strays []Stored
	for _, m := range l[2:60] {
		seq := 1000 + m.Seq
		h.ids[seq] = h.ids[m.Seq]
		strays = append(strays, Stored{Data: m.Data, Seq: seq})
	}
	l = slices.Concat(l[:1], strays, l[1:])
	for i := range l { // the numbers increase
		id := h.ids[l[i].Seq]
		l[i].Seq = 5000 + uint64(i)
		h.ids[l[i].Seq] = id
	}
	return l
}

// What one of the stream's servers has that the object hasn't, or hasn't got, makes it no
// other object: the one is left out, and the other is read from another server.
func TestServersWithOtherChunks(t *testing.T) {
	without := func(from, to int) func(*host, []Stored) []Stored {
		return func(_ *host, l []Stored) []Stored { return slices.Delete(l, from, to) }
	}
	for what, c := range map[string]struct {
		copies []func(*host, []Stored) []Stored
		noIDs  bool
		after  []uint64 // where the readings begin
		took   time.Duration
	}{
		"the Put took some out": {copies: []func(*host, []Stored) []Stored{taken}, after: []uint64{0}},
		"one is given twice": {copies: []func(*host, []Stored) []Stored{
			func(_ *host, l []Stored) []Stored { return slices.Insert(l, 2, l[1]) },
		}, noIDs: true, after: []uint64{0}},
		"a hole":             {copies: []func(*host, []Stored) []Stored{without(590, 593)}, after: []uint64{0, 590}, took: quietShort + quiet},
		"the end is missing": {copies: []func(*host, []Stored) []Stored{without(590, 600)}, noIDs: true, after: []uint64{0, 590}, took: quietShort + quiet},
		"a large hole":       {copies: []func(*host, []Stored) []Stored{without(10, 550)}, after: []uint64{0, 10}},
		"some large holes": {copies: []func(*host, []Stored) []Stored{without(10, 550), without(10, 570), without(10, 590)},
			after: []uint64{0, 10, 10, 10}, took: quiet + 2*quiet},
		"no chunk": {copies: []func(*host, []Stored) []Stored{without(0, 600)}, after: []uint64{0, 0}, took: quietShort + quiet},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, h := newStore()
			if !c.noIDs {
				h.ids = map[uint64]string{}
			}
			text := strings.Repeat("abcd", 300) + strings.Repeat("efgh", 300)
			if _, err := put(s, text); err != nil {
				t.Fatal(err)
			}
			h.reads = nil
			for _, f := range c.copies {
				h.copies = append(h.copies, func(l []Stored) []Stored { return f(h, l) })
			}
			begin := time.Now()
			got, err := get(s)
			if took := time.Since(begin); err != nil || got != text || took != c.took {
				t.Errorf("%s: %d bytes, %v after %v", what, len(got), err, took)
			}
			var after []uint64
			for _, r := range h.reads {
				after = append(after, r.After)
			}
			if !slices.Equal(after, c.after) {
				t.Errorf("%s: readings begin behind %v", what, after)
			}
		})
	}
}

// A Put that asks a server which has what was taken out isn't misled by that.
func TestPutAsksAServerThatHasMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newStore()
		h.ids = map[uint64]string{}
		h.lose = 1
		h.copies = []func([]Stored) []Stored{
			func(l []Stored) []Stored { return slices.Insert(l, 1, Stored{Seq: 1000}) },
			func([]Stored) []Stored { t.Error("it is asked again"); return nil },
		}
		if info, err := put(s, "abcdefghij"); err != nil || info.Chunks != 3 || len(h.copies) != 1 {
			t.Errorf("%+v, %v", info, err)
		}
	})
}

// Nor by one that counts more than it gives.
func TestPutAsksAServerThatCountsMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newStore()
		h.lose, h.more = 1, 1
		if info, err := put(s, "abcdefghij"); err != nil || info.Chunks != 3 {
			t.Errorf("%+v, %v", info, err)
		}
	})
}

// An id that isn't one of this object's chunks says nothing of them.
func TestIndexOf(t *testing.T) {
	for id, want := range map[string]int{
		"N.0": 0, "N.z": 35, "N.10": 36, "N.10.5": 36, "": -1, "N": -1, "N.": -1, "N.-1": -1, "M.0": -1, "Nx.0": -1, "N.zzzzzzzzz": -1,
	} {
		if got, ok := indexOf("N", id); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %d, %v", id, got, ok)
		}
	}
}
