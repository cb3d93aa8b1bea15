package publish_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Each policy keeps what it promises in every state of the connection and with
// every size of the buffer: smaller than a message, about a batch, large.
func TestOutboundFullKeepsItsPromiseAtEveryBufferSize(t *testing.T) {
	const size, frame = 1000, 1014 // PUB a 1000 and CR LF twice
	for _, policy := range []nats.OutboundFullPolicy{nats.OutboundDefault, nats.FailPublish, nats.WaitForRoom, nats.DropOldest} {
		for _, state := range []string{"idle", "stuck", "away"} {
			for _, limit := range []int{100, 64 << 10, 256 << 10, 1 << 20} {
				t.Run(fmt.Sprintf("%v %s %d", policy, state, limit), func(t *testing.T) {
					Bubble(t, func(t *testing.T, n *natstest.Network) {
						s := MemServer(t, n, AddrA)
						var r Recorder
						nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
							nats.OutboundFull(policy), nats.ReconnectBufSize(limit))...)
						switch state {
						case "stuck":
							n.Stall(AddrA, natstest.ToServer)
							for sent := 0; sent < natstest.DefaultBuffer; sent += frame {
								Must(t, nc.Publish("a", make([]byte, size)))
								synctest.Wait() // the socket takes it as long as it takes any
							}
						case "away":
							n.Refuse(AddrA)
							s.Last().HangUp()
							r.Wait(t, "disconnected", 1)
						}
						// More than fits, twice over.
						total := 2*limit/frame + 10
						accepted, refused := 0, 0
						var failed error
						begin := time.Now()
						for i := range total {
							done := make(chan error, 1)
							go func() { done <- nc.Publish("a", []byte(fmt.Sprintf("%0*d", size, i))) }()
							var err error
							if policy == nats.WaitForRoom && state != "idle" {
								synctest.Wait()
								select {
								case err = <-done:
								default: // it waits, as it should
									err = context.DeadlineExceeded
								}
							} else {
								err = <-done
							}
							if err != nil {
								refused, failed = refused+1, err
								break
							}
							if accepted++; state == "idle" {
								synctest.Wait() // each one finds an empty buffer
							}
						}
						took := time.Since(begin)
						room := limit/frame + 1 // the last one may cross
						switch {
						case policy == nats.DropOldest || state == "idle":
							if refused != 0 {
								t.Errorf("refused number %d: %v", accepted, failed)
							}
						case policy == nats.WaitForRoom:
							if !errors.Is(failed, context.DeadlineExceeded) {
								t.Errorf("%d accepted, %v; it should wait", accepted, failed)
							}
						case state == "away":
							if failed != nats.ErrReconnectBufExceeded || accepted != room {
								t.Errorf("%d accepted, then %v", accepted, failed)
							}
						default:
							if !errors.Is(failed, nats.ErrOutboundFull) || errors.Is(failed, nats.ErrReconnectBufExceeded) {
								t.Errorf("%d accepted, then %v", accepted, failed)
							}
						}
						limitOfWait := time.Millisecond // it may pause out of the socket's way
						if policy == nats.OutboundDefault && state == "stuck" {
							limitOfWait = 1300 * time.Millisecond
						}
						if took > limitOfWait {
							t.Errorf("took %v", took)
						}
						n.Heal(AddrA)
						Must(t, nc.Flush())
						synctest.Wait()
						got := Payloads("a", s)
						numbers := got[:0:0]
						for _, p := range got {
							if strings.Trim(p, "\x00") != "" {
								numbers = append(numbers, p)
							}
						}
						if policy == nats.DropOldest {
							if len(numbers) == 0 || numbers[len(numbers)-1] != fmt.Sprintf("%0*d", size, total-1) {
								t.Error("the newest didn't arrive")
							}
							want := total
							if state == "stuck" {
								want += (natstest.DefaultBuffer + frame - 1) / frame
							}
							if len(got)+r.Dropped() != want || state != "idle" && r.Dropped() == 0 {
								t.Errorf("%d arrived, %d reported as dropped, of %d", len(got), r.Dropped(), want)
							}
						}
						if !slices.IsSorted(numbers) {
							t.Error("out of order")
						}
					})
				})
			}
		}
	}
}

// A message is taken as long as the buffer isn't full yet, so the last one may
// cross the limit, and an empty buffer takes one of any size.
func TestReconnectBufSizeIsCrossedByTheLastMessage(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectBufSize(1000))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		Must(t, nc.Publish("a", make([]byte, 900)))
		Must(t, nc.Publish("a", make([]byte, 5000)))
		if err := nc.Publish("a", nil); err != nats.ErrReconnectBufExceeded {
			t.Errorf("past the limit: %v", err)
		}
		n.Heal(AddrA)
		Must(t, nc.Flush())
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 2)
		Must(t, nc.Publish("a", make([]byte, 5000)))
		n.Heal(AddrA)
		Must(t, nc.Flush())
		if got := len(Payloads("a", s)); got != 3 {
			t.Errorf("%d arrived", got)
		}
	})
}

// The limit of AtLeastOnce bounds what waits without a connection too, and the
// error says which limit it is.
func TestAtLeastOnceLimitHoldsWithoutAConnection(t *testing.T) {
	const limit, size = 1 << 20, 1000
	for _, policy := range []nats.OutboundFullPolicy{nats.OutboundDefault, nats.FailPublish, nats.DropOldest} {
		for _, away := range []bool{true, false} {
			t.Run(fmt.Sprintf("%v away %v", policy, away), func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA)
					var r Recorder
					nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
						nats.AtLeastOnceLimit(limit), nats.OutboundFull(policy))...)
					if away {
						n.Refuse(AddrA)
						s.Last().HangUp()
						r.Wait(t, "disconnected", 1)
					} else {
						n.Stall(AddrA, natstest.ToServer)
					}
					var err error
					accepted := 0
					for ; err == nil && accepted < 3000; accepted++ {
						err = nc.Publish("a", make([]byte, size))
					}
					if waiting, _ := nc.Buffered(); waiting > limit {
						t.Errorf("%d bytes wait", waiting)
					}
					if policy == nats.DropOldest {
						if err != nil {
							t.Errorf("number %d: %v", accepted, err)
						}
						synctest.Wait()
						if r.Dropped() == 0 {
							t.Error("nothing was reported")
						}
					} else if !errors.Is(err, nats.ErrOutboundFull) || errors.Is(err, nats.ErrReconnectBufExceeded) != away ||
						!strings.Contains(err.Error(), "AtLeastOnceLimit") {
						t.Errorf("number %d: %v", accepted, err)
					}
					n.Heal(AddrA)
					Must(t, nc.Flush())
					if err := nc.Publish("a", nil); err != nil {
						t.Errorf("after the flush: %v", err)
					}
				})
			})
		}
	}
}

// The error of a full buffer doesn't say that a socket takes nothing when it does.
func TestOutboundFullErrorTellsWhatIsTrue(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.OutboundFull(nats.FailPublish), nats.ReconnectBufSize(2000))...)
		var err error
		for err == nil {
			err = nc.Publish("a", make([]byte, 1500)) // faster than the writer wakes up
		}
		if !strings.Contains(err.Error(), "ReconnectBufSize") || strings.Contains(err.Error(), "takes none") {
			t.Errorf("a socket that takes everything: %v", err)
		}
		n.Stall(AddrA, natstest.ToServer)
		for range 100 {
			if err = nc.Publish("a", make([]byte, 1500)); err != nil {
				time.Sleep(100 * time.Millisecond) // of virtual time
			}
		}
		time.Sleep(time.Minute / 2)
		if err = nc.Publish("a", make([]byte, 1500)); err == nil || !strings.Contains(err.Error(), "has taken nothing for") {
			t.Errorf("a stalled socket: %v", err)
		}
	})
}
