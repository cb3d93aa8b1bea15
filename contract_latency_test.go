package nats_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// With real sockets and real time: three servers that never answer stand before a
// live one. It is found within 600 ms, and meanwhile no call takes 5 ms. The
// machine may be busy with other things, so one of three tries is enough: what
// waits for the network does so each time.
func TestSilentServersOnRealSockets(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, c := range map[string]struct {
		behavior natstest.Behavior
		tls      bool
		names    bool
	}{
		"silent":             {behavior: natstest.Behavior{NoInfo: true}},
		"silent within TLS":  {behavior: natstest.Behavior{StallTLS: true}, tls: true},
		"look-ups that hang": {names: true},
	} {
		t.Run(name, func(t *testing.T) {
			var cfg natstest.Config
			opts := []nats.Option{nats.DontRandomize(), nats.MaxReconnects(-1)}
			if c.tls {
				cfg.TLS = certs.ServerConfig()
				opts = append(opts, nats.Secure(certs.ClientConfig()))
			}
			if c.names {
				opts = append(opts, nats.Dialer(&net.Dialer{Resolver: &net.Resolver{PreferGo: true,
					Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
						<-ctx.Done()
						return nil, ctx.Err()
					}}}))
			}
			silent := cfg
			silent.Behave = natstest.Always(c.behavior)
			live := natstest.NewServer(t, cfg)
			urls := []string{""}
			for i := range 3 {
				if c.names {
					urls = append(urls, fmt.Sprintf("nats://name%d.invalid:4222", i))
				} else {
					urls = append(urls, natstest.NewServer(t, silent).URL())
				}
			}
			urls = append(urls, live.URL())
			oneOfThree(t, func() (err error) {
				first := natstest.NewServer(t, cfg)
				urls[0] = first.URL()
				var r recorder
				nc := connect(t, strings.Join(urls, ","), r.options(opts...)...)
				defer nc.Close()
				begin := time.Now()
				first.Stop()
				r.wait(t, "disconnected", 1)
				calls := timeCalls(nc, func() bool { return r.count("reconnected") > 0 || time.Since(begin) > 10*time.Second })
				took := time.Since(begin)
				t.Logf("found after %v; %d calls: %s", took.Round(time.Millisecond), len(calls), describe(calls))
				if took > 600*time.Millisecond {
					return fmt.Errorf("found after %v, want 600 ms", took)
				}
				return slowest(calls)
			})
		})
	}
}

// The same calls while the server has stopped reading and the socket is full.
func TestCallsWhileARealSocketIsFull(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	oneOfThree(t, func() error {
		nc := connect(t, s.URL(), quick(nats.ReconnectBufSize(64<<20))...)
		defer nc.Close()
		s.Last().Pause()
		defer s.Last().Resume()
		for left, before := 0, -1; left == 0 || left != before; { // until the socket takes no more
			before = left
			must(t, nc.Publish("a", make([]byte, 1<<20-100)))
			time.Sleep(20 * time.Millisecond) // how long it has to take something
			left, _ = nc.Buffered()
			if left > 1<<20 {
				break
			}
		}
		end := time.Now().Add(300 * time.Millisecond)
		calls := timeCalls(nc, func() bool { return time.Now().After(end) })
		left, _ := nc.Buffered()
		t.Logf("%d bytes wait; %d calls: %s", left, len(calls), describe(calls))
		if left < 1<<20 {
			t.Fatal("nothing is stuck")
		}
		return slowest(calls)
	})
}

// timeCalls makes the calls that must not wait until done, and returns how long
// each took, sorted.
func timeCalls(nc *nats.Conn, done func() bool) (took []time.Duration) {
	data := make([]byte, 16)
	calls := []func(){
		func() { _ = nc.Publish("a", data) },
		func() { nc.Status() },
		func() { nc.IsConnected() },
		func() { nc.Stats() },
		func() { nc.Servers() },
		func() { nc.ConnectedUrl() },
		func() { _ = nc.LastError() },
		func() { _, _ = nc.Buffered() },
		func() {
			if sub, err := nc.SubscribeSync("b"); err == nil {
				_ = sub.Unsubscribe()
			}
		},
	}
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	for !done() {
		<-tick.C
		for _, call := range calls {
			begin := time.Now()
			call()
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	return took
}

func describe(sorted []time.Duration) string {
	n := len(sorted)
	return fmt.Sprintf("99.9 %% took %v at most, the longest %v", sorted[n*999/1000], sorted[n-1])
}

func slowest(sorted []time.Duration) error {
	if longest := sorted[len(sorted)-1]; longest > 5*time.Millisecond {
		return fmt.Errorf("a call took %v", longest)
	}
	if p := sorted[len(sorted)*999/1000]; p > time.Millisecond {
		return fmt.Errorf("one call in a thousand took %v", p)
	}
	return nil
}

func oneOfThree(t *testing.T, try func() error) {
	t.Helper()
	var err error
	for range 3 {
		if err = try(); err == nil {
			return
		}
		t.Log(err)
	}
	t.Error(err)
}
