package request_test

import (
	"testing"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Programs test with testing/synctest too: nothing that belongs to one bubble
// may turn up in a connection outside of it.
func TestRequestsOfOneBubbleLeaveNothingForAnother(t *testing.T) {
	for range 4 {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
			RequestsWork(t, nc)
		})
		s := natstest.NewServer(t, natstest.Config{})
		RequestsWork(t, Connect(t, s.URL(), Quick()...))
	}
}
