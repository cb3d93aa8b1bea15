package handover

import "time"

// Link is one of the two links of a move. Its values are compared: two that are equal
// are the same link.
type Link interface {
	// Server is what the server is called, without secrets.
	Server() string
	Close()
	// Silent is for how long nothing has come in on it.
	Silent() time.Duration
	// Still is for how long neither that has happened, nor has the peer acknowledged more
	// of what was written, where that can be seen.
	Still() time.Duration
}

// Side writes to the new link until it is in use, see send.Side.
type Side interface {
	Write(lines []byte)
	Fence(ping []byte) <-chan struct{}
	Pong() (asked bool)
	Answered() <-chan struct{}
	Close() (back bool)
	Rest() []byte
	TakeBack(rest []byte)
}

// Subscriptions are the connection's while both links are read, see receive.Move.
type Subscriptions interface {
	Subscribe()
	SetSkew(d time.Duration)
	LeaveQueues() (left bool)
	LastMade() time.Duration
	Commit() (ok bool)
	Crowded() bool
	Cut(rescue bool, attach func() bool) bool
	Abandon() (again bool)
	Leave() (lines []byte)
	OldOver() <-chan struct{}
	NextOver() <-chan struct{}
	Ended() <-chan struct{}
}

// Reading is what Host.Begin is given.
type Reading struct {
	Probes string               // what the subjects of the probes begin with
	Probed func(subject string) // is told of those that come in
	Beside func(lines []byte)   // tells the new link of changes of subscriptions

	// Asks has the new server answer when it has been through all that Beside was given.
	Asks func() (answer <-chan struct{})
}

// Host is the connection that moves, from one link to another: a Host is for one move.
type Host interface {
	Sender
	Session

	// Begin has the new link read beside the old one; nil: that isn't possible now.
	Begin(cfg Reading) Subscriptions
	// Adopt puts the new link to use as if it had never been prepared, and reads it.
	Adopt()
	// Moved tells who watches links that the new one is in use, and nothing was lost.
	Moved()
}

// Sender is what the connection sends with. Its methods may be called by any goroutine;
// SwitchTo and Attach are by the driver, under the locks of Subscriptions.Cut.
type Sender interface {
	// Fence asks the old server to answer when it has been through what is queued by
	// now. The answer is nil, or why there won't be one; forget is called in any case.
	Fence() (answer <-chan error, forget func(), err error)
	// Beside queues frames behind what is queued by now.
	Beside(frames []byte)
	// Hold stops writing to the old link, with frames behind what was written; it returns
	// what is closed when the server has all of that, or nil when it can't be done now.
	Hold(frames []byte) <-chan struct{}
	// SwitchTo writes to the new link, first such frames, if the old one has answered for
	// everything. busy says that it may have in a moment.
	SwitchTo(frames []byte) (done, busy bool)
	// Fit gives up what the new server doesn't take; Attach follows.
	Fit()
	// Attach writes to the new link, first such frames, when the old one is gone.
	Attach(frames []byte)
}

// Session is the connection's life, whose driver calls a Move. Its methods may be called
// by any goroutine, InUse by the driver.
type Session interface {
	// Ready and NotReady say that the new link can take over, or why it can't.
	Ready()
	NotReady(err error)
	// HandOver says that nothing is to be awaited of the old link any more.
	HandOver()
	// InUse says whether the new link is the session's.
	InUse() bool
	// Post has the driver call f.
	Post(f func())
	// Patience is for how long a link that is to answer may bring nothing.
	Patience() time.Duration
	// Done is closed with the connection.
	Done() <-chan struct{}
}
