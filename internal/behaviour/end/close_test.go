package end_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// closing closes a connection whose server doesn't answer, and waits until Close waits for
// that.
func closing(t *testing.T, n *natstest.Network, nc *nats.Conn) (over chan struct{}) {
	t.Helper()
	n.Stall(AddrA, natstest.ToServer)
	Must(t, nc.Publish("a", []byte("x")))
	over = make(chan struct{})
	go func() {
		nc.Close()
		close(over)
	}()
	synctest.Wait()
	return over
}

// Whatever says that the connection is closed, its status says it too, also while
// Close still waits for the server.
func TestCloseIsSeenBeforeItIsFelt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		sub, err := nc.SubscribeSync("b")
		Must(t, err)
		over := closing(t, n, nc)
		select {
		case <-over:
			t.Fatal("Close didn't wait")
		default:
		}
		if err := nc.Publish("a", nil); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("Publish: %v", err)
		}
		if st := nc.Status(); st != nats.CLOSED {
			t.Errorf("a publish fails because the connection is closed, and its status is %v", st)
		}
		if _, err := sub.NextMsg(time.Minute); err != nats.ErrConnectionClosed || sub.IsValid() {
			t.Errorf("NextMsg: %v, valid %v", err, sub.IsValid())
		}
		Ended(t, "Close", over)
	})
}

// A link that is lost while Close waits for the server is the last: nobody dials for a
// connection that is closed.
func TestAClosedConnectionDoesntDial(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		r := &Recorder{}
		nc := Connect(t, s.URL(), r.Options(Quick(nats.SetCustomDialer(n))...)...)
		over := closing(t, n, nc)
		dials := n.Dials(AddrA)
		n.HangDial(AddrA)
		n.Cut(AddrA)
		Ended(t, "Close", over)
		synctest.Wait()
		if now := n.Dials(AddrA); now != dials {
			t.Errorf("%d dials after the connection was closed", now-dials)
		}
		if r.Count("disconnected") != 1 || r.Count("closed") != 1 {
			t.Errorf("told of %v", r.Kinds())
		}
	})
}

// An answer that is on its way when the program closes is still given to whoever
// asked: Close waits for the server, and what comes before its answer counts.
func TestRequestIsAnsweredWhileItsHandlerCloses(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		_, err := nc.Subscribe("a", func(m *nats.Msg) {
			Must(t, m.Respond([]byte("answer")))
			nc.Close()
		})
		Must(t, err)
		m, err := nc.Request("a", nil, time.Second)
		if err != nil || string(m.Data) != "answer" {
			t.Errorf("%v", err)
		}
	})
}
