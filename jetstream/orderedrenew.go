package jetstream

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/evernats/nats/internal/js/pull"
)

// quickTry is how long an attempt to make a consumer anew waits for an answer. Who asks
// while nobody leads isn't answered at all, and the next one mustn't wait for that. After
// quickTries, some 30 s, it has more patience.
const (
	quickTry   = 400 * time.Millisecond
	quickTries = 60
	// sameName is how often a consumer is asked for by the same name when no answer comes.
	// The first may have made it, and then there is no second; or on a server that died
	// since, and nobody else answers for that name until it is back.
	sameName = 2
	// maxLost bounds how many of such names are kept, to be removed when there is one that
	// is answered for.
	maxLost = 16
)

// surelyGone is for how long the stream must not be there: a server that has just started
// may not know it yet, and a program that finds it gone may make it anew.
const surelyGone = 500 * time.Millisecond

// renew makes the consumer anew, as often as it takes.
func (r *orderedRun) renew() {
	wait := 50 * time.Millisecond
	limit, patience := r.oc.cfg.MaxResetAttempts, r.in.js.opts.DefaultTimeout
	var gone time.Duration // since when; 0: it isn't
	name, asked := r.oc.newName(), 0
	var lost []string // consumers that may be there
	for attempt := 1; ; attempt++ {
		r.in.mu.Lock()
		cursor, over := r.cursor, r.in.closing || r.in.over
		r.in.mu.Unlock()
		if over {
			if asked > 0 {
				lost = append(lost, name)
			}
			r.oc.remove(lost...)
			return
		}
		if cursor == 0 {
			r.oc.mu.Lock()
			cursor = r.oc.cursor
			r.oc.mu.Unlock()
		}
		if nc := r.in.js.nc; !nc.IsConnected() && !nc.IsClosed() {
			attempt-- // it hasn't been tried
			time.Sleep(wait)
			continue
		}
		try := patience
		if limit <= 0 && attempt <= quickTries {
			try = min(quickTry, patience)
		}
		ctx, cancel := context.WithTimeout(context.Background(), try)
		c, err := r.oc.create(ctx, name, cursor)
		cancel()
		if err == nil {
			r.goOn(c, cursor, lost)
			return
		}
		_, said := err.(JetStreamError)
		if !said {
			asked++
		}
		// What a server has against it may be just its name.
		if said || asked == sameName {
			if asked > 0 {
				lost = append(lost[max(0, len(lost)-maxLost+1):], name)
			}
			name, asked = r.oc.newName(), 0
		}
		now := r.in.js.now()
		if err != ErrStreamNotFound {
			gone = 0
		} else if gone == 0 {
			gone = now
		}
		if gone > 0 && now-gone >= surelyGone || r.in.js.nc.IsClosed() || limit > 0 && attempt >= limit {
			r.giveUp(err)
			return
		}
		pause := wait
		if !said && attempt <= quickTries {
			pause = min(pause, 50*time.Millisecond) // it has waited for the answer
		}
		time.Sleep(pause - time.Duration(rand.Int64N(int64(pause)/4)))
		if attempt > 3 {
			wait = 200 * time.Millisecond
		}
		if attempt > 150 { // some 30 s
			wait = 2 * time.Second
		}
	}
}

// goOn continues with another consumer. Those that were lost aren't needed.
func (r *orderedRun) goOn(c *consumer, cursor uint64, lost []string) {
	in := r.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closing || in.over {
		go r.oc.remove(append(lost, c.name)...)
		return
	}
	r.oc.use(c, cursor, true)
	if len(lost) > 0 {
		go r.oc.remove(lost...)
	}
	r.resetting, r.last, r.more = false, 0, r.oc.givesLast()
	if s, ok := r.sink.(renewer); ok {
		s.renewed(c.info.Load())
	}
	in.name, in.subject = c.name, in.js.api.MsgNext(in.stream, c.name)
	in.acts = in.m.Renew(in.js.now(), in.acts[:0])
	in.act(nil)
}

func (r *orderedRun) giveUp(err error) {
	r.in.mu.Lock()
	if r.in.over || r.in.closing {
		r.in.mu.Unlock()
		return
	}
	r.in.over = true
	r.sink.trouble(err)
	r.sink.end(pull.Action{Kind: pull.End, Why: pull.Deleted})
	r.release()
	r.in.mu.Unlock()
	r.in.shut()
}
