package reconnect_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist18WebSocketAuthFailureDoesNotDeadlock(t *testing.T) {
	refuse := natstest.Behavior{Refuse: "Authorization Violation"}
	s := natstest.NewServer(t, natstest.Config{WebSocket: true, Behave: natstest.Always(refuse)})
	done := make(chan error, 1)
	go func() {
		_, err := nats.Connect(s.URL(), nats.Timeout(30*time.Second))
		done <- err
	}()
	if err := Receive(t, "Connect", done); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("Connect: %v", err)
	}
	s.Behave(nil)
	var r Recorder
	nc := Connect(t, s.URL(), r.Options(nats.ReconnectWait(time.Millisecond))...)
	s.Behave(natstest.Always(refuse))
	s.Last().HangUp()
	r.Wait(t, "closed", 1)
	if !errors.Is(nc.LastError(), nats.ErrAuthorization) {
		t.Errorf("LastError: %v", nc.LastError())
	}
}

func TestChecklist18DiscoveredWebSocketServersKeepTheScheme(t *testing.T) {
	certs := natstest.NewCerts(t)
	for scheme, cfg := range map[string]natstest.Config{
		"ws":  {WebSocket: true},
		"wss": {WebSocket: true, TLS: certs.ServerConfig()},
	} {
		t.Run(scheme, func(t *testing.T) {
			b := natstest.NewServer(t, cfg)
			cfg.Info.ConnectURLs = []string{b.Addr()}
			a := natstest.NewServer(t, cfg)
			opts := []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0)}
			if cfg.TLS != nil {
				opts = append(opts, nats.Secure(certs.ClientConfig()))
			}
			var r Recorder
			nc := Connect(t, a.URL(), r.Options(opts...)...)
			if got, want := nc.DiscoveredServers(), []string{scheme + "://" + b.Addr()}; !slices.Equal(got, want) {
				t.Fatalf("discovered %v, want %v", got, want)
			}
			a.Stop()
			r.Wait(t, "reconnected", 1)
			if got := nc.ConnectedUrl(); got != scheme+"://"+b.Addr() {
				t.Errorf("connected to %s", got)
			}
			Must(t, nc.Flush())
		})
	}
}

// What came in before the end counts: messages, the close frame and the end of
// the stream arrive together.
func TestChecklist18WebSocketCloseKeepsDataAlreadyRead(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.WebSocket = true })
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		Must(t, nc.Flush())
		n.Delay(AddrA, natstest.ToClient, time.Second)
		const total = 1000
		var all strings.Builder
		for i := range total {
			p := fmt.Sprint(i)
			fmt.Fprintf(&all, "MSG a 1 %d\r\n%s\r\n", len(p), p)
		}
		// A message that is cut short: what follows belongs to its payload.
		all.WriteString("MSG a 1 1000\r\nand the start of one more\r\n-ERR 'going away'\r\n")
		c := s.Last()
		c.Send(all.String())
		synctest.Wait()
		c.HangUp()
		for i := range total {
			m, err := sub.NextMsg(10 * time.Second)
			if err != nil || string(m.Data) != fmt.Sprint(i) {
				t.Fatalf("message %d: %v, %v", i, m, err)
			}
		}
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		if r.Count("error") != 0 {
			t.Errorf("errors: %v", r.Of("error"))
		}
		Must(t, nc.Flush())
	})
}

func TestWebSocketReconnectKeepsTheQueue(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{WebSocket: true})
	var r Recorder
	nc := Connect(t, s.URL(), r.Options(nats.AtLeastOnce(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
	for i := 1; i <= 20; i++ {
		PublishNumbers(t, nc, "a", 100*i, 100)
		s.Last().HangUp()
		r.Wait(t, "reconnected", i)
		Must(t, nc.Flush())
	}
	seen := make(map[string]bool)
	for _, p := range Payloads("a", s) {
		seen[p] = true
	}
	if len(seen) != 2000 {
		t.Errorf("%d of 2000 arrived", len(seen))
	}
}
