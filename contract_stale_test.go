package nats_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// A dead peer is noticed within 1.2 × StaleAfter, idle and busy.
func TestStaleAfterNoticesADeadPeer(t *testing.T) {
	const budget = 5 * time.Second
	faults := map[string]func(n *natstest.Network, s *natstest.Server){
		"stopped":                     func(_ *natstest.Network, s *natstest.Server) { s.Last().Update(mute); s.Last().Pause() },
		"black hole both ways":        func(n *natstest.Network, _ *natstest.Server) { n.Links(addrA)[0].BlackHole(natstest.Both) },
		"black hole to the server":    func(n *natstest.Network, _ *natstest.Server) { n.Links(addrA)[0].BlackHole(natstest.ToServer) },
		"black hole to the client":    func(n *natstest.Network, _ *natstest.Server) { n.Links(addrA)[0].BlackHole(natstest.ToClient) },
		"reads but never answers":     func(_ *natstest.Network, s *natstest.Server) { s.Last().Update(mute) },
		"doesn't read, socket filled": func(n *natstest.Network, _ *natstest.Server) { n.Links(addrA)[0].Stall(natstest.Both) },
	}
	for name, fault := range faults {
		for _, busy := range []bool{false, true} {
			kind := " idle"
			if busy {
				kind = " busy"
			}
			t.Run(name+kind, func(t *testing.T) {
				bubble(t, func(t *testing.T, n *natstest.Network) {
					s := memServer(t, n, addrA)
					var r recorder
					nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.StaleAfter(budget), nats.MaxReconnects(-1))...)
					stop := make(chan struct{})
					defer close(stop)
					if busy {
						payload := make([]byte, 2000)
						go func() {
							for {
								select {
								case <-stop:
									return
								case <-time.After(10 * time.Millisecond):
									_ = nc.Publish("a", payload)
								}
							}
						}()
					}
					time.Sleep(12 * time.Second) // of virtual time: nothing is wrong yet
					if r.count("disconnected") != 0 {
						t.Fatalf("a false alarm: %v", r.of("disconnected")[0].err)
					}
					begin := time.Now()
					fault(n, s)
					h := r.wait(t, "disconnected", 1)
					if d := h.at.Sub(begin); d > budget*12/10 {
						t.Errorf("noticed after %v, the budget is %v", d, budget)
					}
					if !errors.Is(h.err, nats.ErrStaleConnection) {
						t.Errorf("disconnected with %v", h.err)
					}
					n.Heal(addrA)
					r.wait(t, "reconnected", 1)
				})
			})
		}
	}
}

func mute(b *natstest.Behavior) { b.Mute = true }

// An hour at the full speed of a link that is slower than its publisher: the
// queue is always full, and the answer to a PING waits behind it.
func TestStaleAfterRaisesNoFalseAlarmUnderFullLoad(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		// Sockets that hold half a second's worth, a queue that holds five.
		const size, room = 1000, 64 << 10
		n.SetBuffer(1 << 10)
		s := memServer(t, n, addrA, behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "PUB" {
				time.Sleep(100 * time.Millisecond) // of virtual time: the server's speed
			}
			return op.Kind == "PUB"
		}})))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.StaleAfter(2*time.Second),
			nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(room))...)
		payload := make([]byte, size)
		begin := time.Now()
		for time.Since(begin) < time.Hour {
			must(t, nc.Publish("a", payload))
		}
		if r.count("disconnected") != 0 {
			t.Errorf("a false alarm after %v: %v", r.of("disconnected")[0].at.Sub(begin), r.of("disconnected")[0].err)
		}
	})
}

func TestStaleAfterRaisesNoFalseAlarmWhileReceiving(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.StaleAfter(2*time.Second))...)
		let := make(chan struct{})
		defer close(let)
		_, err := nc.Subscribe("a", func(*nats.Msg) { <-let }) // gets stuck with the first
		must(t, err)
		must(t, nc.Flush())
		for range 36_000 {
			s.Last().SendMsg("a", "1", "", "x")
			time.Sleep(100 * time.Millisecond) // of virtual time
		}
		if r.count("disconnected") != 0 {
			t.Errorf("a false alarm: %v", r.of("disconnected")[0].err)
		}
	})
}

// A peer that makes a pause which the budget allows is not taken for dead, whenever
// the pause begins.
func TestStaleAfterBearsPausesWithinTheBudget(t *testing.T) {
	const budget = 6 * time.Second
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprintf("busy %v", busy), func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA)
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.StaleAfter(budget), nats.MaxReconnects(-1))...)
				stop := make(chan struct{})
				defer close(stop)
				if busy {
					go func() {
						for {
							select {
							case <-stop:
								return
							case <-time.After(10 * time.Millisecond):
								_ = nc.Publish("a", make([]byte, 2000))
							}
						}
					}()
				}
				for i := range 60 {
					time.Sleep(budget + time.Duration(i)*budget/60) // of virtual time
					n.Links(addrA)[0].Stall(natstest.Both)
					time.Sleep(budget * 7 / 10)
					n.Heal(addrA)
					must(t, nc.Flush())
					if r.count("disconnected") != 0 {
						t.Fatalf("pause %d: %v", i, r.of("disconnected")[0].err)
					}
				}
			})
		})
	}
}

func TestMaxPingsOutstanding(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.PingInterval(time.Minute), nats.MaxPingsOutstanding(2))...)
		time.Sleep(time.Hour) // of virtual time
		if r.count("disconnected") != 0 {
			t.Fatal("a false alarm")
		}
		s.Last().Update(mute)
		begin := time.Now()
		h := r.waitIn(t, time.Hour, "disconnected", 1)
		if d := h.at.Sub(begin); d < 2*time.Minute || d > 3*time.Minute+time.Second {
			t.Errorf("noticed after %v", d)
		}
		if !errors.Is(h.err, nats.ErrStaleConnection) {
			t.Errorf("disconnected with %v", h.err)
		}
	})
}
