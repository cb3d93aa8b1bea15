package nats_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

func TestOutlivesTheServerItWasStartedWith(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		bus := natstest.NewBus()
		member := func(addr string, peers ...string) *natstest.Server {
			return memServer(t, n, addr, func(cfg *natstest.Config) { cfg.Bus = bus; cfg.Info.ConnectURLs = peers })
		}
		a := member(addrA, addrA, addrB)
		b := member(addrB, addrA, addrB)
		var r recorder
		nc := connect(t, a.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		sub, err := nc.SubscribeSync("x")
		must(t, err)
		a.Stop()
		r.wait(t, "reconnected", 1)
		// c and d join while a is gone for good; then b goes too.
		member(addrC, addrB, addrC, addrD)
		d := member(addrD, addrB, addrC, addrD)
		b.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{addrB, addrC, addrD} })
		r.wait(t, "discovered", 1)
		n.Refuse(addrC)
		b.Stop()
		r.wait(t, "reconnected", 2)
		if nc.ConnectedAddr() != d.Addr() {
			t.Errorf("connected to %s", nc.ConnectedAddr())
		}
		must(t, nc.Publish("x", []byte("still here")))
		if _, err := sub.NextMsg(time.Second); err != nil {
			t.Error(err)
		}
		// Those that left are forgotten, the URL of the call is not.
		d.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{addrD} })
		until(t, "the dead to be forgotten", func() bool { return len(nc.Servers()) == 2 })
		if !slices.Contains(nc.Servers(), "nats://"+addrA) {
			t.Errorf("the URL of the call is gone: %v", nc.Servers())
		}
	})
}

func TestDiscoveredServersThatNeverConnectedComeLast(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		const bogus = 20
		var peers []string
		for i := range bogus {
			addr := fmt.Sprintf("10.7.0.%d:4222", i)
			n.HangDial(addr)
			peers = append(peers, addr)
		}
		a := memServer(t, n, addrA, func(cfg *natstest.Config) { cfg.Info.ConnectURLs = append(peers, addrA, addrB) })
		b := memServer(t, n, addrB)
		var r recorder
		nc := connect(t, a.URL()+","+b.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		begin := time.Now()
		a.Stop()
		h := r.wait(t, "reconnected", 1)
		if d := h.at.Sub(begin); nc.ConnectedAddr() != addrB || d > 100*time.Millisecond {
			t.Errorf("connected to %s after %v", nc.ConnectedAddr(), d)
		}
	})
}

func TestIgnoreDiscoveredServers(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, func(cfg *natstest.Config) { cfg.Info.ConnectURLs = []string{addrA, addrB} })
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.IgnoreDiscoveredServers())...)
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{addrA, addrB, addrC} })
		must(t, nc.Flush())
		synctest.Wait()
		if len(nc.Servers()) != 1 || r.count("discovered") != 0 {
			t.Errorf("servers %v, %d × discovered", nc.Servers(), r.count("discovered"))
		}
	})
}

func TestSetServerPoolTakesEffectWhileReconnecting(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b := memServer(t, n, addrA), memServer(t, n, addrB)
		var r recorder
		nc := connect(t, a.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second))...)
		a.Stop()
		r.wait(t, "attempt failed", 1)
		must(t, nc.SetServerPool([]string{b.URL()}))
		r.wait(t, "reconnected", 1)
		if nc.ConnectedAddr() != addrB || len(nc.Servers()) != 1 {
			t.Errorf("connected to %s, servers %v", nc.ConnectedAddr(), nc.Servers())
		}
	})
}
