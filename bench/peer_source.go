package main

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// serve is one connection that can be ordered to send messages.
func (s *sources) serve(c net.Conn) {
	defer c.Close()
	want := 0
	defer s.forget(c)
	io.WriteString(c, infoLine)

	src := &source{conn: c, sids: map[string]uint64{}, credits: make(chan int, 1024)}
	defer close(src.credits)
	var p wire.Parser
	var op wire.Op
	var begin time.Time
	buf := make([]byte, 256<<10)
	have := 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used := 0
		for {
			n, err := p.Next(buf[used:have], &op)
			must(err)
			if n == 0 {
				break
			}
			used += n
			switch op.Kind {
			case wire.Connect:
				begin = time.Now()
				want = s.enter(c, op.Arg)
			case wire.Ping:
				src.write(pongLine)
			case wire.Sub:
				src.sids[string(op.Subject)] = op.SID
				if len(src.sids) == want {
					fmt.Println(int64(time.Since(begin)))
				}
			case wire.Pub:
				switch string(op.Subject) {
				case goSubject:
					o := parseOrder(string(op.Payload))
					b := msgBlock(o, func(name string) uint64 { return src.sids[name] })
					go src.send(b, o)
				case ackTopic:
					src.credits <- 1
				}
			}
		}
		have = copy(buf, buf[used:have])
	}
}

type source struct {
	conn    net.Conn
	mu      sync.Mutex // PONGs and messages don't mix
	sids    map[string]uint64
	credits chan int
}

func (s *source) write(b []byte) {
	s.mu.Lock()
	s.conn.Write(b)
	s.mu.Unlock()
}

// send writes the messages, no more than a window ahead of the acknowledgements,
// each of which is worth a quarter of it.
func (s *source) send(b *block, o order) {
	w := window(o.size)
	room := w
	for o.msgs > 0 {
		for room < w/4 {
			if _, ok := <-s.credits; !ok {
				return
			}
			room += w / 4
		}
		bytes, n := b.upTo(min(room, o.msgs))
		s.write(bytes)
		room -= n
		o.msgs -= n
	}
	// The acknowledgements of the rest mustn't count for the next order.
	for room < w {
		if _, ok := <-s.credits; !ok {
			return
		}
		room += w / 4
	}
}

// runResponder answers requests on "bench.echo" through the server at addr.
func runResponder(addr string) {
	c, err := net.Dial("tcp", addr)
	must(err)
	defer c.Close()
	io.WriteString(c, `CONNECT {"verbose":false,"pedantic":false,"name":"responder","lang":"go","version":"0","protocol":1,"headers":true,"no_responders":true}`+"\r\nSUB bench.echo 1\r\nPING\r\n")
	var p wire.Parser
	var op wire.Op
	var out []byte
	ready := false
	buf := make([]byte, 256<<10)
	have := 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used := 0
		for {
			n, err := p.Next(buf[used:have], &op)
			must(err)
			if n == 0 {
				break
			}
			used += n
			switch op.Kind {
			case wire.Ping:
				out = append(out, pongLine...)
			case wire.Pong:
				if !ready {
					ready = true
					fmt.Println("ready")
				}
			case wire.Msg:
				out = wire.AppendPub(out, string(op.Reply), "", nil, op.Payload)
			}
		}
		have = copy(buf, buf[used:have])
		if len(out) > 0 {
			c.Write(out)
			out = out[:0]
		}
	}
}
