package rolling_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

// Two hundred connections leave a lame duck before it hangs up, spread over two
// fifths of the grace.
func TestManyLeaveALameDuck(t *testing.T) {
	const (
		many  = 200
		grace = 10 * time.Second
	)
	cl := clustertest.Start(t, cluster.Config{Servers: 3, LameDuckGrace: grace, LameDuckDuration: grace + 2*time.Second})
	var mu sync.Mutex
	var lost int
	conns := make([]*nats.Conn, many)
	for i := range conns {
		nc, err := nats.Connect(cl.Server(0).URL()+","+cl.Server(1).URL()+","+cl.Server(2).URL(), nats.DontRandomize(),
			nats.LameDuckMigration(true), nats.MaxReconnects(-1),
			nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
				if err != nil {
					mu.Lock()
					lost++
					mu.Unlock()
				}
			}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		conns[i] = nc
	}
	id := conns[0].ConnectedServerId()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := cl.Server(0).LameDuck(ctx); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	var moves []time.Duration
	var stood time.Duration // the longest that this process stood still
	looked := begin
	for left := conns; len(left) > 0 && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		stood, looked = max(stood, time.Since(looked)), time.Now()
		var still []*nats.Conn
		for _, nc := range left {
			if nc.ConnectedServerId() == id {
				still = append(still, nc)
			} else {
				moves = append(moves, time.Since(begin))
			}
		}
		left = still
	}
	select {
	case <-cl.Server(0).Gone():
	case <-ctx.Done():
		t.Fatal("the lame duck doesn't end")
	}
	most := 0
	for i := range moves {
		n := 0
		for _, at := range moves[i:] {
			if at-moves[i] < 100*time.Millisecond {
				n++
			}
		}
		most = max(most, n)
	}
	last := moves[len(moves)-1]
	t.Logf("%d moves from %v to %v; %d at most within 100 ms; it stood still for %v", len(moves), moves[0], last, most, stood)
	mu.Lock()
	defer mu.Unlock()
	if len(moves) != many || last > grace || most > many/10+int(many*stood/(2*time.Second)) || lost > 0 {
		t.Errorf("%d moved within %v, %d at most within 100 ms, %d were hung up on", len(moves), last, most, lost)
	}
}
