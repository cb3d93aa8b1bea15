package end_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// A subscription that is made while a drain begins is either drained or refused;
// one that was neither kept the drain waiting for its whole time.
func TestDrainWaitsForNoSubscriptionThatItMissed(t *testing.T) {
	const enough = time.Minute
	s := natstest.NewServer(t, natstest.Config{})
	for round := range 1000 {
		closed := make(chan struct{})
		failed := make(chan error, 1)
		nc, err := nats.Connect(s.URL(), nats.DrainTimeout(enough), nats.Timeout(enough),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { failed <- err }),
			nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for range 15 {
					if _, err := nc.Subscribe("a", func(*nats.Msg) {}); err != nil {
						return
					}
				}
			})
		}
		for range round % 40 { // drain sooner or later among them
			runtime.Gosched()
		}
		if err := nc.Drain(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-closed:
		case err := <-failed:
			t.Fatalf("the drain failed: %v", err)
		case <-time.After(enough / 2):
			left := nc.NumSubscriptions()
			nc.Close()
			t.Fatalf("the drain waits for %d subscriptions that nobody drains", left)
		}
		wg.Wait()
	}
}
