package nats

import (
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/wire"
	"runtime"
)

const (
	readBufMin = 512       // what an idle connection keeps
	readBufMax = 256 << 10 // what a busy one grows to
	readBusy   = 16 << 10  // a read of so much: there is more where that came from
)

// readLoop reads one link until it fails. It never touches another link.
func (nc *Conn) readLoop(l *link) {
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
			nc.lost(l, l.ended(phaseRead, err))
			return
		}
		have = copy(buf, buf[used:have])
		if want := max(in.parser.Need(), have+1); want > len(buf) {
			buf = grown(buf[:have], want)
		}
		if busy {
			runtime.Gosched()
		}
		n, err := l.conn.Read(buf[have:])
		busy = n >= readBusy
		if n > 0 {
			l.reads.Add(1)
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
		in.handle(rest, n)
	}
	in.flush()
	in.op = wire.Op{}
	return used, err
}

// grown moves what is in the buffer to one of the given size.
func grown(b []byte, size int) []byte {
	nb := make([]byte, max(size, len(b)))
	copy(nb, b)
	return nb
}

// handle does what the operation asks for, the first n bytes of buf.
func (in *inbound) handle(buf []byte, n int) {
	switch op := &in.op; op.Kind {
	case wire.Msg, wire.HMsg:
		in.unusual(buf, n)
	case wire.Ping:
		in.nc.out.owePong()
	case wire.Pong:
		in.flush() // whoever waits for the PONG finds the messages before it
		in.nc.pinger.pong()
		in.nc.out.pong()
	case wire.Info:
		in.flush()
		in.nc.processInfo(in.link, op.Arg)
	case wire.Err:
		in.flush()
		in.nc.processErr(in.link, string(op.Arg))
	}
}

var pongLine = []byte(wire.PongLine)

// processInfo takes in an INFO that came in mid-connection.
func (nc *Conn) processInfo(l *link, arg []byte) {
	wi, err := wire.ParseInfo(arg)
	if err != nil {
		nc.events.asyncError(nc, nil, &ConnError{Phase: phaseRead, Server: l.url.redacted(), Err: err})
		return
	}
	info := ServerInfo(wi)
	nc.drv.post(func() {
		if nc.state.current() != l {
			return
		}
		before, _ := nc.state.serverInfo()
		nc.state.setInfo(l, info)
		nc.step(reconnect.Event{
			Kind:       reconnect.Info,
			Epoch:      l.epoch,
			Advertised: nc.urls.advertised(l.url, info.ConnectURLs),
		})
		if info.LameDuckMode && !before.LameDuckMode {
			nc.events.lameDuck(nc)
		}
	})
}
