package reconnect_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats"
)

// asks makes a request that is answered or fails within moments, never at its
// time-out.
func asks(t *testing.T, nc *nats.Conn, subject string) error {
	t.Helper()
	begin := time.Now()
	_, err := nc.Request(subject, nil, patience)
	if took := time.Since(begin); took > patience/2 {
		t.Fatalf("a request to %s took %v: %v", subject, took, err)
	}
	return err
}

// requestStyles are the two ways of awaiting answers.
var requestStyles = map[string][]nats.Option{"shared inbox": nil, "inbox of its own": {nats.UseOldRequestStyle()}}

// An inbox that a server refuses because there are too many subscriptions is made
// again at the next request.
func TestRequestAfterTooManySubscriptions(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "max_subscriptions: 2")
	service := connect(t, c.Server(0).URL())
	_, err := service.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(nil) })
	must(t, err)
	must(t, service.Flush())

	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	one, err := nc.SubscribeSync("one")
	must(t, err)
	_, err = nc.SubscribeSync("two")
	must(t, err)
	for range 3 {
		if err := asks(t, nc, "svc"); !errors.Is(err, nats.ErrMaxSubscriptionsExceeded) {
			t.Errorf("with too many: %v", err)
		}
	}
	must(t, one.Unsubscribe())
	must(t, asks(t, nc, "svc"))

	// One too many is made while the inbox works: that is nothing to the requests.
	_, err = nc.SubscribeSync("three")
	must(t, err)
	for range 3 {
		must(t, asks(t, nc, "svc"))
	}
}

// The same after a reconnect, where the server refuses some of those that are made
// anew, and doesn't say which.
func TestRequestAfterAReconnectWithTooManySubscriptions(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "max_subscriptions: 4")
	s := c.Server(0)
	serve := func() {
		service := connect(t, s.URL())
		_, err := service.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(nil) })
		must(t, err)
		must(t, service.Flush())
	}
	serve()
	nc := connect(t, s.URL(), quick()...)
	must(t, asks(t, nc, "svc"))
	var subs []*nats.Subscription
	for _, subject := range strings.Fields("a b c d e f g h") {
		sub, err := nc.SubscribeSync(subject)
		must(t, err)
		subs = append(subs, sub)
	}
	must(t, nc.Flush())
	for range 5 {
		must(t, nc.ForceReconnect())
		until(t, "the connection", func() bool { return nc.IsConnected() && nc.Flush() == nil })
		if err := asks(t, nc, "svc"); err != nil && !errors.Is(err, nats.ErrMaxSubscriptionsExceeded) {
			t.Error(err)
		}
	}
	for _, sub := range subs {
		must(t, sub.Unsubscribe())
	}
	must(t, nc.Flush()) // what the server said of those has come
	must(t, asks(t, nc, "svc"))
	must(t, asks(t, nc, "svc"))
}

const inboxConfig = `
accounts { A { users: [
	{user: service, password: x}
	{user: client, password: x, permissions: {publish: {deny: "secret"}, subscribe: {deny: %s}}}
] } }`

// An inbox that was forbidden serves as soon as it is allowed; until then requests
// fail at once, as does one to a subject that may not be published to.
func TestRequestAfterAForbiddenInbox(t *testing.T) {
	t.Parallel()
	for name, options := range requestStyles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forbidden, allowed := strings.Replace(inboxConfig, "%s", `"_INBOX.>"`, 1), strings.Replace(inboxConfig, "%s", `"other"`, 1)
			c := standalone(t, 1, forbidden)
			s := c.Server(0)
			service := connect(t, s.URL(), nats.UserInfo("service", "x"))
			_, err := service.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(nil) })
			must(t, err)
			must(t, service.Flush())

			nc := connect(t, s.URL(), quick(append(options, nats.UserInfo("client", "x"))...)...)
			for range 3 {
				if err := asks(t, nc, "svc"); !errors.Is(err, nats.ErrPermissionViolation) {
					t.Errorf("forbidden: %v", err)
				}
			}
			must(t, s.Reload(within(t), allowed))
			until(t, "an answer", func() bool { return asks(t, nc, "svc") == nil })
			if err := asks(t, nc, "secret"); !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("a subject that may not be published to: %v", err)
			}
			must(t, asks(t, nc, "svc"))
		})
	}
}

// A request that no server takes ends three connections, and then its caller is told.
func TestRequestThatEndsEveryConnection(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]nats.Option{
		"sent again":                 {nats.RetryRequestsOnDisconnect()},
		"sent again and AtLeastOnce": {nats.RetryRequestsOnDisconnect(), nats.AtLeastOnce()},
		"AtLeastOnce":                {nats.AtLeastOnce()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := standalone(t, 1, "")
			d := newDiary()
			nc := connect(t, c.Server(0).URL(), d.options(quick(options...)...)...)
			_, err := nc.Subscribe("svc", func(m *nats.Msg) { _ = m.Respond(nil) })
			must(t, err)
			if _, err := nc.RequestWithContext(within(t), "a."+strings.Repeat("x", 5000), nil); !errors.Is(err, nats.ErrPoisonMessage) {
				t.Fatalf("got %v", err)
			}
			must(t, nc.WaitConnected(within(t)))
			must(t, nc.Flush())
			must(t, asks(t, nc, "svc"))
		})
	}
}
