package publish_test

import (
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// streamed publishes so much, and so quickly, that what comes last gathers, and
// returns how many messages that were.
func streamed(t *testing.T, nc *nats.Conn) int {
	t.Helper()
	const total = 20_000 // 1.3 MB, so that a PING goes out with it
	payload := make([]byte, 50)
	for range total {
		Must(t, nc.Publish("a", payload))
	}
	return total
}

// The end of a stream goes out by itself, without anything that asks for it.
func TestEndOfAStreamIsWritten(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	nc := Connect(t, s.URL(), nats.FenceEvery(1<<30, time.Hour))
	total := 0
	for range 5 {
		total += streamed(t, nc)
		s.Last().WaitOp("PUB", total)
	}
	Must(t, nc.Publish("a", []byte("one more")))
	s.Last().WaitOp("PUB", total+1)
	Until(t, "nothing is buffered", func() bool { n, err := nc.Buffered(); return err == nil && n == 0 })
}

// Closing right behind a stream loses nothing of it.
func TestCloseBehindAStreamWritesItsEnd(t *testing.T) {
	for range 5 {
		s := natstest.NewServer(t, natstest.Config{})
		var r Recorder
		nc := Connect(t, s.URL(), r.Options()...)
		total := streamed(t, nc)
		conn := s.Last()
		nc.Close()
		r.Wait(t, "closed", 1)
		conn.WaitOp("PUB", total)
		if n := r.Count("dropped"); n != 0 {
			t.Errorf("%d reports of dropped messages", n)
		}
	}
}

// What gathers is out of the way when a message needs the room.
func TestWhatGathersTakesNoRoom(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	const limit = 256 << 10 // the smallest with which messages gather
	nc := Connect(t, s.URL(), nats.ReconnectBufSize(limit), nats.OutboundFull(nats.WaitForRoom))
	total := streamed(t, nc)
	s.Last().WaitOp("PUB", total)
	// A stream again, and then a message that only just has room by itself.
	big := make([]byte, limit-100)
	for i := range 20 {
		for range 2000 {
			Must(t, nc.Publish("a", make([]byte, 50)))
		}
		begin := time.Now()
		Must(t, nc.Publish("b", big))
		if d := time.Since(begin); d > 5*time.Second {
			t.Fatalf("message %d waited %v", i, d)
		}
	}
	Must(t, nc.Flush())
}
