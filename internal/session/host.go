package session

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/auth"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// Host is the connection that a session belongs to, as the session needs it. Except
// where it says otherwise the driver calls, and must not be made to wait.
type Host interface {
	// AttemptConfig says how servers are reached by now. It is asked at each attempt.
	AttemptConfig() AttemptConfig

	// Attach puts a link to use: from now on it is written to, with what makes the
	// subscriptions first and what was queued behind that.
	Attach(l *Link)
	// Read reads a link that is attached until it fails, and says so with Link.Lost or
	// Link.GiveUp. It is called on a goroutine of its own, which it may keep.
	Read(l *Link)
	// Sent says how far writing to a link has got. Timers call it.
	Sent(l *Link) Sent
	// Ping queues a PING behind what waits for a link. Timers call it.
	Ping(l *Link)
	// Settle stops writing to a link, and returns what waits, on a goroutine of its
	// own, until the server has all that was written or that takes too long; nil when
	// there is nothing to wait for.
	Settle(l *Link) (wait func())
	// Detach takes a link out of use; l is nil when there is none, and a write to the
	// one before may not be back. When none is under way f is called at once, with true,
	// otherwise from the goroutine that wrote, with false.
	Detach(l *Link, f func(atOnce bool))
	// Gone is called once for each link that was attached, and for those that were prepared
	// and then in use, when nothing touches it any more: now it can be said what became of what was sent on it. why is what ended
	// it; nil when it was left.
	Gone(l *Link, why error)

	// Attempt tells how it goes with an attempt to reach a server.
	Attempt(a Attempt)
	// Tell passes on what the machine reports: its changes of state, and Tell… actions
	// but for the last one.
	Tell(a *reconnect.Action)
	// Report tells of what is no concern of the machine's: an INFO that can't be read
	// (from the reader), a server that isn't in the pool (from the goroutine that asked).
	Report(e *Error)
	// Info tells what the server in use says of itself by now; Link.Info is what it said
	// in the handshake.
	Info(l *Link, info *wire.ServerInfo)
	// LameDuck tells that the server in use is about to leave, and asks whether to move.
	LameDuck() (move bool)

	// Prepare has a fresh link made ready beside the one in use: it is read from now on,
	// and subscribed to. [Session.Ready] or [Session.NotReady] answers.
	Prepare(l *Link)
	// Unprepare says that such a link isn't wanted any more. The host closes it, when it
	// has taken leave of its server.
	Unprepare(l *Link)
	// Switch has old hand over to l, which was prepared: [Session.HandOver] answers when
	// nothing is to be awaited of old any more.
	Switch(old, l *Link)
	// OldGone tells that old has ended, or isn't waited for, before that.
	OldGone(old *Link)
	// HandOver writes to l instead of old, if what was written to that is answered for.
	// again says that it may be soon.
	HandOver(old, l *Link) (done, again bool)
	// Rescue puts a link to use that was prepared, after the end of the one before, of
	// which not everything is known.
	Rescue(l *Link)
	// Ended is called once, the last of all calls, with what the machine says of it.
	// Nothing is attached by then. Done is closed when it returns.
	Ended(last *reconnect.Action)

	// AskDelay and AskServer ask the program, each on a goroutine of its own, for as
	// long as it thinks: how long to wait after so many passes, which server is next. A
	// nil URL leaves that to the machine.
	AskDelay(passes int) time.Duration
	AskServer(pool []Server, last *wire.ServerInfo) (u *url.URL, delay time.Duration)
}

// Attempt is what has become of an attempt.
type Attempt struct {
	Stage  Stage
	No     uint32
	Server *address.Server
	Took   time.Duration // since it began
	Epoch  uint64        // of its link, if that was adopted
}

// Stage is how far an attempt is.
type Stage uint8

// The stages of attempts. One that is Begun comes to one of the others, unless it fails
// when nobody wants it any more.
const (
	Begun   Stage = iota
	Over          // it failed, as the machine is about to report
	Adopted       // its link is about to be attached
	GivenUp       // the machine doesn't want it any more
)

// Config is what a session is opened with.
type Config struct {
	Policy  reconnect.Policy // Secure is filled in
	Servers []*address.Server
	Rules   address.Rules

	PingInterval time.Duration // zero or less: no PINGs
	MaxPingsOut  int           // so many may be unanswered
	StaleAfter   time.Duration // a server that is silent so long is given up; zero: only by PINGs
}

// AttemptConfig is how servers are reached.
type AttemptConfig struct {
	Timeout   time.Duration    // of an attempt in all
	Transport transport.Config // its Turn is filled in, and Headers if AskHeaders is there
	TLSFirst  bool             // TLS comes before INFO
	Client    auth.Client

	// AskHeaders and TLS call the program: one attempt at a time does.
	AskHeaders func() (http.Header, error)               // nil: Transport says it
	TLS        func(address.Target) (*tls.Config, error) // its errors are the program's fault
}

// Sent is how far writing to a link has got.
type Sent struct {
	Written    uint64        // bytes that the sockets have taken
	Progress   time.Duration // when, since Start, they last took some or had none to take
	Mark       uint64        // what Written will be when a PING queued now is written
	Confirmed  uint64        // bytes of messages that servers have confirmed
	Unanswered uint64        // and of those that were written and aren't confirmed
}
