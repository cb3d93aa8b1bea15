package nats_test

import (
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// Programs test with testing/synctest too: nothing that belongs to one bubble
// may turn up in a connection outside of it.
func TestRequestsOfOneBubbleLeaveNothingForAnother(t *testing.T) {
	for range 4 {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			s := memServer(t, n, addrA)
			nc := connect(t, s.URL(), quick(nats.SetCustomDialer(n))...)
			requests(t, nc)
		})
		s := natstest.NewServer(t, natstest.Config{})
		requests(t, connect(t, s.URL(), quick()...))
	}
}

func requests(t *testing.T, nc *nats.Conn) {
	t.Helper()
	_, err := nc.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	must(t, err)
	must(t, nc.Flush())
	for range 10 {
		m, err := nc.Request("echo", []byte("x"), 5*time.Second)
		if err != nil || string(m.Data) != "x" {
			t.Fatalf("answer %v, %v", m, err)
		}
	}
}
