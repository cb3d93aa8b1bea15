package hostile_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A server that floods a client with PINGs and reads nothing doesn't make it queue an
// answer for each; when it reads again it gets them all.
func TestPingFloodTakesNoMemory(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		Must(t, nc.Flush())
		n.Links(AddrA)[0].Stall(natstest.ToServer)
		const pings = 100_000
		before := s.Last().Count("PONG")
		for range 50 {
			s.Last().Send(strings.Repeat("PING\r\n", pings/50))
			synctest.Wait()
		}
		if waiting, _ := nc.Buffered(); waiting > 64<<10 {
			t.Errorf("%d bytes wait", waiting)
		}
		n.Heal(AddrA)
		Must(t, nc.FlushTimeout(time.Hour))
		Until(t, "all PONGs", func() bool { return s.Last().Count("PONG")-before == pings })
	})
}

// Subscriptions that come and go behind a stalled link don't fill the memory: when
// more lines wait than the subscriptions that there are would take, the link is given
// up, and the next one gets those that there are. A burst of new ones is no reason.
func TestSubscriptionChurnBehindAStalledLinkIsBounded(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		n.Links(AddrA)[0].Stall(natstest.ToServer)
		const kept = 30_000
		for i := range kept {
			_, err := nc.SubscribeSync(fmt.Sprintf("kept.%d", i))
			Must(t, err)
		}
		synctest.Wait()
		if r.Count("disconnected") != 0 {
			t.Fatalf("given up for new subscriptions: %v", r.Of("disconnected")[0].Err)
		}
		most := 0
		for range 300_000 {
			sub, err := nc.SubscribeSync("comes.and.goes")
			Must(t, err)
			Must(t, sub.Unsubscribe())
			if waiting, err := nc.Buffered(); err == nil {
				most = max(most, waiting)
			}
		}
		if most > 8<<20 {
			t.Errorf("%d bytes waited", most)
		}
		r.Wait(t, "reconnected", 1)
		Must(t, nc.FlushTimeout(time.Hour))
		if got := len(s.Last().Subscriptions()); got != kept {
			t.Errorf("%d subscriptions on the new link, want %d", got, kept)
		}
	})
}
