package apicompare

import (
	_ "embed"
	"testing"

	_ "github.com/nats-io/nats.go/jetstream"
)

//go:embed allow-jetstream.txt
var allowJetStream string

// Each declaration of nats.go's jetstream package exists here with the same name,
// type, constant value and struct tag, or allow-jetstream.txt says why it doesn't.
func TestSameAPIOfJetStream(t *testing.T) {
	reference, ours := mustLoad(t, referencePath+"/jetstream"), mustLoad(t, oursPath+"/jetstream")
	if len(reference) != 982 {
		t.Errorf("nats.go has %d declarations, want 982", len(reference))
	}
	allowed, err := ParseAllowList(allowJetStream)
	if err != nil {
		t.Fatal(err)
	}
	if len(allowed) != missingOfJetStream {
		t.Errorf("allow-jetstream.txt has %d entries, want %d: keep the number true", len(allowed), missingOfJetStream)
	}
	for _, problem := range Compare(reference, ours, allowed) {
		t.Error(problem)
	}
}

// missingOfJetStream is how many declarations aren't there yet.
const missingOfJetStream = 0
