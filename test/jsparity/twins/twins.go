// Package twins knows how a scenario for nats.go becomes one for evernats.
package twins

import "strings"

// Of returns the twin of a file.
func Of(text []byte) []byte {
	return []byte(strings.NewReplacer(
		"\tnats \"github.com/nats-io/nats.go\"\n", "\tnats \"github.com/evernats/nats\"\n",
		"\t\"github.com/nats-io/nats.go/jetstream\"\n", "\t\"github.com/evernats/nats/jetstream\"\n",
	).Replace(string(text)))
}
