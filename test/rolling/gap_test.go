package rolling_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

var gapMoves = flag.Int("gaps", 1, "how many moves are measured by the gaps that they make; each behind the first is followed by a restart of the server that was left")

// moments are when something came, the last few seconds of it.
type moments struct {
	mu  sync.Mutex
	all []time.Time
}

func (m *moments) note() {
	m.mu.Lock()
	m.all = append(m.all, time.Now())
	m.mu.Unlock()
}

// gap returns the longest time without one of those that a span of time has a part in.
func (m *moments) gap(from, to time.Time) (longest time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, at := range m.all {
		if i > 0 && at.After(from) && m.all[i-1].Before(to) {
			longest = max(longest, at.Sub(m.all[i-1]))
		}
	}
	return longest
}

func (m *moments) forget() {
	m.mu.Lock()
	m.all = nil
	m.mu.Unlock()
}

// bare is a subscriber that is nothing but a socket.
func bare(t *testing.T, addr, subject string, came func()) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	if _, err := fmt.Fprintf(conn, "CONNECT {\"verbose\":false}\r\nSUB %s 1\r\nPING\r\n", subject); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(done)
		r := bufio.NewReaderSize(conn, 1<<16)
		for {
			line, err := r.ReadString('\n')
			fields := strings.Fields(line)
			switch {
			case err != nil || len(fields) == 0:
				return
			case fields[0] == "PONG":
				close(ready)
			case fields[0] == "PING":
				_, _ = io.WriteString(conn, "PONG\r\n")
			case fields[0] == "MSG":
				n, _ := strconv.Atoi(fields[len(fields)-1])
				if _, err := r.Discard(n + 2); err != nil {
					return
				}
				came()
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		t.Fatal("no PONG")
	}
}

// A connection that moves sees no gap in what it subscribes to, and whoever subscribes to
// what it publishes sees one of some milliseconds: as many as the answers of the old server
// take three times, and two at least. Beside it are a bare socket that gets the same
// messages at a server that isn't moved from, and a goroutine that wants to run each
// millisecond: what these see meanwhile is the machine's.
func TestGapsOfAMove(t *testing.T) {
	cl := clustertest.Start(t, cluster.Config{Servers: 3, LameDuckGrace: 3 * time.Second, LameDuckDuration: 4 * time.Second})
	connect := func(at int) *nats.Conn {
		nc, err := nats.Connect(cl.Server(at).URL()+","+cl.Server(1-at%2).URL(), nats.DontRandomize(), nats.IgnoreDiscoveredServers())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
	mover, pub := connect(0), connect(2)
	watched := []string{"the mover", "what it publishes", "a bare socket", "a goroutine"}
	seen := make([]moments, len(watched))
	if _, err := mover.Subscribe("in", func(*nats.Msg) { seen[0].note() }); err != nil {
		t.Fatal(err)
	}
	bare(t, cl.Server(2).Addr(), "out", seen[1].note)
	bare(t, cl.Server(2).Addr(), "in", seen[2].note)
	if err := mover.Flush(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // interest is everywhere
	stop := make(chan struct{})
	var wg sync.WaitGroup
	each := func(f func()) {
		wg.Go(func() {
			for tick := time.Tick(time.Millisecond); ; f() {
				select {
				case <-tick:
				case <-stop:
					return
				}
			}
		})
	}
	for nc, subject := range map[*nats.Conn]string{mover: "out", pub: "in"} {
		each(func() {
			if err := nc.Publish(subject, []byte("0123456789abcdef")); err != nil {
				t.Errorf("publish: %v", err)
			}
		})
	}
	each(seen[3].note)
	time.Sleep(200 * time.Millisecond)
	whens := []string{"at the switch", "in the whole move", "when a server ends", "and starts"}
	of := make([][][]time.Duration, len(whens))
	for k := range of {
		of[k] = make([][]time.Duration, len(watched))
	}
	note := func(when int, from, to time.Time) {
		for i := range seen {
			of[when][i] = append(of[when][i], seen[i].gap(from, to))
		}
	}
	for n := range *gapMoves {
		for i := range seen {
			seen[i].forget()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		left := cl.Server(n % 2)
		begin := time.Now()
		if err := mover.Migrate(ctx); err != nil {
			t.Errorf("the move: %v", err)
		}
		end := time.Now()
		time.Sleep(100 * time.Millisecond)
		note(0, end.Add(-10*time.Millisecond), end.Add(5*time.Millisecond)) // it is somewhere in there
		note(1, begin, end)
		if n > 0 {
			begin = time.Now()
			if err := left.LameDuck(ctx); err != nil {
				t.Fatal(err)
			}
			<-left.Gone()
			end = time.Now()
			time.Sleep(100 * time.Millisecond)
			note(2, begin, end)
			begin = time.Now()
			if err := left.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			if err := cl.WaitFormed(ctx); err != nil {
				t.Fatal(err)
			}
			end = time.Now()
			time.Sleep(100 * time.Millisecond)
			note(3, begin, end)
		}
		cancel()
	}
	close(stop)
	wg.Wait()
	for k, when := range whens {
		for i, name := range watched {
			all := of[k][i]
			if len(all) == 0 {
				continue
			}
			slices.Sort(all)
			t.Logf("%-18s %-18s median %-12v nine of ten %-12v longest %v", when, name, all[len(all)/2], all[len(all)*9/10], all[len(all)-1])
		}
	}
}
