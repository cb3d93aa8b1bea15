package events_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// scene is a connection of which everything is noted.
type scene struct {
	n     *natstest.Network
	s     *natstest.Server
	r     Recorder
	begin time.Time

	statuses chan nats.Status // from the end of Connect on

	mu     sync.Mutex
	events []nats.Event
}

func (sc *scene) note(nc *nats.Conn, e nats.Event) {
	sc.mu.Lock()
	sc.events = append(sc.events, e)
	sc.mu.Unlock()
}

func (sc *scene) all() []nats.Event {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return slices.Clone(sc.events)
}

// options are those of every scene: no chance, and waits that are easy to count.
func (sc *scene) options(more ...nats.Option) []nats.Option {
	return sc.r.Options(append([]nats.Option{
		nats.SetCustomDialer(sc.n), sc.r.Attempts(), nats.EventHandler(sc.note), nats.DontRandomize(),
		nats.ReconnectWait(2 * time.Second), nats.ReconnectJitter(0, 0),
	}, more...)...)
}

func (sc *scene) connect(t *testing.T, more ...nats.Option) *nats.Conn {
	t.Helper()
	nc := Connect(t, sc.s.URL(), sc.options(more...)...)
	sc.statuses = nc.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED, nats.DRAINING_SUBS, nats.DRAINING_PUBS)
	return nc
}

// wait waits for the n-th event of a kind, and until nothing goes on any more at that
// moment of virtual time.
func (sc *scene) wait(t *testing.T, k nats.EventKind, n int) nats.Event {
	t.Helper()
	for range 20_000 {
		synctest.Wait()
		left := n
		for _, e := range sc.all() {
			if e.Kind == k {
				if left--; left == 0 {
					return e
				}
			}
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited in vain for %d × %s", n, k)
	panic("unreachable")
}

// lines are the events as the table has them: when, of which connection, what, the
// duration and the delay to the nanosecond, and the sentence.
//
// Whoever writes to the socket and whoever decides about connections are at work side
// by side: of the same moment, what is about the buffer stands behind the rest.
func (sc *scene) lines() (list []string) {
	events := sc.all()
	slices.SortStableFunc(events, func(a, b nats.Event) int {
		buffer := func(e nats.Event) int {
			if e.Kind == nats.EventBufferNormal {
				return 1
			}
			return 0
		}
		return cmp.Or(a.Time.Compare(b.Time), buffer(a)-buffer(b))
	})
	for _, e := range events {
		line := fmt.Sprintf("%v %d %s", e.Time.Sub(sc.begin), e.Epoch, e.Kind)
		if e.Duration != 0 || e.NextDelay != 0 {
			line += fmt.Sprintf(" (%v, %v)", e.Duration, e.NextDelay)
		}
		list = append(list, line+": "+e.String())
	}
	return list
}

// callbacks are what handlers must have been told, going by the events.
func callbacks(events []nats.Event) (kinds []string) {
	connected := false
	for _, e := range events {
		switch e.Kind {
		case nats.EventConnected:
			connected = true
			kinds = append(kinds, "connected")
		case nats.EventAttemptFailed:
			kinds = append(kinds, "attempt")
			if connected {
				kinds = append(kinds, "attempt failed")
			}
			if connected && (e.Phase == "CONNECT" || e.Phase == "PONG") {
				kinds = append(kinds, "error")
			}
		case nats.EventConnectFailed:
			connected = true // each attempt is told from now on
			kinds = append(kinds, "attempt failed")
		case nats.EventDisconnected:
			kinds = append(kinds, "disconnected")
		case nats.EventReconnected:
			kinds = append(kinds, "reconnected")
		case nats.EventServersDiscovered:
			kinds = append(kinds, "discovered")
		case nats.EventLameDuck:
			kinds = append(kinds, "lame duck")
		case nats.EventSlowConsumer, nats.EventPermissionDenied, nats.EventError:
			kinds = append(kinds, "error")
		case nats.EventMessagesDropped:
			kinds = append(kinds, "dropped")
		case nats.EventClosed:
			kinds = append(kinds, "closed")
		}
	}
	return kinds
}

// statuses are what must have been announced, going by the events.
func statuses(events []nats.Event) (list []nats.Status) {
	draining := false
	for i, e := range events {
		switch e.Kind {
		case nats.EventConnected, nats.EventReconnected:
			list = append(list, nats.CONNECTED)
		case nats.EventConnectFailed:
			list = append(list, nats.RECONNECTING)
		case nats.EventDisconnected:
			if last := events[i+1].Kind == nats.EventClosed; !last && !draining {
				list = append(list, nats.RECONNECTING)
			}
		case nats.EventDraining:
			draining = true
			if e.Phase == "subscriptions" {
				list = append(list, nats.DRAINING_SUBS)
			} else {
				list = append(list, nats.DRAINING_PUBS)
			}
		case nats.EventClosed:
			list = append(list, nats.CLOSED)
		}
	}
	return list
}

// scenes are ten lives of a connection, in virtual time. What happens takes none, unless
// the table says so.
var scenes = []struct {
	name string
	play func(t *testing.T, sc *scene) *nats.Conn
	want string
}{
	{"first connect", func(t *testing.T, sc *scene) *nats.Conn {
		sc.n.Delay(AddrA, natstest.Both, 10*time.Millisecond)
		return sc.connect(t)
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		30ms 1 attempt.succeeded (30ms, 0s): attempt 1, to nats://10.0.0.1:4222, succeeded after 30ms
		30ms 1 connected (30ms, 0s): connected to nats://10.0.0.1:4222 after 30ms and 1 attempt
		30ms 1 disconnected (0s, -1ns): disconnected from nats://10.0.0.1:4222 after 0s: the program wanted it
		30ms 1 closed (30ms, 0s): closed after 30ms: the program wanted it`},
	{"connect is refused, then retried", func(t *testing.T, sc *scene) *nats.Conn {
		sc.n.Refuse(AddrA)
		nc := sc.connect(t, nats.RetryOnFailedConnect(true))
		time.Sleep(3 * time.Second)
		sc.n.Heal(AddrA)
		sc.wait(t, nats.EventConnected, 1)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 0 attempt.failed (0s, 2s): attempt 1, to nats://10.0.0.1:4222, failed after 0s in phase dial: dial tcp 10.0.0.1:4222: connect: connection refused; the next begins in 2s
		0s 0 connect.failed (0s, 2s): no server accepted the first connection, after 0s and 1 attempt: no servers available for connection; the next begins in 2s
		2s 0 attempt.started: attempt 2 begins, to nats://10.0.0.1:4222
		2s 0 attempt.failed (0s, 2s): attempt 2, to nats://10.0.0.1:4222, failed after 0s in phase dial: dial tcp 10.0.0.1:4222: connect: connection refused; the next begins in 2s
		4s 0 attempt.started: attempt 3 begins, to nats://10.0.0.1:4222
		4s 1 attempt.succeeded: attempt 3, to nats://10.0.0.1:4222, succeeded after 0s
		4s 1 connected (4s, 0s): connected to nats://10.0.0.1:4222 after 4s and 3 attempts
		4s 1 disconnected (0s, -1ns): disconnected from nats://10.0.0.1:4222 after 0s: the program wanted it
		4s 1 closed (4s, 0s): closed after 4s: the program wanted it`},
	{"cut, and back", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t, nats.AtLeastOnce())
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
		Must(t, nc.Flush())
		time.Sleep(5 * time.Second)
		sc.n.Refuse(AddrA)
		sc.n.Links(AddrA)[0].Stall(natstest.Both)
		Must(t, nc.Publish("b", []byte("lost")))
		time.Sleep(50 * time.Millisecond)
		sc.n.LoseWritten(AddrA)
		sc.wait(t, nats.EventDisconnected, 1)
		_, err = nc.Subscribe("new", func(*nats.Msg) {})
		Must(t, err)
		sc.n.Heal(AddrA)
		sc.wait(t, nats.EventReconnected, 1)
		Must(t, nc.Flush())
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		5.05s 1 disconnected (5.05s, 0s): disconnected from nats://10.0.0.1:4222 after 5.05s: read mem client:1->10.0.0.1:4222: read: connection reset by peer; 1 message in doubt
		5.05s 1 attempt.started: attempt 2 begins, to nats://10.0.0.1:4222
		5.05s 1 attempt.failed (0s, 2s): attempt 2, to nats://10.0.0.1:4222, failed after 0s in phase dial: dial tcp 10.0.0.1:4222: connect: connection refused; the next begins in 2s
		7.05s 1 attempt.started: attempt 3 begins, to nats://10.0.0.1:4222
		7.05s 2 attempt.succeeded: attempt 3, to nats://10.0.0.1:4222, succeeded after 0s
		7.05s 2 reconnected (2s, 0s): reconnected to nats://10.0.0.1:4222 after 2s and 2 attempts, with 2 subscriptions; 1 message sent again
		7.05s 2 disconnected (0s, -1ns): disconnected from nats://10.0.0.1:4222 after 0s: the program wanted it
		7.05s 2 closed (7.05s, 0s): closed after 7.05s: the program wanted it`},
	{"a peer that is silent", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t, nats.StaleAfter(6*time.Second))
		time.Sleep(time.Second)
		sc.n.BlackHole(AddrA, natstest.Both)
		sc.wait(t, nats.EventDisconnected, 1)
		sc.n.Heal(AddrA)
		sc.wait(t, nats.EventReconnected, 1)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		6s 1 server.stale (6s, 0s): nats://10.0.0.1:4222 is given up, since it is silent for 6s: stale connection
		6s 1 disconnected (6s, 0s): disconnected from nats://10.0.0.1:4222 after 6s: stale connection
		6s 1 attempt.started: attempt 2 begins, to nats://10.0.0.1:4222
		6s 2 attempt.succeeded: attempt 2, to nats://10.0.0.1:4222, succeeded after 0s
		6s 2 reconnected: reconnected to nats://10.0.0.1:4222 after 0s and 1 attempt, with 0 subscriptions
		6s 2 disconnected (0s, -1ns): disconnected from nats://10.0.0.1:4222 after 0s: the program wanted it
		6s 2 closed (6s, 0s): closed after 6s: the program wanted it`},
	{"credentials refused twice", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t)
		sc.s.Behave(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"}))
		time.Sleep(time.Second)
		sc.s.Last().HangUp()
		sc.wait(t, nats.EventClosed, 1)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		1s 1 disconnected (1s, 0s): disconnected from nats://10.0.0.1:4222 after 1s: EOF
		1s 1 attempt.started: attempt 2 begins, to nats://10.0.0.1:4222
		1s 1 attempt.failed (0s, 2s): attempt 2, to nats://10.0.0.1:4222, failed after 0s in phase PONG: authorization violation; the next begins in 2s
		3s 1 attempt.started: attempt 3 begins, to nats://10.0.0.1:4222
		3s 1 attempt.failed (0s, -1ns): attempt 3, to nats://10.0.0.1:4222, failed after 0s in phase PONG: authorization violation; it goes on when the program says so, or not at all
		3s 1 closed (3s, 0s): closed after 3s: authorization violation`},
	{"lame duck", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t)
		time.Sleep(time.Second)
		b := MemServer(t, sc.n, AddrB)
		sc.s.SetInfo(func(i *natstest.Info) { i.LameDuckMode, i.ConnectURLs = true, []string{AddrB} })
		sc.wait(t, nats.EventLameDuck, 1)
		time.Sleep(time.Second)
		sc.s.Stop()
		sc.wait(t, nats.EventReconnected, 1)
		b.SetInfo(func(i *natstest.Info) { i.ConnectURLs = []string{AddrA, AddrB, AddrC} })
		sc.wait(t, nats.EventServersDiscovered, 2)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		1s 1 servers.discovered: discovered nats://10.0.0.2:4222
		1s 1 server.lame_duck: nats://10.0.0.1:4222 is about to shut down
		2s 1 disconnected (2s, 0s): disconnected from nats://10.0.0.1:4222 after 2s: EOF
		2s 1 attempt.started: attempt 2 begins, to nats://10.0.0.2:4222
		2s 2 attempt.succeeded: attempt 2, to nats://10.0.0.2:4222, succeeded after 0s
		2s 2 reconnected: reconnected to nats://10.0.0.2:4222 after 0s and 1 attempt, with 0 subscriptions
		2s 2 servers.discovered: discovered nats://10.0.0.3:4222
		2s 2 disconnected (0s, -1ns): disconnected from nats://10.0.0.2:4222 after 0s: the program wanted it
		2s 2 closed (2s, 0s): closed after 2s: the program wanted it`},
	{"slow consumer", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t)
		sub, err := nc.QueueSubscribeSync("a.*", "q")
		Must(t, err)
		Must(t, sub.SetPendingLimits(2, -1))
		time.Sleep(time.Second)
		PublishNumbers(t, nc, "a.b", 0, 3)
		Must(t, nc.Flush())
		time.Sleep(time.Second)
		for range 2 {
			_, _ = sub.NextMsg(time.Second)
		}
		_, _ = sub.NextMsg(time.Second)
		PublishNumbers(t, nc, "a.b", 3, 1)
		Must(t, nc.Flush())
		sc.wait(t, nats.EventConsumerRecovered, 1)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		1s 1 consumer.slow: the subscription to "a.*" in queue group "q" is slow; 1 message dropped so far
		2s 1 consumer.recovered: the subscription to "a.*" in queue group "q" takes messages again; 1 message dropped so far
		2s 1 disconnected (2s, -1ns): disconnected from nats://10.0.0.1:4222 after 2s: the program wanted it
		2s 1 closed (2s, 0s): closed after 2s: the program wanted it; 1 message not handled`},
	{"permission denied", func(t *testing.T, sc *scene) *nats.Conn {
		sc.s.Behave(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			switch {
			case op.Kind == "SUB" && op.Subject == "secret":
				c.SendErr(`Permissions Violation for Subscription to "secret" using queue "q"`)
				return true
			case op.Kind == "PUB":
				c.SendErr(`Permissions Violation for Publish to "` + op.Subject + `"`)
				return true
			}
			return false
		}}))
		nc := sc.connect(t)
		_, err := nc.QueueSubscribe("secret", "q", func(*nats.Msg) {})
		Must(t, err)
		sc.wait(t, nats.EventPermissionDenied, 1)
		Must(t, nc.Publish("no", nil))
		sc.wait(t, nats.EventPermissionDenied, 2)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		0s 1 permission.denied: the server refused permission: permissions violation: Permissions Violation for Subscription to "secret" using queue "q"
		0s 1 permission.denied: the server refused permission: permissions violation: Permissions Violation for Publish to "no"
		0s 1 disconnected (0s, -1ns): disconnected from nats://10.0.0.1:4222 after 0s: the program wanted it
		0s 1 closed: closed after 0s: the program wanted it`},
	{"the buffer fills in an outage", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t, nats.ReconnectBufSize(1000))
		sc.n.Refuse(AddrA)
		sc.s.Last().HangUp()
		sc.wait(t, nats.EventDisconnected, 1)
		time.Sleep(time.Second)
		var err error
		for err == nil {
			err = nc.Publish("abc", make([]byte, 85))
		}
		if !errors.Is(err, nats.ErrReconnectBufExceeded) {
			t.Errorf("%v", err)
		}
		if err := nc.Publish("abc", nil); !errors.Is(err, nats.ErrReconnectBufExceeded) {
			t.Errorf("%v", err)
		}
		sc.n.Heal(AddrA)
		sc.wait(t, nats.EventReconnected, 1)
		sc.wait(t, nats.EventBufferNormal, 1)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		0s 1 disconnected: disconnected from nats://10.0.0.1:4222 after 0s: EOF
		0s 1 attempt.started: attempt 2 begins, to nats://10.0.0.1:4222
		0s 1 attempt.failed (0s, 2s): attempt 2, to nats://10.0.0.1:4222, failed after 0s in phase dial: dial tcp 10.0.0.1:4222: connect: connection refused; the next begins in 2s
		1s 1 buffer.high: the outbound buffer fills up: 792 of 1000 bytes
		1s 1 buffer.full: the outbound buffer is full: 1089 of 1000 bytes
		2s 1 attempt.started: attempt 3 begins, to nats://10.0.0.1:4222
		2s 2 attempt.succeeded: attempt 3, to nats://10.0.0.1:4222, succeeded after 0s
		2s 2 reconnected (2s, 0s): reconnected to nats://10.0.0.1:4222 after 2s and 2 attempts, with 0 subscriptions
		2s 2 disconnected (0s, -1ns): disconnected from nats://10.0.0.1:4222 after 0s: the program wanted it
		2s 2 closed (2s, 0s): closed after 2s: the program wanted it
		2s 2 buffer.normal: the outbound buffer has room again: 0 of 1000 bytes`},
	{"drain and close", func(t *testing.T, sc *scene) *nats.Conn {
		nc := sc.connect(t)
		_, err := nc.Subscribe("a", func(*nats.Msg) { time.Sleep(3 * time.Second) })
		Must(t, err)
		Must(t, nc.Publish("a", nil))
		Must(t, nc.Flush())
		Must(t, nc.Drain())
		sc.wait(t, nats.EventClosed, 1)
		return nc
	}, `
		0s 0 attempt.started: attempt 1 begins, to nats://10.0.0.1:4222
		0s 1 attempt.succeeded: attempt 1, to nats://10.0.0.1:4222, succeeded after 0s
		0s 1 connected: connected to nats://10.0.0.1:4222 after 0s and 1 attempt
		0s 1 draining: draining: subscriptions
		3s 1 draining: draining: messages
		3s 1 drained (3s, 0s): drained after 3s
		3s 1 disconnected (3s, -1ns): disconnected from nats://10.0.0.1:4222 after 3s: the program wanted it
		3s 1 closed (3s, 0s): closed after 3s: the program wanted it`},
}

// What a program is told by events, callbacks and statuses is the same story.
func TestEventSequences(t *testing.T) {
	for _, c := range scenes {
		t.Run(c.name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				sc := &scene{n: n, s: MemServer(t, n, AddrA), begin: time.Now()}
				nc := c.play(t, sc)
				synctest.Wait()
				nc.Close()
				sc.wait(t, nats.EventClosed, 1)
				synctest.Wait()
				if got, want := sc.r.Kinds(), callbacks(sc.all()); !slices.Equal(got, want) {
					t.Errorf("handlers were told of %v, and of events %v", got, want)
				}
				var announced []nats.Status
				for len(sc.statuses) > 0 {
					announced = append(announced, <-sc.statuses)
				}
				if want := statuses(sc.all()); len(announced) > len(want) || len(announced) < len(want)-1 ||
					!slices.Equal(announced, want[len(want)-len(announced):]) { // but for what Connect waited for
					t.Errorf("announced were %v, going by the events %v", announced, want)
				}
				got := sc.lines()
				want := strings.Split(strings.TrimSpace(c.want), "\n")
				for i := range want {
					want[i] = strings.TrimSpace(want[i])
				}
				if !slices.Equal(got, want) {
					t.Errorf("the events are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			})
		})
	}
}
