package objectstore

import (
	"context"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
)

// Host is what a face has of one bucket and its connection. Where a context has no deadline
// a request takes as long as the face's do.
type Host interface {
	// NewInbox is a subject that nobody else has.
	NewInbox() string
	// MaxPayload is the largest message that the server takes; 0: not known.
	MaxPayload() int64
	// Inline subscribes. take is called on the reader's goroutine, ended once when the
	// subscription has ended.
	Inline(subject string, take func(Answer), ended func()) (port.Sub, error)
	// Watch makes l a listener and returns the link in use, or false.
	Watch(l port.Listener) (port.Link, bool)
	// Unwatch ends that.
	Unwatch(l port.Listener)
	// Queue queues a message and returns its number, without waiting.
	Queue(subject, reply string, hdr, data []byte) (number uint64, err error)

	// Last reads the last message on a subject, from whoever has a copy or from the leader.
	Last(ctx context.Context, subject string, leader bool) (Stored, error)
	// Publish publishes a message with an id, and returns where the stream has it.
	Publish(ctx context.Context, subject string, header map[string][]string, data []byte) (seq uint64, err error)
	// Count is how many messages the leader has on a subject.
	Count(ctx context.Context, subject string) (uint64, error)
	// Purge removes all messages on a subject.
	Purge(ctx context.Context, subject string) error
	// Remove removes a message.
	Remove(ctx context.Context, seq uint64) error
	// Read begins to read the messages on a subject. The context is that of the beginning.
	Read(ctx context.Context, subject string, how Reading) (Source, error)
	// Bucket finds another bucket.
	Bucket(ctx context.Context, name string) (*Store, error)
	// Bounded gives a context without a deadline the face's.
	Bounded(ctx context.Context) (context.Context, context.CancelFunc)
}

// Answer is a message on an inbox.
type Answer struct {
	Subject string
	Nobody  bool // the server says that nobody got what it answers
	Data    []byte
}

// Stored is a message of the bucket's stream.
type Stored struct {
	Data []byte
	Seq  uint64
	At   time.Time
}

// Reading says how messages are read.
type Reading struct {
	HeadersOnly bool   // their data isn't needed
	After       uint64 // those behind that message; 0: all
}

// Source gives the messages on a subject, once and in order, whatever happens to the
// connection. It isn't safe for concurrent use.
type Source interface {
	// Next waits for the next message, for so long at most. Neither ok nor an error says
	// that none came.
	Next(ctx context.Context, wait time.Duration) (c Chunk, ok bool, err error)
	// Done says that the data of a message which it gave isn't needed any more, and that its
	// memory may be used again.
	Done(data []byte)
	// Pending is how many messages there were at its beginning.
	Pending() uint64
	// Stop ends it.
	Stop()
}

// Chunk is a message of a Source.
type Chunk struct {
	Data    []byte
	ID      string // what its publisher named it by; empty: nothing
	Seq     uint64
	Pending uint64 // how many are behind it, as its server knew when it sent it
}

// Errors are a face's.
type Errors struct {
	// Of object stores.
	BadMeta, CantGetBucket, DigestMismatch, LinkNotAllowed, NameRequired, NoLinkToDeleted,
	NoLinkToLink, AlreadyExists, NotFound, ObjectRequired, UpdateDeleted error
	// Of JetStream.
	NoMessage, NoStream, NoStreamResponse, InvalidAck error
	// Of the connection.
	InDoubt, MaxPayload, Timeout, Closed error
	// NoRoom are those that say that its buffer has no room, Passing others that may be
	// over soon, Final those after which nothing can be sent.
	NoRoom, Passing, Final []error
	// Codes are those of what a server said; ok is false when it isn't that.
	Codes func(error) (code, errCode int, ok bool)
	// Refused is the error for what a server said.
	Refused func(*api.Error) error
}
