package rolling_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

// The old server, the new one or both are killed in the middle of a move: what was
// published with AtLeastOnce arrives.
func TestServersDieInAMove(t *testing.T) {
	for name, dying := range map[string][]int{"the old one": {0}, "the new one": {1}, "both": {0, 1}} {
		t.Run(name, func(t *testing.T) {
			cl := clustertest.StartN(t, 3)
			urls := cl.Server(0).URL() + "," + cl.Server(1).URL()
			all := newTally()
			watch, err := nats.Connect(cl.Server(2).URL())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(watch.Close)
			if _, err := watch.Subscribe("x", func(m *nats.Msg) { all.note(m.Data) }); err != nil {
				t.Fatal(err)
			}
			if err := watch.Flush(); err != nil {
				t.Fatal(err)
			}
			pub, err := nats.Connect(urls, nats.DontRandomize(), nats.LameDuckMigration(true), nats.AtLeastOnce(),
				nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.IgnoreDiscoveredServers(),
				nats.OutboundFull(nats.WaitForRoom))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pub.Close)
			heard := 0
			for n := -1; heard == 0; n-- { // the servers know of the watcher
				_ = pub.Publish("x", fmt.Append(nil, n))
				time.Sleep(5 * time.Millisecond)
				all.mu.Lock()
				heard = len(all.count)
				all.mu.Unlock()
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			for round := range 3 {
				moved := make(chan error, 1)
				go func() { moved <- pub.Migrate(ctx) }()
				first := round * 100000
				sent, at := 0, []time.Duration{300, 1000, 1010}[round]*time.Millisecond
				for begin := time.Now(); time.Since(begin) < 2*time.Second; sent++ {
					if err := pub.Publish("x", fmt.Append(nil, first+sent)); err != nil {
						t.Fatal(err)
					}
					if at > 0 && time.Since(begin) > at {
						at = 0
						for _, i := range dying {
							if err := cl.Server(i).Kill(); err != nil {
								t.Fatal(err)
							}
						}
					}
					time.Sleep(200 * time.Microsecond)
				}
				for _, i := range dying {
					if err := cl.Server(i).Restart(ctx); err != nil {
						t.Fatal(err)
					}
				}
				if err := pub.FlushWithContext(ctx); err != nil {
					t.Fatal(err)
				}
				lost := 0
				for late := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
					lost = 0
					all.mu.Lock()
					for i := range sent {
						if all.count[first+i] == 0 {
							lost++
						}
					}
					all.mu.Unlock()
					if lost == 0 || time.Now().After(late) {
						break
					}
				}
				if lost > 0 {
					t.Errorf("round %d: %d of %d were lost", round, lost, sent)
				}
				t.Logf("round %d: %d messages; the move: %v", round, sent, <-moved)
			}
		})
	}
}
