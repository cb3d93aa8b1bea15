package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// What is slow when a move is given up.
var slow = map[string]func(from, to *natstest.Conn){
	"nobody": func(_, _ *natstest.Conn) {},
	// The answer to the fence comes behind three seconds of messages.
	"the server that was tried": func(_, to *natstest.Conn) {
		to.Update(func(b *natstest.Behavior) { b.AnswerDelay = 3 * time.Second })
	},
	// It hears three seconds late that the queue subscriptions are made again.
	"the server that is kept": func(from, _ *natstest.Conn) {
		from.Pause()
		time.AfterFunc(3*time.Second, from.Resume)
	},
}

// A move that is given up loses nothing when both servers live, however slow one of them
// is: the only member of a queue group gets each message once, and so does a subscriber.
func TestAnAbandonedMoveLosesNothing(t *testing.T) {
	for name, slowDown := range slow {
		// Before queue subscriptions leave the old server, and when they have.
		for _, after := range []time.Duration{400 * time.Millisecond, 900 * time.Millisecond} {
			t.Run(fmt.Sprint(name, " is slow, after ", after), func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					p := newPlace(t, n)
					var plain, queue numbers
					_, err := p.nc.Subscribe("in", plain.handle)
					Must(t, err)
					_, err = p.nc.QueueSubscribe("in", "group", queue.handle)
					Must(t, err)
					Must(t, p.nc.Flush())
					in := stream(t, p.other[0], "in")
					from := p.a.Conns()[0]
					ctx, cancel := context.WithCancel(context.Background())
					moved := make(chan error, 1)
					go func() { moved <- p.nc.Migrate(ctx) }()
					time.Sleep(after)
					slowDown(from, p.b.Last())
					time.Sleep(200 * time.Millisecond)
					cancel()
					if err := Receive(t, "the end of the move", moved); !errors.Is(err, context.Canceled) {
						t.Errorf("the move ends with %v", err)
					}
					time.Sleep(5 * time.Second)
					sent := in()
					time.Sleep(5 * time.Second)
					for who, got := range map[string]*numbers{"subscriber": &plain, "queue group": &queue} {
						if lost, again := got.missing(sent); lost > 0 || again > 0 {
							t.Errorf("the %s lost %d of %d, and got %d twice", who, lost, sent, again)
						}
					}
					p.at(p.a)
					p.quiet()
					// And it can move when all is well.
					Must(t, p.migrate())
					p.at(p.b)
				})
			})
		}
	}
}

// The old server is slow to confirm what was published: the switch waits for it, as long
// as its link lives, and nothing is lost, doubled or in doubt.
func TestASwitchWaitsForASlowServer(t *testing.T) {
	for name, slowDown := range map[string]func(c *natstest.Conn){
		"answers late": func(c *natstest.Conn) {
			c.Update(func(b *natstest.Behavior) {
				b.On = func(c *natstest.Conn, op natstest.Op) bool {
					if op.Kind == "PING" {
						time.AfterFunc(3*time.Second, func() { c.Send("PONG\r\n") })
					}
					return op.Kind == "PING"
				}
			})
		},
		"is silent for a moment": func(c *natstest.Conn) {
			c.Update(func(b *natstest.Behavior) { b.AnswerDelay = 450 * time.Millisecond })
		},
		"reads late": func(c *natstest.Conn) {
			c.Pause()
			time.AfterFunc(3*time.Second, c.Resume)
		},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				p := newPlace(t, n)
				var plain, queue, out numbers
				_, err := p.nc.Subscribe("in", plain.handle)
				Must(t, err)
				_, err = p.nc.QueueSubscribe("in", "group", queue.handle)
				Must(t, err)
				_, err = p.other[1].Subscribe("out", out.handle)
				Must(t, err)
				Must(t, p.nc.Flush())
				Must(t, p.other[1].Flush())
				in, sent := stream(t, p.other[0], "in"), stream(t, p.nc, "out")
				p.a.Conns()[0].Update(func(b *natstest.Behavior) {
					b.On = func(c *natstest.Conn, op natstest.Op) bool {
						if strings.HasSuffix(op.Subject, ".n.1") {
							slowDown(c)
						}
						return false
					}
				})
				Must(t, p.migrate())
				p.at(p.b)
				time.Sleep(3 * time.Second)
				plain.are(t, "the subscriber", in(), true)
				queue.are(t, "the queue group", len(plain.got), false)
				out.are(t, "the other program", sent(), true)
				p.quiet()
			})
		})
	}
}
