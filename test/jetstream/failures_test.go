package jetstream

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/jetstream/failures"
	ours "github.com/evernats/nats/test/jetstream/failures/evernats"
	reference "github.com/evernats/nats/test/jetstream/failures/natsgo"
	"github.com/evernats/nats/test/jsparity/twins"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

// rival has the failures that users report played to nats.go, too, and those played that
// other tests prove of this library in the usual run.
var rival = flag.Bool("rival", false, "play the failures that users report to nats.go as well, for some minutes; without -race")

func TestFailuresThatUsersReport(t *testing.T) {
	if !*rival { // in which some are alone
		t.Parallel()
	}
	theirs := reference.Rows()
	byNumber := func(a, b failures.Row) int { return a.Number - b.Number }
	rows := ours.Rows()
	slices.SortFunc(rows, byNumber)
	slices.SortFunc(theirs, byNumber)
	for i, row := range rows {
		if row.Number != i+1 || theirs[i].Number != row.Number || theirs[i].Name != row.Name {
			t.Fatalf("row %d is %d, %s, and that of nats.go %d, %s", i+1, row.Number, row.Name, theirs[i].Number, theirs[i].Name)
		}
		if row.Long && !*rival {
			continue
		}
		t.Run(fmt.Sprintf("%02d %s", row.Number, row.Name), func(t *testing.T) {
			if !row.Alone {
				t.Parallel()
			}
			if *rival {
				t.Run("nats.go", func(t *testing.T) { t.Log(theirs[i].Play(world(t, row))) })
			}
			t.Run("evernats", func(t *testing.T) {
				if o := row.Play(world(t, row)); o.Failed {
					t.Error(o)
				} else {
					t.Log(o)
				}
			})
		})
	}
	if len(rows) != 25 {
		t.Errorf("%d rows", len(rows))
	}
}

func world(t *testing.T, row failures.Row) *failures.World {
	t.Helper()
	w := &failures.World{TB: t, Replicas: 1}
	if !row.Three {
		s := start(t)
		w.URL, w.Down, w.Up = s.url(), s.down, s.up
		w.Proxy = natstest.NewProxy(t, strings.TrimPrefix(s.url(), "nats://"))
		w.JS = newJS(t, connect(t, s.url()))
		return w
	}
	c, err := cluster.Start(within(t), cluster.Config{Servers: 3, JetStream: t.TempDir()})
	must(t, err)
	t.Cleanup(c.Close)
	must(t, c.WaitFormed(within(t)))
	w.Nodes, w.URL, w.Replicas = c, c.Server(0).URL(), 3
	w.JS = newJS(t, connect(t, strings.Join(c.URLs(), ",")), jetstream.WithDefaultTimeout(2*time.Second))
	return w
}

// TestStoriesAreTwins fails when one set of stories was changed and go generate not run.
func TestStoriesAreTwins(t *testing.T) {
	names := must1[[]string](t)(filepath.Glob("failures/natsgo/*.go"))
	twinned := must1[[]string](t)(filepath.Glob("failures/evernats/*.go"))
	if len(names) < 2 || len(names) != len(twinned) {
		t.Errorf("%d files and %d twins", len(names), len(twinned))
	}
	for _, name := range names {
		base := filepath.Base(name)
		if base == "options.go" {
			continue
		}
		text := must1[[]byte](t)(os.ReadFile(name))
		twin := must1[[]byte](t)(os.ReadFile(filepath.Join("failures/evernats", base)))
		if !bytes.Equal(twins.Of(text), twin) {
			t.Errorf("%s isn't the twin of nats.go's: run go generate in failures", base)
		}
	}
}
