package reconnect_test

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
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist10PublishInTheVeryMomentOfTheLoss(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
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
			n.Links(AddrA)[0].CutAfter(natstest.ToServer, 100*i+i)
			r.Wait(t, "reconnected", i)
		}
		stop.Store(true)
		all.Wait()
		Must(t, nc.Flush())
		for p, count := range counts {
			if got := Payloads(fmt.Sprint("p.", p), s); !slices.Equal(got, Numbered(0, count)) {
				t.Errorf("publisher %d: %d of %d arrived, or not in order", p, len(got), count)
			}
		}
	})
}

func TestChecklist11AutoUnsubscribeIsSentAgainWithTheRemainingCount(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		Must(t, sub.AutoUnsubscribe(10))
		sid := s.Last().WaitOp("SUB", 1).SID
		for i := range 3 {
			s.Last().SendMsg("a", sid, "", strconv.Itoa(i))
		}
		for range 3 {
			_, err := sub.NextMsg(time.Second)
			Must(t, err)
		}
		for i, left := range []int{7, 5} {
			s.Last().HangUp()
			r.Wait(t, "reconnected", i+1)
			c := s.WaitConn(i + 2)
			if op := c.WaitOp("UNSUB", 1); op.SID != sid || op.Max != left {
				t.Errorf("connection %d: %v, want a maximum of %d", i+2, op, left)
			}
			// The count may be changed in between, and is then the server's own.
			c.SendMsg("a", sid, "", "x")
			c.SendMsg("a", sid, "", "y")
			_, err = sub.NextMsg(time.Second)
			Must(t, err)
			_, err = sub.NextMsg(time.Second)
			Must(t, err)
		}
		// A larger count than the rest must not give more than ten in all.
		for range 6 {
			s.Last().SendMsg("a", sid, "", "z")
		}
		for range 3 {
			_, err := sub.NextMsg(time.Second)
			Must(t, err)
		}
		if m, err := sub.NextMsg(time.Second); err != nats.ErrMaxMessages {
			t.Errorf("after ten messages: %v, %v", m, err)
		}
		s.Last().HangUp()
		r.Wait(t, "reconnected", 3)
		Must(t, nc.Flush())
		if got := s.Last().Subscriptions(); len(got) != 0 {
			t.Errorf("a used-up subscription was made again: %v", got)
		}
	})
}

func TestChecklist14FlushIsNotMissedByARacingPong(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	nc := Connect(t, s.URL(), Quick(nats.PingInterval(time.Millisecond), nats.MaxPingsOutstanding(1000))...)
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
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				sub, err := nc.SubscribeSync("a")
				Must(t, err)
				Must(t, nc.Flush())
				s.Last().Send(rest)
				synctest.Wait()
				n.Cut(AddrA)
				r.Wait(t, "reconnected", 1)
				Must(t, nc.Flush())
				s.Last().SendMsg("a", "1", "", "whole")
				m, err := sub.NextMsg(time.Second)
				if err != nil || string(m.Data) != "whole" {
					t.Fatalf("the next connection brought %v, %v", m, err)
				}
				if msgs, _, _ := sub.Pending(); msgs != 0 {
					t.Errorf("%d more messages", msgs)
				}
				if r.Count("disconnected") != 1 {
					t.Errorf("%d disconnects", r.Count("disconnected"))
				}
			})
		})
	}
}

// What the first server still sends after its link was given up must not be
// taken for the second server's.
func TestChecklist21TheOldReaderNeverReadsFromTheNewSocket(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		Must(t, nc.Flush())
		const rounds, each = 20, 50
		for round := 1; round <= rounds; round++ {
			old := s.Last()
			Must(t, nc.ForceReconnect())
			for range each {
				old.SendMsg("a", "1", "", "old")
			}
			r.Wait(t, "reconnected", round)
			Must(t, nc.Flush())
			now := s.Last()
			for i := range each {
				now.SendMsg("a", "1", "", fmt.Sprint(i))
			}
			for i := 0; i < each; {
				m, err := sub.NextMsg(time.Second)
				Must(t, err)
				switch got := string(m.Data); {
				case got == "old" && i == 0: // came in before the link was given up
				case got == fmt.Sprint(i):
					i++
				default:
					t.Fatalf("round %d: %q in place of message %d", round, got, i)
				}
			}
		}
		if got := r.Count("disconnected"); got != rounds {
			t.Errorf("%d disconnects for %d reconnects", got, rounds)
		}
	})
}

func TestChecklist22ConnectPrecedesLeftOverFrames(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
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
		Must(t, err)
		for i := 1; i <= 20; i++ {
			n.Links(AddrA)[0].CutAfter(natstest.ToServer, 5000+111*i)
			r.Wait(t, "reconnected", i)
		}
		stop.Store(true)
		publisher.Wait()
		Must(t, nc.Flush())
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		const frame = len("PUB a 3\r\n100\r\n")
		const cuts = 3*frame + 1
		for i := range cuts {
			Must(t, nc.Flush())
			n.Links(AddrA)[0].CutAfter(natstest.ToServer, i+1)
			PublishNumbers(t, nc, "a", 100+10*i, 10)
			r.Wait(t, "reconnected", i+1)
		}
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(100, 10*cuts)) {
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
	nc := Connect(t, s.URL(), Quick(nats.PingInterval(2*time.Millisecond), nats.MaxPingsOutstanding(100000),
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
	nc := Connect(t, s.URL(), Quick()...)
	release := make(chan struct{})
	_, err := nc.Subscribe("a", func(*nats.Msg) { <-release }) // a handler that is stuck
	Must(t, err)
	defer close(release)
	Must(t, nc.Flush())
	for i := 1; i <= 20; i++ {
		for range 500 {
			s.Last().SendMsg("a", "1", "", "busy")
		}
		s.Last().Send("PING\r\n")
		s.Last().WaitOp("PONG", i)
	}
}

func TestChecklist27QueueGroupsAreKept(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		_, err := nc.QueueSubscribeSync("a", "workers")
		Must(t, err)
		_, err = nc.QueueSubscribe("a", "others", func(*nats.Msg) {})
		Must(t, err)
		_, err = nc.SubscribeSync("a")
		Must(t, err)
		Must(t, nc.Flush())
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		got := s.Last().Subscriptions()
		slices.Sort(got)
		if want := []string{"a", "a others", "a workers"}; !slices.Equal(got, want) {
			t.Errorf("subscriptions %q, want %q", got, want)
		}
	})
}

func TestChecklist27RefusedSubscriptionIsReportedOnIt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		good, err := nc.SubscribeSync("good")
		Must(t, err)
		bad, err := nc.QueueSubscribeSync("bad", "workers")
		Must(t, err)
		Must(t, nc.Flush())
		s.Last().SendErr(`Permissions Violation for Subscription to "bad" using queue "workers"`)
		if h := r.Wait(t, "error", 1); h.Sub != bad {
			t.Errorf("reported on %v", h.Sub)
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		for i := range 5 {
			_, err := nc.SubscribeSync(fmt.Sprint("sub.", i))
			Must(t, err)
		}
		Must(t, nc.Flush())
		// How long the handshake is, the first connection has shown.
		handshake := s.Last().Ops()[0].Size + len("PING\r\n")
		const each, rounds, step = 10, 66, 3
		for i := range rounds {
			n.Refuse(AddrA)
			s.Last().HangUp()
			r.Wait(t, "disconnected", 2*i+1)
			PublishNumbers(t, nc, "a", each*i, each)
			n.Heal(AddrA)
			var once sync.Once
			n.OnLink(AddrA, func(l *natstest.Link) {
				once.Do(func() { l.CutAfter(natstest.ToServer, handshake+1+step*i) })
			})
			r.Wait(t, "reconnected", 2*i+2)
			Must(t, nc.Flush())
		}
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, each*rounds)) {
			t.Errorf("the servers read %v", got)
		}
		if got := s.Last().Subscriptions(); len(got) != 5 {
			t.Errorf("subscriptions %v", got)
		}
	})
}
