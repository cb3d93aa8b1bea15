package support

import (
	"net/url"
	"testing"
	"time"

	"github.com/evernats/nats"
)

// Connect makes a connection that is closed when the test ends.
func Connect(t testing.TB, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		t.Fatalf("Connect(%s): %v", url, err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// Quick are options that reconnect without delay, so that tests don't wait.
func Quick(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, more...)
}

// MustURL parses a URL.
func MustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	Must(t, err)
	return u
}

// PlainUnless asks for TLS or for plain text.
func PlainUnless(secure bool) nats.Option {
	return func(o *nats.Options) error {
		o.Secure = secure
		return nil
	}
}
