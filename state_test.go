package nats

import (
	"testing"
)

// News that come late must not undo what came first: the driver and the program's
// own calls change the status side by side.
func TestLateNewsDoNotUndoAStatus(t *testing.T) {
	for _, c := range []struct {
		old, news Status
		changes   bool
	}{
		{CONNECTING, CONNECTED, true},
		{CONNECTED, RECONNECTING, true},
		{RECONNECTING, CONNECTED, true},
		{CONNECTED, DRAINING_SUBS, true},
		{RECONNECTING, DRAINING_SUBS, true},
		{DRAINING_SUBS, DRAINING_PUBS, true},
		{DRAINING_SUBS, CLOSED, true},
		{DRAINING_PUBS, CLOSED, true},
		{DRAINING_SUBS, CONNECTED, false},
		{DRAINING_SUBS, RECONNECTING, false},
		{DRAINING_PUBS, CONNECTED, false},
		{DRAINING_PUBS, DRAINING_SUBS, false},
		{CLOSED, CONNECTED, false},
		{CLOSED, DRAINING_SUBS, false},
		{CONNECTED, CONNECTED, false},
	} {
		nc := &Conn{}
		if c.old == CLOSED {
			nc.changeStatus(CLOSED)
		} else {
			nc.statuses.Begin(c.old)
		}
		if got := nc.changeStatus(c.news); got != c.changes {
			t.Errorf("%v, then %v: changed %v, want %v", c.old, c.news, got, c.changes)
		}
		want := c.old
		if c.changes {
			want = c.news
		}
		if got := nc.Status(); got != want {
			t.Errorf("%v, then %v: it is %v, want %v", c.old, c.news, got, want)
		}
	}
}

// Connect gives up waiting in the very moment in which the connection is made.
func TestConnectThatReturnsLateDoesNotHideTheConnection(t *testing.T) {
	nc := &Conn{}
	nc.statuses.Begin(CONNECTED)
	nc.state.leaveConnecting(nc)
	if got := nc.Status(); got != CONNECTED {
		t.Errorf("it is %v, want CONNECTED", got)
	}
	nc.statuses.Begin(CONNECTING)
	nc.state.leaveConnecting(nc)
	if got := nc.Status(); got != RECONNECTING {
		t.Errorf("it is %v, want RECONNECTING", got)
	}
}

func TestStatusNames(t *testing.T) {
	for s, want := range map[Status]string{
		0: "DISCONNECTED", 1: "CONNECTED", 2: "CLOSED", 3: "RECONNECTING", 4: "CONNECTING",
		5: "DRAINING_SUBS", 6: "DRAINING_PUBS", 7: "unknown status", -1: "unknown status",
	} {
		if got := s.String(); got != want {
			t.Errorf("Status(%d) is %q, want %q", s, got, want)
		}
	}
	for s, want := range map[SubStatus]string{
		0: "Active", 1: "Draining", 2: "Closed", 3: "SlowConsumer", 4: "unknown status", -1: "unknown status",
	} {
		if got := s.String(); got != want {
			t.Errorf("SubStatus(%d) is %q, want %q", s, got, want)
		}
	}
	for p, want := range map[OutboundFullPolicy]string{
		OutboundDefault: "OutboundDefault", FailPublish: "FailPublish", WaitForRoom: "WaitForRoom",
		DropOldest: "DropOldest", 9: "OutboundFullPolicy(9)",
	} {
		if got := p.String(); got != want {
			t.Errorf("policy %d is %q, want %q", int(p), got, want)
		}
	}
}
