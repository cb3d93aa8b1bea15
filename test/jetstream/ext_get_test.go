package jetstream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

// readAll reads a sequence to its end.
func readAll[T any](seq iter.Seq2[T, error]) (list []T, err error) {
	for v, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, v)
	}
	return list, nil
}

// direct is a stream S whose messages can be read directly.
func direct(t *testing.T, change ...func(*jetstream.StreamConfig)) (*srv, *nats.Conn, jetstream.JetStream) {
	t.Helper()
	s := start(t)
	nc := connect(t, s.url())
	js := newJS(t, nc)
	cfg := jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: true}
	for _, f := range change {
		f(&cfg)
	}
	must1[jetstream.Stream](t)(js.CreateStream(within(t), cfg))
	return s, nc, js
}

// storeMany stores n messages, on the subjects s.0 to s.(subjects-1) in turn.
func storeMany(t *testing.T, js jetstream.JetStream, n, subjects, size int) {
	t.Helper()
	payload := strings.Repeat("x", size)
	for i := range n {
		_, err := js.PublishAsync(fmt.Sprint("s.", i%subjects), []byte(payload), jetstream.WithStallWait(patience))
		must(t, err)
		if i%500 == 499 {
			receive(t, "acknowledgements", js.PublishAsyncComplete())
		}
	}
	receive(t, "acknowledgements", js.PublishAsyncComplete())
}

func sequences(list []*jetstream.RawStreamMsg) (seqs []uint64) {
	for _, m := range list {
		seqs = append(seqs, m.Sequence)
	}
	return seqs
}

func TestGetBatch(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t)
	const n = 2500
	storeMany(t, js, n, 10, 100)
	ctx := within(t)
	for _, c := range []struct {
		what  string
		n     int
		opts  []jetstreamext.GetBatchOpt
		count int
		first uint64
	}{
		{"some", 10, nil, 10, 1},
		{"more than a request gives", 2200, nil, 2200, 1},
		{"all there are", 10_000, nil, n, 1},
		{"from a number", 10_000, []jetstreamext.GetBatchOpt{jetstreamext.FromSequence(2401)}, 100, 2401},
		{"beyond the end", 10, []jetstreamext.GetBatchOpt{jetstreamext.FromSequence(n + 1)}, 0, 0},
		{"from a time", 10, []jetstreamext.GetBatchOpt{jetstreamext.FromTime(time.Now().Add(-time.Hour))}, 10, 1},
		{"from a time to come", 10, []jetstreamext.GetBatchOpt{jetstreamext.FromTime(time.Now().Add(time.Hour))}, 0, 0},
		{"of a subject", 10_000, []jetstreamext.GetBatchOpt{jetstreamext.MatchSubject("s.3")}, n / 10, 4},
		{"of a subject from a number", 3, []jetstreamext.GetBatchOpt{jetstreamext.MatchSubject("s.3"), jetstreamext.FromSequence(5)}, 3, 14},
		{"of none", 10, []jetstreamext.GetBatchOpt{jetstreamext.MatchSubject("s.none")}, 0, 0},
	} {
		list, err := readAll(jetstreamext.GetBatch(ctx, js, "S", c.n, c.opts...))
		if err != nil || len(list) != c.count || len(list) > 0 && list[0].Sequence != c.first || !slices.IsSorted(sequences(list)) {
			t.Errorf("%s: %d messages, %v", c.what, len(list), err)
		}
		for _, m := range list {
			if len(m.Data) != 100 || m.Subject != fmt.Sprint("s.", (m.Sequence-1)%10) || m.Time.IsZero() {
				t.Errorf("%s: %+v", c.what, m)
			}
		}
	}
	k := 0
	for range jetstreamext.GetBatch(ctx, js, "S", 100) {
		if k++; k == 5 {
			break
		}
	}
	if k != 5 {
		t.Errorf("a loop that was left had %d messages", k)
	}
}

func TestGetBatchSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t)
	storeMany(t, js, 3, 1, 1)
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "N", Subjects: []string{"n.>"}}))
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		what string
		seq  iter.Seq2[*jetstream.RawStreamMsg, error]
		want error
	}{
		{"no number", jetstreamext.GetBatch(within(t), js, "S", 0), jetstream.ErrInvalidOption},
		{"two beginnings", jetstreamext.GetBatch(within(t), js, "S", 1, jetstreamext.FromSequence(1), jetstreamext.FromTime(time.Now())), jetstream.ErrInvalidOption},
		{"no name", jetstreamext.GetBatch(within(t), js, "", 1), jetstream.ErrStreamNameRequired},
		{"no stream", jetstreamext.GetBatch(within(t), js, "NONE", 1), nats.ErrNoResponders},
		{"not allowed", jetstreamext.GetBatch(within(t), js, "N", 1), nats.ErrNoResponders},
		{"context", jetstreamext.GetBatch(over, js, "S", 1), context.Canceled},
		{"no subjects", jetstreamext.GetLastMsgsFor(within(t), js, "S", nil), jetstream.ErrInvalidOption},
		{"two ends", jetstreamext.GetLastMsgsFor(within(t), js, "S", []string{"s.>"}, jetstreamext.UpToSequence(1), jetstreamext.UpToTime(time.Now())), jetstream.ErrInvalidOption},
	} {
		if list, err := readAll(c.seq); !errors.Is(err, c.want) || len(list) > 0 {
			t.Errorf("%s: %d messages, %v, want %v", c.what, len(list), err, c.want)
		}
	}
}

// A read of many messages goes on behind the last that came when its link is lost, and
// gives each once.
func TestGetBatchGoesOnOverALostLink(t *testing.T) {
	t.Parallel()
	_, nc, js := direct(t)
	const n = 600
	storeMany(t, js, n, 10, 20_000) // more than is asked for at once
	want := uint64(1)
	for m, err := range jetstreamext.GetBatch(within(t), js, "S", 10_000) {
		if err != nil {
			t.Fatalf("behind message %d: %v", want-1, err)
		}
		if m.Sequence != want {
			t.Fatalf("message %d, want %d", m.Sequence, want)
		}
		if want%100 == 50 {
			must(t, nc.ForceReconnect())
		}
		want++
	}
	if want != n+1 {
		t.Errorf("it ended behind message %d", want-1)
	}
}

func TestGetLastMsgsFor(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t)
	const n, subjects = 6000, 3000
	storeMany(t, js, n, subjects, 10)
	ctx := within(t)
	var names []string
	for i := range subjects {
		names = append(names, fmt.Sprint("s.", i))
	}
	for _, c := range []struct {
		what     string
		subjects []string
		opts     []jetstreamext.GetLastOpt
		count    int
		least    uint64
	}{
		{"one", []string{"s.1"}, nil, 1, subjects + 2},
		{"two and none", []string{"s.1", "s.none", "s.2"}, nil, 2, subjects + 2},
		{"none", []string{"s.none"}, nil, 0, 0},
		{"a wildcard", []string{"s.*"}, nil, subjects, subjects + 1},
		{"overlapping", []string{"s.*", "s.1", "s.>"}, nil, subjects, subjects + 1},
		{"twice", []string{"s.1", "s.1"}, nil, 1, subjects + 2},
		{"many names", names, nil, subjects, subjects + 1},
		{"up to a number", []string{"s.1", "s.2", "s.3"}, []jetstreamext.GetLastOpt{jetstreamext.UpToSequence(3)}, 2, 2},
		{"up to a time", []string{"s.1"}, []jetstreamext.GetLastOpt{jetstreamext.UpToTime(time.Now().Add(-time.Hour))}, 0, 0},
	} {
		list, err := readAll(jetstreamext.GetLastMsgsFor(ctx, js, "S", c.subjects, c.opts...))
		seen := map[string]bool{}
		for _, m := range list {
			if seen[m.Subject] || m.Sequence < c.least {
				t.Errorf("%s: %s again, or too old: %d", c.what, m.Subject, m.Sequence)
			}
			seen[m.Subject] = true
		}
		if err != nil || len(list) != c.count {
			t.Errorf("%s: %d messages, %v, want %d", c.what, len(list), err, c.count)
		}
	}
}

// What is larger than what is asked for at once comes, too.
func TestManyLargeMessagesAreRead(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t)
	storeMany(t, js, 40, 40, 800_000)
	list, err := readAll(jetstreamext.GetLastMsgsFor(within(t), js, "S", []string{"s.*"}))
	if err != nil || len(list) != 40 {
		t.Errorf("%d messages, %v", len(list), err)
	}
	list, err = readAll(jetstreamext.GetBatch(within(t), js, "S", 39))
	if err != nil || len(list) != 39 {
		t.Errorf("%d messages, %v", len(list), err)
	}
}

func TestMessagesAndFetchesAsSequences(t *testing.T) {
	t.Parallel()
	_, _, js, st := single(t)
	fill(t, js, 20)
	c := must1[jetstream.Consumer](t)(st.CreateConsumer(within(t), jetstream.ConsumerConfig{Durable: "C"}))
	n := 0
	for m, err := range jetstreamext.Batch(c.Fetch(5)) {
		must(t, err)
		must(t, m.Ack())
		n++
	}
	if n != 5 {
		t.Errorf("a fetch gave %d messages", n)
	}
	if _, err := readAll(jetstreamext.Batch(c.Fetch(5, jetstream.FetchMaxWait(-1)))); !errors.Is(err, jetstream.ErrInvalidOption) {
		t.Errorf("a bad fetch ended with %v", err)
	}
	it := must1[jetstream.MessagesContext](t)(c.Messages())
	for m, err := range jetstreamext.Messages(within(t), it) {
		must(t, err)
		must(t, m.Ack())
		if n++; n == 10 {
			break
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	for m, err := range jetstreamext.Messages(ctx, it) { // it is still there
		if err != nil {
			if err != context.Canceled {
				t.Errorf("it ended with %v", err)
			}
			continue
		}
		must(t, m.Ack())
		if n++; n == 20 {
			cancel()
		}
	}
	cancel()
	if n != 20 {
		t.Errorf("%d messages", n)
	}
	it.Stop()
	if _, err := readAll(jetstreamext.Messages(within(t), it)); err != nil {
		t.Errorf("a stopped one ended with %v", err)
	}
	it = must1[jetstream.MessagesContext](t)(c.Messages())
	end := make(chan error, 1)
	go func() {
		_, err := readAll(jetstreamext.Messages(within(t), it))
		end <- err
	}()
	until(t, "a pull", func() bool { i, err := c.Info(moment(t)); return err == nil && i.NumWaiting > 0 })
	must(t, st.DeleteConsumer(within(t), "C"))
	if err := receive(t, "the end", end); !errors.Is(err, jetstream.ErrConsumerDeleted) {
		t.Errorf("a deleted one ended with %v", err)
	}
}
