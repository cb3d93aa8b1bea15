package nats

import (
	"errors"

	"github.com/evernats/nats/internal/js/api"
)

// JetStreamError is an error of JetStream: a sentinel, or an [APIError].
type JetStreamError interface {
	// APIError is what the server said, or nil if it wasn't a server.
	APIError() *APIError
	// Error is the text.
	Error() string
}

// ErrorCode is the number that JetStream's API gives each of its errors.
type ErrorCode uint16

// APIError is what a server says against a request to JetStream. It is equal, for
// errors.Is, to every error with the same ErrorCode.
type APIError struct {
	// Code is a number like those of HTTP: 400 for a bad request, 404, 503 …
	Code int `json:"code"`
	// ErrorCode says exactly what it is.
	ErrorCode ErrorCode `json:"err_code"`
	// Description is the server's text.
	Description string `json:"description,omitempty"`
}

// Error is the server's text.
func (e *APIError) Error() string { return "nats: " + e.Description }

// APIError is the error itself.
func (e *APIError) APIError() *APIError { return e }

// Is says whether err has the same ErrorCode.
func (e *APIError) Is(err error) bool {
	if e == nil {
		return false
	}
	var other JetStreamError
	if !errors.As(err, &other) {
		return false
	}
	a := other.APIError()
	return a != nil && a.ErrorCode == e.ErrorCode
}

// apiErrorOf makes an APIError of one that was decoded.
func apiErrorOf(e *api.Error) *APIError {
	return &APIError{e.Code, ErrorCode(e.ErrCode), e.Description}
}

// jsError is a sentinel: a text, or an error of the API.
type jsError struct {
	apiErr  *APIError
	message string
	doubt   bool // it is ErrInDoubt, too
}

func (e *jsError) Is(target error) bool { return e.doubt && target == ErrInDoubt }

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

// Codes of [APIError].
const (
	JSErrCodeBadRequest                      ErrorCode = 10003 // the server didn't understand a request
	JSErrCodeJetStreamNotAvailable           ErrorCode = 10008 // JetStream isn't available at the moment
	JSErrCodeConsumerNameExists              ErrorCode = 10013 // the consumer's name is taken
	JSErrCodeConsumerNotFound                ErrorCode = 10014 // there is no such consumer
	JSErrCodeInsufficientResourcesErr        ErrorCode = 10023 // the servers have no room for it
	JSErrCodeMessageNotFound                 ErrorCode = 10037 // the stream has no such message
	JSErrCodeJetStreamNotEnabledForAccount   ErrorCode = 10039 // the account has no JetStream
	JSStreamInvalidConfig                    ErrorCode = 10052 // the stream's configuration can't be
	JSErrCodeStreamNameInUse                 ErrorCode = 10058 // a stream of that name is there already, with another configuration
	JSErrCodeStreamNotFound                  ErrorCode = 10059 // there is no such stream
	JSErrCodeStreamWrongLastSequence         ErrorCode = 10071 // the last sequence number isn't the expected one
	JSErrCodeJetStreamNotEnabled             ErrorCode = 10076 // the server has no JetStream
	JSErrCodeConsumerAlreadyExists           ErrorCode = 10105 // a consumer of that name is there already
	JSErrCodeDuplicateFilterSubjects         ErrorCode = 10136 // a consumer has both FilterSubject and FilterSubjects
	JSErrCodeOverlappingFilterSubjects       ErrorCode = 10138 // two of FilterSubjects match the same subjects
	JSErrCodeConsumerEmptyFilter             ErrorCode = 10139 // one of FilterSubjects is empty
	JSErrCodeStreamWrongLastSequenceConstant ErrorCode = 10164 // the last sequence number isn't the expected one, which is a constant
)
