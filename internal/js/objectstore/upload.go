package objectstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/alarm"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/object"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/wire"
)

const (
	// chunkResend is after which silence a chunk is sent again.
	chunkResend = 3 * time.Second
	// chunkWait and chunkMaxWait are how long nothing is sent after a refusal.
	chunkWait    = 25 * time.Millisecond
	chunkMaxWait = time.Second
)

// upload joins the machine of one Put with the world. It keeps each chunk until the
// stream has it. mu is held while a chunk is numbered and queued, so that both orders
// are one; queueing doesn't wait.
type upload struct {
	store   *Store
	nuid    string
	subject string
	inbox   string // with its final dot
	ctx     context.Context
	cancel  context.CancelFunc
	removal sync.WaitGroup

	mu     sync.Mutex
	m      *object.Upload
	acts   []object.Action
	chunks [][]byte // that aren't freed, from base on
	base   int
	spare  [][]byte
	hdr    []byte // room for the headers of one
	sub    port.Sub
	alarm  alarm.Alarm
	err    error
	over   bool
	wake   chan struct{} // one token: something changed

	born time.Time // zero of the machine's clock
}

// now is the time of the machine.
func (u *upload) now() time.Duration { return time.Since(u.born) }

func (s *Store) upload(ctx context.Context, nuid string) (*upload, error) {
	u := &upload{
		store: s, nuid: nuid, subject: object.ChunksOf(s.Bucket, nuid),
		inbox: s.host.NewInbox() + ".", wake: make(chan struct{}, 1), born: time.Now(),
	}
	cfg := object.Config{
		Window: object.Window, Resend: chunkResend, Wait: chunkWait, MaxWait: chunkMaxWait, Chance: rand.Int64N,
	}
	if _, ok := ctx.Deadline(); !ok {
		cfg.Patience = Patience
	}
	u.m = object.NewUpload(cfg)
	u.ctx, u.cancel = context.WithCancel(ctx)
	sub, err := s.host.Inline(u.inbox+"*", u.answer, u.ended)
	if err != nil {
		u.cancel()
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sub = sub
	if _, up := s.host.Watch(u); up {
		u.acts = u.m.LinkUp(u.now(), u.acts[:0])
		u.act(nil, port.Link{})
	}
	return u, nil
}

// close lets go of everything. Nothing is sent behind it.
func (u *upload) close() {
	u.mu.Lock()
	u.over = true
	u.chunks, u.spare = nil, nil
	u.alarm.Stop()
	u.mu.Unlock()
	u.store.host.Unwatch(u)
	u.sub.Stop()
	u.cancel()
	u.removal.Wait()
}

func (u *upload) ended() { u.fail(u.store.errs.Closed) }

func (u *upload) fail(err error) {
	u.mu.Lock()
	u.failLocked(err)
	u.mu.Unlock()
}

func (u *upload) failLocked(err error) {
	if u.err == nil {
		u.err = err
	}
	u.m.Stop()
	u.signal()
}

// giveUp waits, not for long, until the stream has said something of all that is on
// its way, so that it can be removed. It says whether it has.
func (u *upload) giveUp() (quiet bool) {
	u.mu.Lock()
	u.m.Stop()
	u.mu.Unlock()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	for {
		u.mu.Lock()
		n := u.m.Flying()
		u.mu.Unlock()
		if n == 0 {
			return true
		}
		select {
		case <-u.wake:
		case <-timer.C:
			return false
		}
	}
}

func (u *upload) signal() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// wait waits until a condition holds, which is asked under the lock.
func (u *upload) wait(cond func() bool) error {
	for {
		u.mu.Lock()
		err, ok := u.err, cond()
		u.mu.Unlock()
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		select {
		case <-u.wake:
		case <-u.ctx.Done():
			return u.ctx.Err()
		}
	}
}

// buffer waits for room for a chunk and gives the memory for it.
func (u *upload) buffer(size int) (b []byte, err error) {
	err = u.wait(func() bool {
		if !u.m.Room(size) {
			return false
		}
		if n := len(u.spare); n > 0 {
			b = u.spare[n-1]
			u.spare = u.spare[:n-1]
		}
		return true
	})
	if err == nil && b == nil {
		b = make([]byte, size)
	}
	return b, err
}

// add sends a chunk, or lets it wait for its turn. The bytes are the upload's.
func (u *upload) add(b []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.chunks = append(u.chunks, b)
	u.acts = u.m.Add(u.now(), len(b), u.acts[:0])
	u.act(nil, port.Link{})
}

// flush waits until the stream has all, and says whether to ask it whether it does.
func (u *upload) flush() (verify bool, err error) {
	err = u.wait(func() bool {
		verify = u.m.Verify()
		return u.m.Held() == 0 && u.m.Deleting() == 0
	})
	return verify, err
}

// answer is called with what the stream says of a chunk.
func (u *upload) answer(m Answer) {
	id, ok := u.parse(m.Subject)
	if !ok {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over {
		return
	}
	defer u.signal()
	now := u.now()
	if m.Nobody {
		u.acts = u.m.Refused(now, id, u.acts[:0])
		u.act(nil, port.Link{})
		return
	}
	ack, ok := api.ParsePubAck(m.Data, u.store.stream())
	switch {
	case !ok:
		u.failLocked(fmt.Errorf("%w: %q", u.store.errs.InvalidAck, m.Data[:min(len(m.Data), 80)]))
	case ack.Err == nil:
		u.acts = u.m.Acked(now, id, ack.Seq, u.acts[:0])
		u.act(nil, port.Link{})
	case object.UnderWay(int(ack.Err.ErrCode)):
		u.acts = u.m.UnderWay(now, id, u.acts[:0])
		u.act(nil, port.Link{})
	case object.Temporary(ack.Err.Code, int(ack.Err.ErrCode)):
		u.acts = u.m.Refused(now, id, u.acts[:0])
		u.act(nil, port.Link{})
	default:
		u.failLocked(u.store.errs.Refused(ack.Err))
	}
}

// reply is the subject for what the stream says of a chunk.
func (u *upload) reply(id object.ID) string {
	b := make([]byte, 0, len(u.inbox)+16)
	b = append(b, u.inbox...)
	b = strconv.AppendInt(b, int64(id.Index), 36)
	b = append(b, '-')
	return string(strconv.AppendUint(b, uint64(id.Attempt), 36))
}

func (u *upload) parse(subject string) (id object.ID, ok bool) {
	index, attempt, ok := strings.Cut(subject[min(len(u.inbox), len(subject)):], "-")
	if !ok {
		return id, false
	}
	i, err := strconv.ParseInt(index, 36, 0)
	a, err2 := strconv.ParseUint(attempt, 36, 32)
	return object.ID{Index: int(i), Attempt: uint32(a)}, err == nil && err2 == nil
}

// header is the id of a chunk. It is good until the next.
func (u *upload) header(id object.ID) []byte {
	b := append(u.hdr[:0], "NATS/1.0\r\n"+idHeader+": "...)
	b = append(b, u.nuid...)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(id.Index), 36)
	if id.Attempt > 0 {
		b = append(b, '.')
		b = strconv.AppendUint(b, uint64(id.Attempt), 36)
	}
	u.hdr = append(b, "\r\n\r\n"...)
	return u.hdr
}

// indexOf is which chunk of an object an id names; not ok: it is none of header's.
func indexOf(nuid, id string) (index int, ok bool) {
	rest, ok := strings.CutPrefix(id, nuid+".")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ".")
	n, err := strconv.ParseUint(number, 36, 32)
	return int(n), err == nil
}

// act does what the machine says. Chunks are published, or appended to frames.
func (u *upload) act(frames *[]byte, l port.Link) {
	now := u.now()
	room := true
	for i := 0; i < len(u.acts); i++ {
		switch a := u.acts[i]; a.Kind {
		case object.Send:
			data := u.chunks[a.ID.Index-u.base]
			hdr := u.header(a.ID)
			switch {
			case u.err != nil:
			case frames != nil:
				if l.MaxPayload > 0 && int64(len(hdr)+len(data)) > l.MaxPayload {
					u.failLocked(u.store.errs.MaxPayload)
					continue
				}
				*frames = wire.AppendPub(*frames, u.subject, u.reply(a.ID), hdr, data)
				u.m.Sent(a.ID.Index, 0)
			default:
				u.publish(now, a.ID, hdr, data, &room)
			}
		case object.Free:
			if b := u.chunks[0]; cap(b) > 0 {
				u.spare = append(u.spare, b[:cap(b)])
			}
			u.chunks = append(u.chunks[:0], u.chunks[1:]...)
			u.base++
			u.signal()
		case object.Delete:
			u.removal.Add(1)
			go u.remove(a.Seq)
		case object.Abort:
			if a.Why == object.Timeout {
				u.failLocked(fmt.Errorf("%w: stream %s took no chunk of the object for %v", u.store.errs.Timeout, u.store.stream(), Patience))
			} else {
				u.failLocked(fmt.Errorf("%w: stream %s can't be brought to have the chunks in order", u.store.errs.DigestMismatch, u.store.stream()))
			}
		}
	}
	u.arm()
}

func (u *upload) publish(now time.Duration, id object.ID, hdr, data []byte, room *bool) {
	if !*room { // behind one that found none
		u.m.Unsent(now, id.Index)
		return
	}
	number, err := u.store.host.Queue(u.subject, u.reply(id), hdr, data)
	switch {
	case err == nil:
		u.m.Sent(id.Index, number)
	case slices.Contains(u.store.errs.Final, err):
		u.failLocked(err)
	default:
		*room = false
		u.m.Unsent(now, id.Index)
	}
}

// remove takes a message out of the stream, as often as it takes.
func (u *upload) remove(seq uint64) {
	defer u.removal.Done()
	_, err := u.store.removeChunk(u.ctx, seq)
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil {
		u.failLocked(err)
		return
	}
	u.acts = u.m.Gone(u.now(), u.acts[:0])
	u.act(nil, port.Link{})
	u.signal()
}

// LinkUp is called for each new link.
func (u *upload) LinkUp(l port.Link, frames []byte) []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over {
		return frames
	}
	u.acts = u.m.LinkUp(u.now(), u.acts[:0])
	u.act(&frames, l)
	return frames
}

// LinkDown is called when a link is gone.
func (u *upload) LinkDown(_, gone uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.m.LinkDown(gone)
	u.arm()
}

// GaveUp is called when the connection gave up chunks that were queued.
func (u *upload) GaveUp(first, last uint64, _ error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.m.GaveUp(u.now(), first, last)
	u.arm()
}

func (u *upload) tick() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.alarm.Rang()
	if u.over {
		return
	}
	u.acts = u.m.Tick(u.now(), u.acts[:0])
	u.act(nil, port.Link{})
}

// arm sets the alarm for what is due.
func (u *upload) arm() {
	if at, ok := u.m.Deadline(); ok && !u.over && u.alarm.Wants(at) {
		u.alarm.Set(at, at-u.now(), u.tick)
	}
}
