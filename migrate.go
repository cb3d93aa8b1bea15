package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/evernats/nats/internal/handover"
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/send"
)

// ErrMigration says that [Conn.Migrate] couldn't move the connection, which stays where
// it is. What it wraps says why.
var ErrMigration = errors.New("nats: the connection wasn't migrated")

// Migrate moves the connection to another server of its pool while the one in use still
// serves it: the new one has all subscriptions before anything is taken from the old
// one, so no message is lost, doubled or out of order, no request fails, and no handler
// is told of a disconnect. Which server that is is decided as in a reconnect. It takes some
// seconds, and returns when the new server is in use and the old connection closed.
//
// The time of ctx bounds it; without one it gives up after ten seconds. When ctx is done
// the move is given up, unless somebody else waits for it, too, or the server is about to
// leave ([LameDuckMigration]). When it
// fails the connection is where it was, and the error is [ErrMigration]: there is no
// other server, none could be reached or proved in time that it can take over, the
// connection isn't connected or was lost meanwhile, or the program chooses the
// servers by itself ([ReconnectToServer]). A connection that drains isn't moved:
// [ErrConnectionDraining]. Other errors: [ErrConnectionClosed], [ErrInvalidConnection],
// [ErrInvalidContext], ctx's.
//
// It works with and without [LameDuckMigration], which does the same when a server is
// about to leave, and says what is moved and how. [Conn.ForceReconnect] is the way that
// doesn't wait, with a gap.
func (nc *Conn) Migrate(ctx context.Context) error {
	switch {
	case nc == nil:
		return ErrInvalidConnection
	case ctx == nil:
		return ErrInvalidContext
	case ctx.Err() != nil:
		return ctx.Err()
	case nc.drain.Active() && !nc.IsClosed():
		return ErrConnectionDraining
	}
	told := make(chan error, 1)
	if !nc.migrations.add(told) || nc.IsClosed() {
		return ErrConnectionClosed
	}
	within := time.Duration(0)
	var late <-chan time.Time
	if at, ok := ctx.Deadline(); ok {
		within = max(time.Until(at), 1)
	} else { // the move may be a lame duck's, which goes on for longer
		t := time.NewTimer(migrateWithin)
		defer t.Stop()
		late = t.C
	}
	nc.session.Migrate(within)
	select {
	case err := <-told:
		return nc.Opts.shown(err)
	case <-late:
		if nc.migrations.leave(told) {
			nc.session.Unwanted(reconnect.ErrMoveTooLong)
		}
		return nc.Opts.shown(fmt.Errorf("%w: %w", ErrMigration, reconnect.ErrMoveTooLong))
	case <-ctx.Done():
		if nc.migrations.leave(told) {
			nc.session.Unwanted(ctx.Err())
		}
		return ctx.Err()
	}
}

// migrateWithin is a moment more than the ten seconds of a move that somebody has asked
// for, whose end says more.
const migrateWithin = 10*time.Second + 500*time.Millisecond

// LameDuckMigration has the connection move to another server when the one in use says
// that it is about to leave (lame duck mode, which is how servers are restarted for an
// upgrade), before it hangs up. Default false; part of [Resilient].
//
// At a random moment of the first two fifths of the grace that servers give, ten seconds by
// default, a second connection is made to another server, never to one that leaves. It
// gets all subscriptions; what both bring is given to the program once. When the servers have
// shown that nothing can be missed any more, publishing moves over in order, which
// holds it up for some milliseconds, and the old connection is closed. The program sees
// one connection: no message is lost, doubled or out of order, no request fails.
// Messages that were published are confirmed by the old server first, so nothing is in
// doubt with or without [AtLeastOnce]. If no other server can be reached others are tried, ever
// more slowly, until the connection is lost (two minutes at most), and reconnects as without the option; a move that fails half-way is tried with
// the next server, and loses nothing while both servers live, however slow they are.
//
// [LameDuckModeHandler] is called as ever, before anything moves; one that leaves by
// itself, with [Conn.ForceReconnect] or by closing the connection, ends the move. [DisconnectErrHandler] and
// [ReconnectHandler] aren't called for a move, and [Conn.Stats] counts no reconnect.
// With [DontRandomize] servers come in their order, the one that leaves last. With
// [NoReconnect] or [ReconnectToServer] a lame duck is left to the program. A connection
// that drains isn't moved. Messages that are compared take up to 64 MiB for a few
// seconds; if more is under way the move is given up.
func LameDuckMigration(enabled bool) Option {
	return func(o *Options) error {
		o.LameDuckMigration = enabled
		return nil
	}
}

// migrations are those who wait for a move.
type migrations struct {
	mu     sync.Mutex
	waits  []chan error
	closed bool
}

// add says whether there will be an answer.
func (w *migrations) add(told chan error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.waits = append(w.waits, told)
	}
	return !w.closed
}

// leave is for who waits no more, and says whether nobody is left.
func (w *migrations) leave(told chan error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.waits, told); i >= 0 {
		w.waits = slices.Delete(w.waits, i, i+1)
	}
	return len(w.waits) == 0
}

// tell answers all of them.
func (w *migrations) tell(err error, closed bool) {
	w.mu.Lock()
	waits := w.waits
	w.waits, w.closed = nil, w.closed || closed
	w.mu.Unlock()
	for _, told := range waits {
		told <- err
	}
}

// migrated is the end of a move.
func (nc *Conn) migrated(a *reconnect.Action) {
	if m := nc.mover.Newest(); m != nil {
		nc.events.migrated(a.Epoch, m.Old().Server(), m.Next().Server(), a.Took)
	}
	nc.migrations.tell(nil, false)
}

// notMigrated is the end of one that was given up.
func (nc *Conn) notMigrated(a *reconnect.Action, err error) {
	if nc.session.Current() != nil { // otherwise what follows is a reconnect, and told as one
		nc.events.migrationFailed(nc, "", err, a.Took)
	}
	nc.migrations.tell(fmt.Errorf("%w: %w", ErrMigration, err), false)
}

// moving is the host of a move, see handover.Host.
type moving struct {
	nc        *Conn
	old, next *link
}

// prepare begins the move to a link. The driver calls it.
func (nc *Conn) prepare(l *link) {
	side := send.NewSide(outgoing{l}, func(err error) {
		l.Fail(err) // by which one ends that the session has left already
		l.Lost(l.Ended(phaseWrite, err))
	})
	m := moving{nc, nc.session.Current(), l}
	nc.mover.Prepare(outgoing{m.old}, outgoing{l}, nc.NewInbox(), side, m)
}

func (m moving) Begin(cfg handover.Reading) handover.Subscriptions {
	move := m.nc.subs.BeginMove(reading{m.old, m.nc}, reading{m.next, m.nc}, receive.MoveConfig(cfg))
	if move == nil {
		return nil
	}
	return move
}

func (m moving) Adopt() {
	m.nc.resume(m.next)
	m.nc.readLoop(m.next)
}

func (m moving) Moved() { m.nc.links.Moved(portLink(m.next)) }

func (m moving) Fence() (answer <-chan error, forget func(), err error) {
	return receiving{m.nc}.Fence()
}

func (m moving) Beside(frames []byte) { m.nc.out.Beside(frames) }

func (m moving) Hold(frames []byte) <-chan struct{} { return m.nc.out.Hold(frames) }

func (m moving) SwitchTo(frames []byte) (done, busy bool) {
	return m.nc.out.Switch(outgoing{m.next}, send.Prefix{Frames: frames})
}

func (m moving) Fit() { m.nc.out.Fit(outgoing{m.next}) }

func (m moving) Attach(frames []byte) {
	m.nc.out.Attach(outgoing{m.next}, send.Prefix{Frames: m.nc.links.LinkUp(portLink(m.next), frames)})
}

func (m moving) Ready()                  { m.nc.session.Ready(m.next) }
func (m moving) NotReady(err error)      { m.nc.session.NotReady(m.next, ofHandover(err)) }
func (m moving) HandOver()               { m.nc.session.HandOver(m.next) }
func (m moving) InUse() bool             { return m.nc.session.Current() == m.next }
func (m moving) Post(f func())           { m.nc.session.Post(f) }
func (m moving) Patience() time.Duration { return m.nc.session.Patience() }
func (m moving) Done() <-chan struct{}   { return m.nc.session.Done() }
