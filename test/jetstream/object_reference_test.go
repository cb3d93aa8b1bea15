package jetstream

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"time"

	reference "github.com/nats-io/nats.go"
	referencejs "github.com/nats-io/nats.go/jetstream"
)

// What nats.go does in the same troubles is noted, not required: it may get better.

func theirs(t *testing.T, url string, replicas int) (referencejs.JetStream, referencejs.ObjectStore) {
	t.Helper()
	nc, err := reference.Connect(url)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := referencejs.New(nc)
	must(t, err)
	b, err := js.CreateObjectStore(within(t), referencejs.ObjectStoreConfig{Bucket: "B", Replicas: replicas})
	must(t, err)
	return js, b
}

func TestNatsGoOnAStreamThatRefusesChunksForAWhile(t *testing.T) {
	s, _, js, _ := single(t)
	_, b := theirs(t, s.url(), 1)
	const n = 24 * mib
	_, err := b.Put(within(t), referencejs.ObjectMeta{Name: "x"}, newSource(3, n, refuse(t, js)))
	if err != nil {
		t.Logf("nats.go: put: %v", err)
		return
	}
	r, err := b.Get(within(t), "x")
	must(t, err)
	got, want := sha256.New(), sha256.New()
	k, err := io.Copy(got, r)
	io.Copy(want, newSource(3, n, nil))
	t.Logf("nats.go: put: nil; get: %d of %d bytes, %v, the same: %v", k, n, err, string(got.Sum(nil)) == string(want.Sum(nil)))
}

func TestNatsGoWithASlowReader(t *testing.T) {
	s, _, _, _ := single(t)
	_, b := theirs(t, s.url(), 1)
	const n = 32 * mib
	_, err := b.Put(within(t), referencejs.ObjectMeta{Name: "x"}, newSource(5, n, nil))
	must(t, err)
	r, err := b.Get(context.Background(), "x")
	must(t, err)
	_, err = io.ReadFull(r, make([]byte, 64<<10))
	must(t, err)
	time.Sleep(6 * time.Second)
	k, err := io.Copy(io.Discard, r)
	t.Logf("nats.go: %d of %d bytes, %v, %v", k, n, err, errors.Is(err, context.DeadlineExceeded))
}
