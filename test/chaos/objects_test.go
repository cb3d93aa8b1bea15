package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/evernats/nats/jetstream"
)

// names are the objects that are stored, the oldest first.
type names struct {
	mu  sync.Mutex
	all []string
}

func (n *names) add(name string) (old string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, name)
	if len(n.all) > 8 {
		old, n.all = n.all[0], n.all[1:]
	}
	return old
}

func (n *names) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}

// content is what an object has, by its name alone: a size of up to 1 MiB, and bytes.
func content(name string) []byte {
	var seed [32]byte
	copy(seed[:], name)
	c := rand.NewChaCha8(seed)
	data := make([]byte, 1+c.Uint64()%(1<<20))
	_, _ = c.Read(data)
	return data
}

func (r *run) store(who string) (o jetstream.ObjectStore) {
	r.Helper()
	js := r.js(who)
	r.until("the object store of "+who, func(ctx context.Context) (err error) {
		o, err = js.ObjectStore(ctx, "CHAOS")
		return err
	})
	return o
}

// objects writes objects, removes those that are old, and reads the younger ones.
func (r *run) objects() {
	w, rd := r.store("the object writer"), r.store("the object reader")
	r.every(250*time.Millisecond, func(n int) {
		ctx, cancel := context.WithTimeout(context.Background(), patience/4)
		defer cancel()
		name := fmt.Sprintf("object %d of %d", n, r.seed)
		if _, err := w.PutBytes(ctx, name, content(name)); err != nil {
			r.h.event("the object writer: %s: %v", name, err)
			return
		}
		if old := r.stores.add(name); old != "" {
			if err := w.Delete(ctx, old); err != nil {
				r.h.event("the object writer: deleting %s: %v", old, err)
			}
		}
	})
	rng := r.random(300)
	r.every(150*time.Millisecond, func(int) {
		// The oldest may be deleted meanwhile.
		if all := r.stores.list(); len(all) > 4 {
			r.read(rd, all[4+rng.IntN(len(all)-4)], false)
		}
	})
}

func (r *run) read(o jetstream.ObjectStore, name string, last bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience/4)
	defer cancel()
	at := r.h.now()
	got, err := o.GetBytes(ctx, name)
	res := read{name: name, at: at, err: err, last: last}
	if want := content(name); err == nil && !bytes.Equal(got, want) {
		res.damaged = fmt.Sprintf("has %d bytes that aren't the %d that were written", len(got), len(want))
	}
	if err != nil {
		r.h.event("reading %s: %v", name, err)
	}
	r.h.do(func(time.Duration) { r.h.objects = append(r.h.objects, res) })
}

// lastObjects reads all objects that were stored and not deleted.
func (r *run) lastObjects() {
	o := r.store("the last object reader")
	for _, name := range r.stores.list() {
		r.read(o, name, true)
	}
	if len(r.stores.list()) == 0 {
		r.Error(errors.New("no object was written"))
	}
}
