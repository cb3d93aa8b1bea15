package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

// step is something that happens to the servers, at a share of the duration.
type step struct {
	at float64
	do func(context.Context) error
}

// timeline plays the rolling restart, which takes as long as the servers do, and the
// steps, each at its time or, where the machine is slower
// than the timeline, as soon as the one before is through.
func (r *run) timeline(ctx context.Context) error {
	if r.cfg.Servers > 1 {
		if err := sleep(ctx, r.cfg.Duration/20); err != nil {
			return err
		}
		if err := r.rollingRestart(ctx); err != nil {
			return err
		}
	}
	steps := []step{
		{0.10, r.killSeat},
		{0.25, r.bringBack},
		{0.38, r.addServer},
		{0.52, r.killOriginals},
		{0.66, r.stopAll},
		{0.82, r.startAgain},
		{1.00, func(context.Context) error { return nil }},
	}
	if r.streams != nil {
		steps = slices.Insert(steps, 4, step{0.59, r.bringBack})
		steps[6].do = r.bringBack
	}
	began := time.Now()
	for i, s := range steps {
		at := s.at
		if i < len(steps)-1 {
			at += (r.rng.Float64() - 0.5) * 0.06 // the seed moves each step a little
		}
		if err := sleep(ctx, time.Until(began.Add(time.Duration(at*float64(r.cfg.Duration))))); err != nil {
			return err
		}
		if err := s.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sleep waits, unless ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *run) announce(format string, args ...any) {
	r.events.add(kindStep, "", fmt.Sprintf(format, args...), 0)
}

// killSeat kills the server that the program sits on.
func (r *run) killSeat(ctx context.Context) error {
	s := r.seat()
	if s == nil {
		return fmt.Errorf("the client isn't connected, though nothing happened yet")
	}
	r.announce("killing %s, where the program sits", label(s))
	return r.disturb(ctx, s.Kill, s)
}

func (r *run) bringBack(ctx context.Context) error {
	for _, s := range r.cluster.Servers() {
		if s.Running() {
			continue
		}
		r.announce("bringing %s back", label(s))
		if err := s.Restart(ctx); err != nil {
			return err
		}
		r.outages.end()
	}
	if err := r.cluster.WaitFormed(ctx); err != nil {
		return err
	}
	return r.waitBack(ctx)
}

// addServer adds a server that is in nobody's configuration.
func (r *run) addServer(ctx context.Context) error {
	r.announce("adding server %d, which nobody configured", len(r.cluster.Servers())+1)
	s, err := r.cluster.Add(ctx)
	if err != nil {
		return err
	}
	if err := r.cluster.WaitFormed(ctx); err != nil {
		return err
	}
	return r.wait(ctx, "hear of "+label(s), func() bool {
		for _, url := range r.nc.Servers() {
			if strings.HasSuffix(url, s.Addr()) {
				return true
			}
		}
		return false
	})
}

// killOriginals kills all servers that were there at the start; they stay dead, unless
// they have replicas of a stream.
func (r *run) killOriginals(ctx context.Context) error {
	originals := r.cluster.Servers()[:r.cfg.Servers]
	switch {
	case r.streams != nil:
		r.announce("killing %s to %d, which have all replicas", label(originals[0]), len(originals))
	case len(originals) == 1:
		r.announce("killing %s for good", label(originals[0]))
	default:
		r.announce("killing %s to %d for good", label(originals[0]), len(originals))
	}
	return r.disturb(ctx, func() error { return each(originals, (*cluster.Server).Kill) }, originals...)
}

// stopAll stops what is left, in an orderly way; with replicas of streams it kills them.
func (r *run) stopAll(ctx context.Context) error {
	left := r.cluster.Servers()
	if r.streams != nil {
		// Servers that look for each other's leaders take long to stop in an orderly way.
		r.announce("killing %s to %d: no server is left", label(left[0]), len(left))
		return r.disturb(ctx, func() error { return each(left, (*cluster.Server).Kill) }, left...)
	}
	last := left[r.cfg.Servers]
	r.announce("stopping %s: no server is left", label(last))
	return r.disturb(ctx, last.Stop, last)
}

func (r *run) startAgain(ctx context.Context) error {
	last := r.cluster.Server(r.cfg.Servers)
	r.announce("starting %s again", label(last))
	if err := last.Restart(ctx); err != nil {
		return err
	}
	r.outages.end()
	return r.waitBack(ctx)
}

// each does something to all servers at once.
func each(servers []*cluster.Server, do func(*cluster.Server) error) error {
	errs := make(chan error, len(servers))
	var wg sync.WaitGroup
	for _, s := range servers {
		wg.Go(func() { errs <- do(s) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// disturb takes servers away. If the program sat on one of them it must notice,
// and be back soon unless no server is left.
func (r *run) disturb(ctx context.Context, act func() error, victims ...*cluster.Server) error {
	losses, _ := r.events.balance()
	hit := slices.Contains(victims, r.seat())
	if err := act(); err != nil {
		return err
	}
	left := r.serversLeft()
	if !left {
		r.outages.begin()
	}
	if hit {
		if err := r.wait(ctx, "notice that its server is gone", func() bool {
			now, _ := r.events.balance()
			return now > losses
		}); err != nil {
			return err
		}
	}
	if !left {
		return nil
	}
	return r.waitBack(ctx)
}

func (r *run) serversLeft() bool {
	return slices.ContainsFunc(r.cluster.Servers(), (*cluster.Server).Running)
}

// seat is the running server that the client is connected to, if any.
func (r *run) seat() *cluster.Server {
	if !r.nc.IsConnected() {
		return nil
	}
	s := r.cluster.ByAddr(r.nc.ConnectedUrl())
	if s == nil || !s.Running() {
		return nil
	}
	return s
}

func (r *run) waitBack(ctx context.Context) error {
	return r.wait(ctx, "be connected again", func() bool {
		_, back := r.events.balance()
		return back && r.seat() != nil
	})
}

// recoveryPatience is how long the client may take for what should be a matter
// of milliseconds; generous, for machines that do much else meanwhile.
const recoveryPatience = 15 * time.Second

func (r *run) wait(ctx context.Context, what string, ok func() bool) error {
	deadline := time.Now().Add(recoveryPatience)
	for !ok() {
		if time.Now().After(deadline) {
			return fmt.Errorf("the client took longer than %v to %s", recoveryPatience, what)
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// outages are the times in which no server ran. They don't count as time that
// the client took to recover.
type outages struct {
	mu   sync.Mutex
	all  [][2]time.Time
	open bool
}

func (o *outages) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, [2]time.Time{time.Now()})
	o.open = true
}

// end closes the outage, if there is one.
func (o *outages) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open {
		o.all[len(o.all)-1][1] = time.Now()
		o.open = false
	}
}

// total is how long there was no server.
func (o *outages) total() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	var sum time.Duration
	for _, x := range o.all {
		if !x[1].IsZero() {
			sum += x[1].Sub(x[0])
		}
	}
	return sum
}

// recovery is how long the client took to come back while it could have.
func (o *outages) recovery(lost, back time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.all {
		if !x[1].IsZero() && x[0].Before(back) && x[1].After(lost) {
			lost = x[1]
		}
	}
	return max(0, back.Sub(lost))
}
