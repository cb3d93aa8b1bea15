package jetstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/push"
)

// pushIntake joins one consumption of a push consumer's messages with the world: it feeds
// its machine what comes in on the deliver subject, what becomes of the link, and the time.
type pushIntake struct {
	js           *jetStream
	stream, name string

	mu    sync.Mutex
	m     *push.Machine
	acts  []push.Action // room for the machine's answers
	alarm alarm.Alarm
	sub   port.Sub
	came  time.Duration // when the message being taken did
	over  bool          // nothing more is told

	// The sink's, called with the lock held. They must not wait.
	message func(m *nats.Msg)
	asked   func(reply string) // flow control
	trouble func(err error)
	closed  func()
}

func (in *pushIntake) start(cfg *ConsumerConfig) error {
	in.m = push.New(in.js.now(), push.Config{Heartbeat: cfg.IdleHeartbeat, Look: true, Chance: rand.Int64N})
	in.mu.Lock()
	in.m.LinkDown() // until it is known
	in.mu.Unlock()
	sub, err := in.js.port.InlineGroup(cfg.DeliverSubject, cfg.DeliverGroup, in.take, in.drained, in.ended)
	if err != nil {
		return err
	}
	in.mu.Lock()
	in.sub = sub
	if _, up := in.js.port.Watch(in); up {
		in.acts = in.m.LinkUp(in.js.now(), in.acts[:0])
		in.act()
	}
	over := in.over
	in.mu.Unlock()
	if over {
		in.shut() // the connection was closed meanwhile
	}
	return nil
}

// LinkUp is called for each new link.
func (in *pushIntake) LinkUp(_ port.Link, frames []byte) []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.acts = in.m.LinkUp(in.js.now(), in.acts[:0])
	in.act()
	return frames
}

// LinkDown is called when a link is gone.
func (in *pushIntake) LinkDown(uint64, uint64) {
	in.mu.Lock()
	in.m.LinkDown()
	in.mu.Unlock()
}

// take is called with each message on the deliver subject, on the reader's goroutine.
func (in *pushIntake) take(m *nats.Msg) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.over {
		return
	}
	now := in.js.now()
	in.came = now
	in.acts = in.acts[:0]
	if d, ok := api.ParseAck(m.Reply); ok {
		in.acts, _ = in.m.Message(now, d.ConsumerSeq, d.StreamSeq, in.acts)
		in.message(m)
	} else if code := controlOf(m); code != "" {
		in.status(now, m, code)
	} else {
		in.message(m) // somebody has published to the consumer's subject
	}
	in.act()
}

// controlOf is the status of a message that is about the consumer; empty: none.
func controlOf(m *nats.Msg) string {
	if len(m.Data) > 0 || m.Header == nil {
		return ""
	}
	return m.Header.Get("Status")
}

func (in *pushIntake) status(now time.Duration, m *nats.Msg, code string) {
	if api.ParseStatus(code, "").Status != api.Heartbeat {
		in.acts = in.m.Doubt(in.acts)
		return
	}
	reply := m.Reply
	if reply == "" {
		reply = m.Header.Get("Nats-Consumer-Stalled")
	}
	sent, _ := strconv.ParseUint(m.Header.Get("Nats-Last-Consumer"), 10, 64)
	in.acts = in.m.Heartbeat(now, sent, in.acts)
	if reply != "" {
		in.asked(reply)
	}
}

// tick is called by the timer.
func (in *pushIntake) tick() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.alarm.Rang()
	if in.over {
		return
	}
	in.acts = in.m.Tick(in.js.now(), in.acts[:0])
	in.act()
}

// act does what the machine says.
func (in *pushIntake) act() {
	if in.over {
		return
	}
	for _, a := range in.acts {
		switch a.Kind {
		case push.Inactive:
			in.trouble(ErrNoHeartbeat)
		case push.Look:
			go in.look()
		case push.Lost:
			in.trouble(ErrConsumerDeleted)
		}
	}
	in.arm()
}

// arm sets the alarm for what is due.
func (in *pushIntake) arm() {
	if at, ok := in.m.Deadline(); ok && in.alarm.Wants(at) {
		in.alarm.Set(at, at-in.js.now(), in.tick)
	}
}

// look finds out whether the consumer exists.
func (in *pushIntake) look() {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	answer := push.Unknown
	_, err := in.js.consumerInfo(ctx, in.stream, in.name)
	switch {
	case err == nil:
		answer = push.There
	case errors.Is(err, ErrConsumerNotFound) || errors.Is(err, ErrStreamNotFound):
		answer = push.Gone
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.acts = in.m.Looked(in.js.now(), answer, in.acts[:0])
	in.act()
}

// shut lets go of everything. What came before may still wait for the program.
func (in *pushIntake) shut() {
	in.mu.Lock()
	in.quiet()
	sub := in.sub
	in.sub = nil
	in.mu.Unlock()
	in.js.port.Unwatch(in)
	if sub != nil {
		sub.Stop()
	}
}

// quiet ends what it tells.
func (in *pushIntake) quiet() {
	in.over = true
	in.alarm.Stop()
}

// drain takes what is on its way, and no more.
func (in *pushIntake) drain() {
	in.mu.Lock()
	sub := in.sub
	in.mu.Unlock()
	if sub != nil {
		sub.Drain()
	}
}

// drained is called when all has come that was on its way, for drain or because the
// connection drains.
func (in *pushIntake) drained() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.quiet()
	in.closed()
}

// ended is called when the subscription is gone.
func (in *pushIntake) ended() {
	in.shut()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed()
}
