package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
)

// JetStream is the way into a system's streams, for one connection. Make one with
// [New], [NewWithAPIPrefix] or [NewWithDomain]; it is safe for concurrent use and
// needs no closing.
type JetStream interface {
	// AccountInfo says how the account uses JetStream, and what it may use.
	//
	// Errors: [ErrJetStreamNotEnabled], [ErrJetStreamNotEnabledForAccount], the
	// context's.
	AccountInfo(ctx context.Context) (*AccountInfo, error)
	// Conn is the connection.
	Conn() *nats.Conn
	// Options are the options it was made with, defaults filled in. They are a copy.
	Options() JetStreamOptions

	StreamConsumerManager
	StreamManager
	Publisher
	KeyValueManager
	ObjectStoreManager
}

type jetStream struct {
	nc   *nats.Conn
	port port.Conn[nats.Msg]
	api  api.Subjects
	opts JetStreamOptions
	born time.Time // zero of the machines' clocks
	pub  publisher
}

// New makes a JetStream with the default prefix of the API, $JS.API.
//
// Errors: [nats.ErrInvalidConnection] when nc is nil, and those of the options.
func New(nc *nats.Conn, opts ...JetStreamOpt) (JetStream, error) {
	return newJetStream(nc, JetStreamOptions{}, api.DefaultPrefix, opts)
}

// NewWithAPIPrefix is [New] with another prefix, with or without its final dot. It
// is for an API that was imported from another account.
//
// Errors: also [ErrInvalidOption] when the prefix is empty or no subject.
func NewWithAPIPrefix(nc *nats.Conn, apiPrefix string, opts ...JetStreamOpt) (JetStream, error) {
	if apiPrefix == "" {
		return nil, &worded{"API prefix cannot be empty", []error{ErrInvalidOption}}
	}
	if badSubject(apiPrefix) && badSubject(apiPrefix+"x") {
		return nil, invalid("an API prefix of %q is no subject", apiPrefix)
	}
	subjects := api.WithPrefix(apiPrefix)
	return newJetStream(nc, JetStreamOptions{APIPrefix: apiPrefix}, subjects, opts)
}

// NewWithDomain is [New] for the JetStream of another domain, which leaf nodes have.
//
// Errors: also [ErrInvalidOption] when the domain is empty.
func NewWithDomain(nc *nats.Conn, domain string, opts ...JetStreamOpt) (JetStream, error) {
	if domain == "" {
		return nil, &worded{"domain cannot be empty", []error{ErrInvalidOption}}
	}
	subjects := api.InDomain(domain)
	return newJetStream(nc, JetStreamOptions{Domain: domain}, subjects, opts)
}

func newJetStream(nc *nats.Conn, o JetStreamOptions, subjects api.Subjects, opts []JetStreamOpt) (JetStream, error) {
	if nc == nil {
		return nil, nats.ErrInvalidConnection
	}
	o.DefaultTimeout = defaultTimeout
	o.publisher = publisherDefaults()
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&o); err != nil {
			return nil, err
		}
	}
	js := &jetStream{nc: nc, port: port.Of[nats.Msg](nc), api: subjects, opts: o, born: time.Now()}
	js.pub.init(js)
	return js, nil
}

// now is the time of the machines.
func (js *jetStream) now() time.Duration { return time.Since(js.born) }

func (js *jetStream) Conn() *nats.Conn { return js.nc }

func (js *jetStream) Options() JetStreamOptions {
	o := js.opts
	if o.ClientTrace != nil {
		trace := *o.ClientTrace
		o.ClientTrace = &trace
	}
	return o
}

func (js *jetStream) AccountInfo(ctx context.Context) (*AccountInfo, error) {
	var resp struct {
		response
		AccountInfo
	}
	if err := js.ask(ctx, js.api.AccountInfo(), nil, &resp, safe); err != nil {
		if errors.Is(err, nats.ErrNoResponders) {
			return nil, ErrJetStreamNotEnabled
		}
		return nil, err
	}
	if resp.Error != nil {
		return nil, resp.Error.sentinel()
	}
	return &resp.AccountInfo, nil
}
