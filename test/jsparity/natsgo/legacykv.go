package scenarios

import (
	"context"
	"fmt"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

// The key-value stores of the older API.
func legacyKeyValue() []env.Scenario {
	return []env.Scenario{
		{Name: "legacy kv/buckets", Run: oldKVBuckets},
		{Name: "legacy kv/bucket names", Run: oldKVNames},
		{Name: "legacy kv/configuration", Run: oldKVConfiguration},
		{Name: "legacy kv/status", Run: oldKVStatus},
		{Name: "legacy kv/lists of buckets", Run: oldKVLists},
		{Name: "legacy kv/get and put", Run: oldKVGetPut},
		{Name: "legacy kv/revisions", Run: oldKVRevisions},
		{Name: "legacy kv/key names", Run: oldKVKeyNames},
		{Name: "legacy kv/create", Run: oldKVCreate},
		{Name: "legacy kv/update", Run: oldKVUpdate},
		{Name: "legacy kv/delete and purge", Run: oldKVDelete},
		{Name: "legacy kv/purge deletes", Run: oldKVPurgeDeletes},
		{Name: "legacy kv/history", Run: oldKVHistory},
		{Name: "legacy kv/keys", Run: oldKVKeys},
		{Name: "legacy kv/list keys", Run: oldKVListKeys},
		{Name: "legacy kv/watch values", Run: oldKVWatchValues},
		{Name: "legacy kv/watch options", Run: oldKVWatchOptions},
		{Name: "legacy kv/watch filtered", Run: oldKVWatchFiltered},
		{Name: "legacy kv/watch empty", Run: oldKVWatchEmpty},
		{Name: "legacy kv/watch stop", Run: oldKVWatchStop},
		{Name: "legacy kv/watch context", Run: oldKVWatchContext},
		{Name: "legacy kv/watch over a reconnect", Run: oldKVWatchReconnect},
		{Name: "legacy kv/mirror", Run: oldKVMirror},
		{Name: "legacy kv/bucket gone", Run: oldKVGone},
	}
}

func oldKVSentinels() []env.Sentinel {
	return []env.Sentinel{
		{Name: "nats.ErrKeyValueConfigRequired", Err: nats.ErrKeyValueConfigRequired},
		{Name: "nats.ErrInvalidBucketName", Err: nats.ErrInvalidBucketName},
		{Name: "nats.ErrInvalidKey", Err: nats.ErrInvalidKey},
		{Name: "nats.ErrBucketNotFound", Err: nats.ErrBucketNotFound},
		{Name: "nats.ErrBadBucket", Err: nats.ErrBadBucket},
		{Name: "nats.ErrKeyNotFound", Err: nats.ErrKeyNotFound},
		{Name: "nats.ErrKeyDeleted", Err: nats.ErrKeyDeleted},
		{Name: "nats.ErrHistoryToLarge", Err: nats.ErrHistoryToLarge},
		{Name: "nats.ErrNoKeysFound", Err: nats.ErrNoKeysFound},
		{Name: "nats.ErrKeyWatcherTimeout", Err: nats.ErrKeyWatcherTimeout},
		{Name: "nats.ErrKeyExists", Err: nats.ErrKeyExists},
		{Name: "nats.ErrKeyRevisionMismatch", Err: nats.ErrKeyRevisionMismatch},
	}
}

func (w *old) bucket(change ...func(*nats.KeyValueConfig)) nats.KeyValue {
	w.Helper()
	cfg := nats.KeyValueConfig{Bucket: "B", History: 5}
	for _, f := range change {
		f(&cfg)
	}
	kv, err := w.js.CreateKeyValue(&cfg)
	w.Must(err)
	return kv
}

func oldEntry(x nats.KeyValueEntry) string {
	if x == nil {
		return "nil"
	}
	return fmt.Sprintf("%s/%s = %q #%d +%d %s, new %v", x.Bucket(), x.Key(), x.Value(), x.Revision(), x.Delta(), x.Operation(),
		time.Since(x.Created()) < time.Minute && time.Since(x.Created()) > -time.Minute)
}

func (w *old) put(kv nats.KeyValue, pairs ...string) {
	w.Helper()
	for i := 0; i < len(pairs); i += 2 {
		_, err := kv.PutString(pairs[i], pairs[i+1])
		w.Must(err)
	}
}

func (w *old) get(kv nats.KeyValue, key string) {
	w.Helper()
	x, err := kv.Get(key)
	w.Err("get "+key, err)
	w.Log("%s, %v", oldEntry(x), x == nil)
}

func oldKVBuckets(e *env.Env) {
	w := beginOld(e)
	_, err := w.js.KeyValue("B")
	e.Err("open none", err)
	e.Err("delete none", w.js.DeleteKeyValue("B"))
	_, err = w.js.CreateKeyValue(nil)
	e.Err("create nil", err)
	kv, err := w.js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "B"})
	e.Err("create", err)
	e.Log("%s", kv.Bucket())
	_, err = w.js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "B"})
	e.Err("create again", err)
	_, err = w.js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "B", History: 5})
	e.Err("create another", err)
	kv, err = w.js.KeyValue("B")
	e.Err("open", err)
	e.Log("%s", kv.Bucket())
	e.Err("delete", w.js.DeleteKeyValue("B"))
	e.Err("delete again", w.js.DeleteKeyValue("B"))
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "KV_F", Subjects: []string{"f"}})
	e.Must(err)
	_, err = w.js.KeyValue("F")
	e.Err("open a stream that is none", err)
}

func oldKVNames(e *env.Env) {
	w := beginOld(e)
	for _, name := range []string{"", "a.b", "a b", "a*", ">", "a/b", "a_b-c9", "KV_x"} {
		_, err := w.js.CreateKeyValue(&nats.KeyValueConfig{Bucket: name})
		e.Err("create "+name, err)
		_, err = w.js.KeyValue(name)
		e.Err("open "+name, err)
		e.Err("delete "+name, w.js.DeleteKeyValue(name))
	}
	_, err := w.js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "B", History: 65})
	e.Err("history", err)
	_, err = w.js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "B", History: 64})
	e.Err("history", err)
}

func oldKVConfiguration(e *env.Env) {
	w := beginOld(e)
	show := func(what string, cfg nats.KeyValueConfig) {
		kv, err := w.js.CreateKeyValue(&cfg)
		e.Err(what, err)
		if err != nil {
			return
		}
		st, err := kv.Status()
		e.Must(err)
		c := st.(*nats.KeyValueBucketStatus).StreamInfo().Config
		c.Metadata = nil
		e.Log("%s", asJSON(c))
	}
	show("plain", nats.KeyValueConfig{Bucket: "P"})
	show("all", nats.KeyValueConfig{
		Bucket: "A", Description: "d", MaxValueSize: 100, History: 7, TTL: time.Hour, MaxBytes: 100000, Storage: nats.MemoryStorage,
		Replicas: 1, RePublish: &nats.RePublish{Source: ">", Destination: "r.>", HeadersOnly: true}, Compression: true,
	})
	show("a short TTL", nats.KeyValueConfig{Bucket: "T", TTL: time.Minute})
	show("a mirror", nats.KeyValueConfig{Bucket: "M", Mirror: &nats.StreamSource{Name: "P"}})
	show("sources", nats.KeyValueConfig{Bucket: "S", Sources: []*nats.StreamSource{{Name: "P"}, {Name: "KV_T"}}})
}

func oldKVStatus(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket(func(c *nats.KeyValueConfig) { c.TTL, c.Compression = time.Hour, true })
	w.put(kv, "a", "1", "a", "2", "b", "1")
	st, err := kv.Status()
	e.Err("status", err)
	e.Log("%s %d values, %d, %v, %s, bytes %v, %v", st.Bucket(), st.Values(), st.History(), st.TTL(), st.BackingStore(), st.Bytes() > 0, st.IsCompressed())
	e.Log("%s", asJSON(st.Config()))
}

func oldKVLists(e *env.Env) {
	w := beginOld(e)
	list := func() {
		var names, stores []string
		for name := range w.js.KeyValueStoreNames() {
			names = append(names, name)
		}
		for s := range w.js.KeyValueStores() {
			stores = append(stores, fmt.Sprint(s.Bucket(), " ", s.Values()))
		}
		e.Log("%v %v", e.Sorted(names), e.Sorted(stores))
	}
	list()
	w.stream()
	for _, b := range []string{"A", "B", "C"} {
		w.put(w.bucket(func(c *nats.KeyValueConfig) { c.Bucket = b }), "k", "v")
	}
	list()
}

func oldKVGetPut(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.get(kv, "k")
	for i := range 3 {
		n, err := kv.Put("k", []byte(fmt.Sprint(i)))
		e.Err("put", err)
		e.Log("#%d", n)
	}
	w.get(kv, "k")
	n, err := kv.PutString("other.key", "v")
	e.Err("put string", err)
	e.Log("#%d", n)
	w.get(kv, "other.key")
	_, err = kv.Put("empty", nil)
	e.Err("put nothing", err)
	w.get(kv, "empty")
	full := w.bucket(func(c *nats.KeyValueConfig) { c.Bucket, c.MaxValueSize = "F", 10 })
	_, err = full.PutString("k", strings.Repeat("x", 1000))
	e.Err("put too much", err)
	e.Log("%s", oldCode(err))
}

func oldKVRevisions(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1", "a", "2")
	e.Must(kv.Delete("a"))
	for _, key := range []string{"a", "b", "none"} {
		for n := range uint64(6) {
			x, err := kv.GetRevision(key, n)
			e.Err(fmt.Sprint("get ", key, " ", n), err)
			e.Log("%s, %v", oldEntry(x), x == nil)
		}
	}
}

func oldKVKeyNames(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	for _, key := range []string{"", ".a", "a.", "a..b", "a b", "a*", "*", ">", "a/b", "a=b", "_kv", "a\\b", "ü", "-_/=.x"} {
		_, err := kv.Put(key, []byte("v"))
		e.Err("put "+key, err)
		_, err = kv.Get(key)
		e.Err("get "+key, err)
		_, err = kv.GetRevision(key, 1)
		e.Log("revision %v", err == nil)
		_, err = kv.Create(key, nil)
		e.Log("create %v", err == nil)
		_, err = kv.Update(key, nil, 99)
		e.Log("update %v", err == nil)
		e.Err("delete "+key, kv.Delete(key))
		e.Err("purge "+key, kv.Purge(key))
	}
}

func oldKVCreate(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	create := func(key string) {
		n, err := kv.Create(key, []byte("v"))
		e.Err("create "+key, err)
		e.Log("#%d %s: %v", n, oldCode(err), err)
	}
	create("k")
	create("k")
	e.Must(kv.Delete("k"))
	create("k")
	create("k")
	e.Must(kv.Purge("k"))
	create("k")
	w.get(kv, "k")
}

func oldKVUpdate(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	update := func(value string, last uint64) {
		n, err := kv.Update("k", []byte(value), last)
		e.Err(fmt.Sprint("update ", last), err)
		e.Log("#%d %s", n, oldCode(err))
	}
	update("a", 1)
	update("a", 0)
	update("b", 0)
	update("b", 1)
	update("c", 1)
	e.Must(kv.Delete("k"))
	update("d", 2)
	update("d", 3)
	w.get(kv, "k")
}

func oldKVDelete(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "k", "1", "k", "2", "l", "1", "l", "2")
	e.Err("delete with another revision", kv.Delete("k", nats.LastRevision(1)))
	e.Err("delete with its revision", kv.Delete("k", nats.LastRevision(2)))
	w.get(kv, "k")
	e.Err("delete again", kv.Delete("k"))
	e.Err("delete none", kv.Delete("none"))
	e.Err("purge with another revision", kv.Purge("l", nats.LastRevision(1)))
	e.Err("purge with its revision", kv.Purge("l", nats.LastRevision(4)))
	w.get(kv, "l")
	for _, key := range []string{"k", "l"} {
		h, err := kv.History(key)
		e.Err("history", err)
		for _, x := range h {
			e.Log("%s", oldEntry(x))
		}
	}
}

func oldKVPurgeDeletes(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1", "c", "1")
	e.Must(kv.Delete("a"))
	e.Must(kv.Purge("b"))
	values := func() {
		st, err := kv.Status()
		e.Must(err)
		e.Log("%d values", st.Values())
	}
	values()
	e.Err("purge deletes", kv.PurgeDeletes())
	values()
	e.Err("purge all deletes", kv.PurgeDeletes(nats.DeleteMarkersOlderThan(-1)))
	values()
	ctx, cancel := context.WithTimeout(w.ctx, env.Patience)
	defer cancel()
	e.Err("with a context", kv.PurgeDeletes(nats.Context(ctx)))
	w.get(kv, "c")
}

func oldKVHistory(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1", "a", "2", "a", "3")
	show := func(key string, opts ...nats.WatchOpt) {
		h, err := kv.History(key, opts...)
		e.Err("history of "+key, err)
		for _, x := range h {
			e.Log("%s", oldEntry(x))
		}
	}
	show("a")
	show("b", nats.MetaOnly())
	show("none")
	e.Must(kv.Delete("a"))
	show("a")
	show("a", nats.IgnoreDeletes())
	show(">")
	show("a b")
}

func oldKVKeys(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	show := func(opts ...nats.WatchOpt) {
		keys, err := kv.Keys(opts...)
		e.Err("keys", err)
		e.Log("%v", e.Sorted(keys))
	}
	show()
	w.put(kv, "a", "1", "b", "1", "a", "2", "c.d", "3")
	show()
	e.Must(kv.Delete("b"))
	show()
	ctx, cancel := context.WithTimeout(w.ctx, env.Patience)
	defer cancel()
	show(nats.Context(ctx))
}

func oldKVListKeys(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	show := func() {
		l, err := kv.ListKeys()
		e.Err("list keys", err)
		var keys []string
		for key := range l.Keys() {
			keys = append(keys, key)
		}
		e.Log("%v", e.Sorted(keys))
		err, open := <-l.Error()
		e.Log("%v %v", err, open)
	}
	show()
	w.put(kv, "a", "1", "b", "1", "a", "2")
	show()
	for i := range 1000 { // more than wait to be read: it goes on when it is stopped
		w.put(kv, fmt.Sprint("many.", i), "")
	}
	l, err := kv.ListKeys()
	e.Err("list keys", err)
	<-l.Keys()
	e.Err("stop", l.Stop())
}

func (w *old) upToMarker(x nats.KeyWatcher) {
	w.Helper()
	for {
		y := env.Recv(w.Env, "an entry", x.Updates())
		w.Log("%s", oldEntry(y))
		if y == nil {
			return
		}
	}
}

func (w *old) update(x nats.KeyWatcher) {
	w.Helper()
	w.Log("%s", oldEntry(env.Recv(w.Env, "an update", x.Updates())))
}

func oldKVWatchValues(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1", "a", "2", "c", "1")
	e.Must(kv.Delete("c"))
	x, err := kv.WatchAll()
	e.Err("watch", err)
	e.Log("%v", x.Context())
	w.upToMarker(x)
	for _, key := range []string{"b", "d"} { // one by one: each is the last there is
		w.put(kv, key, "2")
		w.update(x)
	}
	e.Must(kv.Delete("b"))
	w.update(x)
	e.Must(kv.Purge("a"))
	w.update(x)
	e.Err("stop", x.Stop())
}

func oldKVWatchOptions(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1", "a", "2", "c", "1")
	e.Must(kv.Delete("c"))
	for _, c := range []struct {
		name string
		opts []nats.WatchOpt
	}{
		{"history", []nats.WatchOpt{nats.IncludeHistory()}},
		{"ignore deletes", []nats.WatchOpt{nats.IgnoreDeletes()}},
		{"meta only", []nats.WatchOpt{nats.MetaOnly()}},
		{"all of them", []nats.WatchOpt{nats.MetaOnly(), nats.IgnoreDeletes(), nats.IncludeHistory()}},
	} {
		x, err := kv.WatchAll(c.opts...)
		e.Err(c.name, err)
		w.upToMarker(x)
		e.Err("stop", x.Stop())
	}
	x, err := kv.WatchAll(nats.UpdatesOnly())
	e.Err("updates only", err)
	w.put(kv, "z", "1")
	w.update(x)
	e.Err("stop", x.Stop())
	_, err = kv.WatchAll(nats.UpdatesOnly(), nats.IncludeHistory())
	e.Err("both", err)
	_, err = kv.WatchAll(nats.IncludeHistory(), nats.UpdatesOnly())
	e.Err("both", err)
}

func oldKVWatchFiltered(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a.1", "1", "a.2", "1", "b.1", "1", "c", "1")
	for _, keys := range [][]string{{"a.*"}, {"a.1", "b.>"}, {"none"}, nil} {
		x, err := kv.WatchFiltered(keys)
		e.Err(fmt.Sprint("watch ", len(keys)), err)
		w.upToMarker(x)
		e.Err("stop", x.Stop())
	}
	for _, keys := range []string{"", "a b", "a.", ">.a"} {
		_, err := kv.Watch(keys)
		e.Err("watch "+keys, err)
	}
}

func oldKVWatchEmpty(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	x, err := kv.WatchAll()
	e.Err("watch", err)
	w.upToMarker(x)
	w.put(kv, "a", "1")
	w.update(x)
	e.Err("stop", x.Stop())
}

func oldKVWatchStop(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	x, err := kv.WatchAll()
	e.Err("watch", err)
	w.upToMarker(x)
	e.Err("stop", x.Stop())
	env.Recv(e, "the end of updates", closedOf(x.Updates()))
	env.Recv(e, "the end of errors", closedOf(x.Error()))
	e.Err("stop again", x.Stop())
}

// closedOf is closed when the channel is.
func closedOf[T any](ch <-chan T) <-chan bool {
	done := make(chan bool, 1)
	go func() {
		for range ch {
		}
		done <- true
	}()
	return done
}

func oldKVWatchContext(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	ctx, cancel := context.WithCancel(w.ctx)
	x, err := kv.WatchAll(nats.Context(ctx))
	e.Err("watch", err)
	e.Log("a context: %v", x.Context() != nil)
	w.upToMarker(x)
	cancel()
	env.Recv(e, "the end of updates", closedOf(x.Updates()))
	_, err = kv.WatchAll(nats.Context(ctx))
	e.Log("with a context that is over: %v", err != nil)
}

func oldKVWatchReconnect(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "a", "1")
	x, err := kv.WatchAll()
	e.Err("watch", err)
	w.upToMarker(x)
	e.Must(w.nc.ForceReconnect())
	e.Until("connected", w.nc.IsConnected)
	e.Until("put", func() bool { _, err := kv.PutString("b", "1"); return err == nil })
	w.update(x)
	e.Err("stop", x.Stop())
}

func oldKVMirror(e *env.Env) {
	w := beginOld(e)
	kv := w.bucket()
	w.put(kv, "k", "v")
	m := w.bucket(func(c *nats.KeyValueConfig) { c.Bucket, c.Mirror = "M", &nats.StreamSource{Name: "B"} })
	_, err := m.PutString("through", "v")
	e.Err("put", err)
	w.mirrored("M", 2)
	w.get(kv, "through")
	_, err = m.Create("through", nil)
	e.Err("create what is there", err)
}

func oldKVGone(e *env.Env) {
	w := beginOld(e, nats.MaxWait(time.Second))
	kv := w.bucket()
	e.Must(w.js.DeleteKeyValue("B"))
	_, err := kv.PutString("k", "v")
	e.Err("put", err)
	_, err = kv.Get("k")
	e.Log("get: %v", err != nil)
	_, err = kv.Status()
	e.Err("status", err)
	_, err = kv.Keys()
	e.Err("keys", err)
	_, err = kv.History("k")
	e.Err("history", err)
	_, err = kv.WatchAll()
	e.Err("watch", err)
	e.Err("purge deletes", kv.PurgeDeletes())
}
