package apicompare

import "testing"

// An option can be used where nats.go's can, and nowhere else: what it implements is seen in no
// declaration, since the methods of such interfaces aren't exported.
func TestOptionsAreOfTheSameCalls(t *testing.T) {
	for _, p := range []struct {
		name  string
		lines int // of nats.go's, so that a list that is read wrong is no success
	}{{"", 22}, {"/jetstream", 27}, {"/micro", 0}} {
		reference, err := Implements(referencePath + p.name)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := Implements(oursPath + p.name)
		if err != nil {
			t.Fatal(err)
		}
		if len(reference) != p.lines {
			t.Errorf("%q: nats.go has %d, want %d", p.name, len(reference), p.lines)
		}
		for _, problem := range Compare(reference, ours, nil) {
			t.Errorf("%q: %s", p.name, problem)
		}
		for _, problem := range Compare(ours, reference, nil) {
			t.Errorf("%q: of ours, in nats.go %s", p.name, problem)
		}
	}
}
