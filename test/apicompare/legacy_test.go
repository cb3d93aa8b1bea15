package apicompare

import (
	_ "embed"
	"slices"
	"strings"
	"testing"
)

var (
	//go:embed testdata/legacy-jetstream.txt
	legacyList string
	//go:embed allow-legacy.txt
	allowLegacy string
)

// missingOfLegacy is how many declarations of JetStream's older API aren't there.
const missingOfLegacy = 0

// Each declaration of the JetStream API that hangs on the connection exists here with the
// same name, type, constant value and struct tag, or allow-legacy.txt says why it doesn't.
func TestSameAPIOfTheOlderJetStream(t *testing.T) {
	list := strings.Split(strings.TrimSpace(legacyList), "\n")
	if len(list) != 767 {
		t.Fatalf("testdata/legacy-jetstream.txt has %d lines, want 767", len(list))
	}
	reference, ours := mustLoad(t, referencePath), mustLoad(t, oursPath)
	for _, line := range list {
		if !slices.Contains(reference, line) {
			t.Errorf("testdata has a line that nats.go hasn't: %s", line)
		}
	}
	allowed, err := ParseAllowList(allowLegacy)
	if err != nil {
		t.Fatal(err)
	}
	if len(allowed) != missingOfLegacy {
		t.Errorf("allow-legacy.txt has %d entries, want %d: keep the number true", len(allowed), missingOfLegacy)
	}
	for _, problem := range Compare(list, ours, allowed) {
		t.Error(problem)
	}
}
