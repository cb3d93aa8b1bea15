package jetstream

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/evernats/nats"
)

// Whether a request may be made again on the next link, when it isn't known whether
// the first was received.
const (
	safe = true
	once = false
)

// response is what each answer of the API may have.
type response struct {
	Type  string     `json:"type"`
	Error *respError `json:"error,omitempty"`
}

func (r *response) failure() *respError { return r.Error }

type answer interface{ failure() *respError }

type respError struct{ APIError }

// sentinels are those for whole classes of requests.
var sentinels = []JetStreamError{
	ErrJetStreamNotEnabled, ErrJetStreamNotEnabledForAccount, ErrStreamNotFound, ErrConsumerNotFound,
	ErrStreamNameAlreadyInUse, ErrConsumerExists, ErrConsumerDoesNotExist, ErrMsgNotFound,
}

// sentinel is the error of this package that means the same, or the APIError.
func (e *respError) sentinel() error {
	for _, s := range sentinels {
		if s.APIError().ErrorCode == e.ErrorCode {
			return s
		}
	}
	return &e.APIError
}

// withTimeout gives a context without a deadline the default one.
func (js *jetStream) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, js.opts.DefaultTimeout)
}

// raw makes a request to the API and returns the answer.
func (js *jetStream) raw(ctx context.Context, subject string, payload []byte, again bool) (*nats.Msg, error) {
	trace := js.opts.ClientTrace
	if trace != nil && trace.RequestSent != nil {
		trace.RequestSent(subject, payload)
	}
	m, err := js.request(ctx, subject, payload, again)
	if err != nil {
		return nil, err
	}
	if trace != nil && trace.ResponseReceived != nil {
		trace.ResponseReceived(subject, m.Data, m.Header)
	}
	return m, nil
}

func (js *jetStream) request(ctx context.Context, subject string, payload []byte, again bool) (*nats.Msg, error) {
	if ctx.Done() == nil { // nothing ends it but the default timeout
		return js.port.RequestFor(js.opts.DefaultTimeout, subject, nil, payload, again)
	}
	ctx, cancel := js.withTimeout(ctx)
	defer cancel()
	return js.port.Request(ctx, subject, nil, payload, again)
}

// ask makes a request with a JSON body, nil for none, and reads the answer into resp.
func (js *jetStream) ask(ctx context.Context, subject string, body any, resp answer, again bool) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	m, err := js.raw(ctx, subject, payload, again)
	if err != nil {
		return err
	}
	return decode(subject, m.Data, resp)
}

func decode(subject string, data []byte, resp answer) error {
	// What is null decodes into nothing, without an error.
	if len(data) == 0 || data[0] != '{' {
		return fmt.Errorf("%w: the answer to %s is %q", ErrInvalidJetStreamResponse, subject, head(data))
	}
	if err := json.Unmarshal(data, resp); err != nil {
		return fmt.Errorf("%w: the answer to %s: %w", ErrInvalidJetStreamResponse, subject, err)
	}
	return nil
}

// head is enough of an answer to recognise it.
func head(b []byte) []byte { return b[:min(len(b), 80)] }

// empty says that an answer has neither what was asked for nor an error.
func empty(what string) error {
	return fmt.Errorf("%w: it has no %s", ErrInvalidJetStreamResponse, what)
}
