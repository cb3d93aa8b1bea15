package outbound

import (
	"bytes"

	"github.com/evernats/nats/internal/wire"
)

const ping = wire.PingLine

// frameLen returns the length of the frame at the front of data, and whether it
// is a message (PUB or HPUB). data holds whole frames that this package or
// wire's encoder wrote, so only the line end and the size before it matter: a
// subject that no server would accept doesn't confuse it.
func frameLen(data []byte) (n int, msg bool) {
	nl := bytes.IndexByte(data, '\n')
	if nl < 0 {
		return len(data), false
	}
	msg = true
	if c := data[0]; (c != 'P' || data[1] != 'U') && c != 'H' {
		if c != 'p' {
			return nl + 1, false
		}
		msg = false // see Control
	}
	size, unit := 0, 1
	for i := nl - 2; i > 0 && data[i]-'0' <= 9; i-- {
		size += int(data[i]-'0') * unit
		unit *= 10
	}
	n = nl + 1 + size + len("\r\n")
	if n > len(data) || n <= nl {
		// A line feed inside a subject: nothing behind it can be trusted.
		return len(data), msg
	}
	return n, msg
}

// parseFrame fills op from a whole PUB or HPUB frame. It takes the words of the
// control line from both ends, and so makes the best of a subject that no server
// would accept. wire's parser does the same with more care, in several times the
// time, and Connected may have a hundred thousand frames to show.
func parseFrame(frame []byte, op *wire.Op) {
	*op = wire.Op{Kind: wire.Pub}
	nl := bytes.IndexByte(frame, '\n')
	if nl < len("PUB \r") {
		return
	}
	line, body := frame[len("PUB "):nl-1], frame[nl+1:]
	body = body[:max(0, len(body)-len("\r\n"))]
	if frame[0] == 'H' {
		op.Kind = wire.HPub
		line = bytes.TrimPrefix(line, []byte(" "))
	}
	line, _ = lastWord(line) // the size, which is that of body
	if op.Kind == wire.HPub {
		var size []byte
		line, size = lastWord(line)
		n := 0
		for _, d := range size {
			n = min(n*10+int(d-'0'), len(body))
		}
		op.Header, body = body[:n:n], body[n:]
	}
	op.Subject, op.Payload = line, body
	if i := bytes.IndexByte(line, ' '); i >= 0 {
		op.Subject, op.Reply = line[:i:i], line[i+1:]
	}
}

// lastWord cuts the last word off line.
func lastWord(line []byte) (rest, word []byte) {
	i := bytes.LastIndexByte(line, ' ')
	return line[:max(i, 0)], line[i+1:]
}

func dropped(seq uint64, op *wire.Op, err error) Dropped {
	return Dropped{
		Seq:     seq,
		Subject: string(op.Subject),
		Reply:   string(op.Reply),
		Size:    len(op.Header) + len(op.Payload),
		Err:     err,
	}
}

func droppedFrame(seq uint64, frame []byte, err error) Dropped {
	var op wire.Op
	parseFrame(frame, &op)
	return dropped(seq, &op, err)
}
