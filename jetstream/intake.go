package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/pull"
	"github.com/evernats/nats/internal/wire"
)

// intake joins one consumption's machine with the world: it sends its pulls, feeds it
// what comes in on its inbox, what becomes of the link, and the time.
//
// Messages come on the reader's goroutine, links on the driver's, the time on a
// timer's: none of them waits, and each holds mu for as long as the machine thinks.
type intake struct {
	js           *jetStream
	stream, name string
	inbox        string // with its final dot; the pull's number follows
	subject      string // that is asked
	group        pullGroup
	sink         sink
	memory       func(size int) []byte // for the data of large messages; nil: each has its own
	lease        *lease
	pins         *pins
	pushed       *pushed // nil: messages are pulled

	mu       sync.Mutex
	m        pull.Delivery
	acts     []pull.Action // room for the machine's answers
	alarm    alarm.Alarm
	sub      port.Sub
	advisory port.Sub
	over     bool          // the machine has nothing more to say
	closing  bool          // drained or stopped: no end is told
	came     time.Duration // when the message came that is taken
}

// sink takes what an intake has for the program. It is called with the intake's lock
// held and must not wait.
type sink interface {
	// message takes a message, or says that it isn't one of this consumption. came says
	// that no other follows at once: now whoever waits for messages is to be woken.
	message(m *nats.Msg) bool
	came()
	// trouble takes what goes wrong and is over soon.
	trouble(err error)
	// end says that no message follows: the machine ended with that reason. It may know
	// better, and say that it goes on.
	end(why pull.Action) (over bool)
	// missing says that nobody has answered for the consumer for a while. It may know
	// what to do; else it is found out whether the consumer exists.
	missing() (known bool)
	// closed says that nothing comes any more. When the program is done with what came
	// before, shut is due.
	closed()
}

// counter is a sink that wants to know how many messages the consumer has delivered, which
// it says with each heartbeat.
type counter interface{ delivered(n uint64) }

func newIntake(c *consumer, cfg pull.Config, g pullGroup, s sink) *intake {
	cfg.Chance, cfg.Pin = rand.Int64N, c.pins.of(g.name)
	return &intake{
		pins: &c.pins,
		js:   c.js, stream: c.stream, name: c.name, group: g, sink: s,
		inbox: c.js.nc.NewInbox() + ".", subject: c.js.api.MsgNext(c.stream, c.name),
		m: pull.New(cfg),
	}
}

// start subscribes and pulls for the first time.
func (in *intake) start(advised bool) error {
	sub, err := in.js.port.InlineRuns(in.inbox+"*", in.take, in.memory, in.drained, in.ended)
	if err != nil {
		return err
	}
	var advisory port.Sub
	if advised {
		// It may be forbidden, and then it goes without.
		advisory, _ = in.js.port.Inline(api.LeaderElected(in.stream, in.name), in.elected, nil, nil, true)
	}
	in.mu.Lock()
	in.sub, in.advisory = sub, advisory
	in.mu.Unlock()
	in.watch()
	return nil
}

// watch begins with the link that there is.
func (in *intake) watch() {
	in.mu.Lock()
	link, up := in.js.port.Watch(in)
	if up {
		in.linkUp(link.Epoch)
	} else {
		in.acts = in.m.Tick(in.js.now(), in.acts[:0])
		in.act(nil)
	}
	over := in.over
	in.mu.Unlock()
	if over {
		in.shut()
	}
}

func (in *intake) linkUp(epoch uint64) {
	in.acts = in.m.LinkUp(in.js.now(), epoch, in.acts[:0])
	in.act(nil)
}

// LinkUp is called for each new link.
func (in *intake) LinkUp(l port.Link, frames []byte) []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.acts = in.m.LinkUp(in.js.now(), l.Epoch, in.acts[:0])
	in.act(&frames)
	if s, ok := in.sink.(interface{ linkBack() }); ok {
		s.linkBack()
	}
	return frames
}

// LinkDown is called when a link is gone.
func (in *intake) LinkDown(epoch, _ uint64) {
	in.mu.Lock()
	in.m.LinkDown(epoch)
	if s, ok := in.sink.(interface{ linkLost() }); ok {
		s.linkLost()
	}
	in.mu.Unlock()
}

// elected is called with the advisory that the consumer has a new leader.
func (in *intake) elected(*nats.Msg) {
	in.mu.Lock()
	in.acts = in.m.Leader(in.js.now(), in.acts[:0])
	in.act(nil)
	in.mu.Unlock()
}

// take is called with what comes in on the inbox. What came together is thought about with
// one lock and one look at the clock, and wakes the program once.
func (in *intake) take(msgs []nats.Msg, more bool) {
	in.mu.Lock()
	now := in.js.now()
	for i := range msgs {
		in.takeOne(now, &msgs[i])
	}
	if !more {
		in.sink.came()
	}
	in.arm()
	over := in.over && !in.closing
	in.mu.Unlock()
	if over && !more {
		in.shut()
	}
}

func (in *intake) takeOne(now time.Duration, m *nats.Msg) {
	in.acts = in.acts[:0]
	if in.pushed != nil && in.controlOrEarly(now, m) {
		return
	}
	if api.IsAck(m.Reply) {
		if in.over && !in.closing {
			// More than was wanted: somebody else shall have it, and soon.
			in.mu.Unlock()
			in.js.port.Publish(m.Reply, "", nil, ackNak)
			in.mu.Lock()
			return
		}
		pin := ""
		if m.Header != nil {
			if pin = m.Header.Get("Nats-Pin-Id"); pin != "" {
				in.pins.set(in.group.name, pin)
			}
		}
		in.came = now
		if in.sink.message(m) {
			in.acts = in.m.Message(now, sizeOf(m), pin, in.acts)
		}
	} else if id, ok := in.pullOf(m.Subject); ok {
		info := api.ParseStatus(m.Header.Get("Status"), m.Header.Get("Description"))
		if s, ok := in.sink.(counter); ok && info.Status == api.Heartbeat && in.m.Waits(id) {
			if n, err := strconv.ParseUint(m.Header.Get(api.LastDelivery), 10, 64); err == nil {
				s.delivered(n)
			}
		}
		if info.Status == api.WrongPin {
			in.pins.set(in.group.name, "")
		}
		in.acts = in.m.Status(now, id, info, in.acts)
	}
	in.do(nil)
}

// pullOf is the number of the pull that a status belongs to.
func (in *intake) pullOf(subject string) (uint64, bool) {
	if len(subject) <= len(in.inbox) {
		return 0, false
	}
	id, err := strconv.ParseUint(subject[len(in.inbox):], 10, 64)
	return id, err == nil
}

// sizeOf is what a server counts of a message against the bytes that were asked for.
func sizeOf(m *nats.Msg) int { return m.Size() }

// handled says that the program is done with so many messages.
func (in *intake) handled(n, bytes int) {
	in.mu.Lock()
	in.handledLocked(n, bytes)
	in.mu.Unlock()
}

func (in *intake) handledLocked(n, bytes int) {
	in.acts = in.m.Handled(in.js.now(), n, bytes, in.acts[:0])
	in.act(nil)
}

// tick is called by the timer.
func (in *intake) tick() {
	in.mu.Lock()
	in.alarm.Rang()
	in.acts = in.m.Tick(in.js.now(), in.acts[:0])
	in.act(nil)
	over := in.over && !in.closing
	in.mu.Unlock()
	if over {
		in.shut()
	}
}

// act does what the machine says, and sets the alarm.
func (in *intake) act(frames *[]byte) {
	in.do(frames)
	in.arm()
}

// do does what the machine says. Pulls are published, or appended to frames.
func (in *intake) do(frames *[]byte) {
	for i := range in.acts {
		a := &in.acts[i]
		switch a.Kind {
		case pull.Pull:
			in.pull(&a.Request, frames)
		case pull.Warn:
			in.sink.trouble(troubleOf(a.Why, a.Info))
		case pull.Ask:
			if !in.sink.missing() {
				go in.ask()
			}
		case pull.Reply:
			// One that finds no room is asked for again by a heartbeat.
			in.js.port.Publish(a.Subject, "", nil, nil)
		case pull.End:
			if !in.over {
				in.over = in.sink.end(*a)
			}
		}
	}
}

// arm sets the alarm for what is due.
func (in *intake) arm() {
	if at, ok := in.m.Deadline(); ok && in.alarm.Wants(at) {
		in.alarm.Set(at, at-in.js.now(), in.tick)
	}
}

// pullRequest is a pull in JSON.
type pullRequest struct {
	Batch     int           `json:"batch,omitempty"`
	MaxBytes  int           `json:"max_bytes,omitempty"`
	Expires   time.Duration `json:"expires,omitempty"`
	Heartbeat time.Duration `json:"idle_heartbeat,omitempty"`
	NoWait    bool          `json:"no_wait,omitempty"`
	Group     string        `json:"group,omitempty"`
	MinPend   int64         `json:"min_pending,omitempty"`
	MinAck    int64         `json:"min_ack_pending,omitempty"`
	Priority  uint8         `json:"priority,omitempty"`
	PinID     string        `json:"id,omitempty"`

	fetch   fetchOptions
	ordered *ordered // whose fetch it is, or nil
}

func (in *intake) pull(r *pull.Request, frames *[]byte) {
	body, err := json.Marshal(&pullRequest{
		Batch: r.Messages, MaxBytes: r.Bytes, Expires: r.Expires, Heartbeat: r.Heartbeat, NoWait: r.NoWait,
		Group: in.group.name, MinPend: in.group.minPending, MinAck: in.group.minAck, Priority: in.group.priority,
		PinID: r.Pin,
	})
	if err != nil {
		return // a struct of numbers and strings
	}
	reply := in.inbox + strconv.FormatUint(r.ID, 10)
	if frames != nil {
		*frames = wire.AppendPub(*frames, in.subject, reply, nil, body)
		return
	}
	// One that finds no room is missed like one that got lost.
	in.js.port.Publish(in.subject, reply, nil, body)
}

// askTimeout bounds the question whether the consumer exists.
const askTimeout = 2 * time.Second

// ask finds out whether the consumer exists.
func (in *intake) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	answer := pull.Unknown
	_, err := in.js.consumerInfo(ctx, in.stream, in.name)
	switch {
	case err == nil:
		answer = pull.Exists
	case errors.Is(err, ErrConsumerNotFound) || errors.Is(err, ErrStreamNotFound):
		answer = pull.Missing
	}
	in.mu.Lock()
	in.acts = in.m.Asked(in.js.now(), answer, in.acts[:0])
	in.act(nil)
	over := in.over && !in.closing
	in.mu.Unlock()
	if over {
		in.shut()
	}
}

// shut lets go of everything. What came before may still wait for the program.
func (in *intake) shut() {
	in.mu.Lock()
	in.m.Stop()
	in.alarm.Stop()
	sub, advisory := in.sub, in.advisory
	in.sub, in.advisory = nil, nil
	in.mu.Unlock()
	in.js.port.Unwatch(in)
	if in.pushed != nil {
		in.deafen()
	}
	if advisory != nil {
		advisory.Stop()
	}
	if sub != nil {
		sub.Stop()
	}
}

// stop ends it at once.
func (in *intake) stop() {
	in.mu.Lock()
	in.closing = true
	if s, ok := in.sink.(interface{ stopped() }); ok {
		s.stopped()
	}
	in.mu.Unlock()
	in.shut()
}

// drain asks for no more, and takes what is on its way.
func (in *intake) drain() {
	in.mu.Lock()
	in.closing = true
	in.m.Stop()
	in.alarm.Stop()
	sub := in.sub
	in.mu.Unlock()
	if sub != nil {
		sub.Drain()
	}
}

// drained is called when all has come that was on its way, for drain or because the
// connection drains.
func (in *intake) drained() {
	in.mu.Lock()
	in.closing = true
	in.m.Stop()
	in.alarm.Stop()
	in.sink.closed()
	in.mu.Unlock()
}

// ended is called when the inbox is gone.
func (in *intake) ended() {
	in.shut()
	in.mu.Lock()
	in.sink.closed()
	in.mu.Unlock()
}

// troubleOf is the error that a program knows for a reason.
func troubleOf(why pull.Reason, info api.Info) error {
	switch why {
	case pull.NoHeartbeat:
		return ErrNoHeartbeat
	case pull.NoResponders:
		return nats.ErrNoResponders
	case pull.LeadershipChange:
		return ErrConsumerLeadershipChanged
	case pull.ServerShutdown:
		return ErrServerShutdown
	case pull.Deleted:
		return ErrConsumerDeleted
	case pull.PushBased:
		return ErrNotPullConsumer
	case pull.BadRequest:
		return fmt.Errorf("%w: %s", ErrBadRequest, info.Text)
	case pull.TooLarge:
		return ErrMaxBytesExceeded
	case pull.WrongPin:
		return ErrPinIDMismatch
	}
	return fmt.Errorf("nats: %s (%d)", info.Text, info.Code)
}
