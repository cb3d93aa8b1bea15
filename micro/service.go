package micro

import (
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
)

// Service is one instance of a service, as [AddService] returns it. All methods may
// be called by several goroutines at once, and by handlers.
type Service interface {
	// AddEndpoint adds an endpoint with a name of letters of ASCII, digits, dashes
	// and underscores, and subscribes to its subject, which is the name unless
	// [WithEndpointSubject] says otherwise. Names needn't be unique.
	//
	// Errors: [ErrConfigValidation]; [ErrServiceStopped]; what the subscription was
	// refused for, such as nats.ErrBadSubject, nats.ErrConnectionClosed or
	// nats.ErrConnectionDraining.
	AddEndpoint(string, Handler, ...EndpointOpt) error

	// AddGroup returns a group whose name stands, with a dot, before the subjects
	// of its endpoints. An empty name stands for nothing. A name that makes no
	// subject is refused by AddEndpoint.
	AddGroup(string, ...GroupOpt) Group

	// Info returns what INFO tells. A stopped service has no endpoints.
	Info() Info

	// Stats returns what STATS tells. A stopped service has no endpoints.
	Stats() Stats

	// Reset sets all numbers to zero and [Stats.Started] to now.
	Reset()

	// Stop ends the service: its subscriptions take no new requests, those that
	// are waiting are still handled, and it is no longer found. It returns at once,
	// with a server and without; [Config.DoneHandler] is called after it. The
	// connection stays. Calling it again does nothing. It returns nil.
	Stop() error

	// Stopped says whether Stop was called or the connection closed.
	Stopped() bool
}

type service struct {
	nc      *nats.Conn
	config  Config
	id      string
	queue   queue
	errors  *hub
	ended   chan struct{} // closed by Stop
	verbs   []*nats.Subscription
	notices notices

	mu        sync.Mutex
	started   time.Time
	endpoints []*Endpoint
	stopped   bool
}

// AddService starts a service on nc: it subscribes to the subjects on which it is
// found and to config.Endpoint, if there is one. It has an ID of its own and lives
// until [Service.Stop] or the end of the connection, across reconnects.
//
// It puts itself before the connection's error handler, to tell
// [Config.ErrorHandler] what belongs to its subscriptions. An error handler that is
// set later takes its place, until a service is added again. It also stands before the
// handler for the closed connection, and ends when that is called. The last service of a
// connection that ends puts back what was there.
//
// Errors: [ErrConfigValidation] for a name, version, subject or queue group that
// can't be used; nats.ErrInvalidConnection for a nil connection; what the
// subscriptions were refused for, such as nats.ErrConnectionClosed.
func AddService(nc *nats.Conn, config Config) (Service, error) {
	if nc == nil {
		return nil, nats.ErrInvalidConnection
	}
	if err := config.validate(); err != nil {
		return nil, err
	}
	s := &service{
		nc:      nc,
		config:  config.copied(),
		id:      nuid.Next(),
		queue:   queue{name: DefaultQueueGroup},
		started: time.Now().UTC(),
		ended:   make(chan struct{}),
	}
	s.queue = queue{config.QueueGroup, config.QueueGroupDisabled}.under(s.queue)
	s.errors = join(nc, s)
	if err := s.begin(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// begin makes the first subscriptions.
func (s *service) begin() error {
	if c := s.config.Endpoint; c != nil {
		if err := s.addFirst(c); err != nil {
			return err
		}
	}
	if err := s.serveVerbs(); err != nil {
		return err
	}
	// It ends when the connection does, which may be the case already.
	first := s.verbs[0]
	first.SetClosedHandler(func(string) { s.connectionEnds() })
	if !first.IsValid() {
		go s.connectionEnds()
	}
	return nil
}

// connectionEnds is called when a subscription has ended that nobody else ends: by
// Stop, or since the connection drains or is closed.
func (s *service) connectionEnds() {
	closed := s.nc.StatusChanged(nats.CLOSED)
	defer s.nc.RemoveStatusListener(closed)
	if !s.nc.IsClosed() {
		select {
		case <-closed:
		case <-s.ended:
		}
	}
	_ = s.Stop() // is always nil
}

func (s *service) Stop() error {
	if s.end() && s.config.DoneHandler != nil {
		s.notices.post(func() { s.config.DoneHandler(s) })
	}
	return nil
}

// end drains all subscriptions. It says whether it did, or somebody had before.
func (s *service) end() bool {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return false
	}
	s.stopped = true
	endpoints := s.endpoints
	s.endpoints = nil
	s.mu.Unlock()

	close(s.ended)
	for _, ep := range endpoints {
		s.errors.drain(ep.sub)
	}
	for _, sub := range s.verbs {
		s.errors.drain(sub)
	}
	s.errors.leave(s)
	return true
}

func (s *service) Stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

func (s *service) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = time.Now().UTC()
	for _, ep := range s.endpoints {
		ep.counts.reset()
	}
}

// all returns the endpoints in the order in which they were added, and since when
// they are counted.
func (s *service) all() ([]*Endpoint, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.endpoints), s.started
}

// failed tells of an error on one of the service's subscriptions, unless it has
// stopped: nothing follows the done handler. The channel is closed when the handler has
// returned; nil: none is called.
func (s *service) failed(subject string, err error) <-chan struct{} {
	cb := s.config.ErrorHandler
	if cb == nil {
		return nil
	}
	e := &NATSError{Subject: subject, Description: err.Error(), err: err}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	return s.notices.post(func() { cb(s, e) })
}
