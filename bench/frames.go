package main

import (
	"fmt"

	"github.com/evernats/nats/internal/wire"
)

const (
	subject   = "bench.data"
	goSubject = "bench.go"
	ackTopic  = "bench.ack"
)

// headers go with every message of the rows "with headers".
var headers = map[string][]string{
	"Nats-Msg-Id": {"0123456789abcdef"},
	"Trace-Id":    {"00-4bf92f3577b34da6a3ce929d0e0e4736-01"},
}

// window is how many messages a source sends beyond those acknowledged: it
// keeps what is pending within what real programs allow.
func window(size int) int {
	return max(64, min(16<<10, (8<<20)/(size+64)))
}

// block is a run of frames for one large write.
type block struct {
	bytes []byte
	ends  []int // of each frame
}

// subName is the subject of subscription i out of n.
func subName(i, n int) string {
	if n == 1 {
		return subject
	}
	return fmt.Sprintf("%s.%d", subject, i)
}

// msgBlock holds at least one message for each subscription, and about 64 KiB.
func msgBlock(size, subs int, header bool, sid func(subject string) uint64) *block {
	payload := make([]byte, size)
	var hdr []byte
	if header {
		hdr = wire.AppendHeader(nil, headers)
	}
	b := &block{}
	for i := 0; i%subs != 0 || len(b.bytes) < 64<<10; i++ {
		name := subName(i%subs, subs)
		b.bytes = wire.AppendMsg(b.bytes, name, sid(name), "", hdr, payload)
		b.ends = append(b.ends, len(b.bytes))
	}
	return b
}

// pubBlock is what publishers write, about 64 KiB of it.
func pubBlock(size int, header bool) *block {
	payload := make([]byte, size)
	var hdr []byte
	if header {
		hdr = wire.AppendHeader(nil, headers)
	}
	b := &block{}
	for len(b.bytes) < 64<<10 {
		b.bytes = wire.AppendPub(b.bytes, subject, "", hdr, payload)
		b.ends = append(b.ends, len(b.bytes))
	}
	return b
}

// upTo returns the bytes of the first n frames, or of all.
func (b *block) upTo(n int) ([]byte, int) {
	if n >= len(b.ends) {
		return b.bytes, len(b.ends)
	}
	return b.bytes[:b.ends[n-1]], n
}

// total is the number of bytes of n messages.
func (b *block) total(n int) int {
	all := n / len(b.ends) * len(b.bytes)
	if rest := n % len(b.ends); rest > 0 {
		all += b.ends[rest-1]
	}
	return all
}

// order tells a source what to send.
type order struct {
	msgs, size, subs int
	header           bool
}

func (o order) String() string {
	return fmt.Sprintf("%d %d %d %t", o.msgs, o.size, o.subs, o.header)
}

func parseOrder(s string) (o order) {
	fmt.Sscan(s, &o.msgs, &o.size, &o.subs, &o.header)
	return o
}
