// Package failures has what the stories of failures that users of JetStream's clients
// report are played in. They are written once, for nats.go, in the directory natsgo; the
// directory evernats has the same with other import lines, and options.go of its own. After a
// change run go generate here.
package failures

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/jetstream"
)

//go:generate go run ./gen

const (
	// Patience bounds what the world itself has to do.
	Patience = 60 * time.Second
	// Limit is how long a client is waited for before it counts as silent.
	Limit = 40 * time.Second
	// Soon is how long it may take to go on once all that it needs is there.
	Soon = 3 * time.Second
)

// A Row is one of the failures.
type Row struct {
	Number int
	Name   string // what users see
	Three  bool   // on three servers
	Long   bool   // takes its time, or is proved elsewhere for this library in the usual run
	Alone  bool   // counts what others have, too, so nothing may run beside it
	Play   func(w *World) Outcome
}

// Outcome is what a program saw.
type Outcome struct {
	Failed bool
	Saw    string
}

func (o Outcome) String() string {
	if o.Failed {
		return "failed: " + o.Saw
	}
	return "held: " + o.Saw
}

// Judge makes an outcome.
func Judge(failed bool, format string, args ...any) Outcome {
	return Outcome{failed, fmt.Sprintf(format, args...)}
}

// World is what a story is played in: one server, or three.
type World struct {
	testing.TB
	URL      string              // for the program
	Proxy    *natstest.Proxy     // in front of the one server
	Down, Up func()              // the one server's
	Nodes    *cluster.Cluster    // the three
	JS       jetstream.JetStream // for looking, not the program's
	Replicas int                 // of what is made
}

var ids atomic.Int64

func (w *World) Must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *World) Context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	w.Cleanup(cancel)
	return ctx
}

// Until waits for a condition.
func (w *World) Until(what string, cond func() bool) {
	w.Helper()
	for end := time.Now().Add(Patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("%s: not within %v", what, Patience)
		}
	}
}

// Try repeats what may find no leader.
func (w *World) Try(what string, do func(ctx context.Context) error) {
	w.Helper()
	w.Until(what, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return do(ctx) == nil
	})
}

// Stream makes the stream S of s.>, on all servers.
func (w *World) Stream() {
	w.Helper()
	w.Try("the stream", func(ctx context.Context) error {
		_, err := w.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, Replicas: w.Replicas})
		return err
	})
}

// Consumer makes a durable consumer of S.
func (w *World) Consumer(name string, ackWait time.Duration) {
	w.Helper()
	w.Try("the consumer", func(ctx context.Context) error {
		_, err := w.JS.CreateOrUpdateConsumer(ctx, "S", jetstream.ConsumerConfig{Durable: name, AckWait: ackWait, MaxAckPending: 100_000})
		return err
	})
}

// Buckets makes the bucket B and the object store B.
func (w *World) Buckets() {
	w.Helper()
	w.Try("the bucket", func(ctx context.Context) error {
		_, err := w.JS.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "B", History: 5, Replicas: w.Replicas})
		return err
	})
	w.Try("the object store", func(ctx context.Context) error {
		_, err := w.JS.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "B", Replicas: w.Replicas})
		return err
	})
}

// Publish stores a message, and says when that is known.
func (w *World) Publish(subject, data string) time.Time {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	_, err := w.JS.Publish(ctx, subject, []byte(data), jetstream.WithMsgID(fmt.Sprint("w", ids.Add(1))))
	w.Must(err)
	return time.Now()
}

// Fill stores messages 0, 1, 2 … of S.
func (w *World) Fill(n int) {
	w.Helper()
	for i := range n {
		_, err := w.JS.PublishAsync("s.x", fmt.Append(nil, i), jetstream.WithStallWait(Patience))
		w.Must(err)
	}
	<-w.JS.PublishAsyncComplete()
}

// Stored is how many messages a stream has.
func (w *World) Stored(stream string) (n uint64) {
	w.Helper()
	w.Try("the stream's state", func(ctx context.Context) error {
		s, err := w.JS.Stream(ctx, stream)
		if err == nil {
			n = s.CachedInfo().State.Msgs
		}
		return err
	})
	return n
}

// Consumers are those of a stream.
func (w *World) Consumers(stream string) (names []string) {
	w.Helper()
	w.Try("the consumers", func(ctx context.Context) error {
		s, err := w.JS.Stream(ctx, stream)
		if err != nil {
			return err
		}
		names = nil
		l := s.ConsumerNames(ctx)
		for name := range l.Name() {
			names = append(names, name)
		}
		return l.Err()
	})
	return names
}

// Refuse takes the subjects of a stream from it for a while, so that nobody answers those
// who publish, as in an election.
func (w *World) Refuse(stream string, d time.Duration) {
	w.Helper()
	s, err := w.JS.Stream(w.Context(), stream)
	w.Must(err)
	with := s.CachedInfo().Config
	without := with
	without.Subjects = []string{"nothing." + stream}
	if stream == "OBJ_B" {
		without.Subjects = []string{"$O.B.M.>"}
	}
	_, err = w.JS.UpdateStream(w.Context(), without)
	w.Must(err)
	time.AfterFunc(d, func() {
		if _, err := w.JS.UpdateStream(w.Context(), with); err != nil {
			w.Error(err)
		}
	})
}

// Leader waits for the server that leads a stream, or a consumer of it.
func (w *World) Leader(stream, consumer string) (led *cluster.Server) {
	w.Helper()
	w.Try("a leader of "+stream+" "+consumer, func(ctx context.Context) error {
		var of *jetstream.ClusterInfo
		if consumer == "" {
			s, err := w.JS.Stream(ctx, stream)
			if err != nil {
				return err
			}
			of = s.CachedInfo().Cluster
		} else {
			c, err := w.JS.Consumer(ctx, stream, consumer)
			if err != nil {
				return err
			}
			of = c.CachedInfo().Cluster
		}
		for _, s := range w.Nodes.Servers() {
			if of != nil && s.Name() == of.Leader {
				led = s
				return nil
			}
		}
		return context.Canceled
	})
	return led
}

// Elsewhere is a server that isn't that one.
func (w *World) Elsewhere(s *cluster.Server) *cluster.Server {
	return w.Nodes.Server((s.Index() + 1) % 3)
}

// StepDown has the leader of a consumer of S, or of S itself, step down, and says when the
// next one was elected.
func (w *World) StepDown(consumer string) time.Time {
	w.Helper()
	what, of := "STREAM", "S"
	if consumer != "" {
		what, of = "CONSUMER", "S."+consumer
	}
	elected := w.Elections(what, of)
	w.Until("the stepping down", func() bool {
		m, err := w.JS.Conn().Request("$JS.API."+what+".LEADER.STEPDOWN."+of, nil, 2*time.Second)
		return err == nil && !strings.Contains(string(m.Data), `"error"`)
	})
	return elected()
}

// Elections gives what waits for the next election and says when it was.
func (w *World) Elections(what, of string) func() time.Time {
	w.Helper()
	told := make(chan time.Time, 100)
	sub, err := w.JS.Conn().Subscribe("$JS.EVENT.ADVISORY."+what+".LEADER_ELECTED."+of, func(*nats.Msg) { told <- time.Now() })
	w.Must(err)
	w.Must(w.JS.Conn().FlushTimeout(Patience))
	return func() time.Time {
		w.Helper()
		defer sub.Unsubscribe()
		select {
		case at := <-told:
			return at
		case <-time.After(Patience):
			w.Fatal("nobody is elected")
			panic("unreachable")
		}
	}
}

// Await is what comes within Patience.
func Await[T any](w *World, what string, ch <-chan T) T {
	w.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(Patience):
		w.Fatalf("%s: not within %v", what, Patience)
		panic("unreachable")
	}
}

// Silence is how long it takes from then until something comes, Limit at most.
func Silence[T any](from time.Time, ch <-chan T) time.Duration {
	select {
	case <-ch:
		return max(0, time.Since(from))
	case <-time.After(Limit):
		return Limit
	}
}

// Round is a duration for people.
func Round(d time.Duration) string {
	if d >= Limit {
		return "nothing within " + Limit.String()
	}
	return d.Round(time.Millisecond).String()
}
