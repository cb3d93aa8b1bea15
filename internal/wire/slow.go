package wire

import (
	"bytes"
	"math"
)

// slow decides on the operation at the front of buf from its first byte,
// whatever it is and however much of it is there.
func (p *Parser) slow(buf []byte, op *Op) (int, error) {
	*op = Op{}
	if len(buf) == 0 || len(buf) < p.need {
		return 0, nil
	}
	n, err := p.decide(buf, op)
	if n > 0 || err != nil {
		p.Reset()
	}
	if n == 0 {
		*op = Op{}
	}
	return n, err
}

func (p *Parser) decide(buf []byte, op *Op) (int, error) {
	kind, verbLen, state := findVerb(buf)
	switch state {
	case verbUnknown:
		return 0, unknownVerb(buf)
	case verbPartial:
		return 0, nil
	}

	limit := p.lineLimit(kind)
	window := buf[:min(len(buf), limit+len("\r\n"))]
	from := min(p.scanned, len(window))
	i := bytes.IndexByte(window[from:], '\n')
	if i < 0 {
		if len(window) == limit+len("\r\n") {
			return 0, tooLarge(kind.String()+" line too long", safeLine(kind, buf))
		}
		p.scanned = len(window)
		return 0, nil
	}
	nl := from + i
	line := buf[:nl]
	if nl > 0 && line[nl-1] == '\r' {
		line = line[:nl-1]
	}
	if len(line) > limit {
		return 0, tooLarge(kind.String()+" line too long", safeLine(kind, buf))
	}

	op.Kind = kind
	args := line[verbLen:]
	switch kind {
	case Ping, Pong, OK:
		return nl + 1, nil // whatever a later server adds is ignored
	case Info, Connect:
		op.Arg = clip(trimBlanks(args))
		return nl + 1, nil
	case Err:
		op.Arg = clip(unquote(trimBlanks(args)))
		return nl + 1, nil
	}

	var f fields
	if !f.split(args) {
		return 0, syntaxErr("stray CR or too many arguments in "+kind.String(), line)
	}
	switch kind {
	case Sub, Unsub:
		if what := f.subscription(op); what != "" {
			return 0, syntaxErr(what, line)
		}
		return nl + 1, nil
	}
	return p.message(buf, nl, line, &f, op)
}

// message finishes PUB, HPUB, MSG and HMSG, whose payload follows the line that
// ends at buf[nl].
func (p *Parser) message(buf []byte, nl int, line []byte, f *fields, op *Op) (int, error) {
	hdr, size, what := f.message(op)
	if what != "" {
		return 0, syntaxErr(what, line)
	}
	if size > uint64(p.payloadLimit()) {
		return 0, tooLarge("declared size of "+op.Kind.String()+" too large", line)
	}
	if hdr > size {
		return 0, syntaxErr("header size of "+op.Kind.String()+" exceeds total size", line)
	}
	start := nl + 1
	end := start + int(size)
	if len(buf) < end+2 {
		p.scanned, p.need = nl, end+2
		return 0, nil
	}
	if buf[end] != '\r' || buf[end+1] != '\n' {
		return 0, syntaxErr("payload of "+op.Kind.String()+" not closed by CRLF where its size says", line)
	}
	if op.Kind == HMsg || op.Kind == HPub {
		h := start + int(hdr)
		op.Header = buf[start:h:h]
		start = h
	}
	op.Payload = buf[start:end:end]
	return end + 2, nil
}

// safeLine is what an error may show of a line: nothing of CONNECT, which holds
// credentials.
func safeLine(k Kind, line []byte) []byte {
	if k == Connect {
		return nil
	}
	return line
}

// fields are the arguments of a control line.
type fields struct {
	n   int
	arg [5][]byte
}

// split cuts at spaces and tabs. It fails on a CR and on more arguments than any
// operation has.
func (f *fields) split(s []byte) bool {
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' {
			i++
			continue
		}
		from := i
		for i < len(s) && s[i] != ' ' && s[i] != '\t' {
			if s[i] == '\r' {
				return false
			}
			i++
		}
		if f.n == len(f.arg) {
			return false
		}
		f.arg[f.n] = s[from:i:i]
		f.n++
	}
	return true
}

// subscription fills SUB and UNSUB; what is wrong is empty when nothing is.
func (f *fields) subscription(op *Op) (what string) {
	var ok bool
	if op.Kind == Unsub {
		if f.n != 1 && f.n != 2 {
			return "UNSUB wants sid [max]"
		}
		if op.SID, ok = number(f.arg[0]); !ok {
			return "sid of UNSUB is no number"
		}
		if f.n == 2 {
			limit, ok := number(f.arg[1])
			if !ok || limit > math.MaxInt64 {
				return "max of UNSUB is no number"
			}
			op.Max = int64(limit)
		}
		return ""
	}
	if f.n != 2 && f.n != 3 {
		return "SUB wants subject [queue] sid"
	}
	op.Subject = f.arg[0]
	if f.n == 3 {
		op.Queue = f.arg[1]
	}
	if op.SID, ok = number(f.arg[f.n-1]); !ok {
		return "sid of SUB is no number"
	}
	return ""
}

// message fills what the control line of PUB, HPUB, MSG and HMSG says of op. A
// size past 64 bits comes back as the largest one.
func (f *fields) message(op *Op) (hdr, size uint64, what string) {
	least := 2 // subject and size
	sid, header := false, false
	switch op.Kind {
	case HPub:
		least, header = 3, true
	case Msg:
		least, sid = 3, true
	case HMsg:
		least, sid, header = 4, true, true
	}
	if f.n != least && f.n != least+1 {
		return 0, 0, usage(op.Kind)
	}
	var ok bool
	op.Subject = f.arg[0]
	next := 1
	if sid {
		if op.SID, ok = number(f.arg[1]); !ok {
			return 0, 0, "sid of " + op.Kind.String() + " is no number"
		}
		next = 2
	}
	if f.n == least+1 {
		op.Reply = f.arg[next]
		next++
	}
	if header {
		if hdr, ok = size64(f.arg[next]); !ok {
			return 0, 0, "header size of " + op.Kind.String() + " is no number"
		}
		next++
	}
	if size, ok = size64(f.arg[next]); !ok {
		return 0, 0, "size of " + op.Kind.String() + " is no number"
	}
	return hdr, size, ""
}

func usage(k Kind) string {
	switch k {
	case Pub:
		return "PUB wants subject [reply] size"
	case HPub:
		return "HPUB wants subject [reply] header-size total-size"
	case Msg:
		return "MSG wants subject sid [reply] size"
	}
	return "HMSG wants subject sid [reply] header-size total-size"
}

// number reads decimal digits, all of b and at least one.
func number(b []byte) (v uint64, ok bool) {
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || v > (math.MaxUint64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, len(b) > 0
}

// size64 is number for sizes: digits past 64 bits are a size past every limit.
func size64(b []byte) (v uint64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	if v, ok = number(b); !ok && len(b) > 0 {
		return math.MaxUint64, true
	}
	return v, ok
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for n := len(b); n > 0 && (b[n-1] == ' ' || b[n-1] == '\t' || b[n-1] == '\r'); n-- {
		b = b[:n-1]
	}
	return b
}

func unquote(b []byte) []byte {
	if n := len(b); n >= 2 && b[0] == '\'' && b[n-1] == '\'' {
		return b[1 : n-1]
	}
	return b
}

// clip keeps an append to b from writing over the bytes behind it.
func clip(b []byte) []byte { return b[:len(b):len(b)] }
