package hostile_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// The largest message that a server can be configured for arrives, with headers that
// were added on the way, whatever the max_payload of this server; and so do those
// behind it.
func TestLargestMessagesArrive(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		Must(t, sub.SetPendingLimits(-1, -1))
		sid := s.Last().WaitOp("SUB", 1).SID
		header := "NATS/1.0\r\nNats-Stream: S\r\n\r\n"
		for _, size := range []int{1, 1 << 20, 1<<20 + 64<<10, 8<<20 + 1, 64 << 20, 1, 3 << 20} {
			payload := bytes.Repeat([]byte{byte(size >> 16)}, size)
			s.Last().Send(fmt.Sprintf("HMSG a %s %d %d\r\n%s%s\r\n", sid, len(header), len(header)+size, header, payload))
			m, err := sub.NextMsg(time.Minute)
			Must(t, err)
			if !bytes.Equal(m.Data, payload) || m.Header.Get("Nats-Stream") != "S" {
				t.Errorf("%d bytes arrived as %d, header %v", size, len(m.Data), m.Header)
			}
		}
	})
}

// The INFO of a large cluster is taken in, in the handshake and later.
func TestLargeClustersAreLearnt(t *testing.T) {
	var all []string
	for i := range 1000 {
		all = append(all, fmt.Sprintf("some-long-name-of-a-server-%d.region.example.com:4222", i))
	}
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.Info.ConnectURLs = all[:500] })
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		if got := len(nc.DiscoveredServers()); got != 500 {
			t.Errorf("%d servers", got)
		}
		// A rolling restart: each server leaves and comes back.
		for i := 0; i < 1000; i += 4 {
			s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = append(all[:i:i], all[i+1:]...) })
			time.Sleep(100 * time.Millisecond) // of virtual time: more than ten servers a second
		}
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = all })
		Until(t, "all servers", func() bool { return len(nc.DiscoveredServers()) == 1000 })
		if len(s.Conns()) != 1 {
			t.Errorf("%d connections", len(s.Conns()))
		}
	})
}

// Every refusal is told, even to a handler that takes its time, up to a number that
// needs a reason.
func TestEveryRefusalIsTold(t *testing.T) {
	const total = 20_000
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		told := make(chan error, total)
		begin := make(chan struct{})
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			<-begin
			told <- err
		}))...)
		say := func(i int) string {
			return fmt.Sprintf("-ERR 'Permissions Violation for Subscription to \"some.subject.of.usual.length.%d\"'\r\n", i)
		}
		var b strings.Builder
		for i := range total {
			b.WriteString(say(i))
		}
		s.Last().Send(b.String())
		synctest.Wait()
		close(begin)
		for i := range total {
			err := Receive(t, "a refusal", told)
			if !strings.Contains(err.Error(), fmt.Sprintf("length.%d\"", i)) {
				t.Fatalf("refusal %d: %v", i, err)
			}
		}
		if !nc.IsConnected() || len(s.Conns()) != 1 {
			t.Error("the connection was given up")
		}
	})
}

// Reports that find no room are counted, and the count is told.
func TestReportsLeftOutAreCounted(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var texts []string
		begin := make(chan struct{})
		Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			<-begin
			texts = append(texts, err.Error())
		}))...)
		const total = 100_000
		s.Last().Send(strings.Repeat("-ERR 'Strange Weather'\r\n", total))
		synctest.Wait()
		close(begin)
		synctest.Wait()
		left := 0
		reports := 0
		for _, text := range texts {
			var n int
			if _, err := fmt.Sscanf(text, "nats: reports left out, since the handlers are slower than the server's errors come in: %d", &n); err == nil {
				left += n
			} else {
				reports++
			}
		}
		if reports+left != total || left == 0 || reports < 20_000 {
			t.Errorf("%d reports, %d left out, of %d", reports, left, total)
		}
	})
}
