package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Limits that apply where a Parser's field is zero.
const (
	DefaultMaxControlLine = 4096     // what clients send
	DefaultMaxInfo        = 1 << 20  // INFO, CONNECT and what else servers send
	DefaultMaxPayload     = 65 << 20 // a nats-server takes 64 MiB at most, and may add headers on the way
)

// maxLimit keeps the sum of a line and a payload within an int.
const maxLimit = math.MaxInt / 4

// Parser reads operations from the front of a buffer. The zero value is ready
// for use. It isn't safe for concurrent use.
//
// The caller keeps the bytes that aren't consumed yet at the front of its buffer
// and calls Next again with the same front and more bytes behind it. The Parser
// remembers how far it has looked, so that feeding single bytes costs no more
// than the bytes.
type Parser struct {
	// MaxControlLine bounds every line but INFO, CONNECT and -ERR, its line end
	// not counted. Zero means 4096 for what clients send, which is what a server
	// accepts by default, and MaxInfo for MSG and HMSG: a server may be
	// configured for longer lines, and it adds the sid to what it was sent.
	MaxControlLine int

	// MaxInfo bounds INFO, CONNECT and -ERR lines. Zero means 1 MiB.
	MaxInfo int

	// MaxPayload bounds the declared size of a message, headers included. Zero
	// means 65 MiB.
	MaxPayload int

	scanned int // bytes of the front known to hold no line end
	need    int // size of the front operation once its line is complete
}

// Need returns, after Next returned 0, how many bytes the operation at the front
// takes in all if its control line is complete, else 0.
func (p *Parser) Need() int { return p.need }

// Reset forgets the operation at the front, for a new stream of bytes.
func (p *Parser) Reset() { p.scanned, p.need = 0, 0 }

// Next fills op with the operation at the front of buf and returns its length in
// bytes. A length of 0 without an error means that more bytes are needed. op is
// valid only when the length isn't 0; its slices point into buf.
//
// An error is a *SyntaxError and final for the stream: there is no way to find
// the next operation behind it.
func (p *Parser) Next(buf []byte, op *Op) (n int, err error) {
	var at MsgAt
	if n = p.NextMsg(buf, &at); n == 0 {
		return p.slow(buf, op)
	}
	// In one go, so that the garbage collector's write barrier is asked once.
	op.Kind = Msg
	op.SID = at.SID
	op.Max = 0
	op.Subject = at.Subject.Of(buf)
	op.Reply, op.Header = nil, nil
	op.Queue = nil
	op.Payload = at.Payload.Of(buf)
	op.Arg = nil
	if at.Reply.End > 0 {
		op.Reply = at.Reply.Of(buf)
	}
	if at.Header.End > 0 {
		op.Kind, op.Header = HMsg, at.Header.Of(buf)
	}
	return n, nil
}

// NextPong is the quick half of Next for a PONG as servers write it.
func (p *Parser) NextPong(buf []byte) (n int) {
	if p.scanned|p.need == 0 && len(buf) >= len(PongLine) && string(buf[:len(PongLine)]) == PongLine {
		return len(PongLine)
	}
	return 0
}

// Part is a piece of a buffer, in indices. Both are 0 for what isn't there.
type Part struct{ Begin, End int }

// Of returns the piece of buf; it has no room to grow.
func (p Part) Of(buf []byte) []byte { return buf[p.Begin:p.End:p.End] }

// Len returns its length.
func (p Part) Len() int { return p.End - p.Begin }

// MsgAt says where the parts of a MSG or HMSG are. It holds no pointer, so that
// filling it is nothing to the garbage collector.
type MsgAt struct {
	SID     uint64
	Subject Part
	Reply   Part
	Header  Part // of an HMSG only
	Payload Part
}

// NextMsg is the quick half of Next: MSG and HMSG as servers write them, upper
// case with single spaces, wholly in the buffer. It returns 0, and says nothing,
// for whatever else is at the front; Next decides about that from the beginning.
func (p *Parser) NextMsg(buf []byte, at *MsgAt) (n int) {
	if p.scanned|p.need != 0 || len(buf) < 16 {
		return 0
	}
	i, kind := 4, Msg
	switch {
	case binary.LittleEndian.Uint32(buf) == msgVerb:
	case buf[0] == 'H' && binary.LittleEndian.Uint32(buf[1:]) == msgVerb:
		i, kind = 5, HMsg
	default:
		return 0
	}

	from := i
	i = tokenEnd(buf, i)
	if i == from || i >= len(buf) || buf[i] != ' ' {
		return 0
	}
	at.Subject = Part{from, i}

	i++
	from = i
	var sid uint64
	for ; i < len(buf); i++ {
		d := buf[i] - '0'
		if d > 9 {
			break
		}
		sid = sid*10 + uint64(d)
	}
	if i == from || i-from > maxDigits || i >= len(buf) || buf[i] != ' ' {
		return 0
	}
	at.SID = sid

	// A third token that digits don't make up is the reply subject. One of
	// digits only may be: what follows tells, and slow sorts that out.
	i++
	at.Reply = Part{}
	if i < len(buf) && buf[i]-'0' > 9 {
		from = i
		i = tokenEnd(buf, i)
		if i == from || i >= len(buf) || buf[i] != ' ' {
			return 0
		}
		at.Reply = Part{from, i}
		i++
	}

	hdr := 0
	if kind == HMsg {
		from = i
		for ; i < len(buf); i++ {
			d := buf[i] - '0'
			if d > 9 {
				break
			}
			hdr = hdr*10 + int(d)
		}
		if i == from || i-from > maxSizeDigits || i >= len(buf) || buf[i] != ' ' {
			return 0
		}
		i++
	}

	from = i
	size := 0
	for ; i < len(buf); i++ {
		d := buf[i] - '0'
		if d > 9 {
			break
		}
		size = size*10 + int(d)
	}
	if i == from || i-from > maxSizeDigits || i+2 > len(buf) || binary.LittleEndian.Uint16(buf[i:]) != crlf {
		return 0
	}
	if i > p.lineLimit(kind) || size > p.payloadLimit() || hdr > size {
		return 0
	}
	i += 2

	end := i + size
	if end+2 > len(buf) || binary.LittleEndian.Uint16(buf[end:]) != crlf {
		return 0
	}
	at.Header = Part{}
	if kind == HMsg {
		at.Header = Part{i, i + hdr}
		i += hdr
	}
	at.Payload = Part{i, end}
	return end + 2
}

const (
	msgVerb       = 'M' | 'S'<<8 | 'G'<<16 | ' '<<24
	crlf          = '\r' | '\n'<<8
	maxDigits     = 18 // can't overflow 64 bits
	maxSizeDigits = 9  // can't overflow 32 bits
)

// tokenEnd returns the index of the first byte at or behind i that is a space or
// a control byte, looking at eight at a time; len(buf) when there is none with
// eight bytes from the last step on, which is for the caller's slow path.
func tokenEnd(buf []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(buf) {
		x := binary.LittleEndian.Uint64(buf[i:])
		// The lowest high bit set marks the first byte below '!'.
		if m := (x - ones*'!') & ^x & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	return len(buf)
}

func (p *Parser) infoLimit() int {
	if p.MaxInfo <= 0 {
		return DefaultMaxInfo
	}
	return min(p.MaxInfo, maxLimit)
}

func (p *Parser) payloadLimit() int {
	if p.MaxPayload <= 0 {
		return DefaultMaxPayload
	}
	return min(p.MaxPayload, maxLimit)
}

func (p *Parser) lineLimit(k Kind) int {
	switch k {
	case Info, Connect, Err:
		return p.infoLimit()
	case Msg, HMsg:
		if p.MaxControlLine <= 0 {
			return p.infoLimit()
		}
	}
	if p.MaxControlLine <= 0 {
		return DefaultMaxControlLine
	}
	return min(p.MaxControlLine, maxLimit)
}
