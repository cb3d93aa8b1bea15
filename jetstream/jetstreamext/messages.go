package jetstreamext

import (
	"context"
	"errors"
	"iter"

	"github.com/evernats/nats/jetstream"
)

// Messages gives one message after another of what [jetstream.Consumer].Messages began.
// What is over soon, such as [jetstream.ErrNoHeartbeat], is given as an error with no
// message, and the loop may go on. It ends, behind what was given last, when the iterator
// is stopped or drained, which is no error, or with the context's error,
// [jetstream.ErrConsumerDeleted] or [jetstream.ErrConnectionClosed]. The iterator stays: it
// can be ranged over again, and Stop or Drain is its owner's to call.
func Messages(ctx context.Context, it jetstream.MessagesContext) iter.Seq2[jetstream.Msg, error] {
	return func(yield func(jetstream.Msg, error) bool) {
		for {
			m, err := it.Next(jetstream.NextContext(ctx))
			if err != nil {
				if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
					return
				}
				done := ctx.Err()
				if done != nil {
					err = done
				}
				last := done != nil || errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConnectionClosed)
				if !yield(nil, err) || last {
					return
				}
				continue
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// Batch gives the messages of a fetch as they come, and behind the last why it ended, if
// that is an error. It takes what Fetch, FetchBytes and FetchNoWait return:
//
//	for m, err := range jetstreamext.Batch(consumer.Fetch(100)) {
//
// Messages that a loop leaves behind are delivered again after their AckWait.
func Batch(b jetstream.MessageBatch, err error) iter.Seq2[jetstream.Msg, error] {
	return func(yield func(jetstream.Msg, error) bool) {
		if err != nil {
			yield(nil, err)
			return
		}
		for m := range b.Messages() {
			if !yield(m, nil) {
				return
			}
		}
		if err := b.Error(); err != nil {
			yield(nil, err)
		}
	}
}
