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
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

const (
	streamName    = "DEMO"
	subjectStream = "demo.stream"
	consumerName  = "worker"
	replicas      = 3
	// streamRate bounds how many messages a second go into the stream: each is written
	// to three disks.
	streamRate = 200
	// updatesPerSecond are made of the bucket's keys, one after the other.
	updatesPerSecond = 20
	keys             = 1000
)

// streams is what --jetstream adds: a replicated stream that is published into, a
// consumer of it, and a watch of a bucket that is written to.
type streams struct {
	rate int
	js   jetstream.JetStream
	kv   jetstream.KeyValue

	stop    context.CancelFunc // no more is published and written
	giveUp  context.CancelFunc // nothing is waited for any more
	asking  context.Context
	writers sync.WaitGroup
	futures chan promised
	ended   chan struct{} // all futures have
	consume jetstream.ConsumeContext
	watch   jetstream.KeyWatcher
	watched chan struct{}

	published atomic.Uint64
	acked     atomic.Uint64
	failed    atomic.Uint64
	written   atomic.Uint64
	slowest   latency
	consumed  ledger
	updates   ledger
	consumer  pauses
	watcher   pauses

	mu       sync.Mutex
	firstErr error
}

// promised is a message that was published, and when.
type promised struct {
	at time.Time
	jetstream.PubAckFuture
}

// pauses finds the longest time in which nothing came.
type pauses struct {
	mu      sync.Mutex
	last    time.Time
	longest time.Duration
}

func (p *pauses) came() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.last.IsZero() {
		p.longest = max(p.longest, now.Sub(p.last))
	}
	p.last = now
}

func (p *pauses) max() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.longest
}

func newStreams(cfg Config) *streams {
	s := &streams{
		rate:    min(cfg.Rate, streamRate),
		futures: make(chan promised, 4096), ended: make(chan struct{}), watched: make(chan struct{}),
	}
	s.asking, s.giveUp = context.WithCancel(context.Background())
	return s
}

// streamPatience is how long the servers may take to agree on a leader, which takes up
// to nine seconds where nothing else is to do.
const streamPatience = 60 * time.Second

// start makes the stream, the consumer and the bucket, and puts them to use.
func (s *streams) start(ctx context.Context, nc *nats.Conn) (err error) {
	if s.js, err = jetstream.New(nc, jetstream.WithDefaultTimeout(2*time.Second)); err != nil {
		return err
	}
	if err := s.create(ctx); err != nil {
		return err
	}
	c, err := s.js.Consumer(ctx, streamName, consumerName)
	if err != nil {
		return err
	}
	if s.consume, err = c.Consume(s.take); err != nil {
		return err
	}
	if s.watch, err = s.kv.WatchAll(s.asking); err != nil {
		return err
	}
	go s.readWatch()
	go s.readFutures()
	ctx, s.stop = context.WithCancel(ctx)
	s.writers.Go(func() { s.runPublisher(ctx) })
	s.writers.Go(func() { s.runWriter(ctx) })
	return nil
}

// create tries until the servers have agreed on who decides.
func (s *streams) create(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, streamPatience)
	defer cancel()
	steps := []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
				Name: streamName, Subjects: []string{subjectStream}, Replicas: replicas,
				Retention: jetstream.WorkQueuePolicy, // a run of a day doesn't fill the disk
			})
			return err
		},
		func(ctx context.Context) error {
			_, err := s.js.CreateOrUpdateConsumer(ctx, streamName, jetstream.ConsumerConfig{
				Durable: consumerName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 5 * time.Second, MaxAckPending: 10_000,
			})
			return err
		},
		func(ctx context.Context) (err error) {
			s.kv, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: streamName, Replicas: replicas})
			return err
		},
	}
	for len(steps) > 0 {
		// Where nobody leads nobody answers.
		try, cancel := context.WithTimeout(ctx, 2*time.Second)
		err = steps[0](try)
		cancel()
		if err == nil {
			steps = steps[1:]
		} else if sleep(ctx, 50*time.Millisecond) != nil {
			return fmt.Errorf("can't make a stream of %d replicas: %w", replicas, err)
		}
	}
	return nil
}

func (s *streams) take(m jetstream.Msg) {
	s.consumer.came()
	s.consumed.take(binary.BigEndian.Uint64(m.Data()))
	if err := m.Ack(); err != nil {
		s.note(err) // it is delivered again
	}
}

func (s *streams) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.firstErr == nil {
		s.firstErr = err
	}
}

// runPublisher publishes the next message with its number as its id, until it is taken.
func (s *streams) runPublisher(ctx context.Context) {
	defer close(s.futures)
	tick := time.NewTicker(time.Second / time.Duration(s.rate))
	defer tick.Stop()
	payload := make([]byte, payloadBytes)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n := s.published.Load() + 1
		binary.BigEndian.PutUint64(payload, n)
		at := time.Now()
		f, err := s.js.PublishAsync(subjectStream, payload, jetstream.WithMsgID(fmt.Sprint(n)))
		if err != nil {
			continue // the buffer or the window is full: later
		}
		s.published.Store(n)
		select {
		case s.futures <- promised{at, f}:
		case <-s.asking.Done():
			return
		}
	}
}

func (s *streams) readFutures() {
	defer close(s.ended)
	for f := range s.futures {
		select {
		case <-f.Ok():
			s.slowest.add(time.Since(f.at))
			s.acked.Add(1)
		case err := <-f.Err():
			s.failed.Add(1)
			s.note(err)
		case <-s.asking.Done():
			return
		}
	}
}

// runWriter writes one number after the other, each to the next of the keys, in place of
// what it knows to be there.
func (s *streams) runWriter(ctx context.Context) {
	tick := time.NewTicker(time.Second / updatesPerSecond)
	defer tick.Stop()
	revisions := map[string]uint64{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n := s.written.Load() + 1
		key := fmt.Sprint("key", n%keys)
		value := binary.BigEndian.AppendUint64(nil, n)
		for s.asking.Err() == nil {
			ctx, cancel := context.WithTimeout(s.asking, streamPatience)
			rev, err := s.kv.Update(ctx, key, value, revisions[key])
			cancel()
			if err != nil {
				rev, err = s.reread(key, n)
			}
			revisions[key] = rev
			if err == nil {
				s.written.Store(n)
				break
			}
		}
	}
}

var errNotWritten = errors.New("the key has another value")

// reread says whether the key has the number n after all, and the key's revision.
func (s *streams) reread(key string, n uint64) (rev uint64, err error) {
	for sleep(s.asking, 100*time.Millisecond) == nil {
		ctx, cancel := context.WithTimeout(s.asking, 2*time.Second)
		e, err := s.kv.Get(ctx, key)
		cancel()
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			return 0, errNotWritten
		case err != nil:
			continue
		case binary.BigEndian.Uint64(e.Value()) == n:
			return e.Revision(), nil
		}
		return e.Revision(), errNotWritten
	}
	return 0, s.asking.Err()
}

func (s *streams) readWatch() {
	defer close(s.watched)
	for e := range s.watch.Updates() {
		if e != nil {
			s.watcher.came()
			s.updates.take(binary.BigEndian.Uint64(e.Value()))
		}
	}
	if s.asking.Err() == nil {
		if err := jetstreamext.WatchError(s.watch); err != nil {
			s.note(fmt.Errorf("the watch ended: %w", err))
		}
	}
}

// finish stops the writers and waits for what is under way. It says whether all is
// settled: every future has ended, and the consumer and the watch have had time to give
// what there is.
func (s *streams) finish(interrupted bool) (settled bool) {
	s.stop()
	patience := streamPatience
	if interrupted {
		patience = interruptedPatience
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, s.giveUp)
	s.writers.Wait()
	<-s.ended
	for sleep(ctx, 5*time.Millisecond) == nil {
		delivered, _, _ := s.consumed.counts()
		updated, _, _ := s.updates.counts()
		if delivered >= s.acked.Load() && updated >= s.written.Load() {
			break
		}
	}
	settled = ctx.Err() == nil || !interrupted
	stop()
	s.consume.Stop()
	<-s.consume.Closed()
	_ = s.watch.Stop() // it may have ended by itself
	s.giveUp()
	<-s.watched
	return settled
}
