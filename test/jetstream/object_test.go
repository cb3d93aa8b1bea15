package jetstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// source gives n bytes that depend on the seed alone, and calls at with how many it has
// given.
type source struct {
	rng  *rand.ChaCha8
	left int
	n    int
	at   func(n int)
}

func newSource(seed byte, n int, at func(int)) *source {
	return &source{rng: rand.NewChaCha8([32]byte{seed}), left: n, at: at}
}

func (s *source) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if s.at != nil {
		s.at(s.n)
	}
	n := min(len(p), s.left, 64<<10)
	s.rng.Read(p[:n])
	s.left -= n
	s.n += n
	return n, nil
}

// same says whether r gives the bytes of that source.
func same(t testing.TB, r io.Reader, seed byte, n int) {
	t.Helper()
	got, want := sha256.New(), sha256.New()
	k, err := io.Copy(got, r)
	if err != nil {
		t.Fatalf("after %d of %d bytes: %v", k, n, err)
	}
	io.Copy(want, newSource(seed, n, nil))
	if k != int64(n) || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Fatalf("%d of %d bytes, and they are others", k, n)
	}
}

func bucket(t testing.TB, js jetstream.JetStream) jetstream.ObjectStore {
	t.Helper()
	return must1[jetstream.ObjectStore](t)(js.CreateObjectStore(within(t), jetstream.ObjectStoreConfig{Bucket: "B"}))
}

// chunksOf is how many chunks the stream has, of all objects.
func chunksOf(t testing.TB, js jetstream.JetStream) (n uint64) {
	t.Helper()
	s, err := js.Stream(within(t), "OBJ_B")
	must(t, err)
	info, err := s.Info(within(t), jetstream.WithSubjectFilter("$O.B.C.>"))
	must(t, err)
	for _, k := range info.State.Subjects {
		n += k
	}
	return n
}

const mib = 1 << 20

// every calls f each time that many more bytes have been given.
func every(bytes int, f func(i int)) func(int) {
	i := 0
	return func(n int) {
		if n >= (i+1)*bytes {
			i++
			f(i)
		}
	}
}

// The link is lost again and again while an object is put, and the server restarted: it
// is stored whole.
func TestPuttingAnObjectSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s, nc, js, _ := single(t)
	b := bucket(t, js)
	n := more(16, 24) * mib
	info, err := b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(1, n, every(2*mib, func(i int) {
		if i == 5 {
			s.down()
			s.up()
			return
		}
		nc.ForceReconnect()
		if i%2 == 0 {
			until(t, "the link", nc.IsConnected)
		}
	})))
	must(t, err)
	if info.Size != uint64(n) || info.Chunks != uint32(n/(128<<10)) || chunksOf(t, js) != uint64(info.Chunks) {
		t.Errorf("got %d bytes in %d chunks, the stream has %d", info.Size, info.Chunks, chunksOf(t, js))
	}
	r := must1[jetstream.ObjectResult](t)(b.Get(within(t), "x"))
	same(t, r, 1, n)
}

// The same while it is read: reading goes on behind the last chunk, and no chunk is
// handed over twice.
func TestReadingAnObjectSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s, nc, js, _ := single(t)
	b := bucket(t, js)
	n := more(30, 48) * mib
	must1[*jetstream.ObjectInfo](t)(b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(2, n, nil)))
	before := nc.Stats().InBytes
	begin := time.Now()
	r := must1[jetstream.ObjectResult](t)(b.Get(context.Background(), "x")) // it ends for want of progress only
	read := 0
	at := every(5*mib, func(i int) {
		if i == 4 {
			s.down()
			s.up()
			return
		}
		nc.ForceReconnect()
	})
	same(t, readerFunc(func(p []byte) (int, error) {
		at(read)
		k, err := r.Read(p)
		read += k
		return k, err
	}), 2, n)
	must(t, r.Error())
	t.Logf("read in %v", time.Since(begin))
	// Each time at most what was ahead comes again.
	if got := nc.Stats().InBytes - before; got > uint64(3*n) {
		t.Errorf("%d MiB came for %d", got/mib, n/mib)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// The stream doesn't take chunks for a while, as in an election: what gets in behind
// those is taken out again, and the object is whole.
func TestAStreamThatRefusesChunksForAWhileGetsThemInOrder(t *testing.T) {
	t.Parallel()
	s, _, js, _ := single(t)
	other := newJS(t, connect(t, s.url()))
	b := bucket(t, js)
	n := more(16, 24) * mib
	info, err := b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(3, n, refuse(t, other)))
	must(t, err)
	if got := chunksOf(t, js); got != uint64(info.Chunks) {
		t.Errorf("the stream has %d of %d chunks", got, info.Chunks)
	}
	same(t, must1[jetstream.ObjectResult](t)(b.Get(within(t), "x")), 3, n)
	if !raceDetector { // which finds that it writes what it sends
		_, rb := theirObjects(t, s.url(), 1)
		t.Logf("nats.go: %s", theirPut(t, rb, 3, n, refuse(t, other)))
	}
}

// refuse takes the chunks' subjects from the bucket's stream for a while, thrice.
func refuse(t *testing.T, js jetstream.JetStream) func(int) {
	subjects := func(list ...string) {
		s := must1[jetstream.Stream](t)(js.Stream(within(t), "OBJ_B"))
		cfg := s.CachedInfo().Config
		cfg.Subjects = list
		must1[jetstream.Stream](t)(js.UpdateStream(within(t), cfg))
	}
	return every(3*mib/2, func(i int) {
		switch {
		case i > 12:
		case i%4 == 1:
			subjects("$O.B.M.>")
			time.AfterFunc(50*time.Millisecond, func() { subjects("$O.B.C.>", "$O.B.M.>") })
		}
	})
}

// A Put that ends early leaves nothing behind, and the object that was there stays.
func TestAPutThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := single(t)
	b := bucket(t, js)
	must1[*jetstream.ObjectInfo](t)(b.PutString(within(t), "x", "the old one"))
	clean := func(what string) {
		t.Helper()
		until(t, what, func() bool { return chunksOf(t, js) == 1 })
		if got, err := b.GetString(within(t), "x"); err != nil || got != "the old one" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	ctx, cancel := context.WithCancel(within(t))
	_, err := b.Put(ctx, jetstream.ObjectMeta{Name: "x"}, newSource(4, 20*mib, func(n int) {
		if n > 10*mib {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	clean("the context ends")

	bad := errors.New("bad")
	_, err = b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, io.MultiReader(newSource(4, 5*mib, nil), readerFunc(func([]byte) (int, error) { return 0, bad })))
	if err != bad {
		t.Errorf("got %v", err)
	}
	clean("the reader fails")

	ctx, cancel = context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, err = b.Put(ctx, jetstream.ObjectMeta{Name: "x"}, newSource(4, 20*mib, every(5*mib, func(i int) {
		if i == 1 {
			nc.ForceReconnect()
			<-ctx.Done()
		}
	})))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	clean("the link is lost, and the time is over")

	full := must1[jetstream.ObjectStore](t)(js.CreateObjectStore(within(t), jetstream.ObjectStoreConfig{Bucket: "FULL", MaxBytes: 1 * mib}))
	must1[*jetstream.ObjectInfo](t)(full.PutString(within(t), "x", "the old one"))
	if _, err = full.PutBytes(within(t), "large", make([]byte, 2*mib)); err == nil {
		t.Error("two megabytes are in a bucket for one")
	}
	st := must1[jetstream.Stream](t)(js.Stream(within(t), "OBJ_FULL"))
	until(t, "one chunk and what is known of it are left", func() bool {
		return must1[*jetstream.StreamInfo](t)(st.Info(within(t))).State.Msgs == 2
	})
	must1[*jetstream.ObjectInfo](t)(full.PutString(within(t), "small", "more"))
}

// Without a deadline reading takes as long as it takes, and whoever reads slowly loses
// nothing.
func TestASlowReaderIsWaitedFor(t *testing.T) {
	t.Parallel()
	s, nc, js, _ := single(t)
	b := bucket(t, js)
	const n = 32 * mib
	must1[*jetstream.ObjectInfo](t)(b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(5, n, nil)))
	before := nc.Stats().InBytes
	r := must1[jetstream.ObjectResult](t)(b.Get(context.Background(), "x"))
	must1[int](t)(io.ReadFull(r, make([]byte, 64<<10)))
	_, rb := theirObjects(t, s.url(), 1)
	t.Logf("nats.go: %s", theirSlowRead(t, rb, "x", 6*time.Second)) // its bound is 5 s
	if got := nc.Stats().InBytes - before; got > 10*mib {
		t.Errorf("%d MiB came to somebody who reads nothing", got/mib)
	}
	rest := io.MultiReader(bytes.NewReader(head(5, 64<<10)), r)
	same(t, rest, 5, n)
}

// head are the first bytes of a source.
func head(seed byte, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// Many at once, in one bucket: their chunks stand between each other's.
func TestObjectsArePutAndReadAtOnce(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := single(t)
	b := bucket(t, js)
	var wg sync.WaitGroup
	for i := range byte(6) {
		wg.Go(func() {
			name := fmt.Sprint("o", i)
			n := int(i)*mib + int(i)*1111
			if _, err := b.Put(within(t), jetstream.ObjectMeta{Name: name}, newSource(i, n, every(2*mib, func(int) { nc.ForceReconnect() }))); err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			r, err := b.Get(within(t), name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			same(t, r, i, n)
		})
	}
	wg.Wait()
	list, err := b.List(within(t))
	if err != nil || len(list) != 6 {
		t.Errorf("%d objects, %v", len(list), err)
	}
}

// An object is replaced while it is read: that is an error, not the half of two.
func TestAnObjectThatIsReplacedWhileItIsReadIsAnError(t *testing.T) {
	t.Parallel()
	_, _, js, _ := single(t)
	b := bucket(t, js)
	const n = 32 * mib
	must1[*jetstream.ObjectInfo](t)(b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(6, n, nil)))
	r := must1[jetstream.ObjectResult](t)(b.Get(within(t), "x"))
	must1[int](t)(io.ReadFull(r, make([]byte, mib)))
	must1[*jetstream.ObjectInfo](t)(b.PutString(within(t), "x", "new"))
	k, err := io.Copy(io.Discard, r)
	if err != jetstream.ErrDigestMismatch || r.Error() != err {
		t.Errorf("after %d bytes more: %v, %v", k, err, r.Error())
	}
}

// Watching and listing go on over lost links and restarts, and lose nothing.
func TestWatchingObjectsSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s, nc, js, _ := single(t)
	b := bucket(t, js)
	const n = 60
	for i := range n {
		must1[*jetstream.ObjectInfo](t)(b.PutString(within(t), fmt.Sprint("first", i), "x"))
	}
	w := must1[jetstream.ObjectWatcher](t)(b.Watch(context.Background()))
	seen := map[string]int{}
	for info := range w.Updates() {
		if info == nil {
			break
		}
		seen[info.Name]++
		if len(seen) == 10 {
			nc.ForceReconnect()
		}
	}
	if len(seen) != n {
		t.Fatalf("%d of %d at the mark", len(seen), n)
	}
	done := make(chan struct{})
	var puts atomic.Int64
	go func() {
		defer close(done)
		for i := range n {
			if _, err := b.PutString(within(t), fmt.Sprint("later", i), "x"); err != nil {
				t.Error(err)
				return
			}
			puts.Add(1)
			switch {
			case i == 30:
				s.down()
				s.up()
			case i%10 == 0:
				nc.ForceReconnect()
			}
		}
	}()
	for len(seen) < 2*n {
		info := receive(t, "an update", w.Updates())
		seen[info.Name]++
	}
	<-done
	for name, k := range seen {
		if k != 1 {
			t.Errorf("%s came %d times", name, k)
		}
	}
	list := must1[[]*jetstream.ObjectInfo](t)(b.List(within(t)))
	if len(list) != 2*n {
		t.Errorf("%d of %d are listed", len(list), 2*n)
	}
	must(t, w.Stop())
	until(t, "the end", func() bool {
		select {
		case _, ok := <-w.Updates():
			return !ok
		default:
			return false
		}
	})
}

// All that waits ends with the connection.
func TestObjectsEndWithTheConnection(t *testing.T) {
	t.Parallel()
	s, _, js, _ := single(t)
	nc := connect(t, s.url())
	b := must1[jetstream.ObjectStore](t)(newJS(t, nc).CreateObjectStore(within(t), jetstream.ObjectStoreConfig{Bucket: "B"}))
	must1[*jetstream.ObjectInfo](t)(b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(7, 20*mib, nil)))
	r := must1[jetstream.ObjectResult](t)(b.Get(context.Background(), "x"))
	must1[int](t)(io.ReadFull(r, make([]byte, mib)))
	w := must1[jetstream.ObjectWatcher](t)(b.Watch(context.Background()))
	receive(t, "the object", w.Updates())
	receive(t, "the mark", w.Updates())
	put := make(chan error, 1)
	go func() {
		_, err := b.Put(context.Background(), jetstream.ObjectMeta{Name: "y"}, newSource(7, 40*mib, every(10*mib, func(i int) {
			if i == 1 {
				nc.Close()
			}
		})))
		put <- err
	}()
	if err := receive(t, "the end of Put", put); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("put: %v", err)
	}
	if _, err := io.Copy(io.Discard, r); err == nil {
		t.Error("an object was read whole without a connection")
	}
	if info, ok := <-w.Updates(); ok {
		t.Errorf("the watch gives %v", info)
	}
	if got, err := js.ObjectStore(within(t), "B"); err != nil || got == nil {
		t.Errorf("%v", err)
	}
}

// What others than this library stored in chunks of many sizes is read too.
func TestChunksOfManySizesAreRead(t *testing.T) {
	t.Parallel()
	_, _, js, _ := single(t)
	b := bucket(t, js)
	info := must1[*jetstream.ObjectInfo](t)(b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, nil))
	sum := sha256.New()
	var all strings.Builder
	for i := range 40 {
		part := strings.Repeat(fmt.Sprint(i), i*i*20)
		if part == "" {
			part = "0"
		}
		must1[*jetstream.PubAck](t)(js.Publish(within(t), "$O.B.C."+info.NUID, []byte(part)))
		sum.Write([]byte(part))
		all.WriteString(part)
	}
	must1[*jetstream.PubAck](t)(js.Publish(within(t), "$O.B.M.eA==", fmt.Appendf(nil, `{"name":"x","bucket":"B","nuid":%q,"size":%d,"chunks":40,"digest":%q}`,
		info.NUID, all.Len(), jetstream.GetObjectDigestValue(sum))))
	got, err := b.GetString(within(t), "x")
	if err != nil || got != all.String() {
		t.Errorf("%d of %d bytes, %v", len(got), all.Len(), err)
	}
}

// A buffer that has room for a part of a chunk, or none without a connection, makes a
// Put slow, not wrong; and what a full one gives up is sent again.
func TestPuttingAnObjectThroughASmallBuffer(t *testing.T) {
	t.Parallel()
	s := start(t)
	for i, opts := range [][]nats.Option{
		{nats.ReconnectBufSize(64 << 10)},
		{nats.ReconnectBufSize(-1)},
		{nats.ReconnectBufSize(300 << 10), nats.OutboundFull(nats.DropOldest)},
		{nats.AtLeastOnce()},
	} {
		nc := connect(t, s.url(), opts...)
		js := newJS(t, nc)
		b := must1[jetstream.ObjectStore](t)(js.CreateOrUpdateObjectStore(within(t), jetstream.ObjectStoreConfig{Bucket: "B"}))
		const n = 6 * mib
		must1[*jetstream.ObjectInfo](t)(b.Put(within(t), jetstream.ObjectMeta{Name: "x"}, newSource(byte(i), n, every(2*mib, func(int) { nc.ForceReconnect() }))))
		same(t, must1[jetstream.ObjectResult](t)(b.Get(within(t), "x")), byte(i), n)
	}
}
