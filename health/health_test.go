package health_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/health"
	"github.com/evernats/nats/internal/natstest"
)

const addr = "10.0.0.1:4222"

// ask asks a handler, and returns the answer and how long it took.
func ask(t *testing.T, h http.Handler) (health.Report, int, time.Duration) {
	t.Helper()
	begin := time.Now()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	var r health.Report
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if want := map[bool]int{true: 200, false: 503}[r.OK]; w.Code != want {
		t.Errorf("status %d with %s", w.Code, w.Body)
	}
	return r, w.Code, time.Since(begin)
}

// poll asks until the answer is the wanted one, and returns how long that took.
func poll(t *testing.T, h http.Handler, want bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for time.Since(begin) < time.Minute {
		if r, _, _ := ask(t, h); r.OK == want {
			return time.Since(begin)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("never became %v", want)
	return 0
}

func connect(t *testing.T, n *natstest.Network, s *natstest.Server, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(s.URL(), append([]nats.Option{nats.SetCustomDialer(n), nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// A dead peer is found out within StaleAfter, whatever kind of death it is, and a
// connection that is back is ready within a second. Through all of it the program is
// live.
func TestReadyFollowsTheConnection(t *testing.T) {
	const stale = 3 * time.Second
	faults := map[string]func(n *natstest.Network, s *natstest.Server){
		"black hole": func(n *natstest.Network, _ *natstest.Server) { n.BlackHole(addr, natstest.Both); n.HangDial(addr) },
		"stopped process": func(_ *natstest.Network, s *natstest.Server) {
			s.Last().Pause()
			s.Behave(natstest.Always(natstest.Behavior{NoInfo: true}))
		},
		"killed": func(n *natstest.Network, s *natstest.Server) { n.Refuse(addr); n.Cut(addr) },
	}
	for name, fault := range faults {
		for _, limit := range []time.Duration{stale, time.Second} {
			t.Run(name+" "+limit.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := natstest.NewNetwork(t)
					s := natstest.NewServer(t, natstest.Config{Network: n, Addr: addr})
					nc := connect(t, n, s, nats.StaleAfter(limit))
					ready, live := health.Ready(nc), health.Live(nc)
					time.Sleep(10 * time.Second)
					if r, _, _ := ask(t, ready); !r.OK || len(r.Connections) != 1 || len(r.Connections[0].Reasons) != 0 {
						t.Fatalf("before the fault: %+v", r)
					}
					conn := s.Last()
					fault(n, s)
					if d := poll(t, ready, false); d > limit {
						t.Errorf("not ready after %v", d)
					}
					for range 20 {
						if r, _, d := ask(t, live); !r.OK || d > 0 {
							t.Errorf("live in the outage: %v after %v", r.OK, d)
						}
						if r, _, d := ask(t, ready); r.OK || d > 2*time.Second {
							t.Errorf("ready in the outage: %+v after %v", r, d)
						}
						time.Sleep(time.Second)
					}
					conn.Resume()
					n.Heal(addr)
					s.Behave(nil)
					for !nc.IsConnected() {
						time.Sleep(time.Millisecond)
					}
					if d := poll(t, ready, true); d > time.Second {
						t.Errorf("ready %v after the recovery", d)
					}
				})
			})
		}
	}
}

func TestClosedIsNeither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := natstest.NewNetwork(t)
		s := natstest.NewServer(t, natstest.Config{Network: n, Addr: addr})
		a, b := connect(t, n, s), connect(t, n, s)
		if r, _, _ := ask(t, health.Ready(a, b)); !r.OK || len(r.Connections) != 2 {
			t.Errorf("%+v", r)
		}
		b.Close()
		time.Sleep(2 * time.Second)
		for what, h := range map[string]http.Handler{"ready": health.Ready(a, b), "live": health.Live(a, b)} {
			r, _, _ := ask(t, h)
			if r.OK || r.Connections[0].Status != "CONNECTED" || r.Connections[1].Status != "CLOSED" ||
				!strings.Contains(r.Connections[1].String(), "closed") {
				t.Errorf("%s: %+v", what, r)
			}
		}
		if r, _, _ := ask(t, health.Live()); !r.OK {
			t.Errorf("no connections: %+v", r)
		}
	})
}

// A drain takes a pod out of the traffic, and doesn't kill it.
func TestDrainingIsLiveAndNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := natstest.NewNetwork(t)
		s := natstest.NewServer(t, natstest.Config{Network: n, Addr: addr})
		nc := connect(t, n, s)
		if _, err := nc.Subscribe("a", func(*nats.Msg) { time.Sleep(10 * time.Second) }); err != nil {
			t.Fatal(err)
		}
		if err := nc.Publish("a", nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := nc.Drain(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if r, _, _ := ask(t, health.Ready(nc)); r.OK {
			t.Errorf("%+v", r)
		}
		if r, _, _ := ask(t, health.Live(nc)); !r.OK {
			t.Errorf("%+v", r)
		}
		for !nc.IsClosed() {
			time.Sleep(time.Second)
		}
	})
}
