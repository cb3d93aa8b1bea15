package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/natstest"
)

// pair is a session at A that may move to B.
func pair(t *testing.T, n *natstest.Network) (h *hostOf, a, b *natstest.Server) {
	a, b = serve(t, n, addrA), serve(t, n, addrB)
	h = open(t, n, func(_ *hostOf, cfg *Config) { cfg.Policy.Migrate = true }, addrA, addrB).begin()
	h.expect("Connecting", "attach 1", "Connected", "TellConnected")
	return h, a, b
}

// ready has it move, up to where both links are there.
func (h *hostOf) ready() *Link {
	h.t.Helper()
	h.s.Migrate(0)
	h.expect("prepare")
	return h.side
}

func lameDuck(s *natstest.Server) {
	s.Last().SendInfo(natstest.Info{ServerID: s.Info().ServerID, LameDuckMode: true})
}

// A move in good order: the link in use changes, and nothing is told of an end.
func TestAMove(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h, a, b := pair(t, n)
		lameDuck(a)
		h.expect("info 1", "lame duck")
		time.Sleep(6 * time.Second) // a random moment of the first two fifths of the grace
		h.expect("prepare")
		old := h.s.Current()
		h.s.Ready(h.side)
		h.expect("switch 1 to 2")
		if now := h.s.Current(); now != h.side || now.Epoch() != 2 || now.Server().Redacted() != b.URL() {
			t.Errorf("epoch %d is in use", now.Epoch())
		}
		h.s.HandOver(h.side)
		h.s.HandOver(h.side) // the second one comes to nothing
		h.expect("hand over 1 to 2", "TellMigrated")
		if !old.Closed() || !h.s.Linked() {
			t.Error("the old link is open, or the session isn't linked")
		}
		b.Last().HangUp()
		h.expect("detach 2", "gone 2: read*", "Attempting", "TellDisconnected", "attach 3", "Connected", "TellReconnected")
	})
}

// An old link that hasn't answered for everything ends like one that is lost, and the
// new one takes over.
func TestAMoveThatIsNotClean(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h, a, _ := pair(t, n)
		h.unclean = true
		l := h.ready()
		h.s.Ready(l)
		h.expect("switch 1 to 2")
		a.Last().HangUp()
		h.expect("old 1 gone")
		h.writes(true)
		h.s.HandOver(l)
		h.expect("hand over 1 to 2", "detach 1")
		h.writes(false)
		h.expect("gone 1: <nil>", "rescue 2", "TellMigrated")
	})
}

// The old link ends while the new one is prepared.
func TestTheOldLinkEndsInAMove(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h, a, b := pair(t, n)
		l := h.ready()
		a.Last().HangUp()
		h.expect("detach 1", "gone 1: read*", "Attempting", "TellDisconnected", "TellMigrationFailed", "rescue 2", "Connected", "TellReconnected")
		h.s.Ready(l) // too late
		h.expect()
		if h.s.Current() != l {
			t.Error("the prepared link isn't in use")
		}
		b.Last().HangUp()
		h.expect("detach 2", "gone 2: read*", "Attempting", "TellDisconnected", "attach 3", "Connected", "TellReconnected")
	})
}

// The new link ends, or its server leaves too: the session stays, and tries again.
func TestTheNewLinkEndsInAMove(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h, _, b := pair(t, n)
		h.ready()
		b.Last().HangUp()
		h.expect("unprepare", "TellAttemptFailed")
		time.Sleep(time.Second)
		h.expect("prepare")
		lameDuck(b)
		h.expect("unprepare", "TellAttemptFailed")
		if l := h.s.Current(); l == nil || l.Epoch() != 1 {
			t.Error("the session isn't where it was")
		}
	})
}

// The new server says that it leaves at the moment of the switch, and that is heard when
// its link is the one in use: it is left, too.
func TestTheNewServerLeavesAtTheSwitch(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h, _, _ := pair(t, n)
		l := h.ready()
		h.s.Post(func() {
			h.s.Ready(l)
			l.TakeInfo([]byte(`{"server_id":"B","ldm":true}`))
		})
		h.expect("switch 1 to 2", "lame duck")
		h.s.HandOver(l)
		h.expect("hand over 1 to 2", "TellMigrated")
		time.Sleep(6 * time.Second)
		h.expect("prepare")
	})
}

// Both end: first the new one, after the switch, and the old one with it.
func TestBothLinksEndInAMove(t *testing.T) {
	for _, busy := range []bool{false, true} {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			h, _, b := pair(t, n)
			l := h.ready()
			h.s.Ready(l)
			h.expect("switch 1 to 2")
			h.writes(busy)
			b.Last().HangUp()
			h.expect(map[bool][]string{
				false: {"detach 1", "gone 1: <nil>", "gone 2: read*", "TellMigrated", "Attempting", "TellDisconnected", "attach 3", "Connected", "TellReconnected"},
				true:  {"detach 1"},
			}[busy]...)
			h.s.HandOver(l) // too late
			if busy {
				h.writes(false)
				h.expect("gone 1: <nil>", "gone 2: read*", "TellMigrated", "Attempting", "TellDisconnected", "attach 3", "Connected", "TellReconnected")
			}
			h.expect()
		})
	}
}

// A session that is closed or told to stay leaves no link behind, in whatever phase.
func TestAMoveIsStopped(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h, _, b := pair(t, n)
		h.ready()
		h.s.Stay(nil)
		h.expect("unprepare", "TellMigrationFailed")
		h.ready()
		h.s.Force()
		h.expect("settle 1", "detach 1", "gone 1: <nil>", "unprepare", "Attempting", "TellMigrationFailed", "TellDisconnected", "attach 2", "Connected", "TellReconnected")
		h.s.Ready(h.ready())
		h.expect("switch 2 to 3")
		h.s.BeginClose()
		h.s.Close(nil)
		h.expect("detach 2", "gone 2: <nil>", "gone 3: <nil>", "TellMigrated", "Closed", "TellDisconnected", "ended: TellClosed")
		synctest.Wait()
		for _, c := range b.Open() {
			t.Errorf("connection %d is open", c.ID())
		}
	})
}
