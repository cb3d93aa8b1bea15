package wire

import (
	"encoding/binary"
	"strconv"
)

// Control lines without arguments.
const (
	PingLine = "PING\r\n"
	PongLine = "PONG\r\n"
	OKLine   = "+OK\r\n"
)

// PubSize returns the exact number of bytes that AppendPub appends.
func PubSize(subject, reply string, hdrLen, dataLen int) int {
	n := len("PUB ") + len(subject) + len(" ") + digits(hdrLen+dataLen) + len("\r\n") +
		hdrLen + dataLen + len("\r\n")
	if reply != "" {
		n += len(reply) + len(" ")
	}
	if hdrLen > 0 {
		n += len("H") + digits(hdrLen) + len(" ")
	}
	return n
}

// PubBound returns a number of bytes that is never less than PubSize and quicker
// to have.
func PubBound(subject, reply string, hdrLen, dataLen int) int {
	return len(subject) + len(reply) + hdrLen + dataLen + pubOverhead
}

// pubOverhead is the verb, four separators, two numbers and two line ends.
const pubOverhead = len("HPUB ") + 3 + 2*20 + 2*len("\r\n")

// PutPub writes what AppendPub appends to the front of b, which must have room
// for it, and returns how many bytes that are.
func PutPub(b []byte, subject, reply string, hdr, data []byte) int {
	if len(hdr) > 0 {
		return len(AppendPub(b[:0], subject, reply, hdr, data))
	}
	binary.LittleEndian.PutUint32(b, 'P'|'U'<<8|'B'<<16|' '<<24)
	i := 4
	i += copy(b[i:], subject)
	b[i] = ' '
	i++
	if reply != "" {
		i += copy(b[i:], reply)
		b[i] = ' '
		i++
	}
	switch n := len(data); {
	case n < 10:
		b[i] = byte('0' + n)
		i++
	case n < 100:
		b[i], b[i+1] = byte('0'+n/10), byte('0'+n%10)
		i += 2
	default:
		i += len(strconv.AppendUint(b[i:i], uint64(n), 10))
	}
	binary.LittleEndian.PutUint16(b[i:], crlf)
	i += 2
	i += copy(b[i:], data)
	binary.LittleEndian.PutUint16(b[i:], crlf)
	return i + 2
}

// digits returns the number of decimal digits of n, which isn't negative.
func digits(n int) int {
	d := 1
	for n >= 10 {
		n /= 10
		d++
	}
	return d
}

// AppendPub appends a PUB, or an HPUB when there is a header block.
func AppendPub(dst []byte, subject, reply string, hdr, data []byte) []byte {
	if len(hdr) > 0 {
		dst = append(dst, "HPUB "...)
	} else {
		dst = append(dst, "PUB "...)
	}
	dst = append(dst, subject...)
	dst = append(dst, ' ')
	return appendMessage(dst, reply, hdr, data)
}

// AppendMsg appends a MSG, or an HMSG when there is a header block.
func AppendMsg(dst []byte, subject string, sid uint64, reply string, hdr, data []byte) []byte {
	if len(hdr) > 0 {
		dst = append(dst, "HMSG "...)
	} else {
		dst = append(dst, "MSG "...)
	}
	dst = append(dst, subject...)
	dst = append(dst, ' ')
	dst = strconv.AppendUint(dst, sid, 10)
	dst = append(dst, ' ')
	return appendMessage(dst, reply, hdr, data)
}

// appendMessage appends what PUB and MSG have in common.
func appendMessage(dst []byte, reply string, hdr, data []byte) []byte {
	if reply != "" {
		dst = append(dst, reply...)
		dst = append(dst, ' ')
	}
	if len(hdr) > 0 {
		dst = strconv.AppendInt(dst, int64(len(hdr)), 10)
		dst = append(dst, ' ')
	}
	dst = strconv.AppendInt(dst, int64(len(hdr)+len(data)), 10)
	dst = append(dst, "\r\n"...)
	dst = append(dst, hdr...)
	dst = append(dst, data...)
	return append(dst, "\r\n"...)
}

// AppendSub appends a SUB; an empty queue means none.
func AppendSub(dst []byte, subject, queue string, sid uint64) []byte {
	dst = append(dst, "SUB "...)
	dst = append(dst, subject...)
	dst = append(dst, ' ')
	if queue != "" {
		dst = append(dst, queue...)
		dst = append(dst, ' ')
	}
	dst = strconv.AppendUint(dst, sid, 10)
	return append(dst, "\r\n"...)
}

// AppendUnsub appends an UNSUB; a max of 0 or less means at once.
func AppendUnsub(dst []byte, sid uint64, max int64) []byte {
	dst = append(dst, "UNSUB "...)
	dst = strconv.AppendUint(dst, sid, 10)
	if max > 0 {
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, max, 10)
	}
	return append(dst, "\r\n"...)
}

// AppendErr appends an -ERR with the text in quotes.
func AppendErr(dst []byte, text string) []byte {
	dst = append(dst, "-ERR '"...)
	dst = append(dst, text...)
	return append(dst, "'\r\n"...)
}
