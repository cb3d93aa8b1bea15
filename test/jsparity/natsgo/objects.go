package scenarios

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
