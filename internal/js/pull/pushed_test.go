package pull

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// pushing is a run whose consumer is there.
func pushing(t *testing.T) *Pushed {
	t.Helper()
	r := NewPushed(time.Second)
	wantPushed(t, r.LinkUp(0, 1, nil), "")
	wantPushed(t, r.Renew(0, nil), "")
	return r
}

func wantPushed(t *testing.T, acts []Action, want string) {
	t.Helper()
	var got []string
	for _, a := range acts {
		switch a.Kind {
		case Ask:
			got = append(got, "ask")
		case Reply:
			got = append(got, "reply "+a.Subject)
		default:
			got = append(got, fmt.Sprint("kind ", a.Kind))
		}
	}
	if got := strings.Join(got, ", "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFlowControlIsAnsweredWhenTheProgramIsDone(t *testing.T) {
	r := pushing(t)
	for range 3 {
		wantPushed(t, r.Message(0, 10, "", nil), "")
	}
	wantPushed(t, r.Flow("f1", nil), "")
	wantPushed(t, r.Message(0, 10, "", nil), "") // behind it
	wantPushed(t, r.Handled(0, 2, 20, nil), "")
	wantPushed(t, r.Handled(0, 1, 10, nil), "reply f1")
	wantPushed(t, r.Handled(0, 1, 10, nil), "")
	wantPushed(t, r.Flow("f2", nil), "reply f2") // all is handled
	wantPushed(t, r.Flow("f2", nil), "reply f2") // which got lost
	r.Message(0, 10, "", nil)
	wantPushed(t, r.Flow("f3", nil), "")
	r.Message(0, 10, "", nil)
	wantPushed(t, r.Flow("f3", nil), "") // said again by a heartbeat: it is due as before
	wantPushed(t, r.Handled(0, 1, 10, nil), "reply f3")
}

func TestFlowControlEndsWithItsConsumer(t *testing.T) {
	r := pushing(t)
	r.Message(0, 10, "", nil)
	r.Flow("old", nil)
	r.Stop()
	wantPushed(t, r.Handled(0, 1, 10, nil), "")
	wantPushed(t, r.Renew(0, nil), "")
	wantPushed(t, r.Handled(0, 0, 0, nil), "")
	r.Message(0, 10, "", nil)
	r.Flow("lost", nil)
	r.LinkDown(1)
	r.LinkUp(0, 2, nil)
	wantPushed(t, r.Handled(0, 1, 10, nil), "")
	wantPushed(t, r.Flow("new", nil), "reply new")
}

func TestAHeartbeatThatIsMissed(t *testing.T) {
	r := NewPushed(time.Second)
	if _, ok := r.Deadline(); ok {
		t.Error("nothing is awaited before there is a consumer")
	}
	r.LinkUp(0, 1, nil)
	wantPushed(t, r.Tick(time.Hour, nil), "")
	r.Renew(100*ms, nil)
	if at, ok := r.Deadline(); !ok || at != 2100*ms {
		t.Errorf("due at %v, %v", at, ok)
	}
	wantPushed(t, r.Tick(2099*ms, nil), "")
	r.Status(2099*ms, 0, api.Info{Status: api.Heartbeat}, nil)
	wantPushed(t, r.Tick(4098*ms, nil), "")
	r.Message(4098*ms, 10, "", nil)
	wantPushed(t, r.Tick(6097*ms, nil), "")
	wantPushed(t, r.Tick(6098*ms, nil), "ask")
	wantPushed(t, r.Tick(6099*ms, nil), "") // once for each
	wantPushed(t, r.Status(6099*ms, 0, api.Info{Status: api.Deleted}, nil), "ask")
	r.Stop() // another is being made
	wantPushed(t, r.Status(6100*ms, 0, api.Info{Status: api.Deleted}, nil), "")
	r.Renew(6099*ms, nil)
	r.LinkDown(1)
	if _, ok := r.Deadline(); ok {
		t.Error("one is missed without a link")
	}
	wantPushed(t, r.Tick(time.Hour, nil), "")
	r.LinkUp(time.Hour, 2, nil)
	r.LinkDown(1) // of the one before, told late
	wantPushed(t, r.Tick(time.Hour+2*time.Second, nil), "ask")
}
