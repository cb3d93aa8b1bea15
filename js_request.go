package nats

import (
	"encoding/json"
	"fmt"
)

// Whether a request may be made again on the next link, when it isn't known whether the
// first was received.
const (
	jsSafe = true
	jsOnce = false
)

// jsResponse is what each answer of the API may have.
type jsResponse struct {
	Error *APIError `json:"error,omitempty"`
}

func (r *jsResponse) failure() *APIError { return r.Error }

type jsAnswer interface{ failure() *APIError }

// sentinel is the variable that means the same, of those that are given, or the error
// itself.
func (e *APIError) sentinel(of ...JetStreamError) error {
	for _, s := range of {
		if s.APIError().ErrorCode == e.ErrorCode {
			return s
		}
	}
	return e
}

// raw makes a request to the API and returns the answer.
func (js *jsContext) raw(o *jsOpts, subject string, payload []byte, again bool) (*Msg, error) {
	if o.trace.RequestSent != nil {
		o.trace.RequestSent(subject, payload)
	}
	m, err := js.nc.requestWith(o.ctx, subject, nil, payload, 0, again || js.nc.Opts.RetryRequestsOnDisconnect)
	if err != nil {
		return nil, err
	}
	if o.trace.ResponseReceived != nil {
		o.trace.ResponseReceived(subject, m.Data, m.Header)
	}
	return m, nil
}

// ask makes a request with a JSON body, nil for none, and reads the answer into resp. What
// the API has against it is in resp.
func (js *jsContext) ask(o *jsOpts, subject string, body any, resp jsAnswer, again bool) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	m, err := js.raw(o, subject, payload, again)
	if err != nil {
		return err
	}
	// What is null decodes into nothing, without an error.
	if len(m.Data) == 0 || m.Data[0] != '{' {
		return fmt.Errorf("nats: invalid answer to %s: %q", subject, jsHead(m.Data))
	}
	if err := json.Unmarshal(m.Data, resp); err != nil {
		return fmt.Errorf("nats: invalid answer to %s: %w", subject, err)
	}
	return nil
}

// jsHead is enough of an answer to recognise it.
func jsHead(b []byte) []byte { return b[:min(len(b), 80)] }

// jsEmpty says that an answer has neither what was asked for nor an error.
func jsEmpty(what string) error { return fmt.Errorf("nats: the answer has no %s", what) }
