// Package port is how the JetStream packages reach what a connection doesn't
// export: its links as they come and go, in the driver's order, messages on the
// reader's own goroutine, and publishing that never waits.
//
// The root package registers itself here when it is initialised; the port's
// types are generic over its message type, so that this package needn't know it.
package port

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Link says what a link that has just been established can do.
type Link struct {
	Epoch      uint64 // 1, 2, 3 … per established connection
	MaxPayload int64  // the largest headers and payload together; 0: unknown
	Headers    bool   // it takes messages with headers
}

// Listener is told of links. It is called with locks of the connection held, so
// it must neither wait nor subscribe, unsubscribe or ask the connection for
// anything but Publish, and that only from LinkDown, Withdraw, Queued and Repeats.
type Listener interface {
	// LinkUp is called before anything that was queued goes out on the link. It
	// appends frames that are to go out even before that, behind the
	// subscriptions, and returns the extended slice.
	LinkUp(l Link, frames []byte) []byte
	// LinkDown is called when it is known what became of what was published:
	// messages with numbers up to gone left with this link or an earlier one, and
	// the connection won't send them again. Later ones are still queued.
	LinkDown(epoch, gone uint64)
}

// Loser is a listener that is told, soon after it happened and with no lock held, which
// of the messages that were queued were given up, and why: the buffer was full, or they
// waited too long.
type Loser interface {
	GaveUp(first, last uint64, why error)
}

// Conn is one connection, with messages of type M.
type Conn[M any] interface {
	// Inline subscribes. take is called on the reader's goroutine, one message
	// after another, and must not wait. ended is called once, on a goroutine of
	// its own, when it has ended: it was stopped, or the connection is closed. With
	// drained a drain of the connection waits for it: it is called when nothing more
	// can come, and Stop is due when the program is done. When the server refuses a quiet one the
	// program isn't told: it didn't ask for it.
	Inline(subject string, take func(*M), drained, ended func(), quiet bool) (Sub, error)
	// InlineRuns is Inline that takes messages which came in together in pieces; more says
	// that another piece of them follows at once. memory, unless it is nil, gives the memory
	// for the data of large ones, on the reader's goroutine, too.
	InlineRuns(subject string, take func(msgs []M, more bool), memory func(size int) []byte, drained, ended func()) (Sub, error)
	// InlineGroup is Inline as a member of a queue group; none: not of one.
	InlineGroup(subject, group string, take func(*M), drained, ended func()) (Sub, error)
	// Watch makes l a listener and returns the link in use, or false. What
	// changes from then on is told.
	Watch(l Listener) (Link, bool)
	// Unwatch ends that. A call that is under way may still come.
	Unwatch(l Listener)
	// Epoch is that of the link in use, which is counted before anything goes out on it; 0:
	// there is none.
	Epoch() uint64
	// Publish queues a message and returns its number. It never waits: where
	// there is no room it fails, or the oldest are given up if that is the policy.
	Publish(subject, reply string, hdr, data []byte) (number uint64, err error)
	// Withdraw gives up those of the messages with these numbers, in ascending order, that
	// are still queued, and returns their numbers. It never waits, and may be called from
	// LinkUp, too: then nothing that was queued has gone out.
	Withdraw(numbers []uint64) (gone []uint64)
	// Queued says whether nothing of a message was handed to a socket yet, or not since
	// the last link was lost.
	Queued(number uint64) bool
	// Repeats is the number up to which queued messages went out before, on a link that
	// was lost, if the connection sends them again.
	Repeats() uint64
	// Room waits for room for so many bytes, as long and as the policy says: for who
	// found none, and holds no lock now. Somebody else may take it before the next Publish.
	Room(size int) error
	// Request asks and waits for one answer until ctx is done. With again it is
	// asked once more on the next link when the one it was asked on is lost.
	Request(ctx context.Context, subject string, hdr, data []byte, again bool) (*M, error)
	// RequestFor is Request with a context that is done after so long, without the price
	// of one.
	RequestFor(limit time.Duration, subject string, hdr, data []byte, again bool) (*M, error)
	// RequestTold is Request, and says whether it was asked on a link that was lost, so that
	// an answer may not be to the first.
	RequestTold(ctx context.Context, subject string, hdr, data []byte, again bool) (m *M, repeated bool, err error)
	// RequestCopy asks with a message that may be stored once it was sent, and is known to
	// whoever stores it by an id, for a while. It is sent again on the next link when the
	// one it went out on is lost. The error is ErrSilent when no answer came, for a while or
	// until no other may go out any more. No copy goes
	// out behind its end when another may have arrived.
	RequestCopy(ctx context.Context, subject string, hdr, data []byte, c Copy) (*M, Told, error)
}

// Copy is what is to be known of one.
type Copy struct {
	// Silence is how long no answer may come, from when nothing is queued any more.
	Silence time.Duration
	// Earlier is when another one went out before, which may have arrived; zero: none did.
	Earlier time.Time
	// Replay is how long after the first one that may have arrived others may go out.
	Replay time.Duration
}

// Told is what became of one.
type Told struct {
	// Since is when it was sent at the earliest.
	Since time.Time
	// Repeated says that it was sent on a link that was lost, so that an answer may not be
	// to the first.
	Repeated bool
}

// ErrSilent says that no answer came.
var ErrSilent = errors.New("no answer")

// Sub is an inline subscription.
type Sub interface {
	// Stop ends it at once.
	Stop()
	// Drain asks for no more. drained is called when all has come in that the server
	// had sent before it knew.
	Drain()
}

var (
	mu   sync.Mutex
	open func(conn any) any
)

// Register is called by the package that has the connections. of makes a
// Conn[M] from one.
func Register(of func(conn any) any) {
	mu.Lock()
	defer mu.Unlock()
	open = of
}

// Of returns the port of a connection, a *nats.Conn that isn't nil.
func Of[M any](conn any) Conn[M] {
	mu.Lock()
	of := open
	mu.Unlock()
	return of(conn).(Conn[M])
}
