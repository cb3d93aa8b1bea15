package nats

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/evernats/nats/internal/request"
	"github.com/evernats/nats/internal/send"
)

// requesting is what internal/request needs of a connection.
type requesting struct{ nc *Conn }

func (r requesting) InboxPrefix() string { return r.nc.inboxPrefix() }

func (r requesting) Subscribe(subject string, once bool, take func(string, *Msg)) (request.Inbox, error) {
	s, err := r.nc.subscribe(subConfig{Subject: subject, Inline: func(m *Msg) { take(m.Subject, m) }}, nil)
	if err != nil {
		return nil, err
	}
	if once {
		if err := s.AutoUnsubscribe(1); err != nil {
			s.in.Remove(true)
			return nil, err
		}
	}
	return &s.in, nil
}

func (r requesting) Fence() (answer <-chan error, err error) {
	w, err := r.nc.fence()
	if err != nil {
		return nil, err
	}
	return w.Done(), nil
}

func (r requesting) Publish(ctx context.Context, m *request.Message, number *atomic.Uint64) error {
	_, err := r.nc.publish(&send.Publication{Ctx: ctx, Always: true, Number: number}, m.Subject, m.Reply, m.Header, m.Data)
	return err
}

func (r requesting) Confirm(ctx context.Context, m *request.Message) (number uint64, err error) {
	p := send.Publication{Ctx: ctx, Always: true, Confirm: true}
	if number, err = r.nc.publish(&p, m.Subject, m.Reply, m.Header, m.Data); err != nil {
		return 0, err
	}
	return number, r.nc.await(ctx, p.Waiter)
}

func (r requesting) Settle(ctx context.Context) error {
	w, err := r.nc.fence()
	if err != nil {
		return err
	}
	return r.nc.await(ctx, w)
}

func (r requesting) Withdraw(number uint64) { r.nc.out.Withdraw([]uint64{number}) }

func (r requesting) InDoubt(err error) bool { return errors.Is(err, ErrInDoubt) }

func (r requesting) Post(f func()) { r.nc.session.Post(f) }
