package jetstream

import (
	"errors"
	"fmt"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
)

// JetStreamError is an error of JetStream: one of this package's sentinels, or an
// [APIError].
type JetStreamError interface {
	// APIError is what the server said, or nil if it wasn't a server.
	APIError() *APIError
	// Error is the text.
	Error() string
}

// ErrorCode is the number that the API gives each of its errors.
type ErrorCode uint16

// APIError is what a server says against a request. It is equal, for errors.Is, to
// every error with the same ErrorCode.
type APIError struct {
	// Code is a number like those of HTTP: 400 for a bad request, 404, 503 …
	Code int `json:"code"`
	// ErrorCode says exactly what it is.
	ErrorCode ErrorCode `json:"err_code"`
	// Description is the server's text.
	Description string `json:"description,omitempty"`
}

// Error is the text, with both codes.
func (e *APIError) Error() string {
	return fmt.Sprintf("nats: API error: code=%d err_code=%d description=%s", e.Code, e.ErrorCode, e.Description)
}

// APIError is the error itself.
func (e *APIError) APIError() *APIError { return e }

// Is says whether err has the same ErrorCode. Those of the older API count, too.
func (e *APIError) Is(err error) bool {
	if e == nil {
		return false
	}
	var other JetStreamError
	if !errors.As(err, &other) {
		var older nats.JetStreamError
		if !errors.As(err, &older) {
			return false
		}
		a := older.APIError()
		return a != nil && ErrorCode(a.ErrorCode) == e.ErrorCode
	}
	a := other.APIError()
	return a != nil && a.ErrorCode == e.ErrorCode
}

// apiErrorOf makes an APIError of one that the machines decoded.
func apiErrorOf(e *api.Error) *APIError {
	if e == nil {
		return nil
	}
	return &APIError{e.Code, ErrorCode(e.ErrCode), e.Description}
}

// worded is an error whose text is what programs know, and which is others, too.
type worded struct {
	text string
	is   []error
}

func (e *worded) Error() string   { return e.text }
func (e *worded) Unwrap() []error { return e.is }

// jsError is a sentinel: a text, or an error of the API.
type jsError struct {
	apiErr  *APIError
	message string
	doubt   bool // it is nats.ErrInDoubt, too
}

func (e *jsError) Is(target error) bool { return e.doubt && target == nats.ErrInDoubt }

func (e *jsError) APIError() *APIError { return e.apiErr }

func (e *jsError) Error() string {
	if e.apiErr != nil && e.apiErr.Description != "" {
		return e.apiErr.Error()
	}
	return "nats: " + e.message
}

func (e *jsError) Unwrap() error {
	if e.apiErr == nil {
		return nil
	}
	return e.apiErr
}
