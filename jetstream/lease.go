package jetstream

import (
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
)

// lease is for how long a message is the client's, once it was delivered: what waits for a
// slow handler for longer is delivered to somebody else, or again. So it isn't handled, since
// that would be twice, and what has waited for some of its time gets all of it anew when
// the handler begins. nil: nobody has to acknowledge, or one acknowledgement is for many.
type lease struct {
	wait    time.Duration
	backOff []time.Duration
	most    uint64        // deliveries of a message; 0: no bound
	least   time.Duration // the shortest time for one
}

// defaultAckWait is the server's.
const defaultAckWait = 30 * time.Second

func leaseOf(cfg *ConsumerConfig) *lease {
	if cfg.AckPolicy != AckExplicitPolicy {
		return nil
	}
	l := &lease{wait: cfg.AckWait, backOff: cfg.BackOff, most: uint64(max(cfg.MaxDeliver, 0))}
	if l.wait <= 0 {
		l.wait = defaultAckWait
	}
	if l.least = l.wait; len(l.backOff) > 0 {
		for _, d := range l.backOff {
			l.least = min(l.least, d)
		}
	}
	return l
}

// what is to be done with a message that waited.
type what uint8

const (
	handle what = iota
	extend      // and handle
	leave
)

// of says what to do with a message that was delivered so often and has waited.
func (l *lease) of(delivered uint64, waited time.Duration) what {
	wait := l.wait
	if n := len(l.backOff); n > 0 {
		wait = l.backOff[min(max(delivered, 1), uint64(n))-1]
	}
	switch {
	case waited < wait/4:
		return handle
	case waited < wait-wait/8: // the server counts from before it came, and has to hear of it
		return extend
	case l.most > 0 && delivered >= l.most:
		return extend // nobody else gets it any more
	}
	return leave
}

// holds says whether a message that came then may be handled.
func (l *lease) holds(js *jetStream, m *nats.Msg, came time.Duration) bool {
	if l == nil {
		return true
	}
	waited := js.now() - came
	if waited < l.least/4 {
		return true
	}
	d, ok := api.ParseAck(m.Reply)
	if !ok {
		return true
	}
	switch l.of(d.Delivered, waited) {
	case extend:
		js.port.Publish(m.Reply, "", nil, ackProgress)
	case leave:
		return false
	}
	return true
}
