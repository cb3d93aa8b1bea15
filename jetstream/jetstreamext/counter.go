package jetstreamext

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/big"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// What a server has against a counter, for errors.Is.
var (
	// ErrCountersDisabled: the stream doesn't have [jetstream.StreamConfig].AllowMsgCounter.
	ErrCountersDisabled error = &jetstream.APIError{Code: 400, ErrorCode: 10168, Description: "message counters is disabled"}
	// ErrNoCounter: nothing was ever added to the counter.
	ErrNoCounter = errors.New("nats: there is no such counter")
)

// counterIncrement is the header that says what is added.
const counterIncrement = "Nats-Incr"

// Counter is a counter: a subject of a stream with
// [jetstream.StreamConfig].AllowMsgCounter.
type Counter struct {
	Subject string
	Value   *big.Int
	// Added is what was added last.
	Added *big.Int
	// Sequence is the stream's number of the message that did so.
	Sequence uint64
}

// AddCounter adds to the counter that the subject is, and returns what it is then. A delta
// that is negative is taken from it, one of 0 only makes it. Each call counts once: when the
// connection or the answer is lost it is asked again, with an id by which the stream knows
// it, until the context ends, or for the default timeout if it has no deadline. Then the
// value is read behind it, and may have in it what others added meanwhile.
//
// Errors: [ErrCountersDisabled], [jetstream.ErrNoStreamResponse] when no stream has the
// subject, [jetstream.ErrInvalidOption] for a delta that is nil, the context's, behind which
// it may have counted or not, and a [jetstream.APIError] for whatever else the stream has
// against it. It needs server 2.12.
func AddCounter(ctx context.Context, js jetstream.JetStream, subject string, delta *big.Int) (*big.Int, error) {
	if delta == nil {
		return nil, fmt.Errorf("%w: nothing to add", jetstream.ErrInvalidOption)
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, js.Options().DefaultTimeout)
		defer cancel()
	}
	m := &nats.Msg{Subject: subject, Header: nats.Header{counterIncrement: {fmt.Sprintf("%+d", delta)}}}
	ack, err := js.PublishMsg(ctx, m, jetstream.WithMsgID(nuid.Next()))
	if err != nil {
		return nil, err
	}
	if ack.Value == "" && ack.Duplicate {
		c, err := LoadCounter(ctx, js, ack.Stream, subject)
		if err != nil {
			return nil, err
		}
		return c.Value, nil
	}
	v, ok := new(big.Int).SetString(ack.Value, 10)
	if !ok {
		return nil, fmt.Errorf("%w: %s is stored by stream %s, and the counter is %q", jetstream.ErrInvalidJetStreamResponse, subject, ack.Stream, ack.Value)
	}
	return v, nil
}

// LoadCounter reads a counter. With [jetstream.StreamConfig].AllowDirect any server with a
// copy of the stream answers, which may not know the last additions yet.
//
// Errors: [ErrNoCounter], [jetstream.ErrStreamNotFound], the context's, and
// [jetstream.ErrInvalidJetStreamResponse] when the subject's last message is no counter's.
func LoadCounter(ctx context.Context, js jetstream.JetStream, stream, subject string) (*Counter, error) {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, fmt.Errorf("%w: %s in stream %s", ErrNoCounter, subject, stream)
	}
	if err != nil {
		return nil, err
	}
	return counterOf(m)
}

// Counters reads the counters of subjects, which may have wildcards, each once, as
// [GetLastMsgsFor] reads their last messages, with its errors. Those that aren't there are
// left out.
func Counters(ctx context.Context, js jetstream.JetStream, stream string, subjects ...string) iter.Seq2[*Counter, error] {
	return func(yield func(*Counter, error) bool) {
		for m, err := range GetLastMsgsFor(ctx, js, stream, subjects) {
			var c *Counter
			if err == nil {
				c, err = counterOf(m)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func counterOf(m *jetstream.RawStreamMsg) (*Counter, error) {
	var body struct {
		Value string `json:"val"`
	}
	c := &Counter{Subject: m.Subject, Sequence: m.Sequence, Value: new(big.Int), Added: new(big.Int)}
	err := json.Unmarshal(m.Data, &body)
	_, ok := c.Value.SetString(body.Value, 10)
	_, ok2 := c.Added.SetString(m.Header.Get(counterIncrement), 10)
	if err != nil || !ok || !ok2 {
		return nil, fmt.Errorf("%w: message %d, of %s, is no counter's: %.80q", jetstream.ErrInvalidJetStreamResponse, m.Sequence, m.Subject, m.Data)
	}
	return c, nil
}
