package micro

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

const addr = "10.0.0.1:4222"

// world is a server and a connection for services, in virtual time and memory.
type world struct {
	net    *natstest.Network
	server *natstest.Server
	nc     *nats.Conn
}

// bubble runs a test in virtual time. Whatever it leaves running fails it, and so
// does a connection that is still known to the package.
func bubble(t *testing.T, f func(t *testing.T, w *world), opts ...nats.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{net: natstest.NewNetwork(t)}
		w.server = natstest.NewServer(t, natstest.Config{Network: w.net, Addr: addr})
		w.nc = w.connect(t, opts...)
		f(t, w)
		w.nc.Close()
		synctest.Wait()
		hubs.mu.Lock()
		defer hubs.mu.Unlock()
		if hubs.of[w.nc] != nil {
			t.Error("the closed connection is still known")
		}
	})
}

func (w *world) connect(t *testing.T, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(w.server.URL(), append([]nats.Option{nats.SetCustomDialer(w.net), nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// lose ends the connection to the server; until back there is none.
func (w *world) lose() {
	w.net.Refuse(addr)
	w.server.Last().HangUp()
	synctest.Wait()
}

func (w *world) back() {
	w.net.Heal(addr)
	time.Sleep(time.Minute) // of virtual time
	synctest.Wait()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, nc *nats.Conn, c Config) Service {
	t.Helper()
	if c.Name == "" {
		c.Name = "n"
	}
	c.Version = "1.0.0"
	svc, err := AddService(nc, c)
	must(t, err)
	synctest.Wait() // until the server has its subscriptions
	return svc
}

var echo = HandlerFunc(func(r Request) { _ = r.Respond(r.Data()) })

// ask stores what answers a request on a subject.
func ask(t *testing.T, nc *nats.Conn, subject string, answer any) {
	t.Helper()
	m, err := nc.Request(subject, nil, time.Second)
	if err != nil {
		t.Fatalf("%s: %v", subject, err)
	}
	must(t, json.Unmarshal(m.Data, answer))
}

// atWork are the goroutines that are somewhere in this package, tests apart.
func atWork() int {
	buf := make([]byte, 1<<20)
	n := 0
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		for line := range strings.Lines(g) {
			if strings.HasPrefix(line, "github.com/evernats/nats/micro.") && !strings.Contains(g, ".Test") {
				n++
				break
			}
		}
	}
	return n
}
