package walks

import (
	"net/url"

	nats "github.com/nats-io/nats.go"
)

// stranger is a server that no pool has.
func stranger() *nats.Server {
	return &nats.Server{URL: &url.URL{Scheme: "nats", Host: "127.0.0.1:1"}}
}
