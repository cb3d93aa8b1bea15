package scenarios

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

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
	for _, key := range []string{"", ".", ".a", "a.", "a..b", "a b", "a\tb", "*", "a.*", ">", "a.>", "ü", "a#", "a/b", "a=b", "a_b-c.D9", "\\", "$x", "{a}"} {
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

// once is the text of an error in which the library is named once in a row.
func once(err error) string { return strings.ReplaceAll(err.Error(), "nats: nats: ", "nats: ") }

func kvCreate(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	n, err := kv.Create(w.ctx, "k", []byte("1"))
	e.Err("create", err)
	e.Log("#%d", n)
	n, err = kv.Create(w.ctx, "k", []byte("2"))
	e.Err("create again", err)
	e.Log("#%d %s", n, said(err))
	e.Log("%s", once(err))
	e.Must(kv.Delete(w.ctx, "k"))
	n, err = kv.Create(w.ctx, "k", []byte("3"))
	e.Err("create a deleted one", err)
	e.Log("#%d", n)
	_, err = kv.Update(w.ctx, "k", []byte("4"), 1)
	e.Log("%s", once(err))
	e.Log("%s", once(kv.Delete(w.ctx, "k", jetstream.LastRevision(1))))
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
