package request

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

var errDoubt = errors.New("in doubt")

type message struct{ text string }

// inbox is a subscription of a testHost.
type inbox struct {
	subject       string
	once          bool
	take          func(string, *message)
	removed, told bool
}

func (i *inbox) Remove(tell bool) { i.removed, i.told = true, tell }

// testHost is a connection whose server does as the test says.
type testHost struct {
	inboxes []*inbox
	refuse  error        // of Subscribe
	fence   chan error   // the answer to Fence
	sent    chan Message // by Publish
	number  uint64       // of the last message
	publish func() error // nil: it works
	settle  func() error // nil: it is answered
	confirm func() error // nil: it is answered
	posted  []func()     // by Post

	withdrawn []uint64 // by Withdraw
}

func (h *testHost) InboxPrefix() string { return "_INBOX." }

func (h *testHost) Subscribe(subject string, once bool, take func(string, *message)) (Inbox, error) {
	if h.refuse != nil {
		return nil, h.refuse
	}
	i := &inbox{subject: subject, once: once, take: take}
	h.inboxes = append(h.inboxes, i)
	return i, nil
}

func (h *testHost) Fence() (<-chan error, error) { return h.fence, nil }

func (h *testHost) Publish(_ context.Context, m *Message, number *atomic.Uint64) error {
	if h.publish != nil {
		if err := h.publish(); err != nil {
			return err
		}
	}
	h.number++
	number.Store(h.number)
	h.sent <- *m
	return nil
}

func (h *testHost) Confirm(context.Context, *Message) (uint64, error) {
	h.number++
	if h.confirm != nil {
		return h.number, h.confirm()
	}
	return h.number, nil
}

func (h *testHost) Settle(context.Context) error {
	if h.settle != nil {
		return h.settle()
	}
	return nil
}

func (h *testHost) Withdraw(number uint64) { h.withdrawn = append(h.withdrawn, number) }

func (h *testHost) InDoubt(err error) bool { return err == errDoubt }
func (h *testHost) Post(f func())          { h.posted = append(h.posted, f) }

func newTable() (*Table[message], *testHost) {
	h := &testHost{fence: make(chan error, 1), sent: make(chan Message, 100)}
	t := new(Table[message])
	t.Init(h)
	return t, h
}

func begin(tb testing.TB, t *Table[message], subject string, again *Pending) (*Waiter[message], string) {
	tb.Helper()
	w, reply, err := t.Begin(subject, again)
	if err != nil {
		tb.Fatal(err)
	}
	if !strings.HasPrefix(reply, t.prefix) || len(reply) != len(t.prefix)+tokenLen {
		tb.Fatalf("reply subject %q", reply)
	}
	return w, reply
}

// failed is why a request that has ended failed; nil if it goes on.
func failed(w *Waiter[message]) error {
	select {
	case err := <-w.fail:
		return err
	default:
		return nil
	}
}
