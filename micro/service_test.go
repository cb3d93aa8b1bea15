package micro

import (
	"errors"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// A service lives on through a reconnect: it is found, answers, and counts on.
func TestServiceLivesThroughReconnects(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		svc := add(t, w.nc, Config{Endpoint: &EndpointConfig{Subject: "a", Handler: echo}})
		started := svc.Stats().Started
		for round := 1; round <= 3; round++ {
			asking := w.connect(t)
			if _, err := asking.Request("a", nil, time.Second); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			synctest.Wait()
			var (
				ping  Ping
				info  Info
				stats Stats
			)
			ask(t, asking, "$SRV.PING", &ping)
			ask(t, asking, "$SRV.INFO.n", &info)
			ask(t, asking, "$SRV.STATS.n."+svc.Info().ID, &stats)
			if ping.ID != svc.Info().ID || info.ID != ping.ID || stats.ID != ping.ID {
				t.Errorf("round %d: IDs %s, %s and %s", round, ping.ID, info.ID, stats.ID)
			}
			if n := stats.Endpoints[0].NumRequests; n != round || !stats.Started.Equal(started) {
				t.Errorf("round %d: %d requests since %v", round, n, stats.Started)
			}
			asking.Close()
			w.net.Refuse(addr)
			for _, c := range w.server.Open() {
				c.HangUp()
			}
			synctest.Wait()
			w.back()
		}
	})
}

// An endpoint that is added while there is no server is there with the next one.
func TestEndpointAddedWithoutAServer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		svc := add(t, w.nc, Config{})
		w.lose()
		must(t, svc.AddEndpoint("a", echo))
		w.back()
		if _, err := w.connect(t).Request("a", nil, time.Second); err != nil {
			t.Error(err)
		}
	})
}

// A service that is added while there is no server is found by the next one.
func TestServiceAddedWithoutAServer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.lose()
		svc := add(t, w.nc, Config{Endpoint: &EndpointConfig{Subject: "a", Handler: echo}})
		w.back()
		var info Info
		ask(t, w.connect(t), "$SRV.INFO.n", &info)
		if info.ID != svc.Info().ID || len(info.Endpoints) != 1 {
			t.Errorf("found %+v", info)
		}
	})
}

// Stop leaves nothing, with a server and without, and never waits.
func TestStopLeavesNothing(t *testing.T) {
	for _, server := range []string{"there", "gone", "goes on the way", "silent"} {
		t.Run(server, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				done := 0
				svc := add(t, w.nc, Config{
					DoneHandler: func(s Service) {
						done++
						if !s.Stopped() {
							t.Error("done, but not stopped")
						}
					},
					Endpoint: &EndpointConfig{Subject: "a", Handler: echo},
				})
				must(t, svc.AddGroup("g").AddEndpoint("b", echo))
				must(t, w.nc.Flush())
				switch server {
				case "gone":
					w.lose()
				case "silent", "goes on the way":
					w.server.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
				}
				begun := time.Now()
				for range 3 {
					must(t, svc.Stop())
				}
				if took := time.Since(begun); took != 0 {
					t.Errorf("Stop took %v", took)
				}
				if server == "goes on the way" {
					w.lose()
				}
				if server == "silent" {
					w.server.Last().HangUp()
				}
				synctest.Wait()
				if done != 1 {
					t.Errorf("the done handler was called %d times", done)
				}
				if n := w.nc.NumSubscriptions(); n != 0 {
					t.Errorf("%d subscriptions are left", n)
				}
				if n := atWork(); n != 0 {
					t.Errorf("%d goroutines are left", n)
				}
				w.back()
				must(t, w.nc.Flush())
				if subs := w.server.Last().Subscriptions(); len(subs) != 0 {
					t.Errorf("the server still has %v", subs)
				}
			})
		})
	}
}

// An idle service costs no goroutine of its own.
func TestIdleServiceHasNoGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		add(t, w.nc, Config{Endpoint: &EndpointConfig{Handler: echo}})
		synctest.Wait()
		if n := atWork(); n != 0 {
			t.Errorf("%d goroutines", n)
		}
	})
}

// A service ends with its connection, whoever set which handlers.
func TestServiceEndsWithItsConnection(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(w *world)
		opts []nats.Option
	}{
		{"closed", func(w *world) { w.nc.Close() }, nil},
		{"closed without a server", func(w *world) { w.lose(); w.nc.Close() }, nil},
		{"closed, told to nobody", func(w *world) { w.nc.Close() }, []nats.Option{nats.NoCallbacksAfterClientClose()}},
		{"closed, told to another", func(w *world) {
			w.nc.SetClosedHandler(func(*nats.Conn) {})
			w.nc.Close()
		}, nil},
		{"drained", func(w *world) { _ = w.nc.Drain() }, nil},
		{"given up", func(w *world) { w.lose(); time.Sleep(time.Hour) }, []nats.Option{nats.MaxReconnects(2)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				done := 0
				svc := add(t, w.nc, Config{DoneHandler: func(Service) { done++ }})
				tc.end(w)
				synctest.Wait()
				if !svc.Stopped() || done != 1 {
					t.Errorf("stopped %v, done handler called %d times", svc.Stopped(), done)
				}
				if err := svc.AddEndpoint("a", echo); !errors.Is(err, nats.ErrConnectionClosed) {
					t.Errorf("AddEndpoint: %v", err)
				}
				must(t, svc.Stop())
				if n := atWork(); n != 0 {
					t.Errorf("%d goroutines are left", n)
				}
			}, tc.opts...)
		})
	}
}

// A connection that drains keeps its services until their last request.
func TestDrainHandlesWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		handled := 0
		var svc Service
		svc = add(t, w.nc, Config{
			DoneHandler: func(Service) {
				if handled != 3 {
					t.Errorf("done after %d requests", handled)
				}
			},
			Endpoint: &EndpointConfig{Subject: "a", Handler: HandlerFunc(func(r Request) {
				time.Sleep(time.Second)
				if svc.Stopped() {
					t.Error("stopped too early")
				}
				handled++
			})},
		})
		for range 3 {
			must(t, w.nc.Publish("a", nil))
		}
		must(t, w.nc.Flush())
		must(t, w.nc.Drain())
		time.Sleep(time.Minute)
		synctest.Wait()
		if handled != 3 || !svc.Stopped() {
			t.Errorf("%d handled, stopped %v", handled, svc.Stopped())
		}
	})
}

// A service that can't be added leaves nothing, and nobody is told that it is done.
func TestRefusedServiceLeavesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		if _, err := AddService(nil, Config{Name: "n", Version: "1.0.0"}); !errors.Is(err, nats.ErrInvalidConnection) {
			t.Errorf("without a connection: %v", err)
		}
		before := w.nc.ErrorHandler()
		for _, c := range []Config{
			{Name: "n", Version: "1.0.0", Endpoint: &EndpointConfig{Subject: "a b", Handler: echo}},
			{Name: "n", Version: "1.0.0", Endpoint: &EndpointConfig{Subject: "a..b", Handler: echo}},
			{Name: "n", Version: "1.0.0", Endpoint: &EndpointConfig{Subject: "a"}},
			{Name: "n", Version: "1.0.0", Endpoint: &EndpointConfig{Subject: "a", Handler: HandlerFunc(nil)}},
			{Name: "n", Version: "1"},
			{Version: "1.0.0"},
		} {
			c.DoneHandler = func(Service) { t.Error("done") }
			if svc, err := AddService(w.nc, c); err == nil || svc != nil {
				t.Errorf("%+v was added: %v", c, err)
			}
		}
		synctest.Wait()
		if n := w.nc.NumSubscriptions(); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
		if reflect.ValueOf(w.nc.ErrorHandler()).Pointer() != reflect.ValueOf(before).Pointer() {
			t.Error("the connection has another error handler")
		}
	})
}

// Of endpoints that are added while the service stops none is left.
func TestStopAmongAddEndpoint(t *testing.T) {
	for round := range 500 {
		bubble(t, func(t *testing.T, w *world) {
			svc := add(t, w.nc, Config{})
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 5 {
						if err := svc.AddEndpoint("a", echo); err != nil && !errors.Is(err, ErrServiceStopped) {
							t.Error(err)
						}
					}
				})
			}
			wg.Go(func() {
				for range round % 50 { // sooner or later among them
					runtime.Gosched()
				}
				_ = svc.Stop()
			})
			wg.Wait()
			synctest.Wait()
			if n := w.nc.NumSubscriptions(); n != 0 {
				t.Errorf("%d subscriptions are left", n)
			}
		})
	}
}

// What a program changes in what it gave or got isn't changed in the service.
func TestServiceKeepsItsOwnCopies(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ep := &EndpointConfig{Subject: "a", Handler: echo, Metadata: map[string]string{"k": "v"}}
		c := Config{Metadata: map[string]string{"k": "v"}, Endpoint: ep}
		c.StatsHandler = func(ep *Endpoint) any {
			ep.Subject, ep.Name, ep.QueueGroup = "x", "x", "x"
			ep.EndpointConfig.Metadata["k"] = "x"
			return nil
		}
		svc := add(t, w.nc, c)
		c.Metadata["k"], ep.Metadata["k"], ep.Subject = "x", "x", "x"
		svc.Stats()
		svc.Info().Metadata["k"] = "x"
		svc.Info().Endpoints[0].Metadata["k"] = "x"
		svc.Stats().Metadata["k"] = "x"
		svc.Stats().Endpoints[0].Name = "x"
		want := EndpointInfo{Name: "default", Subject: "a", QueueGroup: DefaultQueueGroup, Metadata: map[string]string{"k": "v"}}
		if info := svc.Info(); info.Metadata["k"] != "v" || !reflect.DeepEqual(info.Endpoints, []EndpointInfo{want}) {
			t.Errorf("%+v", info)
		}
		if st := svc.Stats(); st.Endpoints[0].Name != "default" || st.Endpoints[0].Subject != "a" {
			t.Errorf("%+v", st.Endpoints[0])
		}
	})
}

// Stopped services, and those with nothing to tell, say so in empty lists.
func TestListsAreNeverNull(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		svc := add(t, w.nc, Config{})
		for range 2 {
			if info := svc.Info(); info.Endpoints == nil || info.Metadata == nil {
				t.Errorf("%#v", info)
			}
			if st := svc.Stats(); st.Endpoints == nil || st.Metadata == nil {
				t.Errorf("%#v", st)
			}
			must(t, svc.AddEndpoint("a", echo))
			must(t, svc.Stop())
			if got := svc.Info().Endpoints; len(got) != 0 {
				t.Errorf("stopped, with %v", got)
			}
			svc = add(t, w.nc, Config{Metadata: map[string]string{}})
		}
	})
}
