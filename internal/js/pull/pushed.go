package pull

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// Delivery is what both machines have: how the messages of one consumption come.
type Delivery interface {
	Go(now time.Duration, acts []Action) []Action
	LinkUp(now time.Duration, epoch uint64, acts []Action) []Action
	LinkDown(epoch uint64)
	Leader(now time.Duration, acts []Action) []Action
	Message(now time.Duration, size int, pin string, acts []Action) []Action
	Status(now time.Duration, id uint64, info api.Info, acts []Action) []Action
	Waits(id uint64) bool
	Handled(now time.Duration, n, bytes int, acts []Action) []Action
	Asked(now time.Duration, a Answer, acts []Action) []Action
	Tick(now time.Duration, acts []Action) []Action
	Deadline() (at time.Duration, ok bool)
	Renew(now time.Duration, acts []Action) []Action
	Stop()
}

// Pushed is the state of one consumption of ordered consumers that send without being asked,
// each in the place of the one before. It stands where [Machine] does for those that are, says
// what it wants done as that does, and is told the same: heartbeats that are missed, and answers
// to flow control, are all that there is to it. It isn't safe for concurrent use.
type Pushed struct {
	heartbeat     time.Duration
	acts          []Action
	epoch         uint64
	up, stopped   bool
	heard         time.Duration
	came, handled uint64 // messages
	reply         string // that flow control waits for; empty: none
	due           uint64 // it is due when so many are handled
}

// NewPushed makes one that waits for its first link, and for Renew. heartbeat is how often the
// consumers say that they live.
func NewPushed(heartbeat time.Duration) *Pushed { return &Pushed{heartbeat: heartbeat, stopped: true} }

func (r *Pushed) take(acts []Action) []Action {
	acts = append(acts, r.acts...)
	r.acts = r.acts[:0]
	return acts
}

// Go is for those that are asked.
func (r *Pushed) Go(_ time.Duration, acts []Action) []Action { return acts }

// Leader is for those that another server may lead.
func (r *Pushed) Leader(_ time.Duration, acts []Action) []Action { return acts }

// Asked is for those that are looked for.
func (r *Pushed) Asked(_ time.Duration, _ Answer, acts []Action) []Action { return acts }

// Waits is for those that are asked.
func (r *Pushed) Waits(uint64) bool { return false }

// LinkUp says that a link is there.
func (r *Pushed) LinkUp(now time.Duration, epoch uint64, acts []Action) []Action {
	if epoch > r.epoch {
		r.epoch, r.up, r.heard = epoch, true, now
		r.reply = "" // of a server that has forgotten it
	}
	return acts
}

// LinkDown says that the link of that epoch is gone.
func (r *Pushed) LinkDown(epoch uint64) {
	if epoch >= r.epoch {
		r.epoch, r.up = epoch, false
	}
}

// Message says that one came that the program is given.
func (r *Pushed) Message(now time.Duration, _ int, _ string, acts []Action) []Action {
	r.heard = now
	r.came++
	return acts
}

// Status says that the server has said something of the consumer: that it lives, or something
// that may be its end.
func (r *Pushed) Status(now time.Duration, _ uint64, info api.Info, acts []Action) []Action {
	r.heard = now
	if info.Status != api.Heartbeat && !r.stopped {
		r.acts = append(r.acts, Action{Kind: Ask})
	}
	return r.take(acts)
}

// Flow says that the server waits for an answer to that subject, which is due when the
// program is done with what came before. It is said again when the answer got lost.
func (r *Pushed) Flow(reply string, acts []Action) []Action {
	if reply != r.reply {
		r.reply, r.due = reply, r.came
	}
	r.answer()
	return r.take(acts)
}

// Handled says that the program is done with so many messages.
func (r *Pushed) Handled(_ time.Duration, n, _ int, acts []Action) []Action {
	r.handled += uint64(n)
	r.answer()
	return r.take(acts)
}

func (r *Pushed) answer() {
	if r.reply != "" && r.handled >= r.due && !r.stopped {
		r.acts = append(r.acts, Action{Kind: Reply, Subject: r.reply})
		r.reply = ""
	}
}

// Stop ends it without a word.
func (r *Pushed) Stop() { r.stopped = true }

// Renew begins anew with another consumer.
func (r *Pushed) Renew(now time.Duration, acts []Action) []Action {
	r.stopped, r.heard, r.reply = false, now, ""
	return acts
}

// Tick says what time it is.
func (r *Pushed) Tick(now time.Duration, acts []Action) []Action {
	if at, ok := r.Deadline(); ok && now >= at {
		r.heard = now
		r.acts = append(r.acts, Action{Kind: Ask})
	}
	return r.take(acts)
}

// Deadline is when Tick has to be called, if nothing happens before: while there is no link
// no heartbeat is missed.
func (r *Pushed) Deadline() (at time.Duration, ok bool) {
	return r.heard + 2*r.heartbeat, r.up && !r.stopped
}
