package scenarios

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func oldObjectList(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	list := func(what string, opts ...nats.ListObjectsOpt) {
		all, err := s.List(opts...)
		e.Err(what, err)
		for _, i := range all {
			e.Log("%s", showOldInfo(i))
		}
	}
	list("nothing")
	for _, name := range []string{"a", "b", "c"} {
		w.putOldObject(s, name, name)
	}
	list("three")
	e.Must(s.Delete("a"))
	list("two")
	list("deleted too", nats.ListObjectsShowDeleted())
	e.Must(s.Delete("b"))
	e.Must(s.Delete("c"))
	list("none is left")
	list("but deleted ones", nats.ListObjectsShowDeleted())
}

func oldObjectUpdate(e *env.Env, what string, ow nats.ObjectWatcher) {
	e.Helper()
	e.Log("%s: %s", what, showOldInfo(env.Recv(e, what, ow.Updates())))
}

func oldObjectWatch(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	empty, err := s.Watch()
	e.Err("watch", err)
	oldObjectUpdate(e, "of nothing", empty)
	w.putOldObject(s, "a", "a")
	w.putOldObject(s, "b", "b")
	oldObjectUpdate(e, "later", empty)
	oldObjectUpdate(e, "later", empty)
	ow, err := s.Watch()
	e.Err("watch", err)
	for range 3 {
		oldObjectUpdate(e, "at first", ow)
	}
	w.putOldObject(s, "a", "anew")
	oldObjectUpdate(e, "put", ow)
	e.Must(s.Delete("b"))
	oldObjectUpdate(e, "delete", ow)
	e.Must(s.UpdateMeta("a", &nats.ObjectMeta{Name: "c"}))
	oldObjectUpdate(e, "rename", ow)
	e.Err("stop", ow.Stop())
	e.Err("stop", empty.Stop())
}

func oldObjectWatchOptions(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "a", "a")
	w.putOldObject(s, "b", "b")
	e.Must(s.Delete("b"))
	for _, c := range []struct {
		name  string
		opts  []nats.WatchOpt
		first int
	}{
		{"live ones", []nats.WatchOpt{nats.IgnoreDeletes()}, 2},
		{"history", []nats.WatchOpt{nats.IncludeHistory()}, 3},
		{"updates", []nats.WatchOpt{nats.UpdatesOnly()}, 0},
	} {
		ow, err := s.Watch(c.opts...)
		e.Err(c.name, err)
		for range c.first {
			oldObjectUpdate(e, c.name, ow)
		}
		w.putOldObject(s, "new", c.name)
		oldObjectUpdate(e, c.name, ow)
		e.Must(ow.Stop())
	}
	_, err := s.Watch(nats.IncludeHistory(), nats.UpdatesOnly())
	e.Err("both", err)
}

func oldObjectsEnded(e *env.Env, what string, ow nats.ObjectWatcher) {
	e.Helper()
	select {
	case info, ok := <-ow.Updates():
		e.Log("%s: %s %v", what, showOldInfo(info), ok)
	case <-time.After(env.Patience):
		e.Log("%s: the channel isn't closed", what)
	}
}

func oldObjectWatchEnds(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "a", "a")
	ow, err := s.Watch()
	e.Err("watch", err)
	oldObjectUpdate(e, "at first", ow)
	oldObjectUpdate(e, "at first", ow)
	e.Err("stop", ow.Stop())
	oldObjectsEnded(e, "stopped", ow)
	e.Err("stop again", ow.Stop())
	ctx, cancel := context.WithCancel(w.ctx)
	ow, err = s.Watch(nats.Context(ctx), nats.UpdatesOnly())
	e.Err("watch", err)
	cancel()
	w.putOldObject(s, "b", "b")
	oldObjectUpdate(e, "the context has ended", ow)
	e.Err("stop", ow.Stop())
}

func oldObjectSealed(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "x", "data")
	e.Err("seal", s.Seal())
	st, err := s.Status()
	e.Err("status", err)
	e.Log("%v", st.Sealed())
	got, err := s.GetString("x")
	e.Err("get", err)
	e.Log("%q", got)
	_, err = s.PutString("y", "y")
	e.Err("put", err)
	e.Log("%s", code(err))
	e.Log("it can't be deleted: %v", s.Delete("x") != nil)
	e.Err("seal again", s.Seal())
}

func oldObjectFull(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore(func(c *nats.ObjectStoreConfig) { c.MaxBytes = 1 << 20 })
	w.putOldObject(s, "x", "data")
	_, err := s.PutBytes("large", make([]byte, 2<<20))
	e.Err("put", err)
	e.Log("%s", code(err))
	_, err = s.PutString("small", "more")
	e.Err("put a small one", err)
}

func oldObjectDamaged(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	put := func(name string) *nats.ObjectInfo {
		info, err := s.Put(&nats.ObjectMeta{Name: name, Opts: &nats.ObjectMetaOptions{ChunkSize: 4}}, strings.NewReader("abcdefghij"))
		e.Must(err)
		return info
	}
	info := put("one is missing")
	m, err := w.js.GetLastMsg("OBJ_B", "$O.B.C."+info.NUID)
	e.Must(err)
	e.Must(w.js.DeleteMsg("OBJ_B", m.Sequence-1))
	b, err := s.GetBytes("one is missing")
	e.Err("one is missing", err)
	e.Log("%d", len(b))
	info = put("the last is missing")
	m, err = w.js.GetLastMsg("OBJ_B", "$O.B.C."+info.NUID)
	e.Must(err)
	e.Must(w.js.DeleteMsg("OBJ_B", m.Sequence))
	r, err := s.Get("the last is missing")
	e.Must(err)
	_, err = io.ReadAll(r)
	e.Err("the last is missing", err)
	e.Err("error", r.Error())
	_, err = r.Info()
	e.Err("info", err)
	info = put("one is other")
	m, err = w.js.GetLastMsg("OBJ_B", "$O.B.C."+info.NUID)
	e.Must(err)
	e.Must(w.js.DeleteMsg("OBJ_B", m.Sequence))
	_, err = w.js.Publish("$O.B.C."+info.NUID, []byte("xx"))
	e.Must(err)
	_, err = s.GetBytes("one is other")
	e.Err("one is other", err)
}

func oldObjectStoreGone(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "x", "data")
	e.Must(w.js.DeleteObjectStore("B"))
	_, err := s.GetInfo("x")
	e.Err("info", err)
	_, err = s.PutString("x", "data")
	e.Err("put", err)
	_, err = s.List()
	e.Err("list", err)
	_, err = s.Status()
	e.Err("status", err)
	e.Err("delete", s.Delete("x"))
	e.Err("seal", s.Seal())
	_, err = s.Watch()
	e.Err("watch", err)
}

func oldObjectDoneBefore(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "x", "data")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err := s.PutString("y", "data", nats.Context(ctx))
	e.Log("put: %v", errors.Is(err, context.Canceled))
	_, err = s.GetString("x", nats.Context(ctx))
	e.Log("get: %v", errors.Is(err, context.Canceled))
	e.Log("%s", w.objectMessages())
}

func oldObjectDigests(e *env.Env) {
	h := sha256.New()
	h.Write([]byte("hello"))
	e.Log("%s", nats.GetObjectDigestValue(h))
	b, err := nats.DecodeObjectDigest(nats.GetObjectDigestValue(h))
	e.Err("decode", err)
	e.Log("%v", string(b) == string(h.Sum(nil)))
	for _, s := range []string{"", "x", "SHA-256", "SHA-256=", "SHA-256=!", "MD5=YQ=="} {
		b, err := nats.DecodeObjectDigest(s)
		e.Log("%q: %q %v", s, b, err)
	}
}

// What others read is the same.
func oldObjectOnTheWire(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	x := w.putOldObject(s, "x", "data")
	show := func(subject string) {
		m, err := w.js.GetLastMsg("OBJ_B", subject)
		e.Err("read", err)
		if m != nil {
			e.Log("%s: %s %s", strings.ReplaceAll(m.Subject, x.NUID, "NUID"), m.Header.Get("Nats-Rollup"), strings.ReplaceAll(string(m.Data), x.NUID, "NUID"))
		}
	}
	show("$O.B.C." + x.NUID)
	show("$O.B.M.eA==")
	_, err := s.Put(&nats.ObjectMeta{Name: "y", Description: "d", Headers: nats.Header{"A": {"b"}}, Metadata: map[string]string{"m": "n"}}, nil)
	e.Must(err)
	e.Must(s.Delete("x"))
	show("$O.B.M.eA==")
}
