package receive_test

import (
	"errors"
	"testing"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Several things are wrong with a call: a subject or a queue that can't be comes
// first, then the connection, then what is missing.
func TestSubscribeSaysWhatIsWrongInOrder(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		for _, state := range []struct {
			name string
			want error
			turn func()
		}{
			{"connected", nats.ErrBadSubscription, func() {}},
			{"draining", nats.ErrConnectionDraining, func() {
				let := make(chan struct{})
				t.Cleanup(func() { close(let) })
				_, err := nc.Subscribe("in", func(*nats.Msg) { <-let })
				Must(t, err)
				Must(t, nc.Publish("in", nil))
				Must(t, nc.Flush())
				Must(t, nc.Drain())
			}},
			{"closed", nats.ErrConnectionClosed, nc.Close},
		} {
			state.turn()
			for name, subscribe := range map[string]func(subj, queue string) (*nats.Subscription, error){
				"Subscribe":      func(subj, _ string) (*nats.Subscription, error) { return nc.Subscribe(subj, nil) },
				"QueueSubscribe": func(subj, queue string) (*nats.Subscription, error) { return nc.QueueSubscribe(subj, queue, nil) },
				"ChanSubscribe":  func(subj, _ string) (*nats.Subscription, error) { return nc.ChanSubscribe(subj, nil) },
				"ChanQueueSubscribe": func(subj, queue string) (*nats.Subscription, error) {
					return nc.ChanQueueSubscribe(subj, queue, nil)
				},
			} {
				if _, err := subscribe("a", "q"); !errors.Is(err, state.want) {
					t.Errorf("%s, %s without a handler: %v, want %v", state.name, name, err, state.want)
				}
				if _, err := subscribe("a b", "q"); err != nats.ErrBadSubject {
					t.Errorf("%s, %s on a bad subject: %v", state.name, name, err)
				}
			}
			if _, err := nc.QueueSubscribe("a", "q q", nil); err != nats.ErrBadQueueName {
				t.Errorf("%s, QueueSubscribe with a bad queue: %v", state.name, err)
			}
		}
	})
}
