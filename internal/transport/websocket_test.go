//go:build !js

package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/evernats/nats/internal/natstest"
)

// wsServer serves WebSockets with handle; the request is the handshake's.
func wsServer(t *testing.T, tlsCfg *tls.Config, compress websocket.CompressionMode, handle func(*http.Request, *websocket.Conn)) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: compress})
		if err != nil {
			t.Error(err)
			return
		}
		c.SetReadLimit(-1)
		defer c.CloseNow()
		handle(r, c)
	}))
	if tlsCfg != nil {
		s.TLS = tlsCfg
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// wsEcho sends each message back.
func wsEcho(_ *http.Request, c *websocket.Conn) {
	for {
		kind, b, err := c.Read(context.Background())
		if err != nil {
			return
		}
		if err := c.Write(context.Background(), kind, b); err != nil {
			return
		}
	}
}

func dialWS(t *testing.T, cfg *Config, u string) net.Conn {
	t.Helper()
	c, err := Dial(t.Context(), cfg, mustParse(t, u), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestWebSocket(t *testing.T) {
	noLeak(t)
	for name, compress := range map[string]bool{"plain": false, "compressed": true} {
		t.Run(name, func(t *testing.T) {
			mode := websocket.CompressionDisabled
			if compress {
				mode = websocket.CompressionNoContextTakeover
			}
			var extensions string
			addr := wsServer(t, nil, mode, func(r *http.Request, c *websocket.Conn) {
				extensions = r.Header.Get("Sec-WebSocket-Extensions")
				wsEcho(r, c)
			})
			c := dialWS(t, &Config{Compression: compress}, "ws://user:secret@"+addr)
			works(t, c)
			if got := strings.Contains(extensions, "permessage-deflate"); got != compress {
				t.Errorf("asked for %q", extensions)
			}
			if c.RemoteAddr().String() != addr || c.LocalAddr().String() == addr {
				t.Errorf("addresses %s and %s", c.LocalAddr(), c.RemoteAddr())
			}

			// Large ones, that compress well and badly, in both directions at once.
			sent := make([]byte, 3<<20)
			_, _ = rand.Read(sent[:1<<20])
			go func() { _, _ = c.Write(sent) }()
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
				t.Fatalf("large message: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if err := c.Close(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("second close: %v", err)
			}
		})
	}
}

func TestWebSocketOneMessagePerWrite(t *testing.T) {
	sizes := make(chan int, 10)
	addr := wsServer(t, nil, websocket.CompressionDisabled, func(_ *http.Request, c *websocket.Conn) {
		for {
			kind, b, err := c.Read(context.Background())
			if err != nil {
				return
			}
			if kind != websocket.MessageBinary {
				t.Errorf("got a message of kind %v", kind)
			}
			sizes <- len(b)
		}
	})
	c := dialWS(t, &Config{}, "ws://"+addr)
	for _, n := range []int{1, 0, 125, 126, 65535, 65536, maxMessage} {
		if k, err := c.Write(make([]byte, n)); k != n || err != nil {
			t.Fatalf("wrote %d, %v", k, err)
		}
		if n > 0 {
			if got := <-sizes; got != n {
				t.Errorf("a write of %d came as %d", n, got)
			}
		}
	}
}

func TestWebSocketTLS(t *testing.T) {
	certs := natstest.NewCerts(t)
	noLeak(t)
	addr := wsServer(t, certs.MutualConfig(), websocket.CompressionDisabled, wsEcho)
	_, port, _ := net.SplitHostPort(addr)
	d := newDNS(t)
	d.set("localhost.test", "127.0.0.1")
	base := &Config{Dialer: &net.Dialer{Resolver: d.resolver()}}

	cfg := certs.ClientConfig()
	c, err := Dial(t.Context(), base, mustParse(t, "wss://"+addr), cfg)
	if err != nil {
		t.Fatal(err)
	}
	works(t, c)
	if state, ok := TLSState(c); !ok || !state.HandshakeComplete {
		t.Error("no TLS state")
	}
	_ = c.Close()

	// The name to check comes from the URL when the config has none.
	cfg.ServerName = ""
	c, err = Dial(t.Context(), base, mustParse(t, "wss://"+addr), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if cfg.ServerName != "" {
		t.Error("the caller's config was changed")
	}
	_, err = Dial(t.Context(), base, mustParse(t, "wss://localhost.test:"+port), cfg)
	var ve *tls.CertificateVerificationError
	if !errors.As(err, &ve) {
		t.Errorf("wrong name: %v", err)
	}
	_, err = Dial(t.Context(), base, mustParse(t, "wss://"+addr), nil)
	if !errors.As(err, &ve) {
		t.Errorf("unknown authority: %v", err)
	}
}

func TestWebSocketHandshake(t *testing.T) {
	requests := make(chan *http.Request, 1)
	addr := wsServer(t, nil, websocket.CompressionDisabled, func(r *http.Request, c *websocket.Conn) { requests <- r })
	asked := 0
	cfg := &Config{Headers: func(context.Context) (http.Header, error) {
		asked++
		return http.Header{"Authorization": {"Bearer abc"}, "X-Many": {"1", "2"}, "Host": {"proxy.example"}}, nil
	}}
	dialWS(t, cfg, "ws://user:secret@"+addr+"/ignored")
	r := <-requests
	if r.Header.Get("Authorization") != "Bearer abc" || len(r.Header.Values("X-Many")) != 2 || r.Host != "proxy.example" {
		t.Errorf("host %q, headers %v", r.Host, r.Header)
	}
	dialWS(t, cfg, "ws://"+addr)
	<-requests
	if asked != 2 {
		t.Errorf("headers were asked for %d times", asked)
	}

	for path, want := range map[string]string{"": "/from/url", "p/q": "/p/q", "/p/q?x=1": "/p/q?x=1"} {
		dialWS(t, &Config{ProxyPath: path}, "ws://user:secret@"+addr+"/from/url")
		r := <-requests
		if r.RequestURI != want || r.Host != addr || r.Header.Get("Authorization") != "" {
			t.Errorf("ProxyPath %q: asked for %q at %q with %v, want %q", path, r.RequestURI, r.Host, r.Header, want)
		}
	}
}

func TestWebSocketHandshakeFails(t *testing.T) {
	noLeak(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/elsewhere":
			t.Error("the redirect was followed")
		default:
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	defer s.Close()
	addr := s.Listener.Addr().String()
	for path, want := range map[string]string{"/moved": "302", "/": "403"} {
		_, err := Dial(t.Context(), &Config{}, mustParse(t, "ws://u:secret@"+addr+path), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "WebSocket handshake with "+addr) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", path, err)
		}
	}
	boom := errors.New("boom")
	_, err := Dial(t.Context(), &Config{Headers: func(context.Context) (http.Header, error) { return nil, boom }}, mustParse(t, "ws://"+addr), nil)
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

func TestWebSocketHandshakeStalls(t *testing.T) {
	noLeak(t)
	ln := listen(t, "127.0.0.1:0")
	stuck := make(chan struct{})
	defer close(stuck)
	for name, tc := range map[string]struct {
		url string
		cfg Config
	}{
		"HTTP":    {"ws://" + ln.Addr().String(), Config{}},
		"TLS":     {"wss://" + ln.Addr().String(), Config{}},
		"headers": {"ws://" + ln.Addr().String(), Config{Headers: func(context.Context) (http.Header, error) { <-stuck; return nil, nil }}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := Dial(ctx, &tc.cfg, mustParse(t, tc.url), &tls.Config{})
		cancel()
		timedOut(t, err)
		if !strings.Contains(err.Error(), ln.Addr().String()) {
			t.Errorf("%s: error says %q", name, err)
		}
	}
}

// What came before a close frame isn't lost, not even when the frames came
// together with the answer to the handshake.
func TestWebSocketCloseFrameKeepsData(t *testing.T) {
	for code, want := range map[websocket.StatusCode]string{
		websocket.StatusNormalClosure:   "EOF",
		websocket.StatusGoingAway:       "EOF",
		websocket.StatusPolicyViolation: `status 1008 "why"`,
	} {
		addr := wsServer(t, nil, websocket.CompressionDisabled, func(_ *http.Request, c *websocket.Conn) {
			_ = c.Write(context.Background(), websocket.MessageBinary, []byte("first "))
			_ = c.Write(context.Background(), websocket.MessageBinary, []byte("last"))
			_ = c.Close(code, "why")
		})
		c := dialWS(t, &Config{}, "ws://"+addr)
		var got []byte
		b := make([]byte, 3)
		var err error
		for err == nil {
			var n int
			n, err = c.Read(b)
			got = append(got, b[:n]...)
		}
		if string(got) != "first last" {
			t.Errorf("read %q", got)
		}
		if !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), want) {
			t.Errorf("code %d: %v", code, err)
		}
		if _, again := c.Read(b); !errors.Is(again, io.EOF) {
			t.Errorf("then %v", again)
		}
	}
}

func TestWebSocketConnectionIsCut(t *testing.T) {
	addr := wsServer(t, nil, websocket.CompressionDisabled, func(_ *http.Request, c *websocket.Conn) {
		_ = c.Write(context.Background(), websocket.MessageBinary, []byte("data"))
		_, _, _ = c.Read(context.Background()) // until the client is ready for the end
		_ = c.CloseNow()
	})
	c := dialWS(t, &Config{}, "ws://"+addr)
	b := make([]byte, 10)
	if n, err := c.Read(b); string(b[:n]) != "data" || err != nil {
		t.Fatalf("read %q, %v", b[:n], err)
	}
	_, _ = c.Write([]byte("x"))
	if n, err := c.Read(b); n != 0 || err == nil {
		t.Errorf("read %d, %v", n, err)
	}
}

func TestWebSocketDeadlines(t *testing.T) {
	addr := wsServer(t, nil, websocket.CompressionDisabled, func(_ *http.Request, c *websocket.Conn) {
		<-c.CloseRead(context.Background()).Done()
	})
	c := dialWS(t, &Config{}, "ws://"+addr)
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	var ne net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("read: %v", err)
	}

	stalled := wsServer(t, nil, websocket.CompressionDisabled, func(r *http.Request, c *websocket.Conn) {
		<-stop(t)
	})
	c = dialWS(t, &Config{}, "ws://"+stalled)
	_ = c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	total := 0
	for err = nil; err == nil; {
		var n int
		n, err = c.Write(make([]byte, maxMessage))
		total += n
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("write: %v", err)
	}
	if SurvivesWriteTimeout(c) {
		t.Error("it is said to survive that")
	}
	_ = c.SetWriteDeadline(time.Time{})
	if n, again := c.Write([]byte("x")); n != 0 || again == nil {
		t.Errorf("wrote %d, %v after a frame was cut", n, again)
	}
}

// stop is closed when the test ends, before its servers are.
func stop(t *testing.T) <-chan struct{} {
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	return done
}

// Close doesn't wait for anybody, and lets those go who wait.
func TestWebSocketCloseWakes(t *testing.T) {
	noLeak(t)
	done := make(chan struct{})
	addr := wsServer(t, nil, websocket.CompressionDisabled, func(r *http.Request, c *websocket.Conn) { <-done })
	defer close(done)
	c := dialWS(t, &Config{}, "ws://"+addr)
	ends := make(chan error, 2)
	go func() { _, err := c.Read(make([]byte, 1)); ends <- err }()
	go func() {
		for {
			if _, err := c.Write(make([]byte, maxMessage)); err != nil {
				ends <- err
				return
			}
		}
	}()
	full(t, c)
	start := time.Now()
	_ = c.Close()
	if d := time.Since(start); d > time.Second {
		t.Errorf("Close took %v", d)
	}
	for range 2 {
		if err := <-ends; !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}

// full waits until a write to c waits for the peer.
func full(t *testing.T, c net.Conn) {
	t.Helper()
	raw := c.(*wsConn).raw
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for same, last := 0, 0; same < 20; {
		<-tick.C
		if len(raw.turn) == 1 {
			same++
		} else {
			same, last = 0, last+1
		}
		if last > 10000 {
			t.Fatal("the writer never gets stuck")
		}
	}
}

// The peer is told, in a form that it understands.
func TestWebSocketGoodbye(t *testing.T) {
	certs := natstest.NewCerts(t)
	for scheme, cfg := range map[string]*tls.Config{"ws": nil, "wss": certs.ServerConfig()} {
		ended := make(chan error, 1)
		addr := wsServer(t, cfg, websocket.CompressionDisabled, func(_ *http.Request, c *websocket.Conn) {
			_, _, err := c.Read(context.Background())
			ended <- err
		})
		c, err := Dial(t.Context(), &Config{}, mustParse(t, scheme+"://"+addr), certs.ClientConfig())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if err := <-ended; websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			t.Errorf("%s: the server saw %v", scheme, err)
		}
	}
}

func TestWebSocketCustomDialer(t *testing.T) {
	addr := wsServer(t, nil, websocket.CompressionDisabled, wsEcho)
	var asked string
	cfg := &Config{SkipHostLookup: true, Custom: dialerFunc(func(_, address string) (net.Conn, error) {
		asked = address
		return net.Dial("tcp", addr)
	})}
	c := dialWS(t, cfg, "ws://far.away:8080")
	works(t, c)
	if asked != "far.away:8080" {
		t.Errorf("asked for %q", asked)
	}
}

// A custom dialer that brings encrypted connections isn't asked to do it twice.
func TestWebSocketSkipsTLS(t *testing.T) {
	addr := wsServer(t, nil, websocket.CompressionDisabled, wsEcho)
	cfg := &Config{Custom: skipper{func(string, string) (net.Conn, error) { return net.Dial("tcp", addr) }}}
	works(t, dialWS(t, cfg, "wss://"+addr))
}

// writeCounter counts what is handed to the system, and how often.
type writeCounter struct {
	net.Conn
	writes atomic.Int32
}

func (c *writeCounter) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// A batch costs one write below, however the library cuts it up; also one that
// is masked in many pieces or compressed.
func TestWebSocketOneWriteBelow(t *testing.T) {
	addr := wsServer(t, nil, websocket.CompressionNoContextTakeover, wsEcho)
	for _, compress := range []bool{false, true} {
		var below *writeCounter
		cfg := &Config{Compression: compress, Custom: dialerFunc(func(network, address string) (net.Conn, error) {
			c, err := net.Dial(network, address)
			below = &writeCounter{Conn: c}
			return below, err
		})}
		c := dialWS(t, cfg, "ws://"+addr)
		batch := make([]byte, 64<<10)
		_, _ = rand.Read(batch)
		before := below.writes.Load()
		if _, err := c.Write(batch); err != nil {
			t.Fatal(err)
		}
		if n := below.writes.Load() - before; n != 1 {
			t.Errorf("compressed %t: %d writes", compress, n)
		}
	}
}

// failingConn takes so many bytes more and then fails.
type failingConn struct {
	net.Conn
	room int
	on   bool
}

func (c *failingConn) Write(p []byte) (int, error) {
	if !c.on {
		return c.Conn.Write(p)
	}
	n := min(len(p), c.room)
	c.room -= n
	if n < len(p) {
		return n, errNo
	}
	return n, nil
}

// Write doesn't say less than what the peer may have got.
func TestWebSocketPartialWrite(t *testing.T) {
	addr := wsServer(t, nil, websocket.CompressionNoContextTakeover, wsEcho)
	for _, tc := range []struct {
		compress         bool
		size, room, want int
	}{
		{false, 100, 0, 0},
		{false, 100, 6, 0},
		{false, 100, 16, 10},
		{false, 1000, 18, 10},
		{false, 70000, 24, 10},
		{false, maxMessage + 100, maxMessage + 14 + 6 + 10, maxMessage + 10},
		{true, 1000, 0, 0},
		{true, 1000, 10, 1000},
	} {
		var below *failingConn
		cfg := &Config{Compression: tc.compress, Custom: dialerFunc(func(network, address string) (net.Conn, error) {
			c, err := net.Dial(network, address)
			below = &failingConn{Conn: c, room: tc.room}
			return below, err
		})}
		c := dialWS(t, cfg, "ws://"+addr)
		below.on = true
		if n, err := c.Write(make([]byte, tc.size)); n != tc.want || !errors.Is(err, errNo) {
			t.Errorf("%+v: wrote %d, %v", tc, n, err)
		}
	}
}
