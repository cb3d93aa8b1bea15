package drill

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nuid"
)

// Config says what a drill does.
type Config struct {
	Target     Target
	Subject    string // what the drill's subjects start with
	Scenarios  []string
	Options    profile
	Compare    bool
	Everywhere bool
	Rate       int           // messages a second, of each flow but the requests
	Before     time.Duration // how long all is well at first
	Outage     time.Duration
	Patience   time.Duration // how long a program may take to come back when the fault is over
}

// How the ends of a run are timed.
const (
	steady         = time.Second // without a gap, and the program is back
	settleMost     = 5 * time.Second
	settleQuiet    = time.Second
	requestTimeout = 2 * time.Second
	requestRate    = 20
	controlRate    = 200
	payloadBytes   = 128
	probePatience  = 5 * time.Second
	flushPatience  = 2 * time.Second
	queueMembers   = 2
	eventsKept     = 400
)

// run is one program on its way through one scenario.
type run struct {
	cfg    *Config
	target *Target
	lib    lib
	net    *network
	own    *ownCluster
	show   func(string)

	prefix  string
	pub     account
	sub     account
	queue   account
	req     account
	calls   durations
	control control
	member  [queueMembers]atomic.Int64 // messages of the queue group

	witness client
	program client
	second  client // the queue group's other member
	dialer  *dialer

	phase    atomic.Int32 // 1: struck
	over     atomic.Bool  // the program is being closed
	attempts atomic.Int64
	lostWit  atomic.Int64
	doubt    atomic.Uint64

	mu      sync.Mutex
	began   time.Time
	struck  time.Time
	noticed time.Duration
	gone    int
	closed  bool
	events  []Event
	left    int // events that weren't kept
}

func (r *run) event(kind, text string) {
	now := time.Now()
	r.mu.Lock()
	if r.began.IsZero() || r.over.Load() {
		r.mu.Unlock()
		return
	}
	at := now.Sub(r.began)
	text = r.target.hide(text)
	if len(r.events) < eventsKept {
		r.events = append(r.events, Event{ms(at), kind, text})
	} else {
		r.left++
	}
	r.mu.Unlock()
	if kind != "dialled" && kind != "refused" {
		r.show(fmt.Sprintf("%7.3fs  %-12s  %s", at.Seconds(), kind, text))
	}
}

// place is what an address is called.
func (r *run) place(addr string) string {
	if r.own != nil {
		if s := r.own.c.ByAddr(addr); s != nil {
			return s.Name()
		}
	}
	return addr
}

func (r *run) handlers() handlers {
	return handlers{
		disconnected: func(err error) {
			if r.over.Load() {
				return
			}
			r.mu.Lock()
			r.gone++
			if !r.struck.IsZero() && r.noticed == 0 {
				r.noticed = max(time.Since(r.struck), 1)
			}
			r.mu.Unlock()
			text := "the server hung up"
			if err != nil {
				text = err.Error()
			}
			r.event("disconnected", text)
		},
		reconnected: func() { r.event("reconnected", "to "+r.place(r.net.seat(r.dialer))) },
		closed: func() {
			if r.over.Load() {
				return
			}
			r.mu.Lock()
			r.closed = true
			r.mu.Unlock()
			r.event("closed", "the connection is closed for good")
		},
		inDoubt: func(n uint64) { r.doubt.Add(n) },
	}
}

func nothing() handlers {
	return handlers{func(error) {}, func() {}, func() {}, func(uint64) {}}
}

// dialled is told of each dial.
func (r *run) dialled(addr string, err error) {
	if r.phase.Load() == 1 {
		r.attempts.Add(1)
	}
	if err != nil {
		r.event("refused", r.place(addr)+": "+err.Error())
		return
	}
	r.event("dialled", r.place(addr))
}

// play plays a scenario with a library.
func play(ctx context.Context, cfg *Config, t *Target, l lib, n *network, own *ownCluster, sc scenario, show func(string)) (Outcome, error) {
	if own != nil {
		// The last scenario's servers may still be finding each other.
		if err := own.c.WaitFormed(ctx); err != nil {
			return Outcome{}, err
		}
	}
	r := &run{cfg: cfg, target: t, lib: l, net: n, own: own, show: show, prefix: cfg.Subject + "." + nuid.Next()}
	defer r.close()
	if err := r.open(); err != nil {
		return Outcome{}, err
	}
	if err := r.probe(ctx); err != nil {
		return Outcome{}, err
	}
	now := time.Now()
	r.mu.Lock()
	r.began = now
	r.mu.Unlock()
	r.calls.begin(now)
	r.control.begin(now)
	for _, a := range r.accounts() {
		a.begin(now)
	}
	sending, stopSending := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	endSending := sync.OnceFunc(func() { stopSending(); r.join(&senders) })
	defer endSending()
	r.send(sending, &senders)

	sleep(ctx, cfg.Before)
	struck := time.Now()
	r.mu.Lock()
	r.struck = struck
	r.mu.Unlock()
	for _, a := range r.accounts() {
		a.strike(struck)
	}
	seat := n.seat(r.dialer)
	r.phase.Store(1)
	r.event("fault", sc.name+" begins, the program sits on "+r.place(seat))
	err := sc.play(ctx, &stage{net: n, own: own, seat: seat, all: cfg.Everywhere, outage: cfg.Outage,
		where: func() string { return n.seat(r.dialer) }, note: func(text string) { r.event("note", text) }})
	n.lift()
	lifted := time.Now()
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", sc.name, err)
	}
	if !sc.lasting {
		r.event("fault", sc.name+" is over")
	}
	back := r.await(ctx, lifted)
	end := time.Now()
	for _, a := range r.accounts() {
		a.stop(end)
	}
	endSending()
	if back {
		r.settle()
	}
	res := r.result(struck, lifted, end)
	if sc.lasting {
		res.Lifted = res.Length
		if res.Noticed != nil {
			res.Lifted = res.Struck + *res.Noticed
		}
	}
	return res, nil
}

func (r *run) accounts() []*account { return []*account{&r.pub, &r.sub, &r.queue, &r.req} }

// await waits until all flows have gone on for a while, as long as there is patience.
func (r *run) await(ctx context.Context, lifted time.Time) bool {
	for ctx.Err() == nil {
		now := time.Now()
		all := true
		for _, a := range r.accounts() {
			since, ok := a.flows(now)
			if since.Before(lifted) {
				since = lifted
			}
			all = all && ok && now.Sub(since) >= steady
		}
		if all {
			return true
		}
		r.mu.Lock()
		closed := r.closed
		r.mu.Unlock()
		if closed || now.Sub(lifted) > r.cfg.Patience {
			return false
		}
		sleep(ctx, 20*time.Millisecond)
	}
	return false
}

// join waits for the senders. A call that hangs on a dead socket is freed by a reset.
func (r *run) join(senders *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { defer close(done); senders.Wait() }()
	select {
	case <-done:
		return
	case <-time.After(requestTimeout + time.Second):
	}
	r.over.Store(true)
	for range time.Tick(100 * time.Millisecond) {
		r.net.each((*pipe).reset)
		select {
		case <-done:
			return
		default:
		}
	}
}

// settle gives what is under way time to arrive.
func (r *run) settle() {
	_ = r.program.flush(flushPatience)
	for end := time.Now().Add(settleMost); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		missing, quiet := uint64(0), true
		for _, a := range []*account{&r.pub, &r.sub, &r.queue} {
			missing += a.missing()
			_, last := a.seen()
			quiet = quiet && time.Since(last) > settleQuiet
		}
		if missing == 0 || quiet {
			return
		}
	}
}

func (r *run) result(struck, lifted, stopped time.Time) Outcome {
	res := Outcome{
		Library: r.lib.name, Options: r.cfg.Options.says(r.lib),
		Struck: ms(struck.Sub(r.began)), Lifted: ms(lifted.Sub(r.began)), Length: ms(stopped.Sub(r.began)),
		Attempts: int(r.attempts.Load()), Witness: int(r.lostWit.Load()),
		Publisher: r.pub.flow(), Subscriber: r.sub.flow(), Queue: r.queue.flow(), Requester: r.req.flow(), Publish: r.calls.latency(),
	}
	for _, f := range res.flows() {
		f.Gaps = r.control.without(f.Gaps)
		for _, g := range f.Gaps {
			f.LongestGap = max(f.LongestGap, g.Length)
		}
	}
	res.Control = r.control.longest()
	r.mu.Lock()
	defer r.mu.Unlock()
	res.Closed, res.Disconnects = r.closed, r.gone
	res.Events = append(res.Events, r.events...)
	if r.left > 0 {
		res.Events = append(res.Events, Event{res.Length, "note", fmt.Sprintf("%d more events weren't kept", r.left)})
	}
	if r.noticed > 0 {
		v := ms(r.noticed)
		res.Noticed = &v
	}
	if r.lib.name == ours.name {
		v := r.doubt.Load()
		res.InDoubt = &v
	}
	res.Survived = !res.Closed
	recovery := 0.0
	for _, f := range res.flows() {
		for _, g := range f.Gaps {
			recovery = max(recovery, g.end()-res.Struck)
			res.Survived = res.Survived && !g.Open
		}
	}
	if res.Survived {
		res.Recovery = &recovery
	}
	return res
}

// errSilent is what an account is left with that may not do what a drill does.
var errSilent = errors.New("no message came through before anything was done; may this user publish and subscribe below the drill's subject, and to inboxes? --subject chooses another")
