package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/send"
)

// What the JetStream packages need of a connection beyond its exported methods.

func init() {
	port.Register(func(conn any) any { return jsPort{conn.(*Conn)} })
}

type jsPort struct{ nc *Conn }

func portLink(l *link) port.Link {
	return port.Link{Epoch: l.Epoch(), MaxPayload: l.Info().MaxPayload, Headers: l.Info().Headers}
}

func (p jsPort) Watch(l port.Listener) (port.Link, bool) { return p.nc.links.Add(l) }

func (p jsPort) Unwatch(l port.Listener) { p.nc.links.Remove(l) }

func (p jsPort) Inline(subject string, take func(*Msg), drained, ended func(), quiet bool) (port.Sub, error) {
	return p.inline(subConfig{Subject: subject, Inline: take, Drained: drained, Quiet: quiet}, ended)
}

func (p jsPort) InlineRuns(subject string, take func([]Msg, bool), memory func(int) []byte, drained, ended func()) (port.Sub, error) {
	return p.inline(subConfig{Subject: subject, Runs: take, Memory: memory, Drained: drained}, ended)
}

func (p jsPort) InlineGroup(subject, group string, take func(*Msg), drained, ended func()) (port.Sub, error) {
	return p.inline(subConfig{Subject: subject, Queue: group, Inline: take, Drained: drained}, ended)
}

func (p jsPort) inline(cfg subConfig, ended func()) (port.Sub, error) {
	if ended != nil {
		cfg.Closed = func(string) { ended() }
	}
	s, err := p.nc.subscribe(cfg, nil)
	if err != nil {
		return nil, err
	}
	return portSub{s}, nil
}

type portSub struct{ s *Subscription }

func (j portSub) Stop()  { j.s.in.Remove(true) }
func (j portSub) Drain() { j.s.in.Drain() }

// atOnce publishes without waiting for room.
var atOnce = &send.Publication{Never: true}

func (p jsPort) Publish(subject, reply string, hdr, data []byte) (uint64, error) {
	return p.nc.publish(atOnce, subject, reply, hdr, data)
}

func (p jsPort) Withdraw(numbers []uint64) []uint64 { return p.nc.out.Withdraw(numbers) }

func (p jsPort) Queued(number uint64) bool { return p.nc.out.Queued(number) }

func (p jsPort) Repeats() uint64 { return p.nc.out.Repeats() }

func (p jsPort) Epoch() uint64 { return p.nc.epoch() }

// epoch is that of the link in use; 0 while there is none.
func (nc *Conn) epoch() uint64 {
	if l := nc.session.Current(); l != nil {
		return l.Epoch()
	}
	return 0
}

func (p jsPort) Room(size int) error { return p.nc.room(size) }

// room is for who publishes with atOnce, and was told that the buffer is full.
func (nc *Conn) room(size int) error {
	if err := nc.out.Room(size); err != nil {
		return ofSend(err)
	}
	return nil
}

// full says whether an error of a publish is that there was no room.
func full(err error) bool {
	return errors.Is(err, ErrOutboundFull) || errors.Is(err, ErrReconnectBufExceeded)
}

func (p jsPort) Request(ctx context.Context, subject string, hdr, data []byte, again bool) (*Msg, error) {
	return p.nc.requestWith(ctx, subject, hdr, data, 0, again || p.nc.Opts.RetryRequestsOnDisconnect)
}

func (p jsPort) RequestFor(limit time.Duration, subject string, hdr, data []byte, again bool) (*Msg, error) {
	m, err := p.nc.requestWith(nil, subject, hdr, data, max(limit, 1), again || p.nc.Opts.RetryRequestsOnDisconnect)
	switch {
	case err == ErrTimeout:
		return nil, context.DeadlineExceeded
	case errors.Is(err, ErrTimeout) && errors.Is(err, ErrOutboundFull):
		return nil, fmt.Errorf("%w: no room for %d bytes: %w", ErrOutboundFull, len(hdr)+len(data), context.DeadlineExceeded)
	}
	return m, err
}

func (p jsPort) RequestCopy(ctx context.Context, subject string, hdr, data []byte, c port.Copy) (*Msg, port.Told, error) {
	return p.nc.requestCopy(ctx, subject, hdr, data, c)
}

func (p jsPort) RequestTold(ctx context.Context, subject string, hdr, data []byte, again bool) (*Msg, bool, error) {
	return p.nc.requestTold(ctx, subject, hdr, data, 0, again || p.nc.Opts.RetryRequestsOnDisconnect)
}
