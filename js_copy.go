package nats

import (
	"context"
	"time"

	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/request"
	"github.com/evernats/nats/internal/send"
)

// requestCopy asks with a message that a stream stores once, by its id, for as long as it
// remembers that. It is sent again when the link is lost.
func (nc *Conn) requestCopy(ctx context.Context, subj string, hdr, data []byte, c port.Copy) (m *Msg, told port.Told, err error) {
	told.Since = time.Now()
	if err := ctx.Err(); err != nil {
		return nil, told, err
	}
	w, reply, err := nc.beginRequest(subj, request.Alone(subj, hdr, data))
	if err != nil {
		return nil, told, err
	}
	p := send.Publication{Ctx: ctx, Urgent: true, Number: w.Number()}
	if _, err = nc.publish(&p, subj, reply, hdr, data); err == nil {
		m, err = nc.awaitCopy(ctx, w, c, &told)
	}
	again, number := nc.reqs.Release(w, err == nil || err == ErrNoResponders)
	told.Repeated = told.Repeated || again
	if number > 0 && (told.Repeated || err != nil && !c.Earlier.IsZero()) {
		nc.out.Withdraw([]uint64{number}) // an earlier one may be stored
	}
	return m, told, err
}

// awaitCopy waits for the answer. The time that the message is queued is no silence.
func (nc *Conn) awaitCopy(ctx context.Context, w *request.Waiter[Msg], c port.Copy, told *port.Told) (*Msg, error) {
	for waited := false; ; {
		m, err := w.Wait(ctx, c.Silence)
		switch {
		case err == nil:
			return answer(m)
		case err != request.OutOfTime:
			return nil, ofRequest(err)
		}
		number := w.Number().Load()
		told.Repeated = told.Repeated || nc.reqs.Repeated(w) || number > 0 && number <= nc.out.Repeats()
		queued := number == 0 || nc.out.Queued(number)
		switch {
		case over(c, told):
			return nil, port.ErrSilent
		case queued && !told.Repeated:
			told.Since = time.Now()
		case !queued && !waited:
			return nil, port.ErrSilent
		}
		waited = queued // if it is, its time begins at most now
	}
}

// over says whether no copy may go out any more, since the stream may have forgotten one.
func over(c port.Copy, told *port.Told) bool {
	switch {
	case !c.Earlier.IsZero():
		return time.Since(c.Earlier) >= c.Replay
	case told.Repeated:
		return time.Since(told.Since) >= c.Replay
	}
	return false
}
