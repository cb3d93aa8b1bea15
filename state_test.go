package nats

import (
	"slices"
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

// A subscription's channel begins with its present status, and ends with it.
func TestStatusChannelOfASubscriptionBeginsWithThePresent(t *testing.T) {
	for want, s := range map[SubStatus]*Subscription{
		SubscriptionActive:       {},
		SubscriptionDraining:     {draining: true, slow: true},
		SubscriptionSlowConsumer: {slow: true},
		SubscriptionClosed:       {closed: true, draining: true},
	} {
		ch := s.StatusChanged()
		if got := <-ch; got != want {
			t.Errorf("it begins with %v, want %v", got, want)
		}
		if want == SubscriptionClosed {
			if st, open := <-ch; open {
				t.Errorf("after the end it brings %v", st)
			}
			continue
		}
		for range 11 {
			s.tellLocked(SubscriptionDraining)
		}
		s.tellLocked(SubscriptionClosed)
		var got []SubStatus
		for len(ch) > 0 {
			got = append(got, <-ch)
		}
		if want := append(slices.Repeat([]SubStatus{SubscriptionDraining}, 9), SubscriptionClosed); !slices.Equal(got, want) {
			t.Errorf("a reader that lags finds %v, want %v", got, want)
		}
	}
}
