package nats

import (
	"sync"

	"github.com/evernats/nats/internal/js/api"
)

// PubAckFuture says what becomes of a message that was published asynchronously. It
// ends with the stream's acknowledgement, or with an error:
//
//   - [ErrNoResponders]: no stream stores the subject, or none answered in time.
//   - An [APIError]: the stream refused the message.
//   - An [APIError] with code 10158 that isn't [ErrInDoubt]: the message isn't stored, and its
//     id can't be used before the stream's duplicate window is over or another server leads it,
//     see PublishAsync.
//   - [ErrAsyncPublishTimeout]: no acknowledgement came in time.
//   - [ErrDisconnected]: the connection was lost behind the message, which has no id, or
//     was sent too long ago to be sent again.
//   - [ErrJetStreamPublisherClosed], [ErrConnectionClosed].
//
// Where the message may be stored nevertheless, since it was sent, or an earlier copy of
// it, and no answer came, the error is [ErrInDoubt], too. One that isn't says that the
// message isn't stored; but for [ErrDisconnected] of [PublishAsyncFailOnDisconnect].
type PubAckFuture interface {
	// Ok gives the acknowledgement, once.
	Ok() <-chan *PubAck
	// Err gives the error, once.
	Err() <-chan error
	// Msg is the message.
	Msg() *Msg
}

type jsFuture struct {
	msg   *Msg
	own   Msg    // msg, if the program gave none
	frame []byte // headers and payload, as they are sent
	hdr   int    // how many of its bytes are headers

	mu   sync.Mutex
	done bool
	ack  PubAck
	bad  error
	ok   chan *PubAck
	err  chan error
}

func (f *jsFuture) header() []byte {
	if f.hdr == 0 {
		return nil
	}
	return f.frame[:f.hdr:f.hdr]
}

func (f *jsFuture) data() []byte { return f.frame[f.hdr:] }

func (f *jsFuture) Msg() *Msg { return f.msg }

func (f *jsFuture) Ok() <-chan *PubAck {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ok == nil {
		f.ok = make(chan *PubAck, 1)
		if f.done && f.bad == nil {
			f.ok <- &f.ack
		}
	}
	return f.ok
}

func (f *jsFuture) Err() <-chan error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = make(chan error, 1)
		if f.bad != nil {
			f.err <- f.bad
		}
	}
	return f.err
}

func (f *jsFuture) acknowledge(a *api.PubAck) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done, f.frame = true, nil
	f.ack = PubAck{Stream: a.Stream, Sequence: a.Seq, Duplicate: a.Duplicate, Domain: a.Domain}
	if f.ok != nil {
		f.ok <- &f.ack
	}
}

func (f *jsFuture) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done, f.frame, f.bad = true, nil, err
	if f.err != nil {
		f.err <- err
	}
}
