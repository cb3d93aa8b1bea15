package stories

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func ending() []Row {
	return []Row{
		{Number: 17, Name: "Drain and Stop don't wait, or never end", Play: drainAndStop},
		{Number: 18, Name: "Next blocks for ever after a stop or a close", Play: blockedNext},
		{Number: 20, Name: "each Fetch and each Consume leaves something behind", Long: true, Alone: true, Play: leaks},
	}
}

// A drain with much in the buffer, and Stop from the handler of errors.
func drainAndStop(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	const n = 100
	w.Fill(n)
	nc := connect(w, w.URL)
	var handled atomic.Int64
	first, others := make(chan struct{}), make(chan struct{})
	before := nc.Stats().InMsgs
	cc, err := consumer(w, nc, "C").Consume(func(m jetstream.Msg) {
		if handled.Add(1) == 1 {
			close(first)
			<-others
		}
		time.Sleep(time.Millisecond)
		m.Ack()
	})
	w.Must(err)
	<-first
	w.Until("all messages", func() bool { return nc.Stats().InMsgs-before >= n })
	cc.Drain()
	close(others)
	drained := Silence(time.Now(), cc.Closed())
	atTheEnd := handled.Load()

	js := open(w, nc)
	push, err := js.CreateOrUpdatePushConsumer(w.Context(), "S", jetstream.ConsumerConfig{Durable: "P", DeliverSubject: "to.p", IdleHeartbeat: 100 * time.Millisecond})
	w.Must(err)
	returned := make(chan struct{})
	cc, err = push.Consume(func(jetstream.Msg) {}, jetstream.ConsumeErrHandler(func(cc jetstream.ConsumeContext, err error) {
		cc.Stop()
		select {
		case <-returned:
		default:
			close(returned)
		}
	}))
	w.Must(err)
	w.Must(js.DeleteConsumer(w.Context(), "S", "P"))
	stopped := Silence(time.Now(), returned)
	closed := make(chan struct{}) // cc.Closed itself may not return
	go func() {
		<-cc.Closed()
		close(closed)
	}()
	ended := Silence(time.Now(), closed)
	return Judge(drained > 10*time.Second || atTheEnd != n || stopped > 10*time.Second || ended > 10*time.Second,
		"%d of %d were handled when Drain had ended, after %s; Stop in the error handler of a push consumer returned after %s, the end came after %s",
		atTheEnd, n, Round(drained), Round(stopped), Round(ended))
}

func blockedNext(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	saw, failed := "", false
	for _, way := range []string{"Stop", "Drain", "Close"} {
		nc := connect(w, w.URL)
		it, err := consumer(w, nc, "C").Messages()
		w.Must(err)
		end := make(chan error, 1)
		go func() {
			_, err := it.Next()
			end <- err
		}()
		w.Until("the pull", func() bool {
			c, err := w.JS.Consumer(w.Context(), "S", "C")
			return err == nil && c.CachedInfo().NumWaiting > 0
		})
		switch way {
		case "Stop":
			it.Stop()
		case "Drain":
			it.Drain()
		case "Close":
			nc.Close()
		}
		d := Silence(time.Now(), end)
		if d > Soon {
			failed = true
		}
		saw += fmt.Sprintf("%s ends Next after %s; ", way, Round(d))
		w.Until("the pull's end", func() bool {
			c, err := w.JS.Consumer(w.Context(), "S", "C")
			return err == nil && c.CachedInfo().NumWaiting == 0
		})
	}
	return Judge(failed, "%s", saw[:len(saw)-2])
}

func leaks(w *World) Outcome {
	w.Stream()
	w.Consumer("C", time.Minute)
	nc := connect(w, w.URL)
	c := consumer(w, nc, "C")
	told := make(chan error, 100)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case told <- err:
		default:
		}
	})
	round := func() {
		b, err := c.FetchNoWait(1)
		w.Must(err)
		for range b.Messages() {
		}
		cc, err := c.Consume(func(jetstream.Msg) {})
		w.Must(err)
		cc.Stop()
		<-cc.Closed()
		it, err := c.Messages()
		w.Must(err)
		it.Stop()
		it.Next()
		_, err = c.Fetch(1, jetstream.FetchMaxWait(10*time.Millisecond))
		w.Must(err)
	}
	round()
	time.Sleep(100 * time.Millisecond)
	const rounds = 100
	subs, routines := nc.NumSubscriptions(), runtime.NumGoroutine()
	for range rounds {
		round()
	}
	moreSubs, moreRoutines := 0, 0
	for end := time.Now().Add(Soon); ; time.Sleep(10 * time.Millisecond) {
		moreSubs, moreRoutines = nc.NumSubscriptions()-subs, runtime.NumGoroutine()-routines
		if moreSubs <= 0 && moreRoutines < rounds/10 || time.Now().After(end) {
			break
		}
	}
	return Judge(moreSubs > 0 || moreRoutines >= rounds/10, "after %d rounds %d subscriptions more, goroutines up by no more than %d", rounds, moreSubs, max(moreRoutines, 0))
}
