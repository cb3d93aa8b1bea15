package request

import (
	"context"
	"sync/atomic"
)

// Host is the connection that a table belongs to.
type Host[M any] interface {
	// InboxPrefix is what inboxes begin with, the dot included.
	InboxPrefix() string

	// Subscribe has take called with what comes in on a subject, and the subject it came
	// on. take doesn't wait. With once the subscription ends behind the first message.
	Subscribe(subject string, once bool, take func(subject string, m *M)) (Inbox, error)

	// Fence asks the server to answer when it has been through what is queued by now.
	// The answer is nil, or why there won't be one.
	Fence() (answer <-chan error, err error)

	// Publish sends a message, for which it may wait until ctx is done, and stores its
	// number in the outbound order before it is told of anything that becomes of it.
	Publish(ctx context.Context, m *Message, number *atomic.Uint64) error

	// Confirm sends a message and waits until the server has processed it, or ctx is
	// done. It returns the message's number.
	Confirm(ctx context.Context, m *Message) (number uint64, err error)

	// Settle waits until the server has processed what is queued by now, or ctx is done.
	Settle(ctx context.Context) error

	// Withdraw gives up a message by its number, if it is still queued.
	Withdraw(number uint64)

	// InDoubt says of an error of Confirm or Settle that the link has ended before the
	// server's answer.
	InDoubt(err error) bool

	// Post calls f soon, on another goroutine.
	Post(f func())
}

// Inbox is a subscription. Two that are equal are the same.
type Inbox interface {
	// Remove ends it. With tell the server is told.
	Remove(tell bool)
}

// Message is a request as it is sent.
type Message struct {
	Subject, Reply string
	Header, Data   []byte
}
