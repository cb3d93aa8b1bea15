package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func oldObjectSentinels() []env.Sentinel {
	return []env.Sentinel{
		{Name: "nats.ErrBadObjectMeta", Err: nats.ErrBadObjectMeta},
		{Name: "nats.ErrBucketMalformed", Err: nats.ErrBucketMalformed},
		{Name: "nats.ErrBucketRequired", Err: nats.ErrBucketRequired},
		{Name: "nats.ErrCantGetBucket", Err: nats.ErrCantGetBucket},
		{Name: "nats.ErrDigestMismatch", Err: nats.ErrDigestMismatch},
		{Name: "nats.ErrInvalidDigestFormat", Err: nats.ErrInvalidDigestFormat},
		{Name: "nats.ErrInvalidStoreName", Err: nats.ErrInvalidStoreName},
		{Name: "nats.ErrLinkNotAllowed", Err: nats.ErrLinkNotAllowed},
		{Name: "nats.ErrNameRequired", Err: nats.ErrNameRequired},
		{Name: "nats.ErrNeeds262", Err: nats.ErrNeeds262},
		{Name: "nats.ErrNoLinkToDeleted", Err: nats.ErrNoLinkToDeleted},
		{Name: "nats.ErrNoLinkToLink", Err: nats.ErrNoLinkToLink},
		{Name: "nats.ErrNoObjectsFound", Err: nats.ErrNoObjectsFound},
		{Name: "nats.ErrObjectAlreadyExists", Err: nats.ErrObjectAlreadyExists},
		{Name: "nats.ErrObjectConfigRequired", Err: nats.ErrObjectConfigRequired},
		{Name: "nats.ErrObjectNotFound", Err: nats.ErrObjectNotFound},
		{Name: "nats.ErrObjectRequired", Err: nats.ErrObjectRequired},
		{Name: "nats.ErrUpdateMetaDeleted", Err: nats.ErrUpdateMetaDeleted},
	}
}

// Where a context is an option.
func oldObjectContexts(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	ctx := nats.Context(w.ctx)
	info, err := s.Put(&nats.ObjectMeta{Name: "x"}, strings.NewReader("data"), ctx)
	e.Err("put", err)
	e.Log("%s", showOldInfo(info))
	_, err = s.PutBytes("bytes", []byte("b"), ctx)
	e.Err("put bytes", err)
	_, err = s.PutFile(e.TempFile("file", "f"), ctx)
	e.Err("put a file", err)
	got, err := s.GetString("x", ctx)
	e.Err("get", err)
	e.Log("%q", got)
	_, err = s.GetInfo("x", ctx)
	e.Err("info", err)
	all, err := s.List(ctx)
	e.Err("list", err)
	e.Log("%d", len(all))
	e.Must(s.Delete("x"))
	all, err = s.List(ctx, nats.ListObjectsShowDeleted())
	e.Err("list deleted ones too", err)
	e.Log("%d", len(all))
	_, err = s.GetInfo("x", nats.GetObjectInfoShowDeleted(), ctx)
	e.Err("info of a deleted one", err)
	r, err := s.Get("x", ctx, nats.GetObjectShowDeleted())
	e.Err("get a deleted one", err)
	n, err := io.Copy(io.Discard, r)
	e.Log("%d %v", n, err)
	n = 0
	for range w.js.ObjectStoreNames(ctx) {
		n++
	}
	e.Log("%d", n)
}

func oldObjectContextsEnd(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	ctx, cancel := context.WithCancel(w.ctx)
	_, err := s.Put(&nats.ObjectMeta{Name: "x"}, io.MultiReader(strings.NewReader("data"), endless(cancel)), nats.Context(ctx))
	e.Log("put: %v", errors.Is(err, context.Canceled))
	_, err = s.GetInfo("x")
	e.Err("info", err)
	e.Until("no chunk is left", func() bool { return w.objectMessages() == "0 chunks, 0 infos" })
	_, err = s.PutBytes("y", make([]byte, 3<<20))
	e.Must(err)
	ctx, cancel = context.WithCancel(w.ctx)
	r, err := s.Get("y", nats.Context(ctx))
	e.Err("get", err)
	_, err = io.ReadFull(r, make([]byte, 100))
	e.Err("read", err)
	e.Err("close", r.Close())
	cancel()
	ctx, cancel = context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	b, err := s.GetBytes("y", nats.Context(ctx))
	e.Err("get all", err)
	e.Log("%d", len(b))
}

// endless gives bytes without an end, and calls f after some.
func endless(f func()) io.Reader { return &endlessly{f: f} }

type endlessly struct {
	f func()
	n int
}

func (r *endlessly) Read(p []byte) (int, error) {
	if r.n++; r.n == 20 {
		r.f()
	}
	return len(p), nil
}

// The older API's errors and those of package jetstream are different ones.
func oldObjectOtherErrors(e *env.Env) {
	for _, p := range []struct {
		name       string
		old, newer error
	}{
		{"ErrObjectNotFound", nats.ErrObjectNotFound, jetstream.ErrObjectNotFound},
		{"ErrBadObjectMeta", nats.ErrBadObjectMeta, jetstream.ErrBadObjectMeta},
		{"ErrDigestMismatch", nats.ErrDigestMismatch, jetstream.ErrDigestMismatch},
		{"ErrInvalidStoreName", nats.ErrInvalidStoreName, jetstream.ErrInvalidStoreName},
		{"ErrLinkNotAllowed", nats.ErrLinkNotAllowed, jetstream.ErrLinkNotAllowed},
		{"ErrNoObjectsFound", nats.ErrNoObjectsFound, jetstream.ErrNoObjectsFound},
		{"ErrNameRequired", nats.ErrNameRequired, jetstream.ErrNameRequired},
		{"ErrBucketRequired", nats.ErrBucketRequired, jetstream.ErrBucketRequired},
		{"ErrUpdateMetaDeleted", nats.ErrUpdateMetaDeleted, jetstream.ErrUpdateMetaDeleted},
	} {
		var je nats.JetStreamError
		e.Log("%s: %v %v, %q, of JetStream %v", p.name, errors.Is(p.old, p.newer), errors.Is(p.newer, p.old), p.old, errors.As(p.old, &je))
	}
	e.Log("%q %q", nats.ErrNeeds262, nats.ErrBucketMalformed)
}

func oldObjectJSON(e *env.Env) {
	show := func(v any) {
		b, err := json.Marshal(v)
		e.Err("marshal", err)
		e.Log("%s", b)
	}
	at := time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC)
	show(nats.ObjectInfo{})
	show(nats.ObjectInfo{
		ObjectMeta: nats.ObjectMeta{
			Name: "n", Description: "d", Headers: nats.Header{"A": {"1", "2"}}, Metadata: map[string]string{"k": "v"},
			Opts: &nats.ObjectMetaOptions{ChunkSize: 7, Link: &nats.ObjectLink{Bucket: "C", Name: "m"}},
		},
		Bucket: "B", NUID: "N", Size: 1, ModTime: at, Chunks: 2, Digest: "SHA-256=x", Deleted: true,
	})
	show(nats.ObjectMeta{Name: "n", Opts: &nats.ObjectMetaOptions{Link: &nats.ObjectLink{Bucket: "C"}}})
	show(nats.ObjectStoreConfig{})
	show(nats.ObjectStoreConfig{
		Bucket: "B", Description: "d", TTL: time.Second, MaxBytes: 1, Storage: nats.MemoryStorage, Replicas: 1,
		Placement: &nats.Placement{Cluster: "c"}, Metadata: map[string]string{"k": "v"}, Compression: true,
	})
}

// What one API stores the other reads.
func oldObjectBothFaces(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	newer, err := w.world.js.ObjectStore(w.ctx, "B")
	e.Err("find", err)
	w.putOldObject(s, "x", "older")
	_, err = newer.PutString(w.ctx, "y", "newer")
	e.Err("put", err)
	got, err := newer.GetString(w.ctx, "x")
	e.Err("get", err)
	e.Log("%q", got)
	got, err = s.GetString("y")
	e.Err("get", err)
	e.Log("%q", got)
	y, err := s.GetInfo("y")
	e.Err("info", err)
	_, err = s.AddLink("l", y)
	e.Err("link", err)
	got, err = newer.GetString(w.ctx, "l")
	e.Err("get", err)
	e.Log("%q", got)
	_, err = newer.AddLink(w.ctx, "l", nil)
	e.Err("link to nothing", err)
	all, err := newer.List(w.ctx)
	e.Err("list", err)
	e.Log("%d", len(all))
}

// A store goes on over another connection.
func oldObjectReconnect(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "x", "data")
	ow, err := s.Watch()
	e.Err("watch", err)
	oldObjectUpdate(e, "at first", ow)
	oldObjectUpdate(e, "at first", ow)
	e.Must(w.nc.ForceReconnect())
	e.Until("the link", func() bool { return w.nc.IsConnected() && w.nc.Stats().Reconnects > 0 })
	got, err := s.GetString("x")
	e.Err("get", err)
	e.Log("%q", got)
	w.putOldObject(s, "y", "more")
	oldObjectUpdate(e, "later", ow)
	e.Err("stop", ow.Stop())
	all, err := s.List()
	e.Err("list", err)
	e.Log("%d", len(all))
}
