package stories

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/internal/natstest"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func consuming() []Row {
	return []Row{
		{Number: 1, Name: "a pull consumer is silent after a reconnect", Play: silentAfterReconnect},
		{Number: 2, Name: "a pull consumer is silent after a change of its leader", Three: true, Long: true, Play: silentAfterLeaderChange},
		{Number: 3, Name: "30 s of nothing after the cluster was restarted", Three: true, Long: true, Play: silentAfterClusterRestart},
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
			<-back
		}
	}
	return Judge(consumed > Soon || iterated > Soon, "after a reconnect the longest silence of Consume: %s, of Messages: %s", Round(consumed), Round(iterated))
}

func silentAfterLeaderChange(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	got, told, _ := consume(w, consumer(w, connect(w, w.URL), "C"))
	var longest time.Duration
	late := 0
	const changes = 10
	for i := range changes {
		w.Publish("s.x", "before")
		if d := Silence(time.Now(), got); i == 0 && d == Limit {
			w.Fatal("it never began")
		}
		from := w.StepDown("C")
		if stored := w.Publish("s.x", "after"); stored.After(from) {
			from = stored
		}
		d := Silence(from, got)
		longest = max(longest, d)
		if d > Soon {
			if late++; late == 3 {
				return Judge(true, "silent after %d of %d changes, for %s at most; told: %v", late, i+1, Round(longest), told)
			}
		}
	}
	return Judge(late > 0, "silent after %d of %d changes, for %s at most; told: %v", late, changes, Round(longest), told)
}

func silentAfterClusterRestart(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	got, told, _ := consume(w, consumer(w, connect(w, all(w)), "C"))
	w.Publish("s.x", "before")
	Silence(time.Now(), got)
	for _, s := range w.Nodes.Servers() {
		w.Must(s.Kill())
	}
	for _, s := range w.Nodes.Servers() {
		w.Must(s.Restart(w.Context()))
	}
	w.Leader("S", "C")
	d := Silence(w.Publish("s.x", "after"), got)
	return Judge(d > Soon, "the next message, stored when the consumer had a leader again, came after %s; told: %v", Round(d), told)
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
	at := <-back
	d := Silence(at, deleted)
	return Judge(d > 10*time.Second, "ErrConsumerDeleted: %s; told: %v", Round(d), &told)
}

// Two workers of one consumer, whose handlers take their time.
func expiredInTheBuffer(w *World) Outcome {
	w.Stream()
	const n, ackWait = 30, time.Second
	w.Consumer("C", ackWait)
	w.Fill(n)
	var mu sync.Mutex
	handled := map[string]int{}
	count := func() (twice, all int) {
		mu.Lock()
		defer mu.Unlock()
		for _, k := range handled {
			all += k
			if k > 1 {
				twice++
			}
		}
		return twice, all
	}
	for range 2 {
		cc, err := consumer(w, connect(w, w.URL), "C").Consume(func(m jetstream.Msg) {
			mu.Lock()
			handled[string(m.Data())]++
			mu.Unlock()
			time.Sleep(60 * time.Millisecond) // its work
			m.Ack()
		})
		w.Must(err)
		defer cc.Stop()
		if _, all := count(); all == 0 { // the first has them all
			w.Until("the deliveries", func() bool {
				c, err := w.JS.Consumer(w.Context(), "S", "C")
				return err == nil && c.CachedInfo().NumPending == 0
			})
		}
	}
	w.Until("the acknowledgements", func() bool {
		c, err := w.JS.Consumer(w.Context(), "S", "C")
		return err == nil && c.CachedInfo().AckFloor.Stream == n
	})
	twice, all := count()
	return Judge(twice > 0, "of %d messages %d were handled more than once, %d handlings in all", n, twice, all)
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
		<-back
	}
	w.Proxy.Refuse()
	w.Proxy.Cut()
	w.Until("the loss", func() bool { return !nc.IsConnected() })
	time.Sleep(2500 * time.Millisecond) // five heartbeats
	w.Proxy.Heal()
	<-back
	whileDown := alarms.Load()
	for len(alarm) > 0 {
		<-alarm
	}
	w.Proxy.BlackHole(natstest.ToClient)
	d := Silence(time.Now(), alarm)
	return Judge(whileDown > 0 || d > 10*time.Second, "%d alarms while the link flapped or was down; of a server that said nothing: %s", whileDown, Round(d))
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
	w.Proxy.Heal()
	<-back
	acked := func() int {
		c, err := w.JS.Consumer(w.Context(), "S", "C")
		w.Must(err)
		return int(c.CachedInfo().AckFloor.Stream)
	}
	for end := time.Now().Add(Soon); acked() < n && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	k := acked()
	return Judge(k < n, "%d acknowledgements returned nil, %d arrived", n, k)
}
