package receive_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A lent message says all that an ordinary one says, its copy may be kept, and it can be
// answered and published.
func TestLentMessage(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n))
		sent := &nats.Msg{Subject: "in.a", Reply: "back", Header: nats.Header{"A": {"1", "2"}, "B": {"3"}}, Data: []byte("hello")}
		var kept, on, answer *nats.Msg
		sub, err := nc.SubscribeLent("in.*", func(m *nats.LentMsg) {
			kept = m.Copy()
			if a, b, c := m.HeaderValue("A"), m.HeaderValue("B"), m.HeaderValue("C"); a != "1" || b != "3" || c != "" {
				t.Errorf("headers %q, %q, %q", a, b, c)
			}
			values := 0
			for k, v := range m.Headers() {
				if !slices.Contains(sent.Header[k], v) {
					t.Errorf("header %q: %q", k, v)
				}
				if values++; values == 2 {
					break
				}
			}
			if h, err := nats.DecodeHeadersMsg(m.RawHeader); err != nil || len(h) != 2 || m.Subject != "in.a" || m.Sub == nil {
				t.Errorf("%q: %v, %v", m.Subject, h, err)
			}
			if err := m.Respond([]byte("thanks")); err != nil {
				t.Error(err)
			}
			if err := nc.PublishLent("out", m); err != nil {
				t.Error(err)
			}
		})
		Must(t, err)
		_, err = nc.Subscribe("out", func(m *nats.Msg) { on = m })
		Must(t, err)
		_, err = nc.Subscribe("back", func(m *nats.Msg) { answer = m })
		Must(t, err)
		Must(t, nc.PublishMsg(sent))
		Must(t, nc.Flush())
		synctest.Wait()
		if kept == nil || !kept.Equal(sent) || kept.Sub != sub {
			t.Errorf("the copy is %+v", kept)
		}
		if sent.Subject = "out"; on == nil || !on.Equal(sent) {
			t.Errorf("what was published is %+v", on)
		}
		if answer == nil || string(answer.Data) != "thanks" {
			t.Errorf("the answer is %+v", answer)
		}
		if _, err := sub.NextMsg(time.Second); err != nats.ErrSyncSubRequired || sub.Type() != nats.AsyncSubscription {
			t.Errorf("NextMsg: %v, type %v", err, sub.Type())
		}
		for what, err := range map[string]error{
			"no handler":   func() error { _, err := nc.SubscribeLent("a", nil); return err }(),
			"bad subject":  func() error { _, err := nc.SubscribeLent("", func(*nats.LentMsg) {}); return err }(),
			"bad queue":    func() error { _, err := nc.QueueSubscribeLent("a", "a b", func(*nats.LentMsg) {}); return err }(),
			"no message":   nc.PublishLent("a", nil),
			"no reply":     (&nats.LentMsg{Sub: sub}).Respond(nil),
			"not received": (&nats.LentMsg{Reply: "a"}).Respond(nil),
		} {
			want := map[string]error{
				"no handler": nats.ErrBadSubscription, "bad subject": nats.ErrBadSubject, "bad queue": nats.ErrBadQueueName,
				"no message": nats.ErrInvalidMsg, "no reply": nats.ErrMsgNoReply, "not received": nats.ErrMsgNotBound,
			}[what]
			if err != want {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
	})
}

// What a handler has in hand stays as it is while the subscription or the connection
// ends, and nothing is lent after that.
func TestLentMessageAtTheEnd(t *testing.T) {
	for what, end := range map[string]func(*nats.Conn, *nats.Subscription){
		"unsubscribed": func(_ *nats.Conn, s *nats.Subscription) { _ = s.Unsubscribe() },
		"used up":      func(_ *nats.Conn, s *nats.Subscription) { _ = s.AutoUnsubscribe(1) },
		"closed":       func(nc *nats.Conn, _ *nats.Subscription) { nc.Close() },
	} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			nc := Connect(t, s.URL(), nats.SetCustomDialer(n))
			other := Connect(t, s.URL(), nats.SetCustomDialer(n))
			calls, closed := 0, 0
			var sub *nats.Subscription
			subscribed := make(chan struct{})
			sub, err := nc.SubscribeLent("a", func(m *nats.LentMsg) {
				<-subscribed
				if calls++; calls == 1 {
					end(nc, sub)
					time.Sleep(time.Second)
				}
				if string(m.Data) != "0" || m.Subject != "a" {
					t.Errorf("%s: the message is %q now", what, m.Data)
				}
			})
			Must(t, err)
			sub.SetClosedHandler(func(string) { closed++ })
			close(subscribed)
			Must(t, nc.Flush())
			for i := range 100 {
				Must(t, other.Publish("a", fmt.Append(nil, i)))
			}
			Must(t, other.Flush())
			time.Sleep(time.Minute)
			synctest.Wait()
			if calls != 1 || closed != 1 || sub.IsValid() {
				t.Errorf("%s: %d calls, closed %d times, valid: %v", what, calls, closed, sub.IsValid())
			}
		})
	}
}

// A subscription that messages are lent to goes on over lost links, in order and with
// what is left of its count, and a drain handles what came in.
func TestLentOverLostLinks(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))
		var mu sync.Mutex
		var got, few []string
		slow := func(into *[]string) nats.LentHandler {
			return func(m *nats.LentMsg) {
				time.Sleep(time.Millisecond)
				mu.Lock()
				*into = append(*into, m.Copy().Subject+" "+string(m.Data))
				mu.Unlock()
			}
		}
		sub, err := nc.SubscribeLent("a", slow(&got))
		Must(t, err)
		counted, err := nc.SubscribeLent("a", slow(&few))
		Must(t, err)
		Must(t, counted.AutoUnsubscribe(25))
		var want []string
		for i := range 100 {
			if i%10 == 0 {
				if i > 0 {
					s.Conns()[len(s.Conns())-1].HangUpWhenSent()
					Until(t, "it is connected again", func() bool { return nc.Stats().Reconnects == uint64(i/10) && nc.IsConnected() })
				}
				Must(t, nc.Flush())
			}
			text := fmt.Sprintf("%d %s", i, make([]byte, i*37))
			want = append(want, "a "+text)
			Must(t, nc.Publish("a", []byte(text)))
			if i%10 == 9 {
				Must(t, nc.Flush())
			}
		}
		Must(t, sub.Drain())
		Until(t, "it has drained", func() bool { return !sub.IsValid() })
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(got, want) {
			t.Errorf("got %d messages, want %d", len(got), len(want))
		}
		if !slices.Equal(few, want[:25]) || counted.IsValid() {
			t.Errorf("got %d messages, want 25; valid: %v", len(few), counted.IsValid())
		}
	})
}

// A forwarder publishes what was lent to it on another connection: nothing of it is needed
// when the handler has returned, wherever it waits.
func TestForwardLent(t *testing.T) {
	for _, check := range []bool{true, false} {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			a, b := MemServer(t, n, AddrA), MemServer(t, n, AddrB)
			from := Connect(t, a.URL(), nats.SetCustomDialer(n), func(o *nats.Options) error { o.CheckLent = check; return nil })
			to := Connect(t, b.URL(), nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))
			_, err := from.SubscribeLent("in.>", func(m *nats.LentMsg) {
				if err := errors.Join(to.PublishLent("out", m), to.Publish(m.Subject, m.Data)); err != nil {
					t.Error(err)
				}
			})
			Must(t, err)
			var got, plain []*nats.Msg
			end := Connect(t, b.URL(), nats.SetCustomDialer(n))
			_, err = end.Subscribe("out", func(m *nats.Msg) { got = append(got, m) })
			Must(t, err)
			_, err = end.Subscribe("in.>", func(m *nats.Msg) { plain = append(plain, m) })
			Must(t, err)
			Must(t, from.Flush())
			Must(t, end.Flush())
			var want []*nats.Msg
			for i := range 500 {
				m := &nats.Msg{Subject: fmt.Sprint("in.", i), Data: fmt.Append(nil, i, make([]byte, i*7%900))}
				if i%3 == 0 {
					m.Header = nats.Header{"N": {fmt.Sprint(i)}}
				}
				if i%2 == 0 {
					m.Reply = fmt.Sprint("r.", i)
				}
				want = append(want, m)
				Must(t, from.PublishMsg(m))
			}
			Must(t, from.Flush())
			synctest.Wait()
			Must(t, to.Flush())
			Must(t, end.Flush())
			synctest.Wait()
			if len(got) != len(want) || len(plain) != len(want) {
				t.Fatalf("%d and %d messages, want %d", len(got), len(plain), len(want))
			}
			for i, m := range want {
				if plain[i].Subject != m.Subject || string(plain[i].Data) != string(m.Data) {
					t.Fatalf("message %d to %q", i, plain[i].Subject)
				}
				if m.Subject = "out"; !got[i].Equal(m) {
					t.Fatalf("message %d is %+v", i, got[i])
				}
			}
		})
	}
}
