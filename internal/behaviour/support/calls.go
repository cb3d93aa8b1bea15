package support

import (
	"testing"
	"time"

	"github.com/evernats/nats"
)

// CallsThatNeverWait makes the calls that a program may make at any moment, and fails
// the test when one of them waits.
func CallsThatNeverWait(t *testing.T, nc *nats.Conn) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := nc.Publish("a", []byte("x")); err != nil {
			t.Errorf("Publish: %v", err)
		}
		sub, err := nc.SubscribeSync("b")
		if err != nil {
			t.Errorf("Subscribe: %v", err)
			return
		}
		if err := sub.AutoUnsubscribe(5); err != nil {
			t.Errorf("AutoUnsubscribe: %v", err)
		}
		if err := sub.Unsubscribe(); err != nil {
			t.Errorf("Unsubscribe: %v", err)
		}
		nc.Status()
		nc.IsConnected()
		nc.IsReconnecting()
		nc.IsClosed()
		nc.Stats()
		nc.LastError()
		nc.Servers()
		nc.DiscoveredServers()
		nc.ServerPool()
		nc.ConnectedUrl()
		nc.ConnectedAddr()
		nc.ConnectedServerId()
		nc.MaxPayload()
		nc.HeadersSupported()
		nc.NumSubscriptions()
		if _, err := nc.Buffered(); err != nil {
			t.Errorf("Buffered: %v", err)
		}
		nc.RemoveStatusListener(nc.StatusChanged())
		if err := nc.SetServerPool(nc.Servers()); err != nil {
			t.Errorf("SetServerPool: %v", err)
		}
	}()
	Ended(t, "calls that must not wait", done)
}

// RequestsWork makes requests over a connection and answers them.
func RequestsWork(t *testing.T, nc *nats.Conn) {
	t.Helper()
	_, err := nc.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	Must(t, err)
	Must(t, nc.Flush())
	for range 10 {
		m, err := nc.Request("echo", []byte("x"), 5*time.Second)
		if err != nil || string(m.Data) != "x" {
			t.Fatalf("answer %v, %v", m, err)
		}
	}
}
