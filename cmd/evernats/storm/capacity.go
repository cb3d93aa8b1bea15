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
	handshakes float64 // a second, all servers
	rounds     int     // see Config.Rounds
	dials      float64 // refused ones, a second, all clients
}

// patience is the time-out of clients that only measure.
const patience = 30 * time.Second

// maxRounds is where more rounds make no difference that can be measured.
const maxRounds = 10

// measure finds out with n more clients, which are closed again.
func (r *realFleet) measure(ctx context.Context, n int) (c capacity, err error) {
	// The first time warms everybody up; the second counts.
	var took []time.Duration
	for range 2 {
		took, err = atOnce(n, strings.Join(r.cluster.URLs(), ","), true)
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
	// Several for each client: it is the dials that count, not making clients.
	urls := make([]string, deadURLs)
	for i := range urls {
		if urls[i], err = deadURL(); err != nil {
			return c, err
		}
	}
	if took, err = atOnce(n, strings.Join(urls, ","), false); err != nil {
		return c, err
	}
	c.dials = deadURLs * float64(n) / took[n-1].Seconds()
	return c, context.Cause(ctx)
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
			conns[i], errs[i] = nats.Connect(url, nats.Timeout(patience), nats.ConnectionAttemptDelay(-1), nats.IgnoreDiscoveredServers())
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
