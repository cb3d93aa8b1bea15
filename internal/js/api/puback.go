package api

import (
	"encoding/json"
)

// PubAck is a stream's answer to a message that was published to it.
type PubAck struct {
	Stream    string `json:"stream"`
	Seq       uint64 `json:"seq"`
	Domain    string `json:"domain,omitempty"`
	Duplicate bool   `json:"duplicate,omitempty"`
	Value     string `json:"val,omitempty"`
	Err       *Error `json:"error,omitempty"`
}

// Error is what the API says against a request.
type Error struct {
	Code        int    `json:"code"`
	ErrCode     uint16 `json:"err_code"`
	Description string `json:"description,omitempty"`
}

// ParsePubAck reads an answer to a published message. same is the name of a stream
// that it is likely to be from: if it is, no new string is made. An answer that is
// neither an acknowledgement nor an error isn't one.
func ParsePubAck(data []byte, same string) (ack PubAck, ok bool) {
	if ack, ok = quickPubAck(data, same); ok {
		return ack, true
	}
	return slowPubAck(data)
}

func slowPubAck(data []byte) (ack PubAck, ok bool) {
	if json.Unmarshal(data, &ack) != nil {
		return PubAck{}, false
	}
	return ack, ack.Err != nil || ack.Stream != ""
}

// quickPubAck reads the answers that a server usually gives, an object of plain
// strings, numbers and booleans. Whatever else it meets is left to encoding/json.
func quickPubAck(data []byte, same string) (ack PubAck, ok bool) {
	p := scanner{data}
	if !p.skip('{') {
		return ack, false
	}
	for {
		key, ok := p.text()
		if !ok || !p.skip(':') {
			return ack, false
		}
		switch string(key) {
		case "stream":
			v, ok := p.text()
			if !ok {
				return ack, false
			}
			if ack.Stream = same; string(v) != same {
				ack.Stream = string(v)
			}
		case "seq":
			if ack.Seq, ok = p.number(); !ok {
				return ack, false
			}
		case "domain":
			v, ok := p.text()
			if !ok {
				return ack, false
			}
			ack.Domain = string(v)
		case "val":
			v, ok := p.text()
			if !ok {
				return ack, false
			}
			ack.Value = string(v)
		case "duplicate":
			if ack.Duplicate, ok = p.boolean(); !ok {
				return ack, false
			}
		default:
			return ack, false
		}
		if p.skip('}') {
			return ack, ack.Stream != "" && p.atEnd()
		}
		if !p.skip(',') {
			return ack, false
		}
	}
}

// scanner reads JSON of the simplest kind.
type scanner struct{ rest []byte }

func (p *scanner) space() {
	if len(p.rest) > 0 && p.rest[0] > ' ' {
		return // as servers write it
	}
	for len(p.rest) > 0 && (p.rest[0] == ' ' || p.rest[0] == '\t' || p.rest[0] == '\n' || p.rest[0] == '\r') {
		p.rest = p.rest[1:]
	}
}

func (p *scanner) atEnd() bool { p.space(); return len(p.rest) == 0 }

func (p *scanner) skip(c byte) bool {
	p.space()
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// text reads a string of printable ASCII without escapes.
func (p *scanner) text() ([]byte, bool) {
	if !p.skip('"') {
		return nil, false
	}
	for i, c := range p.rest {
		switch {
		case c == '"':
			s := p.rest[:i]
			p.rest = p.rest[i+1:]
			return s, true
		case c == '\\' || c < ' ' || c > '~':
			return nil, false
		}
	}
	return nil, false
}

func (p *scanner) number() (n uint64, ok bool) {
	p.space()
	i := 0
	for i < len(p.rest) && p.rest[i] >= '0' && p.rest[i] <= '9' {
		i++
	}
	if i == 0 || i > 19 || i > 1 && p.rest[0] == '0' {
		return 0, false // none, or not sure to fit, or no number in JSON
	}
	for _, c := range p.rest[:i] {
		n = n*10 + uint64(c-'0')
	}
	p.rest = p.rest[i:]
	return n, true
}

func (p *scanner) boolean() (value, ok bool) {
	p.space()
	for _, w := range []string{"true", "false"} {
		if len(p.rest) >= len(w) && string(p.rest[:len(w)]) == w {
			p.rest = p.rest[len(w):]
			return w == "true", true
		}
	}
	return false, false
}
