package publish_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A queue of 100,000 messages is sent through five connections that each die in
// the middle of it.
func TestQueueIsKeptWhenReconnectsDieWhileFlushingIt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		const total = 100_000
		PublishNumbers(t, nc, "a", 0, total)
		size, _ := nc.Buffered()
		n.Heal(AddrA)
		var mu sync.Mutex
		cuts := 0
		n.OnLink(AddrA, func(l *natstest.Link) {
			mu.Lock()
			defer mu.Unlock()
			if cuts++; cuts <= 5 {
				l.CutAfter(natstest.ToServer, size/7+cuts)
			}
		})
		r.Wait(t, "reconnected", 6)
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, total)) {
			t.Errorf("%d of %d arrived, or not in order", len(got), total)
		}
		if r.Dropped() != 0 {
			t.Errorf("%d reported as dropped", r.Dropped())
		}
	})
}

// What the socket has not taken is not lost with it.
func TestBytesInTheWriteBufferAreKept(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Stall(AddrA, natstest.ToServer)
		const total = 20_000
		PublishNumbers(t, nc, "a", 0, total)
		synctest.Wait()
		left, _ := nc.Buffered()
		if left == 0 {
			t.Fatal("everything is in the socket")
		}
		n.LoseWritten(AddrA)
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		got := Payloads("a", s)
		first := total - len(got)
		if !slices.Equal(got, Numbered(first, total-first)) {
			t.Error("the rest isn't in order")
		}
		if doubt := int(r.InDoubt()); first > doubt {
			t.Errorf("%d were lost with the socket's buffer, %d reported as in doubt", first, doubt)
		}
		bytes := 0
		for _, p := range Numbered(0, first) {
			bytes += len("PUB a 1\r\n\r\n") + len(p)
		}
		if bytes > natstest.DefaultBuffer {
			t.Errorf("%d bytes were lost: more than the socket held", bytes)
		}
	})
}

func TestCutFrameIsSentAgainWhole(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Links(AddrA)[0].CutAfter(natstest.ToServer, 5000)
		big := make([]byte, 10_000)
		for i := range big {
			big[i] = byte('a' + i%26)
		}
		Must(t, nc.Publish("a", big))
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		if got := Payloads("a", s); len(got) != 1 || got[0] != string(big) {
			t.Errorf("%d messages arrived", len(got))
		}
		if r.InDoubt() != 0 {
			t.Errorf("%d in doubt: a server can't have read half a frame", r.InDoubt())
		}
	})
}

// Without AtLeastOnce what was written may be lost, but never more than was
// reported.
func TestLostIsNeverMoreThanReportedInDoubt(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
				sent := publishWhileLosing(t, n, nc, &r, rnd, 50)
				seen := make(map[string]bool)
				last := -1
				for _, p := range Payloads("a", s) {
					i, _ := strconv.Atoi(p)
					if seen[p] || i < last {
						t.Fatalf("number %d came twice or out of order, after %d", i, last)
					}
					seen[p], last = true, i
				}
				if lost := sent - len(seen); lost == 0 || lost > int(r.InDoubt()) {
					t.Errorf("%d of %d lost, %d reported as in doubt", lost, sent, r.InDoubt())
				}
			})
		})
	}
}

func TestAtLeastOnceLosesNothing(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				rnd := rand.New(rand.NewPCG(seed, 2))
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
				sent := publishWhileLosing(t, n, nc, &r, rnd, 50)
				// Order: a number comes for the first time only after all before it.
				next := 0
				for _, p := range Payloads("a", s) {
					i, _ := strconv.Atoi(p)
					if i > next {
						t.Fatalf("number %d came before %d", i, next)
					}
					if i == next {
						next++
					}
				}
				if next != sent {
					t.Errorf("%d of %d arrived", next, sent)
				}
				if r.InDoubt() != 0 || r.Dropped() != 0 {
					t.Errorf("%d in doubt, %d dropped", r.InDoubt(), r.Dropped())
				}
			})
		})
	}
}

// publishWhileLosing publishes numbers while links die with what was written to
// them, and returns how many were accepted.
func publishWhileLosing(t *testing.T, n *natstest.Network, nc *nats.Conn, r *Recorder, rnd *rand.Rand, losses int) int {
	t.Helper()
	sent := 0
	for i := 1; i <= losses; i++ {
		if rnd.IntN(2) == 0 {
			n.Links(AddrA)[0].LoseAfter(natstest.ToServer, 1+rnd.IntN(3000))
		}
		for r.Count("reconnected") < i {
			for range rnd.IntN(40) {
				if nc.Publish("a", []byte(strconv.Itoa(sent))) == nil {
					sent++
				}
			}
			if rnd.IntN(20) == 0 {
				for _, l := range n.Links(AddrA) {
					l.LoseWritten()
				}
			}
			time.Sleep(time.Millisecond) // lets virtual time pass
		}
	}
	Must(t, nc.Flush())
	return sent
}

func TestMessageTooLargeForTheNextServerIsDroppedAlone(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		small := MemServer(t, n, AddrB, func(cfg *natstest.Config) { cfg.Info.MaxPayload = 100 })
		var r Recorder
		nc := Connect(t, s.URL()+","+small.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		n.Refuse(AddrB)
		s.Stop()
		r.Wait(t, "disconnected", 1)
		Must(t, nc.Publish("a", []byte("before")))
		Must(t, nc.Publish("big", make([]byte, 101)))
		Must(t, nc.Publish("a", []byte("after")))
		n.Heal(AddrB)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		if got := Payloads("a", small); !slices.Equal(got, []string{"before", "after"}) {
			t.Errorf("arrived: %v", got)
		}
		if got := Payloads("big", small); len(got) != 0 {
			t.Error("the message that is too large was sent")
		}
		var d *nats.DroppedError
		h := r.Wait(t, "dropped", 1)
		if !errors.Is(h.Err, nats.ErrMaxPayload) || !errors.As(h.Err, &d) || d.Msg.Subject != "big" || d.Msg.Size != 101 {
			t.Errorf("reported %+v", h.Err)
		}
		if err := nc.Publish("a", make([]byte, 101)); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("Publish: %v", err)
		}
	})
}

// A publish that waits for room learns what the next server takes.
func TestMessageThatWaitedForRoomIsCheckedForTheNextServer(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		small := MemServer(t, n, AddrB, func(cfg *natstest.Config) { cfg.Info.MaxPayload = 100; cfg.Info.NoHeaders = true })
		var r Recorder
		nc := Connect(t, s.URL()+","+small.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(500))...)
		n.Refuse(AddrB)
		s.Stop()
		r.Wait(t, "disconnected", 1)
		for range 5 {
			Must(t, nc.Publish("a", make([]byte, 100)))
		}
		big, headers := make(chan error, 1), make(chan error, 1)
		go func() { big <- nc.Publish("big", make([]byte, 400)) }()
		go func() {
			headers <- nc.PublishMsg(&nats.Msg{Subject: "h", Header: nats.Header{"K": {"v"}}, Data: make([]byte, 80)})
		}()
		synctest.Wait()
		n.Heal(AddrB)
		if err := Receive(t, "Publish", big); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("too large: %v", err)
		}
		if err := Receive(t, "PublishMsg", headers); !errors.Is(err, nats.ErrHeadersNotSupported) {
			t.Errorf("with headers: %v", err)
		}
		Must(t, nc.Flush())
		if got := len(Payloads("big", small)) + len(Payloads("h", small)); got != 0 || len(Payloads("a", small)) != 5 {
			t.Errorf("arrived: %v", small.Transcript())
		}
	})
}

func TestMessageWithHeadersForAServerWithoutIsDroppedAlone(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		old := MemServer(t, n, AddrB, func(cfg *natstest.Config) { cfg.Info.NoHeaders = true })
		var r Recorder
		nc := Connect(t, s.URL()+","+old.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		n.Refuse(AddrB)
		s.Stop()
		r.Wait(t, "disconnected", 1)
		Must(t, nc.Publish("a", []byte("before")))
		Must(t, nc.PublishMsg(&nats.Msg{Subject: "h", Header: nats.Header{"K": {"v"}}}))
		Must(t, nc.Publish("a", []byte("after")))
		n.Heal(AddrB)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		if got := Payloads("a", old); !slices.Equal(got, []string{"before", "after"}) {
			t.Errorf("arrived: %v", got)
		}
		if h := r.Wait(t, "dropped", 1); !errors.Is(h.Err, nats.ErrHeadersNotSupported) {
			t.Errorf("reported %v", h.Err)
		}
	})
}

// A message that ends the connection each time is recognised and taken out.
func TestPoisonMessageIsTakenOut(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			if op.Payload == "poison" {
				c.HangUp()
				return true
			}
			return false
		}})))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		PublishNumbers(t, nc, "a", 0, 5)
		Must(t, nc.Publish("p", []byte("poison")))
		PublishNumbers(t, nc, "a", 5, 5)
		h := r.Wait(t, "dropped", 1)
		var d *nats.DroppedError
		if !errors.Is(h.Err, nats.ErrPoisonMessage) || !errors.As(h.Err, &d) || d.Msg.Subject != "p" {
			t.Errorf("reported %v", h.Err)
		}
		Must(t, nc.Flush())
		seen := slices.Compact(slices.Sorted(slices.Values(Payloads("a", s))))
		if !slices.Equal(seen, Numbered(0, 10)) {
			t.Errorf("arrived: %v", seen)
		}
		if r.Dropped() != 1 {
			t.Errorf("%d dropped", r.Dropped())
		}
	})
}

// What Close leaves in the queue is reported: nothing vanishes.
func TestCloseReportsWhatWasNotSent(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		PublishNumbers(t, nc, "a", 0, 7)
		nc.Close()
		r.Wait(t, "closed", 1)
		if r.Dropped() != 7 {
			t.Errorf("%d reported, want 7", r.Dropped())
		}
		for _, h := range r.Of("dropped") {
			if !errors.Is(h.Err, nats.ErrMessageDropped) && !errors.Is(h.Err, nats.ErrConnectionClosed) {
				t.Errorf("reported %v", h.Err)
			}
		}
	})
}

func TestCloseSendsWhatTheSocketTakes(t *testing.T) {
	for range 20 {
		s := natstest.NewServer(t, natstest.Config{})
		nc := Connect(t, s.URL(), Quick()...)
		PublishNumbers(t, nc, "a", 0, 1000)
		nc.Close()
		s.Conns()[0].WaitOp("PUB", 1000)
	}
}
