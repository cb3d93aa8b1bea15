package nats_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist10PublishInTheVeryMomentOfTheLoss(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		const publishers = 4
		var stop atomic.Bool
		var counts [publishers]int
		var all sync.WaitGroup
		for p := range publishers {
			all.Go(func() {
				subject := fmt.Sprint("p.", p)
				for !stop.Load() {
					// An error means that it wasn't accepted, not that it is lost.
					err := nc.Publish(subject, []byte(fmt.Sprint(counts[p])))
					if err == nil {
						counts[p]++
					}
					if counts[p]%50 == 0 || err != nil {
						time.Sleep(time.Millisecond) // lets virtual time pass
					}
				}
			})
		}
		// Nothing is lost in the network: every byte that was taken is read.
		for i := 1; i <= 30; i++ {
			n.Links(addrA)[0].CutAfter(natstest.ToServer, 100*i+i)
			r.wait(t, "reconnected", i)
		}
		stop.Store(true)
		all.Wait()
		must(t, nc.Flush())
		for p, count := range counts {
			if got := payloads(fmt.Sprint("p.", p), s); !slices.Equal(got, numbered(0, count)) {
				t.Errorf("publisher %d: %d of %d arrived, or not in order", p, len(got), count)
			}
		}
	})
}

func TestChecklist11AutoUnsubscribeIsSentAgainWithTheRemainingCount(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		sub, err := nc.SubscribeSync("a")
		must(t, err)
		must(t, sub.AutoUnsubscribe(10))
		sid := s.Last().WaitOp("SUB", 1).SID
		for i := range 3 {
			s.Last().SendMsg("a", sid, "", strconv.Itoa(i))
		}
		for range 3 {
			_, err := sub.NextMsg(time.Second)
			must(t, err)
		}
		for i, left := range []int{7, 5} {
			s.Last().HangUp()
			r.wait(t, "reconnected", i+1)
			c := s.WaitConn(i + 2)
			if op := c.WaitOp("UNSUB", 1); op.SID != sid || op.Max != left {
				t.Errorf("connection %d: %v, want a maximum of %d", i+2, op, left)
			}
			// The count may be changed in between, and is then the server's own.
			c.SendMsg("a", sid, "", "x")
			c.SendMsg("a", sid, "", "y")
			_, err = sub.NextMsg(time.Second)
			must(t, err)
			_, err = sub.NextMsg(time.Second)
			must(t, err)
		}
		// A larger count than the rest must not give more than ten in all.
		for range 6 {
			s.Last().SendMsg("a", sid, "", "z")
		}
		for range 3 {
			_, err := sub.NextMsg(time.Second)
			must(t, err)
		}
		if m, err := sub.NextMsg(time.Second); err != nats.ErrMaxMessages {
			t.Errorf("after ten messages: %v, %v", m, err)
		}
		s.Last().HangUp()
		r.wait(t, "reconnected", 3)
		must(t, nc.Flush())
		if got := s.Last().Subscriptions(); len(got) != 0 {
			t.Errorf("a used-up subscription was made again: %v", got)
		}
	})
}

func TestChecklist14FlushIsNotMissedByARacingPong(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	nc := connect(t, s.URL(), quick(nats.PingInterval(time.Millisecond), nats.MaxPingsOutstanding(1000))...)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if err := nc.FlushTimeout(10 * time.Second); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestChecklist20ParserStateIsClearedOnReconnect(t *testing.T) {
	for name, rest := range map[string]string{
		"in a message":        "MSG a 1 1000\r\nhalf a payl",
		"in a control line":   "MSG a 1 10",
		"in a header":         "HMSG a 1 50 100\r\nNATS/1.0\r\nKey: va",
		"before the line end": "MSG a 1 3\r\nabc\r",
		"in an INFO":          `INFO {"server_id":"x`,
		"in an error":         "-ERR 'some",
		"in a PING":           "PI",
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA)
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				sub, err := nc.SubscribeSync("a")
				must(t, err)
				must(t, nc.Flush())
				s.Last().Send(rest)
				synctest.Wait()
				n.Cut(addrA)
				r.wait(t, "reconnected", 1)
				must(t, nc.Flush())
				s.Last().SendMsg("a", "1", "", "whole")
				m, err := sub.NextMsg(time.Second)
				if err != nil || string(m.Data) != "whole" {
					t.Fatalf("the next connection brought %v, %v", m, err)
				}
				if msgs, _, _ := sub.Pending(); msgs != 0 {
					t.Errorf("%d more messages", msgs)
				}
				if r.count("disconnected") != 1 {
					t.Errorf("%d disconnects", r.count("disconnected"))
				}
			})
		})
	}
}

// What the first server still sends after its link was given up must not be
// taken for the second server's.
func TestChecklist21TheOldReaderNeverReadsFromTheNewSocket(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		sub, err := nc.SubscribeSync("a")
		must(t, err)
		must(t, nc.Flush())
		const rounds, each = 20, 50
		for round := 1; round <= rounds; round++ {
			old := s.Last()
			must(t, nc.ForceReconnect())
			for range each {
				old.SendMsg("a", "1", "", "old")
			}
			r.wait(t, "reconnected", round)
			must(t, nc.Flush())
			now := s.Last()
			for i := range each {
				now.SendMsg("a", "1", "", fmt.Sprint(i))
			}
			for i := 0; i < each; {
				m, err := sub.NextMsg(time.Second)
				must(t, err)
				switch got := string(m.Data); {
				case got == "old" && i == 0: // came in before the link was given up
				case got == fmt.Sprint(i):
					i++
				default:
					t.Fatalf("round %d: %q in place of message %d", round, got, i)
				}
			}
		}
		if got := r.count("disconnected"); got != rounds {
			t.Errorf("%d disconnects for %d reconnects", got, rounds)
		}
	})
}

func TestChecklist22ConnectPrecedesLeftOverFrames(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		var stop atomic.Bool
		var publisher sync.WaitGroup
		publisher.Go(func() {
			for !stop.Load() {
				for range 20 {
					_ = nc.Publish("a", make([]byte, 100))
				}
				time.Sleep(time.Millisecond) // lets virtual time pass
			}
		})
		_, err := nc.Subscribe("b", func(*nats.Msg) {})
		must(t, err)
		for i := 1; i <= 20; i++ {
			n.Links(addrA)[0].CutAfter(natstest.ToServer, 5000+111*i)
			r.wait(t, "reconnected", i)
		}
		stop.Store(true)
		publisher.Wait()
		must(t, nc.Flush())
		for _, c := range s.Conns() {
			ops := c.Ops()
			if len(ops) < 2 || ops[0].Kind != "CONNECT" || ops[1].Kind != "PING" {
				t.Errorf("connection %d begins with %v", c.ID(), ops[:min(len(ops), 2)])
			}
			if c.ID() > 1 && len(ops) > 2 && ops[2].Kind != "SUB" {
				t.Errorf("connection %d goes on with %v: subscriptions come before messages", c.ID(), ops[2])
			}
		}
	})
}

// Cuts at every byte of a few frames: the server reads whole frames, each once.
func TestChecklist23OnlyWholeFramesAreReplayed(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		const frame = len("PUB a 3\r\n100\r\n")
		const cuts = 3*frame + 1
		for i := range cuts {
			must(t, nc.Flush())
			n.Links(addrA)[0].CutAfter(natstest.ToServer, i+1)
			publishNumbers(t, nc, "a", 100+10*i, 10)
			r.wait(t, "reconnected", i+1)
		}
		must(t, nc.Flush())
		if got := payloads("a", s); !slices.Equal(got, numbered(100, 10*cuts)) {
			t.Errorf("the servers read %d messages of %d: %v", len(got), 10*cuts, got)
		}
		for _, c := range s.Conns() {
			if err := c.Err(); err != nil && strings.Contains(err.Error(), "malformed") {
				t.Errorf("connection %d: %v", c.ID(), err)
			}
		}
	})
}

func TestChecklist24BusyPublishingDoesNotStarvePings(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	nc := connect(t, s.URL(), quick(nats.PingInterval(2*time.Millisecond), nats.MaxPingsOutstanding(100000),
		nats.FenceEvery(math.MaxInt, math.MaxInt64))...) // no others
	var stop atomic.Bool
	var all sync.WaitGroup
	defer all.Wait()
	defer stop.Store(true)
	for range 2 {
		all.Go(func() {
			for !stop.Load() {
				_ = nc.Publish("a", make([]byte, 128))
			}
		})
	}
	s.Last().WaitOp("PUB", 1000)
	pings := s.Last().Count("PING")
	s.Last().WaitOp("PING", pings+10)
}

func TestChecklist24BusyReceivingDoesNotDelayPongs(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	nc := connect(t, s.URL(), quick()...)
	release := make(chan struct{})
	_, err := nc.Subscribe("a", func(*nats.Msg) { <-release }) // a handler that is stuck
	must(t, err)
	defer close(release)
	must(t, nc.Flush())
	for i := 1; i <= 20; i++ {
		for range 500 {
			s.Last().SendMsg("a", "1", "", "busy")
		}
		s.Last().Send("PING\r\n")
		s.Last().WaitOp("PONG", i)
	}
}

func TestChecklist27QueueGroupsAreKept(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		_, err := nc.QueueSubscribeSync("a", "workers")
		must(t, err)
		_, err = nc.QueueSubscribe("a", "others", func(*nats.Msg) {})
		must(t, err)
		_, err = nc.SubscribeSync("a")
		must(t, err)
		must(t, nc.Flush())
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		got := s.Last().Subscriptions()
		slices.Sort(got)
		if want := []string{"a", "a others", "a workers"}; !slices.Equal(got, want) {
			t.Errorf("subscriptions %q, want %q", got, want)
		}
	})
}

func TestChecklist27RefusedSubscriptionIsReportedOnIt(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		good, err := nc.SubscribeSync("good")
		must(t, err)
		bad, err := nc.QueueSubscribeSync("bad", "workers")
		must(t, err)
		must(t, nc.Flush())
		s.Last().SendErr(`Permissions Violation for Subscription to "bad" using queue "workers"`)
		if h := r.wait(t, "error", 1); h.sub != bad {
			t.Errorf("reported on %v", h.sub)
		}
		s.Last().SendMsg("good", "1", "", "x")
		if _, err := good.NextMsg(time.Second); err != nil {
			t.Error(err)
		}
	})
}

// The link dies at every byte of what follows the handshake: in the
// subscriptions, between them and the queue, and in the queue.
func TestChecklist29LossWhileResumingLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		for i := range 5 {
			_, err := nc.SubscribeSync(fmt.Sprint("sub.", i))
			must(t, err)
		}
		must(t, nc.Flush())
		// How long the handshake is, the first connection has shown.
		handshake := s.Last().Ops()[0].Size + len("PING\r\n")
		const each, rounds, step = 10, 66, 3
		for i := range rounds {
			n.Refuse(addrA)
			s.Last().HangUp()
			r.wait(t, "disconnected", 2*i+1)
			publishNumbers(t, nc, "a", each*i, each)
			n.Heal(addrA)
			var once sync.Once
			n.OnLink(addrA, func(l *natstest.Link) {
				once.Do(func() { l.CutAfter(natstest.ToServer, handshake+1+step*i) })
			})
			r.wait(t, "reconnected", 2*i+2)
			must(t, nc.Flush())
		}
		if got := payloads("a", s); !slices.Equal(got, numbered(0, each*rounds)) {
			t.Errorf("the servers read %v", got)
		}
		if got := s.Last().Subscriptions(); len(got) != 5 {
			t.Errorf("subscriptions %v", got)
		}
	})
}
