package reconnect_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A server that couldn't make sense of what it got says so and hangs up: that is the reason.
func TestTheReasonIsWhatTheServerCouldNotRead(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		s.Last().SendErr("Unknown Protocol Operation")
		synctest.Wait()
		s.Last().HangUp()
		if h := r.Wait(t, "disconnected", 1); h.Err == nil || !strings.Contains(h.Err.Error(), "Unknown Protocol Operation") {
			t.Errorf("disconnected by %v", h.Err)
		}
		r.Wait(t, "reconnected", 1)
	})
}

// News of the cluster don't say whose the client is. It stays what it was.
func TestTheAccountIsSaidOnce(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n))
		info := s.Info()
		c := s.Last()
		c.Send(`INFO {"server_id":"` + info.ServerID + `","headers":true,"remote_account":"SYS","acc_is_sys":true}` + "\r\n")
		synctest.Wait()
		if nc.RemoteAccount() != "SYS" || !nc.IsSystemAccount() {
			t.Fatalf("account %q, of the system %v", nc.RemoteAccount(), nc.IsSystemAccount())
		}
		c.Send(`INFO {"server_id":"` + info.ServerID + `","headers":true,"connect_urls":["` + AddrB + `"]}` + "\r\n")
		synctest.Wait()
		if len(nc.Servers()) != 2 {
			t.Fatalf("servers %v", nc.Servers())
		}
		if nc.RemoteAccount() != "SYS" || !nc.IsSystemAccount() {
			t.Errorf("behind news: account %q, of the system %v", nc.RemoteAccount(), nc.IsSystemAccount())
		}
	})
}

// A connection to servers of one kind doesn't take those of the other.
func TestSetServerPoolTakesNoOtherKind(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), nats.SetCustomDialer(n))
		if err := nc.SetServerPool([]string{"ws://" + AddrB}); err != nats.ErrMixingWebsocketSchemes {
			t.Errorf("%v", err)
		}
		if pool := nc.Servers(); len(pool) != 1 || pool[0] != s.URL() {
			t.Errorf("servers %v", pool)
		}
	})
}

// What Opts holds is the connection's own.
func TestEachConnectionHasADialerOfItsOwn(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		a, b := Connect(t, s.URL(), nats.SetCustomDialer(n)), Connect(t, s.URL(), nats.SetCustomDialer(n))
		if a.Opts.Dialer == nil || a.Opts.Dialer == b.Opts.Dialer {
			t.Errorf("%p and %p", a.Opts.Dialer, b.Opts.Dialer)
		}
	})
}
