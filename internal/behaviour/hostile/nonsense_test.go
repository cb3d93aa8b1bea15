package hostile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Whatever a server says in mid-connection costs that connection at most.
func TestNonsenseFromTheServer(t *testing.T) {
	lines := []string{
		"MSG\r\n", "MSG a\r\n", "MSG a 1\r\n", "MSG a 1 -1\r\n", "MSG a 1 x\r\n", "MSG a 1 99999999999999999999\r\n",
		"MSG a 99999999999999999999 1\r\nx\r\n", "MSG a 1 3\r\nabcd\r\n", "MSG a 7 3\r\nabc\r\n", "MSG a b c d e f 1\r\n",
		"HMSG a 1 5 3\r\nabc\r\n", "HMSG a 1 -5 3\r\nabc\r\n", "HMSG a 1 3 3\r\nabc\r\n", "HMSG a 1 12 12\r\nNATS/1.0\r\n\r\n\r\n",
		"HMSG a 1 24 24\r\nNATS/1.0\r\nno colon\r\n\r\n\r\n\r\n", "INFO\r\n", "INFO {}\r\n", "INFO []\r\n", "INFO {\"max_payload\":-5}\r\n",
		"INFO {\"connect_urls\":[\"\",\":\",\"x\",\"[::1\",\"a:b:c\",\"10.0.0.1:4222\"]}\r\n", "PONG\r\n", "PONG\r\nPONG\r\nPONG\r\n",
		"PING\r\nPING\r\n", "+OK\r\n", "-ERR\r\n", "-ERR ''\r\n", "\r\n", "\x00\x00\x00", "GET / HTTP/1.1\r\n\r\n", "CONNECT {}\r\n", "PUB a 1\r\nx\r\n",
	}
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		rnd := rand.New(rand.NewPCG(3, 3))
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.IgnoreDiscoveredServers(), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))...)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		say := func(text string) {
			t.Helper()
			Must(t, nc.WaitConnected(t.Context()))
			s.Last().Send(text)
			synctest.Wait()
			if nc.IsClosed() {
				t.Fatalf("%q closed the client: %v", text, nc.LastError())
			}
		}
		for _, line := range lines {
			say(line)
		}
		for range 500 {
			line := []byte(lines[rnd.IntN(len(lines))])
			for range rnd.IntN(4) {
				if len(line) > 0 {
					line[rnd.IntN(len(line))] = byte(rnd.IntN(256))
				}
			}
			say(string(line))
		}
		// A fresh connection is as good as ever.
		Must(t, nc.ForceReconnect())
		Must(t, nc.WaitConnected(t.Context()))
		for nc.Flush() != nil {
			Must(t, nc.WaitConnected(t.Context()))
		}
		for {
			if _, err := sub.NextMsg(0); err != nil {
				break
			}
		}
		Must(t, nc.Publish("a", []byte("fine")))
		if m, err := sub.NextMsg(time.Second); err != nil || string(m.Data) != "fine" {
			t.Errorf("%v, %v", m, err)
		}
	})
}

// A size that no server would send costs the connection, not the memory.
func TestHugeSizeIsRefused(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		_, err := nc.SubscribeSync("a")
		Must(t, err)
		Must(t, nc.Flush())
		before := allocated()
		s.Last().Send("MSG a 1 2000000000\r\nthe beginning")
		synctest.Wait()
		if grew := allocated() - before; grew > 100<<20 {
			t.Errorf("%d MiB were allocated", grew>>20)
		}
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
	})
}

func TestFirstConnectTriesTheNextServerAfterAnAuthError(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		refuse := Behaving(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"}))
		a, b := MemServer(t, n, AddrA, refuse), MemServer(t, n, AddrB)
		urls := a.URL() + "," + b.URL()
		nc := Connect(t, urls, Quick(nats.SetCustomDialer(n), nats.DontRandomize())...)
		if nc.ConnectedAddr() != AddrB {
			t.Errorf("connected to %s", nc.ConnectedAddr())
		}
		b.Stop()
		if _, err := nats.Connect(urls, nats.SetCustomDialer(n), nats.DontRandomize()); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("Connect: %v: what a server said tells more than that another is away", err)
		}
	})
}

func TestVerboseServer(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), func(o *nats.Options) error { o.Verbose = true; return nil })...)
		RequestsWork(t, nc)
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		PublishNumbers(t, nc, "a", 0, 100)
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 100)) || r.Count("error") != 0 {
			t.Errorf("arrived %v, errors %v", got, r.Of("error"))
		}
	})
}

func TestStatusesOfADrain(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		ch := nc.StatusChanged(nats.DRAINING_SUBS, nats.DRAINING_PUBS, nats.CLOSED)
		Must(t, nc.Drain())
		for _, want := range []nats.Status{nats.DRAINING_SUBS, nats.DRAINING_PUBS, nats.CLOSED} {
			if got := Receive(t, fmt.Sprint(want), ch); got != want {
				t.Errorf("told %v, want %v", got, want)
			}
		}
		Silent(t, "the channel after CLOSED", ch)
	})
}

// Waiting calls end when the connection is closed.
func TestCloseEndsEveryWait(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, SilentFor("svc"))
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		sub, err := nc.SubscribeSync("x")
		Must(t, err)
		Must(t, nc.Flush())
		ends := make(chan error, 10)
		go func() { _, err := nc.Request("svc", nil, time.Hour); ends <- err }()
		go func() { _, err := nc.RequestWithContext(t.Context(), "svc", nil); ends <- err }()
		go func() { _, err := sub.NextMsg(time.Hour); ends <- err }()
		go func() { _, err := sub.NextMsgWithContext(t.Context()); ends <- err }()
		synctest.Wait()
		s.Last().Update(Mute)
		go func() { ends <- nc.FlushTimeout(time.Hour) }()
		go func() { ends <- nc.PublishConfirmed(t.Context(), &nats.Msg{Subject: "x"}) }()
		synctest.Wait()
		begin := time.Now()
		nc.Close()
		for range 6 {
			if err := Receive(t, "the end of a wait", ends); !errors.Is(err, nats.ErrConnectionClosed) {
				t.Errorf("ended with %v", err)
			}
		}
		if d := time.Since(begin); d > 20*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
}

// Without AtLeastOnce fences make the report of what is in doubt more precise.
func TestFencesNarrowTheDoubt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, "nats://user:secret@"+AddrA, r.Options(nats.SetCustomDialer(n), func(o *nats.Options) error {
			o.FenceInterval = 10 * time.Millisecond
			return nil
		})...)
		PublishNumbers(t, nc, "a", 0, 1000)
		time.Sleep(time.Second) // of virtual time: the fence has been answered
		s.Last().Update(Mute)
		PublishNumbers(t, nc, "a", 1000, 10)
		synctest.Wait()
		s.Last().HangUp()
		h := r.Wait(t, "in doubt", 1)
		d := h.Err.(*DoubtError).InDoubt
		if d.Msgs != 10 || d.Bytes != 10*uint64(len("PUB a 4\r\n1000\r\n")) || d.Epoch != 1 || strings.Contains(d.Server, "secret") || !strings.HasSuffix(d.Server, AddrA) {
			t.Errorf("in doubt: %+v", d)
		}
	})
}

// allocated returns how many bytes were ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
