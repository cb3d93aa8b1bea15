package jetstream

import (
	"context"
	"fmt"
)

// StreamManager makes, finds and removes streams.
//
// Errors of all its methods: [ErrStreamNameRequired] and [ErrInvalidStreamName] for
// names that can't be, [nats.ErrNoResponders] when nobody answers for the API, the
// context's, and an [APIError] for whatever else the server has against it.
type StreamManager interface {
	// CreateStream makes a stream. One that is there already with the same
	// configuration is fine; with another it is [ErrStreamNameAlreadyInUse].
	CreateStream(ctx context.Context, cfg StreamConfig) (Stream, error)
	// UpdateStream changes a stream's configuration. [ErrStreamNotFound] says that
	// there is none.
	UpdateStream(ctx context.Context, cfg StreamConfig) (Stream, error)
	// CreateOrUpdateStream changes the stream, or makes it.
	CreateOrUpdateStream(ctx context.Context, cfg StreamConfig) (Stream, error)
	// Stream finds a stream, or returns [ErrStreamNotFound].
	Stream(ctx context.Context, stream string) (Stream, error)
	// StreamNameBySubject names the stream that stores what is published to the
	// subject. [ErrStreamNotFound] says that none does, [ErrInvalidSubject] that it is
	// no subject.
	StreamNameBySubject(ctx context.Context, subject string) (string, error)
	// DeleteStream removes a stream with all that is in it, or returns
	// [ErrStreamNotFound].
	DeleteStream(ctx context.Context, stream string) error
	// ListStreams asks for all streams, and returns when it has them.
	ListStreams(context.Context, ...StreamListOpt) StreamInfoLister
	// StreamNames asks for the names of all streams, and returns when it has them.
	StreamNames(context.Context, ...StreamListOpt) StreamNameLister
}

type streamResponse struct {
	response
	*StreamInfo
}

// info is the answer's stream, or the error.
func (r *streamResponse) info() (*StreamInfo, error) {
	switch {
	case r.Error != nil:
		return nil, r.Error.sentinel()
	case r.StreamInfo == nil:
		return nil, empty("stream")
	}
	return r.StreamInfo, nil
}

func (js *jetStream) CreateStream(ctx context.Context, cfg StreamConfig) (Stream, error) {
	return js.putStream(ctx, js.api.StreamCreate(cfg.Name), cfg)
}

func (js *jetStream) UpdateStream(ctx context.Context, cfg StreamConfig) (Stream, error) {
	return js.putStream(ctx, js.api.StreamUpdate(cfg.Name), cfg)
}

func (js *jetStream) CreateOrUpdateStream(ctx context.Context, cfg StreamConfig) (Stream, error) {
	s, err := js.UpdateStream(ctx, cfg)
	if err == ErrStreamNotFound {
		return js.CreateStream(ctx, cfg)
	}
	return s, err
}

func (js *jetStream) putStream(ctx context.Context, subject string, cfg StreamConfig) (Stream, error) {
	if err := checkStream(cfg.Name); err != nil {
		return nil, err
	}
	cfg, err := withDomains(cfg)
	if err != nil {
		return nil, err
	}
	var resp streamResponse
	// A stream that is there with the same configuration is no error, so it may be
	// asked again.
	if err := js.ask(ctx, subject, cfg, &resp, safe); err != nil {
		return nil, err
	}
	info, err := resp.info()
	if err != nil {
		return nil, err
	}
	if err := kept(&cfg, &info.Config); err != nil {
		return nil, err
	}
	return js.stream(info), nil
}

// withDomains fills in how sources in other domains are reached. The caller's
// sources stay as they are.
func withDomains(cfg StreamConfig) (StreamConfig, error) {
	reach := func(s *StreamSource) (*StreamSource, error) {
		if s == nil || s.Domain == "" {
			return s, nil
		}
		if s.External != nil {
			return nil, invalid("source %s has both a domain and External", s.Name)
		}
		c := *s
		c.External = &ExternalStream{APIPrefix: "$JS." + s.Domain + ".API"}
		return &c, nil
	}
	var err error
	if cfg.Mirror, err = reach(cfg.Mirror); err != nil {
		return cfg, err
	}
	sources := cfg.Sources
	cfg.Sources = nil
	for _, s := range sources {
		c, err := reach(s)
		if err != nil {
			return cfg, err
		}
		cfg.Sources = append(cfg.Sources, c)
	}
	return cfg, nil
}

// kept says whether a server dropped what it doesn't know.
func kept(asked, got *StreamConfig) error {
	switch {
	case len(got.Sources) != len(asked.Sources):
		return ErrStreamSourceNotSupported
	case asked.SubjectTransform != nil && got.SubjectTransform == nil:
		return ErrStreamSubjectTransformNotSupported
	}
	for i, s := range asked.Sources {
		if s == nil || got.Sources[i] == nil {
			continue
		}
		switch len(got.Sources[i].SubjectTransforms) {
		case len(s.SubjectTransforms):
		case 0:
			return ErrStreamSourceSubjectTransformNotSupported
		default:
			return ErrStreamSourceMultipleFilterSubjectsNotSupported
		}
	}
	return nil
}

func (js *jetStream) Stream(ctx context.Context, stream string) (Stream, error) {
	if err := checkStream(stream); err != nil {
		return nil, err
	}
	info, err := js.streamInfo(ctx, stream)
	if err != nil {
		return nil, err
	}
	return js.stream(info), nil
}

// streamInfo asks for a stream.
func (js *jetStream) streamInfo(ctx context.Context, stream string) (*StreamInfo, error) {
	var resp streamResponse
	if err := js.ask(ctx, js.api.StreamInfo(stream), nil, &resp, safe); err != nil {
		return nil, err
	}
	return resp.info()
}

func (js *jetStream) DeleteStream(ctx context.Context, stream string) error {
	if err := checkStream(stream); err != nil {
		return err
	}
	return js.command(ctx, js.api.StreamDelete(stream), nil, nil)
}

// command asks for something that is done or not. failed is the error when it is not.
func (js *jetStream) command(ctx context.Context, subject string, body any, failed error) error {
	var resp struct {
		response
		Success bool `json:"success"`
	}
	if err := js.ask(ctx, subject, body, &resp, once); err != nil {
		return err
	}
	switch {
	case resp.Error != nil && failed != nil:
		return fmt.Errorf("%w: %w", failed, resp.Error.sentinel())
	case resp.Error != nil:
		return resp.Error.sentinel()
	case resp.Success:
		return nil
	case failed != nil:
		return failed
	}
	return fmt.Errorf("%w: neither success nor an error", ErrInvalidJetStreamResponse)
}

func (js *jetStream) StreamNameBySubject(ctx context.Context, subject string) (string, error) {
	if badFilter(subject) {
		return "", ErrInvalidSubject
	}
	var resp struct {
		response
		Streams []string `json:"streams"`
	}
	if err := js.ask(ctx, js.api.StreamNames(), streamsRequest{Subject: subject}, &resp, safe); err != nil {
		return "", err
	}
	if resp.Error != nil {
		return "", resp.Error.sentinel()
	}
	if len(resp.Streams) == 0 {
		return "", ErrStreamNotFound
	}
	return resp.Streams[0], nil
}
