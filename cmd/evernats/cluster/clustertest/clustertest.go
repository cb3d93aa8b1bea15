// Package clustertest starts clusters of real nats-servers for tests. The
// test binary's TestMain must call cluster.RunChildIfAsked first.
package clustertest

import (
	"context"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

// patience bounds the start of a cluster, which takes a tenth of a second on an
// idle machine.
const patience = time.Minute

// Start starts a cluster that ends with the test. If the test fails, the logs of
// its servers are shown.
func Start(t testing.TB, cfg cluster.Config) *cluster.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := cluster.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if t.Failed() {
			t.Log("server logs:\n" + c.Logs())
		}
	})
	return c
}

// StartN starts a cluster of n servers with defaults.
func StartN(t testing.TB, n int) *cluster.Cluster {
	t.Helper()
	return Start(t, cluster.Config{Servers: n})
}
