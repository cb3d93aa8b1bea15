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

// anew makes the consumer anew, as often as it takes. want says behind which message it is to
// begin, 0 for the last that the program was given, and whether nobody wants it any more. It
// is tried until then; 0: as long as the limits allow. There is neither a consumer nor an error
// when nobody wants one. lost are those that may be there, too.
func (oc *ordered) anew(want func() (cursor uint64, over bool), until time.Duration) (c *consumer, cursor uint64, lost []string, err error) {
	js := oc.js
	wait := 50 * time.Millisecond
	limit, patience := oc.cfg.MaxResetAttempts, js.opts.DefaultTimeout
	var gone time.Duration // since when; 0: it isn't
	name, asked := oc.newName(), 0
	for attempt := 1; ; attempt++ {
		cursor, over := want()
		if over {
			if asked > 0 {
				lost = append(lost, name)
			}
			oc.remove(lost...)
			return nil, 0, nil, nil
		}
		if cursor == 0 {
			oc.mu.Lock()
			cursor = oc.cursor
			oc.mu.Unlock()
		}
		late := until > 0 && js.now() >= until
		if nc := js.nc; !late && !nc.IsConnected() && !nc.IsClosed() {
			attempt-- // it hasn't been tried
			time.Sleep(wait)
			continue
		}
		try := patience
		if limit <= 0 && attempt <= quickTries || late {
			try = min(quickTry, patience) // a little at least, where the time is over
		}
		ctx, cancel := context.WithTimeout(context.Background(), try)
		c, err := oc.create(ctx, name, cursor)
		cancel()
		if err == nil {
			return c, cursor, lost, nil
		}
		_, said := err.(JetStreamError)
		if !said {
			asked++
		}
		// What a server has against it may be just its name. One that pushes may be there,
		// and have sent something already.
		if said || asked == sameName || oc.pushed != nil {
			if asked > 0 {
				lost = append(lost[max(0, len(lost)-maxLost+1):], name)
			}
			name, asked = oc.newName(), 0
		}
		now := js.now()
		if err != ErrStreamNotFound {
			gone = 0
		} else if gone == 0 {
			gone = now
		}
		if gone > 0 && now-gone >= surelyGone || js.nc.IsClosed() || limit > 0 && attempt >= limit || late {
			return nil, 0, nil, err
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

// renew has the consumer made anew.
func (r *orderedRun) renew() {
	c, cursor, lost, err := r.oc.anew(func() (uint64, bool) {
		r.in.mu.Lock()
		defer r.in.mu.Unlock()
		return r.cursor, r.in.closing || r.in.over
	}, 0)
	switch {
	case c != nil:
		r.goOn(c, cursor, lost)
	case err != nil:
		r.giveUp(err)
	}
}

// goOn continues with another consumer. Those that were lost aren't needed.
func (r *orderedRun) goOn(c *consumer, cursor uint64, lost []string) {
	in := r.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closing || in.over || in.deaf() {
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
	if in.pushed != nil {
		in.hear()
	}
	in.acts = in.m.Renew(in.js.now(), in.acts[:0])
	in.act(nil)
	if in.pushed != nil {
		in.takeEarly()
	}
	if r.again {
		r.again = false
		r.reset(ErrOrderedConsumerReset)
	}
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
