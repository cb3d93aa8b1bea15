package stories

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/internal/natstest"
	ours "github.com/evernats/nats/jetstream"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func consuming() []Row {
	return []Row{
		{Number: 1, Name: "a pull consumer is silent after a reconnect", Play: silentAfterReconnect},
		{Number: 2, Name: "a pull consumer is silent after a change of its leader", Three: true, Long: true, Play: silentAfterLeaderChange},
		{Number: 3, Name: "30 s of nothing after a restart", Three: true, Long: true, Play: silentAfterRestart},
		{Number: 15, Name: "an ephemeral consumer that is gone after an outage isn't told of", Play: goneUntold},
		{Number: 16, Name: "messages that wait for a slow handler are delivered to others, too", Play: expiredInTheBuffer},
		{Number: 19, Name: "false alarms of missed heartbeats, or none", Play: falseAlarms},
		{Number: 25, Name: "acknowledgements that were lost with a link", Play: lostAcks},
	}
}

// The link is lost between two calls of Next, and under a Consume.
func silentAfterReconnect(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	w.Consumer("D", time.Minute)
	nc := connect(w, w.URL)
	back := reconnects(nc)
	got, _, _ := consume(w, consumer(w, nc, "C"))
	it, err := consumer(w, nc, "D").Messages()
	w.Must(err)
	defer it.Stop()
	var consumed, iterated time.Duration
	for range 3 {
		for range 2 {
			stored := w.Publish("s.x", "x")
			consumed = max(consumed, Silence(stored, got))
			if m, err := it.Next(jetstream.NextMaxWait(Limit)); err != nil {
				iterated = Limit
			} else {
				iterated = max(iterated, time.Since(stored))
				m.Ack()
			}
			w.Must(nc.ForceReconnect())
			Await(w, "the reconnect", back)
		}
	}
	return Judge(consumed > Soon || iterated > Soon, "after a reconnect the longest silence of Consume: %s, of Messages: %s", Round(consumed), Round(iterated))
}

// silenceUntil is Silence until that text comes: others may be delivered again, since their
// acknowledgements went with a leader.
func silenceUntil(from time.Time, got <-chan string, text string) time.Duration {
	late := time.After(Limit)
	for {
		select {
		case s := <-got:
			if s == text {
				return max(0, time.Since(from))
			}
		case <-late:
			return Limit
		}
	}
}

// The leader steps down, again and again, and at last its server is killed, which isn't the
// one that the client is connected to.
func silentAfterLeaderChange(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	nc := connect(w, w.URL)
	got, told, _ := consume(w, consumer(w, nc, "C"))
	n := 0
	next := func(from time.Time) time.Duration {
		n++
		text := fmt.Sprint(n)
		if stored := w.Publish("s.x", text); stored.After(from) {
			from = stored
		}
		return silenceUntil(from, got, text)
	}
	if next(time.Now()) == Limit {
		w.Fatal("it never began")
	}
	var longest time.Duration
	const changes = 24
	for i := range changes {
		at := w.StepDown("C")
		if i%3 == 2 && longest < Limit { // three in a row
			longest = max(longest, next(at))
		}
	}
	own := w.Nodes.ByAddr(nc.ConnectedAddr())
	for w.Leader("S", "C") == own {
		w.StepDown("C")
	}
	// Nothing is on its way but what the leader has been asked for.
	next(time.Now())
	elected := w.Elections("CONSUMER", "S.C")
	w.Must(w.Leader("S", "C").Kill())
	killed := next(elected())
	return Judge(longest > Soon || killed > Soon, "when the leader stepped down, %d times, the next message came after %s at most; when it was killed, after %s; told: %v", changes, Round(longest), Round(killed), told)
}

// The one server that has stream and consumer is stopped, which it says, and started again.
// The client is connected to another, and is told meanwhile that nobody answers.
func silentAfterRestart(w *World) Outcome {
	w.Replicas = 1
	w.Stream()
	w.Consumer("C", time.Minute)
	led := w.Leader("S", "C")
	nobody := make(chan struct{}, 1000)
	got := make(chan string, 1000)
	var told texts
	cc, err := consumer(w, connect(w, w.Elsewhere(led).URL()), "C").Consume(func(m jetstream.Msg) {
		m.Ack()
		got <- string(m.Data())
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if told.add(err); errors.Is(err, nats.ErrNoResponders) {
			nobody <- struct{}{}
		}
	}))
	w.Must(err)
	defer cc.Stop()
	silenceUntil(w.Publish("s.x", "before"), got, "before")
	w.Must(led.Stop())
	Silence(time.Now(), nobody)
	w.Must(led.Restart(w.Context()))
	w.Leader("S", "C")
	d := silenceUntil(w.Publish("s.x", "after"), got, "after")
	return Judge(d > Soon, "the next message, stored when the consumer was back, came after %s; told: %v", Round(d), &told)
}

// The consumer is in memory, and the server is restarted.
func goneUntold(w *World) Outcome {
	w.Stream()
	nc := connect(w, w.URL)
	back := reconnects(nc)
	c, err := open(w, nc).CreateConsumer(w.Context(), "S", jetstream.ConsumerConfig{MemoryStorage: true, InactiveThreshold: time.Hour})
	w.Must(err)
	deleted := make(chan struct{}, 100)
	var told texts
	cc, err := c.Consume(func(jetstream.Msg) {}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if told.add(err); errors.Is(err, jetstream.ErrConsumerDeleted) {
			deleted <- struct{}{}
		}
	}))
	w.Must(err)
	defer cc.Stop()
	w.Down()
	w.Up()
	at := Await(w, "the reconnect", back)
	d := Silence(at, deleted)
	return Judge(d > 10*time.Second, "ErrConsumerDeleted: %s; told: %v", Round(d), &told)
}

// Two workers of one consumer, the first of which is given all, and whose handlers take
// their time. Of one consumer they use Consume, of the other Messages.
func expiredInTheBuffer(w *World) Outcome {
	w.Stream()
	const n = 16
	w.Consumer("C", 3*time.Second)
	w.Consumer("D", 3*time.Second)
	w.Fill(n)
	var mu sync.Mutex
	handled := map[string]int{}
	work := func(name string, m jetstream.Msg) {
		mu.Lock()
		handled[name+string(m.Data())]++
		mu.Unlock()
		time.Sleep(300 * time.Millisecond)
		m.Ack()
	}
	state := func(name string) *ours.ConsumerInfo {
		c, err := w.JS.Consumer(w.Context(), "S", name)
		w.Must(err)
		return c.CachedInfo()
	}
	var its sync.WaitGroup
	defer its.Wait()
	for range 2 {
		nc := connect(w, w.URL)
		cc, err := consumer(w, nc, "C").Consume(func(m jetstream.Msg) { work("C", m) })
		w.Must(err)
		defer cc.Stop()
		it, err := consumer(w, nc, "D").Messages()
		w.Must(err)
		defer it.Stop()
		its.Go(func() {
			for {
				m, err := it.Next()
				if err != nil {
					return
				}
				work("D", m)
			}
		})
		w.Until("the deliveries", func() bool { return state("C").NumPending == 0 && state("D").NumPending == 0 })
	}
	w.Until("the acknowledgements", func() bool { return state("C").AckFloor.Stream == n && state("D").AckFloor.Stream == n })
	mu.Lock()
	defer mu.Unlock()
	twice, all := 0, 0
	for _, k := range handled {
		all += k
		if k > 1 {
			twice++
		}
	}
	return Judge(twice > 0, "of %d messages %d were handled more than once, %d handlings in all", 2*n, twice, all)
}

// The link flaps and is then away for a while, and at last the server is silent.
func falseAlarms(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	nc := connect(w, w.Proxy.URL())
	back := reconnects(nc)
	var alarms atomic.Int64
	alarm := make(chan struct{}, 1000)
	cc, err := consumer(w, nc, "C").Consume(func(jetstream.Msg) {}, jetstream.PullHeartbeat(500*time.Millisecond), jetstream.PullExpiry(time.Second),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			if errors.Is(err, jetstream.ErrNoHeartbeat) {
				alarms.Add(1)
				alarm <- struct{}{}
			}
		}))
	w.Must(err)
	defer cc.Stop()
	for range 20 {
		w.Must(nc.ForceReconnect())
		Await(w, "the reconnect", back)
	}
	w.Proxy.Refuse()
	w.Proxy.Cut()
	w.Until("the loss", func() bool { return !nc.IsConnected() })
	before := alarms.Load()
	time.Sleep(1600 * time.Millisecond) // three heartbeats
	whileDown := alarms.Load() - before
	w.Proxy.Heal()
	Await(w, "the reconnect", back)
	for len(alarm) > 0 {
		<-alarm
	}
	w.Proxy.BlackHole(natstest.ToClient)
	d := Silence(time.Now(), alarm)
	return Judge(whileDown > 0 || d > 10*time.Second, "%d alarms while the link was down; of a server that said nothing: %s", whileDown, Round(d))
}

// Messages are acknowledged on a link that swallows what is written to it, and then ends.
func lostAcks(w *World) Outcome {
	w.Stream()
	w.Consumer("C", 1500*time.Millisecond)
	const n = 20
	w.Fill(n)
	nc := connect(w, w.Proxy.URL(), surely...)
	back := reconnects(nc)
	b, err := consumer(w, nc, "C").Fetch(n)
	w.Must(err)
	var msgs []jetstream.Msg
	for m := range b.Messages() {
		msgs = append(msgs, m)
	}
	w.Proxy.BlackHole(natstest.ToServer)
	said := error(nil)
	for _, m := range msgs {
		said = errors.Join(said, m.Ack())
	}
	w.Must(said)
	time.Sleep(50 * time.Millisecond) // so that they are written
	w.Proxy.Cut()
	w.Proxy.Heal()
	Await(w, "the reconnect", back)
	acked := func() int {
		c, err := w.JS.Consumer(w.Context(), "S", "C")
		w.Must(err)
		return int(c.CachedInfo().AckFloor.Stream)
	}
	for end := time.Now().Add(10 * time.Second); acked() < n && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	k := acked()
	return Judge(k < n, "%d acknowledgements returned nil, %d arrived", n, k)
}
