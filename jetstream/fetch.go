package jetstream

import (
	"context"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/pull"
)

// MessageBatch is what a Fetch gets.
type MessageBatch interface {
	// Messages gives the messages as they come, and is closed behind the last.
	Messages() <-chan Msg
	// Error is what kept the fetch from getting all, once Messages is closed; nil when
	// it got them, or its time was over and nothing was wrong.
	Error() error
}

// FetchOpt is an option of the Fetch methods and of Consumer.Next. Values that can't
// be, or not together, give [ErrInvalidOption].
type FetchOpt func(*pullRequest) error

type fetchOptions struct {
	wait      time.Duration
	heartbeat time.Duration
	ctx       context.Context
	bytesSet  bool
	priority  bool
}

// FetchMaxWait bounds how long a fetch waits; 30 s by default. It must be positive,
// and excludes [FetchContext].
func FetchMaxWait(timeout time.Duration) FetchOpt {
	return func(r *pullRequest) error {
		if timeout <= 0 {
			return invalid("a wait of %v is not positive", timeout)
		}
		if r.fetch.ctx != nil {
			return invalid("a fetch takes a context or a time, not both")
		}
		r.fetch.wait = timeout
		return nil
	}
}

// FetchContext ends a fetch with the context, whose error is then that of the batch. Before
// a deadline of the context, by a tenth of the time and a second at most, the fetch ends
// without an error. It excludes [FetchMaxWait].
func FetchContext(ctx context.Context) FetchOpt {
	return func(r *pullRequest) error {
		if ctx == nil {
			return invalid("a nil context")
		}
		if r.fetch.wait > 0 {
			return invalid("a fetch takes a context or a time, not both")
		}
		r.fetch.ctx = ctx
		return nil
	}
}

// FetchHeartbeat is how often the server says that the fetch still waits: less than
// half of its time. When two are missed the messages are asked for anew; a fetch that
// ends without having heard anything since has the error [ErrNoHeartbeat]. By default
// it is 5 s for a fetch of more than 10 s, and none for others.
func FetchHeartbeat(hb time.Duration) FetchOpt {
	return func(r *pullRequest) error {
		if hb <= 0 {
			return invalid("a heartbeat of %v is not positive", hb)
		}
		r.fetch.heartbeat = hb
		return nil
	}
}

// FetchMaxBytes bounds the bytes that Fetch gets, subjects and headers included; what
// comes first, the number or the bytes, ends it. It must be positive, and is for Fetch
// alone.
func FetchMaxBytes(maxBytes int) FetchOpt {
	return func(r *pullRequest) error {
		if maxBytes <= 0 {
			return invalid("a maximum of %d bytes is not positive", maxBytes)
		}
		r.MaxBytes = maxBytes
		r.fetch.bytesSet = true
		return nil
	}
}

// FetchMinPending is [PullMinPending] for a fetch.
func FetchMinPending(min int64) FetchOpt {
	return func(r *pullRequest) error {
		if min < 1 {
			return invalid("a minimum of %d pending messages is not positive", min)
		}
		r.MinPend = min
		return nil
	}
}

// FetchMinAckPending is [PullMinAckPending] for a fetch.
func FetchMinAckPending(min int64) FetchOpt {
	return func(r *pullRequest) error {
		if min < 1 {
			return invalid("a minimum of %d unacknowledged messages is not positive", min)
		}
		r.MinAck = min
		return nil
	}
}

// FetchPrioritized is [PullPrioritized] for a fetch.
func FetchPrioritized(priority uint8) FetchOpt {
	return func(r *pullRequest) error {
		r.Priority = priority
		return nil
	}
}

// FetchPriorityGroup is [PullPriorityGroup] for a fetch.
func FetchPriorityGroup(group string) FetchOpt {
	return func(r *pullRequest) error {
		r.Group = group
		return nil
	}
}

// batch is a fetch at work.
type batch struct {
	in     *intake
	js     *jetStream
	ch     chan Msg
	undo   func() bool // of the context
	queue  []Msg       // what has just come, and what is past the channel's room
	few    [1]Msg      // room for it
	pumped bool        // a goroutine empties it
	err    error
	over   bool
	wrap   wrappers
	left   int           // messages that are still expected
	more   chan struct{} // one token: the queue grew, or the fetch is over
}

// maxRoom bounds the channel of a fetch that is bounded by bytes.
const maxRoom = 8 << 10

func (c *consumer) Fetch(n int, opts ...FetchOpt) (MessageBatch, error) {
	if n <= 0 {
		return nil, invalid("a batch of %d is not positive", n)
	}
	b, err := c.fetch(pullRequest{Batch: n}, opts)
	if err != nil {
		return nil, err // not a batch that is nil
	}
	return b, nil
}

func (c *consumer) FetchBytes(maxBytes int, opts ...FetchOpt) (MessageBatch, error) {
	if maxBytes <= 0 {
		return nil, invalid("a maximum of %d bytes is not positive", maxBytes)
	}
	b, err := c.fetch(pullRequest{Batch: manyMessages, MaxBytes: maxBytes}, opts)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (c *consumer) FetchNoWait(n int) (MessageBatch, error) {
	if n <= 0 {
		return nil, invalid("a batch of %d is not positive", n)
	}
	b, err := c.fetch(pullRequest{Batch: n, NoWait: true}, nil)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (c *consumer) Next(opts ...FetchOpt) (Msg, error) {
	b, err := c.fetch(pullRequest{Batch: 1}, append([]FetchOpt{}, opts...), single)
	if err != nil {
		return nil, err
	}
	if m := <-b.ch; m != nil {
		return m, nil
	}
	if err := b.Error(); err != nil {
		return nil, err
	}
	return nil, nats.ErrTimeout
}

// single is for Next, which has no bytes to bound.
func single(r *pullRequest) error {
	if r.fetch.bytesSet {
		return invalid("FetchMaxBytes is for Fetch")
	}
	return nil
}

// fetchLimit bounds a fetch whose link is gone or whose server doesn't keep time, when
// FetchNoWait or nothing else does.
const fetchLimit = 5 * time.Second

func (c *consumer) fetch(r pullRequest, opts []FetchOpt, more ...FetchOpt) (*batch, error) {
	bytes := r.MaxBytes
	for _, opt := range append(opts, more...) {
		if err := opt(&r); err != nil {
			return nil, err
		}
	}
	if bytes > 0 && r.fetch.bytesSet {
		return nil, invalid("FetchMaxBytes is for Fetch")
	}
	cfg, err := r.config()
	if err != nil {
		return nil, err
	}
	b := &batch{js: c.js, left: r.Batch, more: make(chan struct{}, 1)}
	room := r.Batch
	if r.MaxBytes > 0 {
		room = min(room, maxRoom)
	}
	b.ch = make(chan Msg, room)
	b.queue = b.few[:0]
	var s sink = b
	if r.ordered != nil {
		s = r.ordered.batch(b)
	}
	b.in = newIntake(c, cfg, pullGroup{r.Group, r.MinPend, r.MinAck, r.Priority}, s)
	if err := b.in.start(false); err != nil {
		return nil, err
	}
	if ctx := r.fetch.ctx; ctx != nil {
		undo := context.AfterFunc(ctx, func() { b.cancel(ctx.Err()) })
		b.in.mu.Lock()
		b.undo = undo
		over := b.over
		b.in.mu.Unlock()
		if over {
			undo()
		}
	}
	return b, nil
}

func (r *pullRequest) config() (pull.Config, error) {
	cfg := pull.Config{
		Messages: r.Batch, Total: r.Batch, Bytes: r.MaxBytes, Once: true, NoWait: r.NoWait, Single: r.ordered != nil,
		Expires: DefaultExpires,
	}
	switch f := &r.fetch; {
	case r.NoWait:
		cfg.Expires = fetchLimit
	case f.wait > 0:
		cfg.Expires = f.wait
	case f.ctx != nil:
		if at, ok := f.ctx.Deadline(); ok {
			// A little less, so that the server's end of it comes before the context's.
			left := time.Until(at)
			if left <= 0 {
				return cfg, invalid("the deadline of the fetch's context is over")
			}
			cfg.Expires = max(left-min(left/10, time.Second), time.Millisecond)
		}
	}
	switch hb := r.fetch.heartbeat; {
	case hb > 0 && hb >= cfg.Expires/2:
		return cfg, invalid("a heartbeat of %v is not less than half of %v", hb, cfg.Expires)
	case hb > 0:
		cfg.Heartbeat = hb
	case !r.NoWait && cfg.Expires > 10*time.Second:
		cfg.Heartbeat = 5 * time.Second
	}
	return cfg, nil
}

// cancel ends it with the context.
func (b *batch) cancel(err error) {
	b.in.mu.Lock()
	b.finish(err)
	b.in.over = true
	b.in.mu.Unlock()
	b.in.stop()
}

func (b *batch) Messages() <-chan Msg { return b.ch }

func (b *batch) Error() error {
	b.in.mu.Lock()
	defer b.in.mu.Unlock()
	return b.err
}

func (b *batch) missing() bool { return false }

func (b *batch) message(m *nats.Msg) bool {
	if b.over {
		return true
	}
	b.left--
	b.queue = append(b.queue, b.wrap.of(b.js, m, b.left))
	return true
}

// came hands over what has come: all at once, so that who waits for it isn't woken for each.
func (b *batch) came() {
	if len(b.queue) == 0 {
		return
	}
	if !b.pumped {
		for i, m := range b.queue {
			select {
			case b.ch <- m:
				b.queue[i] = nil
				continue
			default:
			}
			b.queue = append(b.queue[:0], b.queue[i:]...)
			b.pumped = true
			go b.pump()
			return
		}
		b.queue = b.queue[:0]
		return
	}
	b.signal()
}

// pump hands over what the channel has no room for, until the fetch is over. It closes
// the channel.
func (b *batch) pump() {
	for {
		b.in.mu.Lock()
		q := b.queue
		b.queue = nil
		over := b.over
		b.in.mu.Unlock()
		for _, m := range q {
			b.ch <- m
		}
		if len(q) > 0 {
			continue
		}
		if over {
			close(b.ch)
			return
		}
		<-b.more
	}
}

func (b *batch) signal() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

func (b *batch) trouble(error) {}

func (b *batch) end(a pull.Action) bool {
	switch {
	case a.Why == pull.Done:
		b.finish(nil)
	case a.Why == pull.Deleted && a.Info.Code == 0:
		b.finish(nats.ErrNoResponders) // it wasn't deleted meanwhile, but isn't there
	case a.Why == pull.Timeout:
		b.finish(troubleOf(a.Trouble, a.Info))
	default:
		b.finish(troubleOf(a.Why, a.Info))
	}
	return true
}

func (b *batch) closed() {
	if b.js.nc.IsClosed() {
		b.finish(nats.ErrConnectionClosed)
		return
	}
	b.finish(nats.ErrConnectionDraining)
	go b.in.shut()
}

func (b *batch) finish(err error) {
	if b.over {
		return
	}
	b.came()
	b.over = true
	b.err = err
	if b.undo != nil {
		b.undo()
	}
	b.signal()
	if !b.pumped {
		close(b.ch)
	}
}
