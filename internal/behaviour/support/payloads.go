package support

import (
	"fmt"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// Payloads returns what was published to a subject on all connections of the
// servers, in the order in which the servers read it.
func Payloads(subject string, servers ...*natstest.Server) []string {
	var list []string
	for _, s := range servers {
		for _, c := range s.Conns() {
			list = append(list, Published(c, subject)...)
		}
	}
	return list
}

// Published returns what was published to a subject on one connection.
func Published(c *natstest.Conn, subject string) []string {
	var list []string
	for _, op := range c.Ops() {
		if (op.Kind == "PUB" || op.Kind == "HPUB") && op.Subject == subject {
			list = append(list, op.Payload)
		}
	}
	return list
}

// Numbered are the payloads from first on, n of them.
func Numbered(first, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(first + i)
	}
	return list
}

// PublishNumbers publishes the numbers from first on, n of them.
func PublishNumbers(t testing.TB, nc *nats.Conn, subject string, first, n int) {
	t.Helper()
	for _, p := range Numbered(first, n) {
		if err := nc.Publish(subject, []byte(p)); err != nil {
			t.Fatalf("Publish of number %s: %v", p, err)
		}
	}
}
