package jetstream

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
)

// GetMsgOpt is an option of Stream.GetMsg.
type GetMsgOpt func(*apiMsgGetRequest) error

type apiMsgGetRequest struct {
	Seq     uint64 `json:"seq,omitempty"`
	LastFor string `json:"last_by_subj,omitempty"`
	NextFor string `json:"next_by_subj,omitempty"`
}

// WithGetMsgSubject makes GetMsg read the first message on the subject from the
// sequence number on. The subject may have wildcards.
func WithGetMsgSubject(subject string) GetMsgOpt {
	return func(r *apiMsgGetRequest) error {
		r.NextFor = subject
		return nil
	}
}

func (s *stream) GetMsg(ctx context.Context, seq uint64, opts ...GetMsgOpt) (*RawStreamMsg, error) {
	req := apiMsgGetRequest{Seq: seq}
	for _, o := range opts {
		if err := o(&req); err != nil {
			return nil, err
		}
	}
	return s.getMsg(ctx, &req)
}

func (s *stream) GetLastMsgForSubject(ctx context.Context, subject string) (*RawStreamMsg, error) {
	if badSubject(subject) {
		return nil, ErrInvalidSubject
	}
	return s.getMsg(ctx, &apiMsgGetRequest{LastFor: subject})
}

func (s *stream) getMsg(ctx context.Context, req *apiMsgGetRequest) (*RawStreamMsg, error) {
	if s.info.Load().Config.AllowDirect {
		return s.directGet(ctx, req)
	}
	return s.leaderGet(ctx, req)
}

// leaderGet reads a message from the stream's leader, which has the newest.
func (s *stream) leaderGet(ctx context.Context, req *apiMsgGetRequest) (*RawStreamMsg, error) {
	var resp struct {
		response
		Message *struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  string    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := s.js.ask(ctx, s.js.api.MsgGet(s.name), req, &resp, safe); err != nil {
		return nil, err
	}
	if resp.Error != nil {
		return nil, resp.Error.sentinel()
	}
	if resp.Message == nil {
		return nil, empty("message")
	}
	m := &RawStreamMsg{Subject: resp.Message.Subject, Sequence: resp.Message.Seq, Data: resp.Message.Data, Time: resp.Message.Time}
	if resp.Message.Header != "" {
		block, err := base64.StdEncoding.DecodeString(resp.Message.Header)
		if err == nil {
			m.Header, err = nats.DecodeHeadersMsg(block)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the headers of message %d: %w", ErrInvalidJetStreamResponse, m.Sequence, err)
		}
	}
	return m, nil
}

// directGet reads a message from whichever server with a copy is the nearest.
func (s *stream) directGet(ctx context.Context, req *apiMsgGetRequest) (*RawStreamMsg, error) {
	subject := s.js.api.DirectGet(s.name)
	var payload []byte
	if req.LastFor != "" && req.Seq == 0 {
		subject = s.js.api.DirectGetLast(s.name, req.LastFor)
	} else {
		var err error
		if payload, err = json.Marshal(req); err != nil {
			return nil, err
		}
	}
	m, err := s.js.raw(ctx, subject, payload, safe)
	if err != nil {
		if errors.Is(err, nats.ErrNoResponders) {
			return nil, fmt.Errorf("%w: nobody has stream %s", err, s.name)
		}
		return nil, err
	}
	return rawMsg(m)
}

// rawMsg reads the answer to a direct get.
func rawMsg(m *nats.Msg) (*RawStreamMsg, error) {
	stored, missing := api.ParseStored(m.Header)
	if missing == "" {
		return &RawStreamMsg{Subject: stored.Subject, Sequence: stored.Sequence, Header: m.Header, Data: m.Data, Time: stored.Time}, nil
	}
	code, text := m.Header.Get("Status"), m.Header.Get("Description")
	switch code {
	case "404":
		return nil, ErrMsgNotFound
	case "":
		return nil, fmt.Errorf("%w: the message has no header %s", ErrInvalidJetStreamResponse, missing)
	}
	return nil, fmt.Errorf("nats: unable to get message: %s", text)
}
