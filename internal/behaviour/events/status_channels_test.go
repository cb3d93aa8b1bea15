package events_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// The channel is the program's: it closes it when it likes, most often in a deferred
// call, and the client doesn't.
func TestStatusChannelIsTheProgramsToClose(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		before, kept, removed, after := nc.StatusChanged(), nc.StatusChanged(), nc.StatusChanged(), nc.StatusChanged()
		close(before)
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		if got := <-kept; got != nats.RECONNECTING {
			t.Errorf("%v, want RECONNECTING", got)
		}
		if got := <-kept; got != nats.CONNECTED {
			t.Errorf("%v, want CONNECTED", got)
		}
		nc.RemoveStatusListener(before)
		nc.Close()
		r.Wait(t, "closed", 1)
		if got := <-kept; got != nats.CLOSED {
			t.Errorf("%v, want CLOSED", got)
		}
		Silent(t, "the channel, after CLOSED", kept)
		close(kept)
		nc.RemoveStatusListener(kept)
		for range 3 {
			<-removed
		}
		nc.RemoveStatusListener(removed)
		select {
		case _, open := <-removed:
			if open {
				t.Error("a removed channel brings more")
			}
		default:
			t.Error("RemoveStatusListener didn't close the channel")
		}
		nc.RemoveStatusListener(removed)
		close(after)
		Silent(t, "a channel of a closed connection", nc.StatusChanged())
		Silent(t, "a channel of a closed connection, for CLOSED", nc.StatusChanged(nats.CLOSED))
	})
}

// RemoveStatusListener closes whatever it is given, once.
func TestRemoveStatusListenerClosesAnyChannelOnce(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		foreign := make(chan nats.Status)
		for range 2 {
			nc.RemoveStatusListener(foreign)
			select {
			case <-foreign:
			default:
				t.Fatal("it is open")
			}
		}
		nc.RemoveStatusListener(nil)
	})
}

// Libraries wait in a loop that goes on when a receive brings nothing, such as one
// from a closed channel: it must not run away when the connection is closed.
func TestLoopOverStatusesRestsAfterClose(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		statuses := nc.StatusChanged(nats.CONNECTED, nats.RECONNECTING)
		stop, stopped := make(chan struct{}), make(chan int)
		go func() {
			turns := 0
			defer func() { stopped <- turns }()
			for {
				turns++
				select {
				case st, ok := <-statuses:
					if !ok && turns < 1000 {
						continue
					}
					if st == nats.RECONNECTING {
						continue
					}
				case <-stop:
					return
				}
				if turns >= 1000 {
					return
				}
			}
		}()
		nc.Close()
		synctest.Wait() // the loop rests, or has run away
		close(stop)
		if turns := <-stopped; turns > 3 {
			t.Errorf("the loop went round %d times", turns)
		}
		nc.RemoveStatusListener(statuses)
	})
}
