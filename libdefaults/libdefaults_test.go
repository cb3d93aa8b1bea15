package libdefaults_test

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/libdefaults"
)

// set sets defaults for one test.
func set(t *testing.T, options ...nats.Option) {
	t.Helper()
	t.Cleanup(func() { libdefaults.Set() })
	if err := libdefaults.Set(options...); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := libdefaults.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestLibrariesStartFromWhatIsSet(t *testing.T) {
	url := natstest.NewServer(t, natstest.Config{}).URL()
	set(t, nats.Resilient(), nil, nats.AtLeastOnce())
	nc := connect(t, url)
	if !nc.Opts.AtLeastOnce || nc.Opts.MaxReconnect != -1 || nc.Opts.StaleAfter == 0 {
		t.Errorf("the connection has AtLeastOnce %v, MaxReconnect %d, StaleAfter %v", nc.Opts.AtLeastOnce, nc.Opts.MaxReconnect, nc.Opts.StaleAfter)
	}
	o := libdefaults.Options()
	o.Url = url
	fromOptions, err := o.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer fromOptions.Close()
	if !fromOptions.Opts.AtLeastOnce || fromOptions.Opts.MaxReconnect != -1 {
		t.Error("a connection made from Options has other options than one from Connect")
	}
	own, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if own.Opts.AtLeastOnce || own.Opts.MaxReconnect != nats.DefaultMaxReconnect {
		t.Error("what is set for libraries changes the program's own connections")
	}
}

func TestTheOptionsOfTheLibraryWin(t *testing.T) {
	url := natstest.NewServer(t, natstest.Config{}).URL()
	set(t, nats.Resilient(), nats.Name("any"), nats.Timeout(time.Minute), func(o *nats.Options) error {
		o.Servers = []string{"nats://127.0.0.1:1"}
		return nil
	})
	nc := connect(t, url, nats.MaxReconnects(3), nats.Name("mine"))
	if nc.Opts.MaxReconnect != 3 || nc.Opts.Name != "mine" || nc.Opts.Timeout != time.Minute {
		t.Errorf("MaxReconnect %d, Name %q, Timeout %v", nc.Opts.MaxReconnect, nc.Opts.Name, nc.Opts.Timeout)
	}
	if got := nc.ConnectedUrl(); got != url {
		t.Errorf("connected to %s, not to the call's %s", got, url)
	}
}

func TestSetReplacesAndWithoutOptionsResets(t *testing.T) {
	set(t, nats.Name("one"))
	set(t, nats.AtLeastOnce())
	if o := libdefaults.Options(); o.Name != "" || !o.AtLeastOnce {
		t.Errorf("after the second Set: Name %q, AtLeastOnce %v", o.Name, o.AtLeastOnce)
	}
	set(t)
	if o := libdefaults.Options(); o.AtLeastOnce || o.MaxReconnect != nats.DefaultMaxReconnect {
		t.Error("an empty Set doesn't bring the defaults back")
	}
}

func TestAnOptionThatFailsChangesNothing(t *testing.T) {
	set(t, nats.Name("before"))
	bad := errors.New("bad")
	err := libdefaults.Set(nats.AtLeastOnce(), func(*nats.Options) error { return bad })
	if err != bad {
		t.Errorf("Set returned %v", err)
	}
	if o := libdefaults.Options(); o.Name != "before" || o.AtLeastOnce {
		t.Error("options were set though one of them failed")
	}
}

// Options change TLS configurations and headers in place. One library's must not
// reach another's connection.
func TestConnectionsShareNothingThatOptionsChange(t *testing.T) {
	set(t, nats.Secure(&tls.Config{ServerName: "set"}), nats.Dialer(&net.Dialer{Timeout: time.Minute}),
		nats.WebSocketConnectionHeaders(http.Header{"A": {"1"}}),
		func(o *nats.Options) error { o.Servers = []string{"a"}; return nil })
	o := libdefaults.Options()
	o.TLSConfig.ServerName = "changed"
	o.Dialer.Timeout = 0
	o.WebSocketConnectionHeaders.Add("A", "2")
	o.WebSocketConnectionHeaders.Set("B", "2")
	o.Servers[0] = "b"
	next := libdefaults.Options()
	if next.TLSConfig.ServerName != "set" || next.Dialer.Timeout != time.Minute || next.Servers[0] != "a" ||
		len(next.WebSocketConnectionHeaders) != 1 || len(next.WebSocketConnectionHeaders["A"]) != 1 {
		t.Errorf("the next library finds %q, %v, %v, %v", next.TLSConfig.ServerName, next.Dialer.Timeout,
			next.Servers, next.WebSocketConnectionHeaders)
	}
}

func TestBoundOptionsFollow(t *testing.T) {
	set(t, nats.Name("early"))
	var o nats.Options
	libdefaults.Bind(&o)
	if o.Name != "early" {
		t.Errorf("bound when %q was set, has %q", "early", o.Name)
	}
	set(t, nats.Name("late"))
	if o.Name != "late" {
		t.Errorf("after the next Set it has %q", o.Name)
	}
}
