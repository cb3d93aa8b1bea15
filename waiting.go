package nats

import (
	"context"
	"fmt"
)

// WaitConnected waits until a server is in use. It returns nil then, ctx's error
// (wrapped, with the last thing that went wrong) when ctx is done first, and
// [ErrConnectionClosed] when the connection is closed.
func (nc *Conn) WaitConnected(ctx context.Context) error {
	if nc == nil {
		return ErrInvalidConnection
	}
	if ctx == nil {
		return ErrInvalidContext
	}
	for {
		changed := nc.state.changed()
		if nc.IsClosed() {
			return ErrConnectionClosed
		}
		// A link alone isn't enough: the status follows in a moment.
		if nc.session.Current() != nil && nc.IsConnected() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if last := nc.LastErrorDetail(); last != nil {
				return fmt.Errorf("nats: not connected: %w (last error: %w)", ctx.Err(), last)
			}
			return fmt.Errorf("nats: not connected: %w", ctx.Err())
		}
	}
}
