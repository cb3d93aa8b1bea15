package stories

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/evernats/nats/jetstream"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func objects() []Row {
	return []Row{
		{Number: 9, Name: "an object is stored, and reading it says that it is another", Long: true, Play: garbage},
		{Number: 10, Name: "a large object fails where the stream is slow", Three: true, Long: true, Play: stalled},
		{Number: 11, Name: "reading an object ends after 5 s though bytes flow", Long: true, Play: slowRead},
	}
}

const mib = 1 << 20

// bytes are n bytes that can be told from others, and call hook before each part.
type bytes struct {
	n, at int
	hook  func(at int)
	rng   *rand.ChaCha8
}

func random(n int, hook func(int)) *bytes {
	return &bytes{n: n, hook: hook, rng: rand.NewChaCha8([32]byte{1})}
}

func (b *bytes) Read(p []byte) (int, error) {
	if b.at == b.n {
		return 0, io.EOF
	}
	b.hook(b.at)
	k := min(len(p), b.n-b.at, 64<<10)
	b.rng.Read(p[:k])
	b.at += k
	return k, nil
}

func bucket(w *World, url string) jetstream.ObjectStore {
	w.Helper()
	b, err := open(w, connect(w, url)).ObjectStore(w.Context(), "B")
	w.Must(err)
	return b
}

// read reads an object, and says how many bytes came.
func read(b jetstream.ObjectStore, pause func(int)) (int, error) {
	r, err := b.Get(context.Background(), "x")
	if err != nil {
		return 0, err
	}
	defer r.Close()
	got, want := sha256.New(), sha256.New()
	n, buf := 0, make([]byte, 64<<10)
	for {
		pause(n)
		k, err := r.Read(buf)
		got.Write(buf[:k])
		n += k
		if err == io.EOF {
			io.Copy(want, random(n, func(int) {}))
			if string(got.Sum(nil)) != string(want.Sum(nil)) {
				return n, errors.New("these are other bytes")
			}
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// every calls do each time that so many bytes more have gone.
func every(bytes int, do func(i int)) func(int) {
	i := 0
	return func(n int) {
		if n >= (i+1)*bytes {
			i++
			do(i)
		}
	}
}

// For a moment no stream takes chunks.
func garbage(w *World) Outcome {
	w.Buckets()
	b := bucket(w, w.URL)
	const n = 24 * mib
	_, put := b.Put(w.Context(), jetstream.ObjectMeta{Name: "x"}, random(n, every(3*mib/2, func(i int) {
		if i == 1 {
			w.Refuse("OBJ_B", 50*time.Millisecond)
		}
	})))
	k, err := read(b, func(int) {})
	return Judge(put != nil || err != nil || k != n, "Put: %v; Get: %d of %d bytes, %v", put, k, n, err)
}

// The stream's leader stands still for a second and a half, as by a disk.
func stalled(w *World) Outcome {
	w.Buckets()
	led := w.Leader("OBJ_B", "")
	b := bucket(w, w.Elsewhere(led).URL())
	const chunk, n = 4096, 24 * mib
	begin := time.Now()
	_, put := b.Put(w.Context(), jetstream.ObjectMeta{Name: "x", Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunk}}, random(n, every(2*mib, func(i int) {
		if i == 1 {
			w.Must(led.Pause())
			time.AfterFunc(1500*time.Millisecond, func() {
				if err := led.Resume(); err != nil {
					w.Error(err)
				}
			})
		}
	})))
	took := time.Since(begin)
	if put != nil {
		return Judge(true, "Put of %d chunks: %v after %s", n/chunk, put, Round(took))
	}
	k, err := read(b, func(int) {})
	return Judge(err != nil || k != n, "Put of %d chunks: %v after %s; Get: %d of %d bytes, %v", n/chunk, put, Round(took), k, n, err)
}

// Whoever reads takes 7 s, and some bytes every half of a second.
func slowRead(w *World) Outcome {
	w.Buckets()
	b := bucket(w, w.URL)
	const n = 14 * mib
	_, err := b.Put(w.Context(), jetstream.ObjectMeta{Name: "x"}, random(n, func(int) {}))
	w.Must(err)
	begin := time.Now()
	k, err := read(b, every(mib, func(int) { time.Sleep(500 * time.Millisecond) }))
	return Judge(err != nil || k != n, "%d of %d bytes within %s, %v", k, n, Round(time.Since(begin)), err)
}
