package end_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
)

// noServer is a dialer that reaches nobody.
type noServer struct{}

func (noServer) Dial(string, string) (net.Conn, error) { return nil, errors.New("nobody there") }

// Ten times as many subscriptions take ten times as long to end, not a hundred times,
// in whatever way they end.
func TestEndsTakeNoLongerTheMoreSubscriptionsThereAre(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(nc *nats.Conn, subs []*nats.Subscription) error
	}{
		{"Unsubscribe", func(_ *nats.Conn, subs []*nats.Subscription) (err error) {
			for _, s := range subs {
				err = errors.Join(err, s.Unsubscribe())
			}
			return err
		}},
		{"Drain of each", func(_ *nats.Conn, subs []*nats.Subscription) (err error) {
			for _, s := range subs {
				err = errors.Join(err, s.Drain())
			}
			return err
		}},
		{"Conn.Drain", func(nc *nats.Conn, _ []*nats.Subscription) error { return nc.DrainWithContext(context.Background()) }},
		{"Close", func(nc *nats.Conn, _ []*nats.Subscription) error { nc.Close(); return nil }},
	} {
		t.Run(end.name, func(t *testing.T) {
			run := func(n int) time.Duration {
				nc := Connect(t, "nats://127.0.0.1", nats.SetCustomDialer(noServer{}), nats.RetryOnFailedConnect(true),
					nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour), nats.Timeout(20*time.Millisecond))
				defer nc.Close()
				subs := make([]*nats.Subscription, n)
				for i := range subs {
					var err error
					switch subject := fmt.Sprint("a.", i); i % 3 {
					case 0:
						subs[i], err = nc.Subscribe(subject, func(*nats.Msg) {})
					case 1:
						subs[i], err = nc.SubscribeSync(subject)
					default:
						subs[i], err = nc.ChanSubscribe(subject, make(chan *nats.Msg, 1))
					}
					Must(t, err)
				}
				begin := time.Now()
				Must(t, end.do(nc, subs))
				Until(t, "the ends", func() bool { return nc.NumSubscriptions() == 0 })
				return time.Since(begin)
			}
			// A busy machine can make one run slow; it doesn't do so again and again.
			var few, many time.Duration
			for range 5 {
				few, many = min(run(500), run(500), run(500)), run(5000)
				if many < 40*few {
					return
				}
			}
			t.Errorf("500 take %v, 5,000 take %v", few, many)
		})
	}
}
