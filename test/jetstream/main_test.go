// Package jetstream proves package jetstream on real servers: what it promises of
// streams, consumers and publishing, and that all of it goes on over lost connections,
// changes of leaders and restarts.
package jetstream

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/test/leak"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	machine.watch()
	code := m.Run()
	machine.rest()
	if code == 0 && !*rival { // nats.go may leave something that hangs
		if err := leak.Find(goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*Server).startGoRoutine.func1")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// long has what is proved by chance tried more often, and with more data.
var long = flag.Bool("long", false, "more rounds and more data, for some minutes")

// more is much with -long, else little.
func more(little, much int) int {
	if *long {
		return much
	}
	return little
}

// patience bounds every wait: generous, since the machine may be busy.
const patience = time.Minute

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// moment bounds one question that is asked again: where nobody leads, nobody answers.
func moment(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// srv is a server in this process that can be stopped and started again.
type srv struct {
	t    testing.TB
	opts *server.Options
	*server.Server
}

func start(t testing.TB) *srv {
	t.Helper()
	dir := t.TempDir()
	// With its last stream a server removes the directory of all, in which the next may
	// just be made; with a file in it that stays.
	streams := filepath.Join(dir, "jetstream", "$G", "streams")
	if err := os.MkdirAll(streams, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(streams, "keep"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := &srv{t: t, opts: &server.Options{
		Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, JetStream: true, StoreDir: dir,
		DisableShortFirstPing: true,
	}}
	s.up()
	t.Cleanup(func() { s.down() })
	return s
}

func (s *srv) up() {
	s.t.Helper()
	o := s.opts.Clone()
	n, err := server.NewServer(o)
	if err != nil {
		s.t.Fatal(err)
	}
	n.Start()
	if !n.ReadyForConnections(patience) {
		s.t.Fatal("the server isn't ready")
	}
	s.Server = n
	s.opts.Port = o.Port
}

func (s *srv) down() {
	s.Server.Shutdown()
	s.Server.WaitForShutdown()
}

func (s *srv) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.opts.Port) }

func connect(t testing.TB, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, append([]nats.Option{
		nats.ReconnectWait(50 * time.Millisecond), nats.MaxReconnects(-1), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func newJS(t testing.TB, nc *nats.Conn, opts ...jetstream.JetStreamOpt) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// single is a server, a connection and a stream S of subjects s.>.
func single(t testing.TB, opts ...jetstream.JetStreamOpt) (*srv, *nats.Conn, jetstream.JetStream, jetstream.Stream) {
	t.Helper()
	s := start(t)
	nc := connect(t, s.url())
	js := newJS(t, nc, opts...)
	st, err := js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
	if err != nil {
		t.Fatal(err)
	}
	return s, nc, js, st
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must1[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// until waits for a condition.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// fill publishes n messages s.0, s.1 …
func fill(t testing.TB, js jetstream.JetStream, n int) {
	t.Helper()
	for i := range n {
		if _, err := js.Publish(within(t), fmt.Sprint("s.", i), []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
}
