package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/natstest"
)

func TestDialTCP(t *testing.T) {
	noLeak(t)
	addr := echo(t, "127.0.0.1:0")
	yes := true
	for name, cfg := range map[string]*Config{
		"defaults":   {},
		"own dialer": {Dialer: &net.Dialer{KeepAlive: -1}},
		"multipath":  {MultipathTCP: &yes},
	} {
		t.Run(name, func(t *testing.T) {
			for _, scheme := range []string{"nats", "tls"} {
				c, err := Dial(t.Context(), cfg, mustParse(t, scheme+"://user:secret@"+addr), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := c.(*net.TCPConn); !ok {
					t.Errorf("%s: got a %T", scheme, c)
				}
				works(t, c)
				_ = c.Close()
			}
		})
	}
}

func TestDialRefused(t *testing.T) {
	ln := listen(t, "127.0.0.1:0")
	addr := ln.Addr().String()
	_ = ln.Close()
	_, err := Dial(t.Context(), &Config{}, mustParse(t, "nats://user:secret@"+addr), nil)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
	if s := err.Error(); !strings.Contains(s, addr) || !strings.Contains(s, "dial") || strings.Contains(s, "secret") {
		t.Errorf("error says %q", s)
	}
}

func TestDialUnknownSchemeIsNATS(t *testing.T) {
	addr := echo(t, "127.0.0.1:0")
	c, err := Dial(t.Context(), &Config{}, mustParse(t, "foo://"+addr), nil)
	if err != nil {
		t.Fatal(err)
	}
	works(t, c)
	_ = c.Close()
}

func TestDialContextIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, u := range []string{"nats://127.0.0.1:1", "nats://localhost:1", "ws://127.0.0.1:1"} {
		if _, err := Dial(ctx, &Config{}, mustParse(t, u), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", u, err)
		}
	}
}

func TestDialInProcess(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	cfg := &Config{InProcess: func() (net.Conn, error) { return a, nil }}
	c, err := Dial(t.Context(), cfg, mustParse(t, "nats://nowhere.invalid:1"), nil)
	if err != nil || c != a {
		t.Errorf("got %v, %v", c, err)
	}
	boom := errors.New("boom")
	cfg.InProcess = func() (net.Conn, error) { return nil, boom }
	if _, err := Dial(t.Context(), cfg, mustParse(t, "nats://nowhere.invalid:1"), nil); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	cfg.InProcess = func() (net.Conn, error) { return nil, nil }
	if _, err := Dial(t.Context(), cfg, mustParse(t, "nats://nowhere.invalid:1"), nil); !errors.Is(err, errNoConn) {
		t.Errorf("got %v", err)
	}
}

func TestCustomDialer(t *testing.T) {
	boom := errors.New("boom")
	var asked []string
	answer := func(network, address string) (net.Conn, error) {
		asked = append(asked, network+" "+address)
		return nil, boom
	}
	for name, tc := range map[string]struct {
		cfg  Config
		url  string
		want string
	}{
		"address":      {Config{Custom: dialerFunc(answer)}, "nats://10.1.2.3:4", "tcp 10.1.2.3:4"},
		"IPv6":         {Config{Custom: dialerFunc(answer)}, "nats://[::1]:4", "tcp [::1]:4"},
		"name as is":   {Config{Custom: dialerFunc(answer), SkipHostLookup: true}, "nats://some.where:4", "tcp some.where:4"},
		"with context": {Config{Custom: contextDialer(func(_ context.Context, n, a string) (net.Conn, error) { return answer(n, a) })}, "nats://10.1.2.3:4", "tcp 10.1.2.3:4"},
		"websocket":    {Config{Custom: dialerFunc(answer)}, "ws://10.1.2.3:80", "tcp 10.1.2.3:80"},
	} {
		t.Run(name, func(t *testing.T) {
			asked = nil
			_, err := Dial(t.Context(), &tc.cfg, mustParse(t, tc.url), nil)
			if !errors.Is(err, boom) || !strings.Contains(err.Error(), "dial "+strings.TrimPrefix(tc.want, "tcp ")) {
				t.Errorf("got %v", err)
			}
			if len(asked) != 1 || asked[0] != tc.want {
				t.Errorf("asked for %q, want %q", asked, tc.want)
			}
		})
	}
}

// A custom dialer that hangs holds nobody, and what it brings late is closed.
func TestCustomDialerIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := natstest.NewNetwork(t)
		ln, err := n.Listen("10.0.0.1:4222")
		if err != nil {
			t.Fatal(err)
		}
		n.HangDial("10.0.0.1:4222")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err = Dial(ctx, &Config{Custom: n.PlainDialer()}, mustParse(t, "nats://10.0.0.1:4222"), nil)
		timedOut(t, err)
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("took %v", d)
		}
		if !strings.Contains(err.Error(), "10.0.0.1:4222") {
			t.Errorf("error says %q", err)
		}
		n.Heal("10.0.0.1:4222")
		late, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := late.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("late connection: %v, want that it was closed", err)
		}
	})
}

func TestInProcessIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		a, b := net.Pipe()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := Dial(ctx, &Config{InProcess: func() (net.Conn, error) { <-release; return a, nil }}, mustParse(t, "nats://x:1"), nil)
		timedOut(t, err)
		close(release)
		if _, err := b.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("late connection: %v, want that it was closed", err)
		}
	})
}

// A look-up that fails isn't the end when the dialer may know the name.
func TestCustomDialerGetsUnknownName(t *testing.T) {
	var got string
	cfg := &Config{
		Dialer: &net.Dialer{Resolver: newDNS(t).resolver()},
		Custom: dialerFunc(func(_, address string) (net.Conn, error) { got = address; return nil, io.EOF }),
	}
	_, err := Dial(t.Context(), cfg, mustParse(t, "nats://unknown.test:4222"), nil)
	if !errors.Is(err, io.EOF) || got != "unknown.test:4222" {
		t.Errorf("asked for %q, %v", got, err)
	}
}

func TestSkipTLSHandshake(t *testing.T) {
	if (&Config{Custom: dialerFunc(nil)}).SkipTLSHandshake() {
		t.Error("true for a dialer that doesn't say so")
	}
	if !(&Config{Custom: skipper{}}).SkipTLSHandshake() {
		t.Error("false for a dialer that says so")
	}
}

type skipper struct{ dialerFunc }

func (skipper) SkipTLSHandshake() bool { return true }

// countingConn counts how many of its kind are open.
type countingConn struct {
	net.Conn
	open *atomic.Int32
	once atomic.Bool
}

func (c *countingConn) Close() error {
	if !c.once.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}
