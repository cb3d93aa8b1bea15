package jetstream

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

func TestObjectsSurviveTheirLeader(t *testing.T) {
	t.Parallel()
	objectsSurvive(t, more(12, 24)*mib, func(nc *nats.Conn) objects {
		b := must1[jetstream.ObjectStore](t)(newJS(t, nc).ObjectStore(within(t), "B"))
		return objects{
			put: func(ctx context.Context, r io.Reader) (string, uint32, error) {
				info, err := b.Put(ctx, jetstream.ObjectMeta{Name: "x"}, r)
				if err != nil {
					return "", 0, err
				}
				return info.NUID, info.Chunks, nil
			},
			get: func(ctx context.Context) (io.Reader, error) { return b.Get(ctx, "x") },
		}
	})
}

func TestOlderObjectsSurviveTheirLeader(t *testing.T) {
	t.Parallel()
	objectsSurvive(t, more(6, 24)*mib, func(nc *nats.Conn) objects {
		b := must1[nats.ObjectStore](t)(older(t, nc).ObjectStore("B"))
		return objects{
			put: func(ctx context.Context, r io.Reader) (string, uint32, error) {
				info, err := b.Put(&nats.ObjectMeta{Name: "x"}, r, nats.Context(ctx))
				if err != nil {
					return "", 0, err
				}
				return info.NUID, info.Chunks, nil
			},
			get: func(ctx context.Context) (io.Reader, error) { return b.Get("x", nats.Context(ctx)) },
		}
	})
}

// objects is a bucket of either face.
type objects struct {
	put func(ctx context.Context, r io.Reader) (nuid string, chunks uint32, err error)
	get func(ctx context.Context) (io.Reader, error)
}

// phases is how long what took, without what the test itself waited for.
type phases struct {
	t       *testing.T
	last    time.Time
	waiting time.Duration
}

// during does what the test needs to go on, which isn't the client's time.
func (p *phases) during(what string, do func()) {
	p.t.Logf("%v until the %s", time.Since(p.last).Round(time.Millisecond), what)
	begin := time.Now()
	do()
	p.last = time.Now()
	p.waiting += p.last.Sub(begin)
	p.t.Logf("%v for the %s", p.last.Sub(begin).Round(time.Millisecond), what)
}

// objectsSurvive puts an object of n bytes while the stream's leader steps down, twice, and is
// killed: it is stored whole. Then it is read while a leader is killed, and the server the
// client is connected to.
func objectsSurvive(t *testing.T, n int, open func(nc *nats.Conn) objects) {
	x := startThree(t)
	nc := connect(t, strings.Join(x.URLs(), ","))
	x.replicated(newJS(t, nc))
	b := open(nc)
	var killed *cluster.Server
	begin := time.Now()
	p := phases{t: t, last: begin}
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience) // elections of a busy machine take their time
	defer cancel()
	nuid, chunks, err := b.put(ctx, newSource(1, n, every(n/6, func(i int) {
		switch i {
		case 1, 2:
			// Nobody answers while nobody leads.
			p.during("stepping down", func() {
				until(t, "the stepping down", func() bool {
					_, err := x.nc.Request("$JS.API.STREAM.LEADER.STEPDOWN.OBJ_B", nil, time.Second)
					return err == nil
				})
			})
		case 4:
			p.during("kill", func() {
				killed = x.leads()
				must(t, killed.Kill())
			})
		}
	})))
	t.Logf("%v until the end; put took %v, of which the test waited %v", time.Since(p.last).Round(time.Millisecond),
		time.Since(begin).Round(time.Millisecond), p.waiting.Round(time.Millisecond))
	must(t, err)
	must(t, killed.Restart(within(t)))
	until(t, "the count of chunks", func() bool {
		s, err := x.js.Stream(moment(t), "OBJ_B")
		if err != nil {
			return false
		}
		i, err := s.Info(moment(t), jetstream.WithSubjectFilter("$O.B.C.>"))
		return err == nil && i.State.Subjects["$O.B.C."+nuid] == uint64(chunks)
	})
	x.inStep()

	begin = time.Now()
	t.Cleanup(func() { x.whyBroken("$O.B.C."+nuid, chunks, n) })
	r := must1[io.Reader](t)(b.get(ctx))
	read := 0
	at := every(n/3, func(i int) {
		switch i {
		case 1:
			killed = x.leads()
			must(t, killed.Kill())
		case 2:
			must(t, killed.Restart(within(t)))
			x.inStep()
			must(t, x.ByAddr(nc.ConnectedAddr()).Kill())
		}
	})
	same(t, readerFunc(func(p []byte) (int, error) {
		at(read)
		k, err := r.Read(p)
		read += k
		return k, err
	}), 1, n)
	t.Logf("read in %v", time.Since(begin).Round(time.Millisecond))
}

// whyBroken logs, where the test has failed, what the servers have of an object: whether
// it was they who lost chunks.
func (x *three) whyBroken(subject string, chunks uint32, n int) {
	if !x.Failed() {
		return
	}
	x.Logf("the object has %d chunks", chunks)
	for range 5 {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		if s, err := x.js.Stream(ctx, "OBJ_B"); err != nil {
			x.Log(err)
		} else if i, err := s.Info(ctx, jetstream.WithSubjectFilter(subject), jetstream.WithDeletedDetails(true)); err != nil {
			x.Log(err)
		} else {
			x.Logf("%v: the stream has %+v; led by %s, %+v", time.Now(), i.State, i.Cluster.Leader, i.Cluster.Replicas)
		}
		cancel()
		time.Sleep(time.Second)
	}
	x.Log(x.order(subject, int(chunks), n))
}

// order says what the stream has on an object's subject, which chunk of the source each
// message is, and what its Put called it.
func (x *three) order(subject string, chunks, n int) (said string, err error) {
	which := map[[sha256.Size]byte]int{}
	b, from := make([]byte, (n+chunks-1)/chunks), newSource(1, n, nil)
	for i := range chunks {
		k, _ := io.ReadFull(from, b)
		which[sha256.Sum256(b[:k])] = i
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := x.js.OrderedConsumer(ctx, "OBJ_B", jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
	if err != nil {
		return "", err
	}
	it, err := c.Messages()
	if err != nil {
		return "", err
	}
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return said, err
		}
		i, ok := which[sha256.Sum256(m.Data())]
		if !ok {
			i = -1
		}
		d, err := m.Metadata()
		if err != nil {
			return said, err
		}
		said += fmt.Sprintf(" %d:%d(%s)", d.Sequence.Stream, i, strings.TrimPrefix(m.Headers().Get(jetstream.MsgIDHeader), strings.TrimPrefix(subject, "$O.B.C.")))
		if d.NumPending == 0 {
			return said, nil
		}
	}
}

// inStep waits until all three servers have what the bucket's stream has: what two of them
// can't lose together is lost when one of those isn't in step.
func (x *three) inStep() {
	x.Helper()
	until(x, "three servers in step", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := x.js.Stream(ctx, "OBJ_B")
		if err != nil || s.CachedInfo().Cluster == nil || len(s.CachedInfo().Cluster.Replicas) != 2 {
			return false
		}
		for _, r := range s.CachedInfo().Cluster.Replicas {
			if !r.Current || r.Offline || r.Lag > 0 {
				return false
			}
		}
		return true
	})
}
