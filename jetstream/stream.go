package jetstream

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"time"
)

// Stream is one stream. It is safe for concurrent use.
type Stream interface {
	ConsumerManager
	// Info asks the server for the stream's configuration and state.
	Info(ctx context.Context, opts ...StreamInfoOpt) (*StreamInfo, error)
	// CachedInfo is what the server said last, without asking, and without the subjects that
	// Info was asked for. It is shared: don't change it.
	CachedInfo() *StreamInfo
	// Purge removes messages, all if no option says otherwise.
	Purge(ctx context.Context, opts ...StreamPurgeOpt) error
	// GetMsg reads the message with that sequence number; [ErrMsgNotFound] says that
	// there is none. With [StreamConfig].AllowDirect a server with a copy may answer,
	// which may not have the newest messages yet.
	GetMsg(ctx context.Context, seq uint64, opts ...GetMsgOpt) (*RawStreamMsg, error)
	// GetLastMsgForSubject reads the last message on the subject, which may have
	// wildcards. [ErrMsgNotFound] says that there is none.
	GetLastMsgForSubject(ctx context.Context, subject string) (*RawStreamMsg, error)
	// DeleteMsg removes a message. Its bytes stay on the disk until they are written
	// over in the course of things.
	DeleteMsg(ctx context.Context, seq uint64) error
	// SecureDeleteMsg removes a message and overwrites its bytes, which takes longer.
	SecureDeleteMsg(ctx context.Context, seq uint64) error
}

type stream struct {
	js   *jetStream
	name string
	info atomic.Pointer[StreamInfo]
}

func (js *jetStream) stream(info *StreamInfo) *stream {
	s := &stream{js: js, name: info.Config.Name}
	s.info.Store(info)
	return s
}

// StreamInfoOpt is an option of Stream.Info.
type StreamInfoOpt func(*streamInfoRequest) error

type streamInfoRequest struct {
	Offset         int    `json:"offset,omitempty"`
	DeletedDetails bool   `json:"deleted_details,omitempty"`
	SubjectsFilter string `json:"subjects_filter,omitempty"`
}

// WithDeletedDetails asks for the sequence numbers of deleted messages, in
// StreamState.Deleted.
func WithDeletedDetails(deletedDetails bool) StreamInfoOpt {
	return func(r *streamInfoRequest) error {
		r.DeletedDetails = deletedDetails
		return nil
	}
}

// WithSubjectFilter asks how many messages each subject has that matches, in
// StreamState.Subjects.
func WithSubjectFilter(subject string) StreamInfoOpt {
	return func(r *streamInfoRequest) error {
		r.SubjectsFilter = subject
		return nil
	}
}

func (s *stream) CachedInfo() *StreamInfo { return s.info.Load() }

func (s *stream) Info(ctx context.Context, opts ...StreamInfoOpt) (*StreamInfo, error) {
	var req streamInfoRequest
	for _, o := range opts {
		if err := o(&req); err != nil {
			return nil, err
		}
	}
	var body any
	if req != (streamInfoRequest{}) {
		body = &req
	}
	subjects := map[string]uint64{}
	for {
		var resp struct {
			streamResponse
			Total  int `json:"total"`
			Offset int `json:"offset"`
			Limit  int `json:"limit"`
		}
		if err := s.js.ask(ctx, s.js.api.StreamInfo(s.name), body, &resp, safe); err != nil {
			return nil, err
		}
		info, err := resp.info()
		if err != nil {
			return nil, err
		}
		got := len(info.State.Subjects)
		maps.Copy(subjects, info.State.Subjects)
		req.Offset += got
		if req.SubjectsFilter != "" && got > 0 && req.Offset < resp.Total {
			continue
		}
		if req.SubjectsFilter != "" && len(subjects) < resp.Total {
			return nil, fmt.Errorf("%w: %d of %d subjects", ErrInvalidJetStreamResponse, len(subjects), resp.Total)
		}
		if len(subjects) > 0 {
			info.State.Subjects = subjects
		}
		// What is cached is asked for without subjects, and there may be many of them.
		kept := *info
		kept.State.Subjects = nil
		s.info.Store(&kept)
		return info, nil
	}
}

// StreamPurgeOpt is an option of Stream.Purge.
type StreamPurgeOpt func(*StreamPurgeRequest) error

// StreamPurgeRequest is what a purge removes; all, if nothing is said.
type StreamPurgeRequest struct {
	// Sequence is the first to stay; 0: none.
	Sequence uint64 `json:"seq,omitempty"`
	// Subject is whose messages go; empty: all.
	Subject string `json:"filter,omitempty"`
	// Keep is how many stay; 0: none. It excludes Sequence.
	Keep uint64 `json:"keep,omitempty"`
}

// WithPurgeSubject removes messages of a subject only, which may have wildcards.
func WithPurgeSubject(subject string) StreamPurgeOpt {
	return func(r *StreamPurgeRequest) error {
		r.Subject = subject
		return nil
	}
}

// WithPurgeSequence removes messages before that one. It excludes [WithPurgeKeep].
func WithPurgeSequence(sequence uint64) StreamPurgeOpt {
	return func(r *StreamPurgeRequest) error {
		if r.Keep != 0 {
			return invalid("a purge has either a sequence number or a number of messages to keep")
		}
		r.Sequence = sequence
		return nil
	}
}

// WithPurgeKeep removes all but so many messages. It excludes [WithPurgeSequence].
func WithPurgeKeep(keep uint64) StreamPurgeOpt {
	return func(r *StreamPurgeRequest) error {
		if r.Sequence != 0 {
			return invalid("a purge has either a sequence number or a number of messages to keep")
		}
		r.Keep = keep
		return nil
	}
}

func (s *stream) Purge(ctx context.Context, opts ...StreamPurgeOpt) error {
	var req StreamPurgeRequest
	for _, o := range opts {
		if err := o(&req); err != nil {
			return err
		}
	}
	return s.js.command(ctx, s.js.api.StreamPurge(s.name), &req, nil)
}

type msgDeleteRequest struct {
	Seq     uint64 `json:"seq"`
	NoErase bool   `json:"no_erase,omitempty"`
}

func (s *stream) DeleteMsg(ctx context.Context, seq uint64) error {
	return s.js.command(ctx, s.js.api.MsgDelete(s.name), msgDeleteRequest{seq, true}, ErrMsgDeleteUnsuccessful)
}

func (s *stream) SecureDeleteMsg(ctx context.Context, seq uint64) error {
	return s.js.command(ctx, s.js.api.MsgDelete(s.name), msgDeleteRequest{seq, false}, ErrMsgDeleteUnsuccessful)
}

func (s *stream) ListConsumers(ctx context.Context) ConsumerInfoLister {
	return s.js.listConsumers(ctx, s.name)
}

func (s *stream) ConsumerNames(ctx context.Context) ConsumerNameLister {
	return s.js.consumerNames(ctx, s.name)
}

func (s *stream) CreateConsumer(ctx context.Context, cfg ConsumerConfig) (Consumer, error) {
	return s.js.CreateConsumer(ctx, s.name, cfg)
}

func (s *stream) UpdateConsumer(ctx context.Context, cfg ConsumerConfig) (Consumer, error) {
	return s.js.UpdateConsumer(ctx, s.name, cfg)
}

func (s *stream) CreateOrUpdateConsumer(ctx context.Context, cfg ConsumerConfig) (Consumer, error) {
	return s.js.CreateOrUpdateConsumer(ctx, s.name, cfg)
}

func (s *stream) Consumer(ctx context.Context, name string) (Consumer, error) {
	return s.js.Consumer(ctx, s.name, name)
}

func (s *stream) OrderedConsumer(ctx context.Context, cfg OrderedConsumerConfig) (Consumer, error) {
	return s.js.OrderedConsumer(ctx, s.name, cfg)
}

func (s *stream) DeleteConsumer(ctx context.Context, name string) error {
	return s.js.DeleteConsumer(ctx, s.name, name)
}

func (s *stream) PauseConsumer(ctx context.Context, name string, until time.Time) (*ConsumerPauseResponse, error) {
	return s.js.PauseConsumer(ctx, s.name, name, until)
}

func (s *stream) ResumeConsumer(ctx context.Context, name string) (*ConsumerPauseResponse, error) {
	return s.js.ResumeConsumer(ctx, s.name, name)
}

func (s *stream) ResetConsumer(ctx context.Context, name string) (*ConsumerResetResponse, error) {
	return s.js.ResetConsumer(ctx, s.name, name)
}

func (s *stream) ResetConsumerToSequence(ctx context.Context, name string, seq uint64) (*ConsumerResetResponse, error) {
	return s.js.ResetConsumerToSequence(ctx, s.name, name, seq)
}

func (s *stream) UnpinConsumer(ctx context.Context, name, group string) error {
	return s.js.UnpinConsumer(ctx, s.name, name, group)
}
