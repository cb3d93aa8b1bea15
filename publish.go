package nats

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// Publish sends data to the subject. It queues the message and returns; it never
// waits for a dial or, as long as there is room in the outbound buffer, for the
// socket. In a stream that is more than a fast socket takes it may pause for some
// 50 µs, so that what waits in the buffer remains little; and so it may when many
// goroutines publish at once, out of each other's way. While the connection is
// away the message waits in the buffer, see [ReconnectBufSize] and [OutboundFull].
// The data may be changed once Publish has returned.
//
// Errors: [ErrBadSubject], [ErrMaxPayload], [ErrReconnectBufExceeded],
// [ErrOutboundFull], [ErrConnectionDraining], [ErrConnectionClosed].
func (nc *Conn) Publish(subj string, data []byte) error {
	_, err := nc.publish(nil, subj, "", nil, data)
	return err
}

// PublishRequest publishes with a reply subject, to which whoever handles the
// message may answer. Use [Conn.Request] to wait for one answer. An empty reply
// is [ErrBadSubject].
func (nc *Conn) PublishRequest(subj, reply string, data []byte) error {
	if nc != nil && reply == "" && !nc.Opts.SkipSubjectValidation {
		return ErrBadSubject
	}
	_, err := nc.publish(nil, subj, reply, nil, data)
	return err
}

// PublishMsg publishes a message with its headers and its reply subject.
// [ErrHeadersNotSupported] says that the server in use can't take headers,
// [ErrInvalidMsg] that m is nil.
func (nc *Conn) PublishMsg(m *Msg) error {
	_, err := nc.publishMsg(nil, m)
	return err
}

// PublishWithContext is [Conn.PublishMsg] that waits, until ctx is done, for
// room in the outbound buffer, connected or not, whatever [OutboundFull] says.
func (nc *Conn) PublishWithContext(ctx context.Context, m *Msg) error {
	if ctx == nil {
		return ErrInvalidContext
	}
	_, err := nc.publishMsg(&roomWait{ctx: ctx, always: true}, m)
	return err
}

func (nc *Conn) publishMsg(rw *roomWait, m *Msg) (seq uint64, err error) {
	if m == nil {
		return 0, ErrInvalidMsg
	}
	if nc == nil {
		return 0, ErrInvalidConnection
	}
	hdr, err := nc.headerBytes(m)
	if err != nil {
		return 0, err
	}
	return nc.publish(rw, m.Subject, m.Reply, hdr, m.Data)
}

// publish queues one message and returns its number in the outbound order.
func (nc *Conn) publish(rw *roomWait, subj, reply string, hdr, data []byte) (seq uint64, err error) {
	if nc == nil {
		return 0, ErrInvalidConnection
	}
	if subj == "" || !nc.Opts.SkipSubjectValidation && badPublishSubject(subj) {
		return 0, ErrBadSubject
	}
	if reply != "" && !nc.Opts.SkipSubjectValidation && badPublishSubject(reply) {
		return 0, ErrBadSubject
	}
	payload := len(hdr) + len(data)
	s := &nc.out
	if !s.mu.TryLock() {
		if rw != nil && rw.never {
			s.mu.Lock()
		} else {
			s.enterCrowd()
		}
	}
	if s.refused != nil {
		err = s.refused
		s.mu.Unlock()
		return 0, err
	}
	if nc.tooLarge(payload) {
		s.mu.Unlock()
		return 0, ErrMaxPayload
	}
	if s.link == nil || s.fences.held > 0 || s.buf.Size() >= s.limit {
		size := wire.PubSize(subj, reply, len(hdr), len(data))
		if s.fullLocked(size) {
			err = s.makeRoom(rw, size)
			if err == nil && nc.tooLarge(payload) { // for the server of by now
				err = ErrMaxPayload
			}
			if err != nil {
				s.mu.Unlock()
				return 0, err
			}
		}
	}
	if hdr != nil && s.link != nil && !s.link.info.Headers {
		s.mu.Unlock()
		return 0, ErrHeadersNotSupported
	}
	if s.ttl > 0 {
		s.stampLocked()
	}
	s.buf.Pub(subj, reply, hdr, data)
	nc.OutMsgs++
	nc.OutBytes += uint64(payload)
	if s.buf.Size() >= s.mark || s.fences.held > 0 {
		s.fillLocked()
	}
	if s.fences.dueLocked(s) {
		s.fences.publishedLocked(s)
	}
	seq = s.buf.Seq()
	if rw != nil {
		rw.publishedLocked(s, seq)
	}
	if !s.writing && s.link != nil && s.dueLocked() {
		if s.gather.on || rw != nil && rw.urgent {
			s.sendLocked()
		} else {
			s.kickLocked() // the system call isn't on the caller's time
		}
	}
	pause := rw == nil && s.pacedLocked()
	s.mu.Unlock()
	if pause {
		time.Sleep(pacePause)
	}
	return seq, nil
}

// tooLarge says whether the server in use, or the last one, takes no payload of
// that size. Under the sender's lock it is the server that the message goes to.
func (nc *Conn) tooLarge(payload int) bool {
	max := nc.state.maxPayload.Load()
	return max > 0 && int64(payload) > max
}

// fullLocked says whether a frame of size bytes has no room. The limit of what
// waits may be crossed by the last frame, as in nats.go; that of what is held is
// strict, save for a frame that finds nothing else.
func (s *sender) fullLocked(size int) bool {
	return s.buf.Size() >= s.limitLocked() || s.fences.heldFull(s, size)
}

// limitLocked returns how many bytes may wait.
func (s *sender) limitLocked() int {
	if s.link == nil {
		return s.offLimit
	}
	return s.limit
}

// roomWait says how a publish waits for room in the outbound buffer. Nil: as the
// policy says, however long that takes.
type roomWait struct {
	ctx    context.Context // ends the wait; may be nil
	limit  time.Duration   // ends it too, if positive
	always bool            // wait whatever the policy says
	never  bool            // don't wait, whatever the policy says; such a one is shared
	waited time.Duration   // how long it took; set by makeRoom

	urgent bool // not about room: whoever publishes waits for what comes of it

	// Not about room, but to be done before the message's connection can be lost:
	confirm bool           // register a waiter for the message itself
	waiter  *fenceWaiter   // that waiter
	number  *atomic.Uint64 // where the message's number is put; may be nil
}

func (rw *roomWait) publishedLocked(s *sender, seq uint64) {
	if rw.confirm {
		rw.waiter = s.fences.await(seq, true)
	}
	if rw.number != nil {
		rw.number.Store(seq)
	}
}

// makeRoom does what the policy says when a frame has no room. It is called and
// returns with the lock held, and lets go of it while it waits.
func (s *sender) makeRoom(rw *roomWait, size int) error {
	if rw == nil {
		rw = &roomWait{}
	}
	if rw.never {
		rw = &roomWait{never: true}
	}
	ctx := rw.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	begin := time.Now()
	defer func() { rw.waited = time.Since(begin) }()
	policy := s.nc.Opts.OutboundFull
	var timer *time.Timer
	defer func() {
		if timer != nil {
			timer.Stop()
		}
	}()
	for {
		if s.refused != nil {
			return s.refused
		}
		if s.gather.on && !s.writing {
			s.sendLocked() // what gathers takes the room
		}
		if !s.fullLocked(size) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return noRoom(size, err)
		}
		s.fullToldLocked()
		s.askForRoomLocked(size)
		wait := time.Duration(-1) // as long as it takes
		switch {
		case rw.never:
			return s.fullError(size)
		case rw.always:
		case policy == DropOldest:
			if s.dropOldestLocked(size) {
				return nil
			}
			if s.link == nil {
				return s.fullError(size)
			}
			// What is unconfirmed can't be given up: its answer makes room.
			if wait = s.patienceLocked(); wait <= 0 {
				return s.fullError(size)
			}
		case policy == FailPublish:
			return s.fullError(size)
		case policy == WaitForRoom:
			if s.offLimit < 0 && s.link == nil {
				return s.fullError(size)
			}
		default:
			if s.link == nil {
				return s.fullError(size)
			}
			// Back-pressure while the socket moves; a stalled one is an error.
			if wait = s.patienceLocked(); wait <= 0 {
				return s.fullError(size)
			}
		}
		if rw.limit > 0 {
			left := rw.limit - time.Since(begin)
			if left <= 0 {
				return noRoom(size, ErrTimeout)
			}
			if wait < 0 || left < wait {
				wait = left
			}
		}
		room := s.roomLocked()
		var expired <-chan time.Time
		if wait >= 0 {
			if timer == nil {
				timer = time.NewTimer(wait)
			} else {
				timer.Reset(wait)
			}
			expired = timer.C
		}
		s.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		case <-expired:
		}
		s.mu.Lock()
	}
}

// askForRoomLocked asks for the PONG that makes room among what is unconfirmed, if
// no PING for it is under way.
func (s *sender) askForRoomLocked(size int) {
	if s.link != nil && s.fences.heldFull(s, size) && s.buf.SinceFence().Msgs > 0 {
		s.fences.want = true
		s.kickLocked()
	}
}

func noRoom(size int, why error) error {
	return fmt.Errorf("%w: no room for %d bytes: %w", ErrOutboundFull, size, why)
}

// stallLimit is how long the default policy believes in a socket that takes
// nothing.
const stallLimit = time.Second

// patienceLocked returns how much longer a socket that takes nothing is believed in.
func (s *sender) patienceLocked() time.Duration {
	if s.starting {
		return stallLimit // the socket hasn't been tried yet
	}
	if left := stallLimit - s.stalledLocked(); left > 0 {
		return left
	}
	if now := time.Since(s.nc.start); s.link.getsOn(now, now-stallLimit) {
		s.progress.Store(s.link.ackedAt.Load()) // too full to take more, and yet it gets on
	}
	return stallLimit - s.stalledLocked()
}

// stalledLocked returns for how long the socket has taken nothing.
func (s *sender) stalledLocked() time.Duration {
	return time.Since(s.nc.start) - time.Duration(s.progress.Load())
}

// fullError says which buffer is full. Away from a server it is also
// ErrReconnectBufExceeded, which programs written for nats.go look for.
func (s *sender) fullError(size int) error {
	waiting, held := s.buf.Size(), s.fences.heldFull(s, size)
	switch {
	case s.link == nil && !held:
		return ErrReconnectBufExceeded
	case s.link == nil:
		return fmt.Errorf("%w: %d bytes wait for a connection; AtLeastOnceLimit allows %d, and a message of %d more was not accepted",
			ErrReconnectBufExceeded, waiting, s.fences.held, size)
	}
	err := fmt.Errorf("%w: %d bytes wait for server %s", ErrOutboundFull, waiting, s.link.url.Redacted())
	if d := s.stalledLocked(); waiting > 0 && d >= stallLimit {
		err = fmt.Errorf("%w, which has taken nothing for %v", err, d.Round(time.Millisecond))
	}
	if held {
		return fmt.Errorf("%w; with %d unconfirmed ones that is what AtLeastOnceLimit allows (%d), and a message of %d was not accepted",
			err, s.buf.Held(), s.fences.held, size)
	}
	return fmt.Errorf("%w; ReconnectBufSize allows %d, and a message of %d was not accepted", err, s.limit, size)
}
