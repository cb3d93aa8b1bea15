package reconnect_test

import (
	"bytes"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// Bounds one attempt: dial, TLS, INFO, CONNECT, PONG.
func TestRow09Timeout(t *testing.T) {
	t.Parallel()
	if d := nats.GetDefaultOptions().Timeout; d != 2*time.Second {
		t.Errorf("%v by default", d)
	}
	// Long enough to get to the phase that hangs, on a busy machine too.
	const limit = time.Second
	certs := natstest.NewCerts(t)
	for name, tc := range map[string]struct {
		cfg   natstest.Config
		phase string
	}{
		"no INFO":   {natstest.Config{Behave: natstest.Always(natstest.Behavior{NoInfo: true})}, "INFO"},
		"TLS hangs": {natstest.Config{TLS: certs.ServerConfig(), Behave: natstest.Always(natstest.Behavior{StallTLS: true})}, "TLS"},
		"no PONG":   {natstest.Config{Behave: natstest.Always(natstest.Behavior{Mute: true})}, "PONG"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := natstest.NewServer(t, tc.cfg)
			_, err := nats.Connect(s.URL(), nats.Timeout(limit), nats.RootCAs(certs.CAFile), nats.DetailedErrors(),
				func(o *nats.Options) error { o.Secure = tc.cfg.TLS != nil; return nil })
			var ce *nats.ConnError
			if !errors.Is(err, nats.ErrTimeout) || !errors.As(err, &ce) || ce.Phase != tc.phase {
				t.Errorf("%v, want a time-out in the phase %s", err, tc.phase)
			}
		})
	}
	t.Run("while reconnecting", func(t *testing.T) {
		t.Parallel()
		c := standalone(t, 1, "")
		s := c.Server(0)
		d := newDiary()
		connect(t, s.URL(), d.options(quick(nats.Timeout(limit), nats.DetailedErrors(),
			nats.PingInterval(10*time.Millisecond), nats.MaxPingsOutstanding(1))...)...)
		must(t, s.Pause())
		if call := d.wait(t, "attempt failed", 1); !errors.Is(call.err, nats.ErrTimeout) {
			t.Errorf("the attempt failed with %v", call.err)
		}
		must(t, s.Resume())
		d.wait(t, "reconnected", 1)
	})
}

// The period of client PINGs; 0 or negative turns them off.
func TestRow10PingInterval(t *testing.T) {
	t.Parallel()
	if d := nats.GetDefaultOptions().PingInterval; d != 2*time.Minute {
		t.Errorf("%v by default", d)
	}
	pinged, quiet := natstest.NewServer(t, natstest.Config{}), natstest.NewServer(t, natstest.Config{})
	// Not a matter of how quickly they are answered.
	connect(t, pinged.URL(), nats.PingInterval(5*time.Millisecond), nats.MaxPingsOutstanding(1_000_000))
	connect(t, quiet.URL(), nats.PingInterval(0))
	connect(t, quiet.URL(), nats.PingInterval(-time.Second))
	pinged.Last().WaitOp("PING", 20)
	for _, c := range quiet.Conns() {
		// The one PING of the handshake.
		if n := c.Count("PING"); n != 1 {
			t.Errorf("%d PINGs although they are off", n)
		}
	}
}

// More unanswered PINGs than this raise ErrStaleConnection and reconnect.
func TestRow11MaxPingsOut(t *testing.T) {
	t.Parallel()
	if n := nats.GetDefaultOptions().MaxPingsOut; n != 2 {
		t.Errorf("%d by default", n)
	}
	t.Run("counted", func(t *testing.T) {
		t.Parallel()
		s := natstest.NewServer(t, natstest.Config{})
		var mute atomic.Bool
		s.Behave(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
			return op.Kind == "PING" && mute.Load()
		}}))
		d := newDiary()
		connect(t, s.URL(), d.options(quick(nats.PingInterval(20*time.Millisecond), nats.MaxPingsOutstanding(3))...)...)
		first := s.Last()
		first.WaitOp("PING", 3)
		mute.Store(true)
		before := first.Count("PING")
		if call := d.wait(t, "disconnected", 1); !errors.Is(call.err, nats.ErrStaleConnection) {
			t.Errorf("disconnected with %v", call.err)
		}
		mute.Store(false)
		// One more may have been on its way when the server fell silent.
		if n := first.Count("PING") - before; n < 2 || n > 4 {
			t.Errorf("%d PINGs were left unanswered, want 3", n)
		}
		d.wait(t, "reconnected", 1)
	})
	t.Run("a server that is stopped", func(t *testing.T) {
		t.Parallel()
		c := start(t, 2)
		d := newDiary()
		nc := connect(t, c.Server(0).URL(), d.options(quick(nats.PingInterval(30*time.Millisecond))...)...)
		until(t, "both known", func() bool { return len(nc.Servers()) == 2 })
		must(t, c.Server(0).Pause())
		if call := d.wait(t, "disconnected", 1); !errors.Is(call.err, nats.ErrStaleConnection) {
			t.Errorf("disconnected with %v", call.err)
		}
		d.wait(t, "reconnected", 1)
		if seat(t, c, nc) != c.Server(1) {
			t.Errorf("at %s", nc.ConnectedAddr())
		}
	})
}

// Bytes that publish may queue while disconnected; past it
// ErrReconnectBufExceeded; negative: no queueing.
func TestRow19ReconnectBufSize(t *testing.T) {
	t.Parallel()
	if n := nats.GetDefaultOptions().ReconnectBufSize; n != 8<<20 {
		t.Errorf("%d by default", n)
	}
	const limit, size = 10_000, 100
	c := standalone(t, 1, "")
	d, off := newDiary(), newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick(nats.ReconnectBufSize(limit))...)...)
	none := connect(t, c.Server(0).URL(), off.options(quick(nats.ReconnectBufSize(-1))...)...)
	sub, err := nc.SubscribeSync("a")
	must(t, err)
	must(t, nc.Flush())
	must(t, c.Server(0).Kill())
	d.wait(t, "disconnected", 1)
	off.wait(t, "disconnected", 1)

	if err := none.Publish("a", nil); !errors.Is(err, nats.ErrReconnectBufExceeded) {
		t.Errorf("without a queue: %v", err)
	}
	taken := 0
	for {
		err := nc.Publish("a", bytes.Repeat([]byte{byte(taken)}, size))
		if errors.Is(err, nats.ErrReconnectBufExceeded) {
			break
		}
		must(t, err)
		taken++
	}
	if buffered, err := nc.Buffered(); err != nil || buffered < limit || buffered > limit+2*size {
		t.Errorf("%d bytes queued, %v", buffered, err)
	}
	must(t, c.Server(0).Restart(within(t)))
	for i := range taken {
		m, err := sub.NextMsg(patience)
		must(t, err)
		if len(m.Data) != size || m.Data[0] != byte(i) {
			t.Fatalf("message %d of %d is %d × %d", i, taken, len(m.Data), m.Data[0])
		}
	}
	must(t, nc.Flush())
	if n, _, _ := sub.Pending(); n != 0 {
		t.Errorf("%s messages too many", strconv.Itoa(n))
	}
	off.wait(t, "reconnected", 1)
	must(t, none.Publish("a", nil))
}
