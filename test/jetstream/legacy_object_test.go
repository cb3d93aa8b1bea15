package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/evernats/nats"
)

func olderObjects(t *testing.T, js nats.JetStreamContext) nats.ObjectStore {
	t.Helper()
	return must1[nats.ObjectStore](t)(js.CreateObjectStore(&nats.ObjectStoreConfig{Bucket: "B"}))
}

// olderChunks is how many chunks the stream has, of all objects.
func olderChunks(t *testing.T, js nats.JetStreamContext) (n uint64) {
	t.Helper()
	info := must1[*nats.StreamInfo](t)(js.StreamInfo("OBJ_B", &nats.StreamInfoRequest{SubjectsFilter: "$O.B.C.>"}))
	for _, k := range info.State.Subjects {
		n += k
	}
	return n
}

// The link is lost again and again while an object is put, and the server restarted: it
// is stored whole, and what is put in its place later removes it whole.
func TestAnOlderPutSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	js := older(t, nc)
	b := olderObjects(t, js)
	const n = 16 * mib
	info := must1[*nats.ObjectInfo](t)(b.Put(&nats.ObjectMeta{Name: "x"}, newSource(1, n, every(2*mib, func(i int) {
		if i == 4 {
			s.down()
			s.up()
			return
		}
		nc.ForceReconnect()
		if i%2 == 0 {
			until(t, "the link", nc.IsConnected)
		}
	})), nats.Context(within(t))))
	if info.Size != n || info.Chunks != n/(128<<10) || olderChunks(t, js) != uint64(info.Chunks) {
		t.Errorf("got %d bytes in %d chunks, the stream has %d", info.Size, info.Chunks, olderChunks(t, js))
	}
	same(t, must1[nats.ObjectResult](t)(b.Get("x")), 1, n)
	must1[*nats.ObjectInfo](t)(b.PutString("x", "small"))
	until(t, "the old chunks' end", func() bool { return olderChunks(t, js) == 1 })
}

// The same while it is read: reading goes on behind the last chunk, and no chunk is
// handed over twice.
func TestAnOlderGetSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	b := olderObjects(t, older(t, nc))
	const n = 32 * mib
	must1[*nats.ObjectInfo](t)(b.Put(&nats.ObjectMeta{Name: "x"}, newSource(2, n, nil)))
	before := nc.Stats().InBytes
	r := must1[nats.ObjectResult](t)(b.Get("x")) // it ends for want of progress only
	read := 0
	at := every(5*mib, func(i int) {
		if i == 3 {
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
	// Each time at most what was ahead comes again, which is never all of it.
	if got := nc.Stats().InBytes - before; got > 4*n {
		t.Errorf("%d MiB came for %d", got/mib, n/mib)
	}
}

// The stream doesn't take chunks for a while, as in an election: the object is whole.
func TestAnOlderPutIntoAStreamThatRefusesChunksForAWhile(t *testing.T) {
	t.Parallel()
	s := start(t)
	js := older(t, connect(t, s.url()))
	b := olderObjects(t, js)
	const n = 12 * mib
	info := must1[*nats.ObjectInfo](t)(b.Put(&nats.ObjectMeta{Name: "x"}, newSource(3, n, refuse(t, newJS(t, connect(t, s.url()))))))
	if got := olderChunks(t, js); got != uint64(info.Chunks) {
		t.Errorf("the stream has %d of %d chunks", got, info.Chunks)
	}
	same(t, must1[nats.ObjectResult](t)(b.Get("x")), 3, n)
}

// A Put that ends early leaves nothing behind, and the object that was there stays.
func TestAnOlderPutThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	js := older(t, nc)
	b := olderObjects(t, js)
	must1[*nats.ObjectInfo](t)(b.PutString("x", "the old one"))
	ctx, cancel := context.WithCancel(within(t))
	_, err := b.Put(&nats.ObjectMeta{Name: "x"}, newSource(4, 20*mib, every(5*mib, func(i int) {
		nc.ForceReconnect()
		if i == 2 {
			cancel()
		}
	})), nats.Context(ctx))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	until(t, "the chunks' end", func() bool { return olderChunks(t, js) == 1 })
	if got, err := b.GetString("x"); err != nil || got != "the old one" {
		t.Errorf("%q, %v", got, err)
	}
}

// Whoever reads slowly makes the server wait, and gets all.
func TestAnOlderSlowReaderIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	b := olderObjects(t, older(t, nc))
	const n = 48 * mib
	must1[*nats.ObjectInfo](t)(b.Put(&nats.ObjectMeta{Name: "x"}, newSource(5, n, nil)))
	before := nc.Stats().InBytes
	r := must1[nats.ObjectResult](t)(b.Get("x"))
	first := make([]byte, 64<<10)
	must1[int](t)(io.ReadFull(r, first))
	last, msgs := uint64(0), uint64(0)
	until(t, "three heartbeats and nothing else", func() bool {
		now := nc.Stats()
		if now.InBytes > last+1000 {
			msgs = now.InMsgs
		}
		last = now.InBytes
		return now.InMsgs >= msgs+3
	})
	if got := nc.Stats().InBytes - before; got > 36*mib {
		t.Errorf("%d MiB came to somebody who reads nothing", got/mib)
	}
	same(t, io.MultiReader(readerOf(first), r), 5, n)
}

func readerOf(b []byte) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if len(b) == 0 {
			return 0, io.EOF
		}
		k := copy(p, b)
		b = b[k:]
		return k, nil
	})
}

// An object is replaced, or its bucket removed, while it is read: that is an error.
func TestAnOlderObjectThatIsReplacedWhileItIsRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	js := older(t, connect(t, s.url()))
	b := olderObjects(t, js)
	const n = 64 * mib // more than flow control lets ahead
	read := func(what string, do func()) error {
		must1[*nats.ObjectInfo](t)(b.Put(&nats.ObjectMeta{Name: what}, newSource(6, n, nil)))
		r := must1[nats.ObjectResult](t)(b.Get(what))
		must1[int](t)(io.ReadFull(r, make([]byte, mib)))
		do()
		_, err := io.Copy(io.Discard, r)
		if err == nil || r.Error() != err {
			t.Errorf("%s: %v, %v", what, err, r.Error())
		}
		return err
	}
	if err := read("x", func() { must1[*nats.ObjectInfo](t)(b.PutString("x", "new")) }); err != nats.ErrDigestMismatch {
		t.Errorf("replaced: %v", err)
	}
	read("y", func() { must(t, js.DeleteObjectStore("B")) })
}

// Watching and listing go on over lost links and restarts, and lose nothing.
func TestAnOlderWatchOfObjectsSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	b := olderObjects(t, older(t, nc))
	const n = 40
	for i := range n {
		must1[*nats.ObjectInfo](t)(b.PutString(fmt.Sprint("first", i), "x"))
	}
	w := must1[nats.ObjectWatcher](t)(b.Watch())
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
	for i := range n {
		must1[*nats.ObjectInfo](t)(b.PutString(fmt.Sprint("later", i), "x", nats.Context(within(t))))
		switch {
		case i == 20:
			s.down()
			s.up()
		case i%10 == 0:
			nc.ForceReconnect()
		}
	}
	for len(seen) < 2*n {
		info := receive(t, "an update", w.Updates())
		seen[info.Name]++
	}
	for name, k := range seen {
		if k != 1 {
			t.Errorf("%s came %d times", name, k)
		}
	}
	if list := must1[[]*nats.ObjectInfo](t)(b.List()); len(list) != 2*n {
		t.Errorf("%d of %d are listed", len(list), 2*n)
	}
	must(t, w.Stop())
	for range w.Updates() {
	}
	if err := w.Stop(); err != nats.ErrBadSubscription {
		t.Errorf("a second Stop: %v", err)
	}
}

// All that waits ends with the connection.
func TestOlderObjectsEndWithTheConnection(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	b := olderObjects(t, older(t, nc))
	must1[*nats.ObjectInfo](t)(b.Put(&nats.ObjectMeta{Name: "x"}, newSource(7, 64*mib, nil)))
	r := must1[nats.ObjectResult](t)(b.Get("x"))
	must1[int](t)(io.ReadFull(r, make([]byte, mib)))
	w := must1[nats.ObjectWatcher](t)(b.Watch())
	receive(t, "the object", w.Updates())
	receive(t, "the mark", w.Updates())
	put := make(chan error, 1)
	go func() {
		_, err := b.Put(&nats.ObjectMeta{Name: "y"}, newSource(7, 40*mib, every(10*mib, func(i int) {
			if i == 1 {
				nc.Close()
			}
		})))
		put <- err
	}()
	if err := receive(t, "the end of Put", put); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("put: %v", err)
	}
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("read: %v", err)
	}
	if info, ok := <-w.Updates(); ok {
		t.Errorf("the watch gives %v", info)
	}
}
