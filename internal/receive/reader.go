package receive

import (
	"runtime"
	"sync"

	"github.com/evernats/nats/internal/wire"
)

const (
	readBufMin  = 512       // what an idle connection keeps
	readBufMax  = 256 << 10 // what a busy one grows to
	readBufKept = 8 << 20   // what one that has got larger messages keeps for more of them
	readBusy    = 16 << 10  // a read of so much: there is more where that came from
)

// read reads the link until it fails, and tells that it has: nothing of the link is
// told after that, nor handed to a subscription.
func (in *inbound[M, H, S]) read() {
	rest := in.link.Rest()
	buf := make([]byte, max(readBufMin, len(rest)))
	have := copy(buf, rest)
	rest = nil
	busy := false
	small := 0 // reads in a row that would have fitted a quarter of the buffer
	for {
		used, err := in.parse(buf[:have])
		if err != nil {
			in.link.Lost(err, true)
			return
		}
		if used > 0 {
			if in.lender == nil {
				have = copy(buf, buf[used:have])
			} else {
				if busy { // who got the messages may be through with them
					busy = false
					runtime.Gosched()
				}
				buf, have = in.lender.next(buf, used, have)
			}
			if len(buf) > readBufKept {
				buf = grown(buf[:have], readBufMax)
			}
		}
		if room := roomFor(len(buf), have, in.parser.Need()); room > len(buf) {
			buf = grown(buf[:have], room)
		}
		if busy {
			runtime.Gosched()
		}
		n, err := in.link.Read(buf[have:])
		busy = n >= readBusy
		if n > 0 {
			switch {
			case have+n == len(buf) && len(buf) < in.most():
				buf = grown(buf[:have+n], min(4*len(buf), in.most()))
				small = 0
			case len(buf) > readBufMin && have+n < len(buf)/4:
				if small++; small == 64 {
					buf = grown(buf[:have+n], max(len(buf)/4, readBufMin))
					small = 0
				}
			default:
				small = 0
			}
			have += n
		}
		if err != nil {
			in.parse(buf[:have]) // what came in before the end still counts
			in.link.Lost(err, false)
			return
		}
	}
}

// parse takes in every whole operation in buf, delivers what came of it and
// returns how many bytes that were.
func (in *inbound[M, H, S]) parse(buf []byte) (used int, err error) {
	var at wire.MsgAt
	m := in.move.Load()
	if m != nil {
		m.enter()
	}
	in.busy = len(buf) >= readBusy
	in.whole = buf
	for used < len(buf) {
		rest := buf[used:]
		n := in.parser.NextMsg(rest, &at)
		if n > 0 {
			used += n
			if m == nil || m.passes(in, rest, &at, n) {
				used += in.message(rest, &at, n)
			}
			continue
		}
		if n = in.parser.NextPong(rest); n > 0 { // here, where the stack is shallow, see serve
			used += n
			in.flush() // whoever waits for the PONG finds the messages before it
			if in.link.Pong() {
				continue
			}
			if err = in.flood.charge(n); err != nil {
				break
			}
			continue
		}
		n, err = in.other(rest)
		used += n
		if err != nil || n == 0 {
			break
		}
	}
	in.flush()
	in.whole, in.block = nil, nil
	if m != nil {
		m.mu.Unlock()
	}
	return used, err
}

// most is what the buffer of a busy link grows to.
func (in *inbound[M, H, S]) most() int {
	if in.lender != nil {
		return lentReadBuf
	}
	return readBufMax
}

// believed is what a server may announce and get room for: a message of the size that
// servers take by default, headers of the server's own included.
const believed = 1<<20 + 64<<10

// roomFor returns what size a buffer of so many bytes should have, of which some hold
// the beginning of an operation that needs so many in all, 0 if that isn't known yet.
// What is announced need not come, so a large message gets room as it comes in.
func roomFor(size, have, need int) int {
	switch {
	case need > size && need <= believed:
		return need
	case need > believed && size < believed:
		return believed
	case have < size:
		return size
	case need > size:
		return min(need, 2*size)
	}
	return 2 * size
}

// grown moves what is in the buffer to one of the given size.
func grown(b []byte, size int) []byte {
	nb := make([]byte, max(size, len(b)))
	copy(nb, b)
	return nb
}

// other takes in the operation at the front of buf, whatever it is, and returns its
// length; 0 when more bytes are needed. An error ends the link.
func (in *inbound[M, H, S]) other(buf []byte) (n int, err error) {
	op := ops.Get().(*wire.Op)
	if n, err = in.parser.Next(buf, op); err != nil || n == 0 {
		n = 0
	} else {
		err = in.handle(buf, op, n)
	}
	*op = wire.Op{}
	ops.Put(op)
	return n, err
}

// ops are used again: on the stack one would double it, see serve.
var ops = sync.Pool{New: func() any { return new(wire.Op) }}

// handle does what an operation asks for, the first n bytes of buf.
func (in *inbound[M, H, S]) handle(buf []byte, op *wire.Op, n int) error {
	asked := true
	switch op.Kind {
	case wire.Msg, wire.HMsg:
		in.unusual(buf, op, n)
	case wire.OK:
		asked = in.link.OK()
	case wire.Pong:
		in.flush() // whoever waits for the PONG finds the messages before it
		asked = in.link.Pong()
	default:
		asked = false
	}
	if asked {
		return nil
	}
	if err := in.flood.charge(n); err != nil {
		return err
	}
	switch op.Kind {
	case wire.Ping:
		in.link.Ping()
	case wire.Info:
		in.flush()
		in.link.Info(op.Arg)
	case wire.Err:
		in.flush()
		in.link.Err(string(op.Arg))
	}
	return nil
}
