package request_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

type answer struct {
	msg *nats.Msg
	err error
	at  time.Time
}

// ask makes a request in the background.
func ask(nc *nats.Conn, subject string, timeout time.Duration) <-chan answer {
	ch := make(chan answer, 1)
	go func() {
		m, err := nc.Request(subject, []byte("question"), timeout)
		ch <- answer{m, err, time.Now()}
	}()
	return ch
}

func TestRequestsRunToTheirTimeoutByDefault(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, SilentFor("svc"))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		begin := time.Now()
		ch := ask(nc, "svc", 5*time.Second)
		s.Last().WaitOp("PUB", 1)
		s.Last().HangUp()
		a := Receive(t, "the request's end", ch)
		if !errors.Is(a.err, nats.ErrTimeout) || a.at.Sub(begin) != 5*time.Second {
			t.Errorf("%v after %v", a.err, a.at.Sub(begin))
		}
		if len(Payloads("svc", s)) != 1 {
			t.Errorf("sent %d times", len(Payloads("svc", s)))
		}
	})
}

// An answer that finds the new connection counts.
func TestRequestSurvivesTheLossWhenItsAnswerComesLater(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, SilentFor("svc"))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		ch := ask(nc, "svc", 5*time.Second)
		op := s.Last().WaitOp("PUB", 1)
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		sub := s.WaitConn(2).WaitOp("SUB", 1)
		s.Last().SendMsg(op.Reply, sub.SID, "", "late")
		if a := Receive(t, "the answer", ch); a.err != nil || string(a.msg.Data) != "late" {
			t.Errorf("%v, %v", a.msg, a.err)
		}
	})
}

func TestFailRequestsOnDisconnect(t *testing.T) {
	for name, opts := range map[string][]nats.Option{"": nil, "AtLeastOnce": {nats.AtLeastOnce()}} {
		t.Run("confirmed by the server "+name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, SilentFor("svc"))
				nc := Connect(t, s.URL(), append(Quick(nats.SetCustomDialer(n), nats.FailRequestsOnDisconnect()), opts...)...)
				begin := time.Now()
				ch := ask(nc, "svc", time.Hour)
				s.Last().WaitOp("PUB", 1)
				Must(t, nc.Flush())
				s.Last().HangUp()
				a := Receive(t, "the request's end", ch)
				if !errors.Is(a.err, nats.ErrInDoubt) || a.at.Sub(begin) > time.Second {
					t.Errorf("%v after %v", a.err, a.at.Sub(begin))
				}
			})
		})
	}
	t.Run("not confirmed", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA, SilentFor("svc"))
			nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.FailRequestsOnDisconnect())...)
			ch := ask(nc, "svc", time.Hour)
			s.Last().WaitOp("PUB", 1)
			synctest.Wait()
			s.Last().HangUp()
			if a := Receive(t, "the request's end", ch); !errors.Is(a.err, nats.ErrInDoubt) {
				t.Errorf("%v", a.err)
			}
		})
	})
	t.Run("still queued", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.FailRequestsOnDisconnect(), nats.MaxReconnects(-1))...)
			_, err := nc.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond([]byte("answer")) })
			Must(t, err)
			Must(t, nc.Flush())
			n.Refuse(AddrA)
			s.Last().HangUp()
			r.Wait(t, "disconnected", 1)
			ch := ask(nc, "svc", time.Hour)
			synctest.Wait()
			n.Heal(AddrA)
			if a := Receive(t, "the answer", ch); a.err != nil || string(a.msg.Data) != "answer" {
				t.Errorf("%v, %v", a.msg, a.err)
			}
		})
	})
}

func TestRetryRequestsOnDisconnect(t *testing.T) {
	for name, opts := range map[string][]nats.Option{"": nil, "AtLeastOnce": {nats.AtLeastOnce()}} {
		for _, confirmed := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					// Only the third connection's service answers.
					s := MemServer(t, n, AddrA, Behaving(func(c *natstest.Conn) natstest.Behavior {
						return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
							return op.Subject == "svc" && c.ID() < 3
						}}
					}))
					var r Recorder
					nc := Connect(t, s.URL(), append(r.Options(nats.SetCustomDialer(n), nats.RetryRequestsOnDisconnect(),
						nats.FailRequestsOnDisconnect(), nats.ReconnectWait(time.Millisecond)), opts...)...)
					_, err := nc.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond([]byte("answer")) })
					Must(t, err)
					ch := ask(nc, "svc", time.Hour)
					for i := 1; i <= 2; i++ {
						c := s.WaitConn(i)
						c.WaitOp("PUB", 1)
						if confirmed {
							Must(t, nc.Flush())
						}
						synctest.Wait()
						c.HangUp()
						r.Wait(t, "reconnected", i)
					}
					if a := Receive(t, "the answer", ch); a.err != nil || string(a.msg.Data) != "answer" {
						t.Errorf("%v, %v", a.msg, a.err)
					}
				})
			})
		}
	}
}

// Requests of many goroutines while links die at random: each ends at once or is
// answered, none waits for its timeout of an hour.
func TestFailRequestsOnDisconnectInTheVeryMoment(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.FailRequestsOnDisconnect(),
			nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		_, err := nc.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(m.Data) })
		Must(t, err)
		Must(t, nc.Flush())
		begin := time.Now()
		var all sync.WaitGroup
		var mu sync.Mutex
		answered, failed := 0, 0
		for range 5 {
			all.Go(func() {
				for range 100 {
					_, err := nc.Request("svc", []byte("x"), time.Hour)
					mu.Lock()
					switch {
					case err == nil:
						answered++
					case errors.Is(err, nats.ErrInDoubt), errors.Is(err, nats.ErrNoResponders):
						failed++ // nobody responds as long as the service isn't subscribed again
					default:
						t.Error(err)
					}
					mu.Unlock()
					time.Sleep(time.Millisecond) // lets virtual time pass
				}
			})
		}
		for i := 1; i <= 20; i++ {
			n.Links(AddrA)[0].CutAfter(natstest.ToServer, 100+17*i)
			r.Wait(t, "reconnected", i)
		}
		all.Wait()
		if d := time.Since(begin); d > time.Hour {
			t.Errorf("a request waited for its timeout: %v", d)
		}
		if answered == 0 || failed == 0 {
			t.Errorf("%d answered, %d in doubt: both should have happened", answered, failed)
		}
	})
}

// Requests are sent again in the order in which they were made, with the data that
// they were made with, and only those that somebody still waits for.
func TestRequestsAreSentAgainInOrder(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, SilentFor("svc"))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.RetryRequestsOnDisconnect(), nats.MaxReconnects(-1),
			nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(100))...)
		const total = 50
		var all sync.WaitGroup
		for i := range total {
			data := []byte(fmt.Sprintf("%02d", i))
			all.Go(func() {
				_, _ = nc.Request("svc", data, time.Hour)
				copy(data, "xx")
			})
			s.Last().WaitOp("PUB", i+1)
		}
		data := []byte("no")
		all.Go(func() {
			_, _ = nc.Request("svc", data, 2*time.Second) // gives up while it is away
			copy(data, "xx")
		})
		s.Last().WaitOp("PUB", total+1)
		synctest.Wait() // for all to wait for their answers
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		time.Sleep(3 * time.Second) // of virtual time
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		s.Last().WaitOp("PUB", total)
		synctest.Wait()
		got := Published(s.Last(), "svc")
		for i, p := range got {
			if p != fmt.Sprintf("%02d", i) {
				t.Fatalf("sent again: %v", got)
			}
		}
		nc.Close()
		all.Wait()
	})
}
