package handover_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// raw is a client that is nothing but a socket: what it sends is written at once,
// and what comes in is handed to a function by one reader.
type raw struct {
	t    testing.TB
	conn net.Conn
	mu   sync.Mutex // of writes
	pong chan struct{}
	msg  func(sid int, subject string, payload []byte)
	done chan struct{}
}

// dial connects and waits until the server has taken the client in.
func dial(t testing.TB, addr string, msg func(sid int, subject string, payload []byte)) *raw {
	t.Helper()
	c := &raw{}
	dialInto(t, c, addr, msg)
	return c
}

func dialInto(t testing.TB, c *raw, addr string, msg func(sid int, subject string, payload []byte)) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c.t, c.conn, c.msg, c.pong, c.done = t, conn, msg, make(chan struct{}, 1024), make(chan struct{})
	t.Cleanup(c.close)
	r := bufio.NewReaderSize(conn, 1<<16)
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go c.read(r)
	c.send(`CONNECT {"verbose":false,"pedantic":false,"lang":"raw","version":"0","protocol":1}` + "\r\n")
	c.fence()
}

func (c *raw) close() {
	_ = c.conn.Close()
	<-c.done
}

func (c *raw) send(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = fmt.Fprintf(c.conn, format, args...)
}

func (c *raw) publish(subject string, payload string) {
	c.send("PUB %s %d\r\n%s\r\n", subject, len(payload), payload)
}

// fence waits until the server has handled all that was sent.
func (c *raw) fence() {
	c.send("PING\r\n")
	select {
	case <-c.pong:
	case <-c.done:
	case <-time.After(10 * time.Second):
		c.t.Error("no PONG")
	}
}

func (c *raw) read(r *bufio.Reader) {
	defer close(c.done)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case bytes.HasPrefix(line, []byte("MSG ")):
			fields := strings.Fields(string(line))
			sid, _ := strconv.Atoi(fields[2]) // MSG subject sid [reply] size
			size, _ := strconv.Atoi(fields[len(fields)-1])
			payload := make([]byte, size+2)
			if _, err := io.ReadFull(r, payload); err != nil {
				return
			}
			if c.msg != nil {
				c.msg(sid, fields[1], payload[:size])
			}
		case bytes.HasPrefix(line, []byte("PING")):
			c.send("PONG\r\n")
		case bytes.HasPrefix(line, []byte("PONG")):
			c.pong <- struct{}{}
		case bytes.HasPrefix(line, []byte("-ERR")):
			c.t.Errorf("the server says %q", line)
		}
	}
}
