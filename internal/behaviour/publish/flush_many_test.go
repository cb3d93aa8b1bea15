package publish_test

import (
	"sync"
	"testing"
	"time"

	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Flushes that come while another one writes by itself are seen to as well.
func TestManyFlushesAtOnce(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	nc := Connect(t, s.URL(), Quick()...)
	for range 300 {
		begin := make(chan struct{})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				<-begin
				if err := nc.FlushTimeout(5 * time.Second); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		all.Wait()
		if t.Failed() {
			return
		}
	}
}
