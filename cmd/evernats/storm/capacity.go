package storm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evernats/nats"
)

// capacity is what this machine can do, which clients and servers share.
type capacity struct {
	handshakes float64       // a second, all servers; unless there are gates
	rounds     int           // see Config.Rounds
	dials      float64       // refused ones, a second, all clients
	alone      time.Duration // what a handshake takes when there is no other
}

// String says it for whoever watches.
func (c capacity) String() string {
	dials := "a handshake takes " + ms(c.alone) + ", " + number(c.dials) + " dials a second are refused"
	if c.handshakes == 0 {
		return dials
	}
	return fmt.Sprintf("the servers take %s clients a second, in %d rounds; %s", number(c.handshakes), c.rounds, dials)
}

// ms is a short time.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

// patience is the time-out of clients that only measure.
const patience = 30 * time.Second

// maxRounds is where more rounds make no difference that can be measured.
const maxRounds = 10

// measure finds out with n more clients, which are closed again.
func (r *realFleet) measure(ctx context.Context, n int) (c capacity, err error) {
	if c.alone, err = measureAlone(r.url()); err != nil {
		return c, err
	}
	if len(r.gates) > 0 {
		c.dials, err = measureDials(ctx, n)
		return c, err
	}
	// The first time warms everybody up; the second counts.
	var took []time.Duration
	for range 2 {
		took, err = atOnce(n, r.url(), true)
		if err = errors.Join(err, context.Cause(ctx)); err != nil {
			return c, fmt.Errorf("can't measure what the servers can take: %w", err)
		}
	}
	half, most := took[n/2].Seconds(), took[n*99/100].Seconds()
	c.handshakes = 0.99 * float64(n) / most
	// Handshakes that wait for their turn in k rounds are done in the last k-th
	// part of the time: half of them at (k-½)/k of it.
	c.rounds = maxRounds
	if half < most {
		c.rounds = min(max(int(0.5/(1-half/most)+0.5), 1), maxRounds)
	}
	c.dials, err = measureDials(ctx, n)
	return c, err
}

// measureAlone finds out what a handshake takes that waits for nothing but the
// machine: the median of some, one after the other.
func measureAlone(url string) (time.Duration, error) {
	const some = 31
	var took []time.Duration
	for range some {
		one, err := atOnce(1, url, true)
		if err != nil {
			return 0, fmt.Errorf("can't measure what a handshake takes: %w", err)
		}
		took = append(took, one[0])
	}
	slices.Sort(took)
	return took[some/2], nil
}

// measureDials finds out how many dials a second n clients are good for.
func measureDials(ctx context.Context, n int) (float64, error) {
	// Several for each client: it is the dials that count, not making clients.
	urls := make([]string, deadURLs)
	for i := range urls {
		var err error
		if urls[i], err = deadURL(); err != nil {
			return 0, err
		}
	}
	took, err := atOnce(n, strings.Join(urls, ","), false)
	if err != nil {
		return 0, err
	}
	return deadURLs * float64(n) / took[n-1].Seconds(), context.Cause(ctx)
}

// deadURLs is how many servers refuse each client that measures that.
const deadURLs = 10

// atOnce lets n clients connect at once, and returns how long each took until it
// was connected, or refused.
func atOnce(n int, url string, connects bool) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	conns := make([]*nats.Conn, n)
	errs := make([]error, n)
	start := make(chan struct{})
	var begin time.Time
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-start
			conns[i], errs[i] = nats.Connect(url, nats.Timeout(patience), nats.ConnectionAttemptDelay(-1), nats.IgnoreDiscoveredServers(), nats.DetailedErrors())
			took[i] = time.Since(begin)
		})
	}
	begin = time.Now()
	close(start)
	done.Wait()
	for _, nc := range conns {
		if nc != nil {
			nc.Close()
		}
	}
	slices.Sort(took)
	if connects {
		return took, errors.Join(errs...)
	}
	return took, nil
}

// deadURL is one that nobody listens at.
func deadURL() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return "nats://" + l.Addr().String(), l.Close()
}
