package jetstream

import "testing"

// Small messages share what they need; large ones have all for themselves.
func TestWhatSmallMessagesShare(t *testing.T) {
	var r room
	var last *future
	small := testing.AllocsPerRun(1000, func() {
		f, b := r.future(128), r.frame(128)
		if f == last || len(b) != 0 || cap(b) != 128 {
			t.Fatalf("a future twice, or %d of %d bytes", len(b), cap(b))
		}
		last = f
		copy(b[:128], "used")
	})
	if small > 0.5 {
		t.Errorf("%v objects for a small message", small)
	}
	left, rest := len(r.futures), len(r.frames)
	f, b := r.future(sharedSize+1), r.frame(sharedSize+1)
	if f == nil || cap(b) < sharedSize+1 || len(r.futures) != left || len(r.frames) != rest {
		t.Error("a large message shares what it needs")
	}
	if b := r.frame(0); len(b) != 0 || cap(b) != 0 {
		t.Errorf("%d of %d bytes for none", len(b), cap(b))
	}
}

// Frames of messages that share an allocation don't reach into each other.
func TestFramesLieApart(t *testing.T) {
	var r room
	a := append(r.frame(4), "aaaa"...)
	b := append(r.frame(4), "bbbb"...)
	if a = append(a, "aaaa"...); string(b) != "bbbb" || string(a) != "aaaaaaaa" {
		t.Errorf("%q and %q", a, b)
	}
}
