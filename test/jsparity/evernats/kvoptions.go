package scenarios

import (
	"context"
	"fmt"
	"strings"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
	"github.com/nats-io/nats-server/v2/server"
)

func kvKeyTTL(e *env.Env) {
	w := begin(e)
	kv := w.bucket(func(c *jetstream.KeyValueConfig) { c.LimitMarkerTTL = time.Minute })
	x, err := kv.WatchAll(w.ctx, jetstream.UpdatesOnly())
	e.Must(err)
	_, err = kv.Create(w.ctx, "stays", []byte("v"), jetstream.KeyTTL(time.Hour))
	e.Err("create", err)
	e.Log("%s", entry(env.Recv(e, "the first update", x.Updates()))) // before another is on its way
	_, err = kv.Create(w.ctx, "k", []byte("v"), jetstream.KeyTTL(time.Second))
	e.Err("create another", err)
	for range 2 {
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

// mirrored waits until a mirror has what its bucket has up to that revision. Before
// that neither can be read for it, since the mirror answers for the bucket, too.
func (w *world) mirrored(bucket string, revision uint64) {
	w.Helper()
	w.Until(fmt.Sprintf("revision %d in %s", revision, bucket), func() bool {
		s, err := w.js.Stream(w.ctx, "KV_"+bucket)
		return err == nil && s.CachedInfo().State.LastSeq == revision
	})
}

func kvMirror(e *env.Env) {
	w := begin(e)
	kv := w.bucket()
	w.put(kv, "k", "v")
	m, err := w.js.CreateKeyValue(w.ctx, jetstream.KeyValueConfig{Bucket: "M", Mirror: &jetstream.StreamSource{Name: "B"}})
	e.Err("create", err)
	m, err = w.js.KeyValue(w.ctx, "M")
	e.Err("open", err)
	w.mirrored("M", 1)
	n, err := m.PutString(w.ctx, "through", "v")
	e.Err("put", err)
	e.Log("#%d", n)
	w.mirrored("M", 2)
	w.get(kv, "through")
	w.get(m, "k")
	w.get(m, "through")
	w.watched(m, ">")
	l, err := m.Keys(w.ctx)
	e.Err("keys", err)
	e.Log("%q", l)
	_, err = m.Create(w.ctx, "k", nil)
	e.Err("create what is there", err)
	e.Err("delete", m.Delete(w.ctx, "k"))
	w.mirrored("M", 3)
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
	_, err := kv.Get(w.ctx, "k")
	e.Err("get", err)
	_, err = kv.Put(w.ctx, "k", nil)
	e.Err("put", err)
	_, err = kv.Create(w.ctx, "k", nil)
	e.Err("create", err)
	e.Err("delete", kv.Delete(w.ctx, "k"))
	_, err = kv.Keys(w.ctx)
	e.Err("keys", err)
	_, err = kv.ListKeys(w.ctx)
	e.Err("list keys", err)
	_, err = kv.History(w.ctx, "k")
	e.Err("history", err)
	_, err = kv.WatchAll(w.ctx)
	e.Err("watch", err)
	e.Err("purge deletes", kv.PurgeDeletes(w.ctx))
	_, err = kv.Status(w.ctx)
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
