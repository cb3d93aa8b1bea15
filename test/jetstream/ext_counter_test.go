package jetstream

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

func counters(c *jetstream.StreamConfig) { c.AllowMsgCounter = true }

func TestCounters(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t, counters)
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "N", Subjects: []string{"n.>"}, AllowDirect: true}))
	huge, _ := new(big.Int).SetString("100000000000000000000000000000", 10)
	sum := new(big.Int)
	for _, d := range []*big.Int{big.NewInt(1), big.NewInt(0), big.NewInt(-5), huge, big.NewInt(7)} {
		v := must1[*big.Int](t)(jetstreamext.AddCounter(context.Background(), js, "s.a", d))
		if sum.Add(sum, d); v.Cmp(sum) != 0 {
			t.Errorf("it is %v behind %v, want %v", v, d, sum)
		}
	}
	c := must1[*jetstreamext.Counter](t)(jetstreamext.LoadCounter(within(t), js, "S", "s.a"))
	if c.Value.Cmp(sum) != 0 || c.Added.Int64() != 7 || c.Subject != "s.a" || c.Sequence != 5 {
		t.Errorf("%+v", c)
	}
	for i := range 20 {
		must1[*big.Int](t)(jetstreamext.AddCounter(within(t), js, fmt.Sprint("s.b.", i), big.NewInt(int64(i))))
	}
	list, err := readAll(jetstreamext.Counters(within(t), js, "S", "s.b.*", "s.none"))
	if err != nil || len(list) != 20 {
		t.Fatalf("%d counters, %v", len(list), err)
	}
	for _, c := range list {
		if c.Subject != "s.b."+c.Value.String() {
			t.Errorf("%+v", c)
		}
	}
	must1[*jetstream.PubAck](t)(js.Publish(within(t), "n.a", []byte("x")))
	_, none := jetstreamext.LoadCounter(within(t), js, "S", "s.none")
	_, noStream := jetstreamext.LoadCounter(within(t), js, "NONE", "s.none")
	_, plain := jetstreamext.LoadCounter(within(t), js, "N", "n.a")
	_, disabled := jetstreamext.AddCounter(within(t), js, "n.a", big.NewInt(1))
	_, missing := jetstreamext.AddCounter(within(t), js, "none", big.NewInt(1))
	_, nothing := jetstreamext.AddCounter(within(t), js, "s.a", nil)
	_, plains := readAll(jetstreamext.Counters(within(t), js, "N", "n.>"))
	for _, c := range []struct{ got, want error }{
		{none, jetstreamext.ErrNoCounter}, {noStream, jetstream.ErrStreamNotFound}, {plain, jetstream.ErrInvalidJetStreamResponse},
		{disabled, jetstreamext.ErrCountersDisabled}, {missing, jetstream.ErrNoStreamResponse}, {nothing, jetstream.ErrInvalidOption},
		{plains, jetstream.ErrInvalidJetStreamResponse},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}

// What is added while the link is lost again and again counts once each.
func TestCountersCountOnceOverLostLinks(t *testing.T) {
	t.Parallel()
	s, nc, js := direct(t, counters)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(7 * time.Millisecond):
				nc.ForceReconnect()
			}
		}
	})
	n := 0
	for ; n < 100 || nc.Stats().Reconnects < 5; n++ {
		must1[*big.Int](t)(jetstreamext.AddCounter(within(t), js, "s.a", big.NewInt(1)))
	}
	close(done)
	wg.Wait()
	look := newJS(t, connect(t, s.url()))
	c := must1[*jetstreamext.Counter](t)(jetstreamext.LoadCounter(within(t), look, "S", "s.a"))
	if c.Value.Int64() != int64(n) {
		t.Errorf("it is %v, want %d", c.Value, n)
	}
	t.Logf("%d additions over %d links", n, nc.Stats().Reconnects+1)
}
