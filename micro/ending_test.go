package micro

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/evernats/nats"
)

// Who calls the handler of the connection's end ends the services first, and finds its own
// back.
func TestClosedHandlerStandsBehindTheServices(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var told []string
		w.nc.SetClosedHandler(func(*nats.Conn) { told = append(told, "own") })
		one := add(t, w.nc, Config{Name: "one"})
		two := add(t, w.nc, Config{Name: "two"})
		w.nc.Opts.ClosedCB(w.nc)
		if !one.Stopped() || !two.Stopped() {
			t.Errorf("stopped %v and %v", one.Stopped(), two.Stopped())
		}
		w.nc.Opts.ClosedCB(w.nc)
		if want := []string{"own", "own"}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		w.nc.Close()
		synctest.Wait()
		if len(told) != 3 {
			t.Errorf("at the end told %v", told)
		}
	})
	bubble(t, func(t *testing.T, w *world) {
		svc := add(t, w.nc, Config{})
		w.nc.Opts.ClosedCB(w.nc)
		synctest.Wait()
		if !svc.Stopped() || w.nc.ClosedHandler() != nil {
			t.Errorf("stopped %v, the handler is left: %v", svc.Stopped(), w.nc.ClosedHandler() != nil)
		}
	})
}

// The connection's handler is called behind that of the service.
func TestTheServiceIsToldFirst(t *testing.T) {
	var told []string
	bubble(t, func(t *testing.T, w *world) {
		let := make(chan struct{})
		svc := add(t, w.nc, Config{ErrorHandler: func(Service, *NATSError) { told = append(told, "service") }})
		must(t, svc.AddEndpoint("a", HandlerFunc(func(Request) { <-let }), WithEndpointPendingLimits(1, -1)))
		overrun(t, w, "a")
		close(let)
	}, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { told = append(told, "own") }))
	if want := []string{"service", "own"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
