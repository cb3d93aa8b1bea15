package send

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// writeBatch bounds one write to the socket, so that progress is seen and
	// room is made in steps.
	writeBatch = 256 << 10
	// keptPieces is how many pieces of a batch there is always room for, ownPieces how many
	// in a list that a connection keeps for itself.
	keptPieces = 1024
	ownPieces  = 8
	// progressSlice is how long a write goes on before it is looked at.
	progressSlice = 250 * time.Millisecond
)

// batches are the lists of pieces of those who write. They are shared, since most
// connections don't write most of the time.
var batches = sync.Pool{New: func() any { return new([][]byte) }}

// listLocked returns an empty list for whoever writes now. Those who write little, and
// often, have one of their own: a pool forgets what another processor gave back.
func (s *Sender) listLocked() *[][]byte {
	if b := s.busy; b != nil && b.list != nil {
		list := b.list
		b.list = nil
		return list
	}
	return batches.Get().(*[][]byte)
}

// putListLocked gives a list back.
func (s *Sender) putListLocked(list *[][]byte) {
	letGo(list)
	switch {
	case s.busy != nil && cap(*list) <= ownPieces:
		s.busy.list = list
	case cap(*list) <= keptPieces:
		batches.Put(list)
	}
}

// letGo empties a list of what was written: it mustn't pin what is pooled elsewhere.
func letGo(list *[][]byte) {
	clear(*list)
	*list = (*list)[:0]
}

// kickLocked starts the writer unless it runs already.
func (s *Sender) kickLocked() {
	if s.writing || s.link == nil || s.broken || s.buf.Sealed() {
		return
	}
	s.writing = true
	s.startLocked()
}

// startLocked has the writer begin: it is the one who writes from now on.
func (s *Sender) startLocked() {
	s.starting = true
	if s.lingers {
		s.rouseLocked()
	} else {
		go s.run()
	}
}

// work is the writer's goroutine.
func (s *Sender) work() {
	for more := s.write(); more != nil; more = s.write() {
		if _, ok := <-more; !ok {
			return
		}
	}
}

// write carries batches to one link until there is nothing left or the link is out of
// use. It returns where to wait for more, or nil if there is nothing to be waited for.
func (s *Sender) write() (more <-chan struct{}) {
	var failed error
	begin := s.clock()
	s.quick(begin)
	s.progress.Store(int64(begin)) // nothing was waiting until now
	s.yield(begin)
	s.mu.Lock()
	s.turns.begins(uint32(s.buf.Seq()))
	list := s.listLocked()
	s.starting = false
	l := s.link
	for l != nil && s.link == l && failed == nil {
		s.fenceBeforeBatchLocked()
		s.pongsLocked()
		batch := s.buf.Batch(*list, writeBatch)
		*list = batch
		if len(batch) == 0 {
			break
		}
		s.mu.Unlock()
		begin := s.clock()
		n, err := s.carry(l, batch)
		letGo(list)
		took := s.clock() - begin
		s.mu.Lock()
		s.batchTookLocked(n, took)
		s.wroteLocked(n)
		failed = s.writeError(l, err)
		s.wakeLocked()
		if failed == nil && s.leaveLocked(l, n) {
			break
		}
	}
	if failed != nil {
		inUse := s.link == l
		s.broken = s.broken || inUse
		s.mu.Unlock() // the connection may be the program's own
		s.owner.WriteFailed(l, failed, inUse)
		s.mu.Lock()
	}
	s.putListLocked(list)
	s.writing = false
	var after func()
	if b := s.busy; b != nil {
		after, b.detached = b.detached, nil
	}
	// A link that was adopted while this writer was on its way out.
	if s.link != nil && s.link != l {
		s.kickLocked()
	} else {
		more = s.lingerLocked()
	}
	s.mu.Unlock()
	if after != nil {
		after()
	}
	return more
}

// wroteLocked takes the batch back, of which the socket took n bytes.
func (s *Sender) wroteLocked(n int) {
	s.buf.Wrote(n)
	s.earlyPongsLocked()
	s.written += uint64(n)
}

// carry writes a batch. It ends with a time-out when the socket has taken nothing
// for the WriteLimit; a slow one that takes something now and then is all right.
func (s *Sender) carry(l Link, batch [][]byte) (total int, err error) {
	limit := s.cfg.WriteLimit
	slice := limit
	resumes := l.Terms().Resumes
	if resumes {
		// Look up often: a large write on a slow link is progress, too.
		slice = progressSlice
		if d := s.cfg.WriteStep; d > 0 {
			slice = min(slice, d)
		}
		if limit > 0 {
			slice = min(slice, limit)
		}
	}
	l.Guard(s.owner.Start(), limit)
	defer l.Unguard()
	var stuck time.Duration
	for len(batch) > 0 {
		var n int
		batch, n, err = l.Write(batch, slice)
		if n > 0 {
			total += n
			stuck = 0
			s.moved()
		}
		switch {
		case err == nil:
			continue
		case !resumes || !isTimeout(err):
			return total, err
		case n == 0:
			if now := s.clock(); getsOn(l, now, now-slice) {
				stuck = 0
				s.moved()
			} else if stuck += slice; limit > 0 && stuck >= limit {
				return total, err
			}
		}
	}
	return total, nil
}

// moved notes that the socket takes what it is given.
func (s *Sender) moved() { s.progress.Store(int64(s.clock())) }

// writeError says whether a write's error ends the link. A socket that took too
// long is reported and tried again, unless the user wants to reconnect then or
// the connection can't go on after a write that was cut short.
func (s *Sender) writeError(l Link, err error) error {
	if err == nil {
		return nil
	}
	if !isTimeout(err) || s.cfg.FailSlow || !l.Terms().Resumes {
		return err
	}
	s.owner.Slow(err)
	return nil
}

// isTimeout says that a deadline passed, after which a socket can be used again. It
// can't when the system has given the connection up, which looks much like it.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &ne) && ne.Timeout() && !errors.Is(err, syscall.ETIMEDOUT)
}
