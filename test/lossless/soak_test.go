package lossless

import (
	"flag"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/internal/natstest"
)

var soak = flag.Duration("soak", 4*time.Second, "how long the load lasts under which StaleAfter must raise no false alarm")

// TestStaleAfterUnderFullLoad keeps a publisher's queue full for as long as -soak
// says, over a link at full speed and over one that is slower than the publisher
// (in bytes per second), and a subscriber busy. None may take its server for dead,
// and each message arrives. An hour of each:
//
//	go test ./test/lossless -run TestStaleAfterUnderFullLoad -soak 1h -timeout 3h
func TestStaleAfterUnderFullLoad(t *testing.T) {
	for name, rate := range map[string]int{"full speed": 0, "slow link": 8 << 20} {
		t.Run(name, func(t *testing.T) {
			c := servers(t, cluster.Config{Servers: 1})
			url := c.Server(0).URL()
			if rate > 0 {
				p := natstest.NewProxy(t, c.Server(0).Addr())
				p.Slow(natstest.ToServer, rate)
				url = p.URL()
			}
			var alarms atomic.Int64
			opts := []nats.Option{
				nats.StaleAfter(2 * time.Second), nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1),
				nats.OutboundFull(nats.WaitForRoom),
				nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
					if err != nil {
						alarms.Add(1)
						t.Errorf("a false alarm: %v", err)
					}
				}),
			}
			var received atomic.Uint64
			sub := connect(t, c.Server(0).URL(), opts...)
			s, err := sub.Subscribe("numbers", func(*nats.Msg) { received.Add(1) })
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SetPendingLimits(-1, -1); err != nil {
				t.Fatal(err)
			}
			if err := sub.Flush(); err != nil {
				t.Fatal(err)
			}
			nc := connect(t, url, opts...)
			p := publish(nc, 1000, nil)
			begin := time.Now()
			minutes := time.NewTicker(time.Minute)
			defer minutes.Stop()
			for over := time.After(*soak); over != nil && alarms.Load() == 0; {
				select {
				case <-minutes.C:
					t.Logf("%v: %d messages", time.Since(begin).Round(time.Second), received.Load())
				case <-over:
					over = nil
				}
			}
			last := p.end(t)
			for deadline := time.Now().Add(patience); received.Load() < last && time.Now().Before(deadline); {
				if err := sub.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%v: %d messages, %d received, %d alarms", time.Since(begin).Round(time.Second), last, received.Load(), alarms.Load())
			if received.Load() != last {
				t.Errorf("%d of %d messages arrived", received.Load(), last)
			}
		})
	}
}
