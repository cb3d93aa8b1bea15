package receive_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func encoded(t *testing.T, nc *nats.Conn, encoder string) *nats.EncodedConn {
	t.Helper()
	ec, err := nats.NewEncodedConn(nc, encoder)
	Must(t, err)
	return ec
}

// A channel that nobody reads keeps no goroutine once its subscription, or the
// connection, has ended.
func TestUnreadChannelIsLeftAlone(t *testing.T) {
	for name, end := range map[string]func(*nats.Conn, *nats.Subscription){
		"unsubscribed": func(_ *nats.Conn, s *nats.Subscription) { _ = s.Unsubscribe() },
		"closed":       func(nc *nats.Conn, _ *nats.Subscription) { nc.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				nc := Connect(t, s.URL(), nats.SetCustomDialer(n))
				ec := encoded(t, nc, nats.JSON_ENCODER)
				ch := make(chan int)
				sub, err := ec.BindRecvChan("a", ch)
				Must(t, err)
				Must(t, ec.Publish("a", 1))
				Must(t, ec.Flush())
				synctest.Wait()
				end(nc, sub)
				synctest.Wait() // what still runs at the end fails the bubble
				select {
				case v := <-ch:
					t.Errorf("%d was sent when nobody waited for it any more", v)
				default:
				}
			})
		})
	}
}

// A handler may have the message beside its subject and reply, and strings of types
// of its own.
func TestEncodedHandlerForms(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		ec := encoded(t, Connect(t, s.URL(), nats.SetCustomDialer(n)), nats.JSON_ENCODER)
		type name string
		var (
			mu  sync.Mutex
			got = make(map[string]int)
		)
		note := func(format string, args ...any) {
			mu.Lock()
			got[fmt.Sprintf(format, args...)]++
			mu.Unlock()
		}
		for _, cb := range []nats.Handler{
			func(subject string, m *nats.Msg) { note("%s %s", subject, m.Data) },
			func(subject, reply string, m *nats.Msg) { note("%s %s %s", subject, reply, m.Data) },
			func(subject, reply name, n *int) { note("%s %s %d", subject, reply, *n) },
		} {
			_, err := ec.Subscribe("a.*", cb)
			Must(t, err)
		}
		Must(t, ec.PublishRequest("a.b", "c", 5))
		Must(t, ec.Flush())
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if got["a.b 5"] != 1 || got["a.b c 5"] != 2 {
			t.Errorf("handlers got %v", got)
		}
	})
}

// A function that can't be called with a message is refused when it is given, with
// its type.
func TestEncodedHandlersRefused(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	ec := encoded(t, Connect(t, s.URL()), nats.JSON_ENCODER)
	for _, cb := range []nats.Handler{
		nil, 3, "x", func() {}, func(a, b, c, d string) {}, func(n int, v string) {}, func(a string, n int, v string) {},
		func(v ...string) {}, (func(int))(nil),
	} {
		sub, err := ec.Subscribe("a", cb)
		if err == nil || sub != nil {
			t.Errorf("%T was accepted", cb)
		} else if cb != nil && !strings.Contains(err.Error(), fmt.Sprintf("%T", cb)) {
			t.Errorf("%T: the error is %v", cb, err)
		}
	}
	for _, ch := range []any{(<-chan int)(nil), 3, nil} {
		if _, err := ec.BindRecvChan("a", ch); !errors.Is(err, nats.ErrChanArg) {
			t.Errorf("receive to %T: %v", ch, err)
		}
	}
	for _, ch := range []any{(chan<- int)(nil), 3, nil} {
		if err := ec.BindSendChan("a", ch); !errors.Is(err, nats.ErrChanArg) {
			t.Errorf("send from %T: %v", ch, err)
		}
	}
	if _, err := nats.NewEncodedConn(nil, nats.JSON_ENCODER); !errors.Is(err, nats.ErrInvalidConnection) {
		t.Errorf("without a connection: %v", err)
	}
	if n := ec.Conn.NumSubscriptions(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}
