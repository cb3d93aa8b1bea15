package reconnect_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A dead peer is noticed within 1.2 × StaleAfter, idle and busy.
func TestStaleAfterNoticesADeadPeer(t *testing.T) {
	const budget = 5 * time.Second
	faults := map[string]func(n *natstest.Network, s *natstest.Server){
		"stopped":                     func(_ *natstest.Network, s *natstest.Server) { s.Last().Update(Mute); s.Last().Pause() },
		"black hole both ways":        func(n *natstest.Network, _ *natstest.Server) { n.Links(AddrA)[0].BlackHole(natstest.Both) },
		"black hole to the server":    func(n *natstest.Network, _ *natstest.Server) { n.Links(AddrA)[0].BlackHole(natstest.ToServer) },
		"black hole to the client":    func(n *natstest.Network, _ *natstest.Server) { n.Links(AddrA)[0].BlackHole(natstest.ToClient) },
		"reads but never answers":     func(_ *natstest.Network, s *natstest.Server) { s.Last().Update(Mute) },
		"doesn't read, socket filled": func(n *natstest.Network, _ *natstest.Server) { n.Links(AddrA)[0].Stall(natstest.Both) },
	}
	for name, fault := range faults {
		for _, busy := range []bool{false, true} {
			kind := " idle"
			if busy {
				kind = " busy"
			}
			t.Run(name+kind, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA)
					var r Recorder
					nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.StaleAfter(budget), nats.MaxReconnects(-1))...)
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
					if r.Count("disconnected") != 0 {
						t.Fatalf("a false alarm: %v", r.Of("disconnected")[0].Err)
					}
					begin := time.Now()
					fault(n, s)
					h := r.Wait(t, "disconnected", 1)
					if d := h.At.Sub(begin); d > budget*12/10 {
						t.Errorf("noticed after %v, the budget is %v", d, budget)
					}
					if !errors.Is(h.Err, nats.ErrStaleConnection) {
						t.Errorf("disconnected with %v", h.Err)
					}
					n.Heal(AddrA)
					r.Wait(t, "reconnected", 1)
				})
			})
		}
	}
}

// An hour at the full speed of a link that is slower than its publisher: the
// queue is always full, and the answer to a PING waits behind it.
func TestStaleAfterRaisesNoFalseAlarmUnderFullLoad(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		// Sockets that hold half a second's worth, a queue that holds five.
		const size, room = 1000, 64 << 10
		n.SetBuffer(1 << 10)
		s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "PUB" {
				time.Sleep(100 * time.Millisecond) // of virtual time: the server's speed
			}
			return op.Kind == "PUB"
		}})))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.StaleAfter(2*time.Second),
			nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(room))...)
		payload := make([]byte, size)
		begin := time.Now()
		for time.Since(begin) < time.Hour {
			Must(t, nc.Publish("a", payload))
		}
		if r.Count("disconnected") != 0 {
			t.Errorf("a false alarm after %v: %v", r.Of("disconnected")[0].At.Sub(begin), r.Of("disconnected")[0].Err)
		}
	})
}

func TestStaleAfterRaisesNoFalseAlarmWhileReceiving(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.StaleAfter(2*time.Second))...)
		let := make(chan struct{})
		defer close(let)
		_, err := nc.Subscribe("a", func(*nats.Msg) { <-let }) // gets stuck with the first
		Must(t, err)
		Must(t, nc.Flush())
		for range 36_000 {
			s.Last().SendMsg("a", "1", "", "x")
			time.Sleep(100 * time.Millisecond) // of virtual time
		}
		if r.Count("disconnected") != 0 {
			t.Errorf("a false alarm: %v", r.Of("disconnected")[0].Err)
		}
	})
}

// A peer that makes a pause which the budget allows is not taken for dead, whenever
// the pause begins.
func TestStaleAfterBearsPausesWithinTheBudget(t *testing.T) {
	const budget = 6 * time.Second
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprintf("busy %v", busy), func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.StaleAfter(budget), nats.MaxReconnects(-1))...)
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
					n.Links(AddrA)[0].Stall(natstest.Both)
					time.Sleep(budget * 7 / 10)
					n.Heal(AddrA)
					Must(t, nc.Flush())
					if r.Count("disconnected") != 0 {
						t.Fatalf("pause %d: %v", i, r.Of("disconnected")[0].Err)
					}
				}
			})
		})
	}
}

func TestMaxPingsOutstanding(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.PingInterval(time.Minute), nats.MaxPingsOutstanding(2))...)
		time.Sleep(time.Hour) // of virtual time
		if r.Count("disconnected") != 0 {
			t.Fatal("a false alarm")
		}
		s.Last().Update(Mute)
		begin := time.Now()
		h := r.WaitIn(t, time.Hour, "disconnected", 1)
		if d := h.At.Sub(begin); d < 2*time.Minute || d > 3*time.Minute+time.Second {
			t.Errorf("noticed after %v", d)
		}
		if !errors.Is(h.Err, nats.ErrStaleConnection) {
			t.Errorf("disconnected with %v", h.Err)
		}
	})
}
