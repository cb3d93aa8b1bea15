package nats

import (
	"runtime"
	"time"

	"github.com/evernats/nats/internal/wire"
)

const (
	readBufMin  = 512       // what an idle connection keeps
	readBufMax  = 256 << 10 // what a busy one grows to
	readBufKept = 8 << 20   // what one that has got larger messages keeps for more of them
	readBusy    = 16 << 10  // a read of so much: there is more where that came from
)

// readLoop reads one link until it fails. It never touches another link.
func (nc *Conn) readLoop(l *link) {
	defer nc.subs.readerEnded(l)
	nc.subs.awaitReaders(l)
	in := newInbound(nc, l)
	buf := make([]byte, max(readBufMin, len(l.rest)))
	have := copy(buf, l.rest)
	l.rest = nil
	busy := false
	small := 0 // reads in a row that would have fitted a quarter of the buffer
	for {
		used, err := in.parse(buf[:have])
		if err != nil {
			l.bad.Store(true)
			nc.lost(l, l.ended(phaseRead, scrubbed(err, nc.secrets(l.url))))
			return
		}
		if used > 0 {
			have = copy(buf, buf[used:have])
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
		n, err := l.conn.Read(buf[have:])
		busy = n >= readBusy
		if n > 0 {
			l.reads.Add(1)
			l.heard.Store(int64(time.Since(nc.start)))
			switch {
			case have+n == len(buf) && len(buf) < readBufMax:
				buf = grown(buf[:have+n], min(4*len(buf), readBufMax))
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
			if broken := l.broken.Load(); broken != nil && isTimeout(err) {
				nc.lost(l, *broken)
			} else {
				nc.lost(l, l.ended(phaseRead, err))
			}
			return
		}
	}
}

// parse takes in every whole operation in buf, delivers what came of it and
// returns how many bytes that were.
func (in *inbound) parse(buf []byte) (used int, err error) {
	var at wire.MsgAt
	in.busy = len(buf) >= readBusy
	for used < len(buf) {
		rest := buf[used:]
		n := in.parser.NextMsg(rest, &at)
		if n > 0 {
			in.message(rest, &at, n)
			used += n
			continue
		}
		n, err = in.parser.Next(rest, &in.op)
		if err != nil || n == 0 {
			break
		}
		used += n
		if err = in.handle(rest, n); err != nil {
			break
		}
	}
	in.flush()
	in.op = wire.Op{}
	return used, err
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

// handle does what the operation asks for, the first n bytes of buf. An error ends
// the link.
func (in *inbound) handle(buf []byte, n int) error {
	asked := true
	switch op := &in.op; op.Kind {
	case wire.Msg, wire.HMsg:
		in.unusual(buf, n)
	case wire.OK:
		asked = in.nc.Opts.Verbose
	case wire.Pong:
		in.flush() // whoever waits for the PONG finds the messages before it
		in.nc.pinger.pong()
		asked = in.nc.out.pong()
	default:
		asked = false
	}
	if asked {
		return nil
	}
	if err := in.flood.charge(n); err != nil {
		return err
	}
	switch op := &in.op; op.Kind {
	case wire.Ping:
		in.nc.out.owePong()
	case wire.Info:
		in.flush()
		in.nc.processInfo(in.link, op.Arg)
	case wire.Err:
		in.flush()
		in.nc.processErr(in.link, string(op.Arg))
	}
	return nil
}

var pongLine = []byte(wire.PongLine)
