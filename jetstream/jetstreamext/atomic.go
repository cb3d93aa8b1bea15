package jetstreamext

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// What a server has against an atomic batch, for errors.Is.
var (
	// ErrAtomicDisabled: the stream doesn't have [jetstream.StreamConfig].AllowAtomicPublish.
	ErrAtomicDisabled error = &jetstream.APIError{Code: 400, ErrorCode: 10174, Description: "atomic publish is disabled"}
	// ErrAtomicIncomplete: messages of the batch didn't reach the stream.
	ErrAtomicIncomplete error = &jetstream.APIError{Code: 400, ErrorCode: 10176, Description: "atomic publish batch is incomplete"}
	// ErrAtomicTooLarge: the batch has more messages than the server allows, 1,000 by default.
	ErrAtomicTooLarge error = &jetstream.APIError{Code: 400, ErrorCode: 10199, Description: "atomic publish batch is too large"}
	// ErrAtomicDuplicate: a message with an id of the batch is stored already.
	ErrAtomicDuplicate error = &jetstream.APIError{Code: 400, ErrorCode: 10201, Description: "atomic publish batch contains duplicate message id"}
)

// codeBatches is what a server says that has too many unfinished batches at the moment; it
// forgets one after ten seconds.
const codeBatches = 10210

// The headers of a message in a batch.
const (
	batchID       = "Nats-Batch-Id"
	batchSequence = "Nats-Batch-Sequence"
	batchCommit   = "Nats-Batch-Commit"
)

// BatchAck says that a batch is stored.
type BatchAck struct {
	// Stream is the stream that stored it.
	Stream string
	// Sequence is the number of its last message there; the others have those before it.
	Sequence uint64
	// Domain is the JetStream domain.
	Domain string
	// Count is how many messages it has.
	Count int
}

// PublishAtomic publishes messages that one stream stores as a whole or not at all, in
// order and with nothing between them. All subjects must be that stream's. The messages
// may have expectations and ids in their headers, such as
// [jetstream.ExpectedLastSubjSeqHeader]; one that doesn't hold refuses the batch. They
// aren't changed, but must not be until it returns.
//
// A connection that is lost before the last message went out costs nothing: the batch is
// sent anew. So it is, until the context ends, when the server has too many unfinished batches
// at the moment. When the answer to the last message is lost, the stream is asked whether it
// has the batch; if that can't be known the error is [nats.ErrInDoubt].
//
// Other errors mean that nothing is stored: [jetstream.ErrInvalidOption] for no messages,
// [nats.ErrInvalidMsg] for one that is nil, [jetstream.ErrAsyncPublishReplySubjectSet] for
// one with a reply subject, [ErrAtomicDisabled] and the others of this file,
// [jetstream.ErrNoStreamResponse] when no stream answers for two seconds, and a
// [jetstream.APIError] for whatever else the stream has against it. The context's ends the
// waiting, which lasts for the default timeout if it has no deadline; behind the last
// message it is in doubt, too. It needs server 2.12.
func PublishAtomic(ctx context.Context, js jetstream.JetStream, msgs ...*nats.Msg) (*BatchAck, error) {
	if len(msgs) == 0 {
		return nil, fmt.Errorf("%w: a batch without messages", jetstream.ErrInvalidOption)
	}
	for _, m := range msgs {
		switch {
		case m == nil:
			return nil, nats.ErrInvalidMsg
		case m.Reply != "":
			return nil, jetstream.ErrAsyncPublishReplySubjectSet
		}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, js.Options().DefaultTimeout)
		defer cancel()
	}
	nc := js.Conn()
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox + ".*")
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe()
	a := &atomic{js: js, nc: nc, sub: sub, inbox: inbox, msgs: msgs}
	for {
		ack, again, err := a.attempt(ctx)
		if err != nil || !again {
			return ack, err
		}
	}
}

// atomic is one batch on its way.
type atomic struct {
	js      jetstream.JetStream
	nc      *nats.Conn
	sub     *nats.Subscription
	inbox   string
	msgs    []*nats.Msg
	id      string
	links   uint64
	missing time.Time     // since when no stream answers; zero: one does
	wait    time.Duration // before it is tried again
}

// batchAnswer is what a stream says.
type batchAnswer struct {
	Stream string              `json:"stream"`
	Seq    uint64              `json:"seq"`
	Domain string              `json:"domain"`
	Batch  string              `json:"batch"`
	Count  int                 `json:"count"`
	Error  *jetstream.APIError `json:"error"`
}

// attempt sends the batch under another id.
func (a *atomic) attempt(ctx context.Context) (_ *BatchAck, again bool, err error) {
	a.id, a.links = nuid.Next(), a.nc.Stats().Reconnects
	last := len(a.msgs) - 1
	for i := range a.msgs {
		if err := a.send(i, i == last); err != nil {
			return nil, false, err
		}
		if i != 0 || i == last {
			continue
		}
		// The first finds out whether there is a stream that takes it.
		answer, lost, err := a.answer(ctx, false)
		if err != nil || lost || answer == nil {
			return nil, lost || err == nil, err
		}
		if answer.Error != nil {
			return a.refused(ctx, answer.Error)
		}
	}
	answer, lost, err := a.answer(ctx, true)
	switch {
	case err == nil && lost, err != nil && ctx.Err() != nil:
		return a.settle(err)
	case err != nil:
		return nil, false, err
	case answer == nil:
		return nil, true, nil // nobody got the last one
	case answer.Error == nil && answer.Batch == a.id:
		return &BatchAck{Stream: answer.Stream, Sequence: answer.Seq, Domain: answer.Domain, Count: answer.Count}, false, nil
	case answer.Error == nil:
		return nil, false, fmt.Errorf("%w: the stream's acknowledgement has another batch, %q", jetstream.ErrInvalidJetStreamResponse, answer.Batch)
	case errors.Is(answer.Error, ErrAtomicIncomplete) && (a.links != a.nc.Stats().Reconnects || last > 0 && ctx.Err() == nil):
		// Messages were lost on the way, with a link or with a leader. Nothing is stored.
		return nil, true, sleep(ctx, lookPace)
	}
	return a.refused(ctx, answer.Error)
}

// refused says what to do about a refusal: a server that has too many batches, such as those
// whose end was lost with a link, has room again before long.
func (a *atomic) refused(ctx context.Context, e *jetstream.APIError) (_ *BatchAck, again bool, err error) {
	if e.ErrorCode != codeBatches || a.pause(ctx) != nil {
		return nil, false, e
	}
	return nil, true, nil
}

// pause waits until it is worth a new attempt: longer each time.
func (a *atomic) pause(ctx context.Context) error {
	a.wait = min(max(2*a.wait, lookPace), time.Second)
	return sleep(ctx, a.wait)
}

// send publishes a message of the batch.
func (a *atomic) send(i int, last bool) error {
	m := &nats.Msg{Subject: a.msgs[i].Subject, Data: a.msgs[i].Data, Header: nats.Header{}}
	for k, v := range a.msgs[i].Header {
		m.Header[k] = v
	}
	m.Header[batchID] = []string{a.id}
	m.Header[batchSequence] = []string{strconv.Itoa(i + 1)}
	if last {
		m.Header[batchCommit] = []string{"1"}
	}
	if i == 0 || last {
		m.Reply = a.inbox + "." + a.id
	}
	return a.nc.PublishMsg(m)
}

// answer waits for what the stream says; nil: nobody has the subject, which may be over.
// lost says that the link was, on which it was asked. An answer without a body is an empty
// one: the stream takes the batch.
func (a *atomic) answer(ctx context.Context, last bool) (_ *batchAnswer, lost bool, err error) {
	var since time.Time // when the link was seen to be another
	for {
		m, err := wait(ctx, a.sub)
		switch {
		case errors.Is(err, nats.ErrNoResponders):
			if a.missing.IsZero() {
				a.missing = time.Now()
			}
			if time.Since(a.missing) > nobody {
				return nil, false, jetstream.ErrNoStreamResponse
			}
			return nil, false, sleep(ctx, lookPace)
		case err != nil:
			return nil, false, err
		case m == nil:
			if a.links == a.nc.Stats().Reconnects {
				continue
			}
			if since.IsZero() {
				since = time.Now()
			}
			// The last may have gone out on the new link, and be answered there.
			if !last || time.Since(since) > quiet {
				return nil, true, nil
			}
			continue
		case m.Subject != a.inbox+"."+a.id:
			continue
		}
		a.missing = time.Time{}
		var answer batchAnswer
		if len(m.Data) == 0 {
			if last {
				continue // it is about the first
			}
			return &answer, false, nil
		}
		if err := json.Unmarshal(m.Data, &answer); err != nil {
			return nil, false, fmt.Errorf("%w: the answer to a batch is %.80q", jetstream.ErrInvalidJetStreamResponse, m.Data)
		}
		return &answer, false, nil
	}
}

// settle finds out what became of a batch whose last message has no answer.
func (a *atomic) settle(cause error) (_ *BatchAck, again bool, err error) {
	if cause == nil {
		cause = nats.ErrDisconnected
	}
	ctx, cancel := context.WithTimeout(context.Background(), quiet)
	defer cancel()
	subject := a.msgs[len(a.msgs)-1].Subject
	doubt := fmt.Errorf("%w: the batch of %d messages that ends with one to %s may be stored: %w", nats.ErrInDoubt, len(a.msgs), subject, cause)
	name, err := a.js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return nil, false, doubt
	}
	s, err := a.js.Stream(ctx, name)
	if err != nil {
		return nil, false, doubt
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if err != nil || m.Header.Get(batchID) != a.id {
		return nil, false, doubt
	}
	return &BatchAck{Stream: name, Sequence: m.Sequence, Count: len(a.msgs)}, false, nil
}
