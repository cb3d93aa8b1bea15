package micro

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
)

// overrun lets an endpoint or a subscription drop messages: of those to subject the
// first is with its handler, the second waits, the third is too many.
func overrun(t *testing.T, w *world, subject string) {
	t.Helper()
	must(t, w.nc.Flush())
	for range 3 {
		must(t, w.nc.Publish(subject, nil))
		must(t, w.nc.Flush())
		synctest.Wait()
	}
}

// An asynchronous error is told to the service and counted by the endpoint whose
// subscription it is: not to those with the same subject, or the beginning of it.
func TestAsyncErrorsBelongToTheirEndpoint(t *testing.T) {
	var user []string
	bubble(t, func(t *testing.T, w *world) {
		var told []string
		let := make(chan struct{})
		wait, quiet := HandlerFunc(func(Request) { <-let }), HandlerFunc(func(Request) {})
		service := func(name string) Service {
			return add(t, w.nc, Config{Name: name, ErrorHandler: func(s Service, err *NATSError) {
				if !errors.Is(err, nats.ErrSlowConsumer) || err.Description != err.Unwrap().Error() {
					t.Errorf("told of %v", err)
				}
				told = append(told, s.Info().Name+" "+err.Subject)
			}})
		}
		one, two := service("one"), service("two")
		limit := WithEndpointPendingLimits(1, -1)
		must(t, one.AddEndpoint("a", wait, WithEndpointSubject("a.b"), limit))
		must(t, one.AddEndpoint("b", quiet, WithEndpointSubject("a")))
		must(t, one.AddEndpoint("c", quiet, WithEndpointSubject("a.b.c")))
		must(t, one.AddEndpoint("d", quiet, WithEndpointSubject("a.>")))
		must(t, two.AddEndpoint("a", quiet, WithEndpointSubject("a.b"), WithEndpointQueueGroup("other")))
		sub, err := w.nc.Subscribe("a.b.c.d", func(*nats.Msg) { <-let })
		must(t, err)
		must(t, sub.SetPendingLimits(1, -1))
		// The endpoint shares its queue group with another: enough for both.
		for range 3 {
			overrun(t, w, "a.b")
		}
		overrun(t, w, "a.b.c.d")
		if want := []string{"one a.b"}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		if want := []string{"a.b", "a.b.c.d"}; !slices.Equal(user, want) {
			t.Errorf("the connection's handler was told %v, want %v", user, want)
		}
		for _, svc := range []Service{one, two} {
			for i, st := range svc.Stats().Endpoints {
				want := 0
				if svc == one && i == 0 {
					want = 1
				}
				if st.NumErrors != want {
					t.Errorf("%s of %s: %d errors, want %d", st.Name, svc.Info().Name, st.NumErrors, want)
				}
			}
		}
		close(let)
	}, nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { user = append(user, sub.Subject) }))
}

// The connection has its error handler back when its last service has gone, in
// whatever order they go, unless the program has put another in its place.
func TestErrorHandlerIsGivenBack(t *testing.T) {
	same := func(a, b nats.ErrHandler) bool {
		return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		bubble(t, func(t *testing.T, w *world) {
			before := w.nc.ErrorHandler()
			var all []Service
			for i := range 3 {
				all = append(all, add(t, w.nc, Config{Name: fmt.Sprint(i)}))
			}
			for n, i := range order {
				if same(w.nc.ErrorHandler(), before) {
					t.Errorf("given back with %d services left", 3-n)
				}
				must(t, all[i].Stop())
			}
			if !same(w.nc.ErrorHandler(), before) {
				t.Error("not given back")
			}
			svc := add(t, w.nc, Config{})
			other := func(*nats.Conn, *nats.Subscription, error) {}
			w.nc.SetErrorHandler(other)
			must(t, svc.Stop())
			if !same(w.nc.ErrorHandler(), other) {
				t.Error("the program's own was replaced")
			}
		})
	}
}

// A handler that calls the one it found, and the services that were added before
// and after it: each is told once.
func TestErrorHandlersInARow(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var (
			mu   sync.Mutex // handlers of services run beside those of the connection
			told []string
		)
		tell := func(who string) {
			mu.Lock()
			told = append(told, who)
			mu.Unlock()
		}
		let := make(chan struct{})
		service := func(name string) {
			svc := add(t, w.nc, Config{Name: name, ErrorHandler: func(Service, *NATSError) { tell(name) }})
			must(t, svc.AddEndpoint(name, HandlerFunc(func(Request) { <-let }), WithEndpointPendingLimits(1, -1)))
		}
		service("one")
		for i := range 2 {
			found := w.nc.ErrorHandler()
			w.nc.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
				tell(fmt.Sprint("handler ", i))
				found(nc, sub, err)
			})
			service(fmt.Sprint("more", i))
		}
		overrun(t, w, "one")
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(told)
		if want := []string{"handler 0", "handler 1", "one"}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		close(let)
	})
}

// Handlers of a service are called one after the other, the done handler last.
func TestHandlersFollowOneAnother(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var told []string
		slow := func(what string) {
			told = append(told, what+" begins")
			time.Sleep(time.Second)
			told = append(told, what+" ends")
		}
		svc := add(t, w.nc, Config{
			DoneHandler:  func(Service) { slow("done") },
			ErrorHandler: func(_ Service, err *NATSError) { slow(err.Subject) },
		})
		must(t, w.nc.Publish("$SRV.PING", nil)) // nowhere to answer
		must(t, w.nc.Flush())
		synctest.Wait()
		must(t, w.nc.Publish("$SRV.INFO.n", nil))
		must(t, w.nc.Flush())
		synctest.Wait()
		must(t, svc.Stop())
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []string{"$SRV.PING begins", "$SRV.PING ends", "$SRV.INFO.n begins", "$SRV.INFO.n ends", "done begins", "done ends"}
		if !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		if n := atWork(); n != 0 {
			t.Errorf("%d goroutines are left", n)
		}
	})
}

// The errors of an answer say what they are and what caused them.
func TestErrorsOfAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		failed := make(chan error, 4)
		svc := add(t, w.nc, Config{Endpoint: &EndpointConfig{Subject: "a", Handler: HandlerFunc(func(r Request) {
			failed <- r.Respond(nil)
			failed <- r.RespondJSON(1)
			failed <- r.Error("1", "x", nil)
			failed <- r.RespondJSON(make(chan int))
		})}})
		must(t, w.nc.Publish("a", nil))
		for i, want := range [][]error{{ErrRespond, nats.ErrMsgNoReply}, {ErrRespond, nats.ErrMsgNoReply}, {nats.ErrMsgNoReply}, {ErrMarshalResponse}} {
			err := <-failed
			for _, target := range want {
				if !errors.Is(err, target) {
					t.Errorf("error %d is %v, want %v", i, err, target)
				}
			}
		}
		synctest.Wait()
		if st := svc.Stats().Endpoints[0]; st.NumErrors != 1 || st.LastError != nats.ErrMsgNoReply.Error() {
			t.Errorf("%+v", st)
		}
	})
}
