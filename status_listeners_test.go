package nats_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist06StatusListenersAreNeitherLeakedNorRemovedTooMany(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		var all []chan nats.Status
		for range 5 {
			all = append(all, nc.StatusChanged(nats.RECONNECTING, nats.CONNECTED))
		}
		nc.RemoveStatusListener(all[2])
		nc.RemoveStatusListener(all[2])                 // twice
		nc.RemoveStatusListener(make(chan nats.Status)) // never listed
		if _, open := <-all[2]; open {
			t.Error("the removed listener was told something")
		}
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		for i, ch := range all {
			if i == 2 {
				continue
			}
			for _, want := range []nats.Status{nats.RECONNECTING, nats.CONNECTED} {
				if got := Receive(t, "a status", ch); got != want {
					t.Errorf("listener %d was told %v, want %v", i, got, want)
				}
			}
		}
		nc.Close()
		for i, ch := range all {
			if i != 2 {
				Silent(t, fmt.Sprint("listener ", i, ", which didn't ask for CLOSED"), ch)
			}
		}
		Silent(t, "a listener of a closed connection", nc.StatusChanged())
		if n := nats.StatusListeners(nc); n != 0 {
			t.Errorf("%d listeners are left", n)
		}
	})
}

// Listeners that their programs have closed cost nothing for ever.
func TestStatusListenersThatTheProgramClosedAreForgotten(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		kept := nc.StatusChanged(nats.CONNECTED)
		for i := range 20 {
			for range 100 {
				close(nc.StatusChanged())
			}
			s.Last().HangUp()
			r.Wait(t, "reconnected", i+1)
		}
		for range 10 {
			Receive(t, "a status", kept)
		}
		if n := nats.StatusListeners(nc); n != 1 {
			t.Errorf("%d listeners are kept, want 1", n)
		}
	})
}
