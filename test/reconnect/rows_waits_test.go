package reconnect_test

import (
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/reconnect"
)

// machine is a reconnect machine with the default options, after changes to
// its policy. Waits are checked on it, in its own time: a wait that is measured
// with a clock would test the machine's load instead.
func machine(urls []string, highest bool, change func(*reconnect.Policy)) *reconnect.Machine {
	o := nats.GetDefaultOptions()
	p := reconnect.Policy{
		AllowReconnect:     o.AllowReconnect,
		MaxReconnect:       o.MaxReconnect,
		ReconnectWait:      o.ReconnectWait,
		ReconnectJitter:    o.ReconnectJitter,
		ReconnectJitterTLS: o.ReconnectJitterTLS,
		ReconnectJitterMax: o.ReconnectJitterMax,
		NoRandomize:        true,
	}
	if change != nil {
		change(&p)
	}
	return reconnect.New(p, urls, func(n int64) int64 {
		if highest {
			return n - 1
		}
		return 0
	})
}

// lose connects the machine, cuts the connection and fails every attempt, until
// it waits. It returns how long it waits and how many attempts it made first.
func lose(t *testing.T, m *reconnect.Machine, tls bool) (wait time.Duration, attempts int) {
	t.Helper()
	const now = time.Minute
	var failing []reconnect.Action
	dials := func(acts []reconnect.Action) {
		for _, a := range acts {
			if a.Kind == reconnect.Dial {
				failing = append(failing, a)
			}
		}
	}
	if m.State() == reconnect.Idle {
		dials(m.Step(0, reconnect.Event{Kind: reconnect.Start}, nil))
		m.Step(0, reconnect.Event{Kind: reconnect.Established, Attempt: failing[0].Attempt, TLS: tls}, nil)
		failing = nil
		dials(m.Step(now, reconnect.Event{Kind: reconnect.Lost, Epoch: 1}, nil))
	} else {
		at, ok := m.Deadline()
		if !ok {
			t.Fatal("the machine waits for nothing")
		}
		dials(m.Step(at, reconnect.Event{Kind: reconnect.Timeout}, nil))
	}
	begin := now
	if at, ok := m.Deadline(); ok && at > begin && len(failing) == 0 {
		t.Fatalf("it waits until %v before the first attempt", at)
	}
	for len(failing) > 0 {
		a := failing[0]
		failing = failing[1:]
		attempts++
		dials(m.Step(begin, reconnect.Event{
			Kind: reconnect.Failed, Attempt: a.Attempt, Failure: reconnect.Failure{Kind: reconnect.Network},
		}, nil))
	}
	if m.State() != reconnect.Waiting {
		t.Fatalf("it is %v and doesn't wait", m.State())
	}
	at, _ := m.Deadline()
	return at - begin, attempts
}

// The wait comes after a whole pass over the list failed, not before it and not
// between two servers.
func TestRow14ReconnectWait(t *testing.T) {
	t.Parallel()
	if d := nats.GetDefaultOptions().ReconnectWait; d != 2*time.Second {
		t.Errorf("%v by default", d)
	}
	m := machine([]string{"nats://a:1", "nats://b:1", "nats://c:1"}, false, nil)
	if wait, n := lose(t, m, false); wait != 2*time.Second || n != 3 {
		t.Errorf("it waits %v after %d attempts, want 2s after 3", wait, n)
	}

	// On a real server: an hour's wait isn't begun before the first attempt.
	c := standalone(t, 2, "")
	d := newDiary()
	nc := connect(t, c.Server(0).URL()+","+c.Server(1).URL(), d.options(nats.ReconnectWait(time.Hour))...)
	must(t, seat(t, c, nc).Kill())
	d.wait(t, "reconnected", 1)
	must(t, seat(t, c, nc).Kill())
	d.wait(t, "attempt failed", 2)
	if !nc.IsReconnecting() {
		t.Errorf("status %v", nc.Status())
	}
}

// Called after each whole failed pass with the number of passes so far; its
// answer replaces wait and jitter.
func TestRow15CustomReconnectDelayCB(t *testing.T) {
	t.Parallel()
	if nats.GetDefaultOptions().CustomReconnectDelayCB != nil {
		t.Error("set by default")
	}
	c := standalone(t, 2, "")
	passes := make(chan int, 1000)
	d := newDiary()
	connect(t, c.Server(0).URL()+","+c.Server(1).URL(), d.options(
		nats.DontRandomize(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour), nats.ReconnectJitter(time.Hour, time.Hour),
		nats.CustomReconnectDelay(func(n int) time.Duration {
			select {
			case passes <- n:
			default:
			}
			return time.Millisecond
		}))...)
	must(t, c.Server(1).Kill())
	must(t, c.Server(0).Kill())
	for want := 1; want <= 4; want++ {
		if got := <-passes; got != want {
			t.Fatalf("pass %d, want %d", got, want)
		}
		// A pass is an attempt on each of the two.
		d.wait(t, "attempt failed", 2*want)
	}
	must(t, c.Server(0).Restart(within(t)))
	d.wait(t, "reconnected", 1)

	// A connection begins the count anew.
	for len(passes) > 0 {
		<-passes
	}
	must(t, c.Server(0).Kill())
	if got := <-passes; got != 1 {
		t.Errorf("after a reconnect the first pass is %d", got)
	}
}

// The upper bound of a random delay added to ReconnectWait, without TLS.
func TestRow16ReconnectJitter(t *testing.T) {
	t.Parallel()
	if d := nats.GetDefaultOptions().ReconnectJitter; d != 100*time.Millisecond {
		t.Errorf("%v by default", d)
	}
	urls := []string{"nats://a:1"}
	if wait, _ := lose(t, machine(urls, false, nil), false); wait != 2*time.Second {
		t.Errorf("without luck it waits %v", wait)
	}
	if wait, _ := lose(t, machine(urls, true, nil), false); wait < 2099*time.Millisecond || wait >= 2100*time.Millisecond {
		t.Errorf("at most it waits %v", wait)
	}
}

// The same when TLS is used.
func TestRow17ReconnectJitterTLS(t *testing.T) {
	t.Parallel()
	if d := nats.GetDefaultOptions().ReconnectJitterTLS; d != time.Second {
		t.Errorf("%v by default", d)
	}
	for name, tc := range map[string]struct {
		url    string
		tls    bool
		change func(*reconnect.Policy)
	}{
		"the connection had it": {"nats://a:1", true, nil},
		"the user wants it":     {"nats://a:1", false, func(p *reconnect.Policy) { p.Secure = true }},
		"the scheme says so":    {"tls://a:1", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine([]string{tc.url}, true, tc.change)
			if wait, _ := lose(t, m, tc.tls); wait < 2999*time.Millisecond || wait >= 3*time.Second {
				t.Errorf("at most it waits %v", wait)
			}
		})
	}
}

// Caps any jitter; zero means the default, negative no cap.
func TestRow18ReconnectJitterMax(t *testing.T) {
	t.Parallel()
	if d := nats.GetDefaultOptions().ReconnectJitterMax; d != 5*time.Minute {
		t.Errorf("%v by default", d)
	}
	wait := func(limit time.Duration) time.Duration {
		d, _ := lose(t, machine([]string{"nats://a:1"}, true, func(p *reconnect.Policy) {
			p.ReconnectWait, p.ReconnectJitter, p.ReconnectJitterMax = 0, time.Hour, limit
		}), false)
		return d.Round(time.Millisecond)
	}
	for limit, want := range map[time.Duration]time.Duration{
		5 * time.Minute: 5 * time.Minute, time.Second: time.Second, -1: time.Hour, 2 * time.Hour: time.Hour,
	} {
		if got := wait(limit); got != want {
			t.Errorf("with a cap of %v it waits %v at most, want %v", limit, got, want)
		}
	}
	nc := connect(t, standalone(t, 1, "").Server(0).URL(), nats.ReconnectJitterMax(0))
	if d := nc.Opts.ReconnectJitterMax; d != 5*time.Minute {
		t.Errorf("zero became %v", d)
	}
}
