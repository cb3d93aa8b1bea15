package receive_test

import (
	"sync/atomic"
	"testing"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Whoever has a message finds it in the statistics.
func TestAMessageIsCountedBeforeItIsGiven(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		var got atomic.Uint64
		for _, subject := range []string{"a", "b"} {
			_, err := nc.Subscribe(subject, func(*nats.Msg) {
				if had := got.Add(1); nc.Stats().InMsgs < had {
					t.Errorf("%d messages are counted, and %d given", nc.Stats().InMsgs, had)
				}
			})
			Must(t, err)
		}
		Must(t, nc.Flush())
		for range 200 {
			s.Last().Send("MSG a 1 1\r\nx\r\nMSG b 2 1\r\ny\r\n")
		}
		Until(t, "all messages", func() bool { return got.Load() == 400 })
	})
}
