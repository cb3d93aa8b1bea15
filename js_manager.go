package nats

import (
	"errors"
	"fmt"
	"maps"
)

type jsStreamResponse struct {
	jsResponse
	*StreamInfo
}

func (js *jsContext) AccountInfo(opts ...JSOpt) (*AccountInfo, error) {
	o, cancel, err := js.call(opts)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var resp struct {
		jsResponse
		AccountInfo
	}
	if err := js.ask(&o, o.api.AccountInfo(), nil, &resp, jsSafe); err != nil {
		if errors.Is(err, ErrNoResponders) {
			err = ErrJetStreamNotEnabled
		}
		return nil, err
	}
	if resp.Error != nil {
		return nil, resp.Error.sentinel(ErrJetStreamNotEnabled, ErrJetStreamNotEnabledForAccount)
	}
	return &resp.AccountInfo, nil
}

func (js *jsContext) AddStream(cfg *StreamConfig, opts ...JSOpt) (*StreamInfo, error) {
	return js.putStream(cfg, opts, false)
}

func (js *jsContext) UpdateStream(cfg *StreamConfig, opts ...JSOpt) (*StreamInfo, error) {
	return js.putStream(cfg, opts, true)
}

func (js *jsContext) putStream(cfg *StreamConfig, opts []JSOpt, update bool) (*StreamInfo, error) {
	if cfg == nil {
		return nil, ErrStreamConfigRequired
	}
	if err := jsCheckStream(cfg.Name); err != nil {
		return nil, err
	}
	if jsBadName(cfg.Name) {
		return nil, ErrInvalidStreamName
	}
	asked, err := jsWithDomains(*cfg)
	if err != nil {
		return nil, err
	}
	o, cancel, err := js.call(opts)
	if err != nil {
		return nil, err
	}
	defer cancel()
	subject := o.api.StreamCreate(cfg.Name)
	if update {
		subject = o.api.StreamUpdate(cfg.Name)
	}
	var resp jsStreamResponse
	// A stream that is there with the same configuration is no error, so it may be asked
	// again.
	if err := js.ask(&o, subject, &asked, &resp, jsSafe); err != nil {
		return nil, err
	}
	switch {
	case resp.Error != nil && update:
		return nil, resp.Error.sentinel(ErrStreamNotFound)
	case resp.Error != nil:
		return nil, resp.Error.sentinel(ErrStreamNameAlreadyInUse)
	case resp.StreamInfo == nil:
		return nil, jsEmpty("stream")
	}
	return resp.StreamInfo, jsKept(&asked, &resp.Config)
}

// jsWithDomains fills in how sources in other domains are reached. The caller's sources
// stay as they are.
func jsWithDomains(cfg StreamConfig) (StreamConfig, error) {
	reach := func(s *StreamSource) (*StreamSource, error) {
		if s == nil || s.Domain == "" {
			return s, nil
		}
		if s.External != nil {
			return nil, errors.New("nats: domain and external are both set")
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

// jsKept says whether a server dropped what it doesn't know.
func jsKept(asked, got *StreamConfig) error {
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
			return ErrStreamSourceMultipleSubjectTransformsNotSupported
		}
	}
	return nil
}

func (js *jsContext) StreamInfo(stream string, opts ...JSOpt) (*StreamInfo, error) {
	if err := jsCheckStream(stream); err != nil {
		return nil, err
	}
	o, cancel, err := js.call(opts)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var req struct {
		StreamInfoRequest
		Offset int `json:"offset,omitempty"`
	}
	var body any
	if o.info != nil {
		req.StreamInfoRequest, body = *o.info, &req
	}
	subjects := map[string]uint64{}
	for {
		var resp struct {
			jsStreamResponse
			Total int `json:"total"`
		}
		if err := js.ask(&o, o.api.StreamInfo(stream), body, &resp, jsSafe); err != nil {
			return nil, err
		}
		switch {
		case resp.Error != nil:
			return nil, resp.Error.sentinel(ErrStreamNotFound)
		case resp.StreamInfo == nil:
			return nil, jsEmpty("stream")
		}
		got := len(resp.State.Subjects)
		maps.Copy(subjects, resp.State.Subjects)
		req.Offset += got
		if req.SubjectsFilter != "" && got > 0 && req.Offset < resp.Total {
			continue
		}
		if req.SubjectsFilter != "" && len(subjects) < resp.Total {
			return nil, fmt.Errorf("nats: stream %s has given %d of its %d subjects", stream, len(subjects), resp.Total)
		}
		if len(subjects) > 0 {
			resp.State.Subjects = subjects
		}
		return resp.StreamInfo, nil
	}
}

func (js *jsContext) DeleteStream(name string, opts ...JSOpt) error {
	if err := jsCheckStream(name); err != nil {
		return err
	}
	return js.command(opts, func(o *jsOpts) (string, any) { return o.api.StreamDelete(name), nil }, ErrStreamNotFound)
}

func (js *jsContext) PurgeStream(name string, opts ...JSOpt) error {
	if err := jsCheckStream(name); err != nil {
		return err
	}
	return js.command(opts, func(o *jsOpts) (string, any) {
		if o.purge == nil {
			return o.api.StreamPurge(name), nil
		}
		return o.api.StreamPurge(name), o.purge
	}, ErrBadRequest)
}

type jsMsgDelete struct {
	Seq     uint64 `json:"seq"`
	NoErase bool   `json:"no_erase,omitempty"`
}

func (js *jsContext) DeleteMsg(name string, seq uint64, opts ...JSOpt) error {
	return js.deleteMsg(name, jsMsgDelete{seq, true}, opts)
}

func (js *jsContext) SecureDeleteMsg(name string, seq uint64, opts ...JSOpt) error {
	return js.deleteMsg(name, jsMsgDelete{seq, false}, opts)
}

func (js *jsContext) deleteMsg(name string, req jsMsgDelete, opts []JSOpt) error {
	if err := jsCheckStream(name); err != nil {
		return err
	}
	return js.command(opts, func(o *jsOpts) (string, any) { return o.api.MsgDelete(name), req })
}

// command asks for something that is done or not.
func (js *jsContext) command(opts []JSOpt, what func(*jsOpts) (subject string, body any), sentinels ...JetStreamError) error {
	o, cancel, err := js.call(opts)
	if err != nil {
		return err
	}
	defer cancel()
	var resp struct {
		jsResponse
		Success bool `json:"success"`
	}
	subject, body := what(&o)
	if err := js.ask(&o, subject, body, &resp, jsOnce); err != nil {
		return err
	}
	switch {
	case resp.Error != nil:
		return resp.Error.sentinel(sentinels...)
	case !resp.Success:
		return jsEmpty("success")
	}
	return nil
}

func (js *jsContext) StreamNameBySubject(subject string, opts ...JSOpt) (string, error) {
	o, cancel, err := js.call(opts)
	if err != nil {
		return "", err
	}
	defer cancel()
	var resp struct {
		jsResponse
		Streams []string `json:"streams"`
	}
	if err := js.ask(&o, o.api.StreamNames(), jsPageRequest{Subject: subject}, &resp, jsSafe); err != nil {
		if errors.Is(err, ErrNoResponders) {
			err = ErrJetStreamNotEnabled
		}
		return "", err
	}
	switch {
	case resp.Error != nil:
		return "", resp.Error
	case len(resp.Streams) == 0:
		return "", ErrNoMatchingStream
	}
	return resp.Streams[0], nil
}
