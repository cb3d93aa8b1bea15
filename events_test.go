package nats

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/evernats/nats/internal/notify"
)

// Dropped messages are told to their handler, runs of them summed up, and to the error
// handler where there is none.
func TestDroppedMessagesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := notify.Run{Msgs: 2, Size: 20, Err: ErrMessageExpired}
		want := DroppedMsg{Msgs: 6, Size: 60, Err: ErrMessageExpired}
		var told []error
		nc := &Conn{}
		nc.Opts.AsyncErrorCB = func(of *Conn, sub *Subscription, err error) {
			if of != nc || sub != nil {
				t.Errorf("told of %p, %v", of, sub)
			}
			told = append(told, err)
		}
		for range 3 {
			nc.events.droppedRun(nc, run)
		}
		synctest.Wait()
		var sum DroppedMsg
		for _, err := range told {
			var d *DroppedError
			if !errors.As(err, &d) || !errors.Is(err, ErrMessageExpired) {
				t.Fatalf("told %v", err)
			}
			sum.Msgs, sum.Size, sum.Err = sum.Msgs+d.Msg.Msgs, sum.Size+d.Msg.Size, d.Msg.Err
		}
		if sum != want {
			t.Errorf("the error handler was told %+v, want %+v in all", sum, want)
		}

		told = nil
		one := DroppedMsg{Msgs: 1, Subject: "a", Size: 3, Err: ErrMaxPayload}
		nc.events.droppedMsg(nc, &one)
		synctest.Wait()
		var d *DroppedError
		if len(told) != 1 || !errors.As(told[0], &d) || d.Msg != one {
			t.Errorf("the error handler was told %v, want one of %+v", told, one)
		}

		told, sum = nil, DroppedMsg{}
		nc.Opts.MessageDroppedCB = func(_ *Conn, m *DroppedMsg) {
			sum.Msgs, sum.Size, sum.Err = sum.Msgs+m.Msgs, sum.Size+m.Size, m.Err
		}
		for range 3 {
			nc.events.droppedRun(nc, run)
		}
		synctest.Wait()
		if sum != want || told != nil {
			t.Errorf("the handler was told %+v, want %+v in all; the error handler %v", sum, want, told)
		}
	})
}
