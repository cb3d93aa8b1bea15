package migrate_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// drains are what ends a queue group's member in good order in the middle of a move.
var drains = map[string]func(p *place, sub *nats.Subscription, giveUp func()) error{
	"the subscription drains": func(_ *place, sub *nats.Subscription, _ func()) error { return sub.Drain() },
	"the connection drains":   func(p *place, _ *nats.Subscription, _ func()) error { return p.nc.Drain() },
	"the subscription drains when the move was given up": func(_ *place, sub *nats.Subscription, giveUp func()) error {
		giveUp()
		time.Sleep(100 * time.Millisecond)
		return sub.Drain()
	},
	"the connection drains when the move was given up": func(p *place, _ *nats.Subscription, giveUp func()) error {
		giveUp()
		time.Sleep(100 * time.Millisecond)
		return p.nc.Drain()
	},
}

// A member of a queue group that drains while its connection moves has handled every
// message that either server gave it, however late that comes: the group loses none.
func TestAQueueDrainsInAMove(t *testing.T) {
	for name, drain := range drains {
		// Before queue subscriptions leave the old server, when they have, and when the
		// connection has moved.
		for _, after := range []time.Duration{400 * time.Millisecond, 900 * time.Millisecond, 1300 * time.Millisecond} {
			t.Run(fmt.Sprint(name, ", after ", after), func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					p := newPlace(t, n)
					var plain, group numbers
					mine, err := p.nc.QueueSubscribe("in", "group", group.handle)
					Must(t, err)
					for _, nc := range p.other {
						_, err = nc.QueueSubscribe("in", "group", group.handle)
						Must(t, err)
						Must(t, nc.Flush())
					}
					_, err = p.other[1].Subscribe("in", plain.handle)
					Must(t, err)
					Must(t, p.nc.Flush())
					in := stream(t, p.other[1], "in")
					ctx, giveUp := context.WithCancel(context.Background())
					defer giveUp()
					moved := make(chan error, 1)
					go func() { moved <- p.nc.Migrate(ctx) }()
					time.Sleep(after)
					p.b.Last().Update(func(b *natstest.Behavior) { b.AnswerDelay = 300 * time.Millisecond })
					time.Sleep(100 * time.Millisecond)
					Must(t, drain(p, mine, giveUp))
					time.Sleep(time.Second)
					sent := in()
					if mine.IsValid() {
						t.Error("it hasn't ended a second later")
					}
					time.Sleep(time.Second)
					if lost, again := plain.missing(sent); lost > 0 || again > 0 {
						t.Fatalf("a subscriber lost %d of %d, and got %d twice", lost, sent, again)
					}
					if lost, again := group.missing(sent); lost > 0 || again > 0 {
						t.Errorf("the group lost %d of %d, and got %d twice", lost, sent, again)
					}
					giveUp()
					Receive(t, "the end of the move", moved)
				})
			})
		}
	}
}
