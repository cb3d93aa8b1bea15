package micro

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats"
)

// Headers of an error response, see [Request].
const (
	// ErrorHeader has the description of the error.
	ErrorHeader = "Nats-Service-Error"
	// ErrorCodeHeader has its code.
	ErrorCodeHeader = "Nats-Service-Error-Code"
)

// Handler answers the requests of an endpoint.
type Handler interface {
	// Handle is called with one request after the other, in order. A handler that
	// takes long may go on in a goroutine of its own and respond there.
	Handle(Request)
}

// HandlerFunc is a function as a [Handler].
type HandlerFunc func(Request)

// Handle calls the function.
func (fn HandlerFunc) Handle(req Request) { fn(req) }

// ContextHandler is a [Handler] that calls a function with ctx, which is not
// looked at.
func ContextHandler(ctx context.Context, handler func(context.Context, Request)) Handler {
	return HandlerFunc(func(r Request) { handler(ctx, r) })
}

// Request is a request that an endpoint got. Nothing is answered unless the handler
// does.
type Request interface {
	// Respond sends the answer. An error is [ErrRespond] and its cause, such as
	// nats.ErrMsgNoReply or nats.ErrMaxPayload, and counts as one of the endpoint's.
	Respond([]byte, ...RespondOpt) error

	// RespondJSON answers with a value as JSON. [ErrMarshalResponse] says that it
	// can't be written; nothing was sent then. Otherwise it is Respond.
	RespondJSON(any, ...RespondOpt) error

	// Error answers with an error: code and description as headers
	// ([ErrorCodeHeader], [ErrorHeader]), and data, which may be nil. It counts as
	// an error of the endpoint, once for each request, and is its last error.
	//
	// Errors: [ErrArgRequired] without a code or description, with nothing sent;
	// those of sending it, such as nats.ErrMsgNoReply.
	Error(code, description string, data []byte, opts ...RespondOpt) error

	// Data returns the payload.
	Data() []byte

	// Headers returns the headers; nil for none.
	Headers() Headers

	// Subject returns the subject that the request was sent to.
	Subject() string

	// Reply returns the subject that the answer goes to; empty for none.
	Reply() string
}

// RespondOpt changes an answer before it is sent. Its subject can't be changed, and
// the payload only in Respond and RespondJSON.
type RespondOpt func(*nats.Msg)

// WithHeaders adds headers to an answer. A key that is there already gets the new
// values.
func WithHeaders(headers Headers) RespondOpt {
	return func(m *nats.Msg) {
		if m.Header == nil {
			m.Header = make(nats.Header, len(headers))
		}
		for key, values := range headers {
			m.Header[key] = values
		}
	}
}

// Headers are the headers of a request.
type Headers nats.Header

// Get returns the first value of a key, or an empty string. Keys are compared as
// they are, upper and lower case apart.
func (h Headers) Get(key string) string { return nats.Header(h).Get(key) }

// Values returns all values of a key; nil for none. Keys are compared as they are.
func (h Headers) Values(key string) []string { return nats.Header(h).Values(key) }

// request is one that a handler has, or has had: it may answer later.
type request struct {
	msg *nats.Msg
	ep  *Endpoint

	mu      sync.Mutex
	failure string // the last one; empty for none
	counted bool   // the handler has returned
}

// serve calls the handler and counts what came of it.
func (ep *Endpoint) serve(handler Handler, m *nats.Msg) {
	r := &request{msg: m, ep: ep}
	begun := time.Now()
	handler.Handle(r)
	took := time.Since(begun)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.counted = true
	ep.counts.request(took, r.failure)
}

// failed notes an error that the request ends with. One that comes after the
// handler has returned is counted by itself, if it is the first.
func (r *request) failed(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counted && r.failure == "" {
		r.ep.counts.fail(text)
	}
	r.failure = text
}

func (r *request) Respond(data []byte, opts ...RespondOpt) error {
	m := &nats.Msg{Data: data}
	apply(m, opts)
	if err := r.msg.RespondMsg(m); err != nil {
		err = fmt.Errorf("%w: %w", ErrRespond, err)
		r.failed(err.Error())
		return err
	}
	return nil
}

func (r *request) RespondJSON(value any, opts ...RespondOpt) error {
	data, err := json.Marshal(value)
	if err != nil {
		return ErrMarshalResponse
	}
	return r.Respond(data, opts...)
}

func (r *request) Error(code, description string, data []byte, opts ...RespondOpt) error {
	switch {
	case code == "":
		return fmt.Errorf("%w: error code", ErrArgRequired)
	case description == "":
		return fmt.Errorf("%w: description", ErrArgRequired)
	}
	m := &nats.Msg{Header: nats.Header{ErrorHeader: {description}, ErrorCodeHeader: {code}}}
	apply(m, opts)
	m.Data = data
	if err := r.msg.RespondMsg(m); err != nil {
		r.failed(err.Error())
		return err
	}
	r.failed(code + ":" + description)
	return nil
}

func apply(m *nats.Msg, opts []RespondOpt) {
	for _, opt := range opts {
		if opt != nil {
			opt(m)
		}
	}
}

func (r *request) Data() []byte { return r.msg.Data }

func (r *request) Headers() Headers { return Headers(r.msg.Header) }

func (r *request) Subject() string { return r.msg.Subject }

func (r *request) Reply() string { return r.msg.Reply }
