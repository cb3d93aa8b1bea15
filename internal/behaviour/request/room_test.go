package request_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Waiting for room in the outbound buffer is part of a request's time.
func TestRequestThatFindsNoRoomEndsInTime(t *testing.T) {
	for name, old := range map[string]bool{"shared inbox": false, "inbox of its own": true} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				options := []nats.Option{nats.SetCustomDialer(n), nats.MaxReconnects(-1),
					nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(100)}
				if old {
					options = append(options, nats.UseOldRequestStyle())
				}
				nc := Connect(t, s.URL(), r.Options(options...)...)
				n.Refuse(AddrA)
				s.Last().HangUp()
				r.Wait(t, "disconnected", 1)
				Must(t, nc.Publish("b", make([]byte, 200))) // takes the room that there is

				begin := time.Now()
				_, err := nc.Request("a", make([]byte, 200), time.Minute)
				if took := time.Since(begin); took != time.Minute {
					t.Errorf("it took %v", took)
				}
				if !errors.Is(err, nats.ErrTimeout) || !errors.Is(err, nats.ErrOutboundFull) {
					t.Errorf("got %v", err)
				}

				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				begin = time.Now()
				_, err = nc.RequestWithContext(ctx, "a", make([]byte, 200))
				if took := time.Since(begin); took != time.Second {
					t.Errorf("with a context it took %v", took)
				}
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, nats.ErrOutboundFull) {
					t.Errorf("with a context: %v", err)
				}
				nc.Close()
			})
		})
	}
}
