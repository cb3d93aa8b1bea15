//go:build !unix

package transport

import "net"

// NowWriter hands to the system what it takes at once. This system can't.
type NowWriter struct{}

// NewNowWriter returns nil: this system has no such write.
func NewNowWriter(net.Conn) *NowWriter { return nil }

// Write reports that it can't.
func (*NowWriter) Write(...[]byte) (n int, ok bool) { return 0, false }
