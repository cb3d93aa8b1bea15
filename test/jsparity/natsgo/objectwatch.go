package scenarios

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func objectList(e *env.Env) {
	w := begin(e)
	s := w.store()
	list := func(what string, opts ...jetstream.ListObjectsOpt) {
		all, err := s.List(w.ctx, opts...)
		e.Err(what, err)
		for _, i := range all {
			e.Log("%s", showInfo(i))
		}
	}
	list("nothing")
	for _, name := range []string{"a", "b", "c"} {
		w.putObject(s, name, name)
	}
	list("three")
	e.Must(s.Delete(w.ctx, "a"))
	list("two")
	list("deleted too", jetstream.ListObjectsShowDeleted())
	e.Must(s.Delete(w.ctx, "b"))
	e.Must(s.Delete(w.ctx, "c"))
	list("none is left")
	list("but deleted ones", jetstream.ListObjectsShowDeleted())
}

func objectUpdate(e *env.Env, what string, ow jetstream.ObjectWatcher) {
	e.Helper()
	e.Log("%s: %s", what, showInfo(env.Recv(e, what, ow.Updates())))
}

func objectWatch(e *env.Env) {
	w := begin(e)
	s := w.store()
	empty, err := s.Watch(w.ctx)
	e.Err("watch", err)
	objectUpdate(e, "of nothing", empty)
	w.putObject(s, "a", "a")
	w.putObject(s, "b", "b")
	objectUpdate(e, "later", empty)
	objectUpdate(e, "later", empty)
	ow, err := s.Watch(w.ctx)
	e.Err("watch", err)
	for range 3 {
		objectUpdate(e, "at first", ow)
	}
	w.putObject(s, "a", "anew")
	objectUpdate(e, "put", ow)
	e.Must(s.Delete(w.ctx, "b"))
	objectUpdate(e, "delete", ow)
	e.Must(s.UpdateMeta(w.ctx, "a", jetstream.ObjectMeta{Name: "c"}))
	objectUpdate(e, "rename", ow)
	e.Err("stop", ow.Stop())
	e.Err("stop", empty.Stop())
}

func objectWatchOptions(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "a", "a")
	w.putObject(s, "b", "b")
	e.Must(s.Delete(w.ctx, "b"))
	for _, c := range []struct {
		name  string
		opts  []jetstream.WatchOpt
		first int
	}{
		{"live ones", []jetstream.WatchOpt{jetstream.IgnoreDeletes()}, 2},
		{"history", []jetstream.WatchOpt{jetstream.IncludeHistory()}, 3},
		{"updates", []jetstream.WatchOpt{jetstream.UpdatesOnly()}, 0},
	} {
		ow, err := s.Watch(w.ctx, c.opts...)
		e.Err(c.name, err)
		for range c.first {
			objectUpdate(e, c.name, ow)
		}
		w.putObject(s, "new", c.name)
		objectUpdate(e, c.name, ow)
		e.Must(ow.Stop())
	}
	_, err := s.Watch(w.ctx, jetstream.IncludeHistory(), jetstream.UpdatesOnly())
	e.Err("both", err)
}

func ended(e *env.Env, what string, ow jetstream.ObjectWatcher) {
	e.Helper()
	select {
	case info, ok := <-ow.Updates():
		e.Log("%s: %s %v", what, showInfo(info), ok)
	case <-time.After(env.Patience):
		e.Log("%s: the channel isn't closed", what)
	}
}

func objectWatchEnds(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "a", "a")
	ow, err := s.Watch(w.ctx)
	e.Err("watch", err)
	objectUpdate(e, "at first", ow)
	objectUpdate(e, "at first", ow)
	e.Err("stop", ow.Stop())
	ended(e, "stopped", ow)
	e.Err("stop again", ow.Stop())
	ctx, cancel := context.WithCancel(w.ctx)
	ow, err = s.Watch(ctx, jetstream.UpdatesOnly())
	e.Err("watch", err)
	cancel()
	ended(e, "the context ends", ow)
}

func objectSealed(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "data")
	e.Err("seal", s.Seal(w.ctx))
	st, err := s.Status(w.ctx)
	e.Err("status", err)
	e.Log("%v", st.Sealed())
	got, err := s.GetString(w.ctx, "x")
	e.Err("get", err)
	e.Log("%q", got)
	_, err = s.PutString(w.ctx, "y", "y")
	e.Err("put", err)
	e.Log("%s", code(err))
	e.Log("it can't be deleted: %v", s.Delete(w.ctx, "x") != nil)
	e.Err("seal again", s.Seal(w.ctx))
}

func objectFull(e *env.Env) {
	w := begin(e)
	s := w.store(func(c *jetstream.ObjectStoreConfig) { c.MaxBytes = 1 << 20 })
	w.putObject(s, "x", "data")
	_, err := s.PutBytes(w.ctx, "large", make([]byte, 2<<20))
	e.Err("put", err)
	e.Log("%s", code(err))
	_, err = s.PutString(w.ctx, "small", "more")
	e.Err("put a small one", err)
}

func objectDamaged(e *env.Env) {
	w := begin(e)
	s := w.store()
	str, err := w.js.Stream(w.ctx, "OBJ_B")
	e.Must(err)
	put := func(name string) *jetstream.ObjectInfo {
		info, err := s.Put(w.ctx, jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: 4}}, strings.NewReader("abcdefghij"))
		e.Must(err)
		return info
	}
	info := put("one is missing")
	m, err := str.GetLastMsgForSubject(w.ctx, "$O.B.C."+info.NUID)
	e.Must(err)
	e.Must(str.DeleteMsg(w.ctx, m.Sequence-1))
	b, err := s.GetBytes(w.ctx, "one is missing")
	e.Err("one is missing", err)
	e.Log("%d", len(b))
	info = put("the last is missing")
	m, err = str.GetLastMsgForSubject(w.ctx, "$O.B.C."+info.NUID)
	e.Must(err)
	e.Must(str.DeleteMsg(w.ctx, m.Sequence))
	r, err := s.Get(w.ctx, "the last is missing")
	e.Must(err)
	_, err = io.ReadAll(r)
	e.Err("the last is missing", err)
	e.Err("error", r.Error())
	_, err = r.Info()
	e.Err("info", err)
	info = put("one is other")
	m, err = str.GetLastMsgForSubject(w.ctx, "$O.B.C."+info.NUID)
	e.Must(err)
	e.Must(str.DeleteMsg(w.ctx, m.Sequence))
	_, err = w.js.Publish(w.ctx, "$O.B.C."+info.NUID, []byte("xx"))
	e.Must(err)
	_, err = s.GetBytes(w.ctx, "one is other")
	e.Err("one is other", err)
}

func objectStoreGone(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "data")
	e.Must(w.js.DeleteObjectStore(w.ctx, "B"))
	_, err := s.GetInfo(w.ctx, "x")
	e.Err("info", err)
	_, err = s.PutString(w.ctx, "x", "data")
	e.Err("put", err)
	_, err = s.List(w.ctx)
	e.Err("list", err)
	_, err = s.Status(w.ctx)
	e.Err("status", err)
	e.Err("delete", s.Delete(w.ctx, "x"))
	e.Err("seal", s.Seal(w.ctx))
	_, err = s.Watch(w.ctx)
	e.Err("watch", err)
}

func objectDoneBefore(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "data")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err := s.PutString(ctx, "y", "data")
	e.Log("put: %v", errors.Is(err, context.Canceled))
	_, err = s.GetString(ctx, "x")
	e.Log("get: %v", errors.Is(err, context.Canceled))
	_, err = s.List(ctx)
	e.Log("list: %v", errors.Is(err, context.Canceled))
	e.Log("%s", w.messages())
}

func objectDigests(e *env.Env) {
	h := sha256.New()
	h.Write([]byte("hello"))
	e.Log("%s", jetstream.GetObjectDigestValue(h))
	b, err := jetstream.DecodeObjectDigest(jetstream.GetObjectDigestValue(h))
	e.Err("decode", err)
	e.Log("%v", string(b) == string(h.Sum(nil)))
	for _, s := range []string{"", "x", "SHA-256", "SHA-256=", "SHA-256=!", "MD5=YQ=="} {
		b, err := jetstream.DecodeObjectDigest(s)
		e.Log("%q: %q %v", s, b, err)
	}
}

// What others read is the same.
func objectOnTheWire(e *env.Env) {
	w := begin(e)
	s := w.store()
	x := w.putObject(s, "x", "data")
	str, err := w.js.Stream(w.ctx, "OBJ_B")
	e.Must(err)
	show := func(subject string) {
		m, err := str.GetLastMsgForSubject(w.ctx, subject)
		e.Err("read", err)
		if m != nil {
			e.Log("%s: %s %s", strings.ReplaceAll(m.Subject, x.NUID, "NUID"), m.Header.Get("Nats-Rollup"), strings.ReplaceAll(string(m.Data), x.NUID, "NUID"))
		}
	}
	show("$O.B.C." + x.NUID)
	show("$O.B.M.eA==")
	_, err = s.Put(w.ctx, jetstream.ObjectMeta{Name: "y", Description: "d", Headers: nats.Header{"A": {"b"}}, Metadata: map[string]string{"m": "n"}}, nil)
	e.Must(err)
	e.Must(s.Delete(w.ctx, "x"))
	show("$O.B.M.eA==")
}
