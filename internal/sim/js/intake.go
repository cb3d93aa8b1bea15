package js

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/pull"
)

// sink takes what an intake has for the program.
type sink interface {
	message(d delivery) bool // false: it isn't one of this consumption
	trouble(why pull.Reason)
	end(a pull.Action) (over bool)
	missing() (known bool)
}

// intake joins a pull machine with a client, as jetstream's does.
type intake struct {
	c    *Client
	s    *Stream
	name string
	cfg  pull.Config
	sink sink
	m    pull.Delivery
	ear  *ear // nil: messages are pulled
	acts []pull.Action
	due  time.Duration
	lead bool // advisories are wanted

	over, closing, shutDown bool
	collecting              bool // what it sends goes ahead of the queue
	loose                   bool // pulls of an earlier link, or that were given up, may still be served
}

func newIntake(c *Client, s *Stream, name string, cfg pull.Config, k sink) *intake {
	cfg.Chance = c.w.rnd.Int64N
	return &intake{c: c, s: s, name: name, cfg: cfg, sink: k, m: pull.New(cfg)}
}

func (in *intake) start(advised bool) {
	if advised {
		in.c.watchers = append(in.c.watchers, in.elected)
	}
	if epoch, up := in.c.watch(in); up {
		in.acts = in.m.LinkUp(in.c.w.now, epoch, in.acts[:0])
	} else {
		in.acts = in.m.Tick(in.c.w.now, in.acts[:0])
	}
	in.act()
}

func (in *intake) elected() {
	if !in.shutDown {
		in.c.w.tracef("%s is known to have a leader", in.name)
		in.loose = true
		in.acts = in.m.Leader(in.c.w.now, in.acts[:0])
		in.act()
	}
}

func (in *intake) linkUp(epoch uint64) {
	in.loose = epoch > 1
	in.collecting = true
	in.acts = in.m.LinkUp(in.c.w.now, epoch, in.acts[:0])
	in.act()
	in.collecting = false
	if s, ok := in.sink.(interface{ linkBack() }); ok {
		s.linkBack()
	}
}

func (in *intake) linkDown(epoch, _ uint64) {
	in.m.LinkDown(epoch)
}

func (in *intake) owner() *Client { return in.c }
func (in *intake) closed() bool   { return in.shutDown }

func (in *intake) message(d delivery) {
	if in.shutDown {
		return
	}
	if in.over && !in.closing {
		in.c.publish(func() { d.of.nak(d.seq) })
		return
	}
	in.c.w.tracef("%s sends %d as %d", d.consumer, d.seq, d.number)
	in.acts = in.acts[:0]
	if in.sink.message(d) {
		in.acts = in.m.Message(in.c.w.now, 1, "", in.acts)
	}
	in.act()
}

// counter is a sink that wants to know how many messages the consumer has delivered.
type counter interface{ delivered(n uint64) }

func (in *intake) status(id uint64, code, text string, sent uint64) {
	if in.shutDown {
		return
	}
	info := api.ParseStatus(code, text)
	in.c.w.tracef("%s says to pull %d: %s %s", in.name, id, code, text)
	if s, ok := in.sink.(counter); ok && info.Status == api.Heartbeat && in.m.Waits(id) {
		s.delivered(sent)
	}
	in.acts = in.m.Status(in.c.w.now, id, info, in.acts[:0])
	in.act()
}

func (in *intake) handled(n int) {
	in.acts = in.m.Handled(in.c.w.now, n, n, in.acts[:0])
	in.act()
}

func (in *intake) act() {
	w := in.c.w
	acts := append([]pull.Action(nil), in.acts...)
	for _, a := range acts {
		switch a.Kind {
		case pull.Pull:
			in.pull(a.Request)
		case pull.Warn:
			if a.Why == pull.NoHeartbeat {
				in.checkAlarm()
			}
			in.sink.trouble(a.Why)
		case pull.Ask:
			if !in.sink.missing() {
				in.ask()
			}
		case pull.End:
			if !in.over {
				in.over = in.sink.end(a)
			}
		case pull.Reply:
			in.c.publish(in.ear.answers[a.Subject])
			delete(in.ear.answers, a.Subject)
		}
	}
	if m, ok := in.m.(*pull.Machine); ok && in.cfg.Messages > 0 && !in.loose && m.Pending()+m.Buffered() > in.cfg.Messages && !in.cfg.Once {
		w.Fail("%s: %d are asked for and %d wait, more than %d", in.name, m.Pending(), m.Buffered(), in.cfg.Messages)
	}
	in.arm()
	if in.over && !in.closing {
		in.shut()
	}
}

// checkAlarm says whether heartbeats could be missed.
func (in *intake) checkAlarm() {
	in.loose = true
	switch now := in.c.w.now; {
	case !in.c.up:
		in.c.w.Fail("%s misses heartbeats without a link", in.name)
	case now-in.c.upAt < 2*in.cfg.Heartbeat:
		in.c.w.Fail("%s misses heartbeats of a link that came at %v", in.name, in.c.upAt)
	}
}

func (in *intake) arm() {
	at, ok := in.m.Deadline()
	if !ok || in.shutDown || in.due > 0 && in.due <= at {
		return
	}
	w := in.c.w
	if at < w.now-ms {
		w.Fail("%s: something is due since %v", in.name, at)
		return
	}
	in.due = max(at, 1)
	w.at(max(at, w.now), func() {
		if in.due != max(at, 1) || in.shutDown {
			return
		}
		in.due = 0
		in.acts = in.m.Tick(w.now, in.acts[:0])
		in.act()
	})
}

func (in *intake) pull(r pull.Request) {
	if !in.c.up {
		in.c.w.Fail("%s pulls without a link", in.name)
	}
	in.c.w.tracef("%s is pulled: %d, for %d, %v, heartbeat %v", in.name, r.ID, r.Messages, r.Expires, r.Heartbeat)
	s, name := in.s, in.name
	arrive := func() {
		w := s.w
		c := s.find(name)
		switch {
		case c != nil && c.lead.there():
			c.pull(&wait{in: in, id: r.ID, left: r.Messages, hb: r.Heartbeat}, r.Expires, r.NoWait)
		case c != nil && c.lead.silent && w.now-c.lead.lostAt < 100*ms:
		default:
			in.c.tell(func() { in.status(r.ID, "503", "", 0) })
		}
	}
	if in.collecting {
		in.c.ahead(arrive)
		return
	}
	in.c.publish(arrive)
}

const askTimeout = 2 * time.Second

// ask finds out whether the consumer exists.
func (in *intake) ask() {
	in.c.request(askTimeout, true, in.s.info(in.name), func(r reply) {
		if in.shutDown {
			return
		}
		answer := pull.Unknown
		switch {
		case r.value != nil:
			answer = pull.Exists
		case r.errCode == noConsumer:
			answer = pull.Missing
		}
		in.acts = in.m.Asked(in.c.w.now, answer, in.acts[:0])
		in.act()
	})
}

func (in *intake) shut() {
	if in.shutDown {
		return
	}
	in.shutDown = true
	in.m.Stop()
	in.c.unwatch(in)
}

func (in *intake) stop() {
	in.closing = true
	in.shut()
}
