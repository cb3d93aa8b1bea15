package events_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A snapshot shows the state and what led to it: nothing as long as all goes well, and
// at most the last 256 inputs and actions.
func TestDebugSnapshot(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		sc := &scene{n: n, s: s, begin: time.Now()}
		nc := sc.connect(t)
		has := func(what string, texts ...string) {
			t.Helper()
			synctest.Wait()
			got := nc.DebugSnapshot()
			for _, text := range texts {
				if !strings.Contains(got, text) {
					t.Errorf("%s: %q is not in\n%s", what, text, got)
				}
			}
		}
		has("all is well", "status CONNECTED, machine Connected, epoch 1\n", "connected to nats://10.0.0.1:4222", "server nats://10.0.0.1:4222: given true",
			"\n0 inputs and actions, 0 before them forgotten\n")
		time.Sleep(3 * time.Second)
		n.Refuse(AddrA)
		n.Cut(AddrA)
		Must(t, nc.Publish("a", nil))
		has("an outage", "status RECONNECTING, machine Waiting, epoch 1\n", "no server is in use", "last error: nats: dial failed", "queued 1,",
			"    3.000000 < Lost epoch=1 Network", "    3.000000 > TellDisconnected epoch=1 nats://10.0.0.1:4222",
			"    3.000000 > Dial attempt=2 nats://10.0.0.1:4222", "< Failed attempt=2 Network", "> StateIs Waiting")
		n.Heal(AddrA)
		sc.wait(t, nats.EventReconnected, 1)
		has("again", "status CONNECTED", "    5.000000 < Timeout", "< Established attempt=3", "> Adopt attempt=3 epoch=2", "> TellReconnected epoch=2", "queued 0,")
		for i := range 100 {
			s.Last().HangUp()
			time.Sleep(3 * time.Second)
			sc.wait(t, nats.EventReconnected, 2+i)
		}
		got := nc.DebugSnapshot()
		lines := 0
		for line := range strings.Lines(got) {
			if strings.Contains(line, " < ") || strings.Contains(line, " > ") {
				lines++
			}
		}
		if lines != 256 || !strings.Contains(got, "\n256 inputs and actions, ") || strings.Contains(got, "epoch=1 ") || !strings.Contains(got, "> TellReconnected epoch=102") {
			t.Errorf("%d lines in\n%s", lines, got)
		}
		nc.Close()
		has("closed", "status CLOSED, machine Closed, epoch 102\n", "< Close", "> TellClosed")
		if text := (*nats.Conn)(nil).DebugSnapshot(); text == "" {
			t.Error("nothing is said of no connection")
		}
	})
}

// INFOs and time-outs that change nothing can come without end; they don't push out what
// matters. Nor does the memory grow beyond what is promised.
func TestSnapshotKeepsWhatMatters(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		sc := &scene{n: n, s: s, begin: time.Now()}
		nc := sc.connect(t)
		s.Last().HangUp()
		sc.wait(t, nats.EventReconnected, 1)
		for range 1000 {
			s.SetInfo(func(i *natstest.Info) { i.Domain += "x" })
			synctest.Wait()
		}
		if got := nc.DebugSnapshot(); !strings.Contains(got, "< Lost epoch=1") {
			t.Errorf("the loss is gone:\n%s", got)
		}
		var long []string
		for i := range 200 {
			long = append(long, fmt.Sprintf("nats://host-%d.example.com:4222", i))
		}
		for range 300 {
			Must(t, nc.SetServerPool(long))
		}
		if got := len(nc.DebugSnapshot()); got > 90<<10 {
			t.Errorf("a snapshot of %d bytes", got)
		}
	})
}

// What Health says, and what it rests on.
func TestHealthHasReasons(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		n.Delay(AddrA, natstest.Both, 5*time.Millisecond)
		s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "SUB" && op.Subject == "secret" {
				c.SendErr(`Permissions Violation for Subscription to "secret"`)
				return true
			}
			return false
		}})))
		sc := &scene{n: n, s: s, begin: time.Now()}
		nc := sc.connect(t, nats.ReconnectBufSize(1000))
		known, cancel := context.WithCancel(t.Context())
		cancel()

		h := nc.Health(t.Context())
		if !h.Ready || !h.Live || len(h.Reasons) > 0 || h.RoundTrip != 10*time.Millisecond || h.Epoch != 1 || h.Server != s.URL() ||
			h.Status != "CONNECTED" || !h.LastByte.Equal(time.Now()) || !h.LastFence.Equal(time.Now()) || h.String() != "ready" {
			t.Errorf("%+v", h)
		}
		time.Sleep(time.Minute)
		if k := nc.Health(known); !k.Ready || k.RoundTrip != -1 || !k.LastByte.Equal(h.LastByte) || !k.LastFence.Equal(h.LastFence) {
			t.Errorf("without asking: %+v", k)
		}

		sub, err := nc.SubscribeSync("secret")
		Must(t, err)
		Must(t, nc.Flush())
		if h := nc.Health(t.Context()); !h.Ready || len(h.Refused) != 1 || h.Refused[0] != "secret" || !strings.Contains(h.String(), "refused 1 subscription") {
			t.Errorf("refused: %+v", h)
		}
		Must(t, sub.Unsubscribe())
		if h := nc.Health(t.Context()); len(h.Refused) != 0 || len(h.Reasons) != 0 {
			t.Errorf("unsubscribed: %+v", h)
		}

		// A server that is too busy to answer and sends nevertheless is alive.
		c := s.Last()
		c.Update(func(b *natstest.Behavior) { b.NoPong = true })
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					c.Send("PING\r\n")
				}
			}
		}()
		begin := time.Now()
		if h := nc.Health(t.Context()); !h.Ready || h.RoundTrip != -1 || len(h.Reasons) != 1 || time.Since(begin) != 2*time.Second {
			t.Errorf("busy: %+v after %v", h, time.Since(begin))
		}
		close(stop)
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		begin = time.Now()
		if h := nc.Health(ctx); h.Ready || !h.Live || time.Since(begin) != 300*time.Millisecond || !strings.Contains(h.String(), "has not answered in 300ms") {
			t.Errorf("silent: %+v after %v", h, time.Since(begin))
		}

		n.Refuse(AddrA)
		n.Cut(AddrA)
		sc.wait(t, nats.EventDisconnected, 1)
		for nc.Publish("a", make([]byte, 100)) == nil {
		}
		begin = time.Now()
		if h := nc.Health(t.Context()); h.Ready || !h.Live || h.Server != "" || h.Status != "RECONNECTING" || len(h.Reasons) != 2 ||
			h.QueuedBytes < 1000 || h.QueueLimit != 1000 || h.LastError == "" || time.Now() != begin {
			t.Errorf("away: %+v", h)
		}
		nc.Close()
		if h := nc.Health(t.Context()); h.Ready || h.Live || h.Status != "CLOSED" || h.String()[:10] != "not ready:" {
			t.Errorf("closed: %+v", h)
		}
		if h := (*nats.Conn)(nil).Health(t.Context()); h.Ready || h.Live {
			t.Errorf("no connection: %+v", h)
		}
	})
}

// A connection that nobody looks at pays nothing for what could be seen of it: without a
// listener a reconnect leaves the memory as it was, save for what a snapshot shows.
func TestUnwatchedConnectionsKeepLittle(t *testing.T) {
	const conns = 200
	n := natstest.NewNetwork(t)
	s := natstest.NewServer(t, natstest.Config{Network: n, Addr: AddrA})
	var all []*nats.Conn
	for range conns {
		all = append(all, Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...))
	}
	before := LiveHeap()
	for _, nc := range all {
		Must(t, nc.ForceReconnect())
	}
	UntilIn(t, time.Minute, "reconnects", func() bool {
		for _, nc := range all {
			if nc.Stats().Reconnects != 1 || !nc.IsConnected() {
				return false
			}
		}
		return len(s.Open()) == conns
	})
	if grown := (LiveHeap() - before) / conns; grown > 8<<10 {
		t.Errorf("each connection has grown by %d bytes", grown)
	}
	runtime.KeepAlive(all)
}
