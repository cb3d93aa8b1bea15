package wire

import "encoding/binary"

// Piece is where payloads of one size are that follow each other at equal distances: the
// first one, how far it is from each to the next, and how many they are. Next is the
// index of the piece behind it in a list of pieces. It holds no pointer, and is noted
// once for what is often all that a read has brought.
type Piece struct{ Begin, End, Stride, Count, Next uint32 }

// Alike reads the messages behind one that NextMsg has read, the n bytes of buf at from, as
// long as their lines begin as that one's line does, up to the size: they have its
// subject and sid, and neither reply nor header. Their payloads, at offsets of off and
// more, it appends to list, that of the first one before them. It returns how many they
// are, how large together, and where the last one ends. What Next wouldn't read so isn't
// among them.
func (p *Parser) Alike(buf []byte, payload Part, n, off int, list []Piece) (_ []Piece, msgs, bytes, end int) {
	line := payload.Begin
	prefix := line - len("\r\n")
	for prefix > 0 && buf[prefix-1] != ' ' {
		prefix--
	}
	begin, maxLine, maxSize := 0, p.lineLimit(Msg), p.payloadLimit()
	size := payload.Len()
	end = n
	for {
		// The one at begin, and those behind it whose lines are the same, byte for byte.
		first := buf[begin : begin+line]
		step := line + size + len("\r\n")
		count := 1
		for len(buf)-end >= step {
			next := buf[end : end+step]
			if binary.LittleEndian.Uint16(next[step-len("\r\n"):]) != crlf || !same(next[:line], first) {
				break
			}
			end += step
			count++
		}
		at := off + begin + line
		list = append(list, Piece{uint32(at), uint32(at + size), uint32(step), uint32(count), uint32(len(list) + 1)})
		msgs += count
		bytes += count * size

		// One of another size?
		rest := buf[end:]
		i := prefix
		if len(rest) <= i || string(rest[:i]) != string(buf[:i]) {
			return list, msgs, bytes, end
		}
		size = 0
		for ; i < len(rest); i++ {
			d := rest[i] - '0'
			if d > 9 {
				break
			}
			size = size*10 + int(d)
		}
		if i == prefix || i-prefix > maxSizeDigits || i+2 > len(rest) || binary.LittleEndian.Uint16(rest[i:]) != crlf ||
			i > maxLine || size > maxSize {
			return list, msgs, bytes, end
		}
		begin, line = end, i+2
		last := line + size
		if last+2 > len(rest) || binary.LittleEndian.Uint16(rest[last:]) != crlf {
			return list, msgs, bytes, end
		}
		end += last + 2
	}
}

// same says whether two lines of the same length are equal. Most are too short for a
// call to be worth it.
func same(a, b []byte) bool {
	if len(a) < 8 || len(a) > 64 || len(a) != len(b) {
		return string(a) == string(b)
	}
	for i := 8; i < len(a); i += 8 {
		if binary.LittleEndian.Uint64(a[i-8:i]) != binary.LittleEndian.Uint64(b[i-8:i]) {
			return false
		}
	}
	return binary.LittleEndian.Uint64(a[len(a)-8:]) == binary.LittleEndian.Uint64(b[len(b)-8:])
}
