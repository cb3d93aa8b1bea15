package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

// More than the window, the outbound buffer and a lost link would bear is published without
// an error, and is stored once and in order.
func TestAPublisherWaitsAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url(), nats.ReconnectBufSize(1<<20))
	js := newJS(t, nc, jetstream.WithPublishAsyncMaxPending(64))
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: true, Storage: jetstream.MemoryStorage}))
	p := must1[*jetstreamext.Publisher](t)(jetstreamext.NewPublisher(js))
	ctx := within(t)
	const n = 1500
	payload := strings.Repeat("x", 10_000)
	for i := range n {
		must1[*jetstreamext.Published](t)(p.Publish(ctx, "s.a", []byte(fmt.Sprint(i, " ", payload))))
		if i == 300 || i == 900 {
			must(t, nc.ForceReconnect())
		}
	}
	must(t, p.Flush(ctx))
	if p.Pending() != 0 {
		t.Errorf("%d wait behind a flush", p.Pending())
	}
	i := 0
	for m, err := range jetstreamext.GetBatch(ctx, js, "S", 10*n) {
		must(t, err)
		if text, _, _ := strings.Cut(string(m.Data), " "); text != fmt.Sprint(i) {
			t.Fatalf("message %d is %s, want %d", m.Sequence, text, i)
		}
		i++
	}
	if i != n {
		t.Errorf("%d messages are stored, want %d", i, n)
	}
}

func TestAPublisherOfManyKeepsEachOnesOrder(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t)
	p := must1[*jetstreamext.Publisher](t)(jetstreamext.NewPublisher(js, jetstreamext.PublisherMaxPending(5), jetstreamext.PublisherMaxBytes(100)))
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				w, err := p.Publish(within(t), fmt.Sprint("s.", g), []byte(fmt.Sprint(i)))
				if err != nil {
					t.Error(err)
					return
				}
				if p.Pending() > 5 {
					t.Errorf("%d wait", p.Pending())
				}
				if i%10 == 0 {
					if ack, err := w.Ack(within(t)); err != nil || ack.Stream != "S" {
						t.Errorf("%v, %v", ack, err)
					}
				}
			}
		})
	}
	wg.Wait()
	must(t, p.Flush(within(t)))
	next := map[string]int{}
	for m, err := range jetstreamext.GetBatch(within(t), js, "S", 1000) {
		must(t, err)
		if string(m.Data) != fmt.Sprint(next[m.Subject]) {
			t.Errorf("%s has %q, want %d", m.Subject, m.Data, next[m.Subject])
		}
		next[m.Subject]++
	}
	// One that is larger than all that may be goes alone.
	must1[*jetstreamext.Published](t)(p.Publish(within(t), "s.big", make([]byte, 1000)))
	must(t, p.Flush(within(t)))
}

func TestAPublisherStopsAtTheFirstThatFails(t *testing.T) {
	t.Parallel()
	s, nc, js := direct(t)
	for _, o := range []jetstreamext.PublisherOpt{jetstreamext.PublisherMaxPending(0), jetstreamext.PublisherMaxBytes(-1)} {
		if _, err := jetstreamext.NewPublisher(js, o); !errors.Is(err, jetstream.ErrInvalidOption) {
			t.Errorf("%v", err)
		}
	}
	p := must1[*jetstreamext.Publisher](t)(jetstreamext.NewPublisher(js, jetstreamext.PublisherMaxPending(2)))
	if _, err := p.PublishMsg(within(t), nil); err != nats.ErrInvalidMsg {
		t.Errorf("nil: %v", err)
	}
	wrong := &jetstream.APIError{ErrorCode: jetstream.JSErrCodeStreamWrongLastSequence}
	w := must1[*jetstreamext.Published](t)(p.Publish(within(t), "s.a", nil, jetstream.WithExpectLastSequence(77)))
	receive(t, "the outcome", w.Done())
	if _, err := w.Ack(within(t)); !errors.Is(err, wrong) {
		t.Errorf("it ended with %v", err)
	}
	until(t, "the end", func() bool { return p.Pending() == 0 })
	if _, err := p.Publish(within(t), "s.b", nil); !errors.Is(err, wrong) {
		t.Errorf("behind it: %v", err)
	}
	if err := p.Flush(within(t)); !errors.Is(err, wrong) {
		t.Errorf("a flush says %v", err)
	}
	must1[*jetstreamext.Published](t)(p.Publish(within(t), "s.b", nil))
	must(t, p.Flush(within(t)))
	// While nobody answers there is no room, and the context ends the wait for it.
	s.down()
	until(t, "the loss", func() bool { return !nc.IsConnected() })
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	var err error
	for range 3 {
		if _, err = p.Publish(ctx, "s.c", nil); err != nil {
			break
		}
	}
	if err != context.DeadlineExceeded || p.Pending() != 2 {
		t.Errorf("%v, %d wait", err, p.Pending())
	}
	if err := p.Flush(ctx); err != context.DeadlineExceeded {
		t.Errorf("a flush says %v", err)
	}
	s.up()
	must(t, p.Flush(within(t)))
}
