package jetstream

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	reference "github.com/nats-io/nats.go"
	referencejs "github.com/nats-io/nats.go/jetstream"
)

// What nats.go does in the same troubles is noted beside what is required here.

func theirObjects(t *testing.T, url string, replicas int) (referencejs.JetStream, referencejs.ObjectStore) {
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

// theirPut says how an object of theirs is stored and read again.
func theirPut(t *testing.T, b referencejs.ObjectStore, seed byte, n int, at func(int)) string {
	t.Helper()
	if _, err := b.Put(within(t), referencejs.ObjectMeta{Name: "theirs"}, newSource(seed, n, at)); err != nil {
		return fmt.Sprintf("put: %v", err)
	}
	r, err := b.Get(within(t), "theirs")
	if err != nil {
		return fmt.Sprintf("put: nil; get: %v", err)
	}
	defer r.Close()
	got, want := sha256.New(), sha256.New()
	k, err := io.Copy(got, r)
	io.Copy(want, newSource(seed, n, nil))
	return fmt.Sprintf("put: nil; get: %d of %d bytes, %v, the same: %v", k, n, err, string(got.Sum(nil)) == string(want.Sum(nil)))
}

// theirSlowRead says how reading goes on after a pause.
func theirSlowRead(t *testing.T, b referencejs.ObjectStore, name string, pause time.Duration) string {
	t.Helper()
	r, err := b.Get(context.Background(), name)
	must(t, err)
	defer r.Close()
	_, err = io.ReadFull(r, make([]byte, 64<<10))
	must(t, err)
	time.Sleep(pause)
	k, err := io.Copy(io.Discard, r)
	return fmt.Sprintf("%d more bytes, %v", k, err)
}
