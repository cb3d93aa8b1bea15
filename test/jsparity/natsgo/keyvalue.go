package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func keyValue() []env.Scenario {
	return []env.Scenario{
		{Name: "kv/buckets", Run: kvBuckets},
		{Name: "kv/bucket names", Run: kvBucketNames},
		{Name: "kv/stream configuration", Run: kvConfiguration},
		{Name: "kv/status", Run: kvStatus},
		{Name: "kv/lists of buckets", Run: kvLists},
		{Name: "kv/not a bucket", Run: kvForeign},
		{Name: "kv/get and put", Run: kvGetPut},
		{Name: "kv/revisions", Run: kvRevisions},
		{Name: "kv/key names", Run: kvKeyNames},
		{Name: "kv/create", Run: kvCreate},
		{Name: "kv/update", Run: kvUpdate},
		{Name: "kv/delete", Run: kvDelete},
		{Name: "kv/purge", Run: kvPurge},
		{Name: "kv/purge deletes", Run: kvPurgeDeletes},
		{Name: "kv/history", Run: kvHistory},
		{Name: "kv/keys", Run: kvKeys},
		{Name: "kv/list keys", Run: kvListKeys},
		{Name: "kv/list keys filtered", Run: kvListFiltered},
		{Name: "kv/key TTL", Run: kvKeyTTL},
		{Name: "kv/limit markers", Run: kvLimitMarkers},
		{Name: "kv/limits", Run: kvLimits},
		{Name: "kv/on the wire", Run: kvWire},
		{Name: "kv/mirror", Run: kvMirror},
		{Name: "kv/sources", Run: kvSources},
		{Name: "kv/republish", Run: kvRepublish},
		{Name: "kv/no direct reads", Run: kvNoDirect},
		{Name: "kv/markers of the server", Run: kvServerMarkers},
		{Name: "kv/bucket gone", Run: kvGone},
		{Name: "kv/domain", Run: kvDomain},
	}
}

func (w *world) bucket(change ...func(*jetstream.KeyValueConfig)) jetstream.KeyValue {
	w.Helper()
	cfg := jetstream.KeyValueConfig{Bucket: "B"}
	for _, f := range change {
		f(&cfg)
	}
	kv, err := w.js.CreateKeyValue(w.ctx, cfg)
	w.Must(err)
	return kv
}

func history(n uint8) func(*jetstream.KeyValueConfig) {
	return func(c *jetstream.KeyValueConfig) { c.History = n }
}

// said is what the server said, whatever it is wrapped in.
func said(err error) string {
	var e *jetstream.APIError
	if errors.As(err, &e) {
		return fmt.Sprint(e.Code, "/", e.ErrorCode)
	}
	return "no code"
}

// entry is an entry as the program sees it.
func entry(x jetstream.KeyValueEntry) string {
	if x == nil {
		return "nil"
	}
	return fmt.Sprintf("%s/%s = %q #%d +%d %s, new %v", x.Bucket(), x.Key(), x.Value(), x.Revision(), x.Delta(), x.Operation(),
		time.Since(x.Created()) < time.Minute && time.Since(x.Created()) > -time.Minute)
}

func (w *world) put(kv jetstream.KeyValue, pairs ...string) {
	w.Helper()
	for i := 0; i < len(pairs); i += 2 {
		_, err := kv.PutString(w.ctx, pairs[i], pairs[i+1])
		w.Must(err)
	}
}

func (w *world) get(kv jetstream.KeyValue, key string) {
	w.Helper()
	x, err := kv.Get(w.ctx, key)
	w.Err("get "+key, err)
	w.Log("%s, %v", entry(x), x == nil)
}

func kvBuckets(e *env.Env) {
	w := begin(e)
	_, err := w.js.KeyValue(w.ctx, "B")
	e.Err("open none", err)
	_, err = w.js.UpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B"})
	e.Err("update none", err)
	e.Err("delete none", w.js.DeleteKeyValue(w.ctx, "B"))
	kv, err := w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B"})
	e.Err("create", err)
	e.Log("%s", kv.Bucket())
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B"})
	e.Err("create again", err)
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B", History: 5})
	e.Err("create another", err)
	e.Log("%s", said(err))
	kv, err = w.js.UpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B", History: 5})
	e.Err("update", err)
	kv, err = w.js.CreateOrUpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B", History: 6})
	e.Err("create or update", err)
	kv, err = w.js.CreateOrUpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "C"})
	e.Err("create or update another", err)
	kv, err = w.js.UpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "C", Storage: jetstream.MemoryStorage})
	e.Err("an update that can't be", err)
	kv, err = w.js.KeyValue(w.ctx, "B")
	e.Err("open", err)
	e.Log("%s", kv.Bucket())
	e.Err("delete", w.js.DeleteKeyValue(w.ctx, "B"))
	e.Err("delete again", w.js.DeleteKeyValue(w.ctx, "B"))
	_, err = kv.PutString(w.ctx, "k", "v")
	e.Err("put", err)
	_, err = kv.Status(w.ctx)
	e.Err("status", err)
}

func kvBucketNames(e *env.Env) {
	w := begin(e)
	for _, name := range []string{"", "a.b", "a b", "a*", ">", "a/b", "ü", "a_b-c9", "KV_x"} {
		_, err := w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: name})
		e.Err("create "+name, err)
		_, err = w.js.UpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: name})
		e.Err("update "+name, err)
		_, err = w.js.CreateOrUpdateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: name})
		e.Err("create or update "+name, err)
		_, err = w.js.KeyValue(w.ctx, name)
		e.Err("open "+name, err)
		e.Err("delete "+name, w.js.DeleteKeyValue(w.ctx, name))
	}
	_, err := w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B", History: 65})
	e.Err("history", err)
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "B", History: 64})
	e.Err("history", err)
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "R", Replicas: 3})
	e.Log("replicas: %v %s", err != nil, said(err))
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "M", MaxBytes: -5, MaxValueSize: -7})
	e.Err("negative limits", err)
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "L", LimitMarkerTTL: -time.Second})
	e.Err("a negative marker TTL", err)
	_, err = w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "T", TTL: -time.Second})
	e.Log("a negative TTL: %v", err != nil)
}

func (w *world) config(what string, bucket string) {
	w.Helper()
	s, err := w.js.Stream(w.ctx, "KV_"+bucket)
	w.Must(err)
	c := s.CachedInfo().Config
	c.Metadata = nil
	w.Log("%s: %+v", what, c)
	w.Log("placement %+v, republish %+v, mirror %+v, %d sources", c.Placement, c.RePublish, c.Mirror, len(c.Sources))
	for _, x := range c.Sources {
		w.Log("source %+v", *x)
	}
}

func plain(s *jetstream.StreamSource) string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("%s %d %s %+v %+v %s", s.Name, s.OptStartSeq, s.FilterSubject, s.SubjectTransforms, s.External, s.Domain)
}

func kvConfiguration(e *env.Env) {
	w := begin(e)
	show := func(what string, cfg jetstream.KeyValueConfig) {
		kv, err := w.js.CreateKeyValue(w.ctx, cfg)
		e.Err(what, err)
		if err != nil {
			return
		}
		st, err := kv.Status(w.ctx)
		e.Must(err)
		c := st.(*jetstream.KeyValueBucketStatus).StreamInfo().Config
		for k, v := range c.Metadata {
			if !strings.HasPrefix(k, "_nats") {
				e.On("metadata").Log("%s=%s", k, v)
			}
		}
		c.Metadata = nil
		mirror, sources, rep := c.Mirror, c.Sources, c.RePublish
		c.Mirror, c.Sources, c.RePublish, c.Placement = nil, nil, nil, nil
		e.Log("%+v", c)
		e.Log("%+v", rep)
		e.Log("mirror %s", plain(mirror))
		for _, x := range sources {
			e.Log("source %s", plain(x))
		}
	}
	show("plain", jetstream.KeyValueConfig{Bucket: "P"})
	show("all", jetstream.KeyValueConfig{
		Bucket: "A", Description: "d", MaxValueSize: 100, History: 7, TTL: time.Hour, MaxBytes: 100000, Storage: jetstream.MemoryStorage,
		Replicas: 1, RePublish: &jetstream.RePublish{Source: ">", Destination: "r.>", HeadersOnly: true}, Compression: true,
		Metadata: map[string]string{"k": "v"},
	})
	show("a short TTL", jetstream.KeyValueConfig{Bucket: "T", TTL: time.Minute})
	show("a short marker TTL", jetstream.KeyValueConfig{Bucket: "L", LimitMarkerTTL: time.Minute})
	show("a long marker TTL", jetstream.KeyValueConfig{Bucket: "LL", LimitMarkerTTL: time.Hour})
	show("a mirror", jetstream.KeyValueConfig{Bucket: "M", Mirror: &jetstream.StreamSource{Name: "P"}})
	show("a mirror of a stream", jetstream.KeyValueConfig{Bucket: "M2", Mirror: &jetstream.StreamSource{Name: "KV_P"}})
	show("a source", jetstream.KeyValueConfig{Bucket: "S", Sources: []*jetstream.StreamSource{{Name: "P"}, {Name: "KV_T"}}})
	show("a source with a transform", jetstream.KeyValueConfig{Bucket: "S2", Sources: []*jetstream.StreamSource{
		{Name: "KV_P", SubjectTransforms: []jetstream.SubjectTransformConfig{{Source: "$KV.P.x.>", Destination: "$KV.S2.>"}}}}})
	show("both", jetstream.KeyValueConfig{Bucket: "X", Mirror: &jetstream.StreamSource{Name: "P"}, Sources: []*jetstream.StreamSource{{Name: "P"}}})
}

func kvStatus(e *env.Env) {
	w := begin(e)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) {
		c.Description, c.MaxValueSize, c.History, c.TTL, c.MaxBytes = "d", 100, 3, time.Hour, 100000
		c.Compression, c.LimitMarkerTTL, c.Metadata = true, time.Minute, map[string]string{"k": "v"}
	})
	w.put(kv, "a", "1", "a", "2", "b", "1")
	st, err := kv.Status(w.ctx)
	e.Err("status", err)
	e.Log("%s %d values, %d, %v, %s, bytes %v, %v, %v, %s", st.Bucket(), st.Values(), st.History(), st.TTL(), st.BackingStore(),
		st.Bytes() > 0, st.IsCompressed(), st.LimitMarkerTTL(), st.Metadata()["k"])
	c := st.Config()
	c.Metadata = map[string]string{"k": c.Metadata["k"]}
	e.Log("%+v", c)
	st, err = w.bucket(func(c *jetstream.KeyValueConfig) { c.Bucket = "P" }).Status(w.ctx)
	e.Err("status of another", err)
	c = st.Config()
	c.Metadata = nil
	e.Log("%+v %d %v %v", c, st.History(), st.TTL(), st.LimitMarkerTTL())
}

func kvLists(e *env.Env) {
	w := begin(e)
	list := func() {
		var names, stores []string
		n := w.js.KeyValueStoreNames(w.ctx)
		for name := range n.Name() {
			names = append(names, name)
		}
		l := w.js.KeyValueStores(w.ctx)
		for s := range l.Status() {
			stores = append(stores, fmt.Sprint(s.Bucket(), " ", s.Values()))
		}
		e.Err("names", n.Error())
		e.Err("stores", l.Error())
		e.Log("%v %v", e.Sorted(names), e.Sorted(stores))
	}
	list()
	w.stream()
	for _, b := range []string{"A", "B", "C"} {
		w.put(w.bucket(func(c *jetstream.KeyValueConfig) { c.Bucket = b }), "k", "v")
	}
	_, err := w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "KV_like", Subjects: []string{"other"}})
	e.Must(err)
	_, err = w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "unlike", Subjects: []string{"$KV.unlike.>"}})
	e.Must(err)
	w.bucket(func(c *jetstream.KeyValueConfig) { c.Bucket, c.Mirror = "M", &jetstream.StreamSource{Name: "A"} })
	list()
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	n := w.js.KeyValueStoreNames(ctx)
	for range n.Name() {
	}
	e.Err("names with a context that is over", n.Error())
	l := w.js.KeyValueStores(ctx)
	for range l.Status() {
	}
	e.Err("stores with a context that is over", l.Error())
}

func kvForeign(e *env.Env) {
	w := begin(e)
	_, err := w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "KV_F", Subjects: []string{"f"}})
	e.Must(err)
	_, err = w.js.KeyValue(w.ctx, "F")
	e.Err("open", err)
	_, err = w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "KV_G", Subjects: []string{"$KV.G.>"}, MaxMsgsPerSubject: 3})
	e.Must(err)
	kv, err := w.js.KeyValue(w.ctx, "G")
	e.Err("open another", err)
	if err == nil {
		w.put(kv, "k", "v")
		w.get(kv, "k")
		w.get(kv, "none")
	}
}

func kvGetPut(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.get(kv, "k")
	for i := range 3 {
		n, err := kv.Put(w.ctx, "k", []byte(fmt.Sprint(i)))
		e.Err("put", err)
		e.Log("#%d", n)
	}
	w.get(kv, "k")
	n, err := kv.PutString(w.ctx, "other.key", "v")
	e.Err("put string", err)
	e.Log("#%d", n)
	w.get(kv, "other.key")
	w.get(kv, "k")
	n, err = kv.Put(w.ctx, "empty", nil)
	e.Err("put nothing", err)
	w.get(kv, "empty")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err = kv.Put(ctx, "k", nil)
	e.Err("put with a context that is over", err)
	_, err = kv.Get(ctx, "k")
	e.Err("get with a context that is over", err)
}

func kvRevisions(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	w.put(kv, "a", "1", "b", "1", "a", "2")
	e.Must(kv.Delete(w.ctx, "a"))
	for _, rev := range []uint64{0, 1, 2, 3, 4, 5} {
		x, err := kv.GetRevision(w.ctx, "a", rev)
		e.Err(fmt.Sprint("revision ", rev), err)
		e.Log("%s", entry(x))
	}
	_, err := kv.GetRevision(w.ctx, "a b", 1)
	e.Err("of a bad key", err)
}

func kvKeyNames(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	for _, key := range []string{"", ".", ".a", "a.", "a b", "a\tb", "*", "a.*", ">", "a.>", "ü", "a#", "a/b", "a=b", "a_b-c.D9", "\\", "$x", "{a}"} {
		_, err := kv.Put(w.ctx, key, nil)
		e.Err("put "+key, err)
		_, err = kv.Get(w.ctx, key)
		e.Err("get "+key, err)
		_, err = kv.Create(w.ctx, key, nil)
		e.Err("create "+key, err)
		_, err = kv.Update(w.ctx, key, nil, 1000)
		e.Err("update "+key, err)
		e.Err("delete "+key, kv.Delete(w.ctx, key))
		e.Err("purge "+key, kv.Purge(w.ctx, key))
		_, err = kv.History(w.ctx, key)
		e.Err("history "+key, err)
		x, err := kv.Watch(w.ctx, key)
		e.Err("watch "+key, err)
		if err == nil {
			x.Stop()
		}
	}
}

func kvCreate(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	n, err := kv.Create(w.ctx, "k", []byte("1"))
	e.Err("create", err)
	e.Log("#%d", n)
	n, err = kv.Create(w.ctx, "k", []byte("2"))
	e.Err("create again", err)
	e.Log("#%d %s", n, said(err))
	e.Must(kv.Delete(w.ctx, "k"))
	n, err = kv.Create(w.ctx, "k", []byte("3"))
	e.Err("create a deleted one", err)
	e.Log("#%d", n)
	e.Must(kv.Purge(w.ctx, "k"))
	n, err = kv.Create(w.ctx, "k", []byte("4"))
	e.Err("create a purged one", err)
	e.Log("#%d", n)
	_, err = kv.Create(w.ctx, "ttl", nil, jetstream.KeyTTL(time.Hour))
	e.Log("with a TTL that the bucket doesn't allow: %v %s", err != nil, said(err))
	_, err = kv.Create(w.ctx, "ttl", nil, jetstream.KeyTTL(-time.Hour))
	e.Log("with a negative TTL: %v", err != nil)
}

func kvUpdate(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	n, err := kv.Update(w.ctx, "k", []byte("0"), 0)
	e.Err("update none", err)
	e.Log("#%d", n)
	n, err = kv.Update(w.ctx, "k", []byte("1"), 1)
	e.Err("update", err)
	e.Log("#%d", n)
	n, err = kv.Update(w.ctx, "k", []byte("2"), 1)
	e.Err("update an old one", err)
	e.Log("#%d %s", n, said(err))
	_, err = kv.Update(w.ctx, "k", []byte("2"), 100)
	e.Err("update a new one", err)
	_, err = kv.Update(w.ctx, "k", []byte("2"), 0)
	e.Err("update as if there were none", err)
	_, err = kv.Update(w.ctx, "none", []byte("2"), 7)
	e.Err("update one that isn't there", err)
}

func kvDelete(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	w.put(kv, "a", "1", "b", "1")
	e.Err("delete", kv.Delete(w.ctx, "a"))
	w.get(kv, "a")
	e.Err("delete again", kv.Delete(w.ctx, "a"))
	e.Err("delete one that never was", kv.Delete(w.ctx, "none"))
	e.Err("delete another revision", kv.Delete(w.ctx, "b", jetstream.LastRevision(1)))
	e.Err("delete that revision", kv.Delete(w.ctx, "b", jetstream.LastRevision(2)))
	e.Err("delete a marker", kv.Delete(w.ctx, "b", jetstream.LastRevision(5)))
	e.Err("delete with a revision of 0", kv.Delete(w.ctx, "new", jetstream.LastRevision(0)))
	w.put(kv, "there", "1")
	e.Err("delete one that is there with a revision of 0", kv.Delete(w.ctx, "there", jetstream.LastRevision(0)))
	e.Err("delete with a negative TTL", kv.Delete(w.ctx, "there", jetstream.PurgeTTL(-time.Hour)))
	e.Err("delete with a TTL", kv.Delete(w.ctx, "b", jetstream.PurgeTTL(time.Hour)))
	w.watched(kv, ">", jetstream.IncludeHistory())
}

func kvPurge(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	w.put(kv, "a", "1", "a", "2", "b", "1", "b", "2")
	e.Err("purge", kv.Purge(w.ctx, "a"))
	w.get(kv, "a")
	e.Err("purge another revision", kv.Purge(w.ctx, "b", jetstream.LastRevision(3)))
	e.Err("purge that revision", kv.Purge(w.ctx, "b", jetstream.LastRevision(4)))
	e.Err("purge one that never was", kv.Purge(w.ctx, "none"))
	e.Err("purge with a negative TTL", kv.Purge(w.ctx, "b", jetstream.PurgeTTL(-time.Hour)))
	err := kv.Purge(w.ctx, "b", jetstream.PurgeTTL(time.Hour))
	e.Log("purge with a TTL that the bucket doesn't allow: %v %s", err != nil, said(err))
	w.watched(kv, ">", jetstream.IncludeHistory())
}

func kvPurgeDeletes(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	e.Err("of nothing", kv.PurgeDeletes(w.ctx))
	w.put(kv, "a", "1", "a", "2", "b", "1", "c", "1", "c", "2")
	e.Must(kv.Delete(w.ctx, "a"))
	e.Must(kv.Purge(w.ctx, "b"))
	e.Err("young markers stay", kv.PurgeDeletes(w.ctx))
	w.watched(kv, ">", jetstream.IncludeHistory())
	e.Err("all go", kv.PurgeDeletes(w.ctx, jetstream.DeleteMarkersOlderThan(-1)))
	w.watched(kv, ">", jetstream.IncludeHistory())
	e.Must(kv.Delete(w.ctx, "c"))
	e.Err("old ones", kv.PurgeDeletes(w.ctx, jetstream.DeleteMarkersOlderThan(time.Nanosecond)))
	e.Err("zero", kv.PurgeDeletes(w.ctx, jetstream.DeleteMarkersOlderThan(0)))
	w.watched(kv, ">", jetstream.IncludeHistory())
}

func kvHistory(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(3))
	show := func(key string, opts ...jetstream.WatchOpt) {
		l, err := kv.History(w.ctx, key, opts...)
		e.Err("history "+key, err)
		e.Log("%v", l == nil)
		for _, x := range l {
			e.Log("%s", entry(x))
		}
	}
	show("k")
	w.put(kv, "k", "1", "x.a", "1", "k", "2", "k", "3", "k", "4", "x.b", "1", "x.a", "2")
	show("k")
	e.Must(kv.Delete(w.ctx, "k"))
	show("k")
	show("k", jetstream.IgnoreDeletes())
	show("k", jetstream.MetaOnly())
	show("x.*")
	show("x.>")
	show("k", jetstream.ResumeFromRevision(4))
	show("k", jetstream.UpdatesOnly())
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err := kv.History(ctx, "k")
	e.Err("with a context that is over", err)
}

func kvKeys(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(3))
	show := func(what string, opts ...jetstream.WatchOpt) {
		l, err := kv.Keys(w.ctx, opts...)
		e.Err(what, err)
		e.Log("%v %q", l == nil, l)
	}
	show("none")
	w.put(kv, "a", "1", "b", "1", "c.x", "1", "a", "2", "d", "1")
	show("some")
	e.Must(kv.Delete(w.ctx, "b"))
	e.Must(kv.Purge(w.ctx, "d"))
	show("fewer")
	show("with history", jetstream.IncludeHistory())
	show("meta only", jetstream.MetaOnly())
	e.Must(kv.Delete(w.ctx, "a"))
	e.Must(kv.Delete(w.ctx, "c.x"))
	show("none again")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err := kv.Keys(ctx)
	e.Err("with a context that is over", err)
}

func keysOf(e *env.Env, what string, l jetstream.KeyLister, err error) {
	e.Helper()
	e.Err(what, err)
	if err != nil {
		return
	}
	var keys []string
	for k := range l.Keys() {
		keys = append(keys, k)
	}
	e.Log("%q", keys)
}

func kvListKeys(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	l, err := kv.ListKeys(w.ctx)
	keysOf(e, "none", l, err)
	for i := range 500 {
		w.put(kv, fmt.Sprint("k.", i), "v")
	}
	e.Must(kv.Delete(w.ctx, "k.7"))
	l, err = kv.ListKeys(w.ctx)
	keysOf(e, "many", l, err)
	e.Err("stop behind the end", l.Stop())
	l, err = kv.ListKeys(w.ctx)
	e.Err("list", err)
	e.Log("%s", env.Recv(e, "a key", l.Keys()))
	e.Err("stop", l.Stop())
	for range l.Keys() {
	}
	l, err = kv.ListKeys(w.ctx, jetstream.UpdatesOnly(), jetstream.IncludeHistory())
	e.Log("options that exclude each other: %v", err != nil)
}

func kvListFiltered(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a.1", "v", "a.2", "v", "b.1", "v", "c", "v", "b.2.x", "v")
	for _, f := range [][]string{{"a.*"}, {"a.*", "b.>"}, {"c"}, {"none"}, {"*"}, {">"}, {"a.1", "a.2"}} {
		what := fmt.Sprint(f)
		l, err := kv.ListKeysFiltered(w.ctx, f...)
		keysOf(e, what, l, err)
		e.Log("the caller's own are %s", f)
	}
	_, err := kv.ListKeysFiltered(w.ctx, "a.>", "a.*")
	e.Log("overlapping: %v", err != nil)
	_, err = kv.ListKeysFiltered(w.ctx, "a b")
	e.Err("bad", err)
	l, err := kv.ListKeysFiltered(w.ctx)
	keysOf(e, "no filter", l, err)
}

func kvKeyTTL(e *env.Env) {
	w := begin(e)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) { c.LimitMarkerTTL = time.Minute })
	x, err := kv.WatchAll(w.ctx, jetstream.UpdatesOnly())
	e.Must(err)
	_, err = kv.Create(w.ctx, "k", []byte("v"), jetstream.KeyTTL(time.Second))
	e.Err("create", err)
	_, err = kv.Create(w.ctx, "stays", []byte("v"), jetstream.KeyTTL(time.Hour))
	e.Err("create another", err)
	for range 3 {
		e.Log("%s", entry(env.Recv(e, "an update", x.Updates())))
	}
	e.Err("stop", x.Stop())
	w.get(kv, "k")
	w.get(kv, "stays")
	_, err = kv.Create(w.ctx, "k", []byte("again"))
	e.Err("create it again", err)
	e.Err("purge with a TTL", kv.Purge(w.ctx, "stays", jetstream.PurgeTTL(time.Second)))
	w.get(kv, "stays")
	w.Until("the marker's end", func() bool {
		s, err := w.js.Stream(w.ctx, "KV_B")
		return err == nil && s.CachedInfo().State.NumSubjects == 1
	})
}

func kvLimitMarkers(e *env.Env) {
	w := begin(e)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) { c.LimitMarkerTTL, c.TTL = time.Minute, time.Second })
	x, err := kv.WatchAll(w.ctx)
	e.Must(err)
	e.Log("%s", entry(env.Recv(e, "the marker", x.Updates())))
	w.put(kv, "k", "v")
	e.Log("%s", entry(env.Recv(e, "the put", x.Updates())))
	e.Log("%s", entry(env.Recv(e, "the end", x.Updates())))
	e.Err("stop", x.Stop())
	l, err := kv.Keys(w.ctx)
	e.Err("keys", err)
	e.Log("%q", l)
	h, err := kv.History(w.ctx, "k")
	e.Err("history", err)
	for _, x := range h {
		e.Log("%s", entry(x))
	}
}

func kvLimits(e *env.Env) {
	w := begin(e)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) { c.MaxValueSize, c.MaxBytes = 10, 500 })
	_, err := kv.Put(w.ctx, "k", make([]byte, 100))
	e.Log("too large: %v %s", err != nil, said(err))
	for i := range 100 {
		if _, err = kv.Put(w.ctx, fmt.Sprint(i), make([]byte, 8)); err != nil {
			break
		}
	}
	e.Log("too many: %v %s", err != nil, said(err))
}

func kvWire(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(10))
	s, err := w.js.Stream(w.ctx, "KV_B")
	e.Must(err)
	raw := func() {
		info, err := s.Info(w.ctx)
		e.Must(err)
		m, err := s.GetMsg(w.ctx, info.State.LastSeq)
		e.Must(err)
		for k := range m.Header {
			if strings.HasPrefix(k, "Nats-Stream") || strings.HasPrefix(k, "Nats-Seq") || strings.HasPrefix(k, "Nats-Time") || strings.HasPrefix(k, "Nats-Subj") || k == "Nats-Num-Pending" {
				delete(m.Header, k)
			}
		}
		if m.Header.Get("KV-Write-Id") != "" {
			m.Header.Set("KV-Write-Id", "some")
		}
		e.Log("%s %v %q", m.Subject, m.Header, m.Data)
	}
	w.put(kv, "k", "v")
	raw()
	e.Must(kv.Delete(w.ctx, "k"))
	raw()
	e.Must(kv.Purge(w.ctx, "k"))
	raw()
	n, err := kv.Create(w.ctx, "k", []byte("v"))
	e.Must(err)
	raw()
	n, err = kv.Update(w.ctx, "k", []byte("w"), n)
	e.Must(err)
	raw()
	e.Must(kv.Delete(w.ctx, "k", jetstream.LastRevision(n)))
	raw()
}

func kvMirror(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "k", "v")
	m, err := w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "M", Mirror: &jetstream.StreamSource{Name: "B"}})
	e.Err("create", err)
	m, err = w.js.KeyValue(w.ctx, "M")
	e.Err("open", err)
	w.Until("the value", func() bool {
		s, err := w.js.Stream(w.ctx, "KV_M")
		return err == nil && s.CachedInfo().State.Msgs == 1
	})
	n, err := m.PutString(w.ctx, "through", "v")
	e.Err("put", err)
	e.Log("#%d", n)
	w.get(kv, "through")
	w.Until("the value", func() bool {
		s, err := w.js.Stream(w.ctx, "KV_M")
		return err == nil && s.CachedInfo().State.Msgs == 2
	})
	w.get(m, "k")
	w.get(m, "through")
	w.watched(m, ">")
	l, err := m.Keys(w.ctx)
	e.Err("keys", err)
	e.Log("%q", l)
	_, err = m.Create(w.ctx, "k", nil)
	e.Err("create what is there", err)
	e.Err("delete", m.Delete(w.ctx, "k"))
	w.get(kv, "k")
	st, err := m.Status(w.ctx)
	e.Err("status", err)
	e.Log("%s %s", st.Bucket(), plain(st.Config().Mirror))
}

func kvSources(e *env.Env) {
	w := begin(e)
	for _, b := range []string{"X", "Y"} {
		w.put(w.bucket(func(c *jetstream.KeyValueConfig) { c.Bucket = b }), b+".k", "v")
	}
	kv, err := w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "S", Sources: []*jetstream.StreamSource{{Name: "X"}, {Name: "Y"}}})
	e.Err("create", err)
	w.put(kv, "own", "v")
	w.Until("the values", func() bool {
		l, err := kv.Keys(w.ctx)
		return err == nil && len(l) == 3
	})
	l, err := kv.Keys(w.ctx)
	e.Err("keys", err)
	e.Log("%q", e.Sorted(l))
	x, err := kv.Get(w.ctx, "X.k")
	e.Err("get", err)
	e.Log("%s %q", x.Key(), x.Value())
	st, err := kv.Status(w.ctx)
	e.Must(err)
	for _, s := range st.Config().Sources {
		e.Log("%s", plain(s))
	}
}

func kvRepublish(e *env.Env) {
	w := begin(e)
	sub, err := w.nc.SubscribeSync("r.>")
	e.Must(err)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) { c.RePublish = &jetstream.RePublish{Destination: "r.>"} })
	w.put(kv, "k", "v")
	m, err := sub.NextMsg(env.Patience)
	e.Err("next", err)
	e.Log("%s %q", m.Subject, m.Data)
	st, err := kv.Status(w.ctx)
	e.Must(err)
	e.Log("%+v", st.Config().RePublish)
}

func kvNoDirect(e *env.Env) {
	w := begin(e)
	_, err := w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "KV_D", Subjects: []string{"$KV.D.>"}, MaxMsgsPerSubject: 5, AllowRollup: true, DenyDelete: true})
	e.Must(err)
	kv, err := w.js.KeyValue(w.ctx, "D")
	e.Err("open", err)
	w.get(kv, "k")
	w.put(kv, "k", "1", "k", "2")
	w.get(kv, "k")
	x, err := kv.GetRevision(w.ctx, "k", 1)
	e.Err("revision", err)
	e.Log("%s", entry(x))
	_, err = kv.GetRevision(w.ctx, "other", 1)
	e.Err("revision of another", err)
	e.Must(kv.Delete(w.ctx, "k"))
	w.get(kv, "k")
	n, err := kv.Create(w.ctx, "k", nil)
	e.Err("create", err)
	e.Log("#%d", n)
}

// What a server leaves when a limit or a purge removes the last value of a key.
func kvServerMarkers(e *env.Env) {
	w := begin(e)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) { c.LimitMarkerTTL, c.History = time.Minute, 5 })
	for key, reason := range map[string]string{"aged": "MaxAge", "purged": "Purge", "removed": "Remove", "other": "Other"} {
		m := nats.NewMsg("$KV.B." + key)
		m.Header.Set("Nats-Marker-Reason", reason)
		_, err := w.js.PublishMsg(w.ctx, m)
		e.On(key).Err("publish", err)
		x, err := kv.Get(w.ctx, key)
		e.On(key).Err("get", err)
		if err == nil {
			e.On(key).Log("%s", x.Operation())
		}
		h, err := kv.History(w.ctx, key)
		e.On(key).Err("history", err)
		for _, x := range h {
			e.On(key).Log("%s", x.Operation())
		}
	}
	for key, op := range map[string]string{"del": "DEL", "purge": "PURGE", "put": "PUT", "lower": "del", "odd": "ODD"} {
		m := nats.NewMsg("$KV.B." + key)
		m.Header.Set("KV-Operation", op)
		_, err := w.js.PublishMsg(w.ctx, m)
		e.On(key).Err("publish", err)
		h, err := kv.History(w.ctx, key)
		e.On(key).Err("history", err)
		for _, x := range h {
			e.On(key).Log("%s", x.Operation())
		}
	}
}

func kvGone(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "k", "v")
	e.Must(w.js.DeleteKeyValue(w.ctx, "B"))
	ctx, cancel := context.WithTimeout(w.ctx, 2*time.Second)
	defer cancel()
	_, err := kv.Get(ctx, "k")
	e.Err("get", err)
	_, err = kv.Put(ctx, "k", nil)
	e.Err("put", err)
	_, err = kv.Create(ctx, "k", nil)
	e.Err("create", err)
	e.Err("delete", kv.Delete(ctx, "k"))
	_, err = kv.Keys(ctx)
	e.Err("keys", err)
	_, err = kv.ListKeys(ctx)
	e.Err("list keys", err)
	_, err = kv.History(ctx, "k")
	e.Err("history", err)
	_, err = kv.WatchAll(ctx)
	e.Err("watch", err)
	e.Err("purge deletes", kv.PurgeDeletes(ctx))
	_, err = kv.Status(ctx)
	e.Err("status", err)
}

// A bucket of a domain is written to by the domain's API.
func kvDomain(e *env.Env) {
	dir, err := makeDir(e)
	e.Must(err)
	s := e.Server(func(o *server.Options) { o.JetStream, o.StoreDir, o.JetStreamDomain = true, dir, "D" })
	nc, err := nats.Connect(s.URL())
	e.Must(err)
	e.Cleanup(nc.Close)
	js, err := jetstream.NewWithDomain(nc, "D")
	e.Must(err)
	ctx, cancel := context.WithTimeout(context.Background(), env.Patience)
	e.Cleanup(cancel)
	w := &world{e, s, nc, js, ctx}
	kv := w.bucket(history(3))
	w.put(kv, "k", "v")
	w.get(kv, "k")
	w.watched(kv, ">")
	n, err := kv.Update(ctx, "k", []byte("w"), 1)
	e.Err("update", err)
	e.Log("#%d", n)
	e.Err("delete", kv.Delete(ctx, "k"))
	_, err = kv.Create(ctx, "k", []byte("x"))
	e.Err("create", err)
}
