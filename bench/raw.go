package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"

	"github.com/evernats/nats/internal/wire"
)

// dialRaw is a connection without a client: what the limit column is measured
// with. It returns past the handshake.
func dialRaw(addr string) net.Conn {
	u, err := url.Parse(addr)
	must(err)
	c, err := net.Dial("tcp", u.Host)
	must(err)
	buf := make([]byte, 4096)
	_, err = c.Read(buf) // INFO
	must(err)
	_, err = io.WriteString(c, "CONNECT {\"verbose\":false}\r\nPING\r\n")
	must(err)
	awaitPong(c)
	return c
}

func awaitPong(c net.Conn) {
	var got []byte
	buf := make([]byte, 64)
	for !bytes.HasSuffix(got, pongLine) {
		n, err := c.Read(buf)
		must(err)
		got = append(got, buf[:n]...)
	}
}

// rawPublish writes n frames in large writes and waits until they are read.
func rawPublish(c net.Conn, b *block, n int) {
	for n > 0 {
		p, k := b.upTo(n)
		_, err := c.Write(p)
		must(err)
		n -= k
	}
	_, err := c.Write(pingLine)
	must(err)
	awaitPong(c)
}

// rawReceive orders messages and reads them without looking at them.
func rawReceive(c net.Conn, b *block, o order) {
	text := o.String()
	fmt.Fprintf(c, "PUB %s %d\r\n%s\r\n", goSubject, len(text), text)
	buf := make([]byte, 64<<10)
	ack := []byte("PUB " + ackTopic + " 1\r\n+\r\n")
	quarter := window(o.size) / 4
	left, unacked := b.total(o.msgs), 0
	per := len(b.bytes) / len(b.ends)
	for left > 0 {
		n, err := c.Read(buf)
		must(err)
		left -= n
		unacked += n
		for unacked >= quarter*per {
			unacked -= quarter * per
			_, err := c.Write(ack)
			must(err)
		}
	}
}

// rawConsume asks a consumer for n messages as a client does by default, 500 at first and
// 250 whenever so many have come, and only counts them.
func rawConsume(c net.Conn, ask string, n int) {
	const ahead, refill = 500, 250
	pull := func(msgs int) {
		body := fmt.Sprintf(`{"batch":%d,"expires":30000000000}`, msgs)
		_, err := fmt.Fprintf(c, "PUB %s %s %d\r\n%s\r\n", ask, rawInbox, len(body), body)
		must(err)
	}
	pull(min(n, ahead))
	asked := min(n, ahead)
	buf := make([]byte, 256<<10)
	var p wire.Parser
	var at wire.MsgAt
	have, got, due := 0, 0, refill
	for got < n {
		k, err := c.Read(buf[have:])
		must(err)
		have += k
		used := 0
		for used < have {
			if k := p.NextMsg(buf[used:have], &at); k > 0 {
				used += k
				got++
			} else if bytes.HasPrefix(buf[used:have], pingLine) {
				used += len(pingLine)
				_, err := c.Write(pongLine)
				must(err)
			} else {
				break
			}
		}
		have = copy(buf, buf[used:have])
		for got >= due && asked < n {
			due += refill
			more := min(refill, n-asked)
			asked += more
			pull(more)
		}
	}
}

const rawInbox = "bench.raw.inbox"
