package natstest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Op is one operation that a client sent. Nothing in it is shared with
// anything.
type Op struct {
	Kind    string // CONNECT, PUB, HPUB, SUB, UNSUB, PING, PONG
	Subject string
	Reply   string
	Queue   string
	SID     string
	Max     int    // UNSUB; 0: none
	Header  string // HPUB: the whole header block
	Payload string
	JSON    string // CONNECT
	Size    int    // bytes on the wire
}

func (o Op) String() string {
	parts := []string{o.Kind}
	for _, s := range []string{o.Subject, o.Reply, o.Queue, o.SID, o.JSON} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if o.Max > 0 {
		parts = append(parts, strconv.Itoa(o.Max))
	}
	if o.Kind == "PUB" || o.Kind == "HPUB" {
		parts = append(parts, strconv.Quote(o.Header+o.Payload))
	}
	return strings.Join(parts, " ")
}

// Field returns the field of a CONNECT's JSON, nil when it isn't there.
func (o Op) Field(name string) any {
	var fields map[string]any
	if err := json.Unmarshal([]byte(o.JSON), &fields); err != nil {
		return nil
	}
	return fields[name]
}

// readOp reads one operation. It is a reader of its own, plain and strict, so
// that the client's encoder isn't checked by its own twin.
func readOp(r *bufio.Reader) (Op, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		if err == io.EOF && len(line) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return Op{}, err
	}
	size := len(line)
	line, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return Op{}, fmt.Errorf("line %q doesn't end in CR LF", line)
	}
	name, rest, _ := strings.Cut(string(line), " ")
	op := Op{Kind: strings.ToUpper(name), Size: size}
	args := strings.Fields(rest)
	bad := func() (Op, error) { return Op{}, fmt.Errorf("malformed line %q", line) }
	switch op.Kind {
	case "PING", "PONG":
		if len(args) != 0 {
			return bad()
		}
	case "CONNECT":
		op.JSON = rest
		if !json.Valid([]byte(rest)) {
			return bad()
		}
	case "SUB":
		switch len(args) {
		case 3:
			op.Queue = args[1]
		case 2:
		default:
			return bad()
		}
		op.Subject, op.SID = args[0], args[len(args)-1]
	case "UNSUB":
		switch len(args) {
		case 2:
			if op.Max, err = strconv.Atoi(args[1]); err != nil {
				return bad()
			}
		case 1:
		default:
			return bad()
		}
		op.SID = args[0]
	case "PUB", "HPUB":
		sizes := 1
		if op.Kind == "HPUB" {
			sizes = 2
		}
		switch len(args) - sizes {
		case 2:
			op.Reply = args[1]
		case 1:
		default:
			return bad()
		}
		op.Subject = args[0]
		total, err := strconv.Atoi(args[len(args)-1])
		if err != nil || total < 0 {
			return bad()
		}
		header := 0
		if sizes == 2 {
			if header, err = strconv.Atoi(args[len(args)-2]); err != nil || header < 0 || header > total {
				return bad()
			}
		}
		body := make([]byte, total+2)
		if _, err := io.ReadFull(r, body); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return Op{}, err
		}
		if string(body[total:]) != "\r\n" {
			return Op{}, fmt.Errorf("payload of %q isn't followed by CR LF", line)
		}
		op.Header, op.Payload = string(body[:header]), string(body[header:total])
		op.Size += len(body)
	default:
		return Op{}, fmt.Errorf("unknown operation %q", line)
	}
	return op, nil
}
