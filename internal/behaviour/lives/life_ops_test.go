package lives_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/evernats/nats"
)

// lifeWorker is a goroutine of a program that does what it likes.
type lifeWorker struct {
	*life
	w    int
	rnd  *rand.Rand
	sent int
	subs []*lifeSub
}

// lifeSub is a subscription, with what is needed to see that its end was one.
type lifeSub struct {
	sub    *nats.Subscription
	ch     chan *nats.Msg
	closed atomic.Bool   // its closed handler was called
	ended  time.Time     // when the program ended it
	over   chan struct{} // closed by the closed handler
}

func newLifeWorker(l *life, w int) *lifeWorker {
	return &lifeWorker{life: l, w: w, rnd: rand.New(rand.NewPCG(l.seed, 100+uint64(w)))}
}

func (w *lifeWorker) work() {
	for range lifeRounds {
		w.ops.Add(1)
		switch w.rnd.IntN(10) {
		case 0, 1, 2, 3:
			w.publish()
		case 4:
			w.confirm()
		case 5:
			w.request()
		case 6:
			w.subscribe()
		case 7:
			w.endSub()
		case 8:
			w.next()
		case 9:
			w.ask()
		}
		time.Sleep(time.Duration(w.rnd.IntN(20)) * time.Millisecond) // lets virtual time pass
	}
	for len(w.subs) > 0 {
		w.endSub()
	}
}

// timed fails the test when a call took longer, in virtual time, than it may.
func (w *lifeWorker) timed(what string, limit time.Duration, f func()) {
	begin := time.Now()
	f()
	if d := time.Since(begin); d > limit+5*time.Millisecond {
		w.bad("%s took %v, more than %v", what, d, limit)
	}
}

// message is the next one of this worker, of a size that some servers refuse now
// and then.
func (w *lifeWorker) message() (id string, data []byte) {
	id = fmt.Sprintf("%d:%d", w.w, w.sent)
	w.sent++
	size := 0
	switch w.rnd.IntN(30) {
	case 0:
		size = w.rnd.IntN(6_000)
	case 1:
		size = 900 + w.rnd.IntN(200)
	default:
		size = w.rnd.IntN(100)
	}
	return id, []byte(id + " " + strings.Repeat("x", size))
}

func (w *lifeWorker) note(id string, err error, maybe bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.accepted[id] = true
	case !maybe:
		w.refused[id] = true
	}
}

func (w *lifeWorker) publish() {
	for range w.rnd.IntN(60) {
		w.ops.Add(1)
		id, data := w.message()
		publish := func() { w.note(id, w.nc.Publish(fmt.Sprint("w.", w.w), data), false) }
		switch p := &w.plan; {
		case p.policy == nats.WaitForRoom:
			publish() // until the connection ends
		case p.policy == nats.OutboundDefault, p.policy == nats.DropOldest && p.hold:
			w.timed("Publish", 30*time.Second, publish) // what is unconfirmed can't be dropped
		default:
			w.timed("Publish", 0, publish)
		}
	}
}

func (w *lifeWorker) confirm() {
	d := time.Duration(1+w.rnd.IntN(100)) * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	id, data := w.message()
	w.timed("PublishConfirmed", d, func() {
		err := w.nc.PublishConfirmed(ctx, &nats.Msg{Subject: fmt.Sprint("w.", w.w), Data: data})
		if err == nil {
			w.mu.Lock()
			w.firm = append(w.firm, id)
			w.mu.Unlock()
		}
	})
}

func (w *lifeWorker) request() {
	d := time.Duration(1+w.rnd.IntN(100)) * time.Millisecond
	w.sent++
	subj, data := fmt.Sprintf("svc.%d.%d", w.w, w.sent), []byte("x")
	switch w.rnd.IntN(12) {
	case 0:
		subj = "nobody." + subj // each its own, or checkWaiters takes one for another
	case 1, 3:
		data = make([]byte, 5_000)
	case 2:
		subj = "long" + subj + strings.Repeat("x", 2*lifeMaxLine)
	}
	w.timed("Request", d, func() {
		if m, err := w.nc.Request(subj, data, d); err == nil && string(m.Data) != string(data) {
			w.bad("the answer to %d bytes is %d bytes", len(data), len(m.Data))
		}
	})
	w.mu.Lock()
	w.asked[subj] = time.Now()
	w.mu.Unlock()
}

func (w *lifeWorker) subscribe() {
	s := &lifeSub{}
	subj, queue := pick(w.rnd, fmt.Sprint("w.", w.rnd.IntN(lifeWorkers)), "w.*", "s.quiet"), ""
	switch w.rnd.IntN(25) {
	case 0:
		subj = "long." + strings.Repeat("x", 2*lifeMaxLine)
	case 1:
		subj = deniedSubject
	case 2, 3, 4:
		queue = "q"
	}
	handler := func(*nats.Msg) {
		if s.closed.Load() {
			w.bad("a message came after the subscription's closed handler")
		}
	}
	var err error
	kind := w.rnd.IntN(3)
	w.timed("Subscribe", 0, func() {
		switch kind {
		case 0:
			if queue == "" {
				s.sub, err = w.nc.Subscribe(subj, handler)
			} else {
				s.sub, err = w.nc.QueueSubscribe(subj, queue, handler)
			}
		case 1:
			s.sub, err = w.nc.SubscribeSync(subj)
		case 2:
			s.ch = make(chan *nats.Msg, w.rnd.IntN(20))
			s.sub, err = w.nc.ChanSubscribe(subj, s.ch)
		}
	})
	if err != nil {
		return
	}
	if len(subj) > lifeMaxLine {
		return // the program never ends it: it is there at each connection
	}
	if kind == 0 {
		s.over = make(chan struct{})
		s.sub.SetClosedHandler(func(string) {
			if s.closed.Swap(true) {
				w.bad("a subscription's closed handler was called twice")
				return
			}
			close(s.over)
		})
	}
	if kind != 2 && w.rnd.IntN(3) == 0 {
		_ = s.sub.SetPendingLimits(3, -1)
	}
	if w.rnd.IntN(3) == 0 {
		_ = s.sub.AutoUnsubscribe(1 + w.rnd.IntN(30))
	}
	w.subs = append(w.subs, s)
}

// endSub ends a subscription and does what the documentation allows then: a
// channel that is the program's may be closed.
func (w *lifeWorker) endSub() {
	if len(w.subs) == 0 {
		return
	}
	i := w.rnd.IntN(len(w.subs))
	s := w.subs[i]
	w.subs = slices.Delete(w.subs, i, i+1)
	drain := w.rnd.IntN(3) == 0
	if drain {
		w.timed("Subscription.Drain", 0, func() { _ = s.sub.Drain() })
	}
	if !drain || s.ch != nil {
		w.timed("Unsubscribe", 0, func() { _ = s.sub.Unsubscribe() })
	}
	if s.ch != nil {
		close(s.ch)
	}
	if s.over != nil {
		w.watch(s.over)
	}
}

// watch sees to it that what was ended comes to its end, with or without servers.
func (w *lifeWorker) watch(over <-chan struct{}) {
	w.watched.Go(func() {
		select {
		case <-over:
		case <-time.After(endsWithin):
			w.bad("a subscription's closed handler wasn't called within %v of its end", endsWithin)
		}
	})
}

// endsWithin is ample for a drained subscription: the server answers, or its death
// is noticed.
const endsWithin = 6 * time.Second

func (w *lifeWorker) next() {
	if len(w.subs) == 0 {
		return
	}
	s := w.subs[w.rnd.IntN(len(w.subs))]
	if s.ch != nil {
		select {
		case <-s.ch:
		default:
		}
		return
	}
	d := time.Duration(1+w.rnd.IntN(30)) * time.Millisecond
	w.timed("NextMsg", d, func() { _, _ = s.sub.NextMsg(d) })
}

// ask calls what only looks or waits.
func (w *lifeWorker) ask() {
	d := time.Duration(1+w.rnd.IntN(200)) * time.Millisecond
	switch w.rnd.IntN(5) {
	case 4:
		w.timed("StatusChanged", 0, func() {
			ch := w.nc.StatusChanged()
			if w.rnd.IntN(2) == 0 || raceDetector {
				w.nc.RemoveStatusListener(ch)
			} else {
				// The program's right: it is its channel. The race detector reports a
				// close beside a send, though the client bears it.
				close(ch)
			}
		})
	case 0:
		w.timed("FlushTimeout", d, func() { _ = w.nc.FlushTimeout(d) })
	case 1:
		w.timed("Barrier", 0, func() { _ = w.nc.Barrier(func() {}) })
	case 2:
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		w.timed("WaitConnected", d, func() { _ = w.nc.WaitConnected(ctx) })
	case 3:
		w.timed("the getters", 0, func() {
			w.nc.ServerPool()
			w.nc.Stats()
			w.nc.LastError()
			w.nc.Status()
			_, _ = w.nc.Buffered()
		})
	}
}
