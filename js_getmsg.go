package nats

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

type jsMsgGet struct {
	Seq     uint64 `json:"seq,omitempty"`
	LastFor string `json:"last_by_subj,omitempty"`
	NextFor string `json:"next_by_subj,omitempty"`
}

func (js *jsContext) GetMsg(name string, seq uint64, opts ...JSOpt) (*RawStreamMsg, error) {
	return js.getMsg(name, jsMsgGet{Seq: seq}, opts)
}

func (js *jsContext) GetLastMsg(name, subject string, opts ...JSOpt) (*RawStreamMsg, error) {
	return js.getMsg(name, jsMsgGet{LastFor: subject}, opts)
}

func (js *jsContext) getMsg(name string, req jsMsgGet, opts []JSOpt) (*RawStreamMsg, error) {
	o, cancel, err := js.call(opts)
	if err != nil {
		return nil, err
	}
	defer cancel()
	if err := jsCheckStream(name); err != nil {
		return nil, err
	}
	if o.direct {
		return js.directGet(&o, name, req)
	}
	var resp struct {
		jsResponse
		Message *struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  string    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := js.ask(&o, o.api.MsgGet(name), req, &resp, jsSafe); err != nil {
		return nil, err
	}
	switch {
	case resp.Error != nil:
		return nil, resp.Error.sentinel(ErrMsgNotFound, ErrStreamNotFound)
	case resp.Message == nil:
		return nil, jsEmpty("message")
	}
	m := &RawStreamMsg{Subject: resp.Message.Subject, Sequence: resp.Message.Seq, Data: resp.Message.Data, Time: resp.Message.Time}
	if resp.Message.Header != "" {
		block, err := base64.StdEncoding.DecodeString(resp.Message.Header)
		if err == nil {
			m.Header, err = DecodeHeadersMsg(block)
		}
		if err != nil {
			return nil, fmt.Errorf("nats: the headers of message %d: %w", m.Sequence, err)
		}
	}
	return m, nil
}

// directGet reads a message from whichever server with a copy is the nearest.
func (js *jsContext) directGet(o *jsOpts, name string, req jsMsgGet) (*RawStreamMsg, error) {
	if o.directNext != "" {
		req.NextFor = o.directNext
	}
	subject := o.api.DirectGet(name)
	var payload []byte
	if req.LastFor != "" && req.NextFor == "" {
		subject = o.api.DirectGetLast(name, req.LastFor)
	} else {
		var err error
		if payload, err = json.Marshal(req); err != nil {
			return nil, err
		}
	}
	m, err := js.raw(o, subject, payload, jsSafe)
	if err != nil {
		return nil, err
	}
	return jsRawMsg(m)
}

// jsRawMsg reads the answer to a direct get.
func jsRawMsg(m *Msg) (*RawStreamMsg, error) {
	stored, missing := api.ParseStored(m.Header)
	if missing == "" {
		return &RawStreamMsg{Subject: stored.Subject, Sequence: stored.Sequence, Header: m.Header, Data: m.Data, Time: stored.Time}, nil
	}
	switch code := m.Header.Get("Status"); code {
	case "404":
		return nil, ErrMsgNotFound
	case "":
		return nil, fmt.Errorf("nats: the message has no header %s", missing)
	}
	return nil, fmt.Errorf("nats: unable to get message: %s", m.Header.Get("Description"))
}
