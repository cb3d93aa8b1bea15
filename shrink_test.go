package nats

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// What a burst needed on the send side is given back: messages, waiters, fences,
// control lines, pieces of batches.
func TestSendSideShrinksAfterABurst(t *testing.T) {
	for _, hold := range []bool{false, true} {
		t.Run(fmt.Sprintf("AtLeastOnce %v", hold), func(t *testing.T) {
			o := GetDefaultOptions()
			o.AtLeastOnce, o.ReconnectBufSize, o.WriteBufferSize = hold, 1<<30, 64
			nc, err := newConn(o)
			if err != nil {
				t.Fatal(err)
			}
			s := &nc.out
			const waiters, messages = 2000, 200_000
			var all sync.WaitGroup
			begin := make(chan struct{})
			for range waiters { // the runtime keeps what it needs for a goroutine
				all.Go(func() { <-begin })
			}
			close(begin)
			all.Wait()
			heap := liveBytes()
			ctx, cancel := context.WithCancel(context.Background())
			for range messages {
				if err := nc.Publish("a", make([]byte, 90)); err != nil {
					t.Fatal(err)
				}
			}
			for range waiters {
				all.Go(func() { _ = nc.PublishConfirmed(ctx, &Msg{Subject: "a"}) })
			}
			for queued := uint64(0); queued < waiters+messages; time.Sleep(time.Millisecond) {
				s.mu.Lock()
				queued = s.buf.Seq()
				s.mu.Unlock()
			}
			cancel()
			all.Wait()
			s.mu.Lock()
			s.buf.Connected(nil, nil)
			s.buf.Control(bytes.Repeat([]byte(wire.PongLine), 1<<20/len(wire.PongLine)))
			for range 1000 {
				s.buf.Fence(1)
			}
			for s.buf.Ready() {
				s.batch = s.buf.Batch(s.batch[:0], writeBatch)
				s.buf.Wrote(s.buf.Out())
			}
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
			runtime.KeepAlive(nc)
		})
	}
}

func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
