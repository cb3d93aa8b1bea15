package request_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A request whose message is given up ends at once, with the reason, whatever form
// of Request it was.
func TestRequestsAreToldOfTheirMessagesEnd(t *testing.T) {
	data := make([]byte, 5000)
	forms := map[string]func(nc *nats.Conn) error{
		"Request": func(nc *nats.Conn) error {
			_, err := nc.Request("svc", data, time.Hour)
			return err
		},
		"RequestMsg": func(nc *nats.Conn) error {
			_, err := nc.RequestMsg(&nats.Msg{Subject: "svc", Header: nats.Header{"A": {"b"}}, Data: data}, time.Hour)
			return err
		},
		"RequestWithContext": func(nc *nats.Conn) error {
			_, err := nc.RequestWithContext(context.Background(), "svc", data)
			return err
		},
		"RequestMsgWithContext": func(nc *nats.Conn) error {
			_, err := nc.RequestMsgWithContext(context.Background(), &nats.Msg{Subject: "svc", Data: data})
			return err
		},
	}
	styles := map[string][]nats.Option{
		"": nil, "old style": {nats.UseOldRequestStyle()}, "AtLeastOnce": {nats.AtLeastOnce()},
		"RetryRequestsOnDisconnect": {nats.RetryRequestsOnDisconnect()}, "FailRequestsOnDisconnect": {nats.FailRequestsOnDisconnect()},
	}
	reasons := map[string]struct {
		opts []nats.Option
		then func(t *testing.T, nc *nats.Conn, n *natstest.Network, s *natstest.Server)
		want error
	}{
		"the next server's max_payload": {nil, func(t *testing.T, nc *nats.Conn, n *natstest.Network, s *natstest.Server) {
			s.SetInfo(func(info *natstest.Info) { info.MaxPayload = 1000 })
			n.Heal(AddrA)
		}, nats.ErrMaxPayload},
		"PublishTTL": {[]nats.Option{nats.PublishTTL(500 * time.Millisecond)}, func(*testing.T, *nats.Conn, *natstest.Network, *natstest.Server) {
		}, nats.ErrMessageExpired},
		"DropOldest": {[]nats.Option{nats.OutboundFull(nats.DropOldest), nats.ReconnectBufSize(64 << 10)}, func(t *testing.T, nc *nats.Conn, n *natstest.Network, s *natstest.Server) {
			for range 20 {
				Must(t, nc.Publish("filler", data))
			}
		}, nats.ErrMessageDropped},
		"Close": {nil, func(t *testing.T, nc *nats.Conn, n *natstest.Network, s *natstest.Server) {
			nc.Close()
		}, nats.ErrConnectionClosed},
	}
	for style, options := range styles {
		for form, request := range forms {
			for reason, c := range reasons {
				t.Run(strings.Join([]string{style, form, reason}, " "), func(t *testing.T) {
					t.Parallel()
					Bubble(t, func(t *testing.T, n *natstest.Network) {
						s := MemServer(t, n, AddrA)
						var r Recorder
						nc := Connect(t, s.URL(), append(append(r.Options(Quick(nats.SetCustomDialer(n))...), options...), c.opts...)...)
						n.Refuse(AddrA)
						s.Last().HangUp()
						r.Wait(t, "disconnected", 1)
						done := make(chan error, 1)
						begin := time.Now()
						go func() { done <- request(nc) }()
						synctest.Wait()
						c.then(t, nc, n, s)
						if err := Receive(t, "the request's end", done); !errors.Is(err, c.want) {
							t.Errorf("got %v, want %v", err, c.want)
						}
						if took := time.Since(begin); took > 2*time.Second {
							t.Errorf("it took %v", took)
						}
						if nc.IsClosed() {
							return
						}
						n.Heal(AddrA) // others are no worse off
						if _, err := nc.Request("nobody", nil, time.Minute); !errors.Is(err, nats.ErrNoResponders) {
							t.Errorf("the next request: %v", err)
						}
					})
				})
			}
		}
	}
}

// endsOver makes a server that hangs up on whoever sends it such a message.
func endsOver(subject string) func(*natstest.Config) {
	return Behaving(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
		if op.Subject == subject {
			c.HangUp()
			return true
		}
		return false
	}}))
}

// A request over which every connection ends isn't sent for ever: whoever made it
// is told, and the others get their answers.
func TestPoisonRequestIsGivenUp(t *testing.T) {
	for name, options := range map[string][]nats.Option{
		"sent again":                 {nats.RetryRequestsOnDisconnect()},
		"sent again and AtLeastOnce": {nats.RetryRequestsOnDisconnect(), nats.AtLeastOnce()},
		"AtLeastOnce":                {nats.AtLeastOnce()},
		"AtLeastOnce, old style":     {nats.AtLeastOnce(), nats.UseOldRequestStyle()},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, endsOver("poison"))
				var r Recorder
				nc := Connect(t, s.URL(), append(r.Options(Quick(nats.SetCustomDialer(n))...), options...)...)
				_, err := nc.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(m.Data) })
				Must(t, err)
				Must(t, nc.Flush())
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				done := make(chan error, 1)
				go func() {
					_, err := nc.RequestWithContext(ctx, "poison", []byte("x"))
					done <- err
				}()
				innocent := make([]<-chan answer, 5)
				for i := range innocent {
					innocent[i] = ask(nc, "slow", time.Hour)
				}
				if err := Receive(t, "the end", done); !errors.Is(err, nats.ErrPoisonMessage) {
					t.Errorf("got %v", err)
				}
				Must(t, nc.WaitConnected(ctx))
				Must(t, nc.Flush())
				losses := r.Count("disconnected")
				if losses > 10 {
					t.Errorf("%d connections ended", losses)
				}
				time.Sleep(time.Minute) // of virtual time
				if got := r.Count("disconnected"); got != losses {
					t.Errorf("connections go on to end: %d", got)
				}
				RequestsWork(t, nc)
				nc.Close()
				for _, ch := range innocent {
					if a := Receive(t, "the end of another request", ch); errors.Is(a.err, nats.ErrPoisonMessage) {
						t.Errorf("another request: %v", a.err)
					}
				}
			})
		})
	}
}

// Connections that end for other reasons, however many, convict no request.
func TestRequestsInFlightOverManyLossesAreNoPoison(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, SilentFor("svc"))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(Quick(nats.SetCustomDialer(n), nats.RetryRequestsOnDisconnect())...)...)
		var asked []<-chan answer
		for range 20 {
			asked = append(asked, ask(nc, "svc", time.Hour))
		}
		for i := 1; i <= 12; i++ {
			c := s.WaitConn(i)
			c.WaitOp("PUB", 20)
			if i%2 == 0 {
				time.Sleep(2 * time.Second) // of virtual time: the server has confirmed them
			}
			c.HangUp()
			r.Wait(t, "reconnected", i)
		}
		c := s.Last()
		c.WaitOp("PUB", 20)
		inbox := c.WaitOp("SUB", 1).SID
		for i := range 20 {
			c.SendMsg(c.WaitOp("PUB", i+1).Reply, inbox, "", "late")
		}
		for _, ch := range asked {
			if a := Receive(t, "the answer", ch); a.err != nil {
				t.Error(a.err)
			}
		}
	})
}

// A reconnect that the program asks for is no end for its requests: their answers
// may come on the new connection. FailRequestsOnDisconnect makes it one.
func TestForceReconnectLeavesRequestsWaiting(t *testing.T) {
	for name, c := range map[string]struct {
		opt  nats.Option
		want error
	}{
		"by default": {nil, nil}, "FailRequestsOnDisconnect": {nats.FailRequestsOnDisconnect(), nats.ErrInDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, SilentFor("svc"))
				nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), c.opt)...)
				begin := time.Now()
				ch := ask(nc, "svc", 5*time.Second)
				op := s.Last().WaitOp("PUB", 1)
				Must(t, nc.ForceReconnect())
				sub := s.WaitConn(2).WaitOp("SUB", 1)
				if c.want == nil {
					time.Sleep(time.Second) // of virtual time
					s.Last().SendMsg(op.Reply, sub.SID, "", "late")
				}
				a := Receive(t, "the request's end", ch)
				if c.want != nil && (!errors.Is(a.err, c.want) || a.at.Sub(begin) > time.Second) {
					t.Errorf("%v after %v", a.err, a.at.Sub(begin))
				}
				if c.want == nil && (a.err != nil || string(a.msg.Data) != "late") {
					t.Errorf("%v, %v", a.msg, a.err)
				}
			})
		})
	}
}
