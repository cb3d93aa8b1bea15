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

// headers are what goes with every message of a row "with headers": n of them.
func headers(n int) map[string][]string {
	if n == 0 {
		return nil
	}
	h := map[string][]string{
		"Nats-Msg-Id": {"0123456789abcdef"},
		"Trace-Id":    {"00-4bf92f3577b34da6a3ce929d0e0e4736-01"},
	}
	for i := len(h); i < n; i++ {
		h[fmt.Sprintf("X-Header-%d", i)] = []string{"0123456789abcdef"}
	}
	return h
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
	next  int   // the frame that upTo begins with
}

// subName is the subject of subscription i of those that an order names.
func (o order) subName(i int) string {
	if o.subs == 1 {
		return o.subject
	}
	return fmt.Sprintf("%s.%d", o.subject, i)
}

// msgBlock holds at least one message for each subscription, and about 64 KiB.
func msgBlock(o order, sid func(subject string) uint64) *block {
	payload := make([]byte, o.size)
	var hdr []byte
	if o.headers > 0 {
		hdr = wire.AppendHeader(nil, headers(o.headers))
	}
	b := &block{}
	for i := 0; i%o.subs != 0 || len(b.bytes) < 64<<10; i++ {
		name := o.subName(i % o.subs)
		b.bytes = wire.AppendMsg(b.bytes, name, sid(name), "", hdr, payload)
		b.ends = append(b.ends, len(b.bytes))
	}
	return b
}

// pubBlock is what publishers write, about 64 KiB of it.
func pubBlock(size, nHeaders int) *block {
	payload := make([]byte, size)
	var hdr []byte
	if nHeaders > 0 {
		hdr = wire.AppendHeader(nil, headers(nHeaders))
	}
	b := &block{}
	for len(b.bytes) < 64<<10 {
		b.bytes = wire.AppendPub(b.bytes, subject, "", hdr, payload)
		b.ends = append(b.ends, len(b.bytes))
	}
	return b
}

// upTo returns the bytes of the next n frames, or of those up to the end of the block,
// and how many they are. Behind the last comes the first again.
func (b *block) upTo(n int) ([]byte, int) {
	begin := 0
	if b.next > 0 {
		begin = b.ends[b.next-1]
	}
	n = min(n, len(b.ends)-b.next)
	b.next += n
	end := b.ends[b.next-1]
	if b.next == len(b.ends) {
		b.next = 0
	}
	return b.bytes[begin:end], n
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
	subject          string
	msgs, size, subs int
	headers          int
}

func (o order) String() string {
	return fmt.Sprintf("%s %d %d %d %d", o.subject, o.msgs, o.size, o.subs, o.headers)
}

func parseOrder(s string) (o order) {
	fmt.Sscan(s, &o.subject, &o.msgs, &o.size, &o.subs, &o.headers)
	return o
}
