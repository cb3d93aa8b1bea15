package reconnect_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// Called once, when the client will no longer be connected.
func TestRow03ClosedCB(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	for name, end := range map[string]func(nc *nats.Conn){
		"close": func(nc *nats.Conn) { nc.Close(); nc.Close() },
		"drain": func(nc *nats.Conn) { must(t, nc.Drain()) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDiary()
			nc := connect(t, c.Server(0).URL(), d.options()...)
			end(nc)
			if call := d.wait(t, "closed", 1); call.conn != nc || call.status != nats.CLOSED {
				t.Errorf("called with %p in state %v, want %p", call.conn, call.status, nc)
			}
			if seq := d.sequence("disconnected", "closed"); seq != "disconnected, closed" {
				t.Errorf("order: %s", seq)
			}
		})
	}
	t.Run("given up", func(t *testing.T) {
		own := standalone(t, 1, "")
		d := newDiary()
		connect(t, own.Server(0).URL(), d.options(quick(nats.MaxReconnects(1))...)...)
		must(t, own.Server(0).Kill())
		d.wait(t, "closed", 1)
		if seq := d.sequence("disconnected", "reconnected", "closed"); seq != "disconnected, closed" {
			t.Errorf("order: %s", seq)
		}
	})
}

// Called on every disconnect, not if DisconnectedErrCB is set.
func TestRow04DisconnectedCB(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	d, both := newDiary(), newDiary()
	old := func(d *diary) nats.Option {
		return nats.DisconnectHandler(func(nc *nats.Conn) { d.note("old", nc, nil, nil) })
	}
	nc := connect(t, c.Server(0).URL(), quick(old(d), nats.ReconnectHandler(func(nc *nats.Conn) { d.note("reconnected", nc, nil, nil) }))...)
	other := connect(t, c.Server(0).URL(), both.options(quick(old(both))...)...)
	must(t, c.Server(0).Kill())
	must(t, c.Server(0).Restart(within(t)))
	d.wait(t, "reconnected", 1)
	both.wait(t, "reconnected", 1)
	nc.Close()
	other.Close()
	d.wait(t, "old", 2)
	both.wait(t, "closed", 1)
	if n, m := len(both.of("old")), len(both.of("disconnected")); n != 0 || m != 2 {
		t.Errorf("with both set: %d calls of the old form, %d of the new:\n%s", n, m, both)
	}
}

// Called on every disconnect with the cause; nil when the user closed it.
func TestRow05DisconnectedErrCB(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick(nats.DetailedErrors())...)...)
	must(t, c.Server(0).Kill())
	first := d.wait(t, "disconnected", 1)
	var cause *nats.ConnError
	if first.err == nil || !errors.As(first.err, &cause) || !strings.Contains(cause.Server, c.Server(0).Addr()) {
		t.Errorf("killed: %v", first.err)
	}
	if !errors.Is(first.err, io.EOF) && !strings.Contains(first.err.Error(), "reset") {
		t.Errorf("the cause is %v", first.err)
	}
	must(t, c.Server(0).Restart(within(t)))
	d.wait(t, "reconnected", 1)
	nc.Close()
	if second := d.wait(t, "disconnected", 2); second.err != nil || second.conn != nc {
		t.Errorf("closed by the user: %v", second.err)
	}
}

// Called on every successful reconnect, and only then.
func TestRow06ReconnectedCB(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	for round := range 3 {
		must(t, c.Server(0).Kill())
		d.wait(t, "attempt failed", len(d.of("attempt failed"))+1)
		if n := len(d.of("reconnected")); n != round {
			t.Fatalf("%d calls while the server is away, want %d", n, round)
		}
		must(t, c.Server(0).Restart(within(t)))
		if call := d.wait(t, "reconnected", round+1); call.conn != nc || call.status != nats.CONNECTED {
			t.Errorf("called in state %v", call.status)
		}
	}
	want := "connected, disconnected, reconnected, disconnected, reconnected, disconnected, reconnected"
	if seq := d.sequence("connected", "disconnected", "reconnected"); seq != want {
		t.Errorf("order: %s", seq)
	}
	if n := nc.Stats().Reconnects; n != 3 {
		t.Errorf("%d reconnects counted", n)
	}
}

// Called when a server unknown so far joined, not for one that is known.
func TestRow07DiscoveredServersCB(t *testing.T) {
	t.Parallel()
	t.Run("a real cluster grows", func(t *testing.T) {
		t.Parallel()
		c := start(t, 2)
		d := newDiary()
		nc := connect(t, c.Server(0).URL()+","+c.Server(1).URL(), d.options(quick(nats.DontRandomize())...)...)
		added, err := c.Add(within(t))
		must(t, err)
		if call := d.wait(t, "discovered", 1); call.conn != nc {
			t.Error("called with another connection")
		}
		until(t, "the new server known", func() bool { return slices.Equal(nc.DiscoveredServers(), []string{added.URL()}) })
	})
	// What a cluster says while its routes form is a matter of luck, so the
	// counting is done with a server that says what it is told to.
	t.Run("counted", func(t *testing.T) {
		t.Parallel()
		s := natstest.NewServer(t, natstest.Config{})
		const given, other, third = "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"
		d := newDiary()
		nc := connect(t, s.URL()+",nats://"+given, d.options(quick(nats.DontRandomize())...)...)
		calls := 0
		for _, step := range []struct {
			urls []string
			new  bool
		}{
			{[]string{s.Addr(), given}, false},
			{[]string{s.Addr(), given, other}, true},
			{[]string{s.Addr(), given, other}, false},
			{[]string{other, s.Addr()}, false},
			{[]string{s.Addr(), given, other}, false},
			{[]string{s.Addr(), third}, true},
			{[]string{s.Addr(), third, other}, true},
		} {
			s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = step.urls })
			must(t, nc.Flush())
			if step.new {
				calls++
				d.wait(t, "discovered", calls)
			}
			if n := len(d.of("discovered")); n != calls {
				t.Errorf("%d calls after %q, want %d", n, step.urls, calls)
			}
		}
	})
}

// Called for asynchronous errors, slow consumer among them; by default they are
// written to stderr.
func TestRow08AsyncErrorCB(t *testing.T) {
	c := standalone(t, 1, "")
	d := newDiary()
	overrun := func(nc *nats.Conn) *nats.Subscription {
		sub, err := nc.SubscribeSync("a")
		must(t, err)
		must(t, sub.SetPendingLimits(1, -1))
		for range 3 {
			must(t, nc.Publish("a", nil))
		}
		must(t, nc.Flush())
		return sub
	}
	nc := connect(t, c.Server(0).URL(), d.options()...)
	sub := overrun(nc)
	if call := d.wait(t, "error", 1); call.sub != sub || call.conn != nc || !errors.Is(call.err, nats.ErrSlowConsumer) {
		t.Errorf("called with %v, %v", call.sub, call.err)
	}

	r, w, err := os.Pipe()
	must(t, err)
	stderr := os.Stderr
	os.Stderr = w
	overrun(connect(t, c.Server(0).URL()))
	must(t, r.SetReadDeadline(time.Now().Add(patience)))
	var said bytes.Buffer
	buf := make([]byte, 1024)
	for !strings.Contains(said.String(), "slow consumer") {
		n, err := r.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			t.Errorf("stderr says %q: %v", said.String(), err)
			break
		}
	}
	os.Stderr = stderr
	must(t, w.Close())
	must(t, r.Close())
}

// When the first connection is made late, ConnectedCB is called if it is set,
// else ReconnectedCB; ClosedCB when the client gives up.
func TestRow20RetryOnFailedConnect(t *testing.T) {
	t.Parallel()
	if nats.GetDefaultOptions().RetryOnFailedConnect {
		t.Error("on by default")
	}
	c := standalone(t, 1, "")
	s := c.Server(0)
	t.Run("off", func(t *testing.T) {
		must(t, s.Kill())
		if nc, err := nats.Connect(s.URL()); !errors.Is(err, nats.ErrNoServers) || nc != nil {
			t.Errorf("%v, %v", nc, err)
		}
	})
	for name, handler := range map[string]string{"with ConnectedCB": "connected", "without": "reconnected"} {
		t.Run(name, func(t *testing.T) {
			must(t, s.Kill())
			d := newDiary()
			opts := d.options(quick(nats.RetryOnFailedConnect(true))...)
			if handler == "reconnected" {
				opts = append(opts, nats.ConnectHandler(nil))
			}
			nc := connect(t, s.URL(), opts...)
			if !nc.IsReconnecting() {
				t.Errorf("status %v", nc.Status())
			}
			must(t, nc.Publish("a", []byte("early")))
			d.wait(t, "attempt failed", 2)
			must(t, s.Restart(within(t)))
			d.wait(t, handler, 1)
			if seq := d.sequence("connected", "reconnected", "disconnected", "closed"); seq != handler {
				t.Errorf("callbacks: %s", seq)
			}
			must(t, nc.Flush())
		})
	}
	t.Run("gives up", func(t *testing.T) {
		must(t, s.Kill())
		d := newDiary()
		nc := connect(t, s.URL(), d.options(quick(nats.RetryOnFailedConnect(true), nats.MaxReconnects(2))...)...)
		d.wait(t, "closed", 1)
		if !errors.Is(nc.LastError(), nats.ErrNoServers) || len(d.of("connected", "reconnected")) > 0 {
			t.Errorf("last error %v, callbacks\n%s", nc.LastError(), d)
		}
	})
}
