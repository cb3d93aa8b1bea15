package rolling_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

// gate doesn't dial the addresses that are shut.
type gate struct {
	net.Dialer
	shut sync.Map
}

func (g *gate) Dial(network, address string) (net.Conn, error) {
	if _, shut := g.shut.Load(address); shut {
		return nil, errors.New("the gate is shut")
	}
	return g.Dialer.Dial(network, address)
}

// awaitInterest publishes at a server until the watcher has heard of it.
func awaitInterest(t *testing.T, url string, all *tally, probes *int) {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	*probes-- // what it sends here is told from what others did
	for late := time.Now().Add(20 * time.Second); ; {
		if err := nc.Publish("x", fmt.Append(nil, *probes)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
		all.mu.Lock()
		heard := all.came[*probes] > 0
		all.mu.Unlock()
		if heard {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("what is published at %s doesn't come", url)
		}
	}
}

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
			// A server that has just started may not know yet what its neighbours' clients
			// want, and drops what it is sent for them: the publisher gets to one of those
			// only when it does.
			var gate gate
			pub, err := nats.Connect(urls, nats.SetCustomDialer(&gate), nats.DontRandomize(), nats.LameDuckMigration(true), nats.AtLeastOnce(),
				nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.IgnoreDiscoveredServers(),
				nats.OutboundFull(nats.WaitForRoom))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pub.Close)
			probes := 0
			for i := range 2 {
				awaitInterest(t, cl.Server(i).URL(), all, &probes)
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
							gate.shut.Store(cl.Server(i).Addr(), true)
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
					awaitInterest(t, cl.Server(i).URL(), all, &probes)
					gate.shut.Delete(cl.Server(i).Addr())
				}
				if err := pub.FlushWithContext(ctx); err != nil {
					t.Fatal(err)
				}
				lost := 0
				for late := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
					lost = 0
					all.mu.Lock()
					for i := range sent {
						if all.came[first+i] == 0 {
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
