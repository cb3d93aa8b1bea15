package lossless

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
)

// A real server hangs up on a subscription whose line is too long. The connection and
// its other subscriptions live on without it, and it is the one that is reported.
func TestServerThatRefusesALineKeepsTheConnection(t *testing.T) {
	long := "a." + strings.Repeat("x", 5000)
	for name, queue := range map[string]string{"subject": "", "queue": "q" + strings.Repeat("y", 5000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := servers(t, cluster.Config{Servers: 1})
			told := make(chan *nats.Subscription, 100)
			nc := connect(t, c.Server(0).URL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0),
				nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
					if errors.Is(err, nats.ErrPoisonSubscription) {
						told <- sub
					}
				}))
			other, err := nc.SubscribeSync("other")
			if err != nil {
				t.Fatal(err)
			}
			subject := long
			if queue != "" {
				subject = "short"
			}
			bad, err := nc.QueueSubscribeSync(subject, queue)
			if err != nil {
				t.Fatal(err)
			}
			select {
			case sub := <-told:
				if sub != bad {
					t.Errorf("reported the subscription to %.20q", sub.Subject)
				}
			case <-time.After(patience):
				t.Fatal("not reported")
			}
			if err := nc.FlushTimeout(patience); err != nil {
				t.Fatal(err)
			}
			if err := nc.Publish("other", nil); err != nil {
				t.Fatal(err)
			}
			if _, err := other.NextMsg(patience); err != nil {
				t.Errorf("the other one: %v", err)
			}
			if _, err := bad.NextMsg(time.Second); !errors.Is(err, nats.ErrPoisonSubscription) {
				t.Errorf("NextMsg: %v", err)
			}
		})
	}
}
