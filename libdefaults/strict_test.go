package libdefaults_test

import (
	"errors"
	"net"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/libdefaults"
	"github.com/evernats/nats/micro"
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

// Handlers and later calls of a library's connection give bare errors too, those of
// a service and of an encoded connection on it among them.
func TestErrorsStayBareAfterConnect(t *testing.T) {
	server := natstest.NewServer(t, natstest.Config{})
	set(t, nats.Resilient(), nats.DetailedErrors())
	told, closed := make(chan error, 9), make(chan struct{})
	nc := connect(t, server.URL(), nats.DetailedErrors(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { told <- err }),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if nc.Opts.DetailedErrors {
		t.Error("the connection's options say DetailedErrors")
	}
	for name, got := range map[string]error{
		"publish to no subject": nc.Publish("", nil),
		"subscribe to none":     second(nc.Subscribe("a b", func(*nats.Msg) {})),
		"bad time-out":          nc.FlushTimeout(-1),
	} {
		if got != nats.ErrBadSubject && got != nats.ErrBadTimeout {
			t.Errorf("%s: %T %v isn't the bare error", name, got, got)
		}
	}
	server.Kill()
	var detailed *nats.ConnError
	for name, err := range map[string]error{"the disconnect handler": <-told, "LastError": nc.LastError()} {
		if err == nil || errors.As(err, &detailed) {
			t.Errorf("%s has %T %v", name, err, err)
		}
	}
	nc.Close()
	<-closed
	if err := nc.Publish("a", nil); err != nats.ErrConnectionClosed {
		t.Errorf("publish on a closed connection: %T %v", err, err)
	}
	if _, err := nats.NewEncodedConn(nc, nats.JSON_ENCODER); err != nats.ErrConnectionClosed {
		t.Errorf("an encoded connection on a closed one: %T %v", err, err)
	}
	if _, err := micro.AddService(nc, micro.Config{Name: "a", Version: "1.0.0"}); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("a service on a closed connection: %T %v", err, err)
	}
}

func second[T any](_ T, err error) error { return err }
