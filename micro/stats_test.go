package micro

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// Processing time is what the handler took, to the nanosecond, and nothing else.
func TestProcessingTime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		svc := add(t, w.nc, Config{Endpoint: &EndpointConfig{Subject: "a", Handler: HandlerFunc(func(r Request) {
			d, _ := time.ParseDuration(string(r.Data()))
			time.Sleep(d)
			_ = r.Respond(nil)
		})}})
		began := time.Now().UTC()
		if got := svc.Stats().Started; !got.Equal(began) || got.Location() != time.UTC {
			t.Errorf("started %v, want %v", got, began)
		}
		total := time.Duration(0)
		for i, d := range []time.Duration{10 * time.Millisecond, 0, time.Second, 7} {
			if _, err := w.nc.Request("a", []byte(d.String()), time.Minute); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			total += d
			st := svc.Stats().Endpoints[0]
			if st.NumRequests != i+1 || st.ProcessingTime != total || st.AverageProcessingTime != total/time.Duration(i+1) {
				t.Errorf("%d requests in %v, on average %v; want %d in %v", st.NumRequests, st.ProcessingTime, st.AverageProcessingTime, i+1, total)
			}
			time.Sleep(time.Hour)
		}
		svc.Reset()
		want := &EndpointStats{Name: "default", Subject: "a", QueueGroup: "q"}
		if got := svc.Stats(); !got.Started.Equal(time.Now()) || !reflect.DeepEqual(got.Endpoints[0], want) {
			t.Errorf("after Reset %+v, %+v", got, got.Endpoints[0])
		}
	})
}

// A request counts when its handler has returned, and not before.
func TestRequestsCountWhenHandled(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		let := make(chan struct{})
		svc := add(t, w.nc, Config{Endpoint: &EndpointConfig{Subject: "a", Handler: HandlerFunc(func(r Request) { <-let })}})
		must(t, w.nc.Publish("a", nil))
		must(t, w.nc.Publish("a", nil))
		must(t, w.nc.Flush())
		for want := range 3 {
			synctest.Wait()
			if n := svc.Stats().Endpoints[0].NumRequests; n != want {
				t.Errorf("%d requests, want %d", n, want)
			}
			if want < 2 {
				let <- struct{}{}
			}
		}
	})
}

// What a handler answers with after it has returned counts, too: one error for
// each request.
func TestLateErrorsCount(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		svc := add(t, w.nc, Config{Endpoint: &EndpointConfig{Subject: "a", Handler: HandlerFunc(func(r Request) {
			if string(r.Data()) == "both" {
				_ = r.Error("1", "early", nil)
			}
			go func() {
				time.Sleep(time.Second)
				_ = r.Error("2", "late", nil)
				_ = r.Error("3", "later", nil)
			}()
		})}})
		for i, data := range []string{"late", "both"} {
			must(t, w.nc.PublishRequest("a", "b", []byte(data)))
			must(t, w.nc.Flush())
			time.Sleep(time.Minute)
			if st := svc.Stats().Endpoints[0]; st.NumErrors != i+1 {
				t.Errorf("%s: %d errors, want %d", data, st.NumErrors, i+1)
			}
		}
	})
}
