package api

import (
	"strings"
	"time"
)

// Delivery is what the reply subject of a message from a consumer says.
type Delivery struct {
	Domain, Stream, Consumer string // parts of the subject itself
	Delivered                uint64 // how often the message was delivered, from 1
	StreamSeq, ConsumerSeq   uint64
	Timestamp                int64 // Unix nanoseconds
	Pending                  uint64
}

// Time is when the message was stored.
func (d *Delivery) Time() time.Time { return time.Unix(0, d.Timestamp) }

const ackPrefix = "$JS.ACK."

// IsAck says whether a reply subject belongs to a message from a consumer.
func IsAck(reply string) bool { return strings.HasPrefix(reply, ackPrefix) }

// ParseAck reads a reply subject:
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
//	$JS.ACK.<domain>.<account>.<stream>.<consumer>.….<pending>[.<token>…]
//
// A domain of _ is none. It makes no allocation.
func ParseAck(reply string) (d Delivery, ok bool) {
	rest, ok := strings.CutPrefix(reply, ackPrefix)
	if !ok {
		return d, false
	}
	tokens := strings.Count(rest, ".") + 1
	switch {
	case tokens == 7:
	case tokens >= 9:
		d.Domain, rest, _ = strings.Cut(rest, ".")
		if d.Domain == "_" {
			d.Domain = ""
		}
		_, rest, _ = strings.Cut(rest, ".") // the account's hash
	default:
		return Delivery{}, false
	}
	d.Stream, rest, _ = strings.Cut(rest, ".")
	d.Consumer, rest, _ = strings.Cut(rest, ".")
	var at uint64
	for _, n := range []*uint64{&d.Delivered, &d.StreamSeq, &d.ConsumerSeq, &at, &d.Pending} {
		var token string
		token, rest, _ = strings.Cut(rest, ".")
		if *n, ok = number(token); !ok {
			return Delivery{}, false
		}
	}
	if d.Stream == "" || d.Consumer == "" {
		return Delivery{}, false
	}
	d.Timestamp = int64(at)
	return d, true
}

// number reads a decimal number of up to 64 bits.
func number(s string) (n uint64, ok bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 || n > (1<<64-1)/10 {
			return 0, false
		}
		n *= 10
		if n+uint64(c) < n {
			return 0, false
		}
		n += uint64(c)
	}
	return n, true
}
