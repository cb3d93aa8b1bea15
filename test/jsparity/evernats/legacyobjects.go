package scenarios

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func legacyObjects() []env.Scenario {
	return []env.Scenario{
		{Name: "legacy object/stores", Run: oldObjectStores},
		{Name: "legacy object/store refused", Run: oldObjectStoreRefused},
		{Name: "legacy object/store lists", Run: oldObjectStoreLists},
		{Name: "legacy object/status", Run: oldObjectStatus},
		{Name: "legacy object/put and get", Run: oldObjectPutGet},
		{Name: "legacy object/put refused", Run: oldObjectPutRefused},
		{Name: "legacy object/empty", Run: oldObjectEmpty},
		{Name: "legacy object/chunks", Run: oldObjectChunks},
		{Name: "legacy object/chunk sizes", Run: oldObjectChunkSizes},
		{Name: "legacy object/names", Run: oldObjectNames},
		{Name: "legacy object/replaced", Run: oldObjectReplaced},
		{Name: "legacy object/a reader that fails", Run: oldObjectReaderFails},
		{Name: "legacy object/files", Run: oldObjectFiles},
		{Name: "legacy object/reading", Run: oldObjectReading},
		{Name: "legacy object/reading in part", Run: oldObjectReadingInPart},
		{Name: "legacy object/info", Run: oldObjectInfo},
		{Name: "legacy object/headers and metadata", Run: oldObjectHeaders},
		{Name: "legacy object/update meta", Run: oldObjectUpdateMeta},
		{Name: "legacy object/delete", Run: oldObjectDelete},
		{Name: "legacy object/links", Run: oldObjectLinks},
		{Name: "legacy object/links refused", Run: oldObjectLinksRefused},
		{Name: "legacy object/bucket links", Run: oldObjectBucketLinks},
		{Name: "legacy object/links between buckets", Run: oldObjectLinksBetween},
		{Name: "legacy object/list", Run: oldObjectList},
		{Name: "legacy object/watch", Run: oldObjectWatch},
		{Name: "legacy object/watch options", Run: oldObjectWatchOptions},
		{Name: "legacy object/watch ends", Run: oldObjectWatchEnds},
		{Name: "legacy object/sealed", Run: oldObjectSealed},
		{Name: "legacy object/full", Run: oldObjectFull},
		{Name: "legacy object/damaged", Run: oldObjectDamaged},
		{Name: "legacy object/a store that is gone", Run: oldObjectStoreGone},
		{Name: "legacy object/done before", Run: oldObjectDoneBefore},
		{Name: "legacy object/digests", Run: oldObjectDigests},
		{Name: "legacy object/on the wire", Run: oldObjectOnTheWire},
		{Name: "legacy object/contexts", Run: oldObjectContexts},
		{Name: "legacy object/contexts that end", Run: oldObjectContextsEnd},
		{Name: "legacy object/other errors", Run: oldObjectOtherErrors},
		{Name: "legacy object/as JSON", Run: oldObjectJSON},
		{Name: "legacy object/both faces", Run: oldObjectBothFaces},
		{Name: "legacy object/over a reconnect", Run: oldObjectReconnect},
	}
}

func (w *old) objectStore(change ...func(*nats.ObjectStoreConfig)) nats.ObjectStore {
	w.Helper()
	cfg := nats.ObjectStoreConfig{Bucket: "B"}
	for _, f := range change {
		f(&cfg)
	}
	s, err := w.js.CreateObjectStore(&cfg)
	w.Must(err)
	return s
}

func (w *old) putOldObject(s nats.ObjectStore, name, data string) *nats.ObjectInfo {
	w.Helper()
	info, err := s.PutString(name, data)
	w.Must(err)
	return info
}

// showInfo is what there is to say of an object, save what differs from run to run.
func showOldInfo(i *nats.ObjectInfo) string {
	if i == nil {
		return "none"
	}
	s := fmt.Sprintf("%s/%s %q %d bytes, %d chunks, %s deleted=%v %v %v nuid=%d recent=%v", i.Bucket, i.Name, i.Description, i.Size, i.Chunks,
		i.Digest, i.Deleted, i.Headers, i.Metadata, len(i.NUID), time.Since(i.ModTime) < time.Hour && time.Since(i.ModTime) > -time.Minute)
	if i.Opts != nil {
		s += fmt.Sprintf(" max %d", i.Opts.ChunkSize)
		if i.Opts.Link != nil {
			s += fmt.Sprintf(" -> %s/%s", i.Opts.Link.Bucket, i.Opts.Link.Name)
		}
	}
	return s
}

// messages says how many messages the stream of a bucket has of chunks and of infos.
func (w *old) objectMessages() string {
	info, err := w.js.StreamInfo("OBJ_B", &nats.StreamInfoRequest{SubjectsFilter: ">"})
	if err != nil {
		return err.Error()
	}
	chunks, metas := uint64(0), uint64(0)
	for subject, n := range info.State.Subjects {
		if strings.HasPrefix(subject, "$O.B.C.") {
			chunks += n
		} else {
			metas += n
		}
	}
	return fmt.Sprintf("%d chunks, %d infos", chunks, metas)
}

func oldObjectStores(e *env.Env) {
	w := beginOld(e)
	cfg := nats.ObjectStoreConfig{Bucket: "B", Description: "d", TTL: time.Hour, MaxBytes: 1 << 20, Metadata: map[string]string{"a": "b"}, Compression: true}
	_, err := w.js.CreateObjectStore(&cfg)
	e.Err("make", err)
	_, err = w.js.CreateObjectStore(&cfg)
	e.Err("make again", err)
	cfg.Description = "other"
	_, err = w.js.CreateObjectStore(&cfg)
	e.Err("make another", err)
	_, err = w.js.CreateObjectStore(nil)
	e.Err("make nothing", err)
	s, err := w.js.ObjectStore("B")
	e.Err("find", err)
	st, err := s.Status()
	e.Err("status", err)
	e.Log("%s", st.Description())
	str, err := w.js.StreamInfo("OBJ_B")
	e.Must(err)
	c := str.Config
	e.Log("%v %v %v %v %v %v %v %v %v %v %v", c.Subjects, c.Retention, c.Discard, c.MaxBytes, c.MaxAge, c.AllowRollup, c.AllowDirect, c.Compression, c.Replicas, c.Storage, c.Duplicates)
	e.Err("delete", w.js.DeleteObjectStore("B"))
	_, err = w.js.ObjectStore("B")
	e.Err("find no more", err)
}

func oldObjectStoreRefused(e *env.Env) {
	w := beginOld(e)
	for _, name := range []string{"", "a.b", "a b", "a*", "a>", "a/b", "ü", "-", "_x-9"} {
		_, err := w.js.CreateObjectStore(&nats.ObjectStoreConfig{Bucket: name})
		e.Err("make "+name, err)
		_, err = w.js.ObjectStore(name)
		e.Err("find "+name, err)
	}
	_, err := w.js.ObjectStore("none")
	e.Err("find", err)
	e.Err("delete", w.js.DeleteObjectStore("none"))
	e.Err("delete a bad name", w.js.DeleteObjectStore("a.b"))
	_, err = w.js.CreateObjectStore(&nats.ObjectStoreConfig{Bucket: "R", Replicas: 3})
	e.Err("replicas", err)
}

func oldObjectStoreLists(e *env.Env) {
	w := beginOld(e)
	lists := func() {
		var all []string
		for n := range w.js.ObjectStoreNames() {
			all = append(all, n)
		}
		slices.Sort(all)
		e.Log("names: %d %v", len(all), all[:min(3, len(all))])
		all = nil
		for s := range w.js.ObjectStores(nats.Context(w.ctx)) {
			all = append(all, s.Bucket())
		}
		slices.Sort(all)
		e.Log("stores: %d %v", len(all), all[:min(3, len(all))])
	}
	lists()
	w.stream()
	for i := range 5 {
		w.objectStore(func(c *nats.ObjectStoreConfig) {
			c.Bucket, c.Storage = fmt.Sprint("b", i), nats.MemoryStorage
		})
	}
	lists()
}

func oldObjectStatus(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore(func(c *nats.ObjectStoreConfig) {
		c.Description, c.TTL, c.Metadata = "d", time.Hour, map[string]string{"a": "b"}
	})
	st, err := s.Status()
	e.Err("status", err)
	e.Log("%s %q %v %v %d %v %d %s %v %s", st.Bucket(), st.Description(), st.TTL(), st.Storage(), st.Replicas(), st.Sealed(),
		st.Size(), st.BackingStore(), st.IsCompressed(), st.Metadata()["a"])
	w.putOldObject(s, "x", strings.Repeat("x", 1000))
	st, err = s.Status()
	e.Err("status", err)
	e.Log("more than its bytes: %v", st.Size() > 1000 && st.Size() < 2000)
	b, ok := st.(*nats.ObjectBucketStatus)
	e.Log("%v %s", ok, b.StreamInfo().Config.Name)
}

func oldObjectPutGet(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	info, err := s.PutString("text", "hello")
	e.Err("string", err)
	e.Log("%s", showOldInfo(info))
	info, err = s.PutBytes("bytes", []byte{1, 2, 3})
	e.Err("bytes", err)
	e.Log("%s", showOldInfo(info))
	info, err = s.Put(&nats.ObjectMeta{Name: "reader", Description: "d"}, io.LimitReader(strings.NewReader("more than is read"), 9))
	e.Err("reader", err)
	e.Log("%s", showOldInfo(info))
	text, err := s.GetString("text")
	e.Err("get string", err)
	e.Log("%q", text)
	b, err := s.GetBytes("bytes")
	e.Err("get bytes", err)
	e.Log("%v", b)
	r, err := s.Get("reader")
	e.Err("get", err)
	all, err := io.ReadAll(r)
	e.Err("read", err)
	e.Log("%q", all)
	info, err = r.Info()
	e.Err("info", err)
	e.Log("%s", showOldInfo(info))
	e.Err("close", r.Close())
	_, err = s.GetString("none")
	e.Err("get none", err)
	_, err = s.GetBytes("")
	e.Err("get without a name", err)
	_, err = s.Get("none")
	e.Err("get none", err)
	e.Log("%s", w.objectMessages())
}

func oldObjectPutRefused(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	_, err := s.PutString("", "x")
	e.Err("no name", err)
	_, err = s.Put(&nats.ObjectMeta{Name: "l", Opts: &nats.ObjectMetaOptions{Link: &nats.ObjectLink{Bucket: "B"}}}, strings.NewReader("x"))
	e.Err("a link", err)
	_, err = s.Put(&nats.ObjectMeta{Name: "large", Opts: &nats.ObjectMetaOptions{ChunkSize: 2 << 20}}, strings.NewReader(strings.Repeat("x", 3<<20)))
	e.Err("chunks that are too large", err)
	e.Log("%s", w.objectMessages())
}

func oldObjectEmpty(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	info, err := s.Put(&nats.ObjectMeta{Name: "nil"}, nil)
	e.Err("no reader", err)
	e.Log("%s", showOldInfo(info))
	info, err = s.PutBytes("empty", nil)
	e.Err("no bytes", err)
	e.Log("%s", showOldInfo(info))
	for _, name := range []string{"nil", "empty"} {
		b, err := s.GetBytes(name)
		e.Err("get "+name, err)
		e.Log("%d", len(b))
		r, err := s.Get(name)
		e.Err("get "+name, err)
		n, err := r.Read(make([]byte, 10))
		e.Log("%d", n)
		e.Err("read", err)
	}
	e.Log("%s", w.objectMessages())
}

func oldObjectChunks(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	for _, n := range []int{1, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1 << 20, 5<<20 + 77} {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i*7 + i>>9)
		}
		info, err := s.PutBytes("x", data)
		e.Err("put", err)
		e.Log("%s", showOldInfo(info))
		got, err := s.GetBytes("x")
		e.Err("get", err)
		e.Log("the same: %v", string(got) == string(data))
		e.Log("%s", w.objectMessages())
	}
}

func oldObjectChunkSizes(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	data := strings.Repeat("0123456789", 100)
	for _, size := range []uint32{0, 1, 7, 1000, 1001, 1 << 20} {
		info, err := s.Put(&nats.ObjectMeta{Name: "x", Opts: &nats.ObjectMetaOptions{ChunkSize: size}}, strings.NewReader(data))
		e.Err("put", err)
		e.Log("%s", showOldInfo(info))
		got, err := s.GetString("x")
		e.Err("get", err)
		e.Log("the same: %v", got == data)
	}
}

func oldObjectNames(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	for _, name := range []string{"a b", "a.b", "*", ">", "ü", "\x00", "/path/to", strings.Repeat("long", 40)} {
		info, err := s.PutString(name, "data of "+name)
		e.Err("put", err)
		e.Log("%s", showOldInfo(info))
		got, err := s.GetString(name)
		e.Err("get", err)
		e.Log("%q", got)
	}
	e.Log("%s", w.objectMessages())
}

func oldObjectReplaced(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	one := w.putOldObject(s, "x", "one")
	two := w.putOldObject(s, "x", "two and more")
	e.Log("chunks of their own: %v", one.NUID != two.NUID)
	got, err := s.GetString("x")
	e.Err("get", err)
	e.Log("%q", got)
	e.Until("the old chunks are gone", func() bool { return w.objectMessages() == "1 chunks, 1 infos" })
	_, err = s.Put(&nats.ObjectMeta{Name: "x"}, nil)
	e.Err("by nothing", err)
	e.Until("all chunks are gone", func() bool { return w.objectMessages() == "0 chunks, 1 infos" })
}

func oldObjectReaderFails(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	w.putOldObject(s, "x", "one")
	_, err := s.Put(&nats.ObjectMeta{Name: "x"}, &failing{3})
	e.Log("its own error: %v", err == errReader)
	got, err := s.GetString("x")
	e.Err("get", err)
	e.Log("%q", got)
	_, err = s.Put(&nats.ObjectMeta{Name: "y"}, &failing{})
	e.Log("its own error: %v", err == errReader)
	_, err = s.GetInfo("y")
	e.Err("info", err)
	e.Until("no chunk is left", func() bool { return w.objectMessages() == "1 chunks, 1 infos" })
}

func oldObjectFiles(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	dir, err := makeDir(e)
	e.Must(err)
	e.Alias(dir, "DIR")
	path := filepath.Join(dir, "in")
	e.Must(os.WriteFile(path, []byte(strings.Repeat("file", 100_000)), 0o600))
	info, err := s.PutFile(path)
	e.Err("put", err)
	e.Log("%s", showOldInfo(info))
	out := filepath.Join(dir, "out")
	e.Err("get", s.GetFile(path, out))
	b, err := os.ReadFile(out)
	e.Err("read", err)
	e.Log("%d", len(b))
	_, err = s.PutFile(filepath.Join(dir, "none"))
	e.Log("no such file: %v", os.IsNotExist(err))
	e.Err("get none", s.GetFile("none", filepath.Join(dir, "out2")))
	_, err = os.Stat(filepath.Join(dir, "out2"))
	e.Log("no file: %v", os.IsNotExist(err))
	err = s.GetFile(path, filepath.Join(dir, "no", "dir"))
	e.Log("no directory: %v", os.IsNotExist(err))
}

func oldObjectReading(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	_, err := s.Put(&nats.ObjectMeta{Name: "x", Opts: &nats.ObjectMetaOptions{ChunkSize: 4}}, strings.NewReader("abcdefghij"))
	e.Must(err)
	r, err := s.Get("x")
	e.Err("get", err)
	e.Err("no error yet", r.Error())
	b := make([]byte, 10)
	_, err = io.ReadFull(r, b)
	e.Err("read", err)
	e.Log("%s", b)
	for range 2 {
		n, err := r.Read(b)
		e.Log("%d, the end: %v", n, err == io.EOF)
	}
	e.Err("error", r.Error())
	e.Err("close", r.Close())
	e.Err("close again", r.Close())
	_, err = r.Info()
	e.Err("info", err)
}

func oldObjectReadingInPart(e *env.Env) {
	w := beginOld(e)
	s := w.objectStore()
	_, err := s.PutBytes("x", make([]byte, 3<<20))
	e.Must(err)
	r, err := s.Get("x")
	e.Err("get", err)
	n, err := io.ReadFull(r, make([]byte, 100))
	e.Err("read", err)
	e.Log("%d", n)
	e.Err("close", r.Close())
	e.Err("error", r.Error())
	_, err = io.ReadAll(r)
	e.Log("it fails: %v", err != nil)
	e.Until("the consumer is gone", func() bool {
		info, err := w.js.StreamInfo("OBJ_B")
		return err == nil && info.State.Consumers == 0
	})
}
