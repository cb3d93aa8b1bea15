package session

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/ring"
	"github.com/evernats/nats/internal/wire"
)

// Session is the life of one connection. Open comes before anything else.
type Session struct {
	host  Host
	start time.Time // zero of the machine's clock

	drv driver

	// machineMu guards the machine for the few readers outside the driver. It
	// is held for one Step, which never waits for anything. It guards past as well.
	machineMu sync.Mutex
	machine   *reconnect.Machine
	past      *past // nil while there is nothing to remember

	// Owned by the driver alone.
	deadline *time.Timer
	attempts map[uint32]*attempt // under way; nil while there are none
	turns    *turns              // of the attempts; nil while nobody needs them
	move     *move               // to another server; nil while no link is prepared or handed over

	// mu guards what the outside may know at any moment; readers never wait for more
	// than a field's copy.
	mu   sync.Mutex
	link *Link            // in use; nil while there is none
	info *wire.ServerInfo // of the server in use, or the last one; never changed
	mail *infoMail        // an INFO that the driver hasn't seen; nil: none

	urls address.Book
	done chan struct{}

	pingInterval time.Duration
	staleAfter   time.Duration
	maxPings     int32

	linked  atomic.Bool // a server is in use, or the books on the last one aren't closed yet
	closing atomic.Bool // Close was called or begun

	// Owned by the driver alone.
	forced  bool // Force came while an attempt was under way
	leaving bool // the link in use is being left
	over    bool // the end has been reached
	retries bool // the machine goes on when the first pass has failed
}

// Open prepares a session. Nothing happens before Start.
func (s *Session) Open(h Host, cfg *Config) {
	s.host = h
	s.start = time.Now()
	s.done = make(chan struct{})
	s.pingInterval, s.maxPings, s.staleAfter = cfg.PingInterval, int32(max(-1, min(cfg.MaxPingsOut, 1<<30))), cfg.StaleAfter
	s.urls.Open(cfg.Servers, cfg.Rules)
	policy := cfg.Policy
	policy.Secure = s.urls.TLSOnly()
	s.retries = policy.RetryOnFailedConnect
	s.machine = reconnect.New(policy, s.urls.Given(), randomBelow)
}

// past is what a session remembers.
type past struct {
	given []string // passwords and tokens that servers were given last, see secrets
	trace *ring.Ring[Traced]
}

func (s *Session) pastLocked() *past {
	if s.past == nil {
		s.past = new(past)
	}
	return s.past
}

// Start begins to look for a server.
func (s *Session) Start() { s.event(reconnect.Event{Kind: reconnect.Start}) }

// Zero is the moment from which a session's times count.
func (s *Session) Zero() time.Time { return s.start }

// Post has the driver run f after what was posted before. It never waits, nor may f.
func (s *Session) Post(f func()) { s.drv.post(f) }

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

func (s *Session) now() time.Duration { return time.Since(s.start) }

func randomBelow(n int64) int64 {
	if n <= 0 {
		return 0
	}
	return rand.Int64N(n)
}
