package scenarios

import (
	"context"
	"fmt"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func keyValueWatch() []env.Scenario {
	return []env.Scenario{
		{Name: "kv watch/values", Run: kvWatchValues},
		{Name: "kv watch/history", Run: kvWatchHistory},
		{Name: "kv watch/ignore deletes", Run: kvWatchIgnore},
		{Name: "kv watch/updates only", Run: kvWatchUpdates},
		{Name: "kv watch/meta only", Run: kvWatchMeta},
		{Name: "kv watch/from a revision", Run: kvWatchFrom},
		{Name: "kv watch/filtered", Run: kvWatchFiltered},
		{Name: "kv watch/empty", Run: kvWatchEmpty},
		{Name: "kv watch/bad options", Run: kvWatchBad},
		{Name: "kv watch/stop", Run: kvWatchStop},
		{Name: "kv watch/context", Run: kvWatchContext},
		{Name: "kv watch/connection closed", Run: kvWatchClosed},
		{Name: "kv watch/many keys", Run: kvWatchMany},
		{Name: "kv watch/over a reconnect", Run: kvWatchReconnect},
	}
}

// watched notes what a watch gives up to its marker.
func (w *world) watched(kv jetstream.KeyValue, keys string, opts ...jetstream.WatchOpt) {
	w.Helper()
	x, err := kv.Watch(w.ctx, keys, opts...)
	w.Err("watch "+keys, err)
	if err != nil {
		return
	}
	w.upToMarker(x)
	w.Err("stop", x.Stop())
}

func (w *world) upToMarker(x jetstream.KeyWatcher) {
	w.Helper()
	for {
		y := env.Recv(w.Env, "an entry", x.Updates())
		w.Log("%s", entry(y))
		if y == nil {
			return
		}
	}
}

func (w *world) update(x jetstream.KeyWatcher) {
	w.Helper()
	w.Log("%s", entry(env.Recv(w.Env, "an update", x.Updates())))
}

func kvWatchValues(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	w.put(kv, "a", "1", "b", "1", "a", "2", "c", "1")
	e.Must(kv.Delete(w.ctx, "c"))
	x, err := kv.WatchAll(w.ctx)
	e.Err("watch", err)
	w.upToMarker(x)
	for _, key := range []string{"b", "d"} { // one by one: each is the last there is
		w.put(kv, key, "2")
		w.update(x)
	}
	e.Must(kv.Delete(w.ctx, "b"))
	w.update(x)
	e.Must(kv.Purge(w.ctx, "a"))
	w.update(x)
	e.Err("stop", x.Stop())
}

func kvWatchHistory(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(3))
	w.put(kv, "a", "1", "b", "1", "a", "2", "a", "3", "a", "4")
	e.Must(kv.Delete(w.ctx, "b"))
	w.watched(kv, ">", jetstream.IncludeHistory())
	w.watched(kv, "a", jetstream.IncludeHistory())
	w.watched(kv, "a", jetstream.IncludeHistory(), jetstream.MetaOnly())
	w.watched(kv, ">", jetstream.IncludeHistory(), jetstream.IgnoreDeletes())
}

func kvWatchIgnore(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1")
	e.Must(kv.Delete(w.ctx, "b"))
	x, err := kv.WatchAll(w.ctx, jetstream.IgnoreDeletes())
	e.Err("watch", err)
	w.upToMarker(x)
	e.Must(kv.Delete(w.ctx, "a"))
	w.put(kv, "a", "2")
	w.update(x)
	e.Err("stop", x.Stop())
	e.Must(kv.Delete(w.ctx, "a"))
	w.watched(kv, ">", jetstream.IgnoreDeletes())
}

func kvWatchUpdates(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1")
	x, err := kv.WatchAll(w.ctx, jetstream.UpdatesOnly())
	e.Err("watch", err)
	w.put(kv, "a", "2")
	w.update(x)
	e.Must(kv.Delete(w.ctx, "a"))
	w.update(x)
	e.Err("stop", x.Stop())
	x, err = kv.WatchAll(w.ctx, jetstream.UpdatesOnly(), jetstream.IgnoreDeletes(), jetstream.MetaOnly())
	e.Err("watch", err)
	e.Must(kv.Delete(w.ctx, "b"))
	w.put(kv, "b", "2")
	w.update(x)
	e.Err("stop", x.Stop())
}

func kvWatchMeta(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1")
	e.Must(kv.Delete(w.ctx, "b"))
	x, err := kv.WatchAll(w.ctx, jetstream.MetaOnly())
	e.Err("watch", err)
	w.upToMarker(x)
	w.put(kv, "a", "2")
	w.update(x)
	e.Err("stop", x.Stop())
}

func kvWatchFrom(e *env.Env) {
	w := begin(e)
	kv := w.bucket(history(5))
	w.put(kv, "a", "1", "b", "1", "a", "2", "b", "2", "a", "3")
	for _, rev := range []uint64{1, 3, 5, 6, 100} {
		x, err := kv.WatchAll(w.ctx, jetstream.ResumeFromRevision(rev))
		e.Err(fmt.Sprint("from ", rev), err)
		w.upToMarker(x)
		e.Err("stop", x.Stop())
	}
	x, err := kv.WatchAll(w.ctx, jetstream.ResumeFromRevision(4))
	e.Err("watch", err)
	w.upToMarker(x)
	w.put(kv, "a", "4")
	w.update(x)
	e.Err("stop", x.Stop())
	w.watched(kv, "a", jetstream.ResumeFromRevision(2), jetstream.IncludeHistory())
}

func kvWatchFiltered(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a.1", "v", "b.1", "v", "c.1", "v", "a.2", "v")
	x, err := kv.WatchFiltered(w.ctx, []string{"a.*", "c.>"})
	e.Err("two", err)
	w.upToMarker(x)
	w.put(kv, "b.2", "v", "c.2", "v")
	w.update(x)
	e.Err("stop", x.Stop())
	x, err = kv.WatchFiltered(w.ctx, []string{"b.1"})
	e.Err("one", err)
	w.upToMarker(x)
	e.Err("stop", x.Stop())
	x, err = kv.WatchFiltered(w.ctx, nil)
	e.Err("none", err)
	if err == nil {
		w.upToMarker(x)
		e.Err("stop", x.Stop())
	}
	_, err = kv.WatchFiltered(w.ctx, []string{"a.*", "a.>"})
	e.Log("overlapping: %v", err != nil)
	_, err = kv.WatchFiltered(w.ctx, []string{"a", ""})
	e.Err("an empty one", err)
	for _, keys := range []string{"", "a.", ".a", "foo..bar", "a..*", "..>", "a.>.b", ">.a", "a*", "*a", "a>", ">>", "a.>>", "**"} {
		_, err = kv.Watch(w.ctx, keys)
		e.Err("watch "+keys, err)
	}
	_, err = kv.WatchFiltered(w.ctx, []string{"a b"})
	e.Err("a bad one", err)
	w.watched(kv, "a.*")
	w.watched(kv, "none")
}

func kvWatchEmpty(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	x, err := kv.WatchAll(w.ctx)
	e.Err("watch", err)
	w.update(x)
	w.put(kv, "a", "1")
	w.update(x)
	e.Err("stop", x.Stop())
	x, err = kv.WatchAll(w.ctx, jetstream.IncludeHistory())
	e.Err("watch", err)
	w.upToMarker(x)
	e.Err("stop", x.Stop())
}

func kvWatchBad(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1")
	for what, opts := range map[string][]jetstream.WatchOpt{
		"history, then updates":  {jetstream.IncludeHistory(), jetstream.UpdatesOnly()},
		"updates, then history":  {jetstream.UpdatesOnly(), jetstream.IncludeHistory()},
		"updates and a revision": {jetstream.UpdatesOnly(), jetstream.ResumeFromRevision(1)},
		"a revision of 0":        {jetstream.ResumeFromRevision(0)},
		"twice":                  {jetstream.MetaOnly(), jetstream.MetaOnly()},
		"nil":                    {nil},
	} {
		x, err := kv.WatchAll(w.ctx, opts...)
		e.On(what).Err("watch", err)
		if err == nil {
			e.Must(x.Stop())
		}
	}
}

func kvWatchStop(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1", "b", "1")
	x, err := kv.WatchAll(w.ctx)
	e.Err("watch", err)
	w.upToMarker(x)
	e.Err("stop", x.Stop())
	_, ok := <-x.Updates()
	e.Log("open %v", ok)
	e.Err("stop again", x.Stop())
	w.put(kv, "a", "2")
	y, err := kv.WatchAll(w.ctx)
	e.Err("watch again", err)
	w.upToMarker(y)
	e.Err("stop", y.Stop())
	w.Until("no consumer left", func() bool {
		s, err := w.js.Stream(w.ctx, "KV_B")
		return err == nil && s.CachedInfo().State.Consumers == 0
	})
}

func kvWatchContext(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1")
	ctx, cancel := context.WithCancel(w.ctx)
	x, err := kv.WatchAll(ctx)
	e.Err("watch", err)
	w.upToMarker(x)
	cancel()
	closed := make(chan struct{})
	go func() {
		for range x.Updates() {
		}
		close(closed)
	}()
	select {
	case <-closed:
		e.Log("closed")
	case <-time.After(time.Second):
		e.Log("still open")
	}
	e.Err("stop", x.Stop())
	_, err = kv.WatchAll(ctx)
	e.Err("with a context that is over", err)
}

func kvWatchClosed(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1")
	x, err := kv.WatchAll(w.ctx)
	e.Err("watch", err)
	w.upToMarker(x)
	w.nc.Close()
	select {
	case _, ok := <-x.Updates():
		e.Log("open %v", ok)
	case <-time.After(env.Patience):
		e.Log("nothing")
	}
	e.Err("stop", x.Stop())
	_, err = kv.WatchAll(w.ctx)
	e.Err("watch", err)
	_, err = kv.Get(w.ctx, "a")
	e.Err("get", err)
	_, err = kv.Put(w.ctx, "a", nil)
	e.Err("put", err)
	_, err = kv.Keys(w.ctx)
	e.Err("keys", err)
}

func kvWatchMany(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	for i := range 1000 {
		_, err := w.js.PublishAsync(fmt.Sprint("$KV.B.k", i), []byte(fmt.Sprint(i)), jetstream.WithStallWait(env.Patience))
		e.Must(err)
	}
	select {
	case <-w.js.PublishAsyncComplete():
	case <-time.After(env.Patience):
		e.Fatalf("not all are stored")
	}
	w.watched(kv, ">")
	w.watched(kv, ">", jetstream.MetaOnly())
}

func kvWatchReconnect(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "a", "1")
	x, err := kv.WatchAll(w.ctx)
	e.Err("watch", err)
	w.upToMarker(x)
	back := make(chan struct{}, 1)
	w.nc.SetReconnectHandler(func(*nats.Conn) { back <- struct{}{} })
	e.Must(w.nc.ForceReconnect())
	env.Recv(e, "the reconnect", back)
	for _, key := range []string{"a", "b"} {
		w.put(kv, key, "2") // one by one: which are behind it depends on when a consumer is made
		w.update(x)
	}
	e.Err("stop", x.Stop())
}
