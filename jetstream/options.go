package jetstream

import (
	"fmt"
	"strings"
	"time"

	"github.com/evernats/nats"
)

// defaultTimeout is for requests whose context has no deadline.
const defaultTimeout = 5 * time.Second

// JetStreamOpt is an option of [New], [NewWithAPIPrefix] and [NewWithDomain].
type JetStreamOpt func(*JetStreamOptions) error

// JetStreamOptions are what a JetStream was made with.
type JetStreamOptions struct {
	// APIPrefix is the prefix that [NewWithAPIPrefix] was given; empty without one.
	APIPrefix string
	// Domain is the JetStream domain; empty for none.
	Domain string
	// DefaultTimeout bounds requests whose context has no deadline; 5 s unless
	// [WithDefaultTimeout] says otherwise.
	DefaultTimeout time.Duration
	// ClientTrace is told of the API's requests and answers; nil: nobody is.
	ClientTrace *ClientTrace

	publisher publisherOptions
	kv        kvOptions
}

// ClientTrace has functions that are told of the API's requests and answers, each
// on the goroutine that asks. Those that are nil aren't called.
type ClientTrace struct {
	// RequestSent is called before a request is sent.
	RequestSent func(subj string, payload []byte)
	// ResponseReceived is called with its answer.
	ResponseReceived func(subj string, payload []byte, hdr nats.Header)
}

// WithDefaultTimeout bounds requests whose context has no deadline. It must be
// positive, or [ErrInvalidOption] is the answer. The default is 5 s.
func WithDefaultTimeout(timeout time.Duration) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		if timeout <= 0 {
			return invalid("a default timeout of %v is not positive", timeout)
		}
		o.DefaultTimeout = timeout
		return nil
	}
}

// WithClientTrace lets functions be told of the API's requests and answers.
func WithClientTrace(ct *ClientTrace) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.ClientTrace = ct
		return nil
	}
}

// invalid is ErrInvalidOption with a text.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalidOption}, args...)...)
}

// badSubject says whether s can't be a subject, wildcards included.
func badSubject(s string) bool {
	return s == "" || strings.ContainsAny(s, " \t\r\n") || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..")
}

// badFilter says whether s can't be what subjects are matched with: > ends it.
func badFilter(s string) bool { return badSubject(s) || strings.Contains(s[:len(s)-1], ">") }

// badName says whether s can't be the name of a stream or a consumer.
func badName(s string) bool {
	for _, c := range s {
		if c <= ' ' || c == 0x7f || strings.ContainsRune(`.*>/\`, c) {
			return true
		}
	}
	return false
}

func checkStream(name string) error {
	if name == "" {
		return ErrStreamNameRequired
	}
	if badName(name) {
		return fmt.Errorf("%w: %q", ErrInvalidStreamName, name)
	}
	return nil
}

func checkConsumer(name string) error {
	if name == "" {
		return fmt.Errorf("%w: it is empty", ErrInvalidConsumerName)
	}
	if badName(name) {
		return fmt.Errorf("%w: %q", ErrInvalidConsumerName, name)
	}
	return nil
}
