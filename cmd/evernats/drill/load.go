package drill

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

func (r *run) subject(flow string) string { return r.prefix + "." + flow }

// open connects the witness and the programs, and subscribes.
func (r *run) open() (err error) {
	h := nothing()
	h.disconnected = func(error) {
		if !r.over.Load() {
			r.lostWit.Add(1)
			r.event("note", "the witness lost its connection: the figures are disturbed")
		}
	}
	if r.witness, err = connectWitness(r.target, h); err != nil {
		return fmt.Errorf("can't connect to the servers: %s; check the URL and the credentials", r.target.hide(err.Error()))
	}
	r.dialer = r.net.dialer(dialTimeout, r.dialled)
	if r.program, err = r.lib.connect(r.target, r.cfg.Options, r.dialer, r.handlers()); err != nil {
		return fmt.Errorf("%s can't connect to the servers: %s; check the URL and the credentials", r.lib.name, r.target.hide(err.Error()))
	}
	other := r.net.dialer(dialTimeout, func(string, error) {})
	if r.second, err = r.lib.connect(r.target, r.cfg.Options, other, nothing()); err != nil {
		return fmt.Errorf("%s can't connect to the servers twice: %s", r.lib.name, r.target.hide(err.Error()))
	}
	take := func(a *account) func([]byte) {
		return func(data []byte) {
			if len(data) >= 8 {
				a.came(binary.BigEndian.Uint64(data), time.Now())
			}
		}
	}
	member := func(i int) func([]byte) {
		each := take(&r.queue)
		return func(data []byte) { r.member[i].Add(1); each(data) }
	}
	for _, s := range []struct {
		c             client
		subject, name string
		each          func([]byte)
	}{
		{r.witness, r.subject("pub"), "", take(&r.pub)},
		{r.witness, r.subject("req"), "", func([]byte) {}},
		{r.witness, r.subject("control"), "", func([]byte) { r.control.came(time.Now()) }},
		{r.program, r.subject("sub"), "", take(&r.sub)},
		{r.program, r.subject("queue"), "drill", member(0)},
		{r.second, r.subject("queue"), "drill", member(1)},
	} {
		if err := s.c.subscribe(s.subject, s.name, s.each); err != nil {
			return fmt.Errorf("can't subscribe: %s", r.target.hide(err.Error()))
		}
	}
	return nil
}

// probe sends messages that don't count until all flows have let some through, so that
// what is lost later is lost by the fault.
func (r *run) probe(ctx context.Context) error {
	began := time.Now()
	for time.Since(began) < probePatience && ctx.Err() == nil {
		probe := make([]byte, payloadBytes)
		_ = r.program.publish(r.subject("pub"), probe)
		_ = r.witness.publish(r.subject("sub"), probe)
		_ = r.witness.publish(r.subject("queue"), probe)
		if r.program.request(r.subject("req"), probe, 100*time.Millisecond) == nil {
			r.req.came(0, time.Now())
		}
		ready := true
		for _, a := range r.accounts() {
			probes, _ := a.seen()
			ready = ready && probes > 0
		}
		// A server may prefer the members nearest to it.
		both := r.member[0].Load() > 0 && r.member[1].Load() > 0 || time.Since(began) > time.Second
		if ready && both {
			return nil
		}
		sleep(ctx, 5*time.Millisecond)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errSilent
}

// send starts the senders.
func (r *run) send(ctx context.Context, senders *sync.WaitGroup) {
	senders.Go(func() {
		paced(ctx, r.cfg.Rate, func(i uint64) {
			began := time.Now()
			err := r.program.publish(r.subject("pub"), number(i))
			r.calls.add(began, time.Since(began))
			r.pub.sent(i, err, r.target.hide)
		})
	})
	for a, subject := range map[*account]string{&r.sub: r.subject("sub"), &r.queue: r.subject("queue")} {
		senders.Go(func() {
			paced(ctx, r.cfg.Rate, func(i uint64) { a.sent(i, r.witness.publish(subject, number(i)), r.target.hide) })
		})
	}
	senders.Go(func() {
		paced(ctx, controlRate, func(i uint64) { _ = r.witness.publish(r.subject("control"), number(i)) })
	})
	senders.Go(func() {
		paced(ctx, requestRate, func(i uint64) {
			senders.Go(func() {
				err := r.program.request(r.subject("req"), number(i), requestTimeout)
				if err == nil {
					r.req.came(i, time.Now())
				}
				r.req.sent(i, err, r.target.hide)
			})
		})
	})
}

func number(i uint64) []byte {
	data := make([]byte, payloadBytes)
	binary.BigEndian.PutUint64(data, i)
	return data
}

// paced calls do with 1, 2, 3 … at a rate, and catches up after a pause.
func paced(ctx context.Context, rate int, do func(i uint64)) {
	tick := time.NewTicker(max(time.Millisecond, time.Second/time.Duration(rate)))
	defer tick.Stop()
	began := time.Now()
	for i := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		due := uint64(time.Since(began).Seconds() * float64(rate))
		for ; i < due && ctx.Err() == nil; i++ {
			do(i + 1)
		}
	}
}

// close ends everything that the run opened.
func (r *run) close() {
	r.over.Store(true)
	if r.dialer != nil {
		r.dialer.forget()
	}
	for _, c := range []client{r.program, r.second, r.witness} {
		if c != nil {
			c.close()
		}
	}
	r.net.each((*pipe).reset)
}
