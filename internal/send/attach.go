package send

import "github.com/evernats/nats/internal/wire"

// Prefix is what goes out on a link before all that is queued.
type Prefix struct {
	Frames []byte
	Ends   []int // where those parts of it end that are tried one by one; nil: none is
	Alone  int   // so many of them are sent alone, see outbound.Buffer.TryParts
}

// Attach puts a fresh link to use. What its server doesn't take is given up.
func (s *Sender) Attach(l Link, p Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attachLocked(l, p)
}

func (s *Sender) attachLocked(l Link, p Prefix) {
	terms := l.Terms()
	s.expireLocked()
	s.buf.TryParts(p.Ends, p.Alone)
	payload, keep := s.fitsLocked(terms)
	s.reportLocked(s.buf.ConnectedWithin(p.Frames, payload, terms.Headers, keep), 0)
	s.link, s.headers, s.now = l, terms.Headers, terms.Now
	s.maxPayload.Store(terms.MaxPayload)
	s.early, s.owed, s.lines = 0, 0, lines{}
	s.broken, s.gathering, s.answered, s.overrun = false, false, false, false
	s.moved()
	s.resumeFencesLocked()
	s.kickLocked()
	s.wakeLocked()
}

// SetMaxPayload takes what the server of the link in use says anew.
func (s *Sender) SetMaxPayload(l Link, n int64) {
	s.mu.Lock()
	if s.link == l {
		s.maxPayload.Store(n)
	}
	s.mu.Unlock()
}

// MaxPayload returns what the server in use takes, or the last one took; 0 if that
// isn't known.
func (s *Sender) MaxPayload() int64 { return s.maxPayload.Load() }

// fitsLocked returns what says whether queued messages can go to the link's server;
// nil when all of them can.
func (s *Sender) fitsLocked(t Terms) (payload int, keep func(*wire.Op) error) {
	payload = int(t.MaxPayload)
	if largest, headers := s.buf.Largest(); payload > 0 && largest > payload || headers && !t.Headers {
		keep = t.take
	}
	return payload, keep
}

// take says why a queued message can't go to a server.
func (t Terms) take(op *wire.Op) error {
	if op.Header != nil && !t.Headers {
		return NoHeaders
	}
	if t.MaxPayload > 0 && int64(len(op.Header)+len(op.Payload)) > t.MaxPayload {
		return TooLarge
	}
	return nil
}

// Fit gives up what is queued and can't go to the link's server, a part at a time:
// of hundreds of thousands of messages all may have to be looked at, and publishers
// meet at the lock. It is called before Attach, which finds little left to look at.
func (s *Sender) Fit(l Link) {
	for s.fitSome(l.Terms()) {
	}
}

func (s *Sender) fitSome(t Terms) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	payload, keep := s.fitsLocked(t)
	if keep == nil {
		return false
	}
	gone, more := s.buf.Fit(payload, t.Headers, fitChunks, keep)
	s.reportLocked(gone, 0)
	return more
}

// fitChunks is how many pieces of the buffer are looked at under one hold of the lock.
const fitChunks = 4

// Detach takes the link out of use. f is called at once with true when no write
// is under way, otherwise from the writer with false when it is back.
func (s *Sender) Detach(f func(back bool)) {
	s.mu.Lock()
	s.link = nil
	s.dismissLocked()
	s.settledLocked()
	s.wakeLocked()
	if s.writing {
		b := s.busyLocked()
		before := b.detached
		b.detached = func() {
			if before != nil {
				before()
			}
			f(false)
		}
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	f(true)
}
