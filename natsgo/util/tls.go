// Package util is nats.go's util.
package util

import "crypto/tls"

// CloneTLSConfig returns a copy of c, nil for nil.
func CloneTLSConfig(c *tls.Config) *tls.Config { return c.Clone() }
