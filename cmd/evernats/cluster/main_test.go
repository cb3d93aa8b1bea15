package cluster_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

// victimVariable marks a process that starts a cluster only to be killed.
const victimVariable = "EVERNATS_CLUSTER_TEST_VICTIM"

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	if os.Getenv(victimVariable) != "" {
		victim()
	}
	os.Exit(m.Run())
}

// victim starts two servers, pauses one, says where both are and waits for its
// end, which is not to be an orderly one.
func victim() {
	c, err := cluster.Start(context.Background(), cluster.Config{Servers: 2})
	if err == nil {
		err = c.Server(1).Pause()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.Server(0).Addr(), c.Server(1).Addr())
	_, _ = os.Stdin.Read(make([]byte, 1))
	os.Exit(1)
}

func start(t *testing.T, cfg cluster.Config) (context.Context, *cluster.Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := clustertest.Start(t, cfg)
	return ctx, c
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("still not so after 20 s: %s", what)
		case <-tick.C:
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
