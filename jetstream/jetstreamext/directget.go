package jetstreamext

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/jetstream"
)

// What is asked for at once: so much that a request is worth it, and so little that what
// comes finds room.
const (
	pageMessages = 1000
	pageBytes    = 8 << 20
)

// How long nothing may come before it is asked for again, and how long nobody may be there
// who has the stream.
const (
	quiet    = 2 * time.Second
	nobody   = 2 * time.Second
	lookPace = 100 * time.Millisecond
)

// directRequest is a direct get of many messages, in JSON.
type directRequest struct {
	Sequence   uint64     `json:"seq,omitempty"`
	Batch      int        `json:"batch,omitempty"`
	MaxBytes   int        `json:"max_bytes,omitempty"`
	NextFor    string     `json:"next_by_subj,omitempty"`
	StartTime  *time.Time `json:"start_time,omitempty"`
	MultiLast  []string   `json:"multi_last,omitempty"`
	UpTo       uint64     `json:"up_to_seq,omitempty"`
	UpToTime   *time.Time `json:"up_to_time,omitempty"`
	everything bool       // Batch isn't a bound of the whole
}

// errTooMany says that a request for last messages has more answers than a server gives.
var errTooMany = errors.New("nats: too many results")

// direct reads many messages of a stream, whichever server with a copy gives them.
type direct struct {
	js      jetstream.JetStream
	nc      *nats.Conn
	stream  string
	subject string
	sub     *nats.Subscription
	inbox   string
	asked   int
}

func openDirect(js jetstream.JetStream, stream string) (*direct, error) {
	o := js.Options()
	subjects := api.WithPrefix(o.APIPrefix)
	if o.Domain != "" {
		subjects = api.InDomain(o.Domain)
	}
	if stream == "" {
		return nil, jetstream.ErrStreamNameRequired
	}
	d := &direct{js: js, nc: js.Conn(), stream: stream, subject: subjects.DirectGet(stream)}
	d.inbox = d.nc.NewInbox() + "."
	var err error
	d.sub, err = d.nc.SubscribeSync(d.inbox + "*")
	return d, err
}

func (d *direct) close() { d.sub.Unsubscribe() }

// send asks, and returns the subject of the answers.
func (d *direct) send(r *directRequest) (reply string, err error) {
	body, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	d.asked++
	reply = d.inbox + strconv.Itoa(d.asked)
	return reply, d.nc.PublishRequest(d.subject, reply, body)
}

// wait waits for the next answer, at most until something may have to be done; then it is
// nil.
func wait(ctx context.Context, sub *nats.Subscription) (*nats.Msg, error) {
	short, cancel := context.WithTimeout(ctx, lookPace)
	defer cancel()
	m, err := sub.NextMsgWithContext(short)
	if err != nil && ctx.Err() == nil && short.Err() != nil {
		return nil, nil
	}
	return m, err
}

// read asks for what r says, again when the answers stop coming, and gives each message
// once, in order. It ends when there are no more, or each returns false.
func (d *direct) read(ctx context.Context, r directRequest, each func(*jetstream.RawStreamMsg) bool) error {
	for {
		more, err := d.page(ctx, &r, each)
		if err != nil || !more {
			return err
		}
	}
}

// page is one request. r becomes what is left to be asked for.
func (d *direct) page(ctx context.Context, r *directRequest, each func(*jetstream.RawStreamMsg) bool) (more bool, err error) {
	left := r.Batch // of the whole
	q := *r
	q.MaxBytes = pageBytes
	if q.everything || q.Batch > pageMessages {
		q.Batch = pageMessages
	}
	links := d.nc.Stats().Reconnects
	reply, err := d.send(&q)
	if err != nil {
		return false, err
	}
	began := time.Now()
	heard, missing, last := began, time.Time{}, uint64(0)
	rest := func() bool { // ask for the rest
		if last > 0 {
			r.Sequence, r.StartTime = last+1, nil
		}
		r.Batch = left
		return r.everything || left > 0
	}
	for {
		m, err := wait(ctx, d.sub)
		switch {
		case errors.Is(err, nats.ErrNoResponders):
			if missing.IsZero() {
				missing = time.Now()
			}
			if time.Since(missing) > nobody {
				return false, fmt.Errorf("%w: nobody has stream %s, or it doesn't have AllowDirect", err, d.stream)
			}
			if err := sleep(ctx, lookPace); err != nil {
				return false, err
			}
			if reply, err = d.send(&q); err != nil {
				return false, err
			}
			continue
		case err != nil:
			return false, err
		case m == nil:
			if now := d.nc.Stats().Reconnects; now != links || time.Since(heard) > quiet && d.nc.IsConnected() {
				if _, ok := ctx.Deadline(); !ok && last == 0 && time.Since(began) > d.js.Options().DefaultTimeout {
					return false, fmt.Errorf("%w: nobody answers for stream %s", context.DeadlineExceeded, d.stream)
				}
				if now != links || last > 0 {
					return rest(), nil
				}
				heard = time.Now()
				if reply, err = d.send(&q); err != nil {
					return false, err
				}
			}
			continue
		case m.Subject != reply:
			continue // of a request that was given up
		}
		heard = time.Now()
		if code := m.Header.Get("Status"); code != "" && len(m.Data) == 0 && m.Header.Get("Nats-Sequence") == "" {
			switch code {
			case "204":
				pending := m.Header.Get("Nats-Num-Pending")
				if sent, err := strconv.ParseUint(m.Header.Get("Nats-Last-Sequence"), 10, 64); err == nil && sent != last {
					return rest(), nil // some got lost
				}
				return rest() && last > 0 && pending != "" && pending != "0", nil
			case "404":
				return false, nil
			case "413":
				return false, errTooMany
			}
			return false, &jetstream.APIError{Code: number(code), Description: m.Header.Get("Description")}
		}
		stored, without := api.ParseStored(m.Header)
		if without != "" {
			return false, fmt.Errorf("%w: a message of stream %s has no header %s", jetstream.ErrInvalidJetStreamResponse, d.stream, without)
		}
		if before, err := strconv.ParseUint(m.Header.Get("Nats-Last-Sequence"), 10, 64); err == nil && before != last {
			return rest(), nil // some got lost
		}
		last = stored.Sequence
		left--
		if !each(&jetstream.RawStreamMsg{Subject: stored.Subject, Sequence: stored.Sequence, Header: m.Header, Data: m.Data, Time: stored.Time}) {
			return false, nil
		}
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
