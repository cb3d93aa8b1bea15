package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
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
