package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evernats/nats/jetstream"

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
