package wire

import "encoding/binary"

// Piece is where a payload is. Next is the index of the one behind it in a list of pieces.
// It holds no pointer, and is small, since there may be as many as there are messages.
type Piece struct{ Begin, End, Next uint32 }

// Alike reads the messages behind one that NextMsg has read, the n bytes of buf at from, as
// long as their lines begin as that one's line does, up to the size: they have its
// subject and sid, and neither reply nor header. Their payloads, at offsets of off and
// more, it appends to list, behind that of the first one. It returns where the last one
// ends. What Next wouldn't read so isn't among them.
func (p *Parser) Alike(buf []byte, payload Part, n, off int, list []Piece) (_ []Piece, end int) {
	line := payload.Begin
	prefix := line - len("\r\n")
	for prefix > 0 && buf[prefix-1] != ' ' {
		prefix--
	}
	begin, maxLine, maxSize := 0, p.lineLimit(Msg), p.payloadLimit()
	size := payload.Len()
	end = n
	list = append(list, Piece{uint32(off + payload.Begin), uint32(off + payload.End), uint32(len(list) + 1)})
	for {
		rest := buf[end:]
		if len(rest) < line || string(rest[:line]) != string(buf[begin:begin+line]) {
			// Of another size, or not alike.
			i := prefix
			if len(rest) <= i || string(rest[:i]) != string(buf[:i]) {
				return list, end
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
				return list, end
			}
			begin, line = end, i+2
		}
		last := line + size
		if last+2 > len(rest) || binary.LittleEndian.Uint16(rest[last:]) != crlf {
			return list, end
		}
		list = append(list, Piece{uint32(off + end + line), uint32(off + end + last), uint32(len(list) + 1)})
		end += last + 2
	}
}
