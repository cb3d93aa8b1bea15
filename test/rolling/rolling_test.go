// Package rolling_test restarts the servers of real clusters one after another while
// programs work: with LameDuckMigration they notice nothing.
package rolling_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

var restarts = flag.Int("restarts", 1, "how many times all servers are restarted")

// Connections that are told to move lose and double nothing, one after another.
func TestMigrate(t *testing.T) {
	cl := clustertest.StartN(t, 3)
	proves(t, func(t *testing.T) *fleet {
		f := begin(t, cl, 5000, 500)
		for _, nc := range f.conns {
			f.migrate(nc)
		}
		f.end()
		return f
	})
}

// Each server in turn says that it leaves, ends, and is started again.
func TestRollingRestarts(t *testing.T) {
	const grace = 10 * time.Second
	cl := clustertest.Start(t, cluster.Config{Servers: 3, LameDuckGrace: grace, LameDuckDuration: grace + 2*time.Second})
	proves(t, func(t *testing.T) *fleet {
		f := begin(t, cl, 5000, 500)
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(*restarts)*3*time.Minute)
		defer cancel()
		for range *restarts {
			for i := range cl.Servers() {
				s := cl.Server(i)
				if err := s.LameDuck(ctx); err != nil {
					t.Fatal(err)
				}
				select {
				case <-s.Gone():
				case <-ctx.Done():
					t.Fatal("the lame duck doesn't end")
				}
				if err := s.Restart(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		f.end()
		return f
	})
}
