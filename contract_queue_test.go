package nats_test

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
	"github.com/evernats/nats/internal/natstest"
)

// A queue of 100,000 messages is sent through five connections that each die in
// the middle of it.
func TestQueueIsKeptWhenReconnectsDieWhileFlushingIt(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		const total = 100_000
		publishNumbers(t, nc, "a", 0, total)
		size, _ := nc.Buffered()
		n.Heal(addrA)
		var mu sync.Mutex
		cuts := 0
		n.OnLink(addrA, func(l *natstest.Link) {
			mu.Lock()
			defer mu.Unlock()
			if cuts++; cuts <= 5 {
				l.CutAfter(natstest.ToServer, size/7+cuts)
			}
		})
		r.wait(t, "reconnected", 6)
		must(t, nc.Flush())
		if got := payloads("a", s); !slices.Equal(got, numbered(0, total)) {
			t.Errorf("%d of %d arrived, or not in order", len(got), total)
		}
		if r.dropped() != 0 {
			t.Errorf("%d reported as dropped", r.dropped())
		}
	})
}

// What the socket has not taken is not lost with it.
func TestBytesInTheWriteBufferAreKept(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Stall(addrA, natstest.ToServer)
		const total = 20_000
		publishNumbers(t, nc, "a", 0, total)
		synctest.Wait()
		left, _ := nc.Buffered()
		if left == 0 {
			t.Fatal("everything is in the socket")
		}
		n.LoseWritten(addrA)
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		got := payloads("a", s)
		first := total - len(got)
		if !slices.Equal(got, numbered(first, total-first)) {
			t.Error("the rest isn't in order")
		}
		if doubt := int(r.inDoubt()); first > doubt {
			t.Errorf("%d were lost with the socket's buffer, %d reported as in doubt", first, doubt)
		}
		bytes := 0
		for _, p := range numbered(0, first) {
			bytes += len("PUB a 1\r\n\r\n") + len(p)
		}
		if bytes > natstest.DefaultBuffer {
			t.Errorf("%d bytes were lost: more than the socket held", bytes)
		}
	})
}

func TestCutFrameIsSentAgainWhole(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Links(addrA)[0].CutAfter(natstest.ToServer, 5000)
		big := make([]byte, 10_000)
		for i := range big {
			big[i] = byte('a' + i%26)
		}
		must(t, nc.Publish("a", big))
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		if got := payloads("a", s); len(got) != 1 || got[0] != string(big) {
			t.Errorf("%d messages arrived", len(got))
		}
		if r.inDoubt() != 0 {
			t.Errorf("%d in doubt: a server can't have read half a frame", r.inDoubt())
		}
	})
}

// Without AtLeastOnce what was written may be lost, but never more than was
// reported.
func TestLostIsNeverMoreThanReportedInDoubt(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				s := memServer(t, n, addrA)
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
				sent := publishWhileLosing(t, n, nc, &r, rnd, 50)
				seen := make(map[string]bool)
				last := -1
				for _, p := range payloads("a", s) {
					i, _ := strconv.Atoi(p)
					if seen[p] || i < last {
						t.Fatalf("number %d came twice or out of order, after %d", i, last)
					}
					seen[p], last = true, i
				}
				if lost := sent - len(seen); lost == 0 || lost > int(r.inDoubt()) {
					t.Errorf("%d of %d lost, %d reported as in doubt", lost, sent, r.inDoubt())
				}
			})
		})
	}
}

func TestAtLeastOnceLosesNothing(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				rnd := rand.New(rand.NewPCG(seed, 2))
				s := memServer(t, n, addrA)
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
				sent := publishWhileLosing(t, n, nc, &r, rnd, 50)
				// Order: a number comes for the first time only after all before it.
				next := 0
				for _, p := range payloads("a", s) {
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
				if r.inDoubt() != 0 || r.dropped() != 0 {
					t.Errorf("%d in doubt, %d dropped", r.inDoubt(), r.dropped())
				}
			})
		})
	}
}

// publishWhileLosing publishes numbers while links die with what was written to
// them, and returns how many were accepted.
func publishWhileLosing(t *testing.T, n *natstest.Network, nc *nats.Conn, r *recorder, rnd *rand.Rand, losses int) int {
	t.Helper()
	sent := 0
	for i := 1; i <= losses; i++ {
		if rnd.IntN(2) == 0 {
			n.Links(addrA)[0].LoseAfter(natstest.ToServer, 1+rnd.IntN(3000))
		}
		for r.count("reconnected") < i {
			for range rnd.IntN(40) {
				if nc.Publish("a", []byte(strconv.Itoa(sent))) == nil {
					sent++
				}
			}
			if rnd.IntN(20) == 0 {
				for _, l := range n.Links(addrA) {
					l.LoseWritten()
				}
			}
			time.Sleep(time.Millisecond) // lets virtual time pass
		}
	}
	must(t, nc.Flush())
	return sent
}

func TestMessageTooLargeForTheNextServerIsDroppedAlone(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		small := memServer(t, n, addrB, func(cfg *natstest.Config) { cfg.Info.MaxPayload = 100 })
		var r recorder
		nc := connect(t, s.URL()+","+small.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		n.Refuse(addrB)
		s.Stop()
		r.wait(t, "disconnected", 1)
		must(t, nc.Publish("a", []byte("before")))
		must(t, nc.Publish("big", make([]byte, 101)))
		must(t, nc.Publish("a", []byte("after")))
		n.Heal(addrB)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		if got := payloads("a", small); !slices.Equal(got, []string{"before", "after"}) {
			t.Errorf("arrived: %v", got)
		}
		if got := payloads("big", small); len(got) != 0 {
			t.Error("the message that is too large was sent")
		}
		var d *nats.DroppedError
		h := r.wait(t, "dropped", 1)
		if !errors.Is(h.err, nats.ErrMaxPayload) || !errors.As(h.err, &d) || d.Msg.Subject != "big" || d.Msg.Size != 101 {
			t.Errorf("reported %+v", h.err)
		}
		if err := nc.Publish("a", make([]byte, 101)); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("Publish: %v", err)
		}
	})
}

// A publish that waits for room learns what the next server takes.
func TestMessageThatWaitedForRoomIsCheckedForTheNextServer(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		small := memServer(t, n, addrB, func(cfg *natstest.Config) { cfg.Info.MaxPayload = 100; cfg.Info.NoHeaders = true })
		var r recorder
		nc := connect(t, s.URL()+","+small.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(500))...)
		n.Refuse(addrB)
		s.Stop()
		r.wait(t, "disconnected", 1)
		for range 5 {
			must(t, nc.Publish("a", make([]byte, 100)))
		}
		big, headers := make(chan error, 1), make(chan error, 1)
		go func() { big <- nc.Publish("big", make([]byte, 400)) }()
		go func() {
			headers <- nc.PublishMsg(&nats.Msg{Subject: "h", Header: nats.Header{"K": {"v"}}, Data: make([]byte, 80)})
		}()
		synctest.Wait()
		n.Heal(addrB)
		if err := receive(t, "Publish", big); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("too large: %v", err)
		}
		if err := receive(t, "PublishMsg", headers); !errors.Is(err, nats.ErrHeadersNotSupported) {
			t.Errorf("with headers: %v", err)
		}
		must(t, nc.Flush())
		if got := len(payloads("big", small)) + len(payloads("h", small)); got != 0 || len(payloads("a", small)) != 5 {
			t.Errorf("arrived: %v", small.Transcript())
		}
	})
}

func TestMessageWithHeadersForAServerWithoutIsDroppedAlone(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		old := memServer(t, n, addrB, func(cfg *natstest.Config) { cfg.Info.NoHeaders = true })
		var r recorder
		nc := connect(t, s.URL()+","+old.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		n.Refuse(addrB)
		s.Stop()
		r.wait(t, "disconnected", 1)
		must(t, nc.Publish("a", []byte("before")))
		must(t, nc.PublishMsg(&nats.Msg{Subject: "h", Header: nats.Header{"K": {"v"}}}))
		must(t, nc.Publish("a", []byte("after")))
		n.Heal(addrB)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		if got := payloads("a", old); !slices.Equal(got, []string{"before", "after"}) {
			t.Errorf("arrived: %v", got)
		}
		if h := r.wait(t, "dropped", 1); !errors.Is(h.err, nats.ErrHeadersNotSupported) {
			t.Errorf("reported %v", h.err)
		}
	})
}

// A message that ends the connection each time is recognised and taken out.
func TestPoisonMessageIsTakenOut(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, behaving(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			if op.Payload == "poison" {
				c.HangUp()
				return true
			}
			return false
		}})))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		publishNumbers(t, nc, "a", 0, 5)
		must(t, nc.Publish("p", []byte("poison")))
		publishNumbers(t, nc, "a", 5, 5)
		h := r.wait(t, "dropped", 1)
		var d *nats.DroppedError
		if !errors.Is(h.err, nats.ErrPoisonMessage) || !errors.As(h.err, &d) || d.Msg.Subject != "p" {
			t.Errorf("reported %v", h.err)
		}
		must(t, nc.Flush())
		seen := slices.Compact(slices.Sorted(slices.Values(payloads("a", s))))
		if !slices.Equal(seen, numbered(0, 10)) {
			t.Errorf("arrived: %v", seen)
		}
		if r.dropped() != 1 {
			t.Errorf("%d dropped", r.dropped())
		}
	})
}

// What Close leaves in the queue is reported: nothing vanishes.
func TestCloseReportsWhatWasNotSent(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		publishNumbers(t, nc, "a", 0, 7)
		nc.Close()
		r.wait(t, "closed", 1)
		if r.dropped() != 7 {
			t.Errorf("%d reported, want 7", r.dropped())
		}
		for _, h := range r.of("dropped") {
			if !errors.Is(h.err, nats.ErrMessageDropped) && !errors.Is(h.err, nats.ErrConnectionClosed) {
				t.Errorf("reported %v", h.err)
			}
		}
	})
}

func TestCloseSendsWhatTheSocketTakes(t *testing.T) {
	for range 20 {
		s := natstest.NewServer(t, natstest.Config{})
		nc := connect(t, s.URL(), quick()...)
		publishNumbers(t, nc, "a", 0, 1000)
		nc.Close()
		s.Conns()[0].WaitOp("PUB", 1000)
	}
}
