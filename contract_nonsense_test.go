package nats_test

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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		rnd := rand.New(rand.NewPCG(3, 3))
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.IgnoreDiscoveredServers(), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))...)
		sub, err := nc.SubscribeSync("a")
		must(t, err)
		say := func(text string) {
			t.Helper()
			must(t, nc.WaitConnected(t.Context()))
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
		must(t, nc.ForceReconnect())
		must(t, nc.WaitConnected(t.Context()))
		for nc.Flush() != nil {
			must(t, nc.WaitConnected(t.Context()))
		}
		for {
			if _, err := sub.NextMsg(0); err != nil {
				break
			}
		}
		must(t, nc.Publish("a", []byte("fine")))
		if m, err := sub.NextMsg(time.Second); err != nil || string(m.Data) != "fine" {
			t.Errorf("%v, %v", m, err)
		}
	})
}

// A size that no server would send costs the connection, not the memory.
func TestHugeSizeIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n))...)
		_, err := nc.SubscribeSync("a")
		must(t, err)
		must(t, nc.Flush())
		before := allocated()
		s.Last().Send("MSG a 1 2000000000\r\nthe beginning")
		synctest.Wait()
		if grew := allocated() - before; grew > 100<<20 {
			t.Errorf("%d MiB were allocated", grew>>20)
		}
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
	})
}

func TestFirstConnectTriesTheNextServerAfterAnAuthError(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		refuse := behaving(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"}))
		a, b := memServer(t, n, addrA, refuse), memServer(t, n, addrB)
		urls := a.URL() + "," + b.URL()
		nc := connect(t, urls, quick(nats.SetCustomDialer(n), nats.DontRandomize())...)
		if nc.ConnectedAddr() != addrB {
			t.Errorf("connected to %s", nc.ConnectedAddr())
		}
		b.Stop()
		if _, err := nats.Connect(urls, nats.SetCustomDialer(n), nats.DontRandomize()); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("Connect: %v: what a server said tells more than that another is away", err)
		}
	})
}

func TestVerboseServer(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), func(o *nats.Options) error { o.Verbose = true; return nil })...)
		requests(t, nc)
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		publishNumbers(t, nc, "a", 0, 100)
		must(t, nc.Flush())
		if got := payloads("a", s); !slices.Equal(got, numbered(0, 100)) || r.count("error") != 0 {
			t.Errorf("arrived %v, errors %v", got, r.of("error"))
		}
	})
}

func TestStatusesOfADrain(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		nc := connect(t, s.URL(), quick(nats.SetCustomDialer(n))...)
		ch := nc.StatusChanged(nats.DRAINING_SUBS, nats.DRAINING_PUBS, nats.CLOSED)
		must(t, nc.Drain())
		for _, want := range []nats.Status{nats.DRAINING_SUBS, nats.DRAINING_PUBS, nats.CLOSED} {
			if got := receive(t, fmt.Sprint(want), ch); got != want {
				t.Errorf("told %v, want %v", got, want)
			}
		}
		silent(t, "the channel after CLOSED", ch)
	})
}

// Waiting calls end when the connection is closed.
func TestCloseEndsEveryWait(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, silentFor("svc"))
		nc := connect(t, s.URL(), quick(nats.SetCustomDialer(n))...)
		sub, err := nc.SubscribeSync("x")
		must(t, err)
		must(t, nc.Flush())
		ends := make(chan error, 10)
		go func() { _, err := nc.Request("svc", nil, time.Hour); ends <- err }()
		go func() { _, err := nc.RequestWithContext(t.Context(), "svc", nil); ends <- err }()
		go func() { _, err := sub.NextMsg(time.Hour); ends <- err }()
		go func() { _, err := sub.NextMsgWithContext(t.Context()); ends <- err }()
		synctest.Wait()
		s.Last().Update(mute)
		go func() { ends <- nc.FlushTimeout(time.Hour) }()
		go func() { ends <- nc.PublishConfirmed(t.Context(), &nats.Msg{Subject: "x"}) }()
		synctest.Wait()
		begin := time.Now()
		nc.Close()
		for range 6 {
			if err := receive(t, "the end of a wait", ends); !errors.Is(err, nats.ErrConnectionClosed) {
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, "nats://user:secret@"+addrA, r.options(nats.SetCustomDialer(n), func(o *nats.Options) error {
			o.FenceInterval = 10 * time.Millisecond
			return nil
		})...)
		publishNumbers(t, nc, "a", 0, 1000)
		time.Sleep(time.Second) // of virtual time: the fence has been answered
		s.Last().Update(mute)
		publishNumbers(t, nc, "a", 1000, 10)
		synctest.Wait()
		s.Last().HangUp()
		h := r.wait(t, "in doubt", 1)
		d := h.err.(*doubtError).InDoubt
		if d.Msgs != 10 || d.Bytes != 10*uint64(len("PUB a 4\r\n1000\r\n")) || d.Epoch != 1 || strings.Contains(d.Server, "secret") || !strings.HasSuffix(d.Server, addrA) {
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
