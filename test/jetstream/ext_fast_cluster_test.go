package jetstream

import (
	"errors"
	"fmt"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

// Leaders go in the middle of it, by election and by a kill. With ids all is stored once and
// in order; without, it is, or it is said what may not be.
func TestFastIngestOverChangesOfTheLeader(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	until(t, "the stream takes fast ingest", func() bool {
		_, err := x.js.UpdateStream(moment(t), jetstream.StreamConfig{
			Name: "S", Subjects: []string{"s.>"}, Replicas: 3, AllowBatchPublish: true, AllowDirect: true,
		})
		return err == nil
	})
	var dead *cluster.Server
	for _, ids := range []bool{true, false} {
		st := must1[jetstream.Stream](t)(x.js.Stream(within(t), "S"))
		must(t, st.Purge(within(t)))
		leader := x.streamLeader()
		nc := connect(t, x.elsewhere(leader, dead).URL())
		opts := []jetstreamext.FastPublisherOpt{jetstreamext.FastPatience(patience)}
		if ids {
			opts = append(opts, jetstreamext.FastMsgIDs())
		}
		p := newFast(t, newJS(t, nc), opts...)
		n := more(3000, 30_000)
		var err error
		for i := 0; i < n && err == nil; i++ {
			_, err = p.Publish(within(t), "s.a", []byte(fmt.Sprint(i)))
			switch {
			case i == n/3:
				x.stepDown("STREAM", "S")
			case i == 2*n/3 && ids:
				if led := x.streamLeader(); led != nil && led.URL() != nc.ConnectedUrl() {
					must(t, led.Kill())
					dead = led
				}
			}
		}
		if err == nil {
			_, err = p.Flush(within(t))
		}
		switch {
		case err == nil:
			var info *jetstream.StreamInfo
			var e error
			defer func() {
				if t.Failed() {
					t.Logf("ids %t: %+v, %v", ids, info, e)
				}
			}()
			until(t, "a server that has it all", func() bool {
				info, e = st.Info(moment(t))
				return e == nil && info.State.Msgs == uint64(n)
			})
			storedInOrder(t, x.js, n)
		case ids || !errors.Is(err, nats.ErrInDoubt):
			t.Fatal(err)
		default:
			told(t, x.js, st, err)
		}
		t.Logf("ids %t: %v", ids, err)
		nc.Close()
	}
}
