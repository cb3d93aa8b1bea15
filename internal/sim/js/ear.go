package js

import (
	"strconv"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/pull"
)

// pushHeartbeat is how often consumers say that they live that push to watches and readers.
const pushHeartbeat = 1500 * time.Millisecond

// ear is what an intake has of consumers that push, besides, as jetstream's pushed is.
type ear struct {
	run     *pull.Pushed
	awaits  string   // the consumer that is being made
	early   []func() // what came of it before it is known what it had at its beginning
	answers map[string]func()
}

// subject is where one consumer pushes to.
type subject struct {
	in   *intake
	name string
}

func (s subject) owner() *Client { return s.in.c }
func (s subject) closed() bool {
	return s.in.shutDown || s.name != s.in.name && s.name != s.in.ear.awaits
}
func (s subject) message(d delivery) { s.hear(func() { s.in.message(d) }) }
func (s subject) heartbeat(_ string, sent uint64, asked func()) {
	s.hear(func() { s.in.lives(sent, asked) })
}

func (s subject) hear(what func()) {
	switch e := s.in.ear; {
	case s.in.shutDown:
	case s.name == e.awaits:
		e.early = append(e.early, what)
	case s.name == s.in.name:
		what()
	}
}

// newListener is an intake that is pushed to.
func newListener(c *Client, s *Stream, k sink) *intake {
	run := pull.NewPushed(pushHeartbeat)
	return &intake{c: c, s: s, sink: k, m: run, ear: &ear{run: run, answers: map[string]func(){}}}
}

// await listens to a consumer that is about to be made.
func (in *intake) await(cfg *consumerConfig) {
	cfg.push, cfg.heartbeat, cfg.flow = subject{in, cfg.name}, pushHeartbeat, 8
	in.ear.awaits, in.ear.early = cfg.name, nil
}

// takeEarly takes what came of a consumer before it was known.
func (in *intake) takeEarly() {
	early := in.ear.early
	in.ear.awaits, in.ear.early = "", nil
	for _, what := range early {
		what()
	}
}

// lives takes a heartbeat, with the question of flow control if there is one.
func (in *intake) lives(sent uint64, asked func()) {
	in.acts = in.m.Status(in.c.w.now, 0, api.Info{Status: api.Heartbeat}, in.acts[:0])
	in.c.w.tracef("%s lives and has sent %d, asks %v", in.name, sent, asked != nil)
	if asked != nil {
		// No message is sent before the answer, so its number names the question.
		reply := in.name + "." + strconv.FormatUint(sent, 10)
		in.ear.answers[reply] = asked
		in.acts = in.ear.run.Flow(reply, in.acts)
	}
	if s, ok := in.sink.(counter); ok {
		s.delivered(sent)
	}
	in.act()
}
