package lives_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Everything a program does at once, while everything breaks: in the end the
// servers know exactly the subscriptions that the client has, nothing was sent
// out of order, and nothing is left behind.
func TestRandomOperationsUnderRandomFaults(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) { stress(t, n, seed) })
		})
	}
}

func stress(t *testing.T, n *natstest.Network, seed uint64) {
	bus := natstest.NewBus()
	addrs := []string{AddrA, AddrB, AddrC}
	var servers []*natstest.Server
	var urls []string
	for _, a := range addrs {
		s := MemServer(t, n, a, func(cfg *natstest.Config) { cfg.Bus = bus; cfg.Info.ConnectURLs = addrs })
		servers = append(servers, s)
		urls = append(urls, s.URL())
	}
	var r Recorder
	opts := r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0), nats.StaleAfter(2*time.Second))
	if seed%2 == 0 {
		opts = append(opts, nats.AtLeastOnce())
	}
	if seed%3 == 0 {
		opts = append(opts, nats.RetryRequestsOnDisconnect())
	}
	nc := Connect(t, strings.Join(urls, ","), opts...)
	_, err := nc.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	Must(t, err)

	const workers, rounds = 6, 150
	var all sync.WaitGroup
	sent := make([]int, workers)
	for w := range workers {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		all.Go(func() {
			var subs []*nats.Subscription
			for range rounds {
				switch rnd.IntN(9) {
				case 0, 1, 2:
					for range rnd.IntN(30) {
						if nc.Publish(fmt.Sprint("w.", w), []byte(fmt.Sprint(sent[w]))) == nil {
							sent[w]++
						}
					}
				case 3:
					sub, err := nc.Subscribe(fmt.Sprintf("s.%d.%d", w, len(subs)), func(*nats.Msg) {})
					if err != nil {
						t.Errorf("Subscribe: %v", err)
						return
					}
					subs = append(subs, sub)
				case 4:
					if len(subs) > 0 {
						i := rnd.IntN(len(subs))
						if rnd.IntN(2) == 0 {
							_ = subs[i].Unsubscribe()
						} else {
							_ = subs[i].Drain()
						}
						subs = slices.Delete(subs, i, i+1)
					}
				case 5:
					_, _ = nc.Request("svc", []byte("x"), 20*time.Millisecond)
				case 6:
					_ = nc.FlushTimeout(time.Duration(1+rnd.IntN(50)) * time.Millisecond)
				case 7:
					ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
					_ = nc.PublishConfirmed(ctx, &nats.Msg{Subject: "c", Data: []byte("x")})
					cancel()
				case 8:
					_ = nc.Barrier(func() {})
					nc.ServerPool()
					nc.Stats()
				}
				time.Sleep(time.Duration(rnd.IntN(5)) * time.Millisecond) // lets virtual time pass
			}
		})
	}
	stop := make(chan struct{})
	var chaos sync.WaitGroup
	chaos.Go(func() {
		rnd := rand.New(rand.NewPCG(seed, 99))
		for {
			i := rnd.IntN(len(addrs))
			switch rnd.IntN(9) {
			case 0:
				n.Cut(addrs[i])
			case 1:
				n.LoseWritten(addrs[i])
			case 2:
				servers[i].Stop()
				time.Sleep(time.Duration(rnd.IntN(100)) * time.Millisecond)
				servers[i].Start()
			case 3:
				n.Stall(addrs[i], natstest.Both)
				time.Sleep(time.Duration(rnd.IntN(300)) * time.Millisecond)
				n.Heal(addrs[i])
			case 4:
				_ = nc.ForceReconnect()
			case 5:
				n.CutAfter(addrs[i], natstest.ToServer, 1+rnd.IntN(500))
				time.Sleep(20 * time.Millisecond)
				n.Heal(addrs[i])
			case 6:
				servers[i].Behave(natstest.Always(natstest.Behavior{HangUpAfterOps: 1 + rnd.IntN(5)}))
				time.Sleep(20 * time.Millisecond)
				servers[i].Behave(nil)
			case 7:
				n.BlackHole(addrs[i], natstest.Both)
				time.Sleep(time.Duration(rnd.IntN(4000)) * time.Millisecond)
				n.Heal(addrs[i])
			case 8:
				servers[i].Behave(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"}))
				time.Sleep(20 * time.Millisecond)
				servers[i].Behave(nil)
			}
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(rnd.IntN(60)) * time.Millisecond):
			}
		}
	})
	all.Wait()
	close(stop)
	chaos.Wait()
	for _, a := range addrs {
		n.Heal(a)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	Must(t, nc.WaitConnected(ctx))
	for nc.FlushTimeout(time.Minute) != nil { // what is in doubt is in doubt
		Must(t, ctx.Err())
	}
	time.Sleep(5 * time.Second) // of virtual time: ended links have been noticed
	synctest.Wait()

	var open []*natstest.Conn
	for _, s := range servers {
		open = append(open, s.Open()...)
	}
	if len(open) != 1 {
		t.Fatalf("%d connections are open, want 1", len(open))
	}
	if got, want := len(open[0].Subscriptions()), nc.NumSubscriptions(); got != want {
		t.Errorf("the server has %d subscriptions, the client %d: %v", got, want, open[0].Subscriptions())
	}
	for w := range workers {
		checkArrived(t, servers, w, sent[w], seed%2 == 0, r.InDoubt())
	}
	if nc.IsClosed() || r.Count("closed") != 0 || r.Dropped() != 0 {
		t.Errorf("status %v, %d messages given up", nc.Status(), r.Dropped())
	}
}

// checkArrived looks at each connection by itself (the servers' clocks differ in
// nothing, but a message may be sent again on the next one): numbers rise, and
// all of them arrived or are in doubt.
func checkArrived(t *testing.T, servers []*natstest.Server, w, sent int, hold bool, doubt uint64) {
	t.Helper()
	seen := make(map[int]bool)
	for _, s := range servers {
		for _, c := range s.Conns() {
			last := -1
			for _, p := range Published(c, fmt.Sprint("w.", w)) {
				var i int
				fmt.Sscan(p, &i)
				if i <= last {
					t.Fatalf("worker %d: number %d after %d on one connection", w, i, last)
				}
				last = i
				seen[i] = true
			}
		}
	}
	lost := sent - len(seen)
	if hold && lost != 0 || lost > int(doubt) {
		t.Errorf("worker %d: %d of %d lost, %d in doubt", w, lost, sent, doubt)
	}
}
