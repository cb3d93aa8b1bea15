package stories

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/internal/natstest"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func publishing() []Row {
	return []Row{
		{Number: 7, Name: "after a blip nobody knows what is stored", Play: blip},
		{Number: 8, Name: "what is sent again is stored behind what came later", Three: true, Long: true, Play: brokenOrder},
		{Number: 12, Name: "a publish fails in an election", Three: true, Long: true, Play: publishInElection},
		{Number: 13, Name: "a publish that is under way when a link is lost waits for 5 s", Play: publishUnderWay},
		{Number: 14, Name: "more than the limit is unacknowledged, and futures never end", Long: true, Play: neverEnding},
	}
}

// ends waits for the futures, and says how they ended.
func ends(futures []jetstream.PubAckFuture) (acks []*jetstream.PubAck, failed int, told *texts) {
	told = new(texts)
	late := time.After(Limit)
	for _, f := range futures {
		select {
		case ack := <-f.Ok():
			acks = append(acks, ack)
		case err := <-f.Err():
			failed++
			told.add(err)
		case <-late:
			failed++
			told.add(errors.New("no end within " + Limit.String()))
			late = time.After(time.Millisecond)
		}
	}
	return acks, failed, told
}

// Acknowledgements are lost with the link, and some messages are published without one.
func blip(w *World) Outcome {
	w.Stream()
	nc := connect(w, w.Proxy.URL())
	js := open(w, nc)
	var futures []jetstream.PubAckFuture
	publish := func() {
		for range 100 {
			f, err := js.PublishAsync("s.x", nil, jetstream.WithMsgID(fmt.Sprint("id", len(futures))), jetstream.WithStallWait(Patience))
			w.Must(err)
			futures = append(futures, f)
		}
	}
	publish()
	<-js.PublishAsyncComplete()
	w.Proxy.BlackHole(natstest.ToClient)
	publish()
	w.Until("the messages", func() bool { return w.Stored("S") == 200 })
	w.Proxy.Refuse()
	w.Proxy.Cut()
	w.Until("the loss", func() bool { return !nc.IsConnected() })
	publish()
	w.Proxy.Heal()
	acks, failed, told := ends(futures)
	w.Must(nc.FlushTimeout(Patience))
	stored := w.Stored("S")
	return Judge(failed > 0, "of %d futures %d ended with an acknowledgement and %d with: %v; the stream has %d messages", len(futures), len(acks), failed, told, stored)
}

// The stream's leader steps down thrice while one program publishes.
func brokenOrder(w *World) Outcome {
	w.Stream()
	js := open(w, connect(w, all(w)))
	var stop atomic.Bool
	var wg sync.WaitGroup
	const changes = 3
	wg.Go(func() {
		defer stop.Store(true)
		for range changes {
			time.Sleep(200 * time.Millisecond)
			w.StepDown("")
		}
		time.Sleep(400 * time.Millisecond)
	})
	var futures []jetstream.PubAckFuture
	for !stop.Load() {
		for range 10 {
			f, err := js.PublishAsync("s.x", nil, jetstream.WithMsgID(fmt.Sprint(len(futures))), jetstream.WithStallWait(Patience))
			w.Must(err)
			futures = append(futures, f)
		}
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
	acks, failed, told := ends(futures)
	moved := len(acks) - inOrder(acks)
	// Those that a leader took without an answer before it went can't be told from lost ones.
	return Judge(moved > changes || failed > 0, "over %d elections %d of %d messages got out of order, %d failed with: %v", changes, moved, len(futures), failed, told)
}

// inOrder is how many messages are stored in the order in which they were published, when
// those that aren't are left out.
func inOrder(acks []*jetstream.PubAck) int {
	var ends []uint64 // of rising sequences, by their length
	for _, ack := range acks {
		i, _ := slices.BinarySearch(ends, ack.Sequence)
		if i == len(ends) {
			ends = append(ends, 0)
		}
		ends[i] = ack.Sequence
	}
	return len(ends)
}

func publishInElection(w *World) Outcome {
	w.Stream()
	var longest time.Duration
	var told texts
	const kills = 3
	for range kills {
		led := w.Leader("S", "")
		js := open(w, connect(w, w.Elsewhere(led).URL()))
		w.Must(led.Kill())
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), Limit)
		_, err := js.Publish(ctx, "s.x", nil)
		cancel()
		if err != nil {
			told.add(err)
		}
		longest = max(longest, time.Since(begin))
		w.Must(led.Restart(w.Context()))
		w.Must(w.Nodes.WaitFormed(w.Context()))
		w.Leader("S", "")
	}
	return Judge(told.count() > 0, "%d of %d publishes failed: %v; the slowest took %s", told.count(), kills, &told, longest.Round(time.Millisecond))
}

// The first copy is stored, and its acknowledgement is lost.
func publishUnderWay(w *World) Outcome {
	w.Stream()
	nc := connect(w, w.Proxy.URL())
	back := reconnects(nc)
	js := open(w, nc)
	w.Proxy.BlackHole(natstest.ToClient)
	end := make(chan error, 1)
	begin := time.Now()
	go func() {
		_, err := js.Publish(context.Background(), "s.x", nil, jetstream.WithMsgID("id"))
		end <- err
	}()
	w.Until("the message", func() bool { return w.Stored("S") == 1 })
	w.Proxy.Cut()
	w.Proxy.Heal()
	at := Await(w, "the reconnect", back)
	err := <-end
	return Judge(err != nil || time.Since(at) > Soon, "it ended %s after the reconnect, %s after it began, with: %v", Round(time.Since(at)), Round(time.Since(begin)), err)
}

// Somebody takes messages and acknowledges none.
func neverEnding(w *World) Outcome {
	nc := connect(w, w.URL)
	_, err := nc.Subscribe("quiet", func(*nats.Msg) {})
	w.Must(err)
	const limit = 10
	js := open(w, nc, jetstream.WithPublishAsyncMaxPending(limit))
	var mu sync.Mutex
	var futures []jetstream.PubAckFuture
	var most, refused atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				f, err := js.PublishAsync("quiet", nil, jetstream.WithStallWait(50*time.Millisecond))
				if err != nil {
					refused.Add(1)
					continue
				}
				mu.Lock()
				futures = append(futures, f)
				mu.Unlock()
				if n := int64(js.PublishAsyncPending()); n > most.Load() {
					most.Store(n)
				}
			}
		})
	}
	wg.Wait()
	begin := time.Now()
	ended := 0
	late := time.After(75 * time.Second)
	var told texts
	for _, f := range futures {
		select {
		case err := <-f.Err():
			ended++
			told.add(err)
		case <-late:
			late = time.After(time.Millisecond)
		}
	}
	return Judge(most.Load() > limit || ended < len(futures), "%d unacknowledged at most where %d may be; of %d futures that nobody acknowledges %d ended within %s, with: %v",
		most.Load(), limit, len(futures), ended, time.Since(begin).Round(time.Second), &told)
}
