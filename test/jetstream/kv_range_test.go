package jetstream

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

func TestRangingOverAWatch(t *testing.T) {
	t.Parallel()
	_, nc, kv, writer := store(t)
	put(t, writer, "a", "1")
	put(t, writer, "b", "1")
	var seen []string
	for e, err := range jetstreamext.Watch(within(t), kv, ">") {
		must(t, err)
		if e == nil {
			seen = append(seen, "-")
			put(t, writer, "c", "1")
			continue
		}
		seen = append(seen, e.Key())
		if e.Key() == "c" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "a b - c" {
		t.Errorf("got %s", got)
	}
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	var ends []error
	for e, err := range jetstreamext.WatchFiltered(ctx, kv, []string{"a", "b"}) {
		if err != nil {
			ends = append(ends, err)
		} else if e == nil {
			cancel()
		}
	}
	if len(ends) != 1 || ends[0] != context.Canceled {
		t.Errorf("ended with %v", ends)
	}
	ends = nil
	for e, err := range jetstreamext.Watch(within(t), kv, ">") {
		if err != nil {
			ends = append(ends, err)
		} else if e == nil {
			nc.Close()
		}
	}
	if len(ends) != 1 || ends[0] != jetstream.ErrConnectionClosed {
		t.Errorf("ended with %v", ends)
	}
	for _, err := range jetstreamext.Keys(within(t), kv) {
		if !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("keys: %v", err)
		}
	}
	for e, err := range jetstreamext.History(within(t), kv, "a b") {
		if e != nil || !errors.Is(err, jetstream.ErrInvalidKey) {
			t.Errorf("history: %v %v", e, err)
		}
	}
}

// A program that doesn't read holds up nothing but its own watch, and a watch that is
// stopped while it waits leaves nothing.
func TestAWatchThatNobodyReads(t *testing.T) {
	t.Parallel()
	s, _, kv, writer := store(t)
	js := newJS(t, connect(t, s.url()))
	manyOf(t, js, 5000, 1, 2<<10)
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	full(t, js, w)
	put(t, writer, "other", "v")
	if e := must1[jetstream.KeyValueEntry](t)(kv.Get(within(t), "other")); string(e.Value()) != "v" {
		t.Errorf("%s", e.Value())
	}
	must(t, w.Stop())
	n := 0
	for range w.Updates() {
		n++
	}
	if n > 1000 {
		t.Errorf("%d waited", n)
	}
	until(t, "the consumer's removal", func() bool { return len(consumers(t, js)) == 0 })
}
