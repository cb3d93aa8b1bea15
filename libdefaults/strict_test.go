package libdefaults_test

import (
	"net"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/libdefaults"
)

// Libraries compare with ==: whatever the program has set, and whatever was handed
// to the call, the sentinel is bare.
func TestErrorsAreBare(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "nats://" + l.Addr().String()
	l.Close() // nobody listens there any more
	set(t, nats.Resilient(), nats.RetryOnFailedConnect(false), nats.DetailedErrors())
	if _, err := libdefaults.Connect(url); err != nats.ErrNoServers {
		t.Errorf("Connect returns %T %v, not ErrNoServers itself", err, err)
	}
	if _, err := libdefaults.Connect(url, nats.DetailedErrors()); err != nats.ErrNoServers {
		t.Errorf("with the option in the call Connect returns %T %v, not ErrNoServers itself", err, err)
	}
	o := libdefaults.Options()
	o.Url = url
	if _, err := o.Connect(); err != nats.ErrNoServers {
		t.Errorf("Options.Connect returns %T %v, not ErrNoServers itself", err, err)
	}
}
