package reconnect_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A program started with one URL outlives that server, and those after it.
func TestOutlivesTheServerItWasStartedWith(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		bus := natstest.NewBus()
		member := func(addr string, peers ...string) *natstest.Server {
			return MemServer(t, n, addr, func(cfg *natstest.Config) { cfg.Bus = bus; cfg.Info.ConnectURLs = peers })
		}
		a := member(AddrA, AddrA, AddrB)
		b := member(AddrB, AddrA, AddrB)
		var r Recorder
		nc := Connect(t, a.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		sub, err := nc.SubscribeSync("x")
		Must(t, err)
		a.Stop()
		r.Wait(t, "reconnected", 1)
		// c and d join while a is gone for good; then b goes too.
		member(AddrC, AddrB, AddrC, AddrD)
		d := member(AddrD, AddrB, AddrC, AddrD)
		b.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrB, AddrC, AddrD} })
		r.Wait(t, "discovered", 1)
		n.Refuse(AddrC)
		b.Stop()
		r.Wait(t, "reconnected", 2)
		if nc.ConnectedAddr() != d.Addr() {
			t.Errorf("connected to %s", nc.ConnectedAddr())
		}
		Must(t, nc.Publish("x", []byte("still here")))
		if _, err := sub.NextMsg(time.Second); err != nil {
			t.Error(err)
		}
		// Those that left are forgotten, the URL of the call is not.
		d.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrD} })
		Until(t, "the dead to be forgotten", func() bool { return len(nc.Servers()) == 2 })
		if !slices.Contains(nc.Servers(), "nats://"+AddrA) {
			t.Errorf("the URL of the call is gone: %v", nc.Servers())
		}
	})
}

func TestDiscoveredServersThatNeverConnectedComeLast(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		const bogus = 20
		var peers []string
		for i := range bogus {
			addr := fmt.Sprintf("10.7.0.%d:4222", i)
			n.HangDial(addr)
			peers = append(peers, addr)
		}
		a := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.Info.ConnectURLs = append(peers, AddrA, AddrB) })
		b := MemServer(t, n, AddrB)
		var r Recorder
		nc := Connect(t, a.URL()+","+b.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		begin := time.Now()
		a.Stop()
		h := r.Wait(t, "reconnected", 1)
		if d := h.At.Sub(begin); nc.ConnectedAddr() != AddrB || d > 100*time.Millisecond {
			t.Errorf("connected to %s after %v", nc.ConnectedAddr(), d)
		}
	})
}

func TestIgnoreDiscoveredServers(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.Info.ConnectURLs = []string{AddrA, AddrB} })
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.IgnoreDiscoveredServers())...)
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrA, AddrB, AddrC} })
		Must(t, nc.Flush())
		synctest.Wait()
		if len(nc.Servers()) != 1 || r.Count("discovered") != 0 {
			t.Errorf("servers %v, %d × discovered", nc.Servers(), r.Count("discovered"))
		}
	})
}

func TestSetServerPoolTakesEffectWhileReconnecting(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b := MemServer(t, n, AddrA), MemServer(t, n, AddrB)
		var r Recorder
		nc := Connect(t, a.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second))...)
		a.Stop()
		r.Wait(t, "attempt failed", 1)
		Must(t, nc.SetServerPool([]string{b.URL()}))
		r.Wait(t, "reconnected", 1)
		if nc.ConnectedAddr() != AddrB || len(nc.Servers()) != 1 {
			t.Errorf("connected to %s, servers %v", nc.ConnectedAddr(), nc.Servers())
		}
	})
}
