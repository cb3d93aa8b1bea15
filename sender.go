package nats

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/wire"
)

const (
	// writeBatch bounds one write to the socket, so that progress is seen and
	// room is made in steps.
	writeBatch = 256 << 10
	// keptPieces is how many pieces of a batch there is always room for.
	keptPieces = 1024
	// closeFlushLimit bounds how long Close lets the queue drain behind its back.
	closeFlushLimit = time.Second
	// closeFlushPatience is how long Close itself waits without progress.
	closeFlushPatience = time.Millisecond
)

// sender owns the outbound buffer. Its lock is the one that publishers meet, so
// nothing that can wait happens under it: encoding goes on under the lock, the
// socket's write doesn't.
type sender struct {
	nc *Conn

	mu       sync.Mutex
	buf      *outbound.Buffer
	link     *link         // the link that is written to; nil while there is none
	writing  bool          // a writer goroutine runs; a batch may be out
	refused  error         // why nothing is accepted any more
	leftover uint64        // bytes of messages that were given up when the connection was closed
	limit    int           // bytes that may wait while connected
	offLimit int           // the same while not connected
	written  uint64        // bytes the socket has taken
	settled  chan struct{} // closed when the buffer is sealed, or the link gone; nil: it isn't to be
	answered bool          // a PONG has come on this link
	early    int           // PONGs that came before the write of their PING returned
	starting bool          // the writer was started and hasn't come to it yet
	progress atomic.Int64  // nanoseconds since the connection's start: the socket took bytes, or had none to take, then
	run      func()        // write, made a function once
	alone    time.Duration // until then the writer doesn't wait for company; the writer's own
	batch    [][]byte      // of whoever writes
	detached []func()
	room     chan struct{} // closed when the socket took something; nil: nobody waits

	fences    fenceList
	controls  controls
	gather    gathering
	crowd     crowd
	mark      int           // bytes that may wait before it is looked at whether they are many
	confirmed time.Duration // when a PONG last answered a fence, since the connection's start
	ttl       time.Duration
	ttlTimer  *time.Timer
	ttlArmed  bool
	fast      bool // the socket took the last batch quickly
	high      bool // an event has told that the buffer fills up
	full      bool // and that it is full
}

func (s *sender) init(nc *Conn, cfg outbound.Config) {
	s.nc = nc
	s.buf = outbound.New(cfg)
	s.run = s.write
	s.limit = DefaultReconnectBufSize
	s.offLimit = nc.Opts.ReconnectBufSize
	if s.offLimit > 0 {
		s.limit = s.offLimit
	}
	s.ttl = nc.Opts.PublishTTL
	s.fences.init(&nc.Opts)
	s.mark = s.limit / 4 * 3
}

// refuse makes every later call fail with err. The first closing reason stays.
func (s *sender) refuse(err error) {
	s.mu.Lock()
	if s.refused != ErrConnectionClosed {
		s.refused = err
	}
	s.wakeLocked()
	s.mu.Unlock()
}

// kickLocked starts the writer unless it runs already.
func (s *sender) kickLocked() {
	if s.writing || s.link == nil || s.link.broken.Load() != nil {
		return
	}
	s.writing, s.starting = true, true
	go s.run()
}

// write is the writer: it carries batches to one link until there is nothing
// left or the link is out of use.
func (s *sender) write() {
	var failed error
	s.moved() // nothing was waiting until now
	s.awaitCompany()
	s.mu.Lock()
	s.starting = false
	l := s.link
	for l != nil && s.link == l && failed == nil {
		s.fences.beforeBatchLocked(s)
		s.pongsLocked()
		batch := s.buf.Batch(s.batch[:0], writeBatch)
		s.batch = batch
		if len(batch) == 0 {
			break
		}
		s.mu.Unlock()
		begin := time.Since(s.nc.start)
		n, err := s.carry(l, batch)
		took := time.Since(s.nc.start) - begin
		s.mu.Lock()
		s.batchTookLocked(n, took)
		s.buf.Wrote(n)
		s.earlyPongsLocked()
		s.written += uint64(n)
		failed = s.writeError(l, err)
		s.wakeLocked()
		if failed == nil && s.leaveLocked(l, n) {
			break
		}
	}
	if failed != nil {
		broken := s.link == l && !l.closed.Load()
		s.mu.Unlock() // the connection may be the program's own
		err := l.ended(phaseWrite, failed)
		if broken {
			s.nc.events.asyncError(s.nc, nil, err)
		}
		l.fail(err)
		s.mu.Lock()
	}
	if clear(s.batch[:cap(s.batch)]); cap(s.batch) > keptPieces { // it mustn't pin what is pooled
		s.batch = nil
	}
	s.writing = false
	after := s.detached
	s.detached = nil
	// A link that was adopted while this writer was on its way out.
	if s.link != nil && s.link != l {
		s.kickLocked()
	}
	s.mu.Unlock()
	for _, f := range after {
		f()
	}
}

// carry writes a batch. It ends with a time-out when the socket has taken nothing
// for FlusherTimeout; a slow one that takes something now and then is all right.
func (s *sender) carry(l *link, batch [][]byte) (total int, err error) {
	limit := s.nc.Opts.flusherLimit()
	slice := limit
	if l.resumes {
		// Look up often: a large write on a slow link is progress, too.
		slice = progressSlice
		if d := s.nc.Opts.StaleAfter; d > 0 {
			slice = min(slice, max(d/watchSteps, time.Millisecond))
		}
		if limit > 0 {
			slice = min(slice, limit)
		}
	}
	l.watchWrite(s.nc.start, limit)
	defer l.endWatch()
	var stuck time.Duration
	for len(batch) > 0 {
		var n int
		batch, n, err = l.write(batch, slice)
		if n > 0 {
			total += n
			stuck = 0
			s.moved()
		}
		switch {
		case err == nil:
			continue
		case !l.resumes || !isTimeout(err):
			return total, err
		case n == 0:
			if now := time.Since(s.nc.start); l.getsOn(now, now-slice) {
				stuck = 0
				s.moved()
			} else if stuck += slice; limit > 0 && stuck >= limit {
				return total, err
			}
		}
	}
	return total, nil
}

// progressSlice is how long a write goes on before it is looked at.
const progressSlice = 250 * time.Millisecond

// moved notes that the socket takes what it is given.
func (s *sender) moved() { s.progress.Store(int64(time.Since(s.nc.start))) }

// writeError says whether a write's error ends the link. A socket that took too
// long is reported and tried again, unless the user wants to reconnect then or
// the connection can't go on after a write that was cut short.
func (s *sender) writeError(l *link, err error) error {
	if err == nil {
		return nil
	}
	if !isTimeout(err) || s.nc.Opts.ReconnectOnFlusherError || !l.resumes {
		return err
	}
	s.nc.events.asyncError(s.nc, nil, err)
	return nil
}

// wakeLocked lets publishers that wait for room look again.
func (s *sender) wakeLocked() {
	if s.high {
		s.fillLocked()
	}
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// roomLocked returns a channel that is closed when there may be more room.
func (s *sender) roomLocked() <-chan struct{} {
	if s.room == nil {
		s.room = make(chan struct{})
	}
	return s.room
}

// attachLocked puts a fresh link to use: prefix goes out before everything else.
func (s *sender) attachLocked(l *link, prefix []byte) {
	s.expireLocked()
	payload, keep := s.fitsLocked(l)
	s.reportLocked(s.buf.ConnectedWithin(prefix, payload, l.info.Headers, keep), nil)
	s.link, s.early, s.gather.on, s.answered = l, 0, false, false
	s.controls = controls{}
	s.moved()
	s.fences.resumeLocked(s)
	s.kickLocked()
	s.wakeLocked()
}

// fitsLocked returns what says whether queued messages can go to the link's server;
// nil when all of them can.
func (s *sender) fitsLocked(l *link) (payload int, keep func(*wire.Op) error) {
	payload = int(l.info.MaxPayload)
	if largest, headers := s.buf.Largest(); payload > 0 && largest > payload || headers && !l.info.Headers {
		keep = func(op *wire.Op) error { return fits(op, &l.info) }
	}
	return payload, keep
}

// fitTo gives up what is queued and can't go to the link's server, a part at a time:
// of hundreds of thousands of messages all may have to be looked at, and publishers
// meet at the lock.
func (s *sender) fitTo(l *link) {
	for s.fitSome(l) {
	}
}

func (s *sender) fitSome(l *link) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	payload, keep := s.fitsLocked(l)
	if keep == nil {
		return false
	}
	gone, more := s.buf.Fit(payload, l.info.Headers, fitChunks, keep)
	s.reportLocked(gone, nil)
	return more
}

// fitChunks is how many pieces of the buffer are looked at under one hold of the lock.
const fitChunks = 4

// fits says why a queued message can't go to a server.
func fits(op *wire.Op, info *ServerInfo) error {
	if op.Header != nil && !info.Headers {
		return ErrHeadersNotSupported
	}
	if info.MaxPayload > 0 && int64(len(op.Header)+len(op.Payload)) > info.MaxPayload {
		return ErrMaxPayload
	}
	return nil
}

// detach takes the link out of use. f is called at once with true when no write
// is under way, otherwise from the writer with false when it is back.
func (s *sender) detach(f func(back bool)) {
	s.mu.Lock()
	s.link = nil
	if s.settled != nil {
		close(s.settled)
		s.settled = nil
	}
	s.wakeLocked()
	if s.writing {
		s.detached = append(s.detached, func() { f(false) })
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	f(true)
}

// settleForClose waits until the server has what was published, and gives up after
// a moment without progress. It returns nil when there is nothing more to wait for,
// else a channel that brings the end. Closing the socket any sooner could cost
// what it has taken: when an answer to a PING meets a closed socket, the system
// resets the connection, and what is under way is gone.
func (s *sender) settleForClose() <-chan error {
	s.mu.Lock()
	if s.link == nil || !s.writing && s.buf.Size() == 0 && s.buf.Unconfirmed().Msgs == 0 {
		s.mu.Unlock()
		return nil
	}
	s.buf.Unseal() // what a voluntary reconnect would have kept for the next link
	w := s.fences.await(s.buf.Seq(), false)
	s.fences.closer = w
	s.kickLocked()
	s.mu.Unlock()
	t := time.NewTimer(closeFlushPatience)
	defer t.Stop()
	for {
		s.mu.Lock()
		if s.link == nil {
			s.mu.Unlock()
			return nil
		}
		room := s.roomLocked()
		s.mu.Unlock()
		select {
		case <-w.done:
			return nil
		case <-room:
			t.Reset(closeFlushPatience)
		case <-t.C:
			return w.done
		}
	}
}

// discard frees what a closed connection still had queued.
func (s *sender) discard() {
	s.mu.Lock()
	left := s.buf.Close()
	s.leftover = left.Bytes
	s.reportSpan(left, ErrConnectionClosed)
	for _, t := range []*time.Timer{s.ttlTimer, s.gather.timer} {
		if t != nil {
			t.Stop() // it would keep the connection in memory
		}
	}
	s.mu.Unlock()
}

func (s *sender) addReconnect() {
	s.mu.Lock()
	s.nc.Reconnects++
	s.mu.Unlock()
}
