package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats"
)

const (
	subjectData  = "demo.data"
	subjectEcho  = "demo.echo"
	payloadBytes = 64
)

// requestsPerSecond are made beside the messages.
const requestsPerSecond = 20

// requestPatience is a request's timeout beyond any outage of the timeline, so
// that a request made while no server runs is late, not lost.
const requestPatience = 20 * time.Second

// workload publishes, receives and requests over one connection.
type workload struct {
	nc   *nats.Conn
	cfg  Config
	data *nats.Subscription

	stopPublishing context.CancelFunc
	giveUp         context.CancelFunc // ends the requests that still wait
	publishers     sync.WaitGroup
	requests       sync.WaitGroup

	ledger    ledger
	published atomic.Uint64
	refused   atomic.Uint64 // publishes that returned an error
	inDoubt   atomic.Uint64
	dropped   atomic.Uint64
	asked     atomic.Uint64
	answered  atomic.Uint64
	unsure    atomic.Uint64 // requests that failed with ErrInDoubt
	failed    atomic.Uint64 // requests that failed otherwise
	unasked   atomic.Uint64 // requests that were refused, as publishes are
	abandoned atomic.Uint64 // requests that still waited at the end

	publish latency
	pause   latency // what the machine itself makes goroutines wait

	mu         sync.Mutex
	refusal    error // the first of each
	requestErr error
}

func newWorkload(cfg Config) *workload { return &workload{cfg: cfg} }

func (w *workload) start(ctx context.Context, nc *nats.Conn) (err error) {
	w.nc = nc
	w.data, err = nc.Subscribe(subjectData, func(m *nats.Msg) {
		w.ledger.take(binary.BigEndian.Uint64(m.Data))
	})
	if err != nil {
		return err
	}
	// What waits in memory must not become a reason to lose something.
	if err := w.data.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	ctx, w.stopPublishing = context.WithCancel(ctx)
	asking, giveUp := context.WithCancel(context.Background())
	w.giveUp = giveUp
	_, err = nc.Subscribe(subjectEcho, func(m *nats.Msg) { answer(asking, m) })
	if err != nil {
		return err
	}
	w.publishers.Go(func() { w.runPublisher(ctx) })
	w.publishers.Go(func() { w.runRequester(ctx, asking) })
	w.publishers.Go(func() { w.watchPauses(ctx) })
	return nil
}

// runPublisher publishes what is due each millisecond.
func (w *workload) runPublisher(ctx context.Context) {
	payload := make([]byte, payloadBytes)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	var tried uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		due := uint64(time.Since(began).Seconds() * float64(w.cfg.Rate))
		for ; tried < due && ctx.Err() == nil; tried++ {
			w.publishOne(payload)
		}
	}
}

func (w *workload) publishOne(payload []byte) {
	binary.BigEndian.PutUint64(payload, w.published.Load()+1)
	began := time.Now()
	err := w.nc.Publish(subjectData, payload)
	w.publish.add(time.Since(began))
	if err != nil {
		w.refused.Add(1)
		w.note(&w.refusal, err)
		return
	}
	w.published.Add(1)
}

// note keeps the first error of its kind.
func (w *workload) note(first *error, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if *first == nil {
		*first = err
	}
}

func (w *workload) runRequester(ctx, asking context.Context) {
	tick := time.NewTicker(time.Second / requestsPerSecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.requests.Go(func() { w.request(asking) })
		}
	}
}

// answer sends a request back. One that can't be answered for another reason than
// a full buffer shows as a request that failed.
func answer(ctx context.Context, m *nats.Msg) {
	for full(m.Respond(m.Data)) && sleep(ctx, time.Millisecond) == nil {
	}
}

// full says whether a message was refused since the client's buffer had no room.
func full(err error) bool {
	return errors.Is(err, nats.ErrOutboundFull) || errors.Is(err, nats.ErrReconnectBufExceeded)
}

func (w *workload) request(ctx context.Context) {
	text := fmt.Sprint("request ", w.asked.Add(1))
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Duration+requestPatience)
	defer cancel()
	m, err := w.nc.RequestWithContext(ctx, subjectEcho, []byte(text))
	switch {
	case err == nil && string(m.Data) == text:
		w.answered.Add(1)
		return
	case err == nil:
		err = fmt.Errorf("%q was answered with %q", text, m.Data)
	case full(err):
		w.unasked.Add(1)
		return
	case errors.Is(err, context.Canceled):
		w.abandoned.Add(1)
		return
	}
	w.note(&w.requestErr, err)
	if errors.Is(err, nats.ErrInDoubt) {
		w.unsure.Add(1)
	} else {
		w.failed.Add(1)
	}
}

// watchPauses measures by how much a goroutine that wants to run each
// millisecond is late. A Publish can't be quicker than the machine lets it.
func (w *workload) watchPauses(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		time.Sleep(time.Millisecond)
		w.pause.add(time.Since(began) - time.Millisecond)
	}
}

const (
	settlePatience      = 20 * time.Second
	interruptedPatience = 2 * time.Second
)

// finish stops the publishers and waits for what is under way. It says whether
// all that was published has reached a server, so that what hasn't arrived by
// then never will.
func (w *workload) finish(interrupted bool) (settled bool) {
	w.stopPublishing()
	w.publishers.Wait()
	patience := settlePatience
	if interrupted {
		patience = interruptedPatience
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	settled = w.settle(ctx)
	if settled {
		answered := make(chan struct{})
		go func() { w.requests.Wait(); close(answered) }()
		select {
		case <-answered:
		case <-ctx.Done():
		}
	}
	w.giveUp()
	w.requests.Wait()
	return settled
}

// settle flushes until a flush succeeded with no connection lost meanwhile, and
// all that arrived before its PONG has been handed to the subscriber.
func (w *workload) settle(ctx context.Context) bool {
	for {
		before := w.nc.Stats().Reconnects
		if err := w.nc.FlushWithContext(ctx); err != nil {
			if ctx.Err() != nil || w.nc.IsClosed() {
				return false
			}
			continue
		}
		if w.nc.Stats().Reconnects == before {
			break
		}
	}
	for {
		msgs, _, err := w.data.Pending()
		delivered, duplicated, _ := w.ledger.counts()
		received, _ := w.data.Delivered()
		if err != nil || msgs == 0 && uint64(received) == delivered+duplicated {
			return err == nil
		}
		if sleep(ctx, time.Millisecond) != nil {
			return false
		}
	}
}

// figures are the counts so far.
type figures struct {
	published, delivered, duplicated, outOfOrder uint64
	asked, answered                              uint64
}

func (w *workload) figures() figures {
	var f figures
	// Parts are read before the whole, lest they exceed it.
	f.delivered, f.duplicated, f.outOfOrder = w.ledger.counts()
	f.published = w.published.Load()
	f.answered = w.answered.Load()
	refused := w.unasked.Load()
	f.asked = w.asked.Load() - refused
	return f
}
