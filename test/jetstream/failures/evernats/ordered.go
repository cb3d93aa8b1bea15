package stories

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func ordered() []Row {
	return []Row{
		{Number: 4, Name: "a watch is dead or late after a restart", Play: lateWatch},
		{Number: 5, Name: "an ordered consumer loses messages when the program is slow", Play: slowOrdered},
		{Number: 6, Name: "resets of ordered consumers race", Play: racingResets},
		{Number: 24, Name: "reconnects pile up consumers", Play: piledUp},
	}
}

func lateWatch(w *World) Outcome {
	w.Buckets()
	nc := connect(w, w.URL)
	back := reconnects(nc)
	kv, err := open(w, nc).KeyValue(w.Context(), "B")
	w.Must(err)
	watch, err := kv.WatchAll(w.Context())
	w.Must(err)
	defer watch.Stop()
	Silence(time.Now(), watch.Updates()) // the nil entry
	w.Down()
	w.Up()
	from := Await(w, "the reconnect", back)
	if stored := w.Publish("$KV.B.k", "v"); stored.After(from) {
		from = stored
	}
	d := Silence(from, watch.Updates())
	return Judge(d > Soon, "the next update, written when the connection was back, came after %s", Round(d))
}

// sequence checks that numbers come from 0 to n, each once.
type sequence struct {
	mu    sync.Mutex
	next  int
	wrong string
	done  chan struct{}
}

func (s *sequence) take(data []byte, n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := string(data); got != fmt.Sprint(s.next) {
		if s.wrong == "" {
			s.wrong = fmt.Sprintf("%s came in place of %d", got, s.next)
			close(s.done)
		}
		return s.next
	}
	if s.next++; s.next == n && s.wrong == "" {
		close(s.done)
	}
	return s.next
}

func (s *sequence) end() (failed bool, saw string) {
	select {
	case <-s.done:
	case <-time.After(Limit):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong != "" {
		return true, s.wrong
	}
	select {
	case <-s.done:
		return false, fmt.Sprintf("all %d came once and in order", s.next)
	default:
		return true, fmt.Sprintf("%d came within %v", s.next, Limit)
	}
}

// The handler stands still while more comes than may wait.
func slowOrdered(w *World) Outcome {
	w.Stream()
	const n = 3000
	w.Fill(n)
	nc := connect(w, w.URL)
	js, err := nc.JetStream()
	w.Must(err)
	s := sequence{done: make(chan struct{})}
	begin := make(chan struct{})
	sub, err := js.Subscribe("s.>", func(m *nats.Msg) {
		<-begin
		if k := s.take(m.Data, n); k%1000 == 1 {
			time.Sleep(200 * time.Millisecond)
		}
	}, nats.OrderedConsumer())
	w.Must(err)
	defer sub.Unsubscribe()
	w.Must(sub.SetPendingLimits(100, -1))
	close(begin)
	failed, saw := s.end()
	return Judge(failed, "%s", saw)
}

// Consumers are deleted and links lost again and again while messages come, by both APIs.
func racingResets(w *World) Outcome {
	w.Stream()
	const n = 1500
	nc := connect(w, w.URL)
	newer, older := sequence{done: make(chan struct{})}, sequence{done: make(chan struct{})}
	c, err := open(w, nc).OrderedConsumer(w.Context(), "S", jetstream.OrderedConsumerConfig{})
	w.Must(err)
	cc, err := c.Consume(func(m jetstream.Msg) { newer.take(m.Data(), n) }, jetstream.PullMaxMessages(50))
	w.Must(err)
	defer cc.Stop()
	js, err := nc.JetStream()
	w.Must(err)
	sub, err := js.Subscribe("s.>", func(m *nats.Msg) { older.take(m.Data, n) }, nats.OrderedConsumer())
	w.Must(err)
	defer sub.Unsubscribe()
	var published atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			w.Publish("s.x", fmt.Sprint(i))
			published.Add(1)
		}
	})
	for i := 0; published.Load() < n && !w.Failed(); i++ {
		time.Sleep(60 * time.Millisecond)
		if i%3 == 2 {
			nc.ForceReconnect()
		}
		for _, name := range w.Consumers("S") {
			w.JS.DeleteConsumer(w.Context(), "S", name)
		}
	}
	wg.Wait()
	f1, s1 := newer.end()
	f2, s2 := older.end()
	return Judge(f1 || f2, "ordered consumer: %s; ordered subscription: %s", s1, s2)
}

// Links are lost quicker than anything recovers.
func piledUp(w *World) Outcome {
	w.Stream()
	w.Buckets()
	nc := connect(w, w.Proxy.URL())
	back := reconnects(nc)
	js := open(w, nc)
	got := make(chan struct{}, 1000)
	const each = 5
	for range each {
		c, err := js.OrderedConsumer(w.Context(), "S", jetstream.OrderedConsumerConfig{})
		w.Must(err)
		cc, err := c.Consume(func(jetstream.Msg) { got <- struct{}{} })
		w.Must(err)
		defer cc.Stop()
	}
	kv, err := js.KeyValue(w.Context(), "B")
	w.Must(err)
	for range each {
		watch, err := kv.WatchAll(w.Context())
		w.Must(err)
		defer watch.Stop()
		<-watch.Updates()
		go func() {
			for range watch.Updates() {
				got <- struct{}{}
			}
		}()
	}
	const losses = 10
	for i := range losses {
		time.Sleep(time.Duration(i%4) * 10 * time.Millisecond)
		w.Proxy.Cut()
		Await(w, "the reconnect", back)
	}
	w.Publish("s.x", "x")
	w.Publish("$KV.B.k", "v")
	begin := time.Now()
	for range 2 * each {
		Silence(begin, got)
	}
	d := time.Since(begin)
	// What is to be deleted has some time for it.
	k := 0
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if k = len(w.Consumers("S")) + len(w.Consumers("KV_B")); k <= 2*each || time.Now().After(end) {
			break
		}
	}
	return Judge(k > 2*each, "after %d lost links there are %d consumers for %d; all had the next message after %s", losses, k, 2*each, Round(d))
}
