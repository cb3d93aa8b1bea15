package transport

import (
	"context"
	"net"
	"time"
)

// maxRacing is how many addresses of a host are dialled at a time.
const maxRacing = 2

// race dials addrs in their order and returns the first connection. When an
// address fails the next one follows at once; when it is silent for delay the
// next one is tried beside it (delay negative: never). The losers are closed.
//
// dial must return soon after its context is done.
func race(ctx context.Context, addrs []string, delay time.Duration,
	dial func(ctx context.Context, addr string) (net.Conn, error)) (net.Conn, error) {

	type result struct {
		c   net.Conn
		err error
	}
	results := make(chan result)
	over := make(chan struct{})
	defer close(over)
	all, cancelAll := context.WithCancel(ctx)
	defer cancelAll()

	lanes := maxRacing
	if delay < 0 {
		lanes = 1
	}
	start := func(addr string, left int) {
		one, cancel := withShare(all, left, lanes)
		go func() {
			defer cancel()
			c, err := dial(one, addr)
			select {
			case results <- result{c, err}:
			case <-over:
				if err == nil {
					_ = c.Close()
				}
			}
		}()
	}

	var (
		errs   AddressErrors
		next   int
		racing int
	)
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	startNext := func() {
		start(addrs[next], len(addrs)-next)
		next++
		racing++
		timer.Stop()
		if delay >= 0 && next < len(addrs) {
			timer.Reset(delay)
		}
	}
	startNext()
	for {
		select {
		case r := <-results:
			if r.err == nil {
				return r.c, nil
			}
			racing--
			errs = append(errs, r.err)
			switch {
			case next < len(addrs):
				startNext()
			case racing == 0 && len(errs) == 1:
				return nil, errs[0]
			case racing == 0:
				return nil, errs
			}
		case <-timer.C:
			if racing < lanes {
				startNext()
			}
		case <-ctx.Done():
			return nil, append(errs, &Error{Phase: PhaseDial, Addr: addrs[next-1], Err: ctx.Err()})
		}
	}
}

// withShare gives an address its share of the time that is left, so that those
// after it get theirs: silent addresses must not use up the whole of it.
func withShare(ctx context.Context, left, lanes int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	rounds := (left + lanes - 1) / lanes
	if !ok || rounds <= 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(rounds))
}
