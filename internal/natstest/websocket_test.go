package natstest

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestServerSpeaksWebSocket(t *testing.T) {
	certs := NewCerts(t)
	for scheme, cfg := range map[string]Config{"ws": {}, "wss": {TLS: certs.ServerConfig()}} {
		t.Run(scheme, func(t *testing.T) {
			bothWorlds(t, func(t *testing.T, where Config) {
				where.WebSocket, where.TLS = true, cfg.TLS
				s := NewServer(t, where)
				if want := scheme + "://" + s.Addr(); s.URL() != want {
					t.Errorf("URL %s, want %s", s.URL(), want)
				}
				transport := &http.Transport{TLSClientConfig: certs.ClientConfig()}
				if where.Network != nil {
					transport.DialContext = where.Network.DialContext
				}
				ws, _, err := websocket.Dial(t.Context(), s.URL()+"/path", &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
				if err != nil {
					t.Fatal(err)
				}
				c := websocket.NetConn(context.Background(), ws, websocket.MessageBinary)
				p := &peer{t: t, c: c, r: bufio.NewReader(c)}
				p.hear("INFO {…")
				p.say("CONNECT {}", "PING")
				p.hear("PONG")
				if r := s.Request(); r == nil || r.URL.Path != "/path" {
					t.Errorf("request was %v", r)
				}
				s.WaitConn(1)
				start := time.Now()
				s.Stop()
				_ = p.hearEnd()
				if d := time.Since(start); d > 2*time.Second {
					t.Errorf("stopping took %v", d)
				}
				_ = ws.CloseNow()
				s.Start()
			})
		})
	}
}

func TestWebSocketListenerRefuses(t *testing.T) {
	s := NewServer(t, Config{WebSocket: true})
	resp, err := http.Get("http://" + s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols || len(s.Conns()) != 0 {
		t.Errorf("status %s, %d connections", resp.Status, len(s.Conns()))
	}
	if _, err := net.Dial("tcp", s.Addr()); err != nil {
		t.Error(err)
	}
}
