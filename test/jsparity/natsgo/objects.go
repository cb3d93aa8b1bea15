package scenarios

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func objects() []env.Scenario {
	return []env.Scenario{
		{Name: "object/stores", Run: objectStores},
		{Name: "object/store refused", Run: objectStoreRefused},
		{Name: "object/store lists", Run: objectStoreLists},
		{Name: "object/status", Run: objectStatus},
		{Name: "object/put and get", Run: objectPutGet},
		{Name: "object/put refused", Run: objectPutRefused},
		{Name: "object/empty", Run: objectEmpty},
		{Name: "object/chunks", Run: objectChunks},
		{Name: "object/chunk sizes", Run: objectChunkSizes},
		{Name: "object/names", Run: objectNames},
		{Name: "object/replaced", Run: objectReplaced},
		{Name: "object/a reader that fails", Run: objectReaderFails},
		{Name: "object/files", Run: objectFiles},
		{Name: "object/reading", Run: objectReading},
		{Name: "object/reading in part", Run: objectReadingInPart},
		{Name: "object/info", Run: objectInfo},
		{Name: "object/headers and metadata", Run: objectHeaders},
		{Name: "object/update meta", Run: objectUpdateMeta},
		{Name: "object/delete", Run: objectDelete},
		{Name: "object/links", Run: objectLinks},
		{Name: "object/links refused", Run: objectLinksRefused},
		{Name: "object/bucket links", Run: objectBucketLinks},
		{Name: "object/links between buckets", Run: objectLinksBetween},
		{Name: "object/list", Run: objectList},
		{Name: "object/watch", Run: objectWatch},
		{Name: "object/watch options", Run: objectWatchOptions},
		{Name: "object/watch ends", Run: objectWatchEnds},
		{Name: "object/sealed", Run: objectSealed},
		{Name: "object/full", Run: objectFull},
		{Name: "object/damaged", Run: objectDamaged},
		{Name: "object/a store that is gone", Run: objectStoreGone},
		{Name: "object/done before", Run: objectDoneBefore},
		{Name: "object/digests", Run: objectDigests},
		{Name: "object/on the wire", Run: objectOnTheWire},
	}
}

func (w *world) store(change ...func(*jetstream.ObjectStoreConfig)) jetstream.ObjectStore {
	w.Helper()
	cfg := jetstream.ObjectStoreConfig{Bucket: "B"}
	for _, f := range change {
		f(&cfg)
	}
	s, err := w.js.CreateObjectStore(w.ctx, cfg)
	w.Must(err)
	return s
}

func (w *world) putObject(s jetstream.ObjectStore, name, data string) *jetstream.ObjectInfo {
	w.Helper()
	info, err := s.PutString(w.ctx, name, data)
	w.Must(err)
	return info
}

// showInfo is what there is to say of an object, save what differs from run to run.
func showInfo(i *jetstream.ObjectInfo) string {
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
func (w *world) messages() string {
	s, err := w.js.Stream(w.ctx, "OBJ_B")
	if err != nil {
		return err.Error()
	}
	info, err := s.Info(w.ctx, jetstream.WithSubjectFilter(">"))
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

func objectStores(e *env.Env) {
	w := begin(e)
	cfg := jetstream.ObjectStoreConfig{Bucket: "B", Description: "d", TTL: time.Hour, MaxBytes: 1 << 20, Metadata: map[string]string{"a": "b"}, Compression: true}
	_, err := w.js.CreateObjectStore(w.ctx, cfg)
	e.Err("make", err)
	_, err = w.js.CreateObjectStore(w.ctx, cfg)
	e.Err("make again", err)
	cfg.Description = "other"
	_, err = w.js.CreateObjectStore(w.ctx, cfg)
	e.Err("make another", err)
	_, err = w.js.UpdateObjectStore(w.ctx, cfg)
	e.Err("update", err)
	_, err = w.js.CreateOrUpdateObjectStore(w.ctx, jetstream.ObjectStoreConfig{Bucket: "C", Storage: jetstream.MemoryStorage})
	e.Err("make or update", err)
	s, err := w.js.ObjectStore(w.ctx, "B")
	e.Err("find", err)
	st, err := s.Status(w.ctx)
	e.Err("status", err)
	e.Log("%s", st.Description())
	str, err := w.js.Stream(w.ctx, "OBJ_B")
	e.Must(err)
	c := str.CachedInfo().Config
	e.Log("%v %v %v %v %v %v %v %v %v %v %v", c.Subjects, c.Retention, c.Discard, c.MaxBytes, c.MaxAge, c.AllowRollup, c.AllowDirect, c.Compression, c.Replicas, c.Storage, c.Duplicates)
	e.Err("delete", w.js.DeleteObjectStore(w.ctx, "B"))
	_, err = w.js.ObjectStore(w.ctx, "B")
	e.Err("find no more", err)
}

func objectStoreRefused(e *env.Env) {
	w := begin(e)
	for _, name := range []string{"", "a.b", "a b", "a*", "a>", "a/b", "ü", "-", "_x-9"} {
		_, err := w.js.CreateObjectStore(w.ctx, jetstream.ObjectStoreConfig{Bucket: name})
		e.Err("make "+name, err)
		_, err = w.js.ObjectStore(w.ctx, name)
		e.Err("find "+name, err)
	}
	_, err := w.js.ObjectStore(w.ctx, "none")
	e.Err("find", err)
	_, err = w.js.UpdateObjectStore(w.ctx, jetstream.ObjectStoreConfig{Bucket: "none"})
	e.Err("update", err)
	_, err = w.js.UpdateObjectStore(w.ctx, jetstream.ObjectStoreConfig{Bucket: "a.b"})
	e.Err("update a bad name", err)
	e.Err("delete", w.js.DeleteObjectStore(w.ctx, "none"))
	e.Err("delete a bad name", w.js.DeleteObjectStore(w.ctx, "a.b"))
	_, err = w.js.CreateObjectStore(w.ctx, jetstream.ObjectStoreConfig{Bucket: "R", Replicas: 3})
	e.Err("replicas", err)
}

func objectStoreLists(e *env.Env) {
	w := begin(e)
	lists := func() {
		names := w.js.ObjectStoreNames(w.ctx)
		var all []string
		for n := range names.Name() {
			all = append(all, n)
		}
		slices.Sort(all)
		e.Err("names", names.Error())
		e.Log("%d %v", len(all), all[:min(3, len(all))])
		stores := w.js.ObjectStores(w.ctx)
		all = nil
		for s := range stores.Status() {
			all = append(all, s.Bucket())
		}
		slices.Sort(all)
		e.Err("stores", stores.Error())
		e.Log("%d %v", len(all), all[:min(3, len(all))])
	}
	lists()
	w.stream()
	for i := range 5 {
		w.store(func(c *jetstream.ObjectStoreConfig) {
			c.Bucket, c.Storage = fmt.Sprint("b", i), jetstream.MemoryStorage
		})
	}
	lists()
}

func objectStatus(e *env.Env) {
	w := begin(e)
	s := w.store(func(c *jetstream.ObjectStoreConfig) {
		c.Description, c.TTL, c.Metadata = "d", time.Hour, map[string]string{"a": "b"}
	})
	st, err := s.Status(w.ctx)
	e.Err("status", err)
	e.Log("%s %q %v %v %d %v %d %s %v %s", st.Bucket(), st.Description(), st.TTL(), st.Storage(), st.Replicas(), st.Sealed(),
		st.Size(), st.BackingStore(), st.IsCompressed(), st.Metadata()["a"])
	w.putObject(s, "x", strings.Repeat("x", 1000))
	st, err = s.Status(w.ctx)
	e.Err("status", err)
	e.Log("more than its bytes: %v", st.Size() > 1000 && st.Size() < 2000)
	b, ok := st.(*jetstream.ObjectBucketStatus)
	e.Log("%v %s", ok, b.StreamInfo().Config.Name)
}

func objectPutGet(e *env.Env) {
	w := begin(e)
	s := w.store()
	info, err := s.PutString(w.ctx, "text", "hello")
	e.Err("string", err)
	e.Log("%s", showInfo(info))
	info, err = s.PutBytes(w.ctx, "bytes", []byte{1, 2, 3})
	e.Err("bytes", err)
	e.Log("%s", showInfo(info))
	info, err = s.Put(w.ctx, jetstream.ObjectMeta{Name: "reader", Description: "d"}, io.LimitReader(strings.NewReader("more than is read"), 9))
	e.Err("reader", err)
	e.Log("%s", showInfo(info))
	text, err := s.GetString(w.ctx, "text")
	e.Err("get string", err)
	e.Log("%q", text)
	b, err := s.GetBytes(w.ctx, "bytes")
	e.Err("get bytes", err)
	e.Log("%v", b)
	r, err := s.Get(w.ctx, "reader")
	e.Err("get", err)
	all, err := io.ReadAll(r)
	e.Err("read", err)
	e.Log("%q", all)
	info, err = r.Info()
	e.Err("info", err)
	e.Log("%s", showInfo(info))
	e.Err("close", r.Close())
	_, err = s.GetString(w.ctx, "none")
	e.Err("get none", err)
	_, err = s.GetBytes(w.ctx, "")
	e.Err("get without a name", err)
	_, err = s.Get(w.ctx, "none")
	e.Err("get none", err)
	e.Log("%s", w.messages())
}

func objectPutRefused(e *env.Env) {
	w := begin(e)
	s := w.store()
	_, err := s.PutString(w.ctx, "", "x")
	e.Err("no name", err)
	_, err = s.Put(w.ctx, jetstream.ObjectMeta{Name: "l", Opts: &jetstream.ObjectMetaOptions{Link: &jetstream.ObjectLink{Bucket: "B"}}}, strings.NewReader("x"))
	e.Err("a link", err)
	_, err = s.Put(w.ctx, jetstream.ObjectMeta{Name: "large", Opts: &jetstream.ObjectMetaOptions{ChunkSize: 2 << 20}}, strings.NewReader(strings.Repeat("x", 3<<20)))
	e.Err("chunks that are too large", err)
	e.Log("%s", w.messages())
}

func objectEmpty(e *env.Env) {
	w := begin(e)
	s := w.store()
	info, err := s.Put(w.ctx, jetstream.ObjectMeta{Name: "nil"}, nil)
	e.Err("no reader", err)
	e.Log("%s", showInfo(info))
	info, err = s.PutBytes(w.ctx, "empty", nil)
	e.Err("no bytes", err)
	e.Log("%s", showInfo(info))
	for _, name := range []string{"nil", "empty"} {
		b, err := s.GetBytes(w.ctx, name)
		e.Err("get "+name, err)
		e.Log("%d", len(b))
		r, err := s.Get(w.ctx, name)
		e.Err("get "+name, err)
		n, err := r.Read(make([]byte, 10))
		e.Log("%d", n)
		e.Err("read", err)
	}
	e.Log("%s", w.messages())
}

func objectChunks(e *env.Env) {
	w := begin(e)
	s := w.store()
	for _, n := range []int{1, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1 << 20, 5<<20 + 77} {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i*7 + i>>9)
		}
		info, err := s.PutBytes(w.ctx, "x", data)
		e.Err("put", err)
		e.Log("%s", showInfo(info))
		got, err := s.GetBytes(w.ctx, "x")
		e.Err("get", err)
		e.Log("the same: %v", string(got) == string(data))
		e.Log("%s", w.messages())
	}
}

func objectChunkSizes(e *env.Env) {
	w := begin(e)
	s := w.store()
	data := strings.Repeat("0123456789", 100)
	for _, size := range []uint32{0, 1, 7, 1000, 1001, 1 << 20} {
		info, err := s.Put(w.ctx, jetstream.ObjectMeta{Name: "x", Opts: &jetstream.ObjectMetaOptions{ChunkSize: size}}, strings.NewReader(data))
		e.Err("put", err)
		e.Log("%s", showInfo(info))
		got, err := s.GetString(w.ctx, "x")
		e.Err("get", err)
		e.Log("the same: %v", got == data)
	}
}

func objectNames(e *env.Env) {
	w := begin(e)
	s := w.store()
	for _, name := range []string{"a b", "a.b", "*", ">", "ü", "\x00", "/path/to", strings.Repeat("long", 40)} {
		info, err := s.PutString(w.ctx, name, "data of "+name)
		e.Err("put", err)
		e.Log("%s", showInfo(info))
		got, err := s.GetString(w.ctx, name)
		e.Err("get", err)
		e.Log("%q", got)
	}
	e.Log("%s", w.messages())
}

func objectReplaced(e *env.Env) {
	w := begin(e)
	s := w.store()
	one := w.putObject(s, "x", "one")
	two := w.putObject(s, "x", "two and more")
	e.Log("chunks of their own: %v", one.NUID != two.NUID)
	got, err := s.GetString(w.ctx, "x")
	e.Err("get", err)
	e.Log("%q", got)
	e.Until("the old chunks are gone", func() bool { return w.messages() == "1 chunks, 1 infos" })
	_, err = s.Put(w.ctx, jetstream.ObjectMeta{Name: "x"}, nil)
	e.Err("by nothing", err)
	e.Until("all chunks are gone", func() bool { return w.messages() == "0 chunks, 1 infos" })
}

type failing struct{ left int }

var errReader = errors.New("the reader fails")

func (f *failing) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, errReader
	}
	f.left--
	return len(p), nil
}

func objectReaderFails(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "one")
	_, err := s.Put(w.ctx, jetstream.ObjectMeta{Name: "x"}, &failing{3})
	e.Log("its own error: %v", err == errReader)
	got, err := s.GetString(w.ctx, "x")
	e.Err("get", err)
	e.Log("%q", got)
	_, err = s.Put(w.ctx, jetstream.ObjectMeta{Name: "y"}, &failing{})
	e.Log("its own error: %v", err == errReader)
	_, err = s.GetInfo(w.ctx, "y")
	e.Err("info", err)
	e.Until("no chunk is left", func() bool { return w.messages() == "1 chunks, 1 infos" })
}

func objectFiles(e *env.Env) {
	w := begin(e)
	s := w.store()
	dir, err := makeDir(e)
	e.Must(err)
	e.Alias(dir, "DIR")
	path := filepath.Join(dir, "in")
	e.Must(os.WriteFile(path, []byte(strings.Repeat("file", 100_000)), 0o600))
	info, err := s.PutFile(w.ctx, path)
	e.Err("put", err)
	e.Log("%s", showInfo(info))
	out := filepath.Join(dir, "out")
	e.Err("get", s.GetFile(w.ctx, path, out))
	b, err := os.ReadFile(out)
	e.Err("read", err)
	e.Log("%d", len(b))
	_, err = s.PutFile(w.ctx, filepath.Join(dir, "none"))
	e.Log("no such file: %v", os.IsNotExist(err))
	e.Err("get none", s.GetFile(w.ctx, "none", filepath.Join(dir, "out2")))
	_, err = os.Stat(filepath.Join(dir, "out2"))
	e.Log("no file: %v", os.IsNotExist(err))
	err = s.GetFile(w.ctx, path, filepath.Join(dir, "no", "dir"))
	e.Log("no directory: %v", os.IsNotExist(err))
}

func objectReading(e *env.Env) {
	w := begin(e)
	s := w.store()
	_, err := s.Put(w.ctx, jetstream.ObjectMeta{Name: "x", Opts: &jetstream.ObjectMetaOptions{ChunkSize: 4}}, strings.NewReader("abcdefghij"))
	e.Must(err)
	r, err := s.Get(w.ctx, "x")
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

func objectReadingInPart(e *env.Env) {
	w := begin(e)
	s := w.store()
	_, err := s.PutBytes(w.ctx, "x", make([]byte, 3<<20))
	e.Must(err)
	r, err := s.Get(w.ctx, "x")
	e.Err("get", err)
	n, err := io.ReadFull(r, make([]byte, 100))
	e.Err("read", err)
	e.Log("%d", n)
	e.Err("close", r.Close())
	e.Err("error", r.Error())
	_, err = io.ReadAll(r)
	e.Log("it fails: %v", err != nil)
	e.Until("the consumer is gone", func() bool {
		str, err := w.js.Stream(w.ctx, "OBJ_B")
		return err == nil && str.CachedInfo().State.Consumers == 0
	})
}

func objectInfo(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "data")
	info, err := s.GetInfo(w.ctx, "x")
	e.Err("info", err)
	e.Log("%s", showInfo(info))
	_, err = s.GetInfo(w.ctx, "none")
	e.Err("none", err)
	_, err = s.GetInfo(w.ctx, "")
	e.Err("no name", err)
	_, err = s.GetInfo(w.ctx, "none", jetstream.GetObjectInfoShowDeleted())
	e.Err("none, deleted too", err)
	_, err = w.nc.Request("$O.B.M.YmFk", []byte("no info"), env.Patience)
	e.Must(err)
	_, err = s.GetInfo(w.ctx, "bad")
	e.Err("what is none", err)
}

func objectHeaders(e *env.Env) {
	w := begin(e)
	s := w.store()
	_, err := s.Put(w.ctx, jetstream.ObjectMeta{Name: "x", Headers: nats.Header{"A": {"1", "2"}, "b": {"x"}}, Metadata: map[string]string{"k": "v"}}, strings.NewReader("x"))
	e.Err("put", err)
	info, err := s.GetInfo(w.ctx, "x")
	e.Err("info", err)
	e.Log("%s", showInfo(info))
}

func objectUpdateMeta(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "data")
	w.putObject(s, "y", "other")
	e.Err("update", s.UpdateMeta(w.ctx, "x", jetstream.ObjectMeta{Name: "x", Description: "d", Headers: nats.Header{"A": {"1"}}, Metadata: map[string]string{"k": "v"}}))
	info, err := s.GetInfo(w.ctx, "x")
	e.Err("info", err)
	e.Log("%s", showInfo(info))
	e.Err("rename", s.UpdateMeta(w.ctx, "x", jetstream.ObjectMeta{Name: "z"}))
	info, err = s.GetInfo(w.ctx, "z")
	e.Err("info", err)
	e.Log("%s", showInfo(info))
	got, err := s.GetString(w.ctx, "z")
	e.Err("get", err)
	e.Log("%q", got)
	_, err = s.GetInfo(w.ctx, "x")
	e.Err("the old name", err)
	e.Err("to one that is there", s.UpdateMeta(w.ctx, "z", jetstream.ObjectMeta{Name: "y"}))
	e.Err("of none", s.UpdateMeta(w.ctx, "none", jetstream.ObjectMeta{Name: "none"}))
	e.Err("without a name", s.UpdateMeta(w.ctx, "", jetstream.ObjectMeta{Name: "v"}))
	e.Err("to no name", s.UpdateMeta(w.ctx, "z", jetstream.ObjectMeta{}))
	e.Err("delete", s.Delete(w.ctx, "y"))
	e.Err("of a deleted one", s.UpdateMeta(w.ctx, "y", jetstream.ObjectMeta{Name: "y"}))
	e.Err("to a deleted one", s.UpdateMeta(w.ctx, "z", jetstream.ObjectMeta{Name: "y"}))
	e.Log("%s", w.messages())
}

func objectDelete(e *env.Env) {
	w := begin(e)
	s := w.store()
	w.putObject(s, "x", "data")
	e.Err("delete", s.Delete(w.ctx, "x"))
	e.Log("%s", w.messages())
	_, err := s.GetInfo(w.ctx, "x")
	e.Err("info", err)
	info, err := s.GetInfo(w.ctx, "x", jetstream.GetObjectInfoShowDeleted())
	e.Err("info of a deleted one", err)
	e.Log("%s", showInfo(info))
	_, err = s.GetString(w.ctx, "x")
	e.Err("get", err)
	r, err := s.Get(w.ctx, "x", jetstream.GetObjectShowDeleted())
	e.Err("get a deleted one", err)
	n, err := r.Read(make([]byte, 1))
	e.Log("%d %v", n, err)
	e.Err("error", r.Error())
	e.Err("again", s.Delete(w.ctx, "x"))
	e.Err("none", s.Delete(w.ctx, "none"))
	e.Err("no name", s.Delete(w.ctx, ""))
	w.putObject(s, "x", "anew")
	got, err := s.GetString(w.ctx, "x")
	e.Err("get it anew", err)
	e.Log("%q", got)
}

func objectLinks(e *env.Env) {
	w := begin(e)
	s := w.store()
	x := w.putObject(s, "x", "data")
	info, err := s.AddLink(w.ctx, "l", x)
	e.Err("link", err)
	e.Log("%s", showInfo(info))
	info, err = s.GetInfo(w.ctx, "l")
	e.Err("info", err)
	e.Log("%s", showInfo(info))
	got, err := s.GetString(w.ctx, "l")
	e.Err("get", err)
	e.Log("%q", got)
	r, err := s.Get(w.ctx, "l")
	e.Err("get", err)
	info, err = r.Info()
	e.Err("info", err)
	e.Log("%s", showInfo(info))
	r.Close()
	y := w.putObject(s, "y", "other")
	_, err = s.AddLink(w.ctx, "l", y)
	e.Err("another", err)
	got, err = s.GetString(w.ctx, "l")
	e.Err("get", err)
	e.Log("%q", got)
	e.Err("delete what it leads to", s.Delete(w.ctx, "y"))
	_, err = s.GetString(w.ctx, "l")
	e.Err("get", err)
	e.Err("delete it", s.Delete(w.ctx, "l"))
	_, err = s.GetString(w.ctx, "x")
	e.Err("get what it led to before", err)
	w.putObject(s, "l", "an object now")
	got, err = s.GetString(w.ctx, "l")
	e.Err("get", err)
	e.Log("%q", got)
}

func objectLinksRefused(e *env.Env) {
	w := begin(e)
	s := w.store()
	x := w.putObject(s, "x", "data")
	l, err := s.AddLink(w.ctx, "l", x)
	e.Err("link", err)
	_, err = s.AddLink(w.ctx, "", x)
	e.Err("no name", err)
	_, err = s.AddLink(w.ctx, "m", nil)
	e.Err("no object", err)
	_, err = s.AddLink(w.ctx, "", nil)
	e.Err("neither", err)
	_, err = s.AddLink(w.ctx, "m", &jetstream.ObjectInfo{})
	e.Err("an object without a name", err)
	_, err = s.AddLink(w.ctx, "m", l)
	e.Err("to a link", err)
	_, err = s.AddLink(w.ctx, "x", x)
	e.Err("where an object is", err)
	e.Err("delete", s.Delete(w.ctx, "x"))
	gone, err := s.GetInfo(w.ctx, "x", jetstream.GetObjectInfoShowDeleted())
	e.Must(err)
	_, err = s.AddLink(w.ctx, "m", gone)
	e.Err("to a deleted one", err)
	_, err = s.AddLink(w.ctx, "x", w.putObject(s, "y", "y"))
	e.Err("where one was", err)
}

func objectBucketLinks(e *env.Env) {
	w := begin(e)
	s := w.store()
	other := w.store(func(c *jetstream.ObjectStoreConfig) { c.Bucket = "C" })
	info, err := s.AddBucketLink(w.ctx, "l", other)
	e.Err("link", err)
	e.Log("%s", showInfo(info))
	_, err = s.GetString(w.ctx, "l")
	e.Err("get", err)
	_, err = s.AddBucketLink(w.ctx, "", other)
	e.Err("no name", err)
	_, err = s.AddBucketLink(w.ctx, "m", nil)
	e.Err("no bucket", err)
	_, err = s.AddBucketLink(w.ctx, "m", struct{ jetstream.ObjectStore }{})
	e.Err("somebody else's", err)
	w.putObject(s, "x", "data")
	_, err = s.AddBucketLink(w.ctx, "x", other)
	e.Err("where an object is", err)
	_, err = s.AddBucketLink(w.ctx, "l", s)
	e.Err("another", err)
}

func objectLinksBetween(e *env.Env) {
	w := begin(e)
	s := w.store()
	other := w.store(func(c *jetstream.ObjectStoreConfig) { c.Bucket = "C" })
	x := w.putObject(other, "x", "of another")
	_, err := s.AddLink(w.ctx, "l", x)
	e.Err("link", err)
	got, err := s.GetString(w.ctx, "l")
	e.Err("get", err)
	e.Log("%q", got)
	e.Err("delete the other", w.js.DeleteObjectStore(w.ctx, "C"))
	_, err = s.GetString(w.ctx, "l")
	e.Err("get", err)
}

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
	clean := func() bool { return w.messages() == "1 chunks, 1 infos" }
	for end := time.Now().Add(2 * time.Second); !clean() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	e.Log("no chunk is left: %v", clean())
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
