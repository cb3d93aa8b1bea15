package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	reference "github.com/nats-io/nats.go"
	referencejs "github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// deaf stands between a client and a server, and can keep from the client what the server
// says, and then cut.
type deaf struct {
	net.Listener
	to   string
	mu   sync.Mutex
	on   bool // what the server says is dropped
	open []net.Conn
}

func newDeaf(t testing.TB, to string) *deaf {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	d := &deaf{Listener: l, to: to}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(c)
		}
	}()
	t.Cleanup(func() { l.Close(); d.cut() })
	return d
}

func (d *deaf) serve(client net.Conn) {
	server, err := net.Dial("tcp", d.to)
	if err != nil {
		client.Close()
		return
	}
	d.mu.Lock()
	d.open = append(d.open, client, server)
	d.mu.Unlock()
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		d.mu.Lock()
		on := d.on
		d.mu.Unlock()
		if err == nil && !on {
			_, err = client.Write(buf[:n])
		}
		if err != nil {
			client.Close()
			return
		}
	}
}

func (d *deaf) drop(on bool) {
	d.mu.Lock()
	d.on = on
	d.mu.Unlock()
}

func (d *deaf) cut() {
	d.mu.Lock()
	open := d.open
	d.open, d.on = nil, false
	d.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

func (d *deaf) url() string { return "nats://" + d.Addr().String() }

// A write that depends on a revision ends with its true outcome though the answer is lost
// with the link, or is lost alone.
func TestAWriteWhoseAnswerIsLostEndsWithItsOutcome(t *testing.T) {
	t.Parallel() // it waits most of the time
	s, _, _, writer := store(t, jetstream.KeyValueConfig{History: 10})
	d := newDeaf(t, s.url()[len("nats://"):])
	kv := must1[jetstream.KeyValue](t)(newJS(t, connect(t, d.url())).KeyValue(within(t), "B"))
	stored := func(after uint64) {
		until(t, "the write", func() bool {
			st, err := writer.Status(moment(t))
			return err == nil && st.(*jetstream.KeyValueBucketStatus).StreamInfo().State.LastSeq > after
		})
	}
	rev := uint64(0)
	write := func(what string, do func() (uint64, error), lose func()) {
		t.Helper()
		d.drop(true)
		type result struct {
			n   uint64
			err error
		}
		out := make(chan result, 1)
		go func() { n, err := do(); out <- result{n, err} }()
		stored(rev)
		lose()
		r := receive(t, what, out)
		rev++
		if r.err != nil || r.n != rev {
			t.Errorf("%s: revision %d, want %d, %v", what, r.n, rev, r.err)
		}
	}
	alone := func() { d.drop(false) }
	for i, lose := range []func(){d.cut, alone} {
		key := fmt.Sprint("k", i)
		write("create", func() (uint64, error) { return kv.Create(within(t), key, []byte("v")) }, lose)
		write("update", func() (uint64, error) { return kv.Update(within(t), key, []byte("v"), rev) }, lose)
		write("delete", func() (uint64, error) {
			return rev + 1, kv.Delete(within(t), key, jetstream.LastRevision(rev))
		}, lose)
		// It is refused first, which gets lost. How far it comes before that doesn't matter.
		d.drop(true)
		out := make(chan error, 1)
		go func() {
			n, err := kv.Create(within(t), key, []byte("v"))
			if err == nil && n != rev+1 {
				err = fmt.Errorf("revision %d, want %d", n, rev+1)
			}
			out <- err
		}()
		time.Sleep(20 * time.Millisecond)
		lose()
		if err := receive(t, "create a deleted one", out); err != nil {
			t.Errorf("create a deleted one: %v", err)
		}
		rev++
		write("purge", func() (uint64, error) {
			return rev + 1, kv.Purge(within(t), key, jetstream.LastRevision(rev))
		}, lose)
	}
	// Written, and replaced since: the history still knows.
	d.drop(true)
	done := make(chan error, 1)
	go func() { _, err := kv.Update(within(t), "k0", []byte("x"), rev/2); done <- err }()
	stored(rev)
	put(t, writer, "k0", "y")
	d.cut()
	if err := receive(t, "the update", done); err != nil {
		t.Errorf("replaced since: %v", err)
	}
	// Somebody else was quicker with the same value: that isn't taken for the own one.
	d.drop(true)
	out := make(chan error, 1)
	put(t, writer, "lock", "mine")
	go func() { _, err := kv.Create(within(t), "lock", []byte("mine")); out <- err }()
	time.Sleep(20 * time.Millisecond)
	d.cut()
	if err := receive(t, "the create", out); !errors.Is(err, jetstream.ErrKeyExists) {
		t.Errorf("another's lock: %v", err)
	}

	rd := newDeaf(t, s.url()[len("nats://"):])
	_, rkv := theirs(t, rd.url())
	rd.drop(true)
	begin := time.Now()
	go func() {
		time.Sleep(100 * time.Millisecond)
		rd.cut()
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := rkv.Create(ctx, "theirs", []byte("v"))
	e, getErr := writer.Get(within(t), "theirs")
	t.Logf("nats.go: %v after %v; it is stored: %v", err, time.Since(begin).Round(time.Millisecond), getErr == nil && e != nil)
}

// Whoever deletes a key all the time doesn't keep others from creating it.
func TestCreateIsNotKeptByDeletes(t *testing.T) {
	t.Parallel()
	s, _, kv, writer := store(t)
	_, rkv := theirs(t, s.url())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		other := open(t, s)
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := other.Delete(within(t), "k"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	must(t, writer.Delete(within(t), "k"))
	ours, reference := 0, 0
	for range 30 {
		if _, err := kv.Create(within(t), "k", []byte("v")); err != nil {
			// It may have been created by itself a moment ago, and not be deleted yet.
			if !errors.Is(err, jetstream.ErrKeyExists) {
				t.Fatal(err)
			}
			ours++
		}
		until(t, "the delete", func() bool {
			_, err := writer.Get(moment(t), "k")
			return err == jetstream.ErrKeyNotFound
		})
	}
	for range 30 {
		if _, err := rkv.Create(within(t), "k", []byte("v")); err != nil {
			reference++
		}
		until(t, "the delete", func() bool {
			_, err := writer.Get(moment(t), "k")
			return err == jetstream.ErrKeyNotFound
		})
	}
	close(stop)
	wg.Wait()
	t.Logf("of 30 creates of a deleted key fail: ours %d, those of nats.go %d", ours, reference)
	if ours > 0 {
		t.Errorf("%d of 30 failed", ours)
	}
}

// A read is never older than what the same handle wrote or saw, though the server that
// answers lags behind.
func TestMonotonicReads(t *testing.T) {
	t.Parallel()
	s, nc, _, writer := store(t)
	js := newJS(t, connect(t, s.url()))
	// A server that lags: it gives what it was told first of each key.
	var mu sync.Mutex
	old := map[string]*nats.Msg{}
	var asked, stale atomic.Int64
	forward := func(m *nats.Msg) {
		subject := "$JS.API." + m.Subject[len("LAG."):]
		if strings.HasPrefix(m.Subject, "LAG.$KV.") {
			subject = m.Subject[len("LAG."):]
		}
		r := nats.NewMsg(subject)
		r.Data, r.Header = m.Data, m.Header
		if !strings.HasPrefix(subject, "$JS.API.DIRECT.GET.") {
			r.Reply = m.Reply
			js.Conn().PublishMsg(r)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		answer, err := js.Conn().RequestMsgWithContext(ctx, r)
		if err != nil {
			return
		}
		mu.Lock()
		asked.Add(1)
		if x := old[subject]; x != nil {
			answer = x
			stale.Add(1)
		} else {
			old[subject] = answer
		}
		mu.Unlock()
		back := nats.NewMsg(m.Reply)
		back.Data, back.Header = answer.Data, answer.Header
		js.Conn().PublishMsg(back)
	}
	_, err := js.Conn().Subscribe("LAG.>", func(m *nats.Msg) { go forward(m) })
	must(t, err)
	must(t, js.Conn().Flush())
	open := func(opts ...jetstream.JetStreamOpt) jetstream.KeyValue {
		js := must1[jetstream.JetStream](t)(jetstream.NewWithAPIPrefix(nc, "LAG", opts...))
		return must1[jetstream.KeyValue](t)(js.KeyValue(within(t), "B"))
	}
	kv, plain := open(jetstream.WithMonotonicReads()), open()
	value := func(kv jetstream.KeyValue, key, want string) {
		t.Helper()
		e, err := kv.Get(within(t), key)
		got := "none"
		if err == nil {
			got = string(e.Value())
		} else if err != jetstream.ErrKeyNotFound {
			t.Errorf("%s: %v", key, err)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	value(kv, "a", "none")
	put(t, kv, "a", "1")
	value(kv, "a", "1")
	value(plain, "a", "none") // as a server that lags makes it
	put(t, kv, "a", "2")
	value(kv, "a", "2")
	must(t, kv.Delete(within(t), "a"))
	value(kv, "a", "none")
	// Seen in a watch counts, too.
	value(kv, "b", "none")
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t), jetstream.UpdatesOnly()))
	put(t, writer, "b", "1")
	receive(t, "the update", w.Updates())
	must(t, w.Stop())
	value(kv, "b", "1")
	value(plain, "b", "none")
	if stale.Load() < 4 || asked.Load() < 6 {
		t.Errorf("%d reads, %d of them stale", asked.Load(), stale.Load())
	}
}

// Updates that lose are told so, on one server and on three, and by the key's sentinels.
func TestConflictsOfAReplicatedBucket(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	var kv jetstream.KeyValue
	until(t, "the bucket", func() bool {
		var err error
		kv, err = x.js.CreateKeyValue(moment(t), jetstream.KeyValueConfig{Bucket: "B", Replicas: 3, History: 5})
		return err == nil
	})
	n := must1[uint64](t)(kv.Create(within(t), "k", []byte("1")))
	if _, err := kv.Create(within(t), "k", []byte("2")); !errors.Is(err, jetstream.ErrKeyExists) {
		t.Errorf("create: %v", err)
	}
	if _, err := kv.Update(within(t), "k", []byte("2"), n+5); !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		t.Errorf("update: %v", err)
	}
	if err := kv.Delete(within(t), "k", jetstream.LastRevision(n+5)); !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		t.Errorf("delete: %v", err)
	}
	// Many at once: each revision has one winner, and nobody is told a wrong outcome.
	var wg sync.WaitGroup
	var wins, losses atomic.Int64
	last := must1[uint64](t)(kv.Update(within(t), "k", []byte("2"), n))
	for i := range 8 {
		other := must1[jetstream.KeyValue](t)(newJS(t, connect(t, x.Server(i%3).URL())).KeyValue(within(t), "B"))
		wg.Go(func() {
			switch _, err := other.Update(within(t), "k", []byte(fmt.Sprint("by ", i)), last); {
			case err == nil:
				wins.Add(1)
			case errors.Is(err, jetstream.ErrKeyRevisionMismatch):
				losses.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 1 || losses.Load() != 7 {
		t.Errorf("%d won, %d lost", wins.Load(), losses.Load())
	}
	// A write goes on over an election, and is stored once.
	before := must1[jetstream.KeyValueEntry](t)(kv.Get(within(t), "k")).Revision()
	for i := range 40 {
		if i%20 == 5 {
			x.stepDown("STREAM", "KV_B")
		}
		got, err := kv.Update(within(t), "k", []byte(fmt.Sprint(i)), before)
		if err != nil || got != before+1 {
			t.Fatalf("update %d: %d behind %d, %v", i, got, before, err)
		}
		before = got
	}
	rnc, err := reference.Connect(x.Server(0).URL())
	must(t, err)
	defer rnc.Close()
	rjs, err := referencejs.New(rnc)
	must(t, err)
	rkv, err := rjs.KeyValue(within(t), "B")
	must(t, err)
	failed := 0
	for i := range 40 {
		if i%20 == 5 {
			x.nc.Request("$JS.API.STREAM.LEADER.STEPDOWN.KV_B", nil, patience)
		}
		got, err := rkv.Update(within(t), "k", []byte(fmt.Sprint(i)), before)
		if err != nil {
			failed++
			e, err := kv.Get(within(t), "k")
			must(t, err)
			got = e.Revision()
		}
		before = got
	}
	t.Logf("over 2 elections %d of 40 updates of nats.go failed", failed)
}
