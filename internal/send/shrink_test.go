package send

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// What a burst needed on the send side is given back: messages, waiters, fences,
// control lines, pieces of batches.
func TestSendSideShrinksAfterABurst(t *testing.T) {
	for _, hold := range []bool{false, true} {
		t.Run(fmt.Sprintf("AtLeastOnce %v", hold), func(t *testing.T) {
			cfg := usual
			cfg.AtLeastOnce, cfg.AwayLimit, cfg.Limit, cfg.ChunkSize = hold, 1<<30, 1<<30, 64
			s, _ := newSender(cfg)
			const waiters, messages = 2000, 200_000
			var all sync.WaitGroup
			begin := make(chan struct{})
			for range waiters { // the runtime keeps what it needs for a goroutine
				all.Go(func() { <-begin })
			}
			close(begin)
			all.Wait()
			heap := liveBytes()
			gaveUp := make(chan struct{})
			for range messages {
				publish(t, s, nil, make([]byte, 90))
			}
			for range waiters {
				all.Go(func() {
					p := Publication{Confirm: true}
					publish(t, s, &p, nil)
					<-gaveUp
					s.Forget(p.Waiter)
				})
			}
			eventually(t, "all wait", func() bool {
				msgs, _ := s.Published()
				return msgs == waiters+messages
			})
			close(gaveUp)
			all.Wait()
			s.mu.Lock()
			s.buf.Connected(nil, nil)
			s.buf.Control(bytes.Repeat([]byte(wire.PongLine), 1<<20/len(wire.PongLine)))
			for range 1000 {
				s.buf.Fence(1)
			}
			list := s.listLocked()
			for s.buf.Ready() {
				*list = s.buf.Batch((*list)[:0], writeBatch)
				s.buf.Wrote(s.buf.Out())
			}
			s.putListLocked(list)
			for range 1000 {
				s.pongLocked()
			}
			s.mu.Unlock()
			s.write() // a writer that finds nothing
			if s.buf.Size() != 0 || s.buf.Held() != 0 {
				t.Fatalf("%d bytes wait, %d are held", s.buf.Size(), s.buf.Held())
			}
			liveBytes() // the pools let go of what is in them
			if left := liveBytes() - heap; left > 256<<10 {
				t.Errorf("%d bytes are kept", left)
			}
			runtime.KeepAlive(s)
		})
	}
}
