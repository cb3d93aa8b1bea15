package send

import (
	"time"

	"github.com/evernats/nats/internal/wire"
)

// Sight is what can be seen of a link from here at one moment.
type Sight struct {
	Written    uint64        // bytes that the socket has taken
	Progress   time.Duration // when it last took some, or had none to take, since the start
	Mark       uint64        // what Written will be when a PING queued now is written
	Confirmed  uint64        // bytes of messages that the server has confirmed
	Unanswered uint64        // and of those that were written and aren't confirmed
}

// Sight looks at the link in use.
func (s *Sender) Sight() Sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Sight{
		Written: s.written, Progress: time.Duration(s.progress.Load()),
		Mark:      s.written + uint64(s.buf.Size()+len(wire.PingLine)),
		Confirmed: s.buf.Settled().Bytes, Unanswered: s.buf.Unconfirmed().Bytes,
	}
}
